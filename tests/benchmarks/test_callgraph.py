"""What the benchmark of call graphs promises: its scores, its names, and what its tracer sees."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from benchmarks import callgraph
from benchmarks.calls import sites, tracer
from benchmarks.calls.graphs import compare, edges_of
from benchmarks.calls.naming import source_of
from benchmarks.calls.packages import Package
from benchmarks.calls.projects import inner_edges, known_of, score
from benchmarks.calls.reasons import false_by_class, missing_by_class
from benchmarks.calls.sites import Site, Trace, sources_of
from benchmarks.calls.unique import unique_names

PROGRAM = """
from functools import partial, reduce


def twice(function):
    return function


class Shape:
    size = partial(len, "abc")()

    def __init__(self):
        self.kept = [self.area for _ in range(2)]

    @property
    def area(self):
        return 1

    def __lt__(self, other):
        return True

    def each(self):
        yield self.area
        yield helper()


class Square(Shape):
    pass


@twice
def helper():
    return 2


def weigh(shape):
    return shape.area


def run():
    shapes = [Square(), Square()]
    total = [lambda: helper(), lambda: weigh(shapes[0])][1]()
    items = shapes[0].each()
    following(items)
    return sorted(shapes, key=weigh), sorted(shapes), shapes[0] < shapes[1], total


def following(items):
    return list(items)


def deferred():
    import json

    return json.loads("[1]", parse_int=lambda text: helper())


def folded():
    return json_like(twice)


def json_like(hook):
    return reduce(lambda one, two: hook(one), [1, 2])
"""

SCRIPT = """
import json, sys
from benchmarks.calls import tracer

root = sys.argv[1].rstrip("/") + "/"
recorder = tracer.Recorder(root, root, root + "shapes/", ())
tracer._install(recorder)
sys.path.insert(0, root)
sys.setprofile(recorder.profiler())
import shapes.model
shapes.model.run(), shapes.model.deferred(), shapes.model.folded()
sys.setprofile(None)
print(json.dumps(tracer.report(recorder, {}, 0)))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package on disk."""
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "__init__.py").write_text("")
    (tmp_path / "shapes" / "model.py").write_text(PROGRAM)
    return tmp_path


@pytest.fixture
def trace(package: Path, monkeypatch: pytest.MonkeyPatch) -> Trace:
    """What the tracer sees of it."""
    root = Path(tracer.__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-B", "-c", SCRIPT, str(package)],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    raw = package / "raw.json"
    raw.write_text(done.stdout)
    monkeypatch.setattr(sites, "raw_trace", lambda _package: raw)
    monkeypatch.setattr(Package, "sources", property(lambda _self: package))
    return sites.named(Package("shapes", "1", "shapes"))


def kinds_of(trace: Trace) -> set[tuple[str, str, str]]:
    """Give the edges without their module, with their kinds."""
    cut = len("shapes.model.")
    return {(site.caller[cut:], site.callee[cut:], site.kind) for site in trace.sites}


def test_edges_right_predicted_and_true_make_precision_and_recall() -> None:
    found = compare(edges_of({"a": ["b", "c", "d"]}), edges_of({"a": ["b", "c"], "b": ["c", "e"]}))
    assert (found.right, found.predicted, found.true) == (2, 3, 4)
    assert (round(found.precision, 3), found.recall, round(found.f1, 3)) == (0.667, 0.5, 0.571)


def test_functions_that_call_nothing_may_be_listed_or_not() -> None:
    assert edges_of({"a": ["b"], "b": []}) == edges_of({"a": ["b"]})


def test_snippets_are_pooled_by_category_and_wrong_edges_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("args/one", "args/two", "lists/one"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "main.py").write_text("def f(): pass\nf()\n")
        (folder / "callgraph.json").write_text('{"main": ["main.f"], "main.f": []}')
    given = tmp_path / "given.json"
    graphs = {"args/one": {"main": ["main.f"]}, "args/two": {"main": ["main.g"]}}
    given.write_text(json.dumps(graphs))
    assert callgraph.main(["snippets", str(tmp_path), "--ours", str(given), "--diff"]) == 0
    printed = capsys.readouterr().out
    assert "args/two\n    + main -> main.g\n    - main -> main.f" in printed
    assert "precision 0.5000 (1/2)  recall 0.3333 (1/3)" in printed
    assert "all                    1/3" in printed


def test_a_directory_without_truths_is_told(tmp_path: Path) -> None:
    assert callgraph.main(["snippets", str(tmp_path)]) == 1


def test_lambdas_are_counted_in_the_order_of_the_text_in_the_scope_around(tmp_path: Path) -> None:
    text = """
    def f(x, y=lambda: 0):
        if x:
            w = lambda: 1
        else:
            w = lambda: (lambda: 2)
        return w
    class C:
        k = [lambda: 3 for _ in x]
    """
    (tmp_path / "m.py").write_text(dedent(text))
    source = source_of(tmp_path, "m.py")
    names = [name for name in source.names.values() if "lambda" in name]
    assert names == [
        "m.<lambda1>",
        "m.f.<lambda1>",
        "m.f.<lambda2>",
        "m.f.<lambda2>.<lambda1>",
        "m.C.<lambda1>",
    ]


def test_a_place_belongs_to_the_function_that_evaluates_it(tmp_path: Path) -> None:
    text = "def f(a=g()):\n    class C:\n        x = g()\n    @g\n    def h(): g()\n"
    text += "class D:\n    y = g()\n"
    (tmp_path / "m.py").write_text(text)
    source = source_of(tmp_path, "m.py")
    places = [(1, 8), (3, 12), (4, 5), (5, 13), (7, 8)]
    owners = [source.owner_at(line, column) for line, column in places]
    assert owners == ["m", "m.f", "m.f", "m.f.h", "m"]


def test_the_tracer_tells_calls_from_reads_operators_and_decorators(trace: Trace) -> None:
    found = kinds_of(trace)
    assert {
        ("run", "Shape.__init__", "call"),
        ("Shape.__init__", "Shape.area", "property"),
        ("run", "run.<lambda2>", "call"),
        ("run.<lambda2>", "weigh", "call"),
        ("run", "Shape.__lt__", "dunder"),
        ("Shape.each", "helper", "call"),
    } <= found
    assert ("shapes.model", "shapes.model.twice", "decorator") in {
        (site.caller, site.callee, site.kind) for site in trace.sites
    }


def test_what_c_code_calls_is_told_apart_with_its_name(trace: Trace) -> None:
    through = {(site.callee, site.via) for site in trace.sites if site.kind == "through"}
    assert ("shapes.model.weigh", "sorted") in through
    assert ("shapes.model.Shape.__lt__", "sorted") in through
    assert ("shapes.model.json_like.<lambda1>", "reduce") in through


def test_a_generator_is_called_by_who_calls_its_function_not_by_who_advances_it(
    trace: Trace,
) -> None:
    callers = {site.caller for site in trace.sites if site.callee == "shapes.model.Shape.each"}
    assert callers == {"shapes.model.run"}


def test_calls_by_foreign_python_are_a_list_of_their_own(trace: Trace) -> None:
    edge = ("shapes.model.deferred", "shapes.model.deferred.<lambda1>")
    assert edge not in trace.edges()
    assert edge in {(site.caller, site.callee) for site in trace.indirect}


def test_an_unseen_edge_is_false_only_where_its_line_ran(package: Path) -> None:
    sources = sources_of(package)
    ran = ("shapes.model.run", "shapes.model.weigh")
    lines = sources["shapes/model.py"].lines
    site = Site(*ran, "call", "", "shapes/model.py", 0, "")
    reached = frozenset({lines.index("    following(items)") + 1})
    trace = Trace((site,), (), frozenset({"shapes.model.run"}), {"shapes/model.py": reached})
    graph = {
        "shapes.model.run": ["shapes.model.following", "shapes.model.Shape.each", ran[1]],
        "shapes.model.folded": ["shapes.model.helper"],
        "other": ["<builtin>.len"],
    }
    known = known_of(sources)
    result = score(graph, trace, known)
    assert result.recall.recall == 1.0
    assert result.false == {("shapes.model.run", "shapes.model.following")}
    assert (result.by_lines.precision, round(result.strict.precision, 3)) == (0.5, 0.333)
    assert result.lenient.precision == 1.0
    assert false_by_class(result.false, known, sources) == {
        "global → function": [
            f"shapes/model.py:{min(reached)}  shapes.model.run -> shapes.model.following   "
            "`following(items)`"
        ]
    }


def test_a_class_body_belongs_to_its_module_and_a_called_class_is_its_init(package: Path) -> None:
    known = known_of(sources_of(package))
    edges = inner_edges({"shapes.model.Square": ["shapes.model.Shape"]}, known)
    assert edges == {("shapes.model", "shapes.model.Shape.__init__")}


def test_misses_are_sorted_by_what_the_call_looks_like(package: Path, trace: Trace) -> None:
    groups = missing_by_class(trace.edges(), trace, sources_of(package))
    assert {
        "attribute: getter",
        "call: global",
        "call: global → __init__",
        "call: what an item gives → lambda",
        "call: method of an item",
        "decorator",
        "through C: sorted",
    } <= set(groups)


def test_the_baseline_follows_a_name_that_only_one_function_bears(package: Path) -> None:
    graph = unique_names(package)
    assert graph["shapes.model.folded"] == ["shapes.model.json_like"]
    assert graph["shapes.model.run"] == ["shapes.model.Shape.each", "shapes.model.following"]
