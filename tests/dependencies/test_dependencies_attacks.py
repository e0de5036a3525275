"""Sources and edits that were made to break the analysis."""

from __future__ import annotations

import time
from dataclasses import replace

from dependencies.edges import Edge
from dependencies.points_to.program import _merged
from dependencies.project import Project
from tests.atomization.reading import project


def unexplained(found: Project) -> list[Edge]:
    return [replace(edge, chain=()) for edge in found.edges]


def test_the_order_of_lookup_is_found_in_steps_as_many_as_it_is_long() -> None:
    above = [f"C{number}" for number in range(20_000)]
    start = time.process_time()
    assert _merged([above, ["D", *above[10_000:]], [above[0], "D"]]) == [
        *above[:10_000],
        "D",
        *above[10_000:],
    ]
    assert time.process_time() - start < 5


def test_an_order_of_lookup_that_python_refuses_takes_what_comes_first() -> None:
    assert _merged([["A", "B"], ["B", "A"], ["A", "B"]]) == ["A", "B"]


def test_an_empty_file_that_gets_a_text_is_imported_again() -> None:
    texts = {"user.py": "import empty\n\n\ndef use():\n    return empty.new()\n", "empty.py": ""}
    kept = Project(project(texts), lasting=True)
    texts["empty.py"] = "# a note\n"
    kept.update(project({"empty.py": texts["empty.py"]}))
    assert unexplained(kept) == unexplained(Project(project(texts)))
    assert any(edge.dependency.startswith("empty.py::") for edge in kept.edges)
    texts["empty.py"] = ""
    kept.update(project({"empty.py": ""}))
    assert unexplained(kept) == unexplained(Project(project(texts)))


def test_super_along_a_thousand_classes_is_no_matter_of_minutes() -> None:
    text = "class C0:\n    def m(self):\n        return 1\n" + "".join(
        f"class C{at}(C{at - 1}):\n    def m{at}(self):\n        return super().m()\n"
        for at in range(1, 1000)
    )
    start = time.process_time()
    edges = Project(project({"deep.py": text})).edges
    assert time.process_time() - start < 30
    assert ("deep.py::C999.m999", "deep.py::C0.m") in {
        (edge.dependent, edge.dependency) for edge in edges
    }


def test_a_name_is_found_through_a_thousand_star_imports() -> None:
    count = 1000
    texts = {
        f"m{at}.py": f"from m{at + 1} import *\n\n\ndef f{at}():\n    return deepest()\n"
        for at in range(count)
    }
    texts[f"m{count}.py"] = "def deepest():\n    pass\n"
    edges = Project(project(texts)).edges
    assert ("m0.py::f0", f"m{count}.py::deepest") in {
        (edge.dependent, edge.dependency) for edge in edges
    }
