"""Where types come from: annotations, values, calls, the library, mypy, and use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from atomization.atom_service import AtomService
from atomization.context_injector import build_contexts
from atomization.names import GUESSED, FileReferences, Outcome, Reference, references_of
from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.type_facts import TypeFacts, project_types
from tests.atomization.reading import project


def analyzed(source: str, *, types: TypeFacts | None = None, **more: str) -> FileReferences:
    """Analyze ``a.py`` in a project."""
    files = project({"a.py": source, **{f"{name}.py": code for name, code in more.items()}})
    return references_of(files, types=types)[0]


def last(source: str, text: str, **more: str) -> Reference:
    """Give the last use of a text in ``a.py``."""
    return [use for use in analyzed(source, **more).references if use.text == text][-1]


def meant(source: str, text: str, **more: str) -> list[str]:
    """Name the slots that the last use of a text means."""
    files = project({"a.py": source, **{f"{name}.py": code for name, code in more.items()}})
    slots = {file.path: file.slots for file in files}
    found = [use for use in references_of(files)[0].references if use.text == text][-1]
    return [slots[reach.path][reach.slot].name for reach in found.targets]


# -- the standard library ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text", "outside"),
    [
        ("import json\njson.dumps({})", "json.dumps", "json:dumps"),
        ("import json\njson.dumps({}).strip()", "….strip", "builtins:str.strip"),
        ("import os.path\nos.path.join('a')", "os.path.join", "posixpath:join"),
        ("import os\nos.path.join('a').split()", "….split", "builtins:str.split"),
        ("import re\nre.compile('a').match", "….match", "re:Pattern.match"),
        ("import re\nre.match('a', 'b').group().upper", "….upper", "builtins:str.upper"),
        ("from re import compile as c\nc('a').sub('', '').upper", "….upper", "builtins:str.upper"),
        (
            "from pathlib import Path\n(Path() / 'a').name.upper",
            "….name.upper",
            "builtins:str.upper",
        ),
        (
            "from pathlib import Path\nPath().read_bytes().decode",
            "….decode",
            "builtins:bytes.decode",
        ),
        ("import subprocess\nsubprocess.run([]).stdout", "….stdout", None),
        ("import datetime\ndatetime.datetime.now().date().year", "….year", "datetime:date.year"),
        ("with open('a') as f: f.read().strip", "….strip", "builtins:str.strip"),
        ("with open('a', 'rb') as f: f.read().decode", "….decode", "builtins:bytes.decode"),
        ("for line in open('a'): line.strip", "line.strip", "builtins:str.strip"),
        ("{'a': 1}.items().mapping", "….mapping", "builtins:dict_items.mapping"),
        ("for k, v in {'a': 1}.items(): v.bit_length", "v.bit_length", "builtins:int.bit_length"),
        ("for i, x in enumerate(['a']): x.strip", "x.strip", "builtins:str.strip"),
        ("for x, y in zip(['a'], [1]): y.bit_length", "y.bit_length", "builtins:int.bit_length"),
        ("sorted(['a'])[0].strip", "….strip", "builtins:str.strip"),
        ("sorted(['a'], key=lambda x: x.strip())", "x.strip", "builtins:str.strip"),
        ("list(map(lambda x: x.strip(), ['a']))[0].strip", "….strip", "builtins:str.strip"),
        ("max([1, 2]).bit_length", "….bit_length", "builtins:int.bit_length"),
        ("[x for x in 'a b'.split()][0].strip", "….strip", "builtins:str.strip"),
        ("dict(a=1)['a'].bit_length", "….bit_length", "builtins:int.bit_length"),
        ("a, *b = ['a']\nb[0].strip", "….strip", "builtins:str.strip"),
        ("try: pass\nexcept OSError as e: e.errno", "e.errno", "builtins:OSError.errno"),
        ("(1 + 2).bit_length", "….bit_length", "builtins:int.bit_length"),
        ("('a' % 1).strip", "….strip", "builtins:str.strip"),
        (
            "async def f(): ...\nimport asyncio\nasync def g(): asyncio.run(f())",
            "asyncio.run",
            None,
        ),
        ("import collections\ncollections.Counter('a').most_common()[0][1].real", "….real", None),
        (
            "from collections import defaultdict\nd = defaultdict(list)\nd['a'].append",
            "….append",
            "builtins:list.append",
        ),
        ("import argparse\nargparse.ArgumentParser().parse_args().x", "….x", None),
    ],
)
def test_the_library_s_types_come_from_its_stubs(
    source: str, text: str, outside: str | None
) -> None:
    found = last(source + "\n", text)
    assert found.outcome in (Outcome.EXTERNAL, Outcome.BUILTIN)
    if outside is not None:
        assert found.outside in (
            outside,
            outside.replace("builtins:dict_", "_collections_abc:dict_"),
        )


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("import json\njson.dump5({})", "json.dump5"),
        ("import jsonn\n", "jsonn"),
        ("from json import dumpz\ndumpz()", "dumpz"),
        ("import os\nos.path.joyn('a')", "os.path.joyn"),
        ("import re\nre.compile('a').shout()", "….shout"),
        ("from os import sys\nsys.path", "sys"),
        ("with open('a') as f: f.read().decode", "….decode"),
        ("import binhex\nbinhex.hexbin", "binhex"),
    ],
)
def test_what_the_library_does_not_have_is_a_hole(source: str, text: str) -> None:
    found = analyzed(source + "\n")
    uses = [use for use in [*found.references, *found.imports] if use.text == text]
    assert uses
    assert {use.outcome for use in uses} == {Outcome.UNRESOLVED}


# -- what is installed ------------------------------------------------------------------------


def test_installed_packages_are_read_and_not_imported() -> None:
    source = "import rich.console\nrich.console.Console().print\nrich.console.Console().prynt\n"
    uses = {use.text: use.outcome for use in analyzed(source).references}
    assert uses["….print"] is Outcome.EXTERNAL
    assert uses["….prynt"] is Outcome.UNRESOLVED


def test_packages_without_types_are_read_from_their_sources() -> None:
    source = "from iniconfig import IniConfig\nIniConfig('a').sections\nIniConfig('a').sektions\n"
    uses = {use.text: use.outcome for use in analyzed(source).references}
    assert uses["….sections"] is Outcome.EXTERNAL
    assert uses["….sektions"] is Outcome.UNRESOLVED


# -- the project itself -----------------------------------------------------------------------

PART = """
class Part:
    size = 1
    def go(self): return self
    @property
    def name(self): return "part"

"""


@pytest.mark.parametrize(
    ("source", "text", "slot"),
    [
        ("def f(x: Part): x.go()", "x.go", "Part.go"),
        ("def f(x: 'Part | None'): x.go()", "x.go", "Part.go"),
        ("x = Part()\ndef f(): x.go()", "x.go", "Part.go"),
        ("def f(x=Part()): x.go()", "x.go", "Part.go"),
        ("def make(): return Part()\nmake().go()", "….go", "Part.go"),
        ("def make():\n    yield Part()\nfor x in make(): x.go()", "x.go", "Part.go"),
        ("async def make(): return Part()\nasync def f(): (await make()).go()", "….go", "Part.go"),
        ("def f(x): x.go()\nf(Part())", "x.go", "Part.go"),
        ("def f(a, *, x=None): x.go()\nf(1, x=Part())", "x.go", "Part.go"),
        ("class A:\n    def __init__(self, x): x.go()\nA(Part())", "x.go", "Part.go"),
        (
            "class A:\n    def m(self, x: Part): ...\nclass B(A):\n    def m(self, x): x.go()",
            "x.go",
            "Part.go",
        ),
        (
            "class A:\n    def __init__(self): self.x = Part()\n    def m(self): self.x.go()",
            "self.x.go",
            "Part.go",
        ),
        (
            "class A:\n    x = None\n    def m(self): self.x.go()\nclass B(A):\n    x = Part()",
            "self.x.go",
            "Part.go",
        ),
        ("x = None\nx = Part()\ndef f(): x.go()", "x.go", "Part.go"),
        ("def f(x):\n    if isinstance(x, Part): x.go()", "x.go", "Part.go"),
        ("def f(xs: list[Part]):\n    for x in sorted(xs): x.go()", "x.go", "Part.go"),
        ("def f(xs: dict[str, Part]): xs.get('a').go()", "….go", "Part.go"),
        ("Part().go().go().size", "….size", "Part"),
        ("from typing import List\ndef f(xs: List[Part]): xs[0].go()", "….go", "Part.go"),
        ("class Q(list[Part]): ...\nQ()[0].go()", "….go", "Part.go"),
        ("x = {'a': [Part()]}\nx['a'][0].go()", "….go", "Part.go"),
        ("x = lambda: Part()\nx().go()", "….go", "Part.go"),
        ("def f(x): x.other = Part()\np = Part()\nf(p)\np.other", "p.other", "f"),
        ("class S:\n    __slots__ = ('a', 'b')\ndef f(s: S): s.b", "s.b", "S"),
        ("class M:\n    def m(self): self.go()\nclass C(M, Part): ...", "self.go", "Part.go"),
        (
            "import contextlib\n@contextlib.contextmanager\ndef c(): yield Part()\n"
            "with c() as x: x.go()",
            "x.go",
            "Part.go",
        ),
        ("from collections import namedtuple\nP = namedtuple('P', 'x y')\nP(1, 2).y", "….y", "P"),
        ("import enum\nclass E(enum.Enum):\n    A = 1\nE.A.name\nfor e in E: e.A", "e.A", "E"),
        (
            "from typing import Self\nclass A:\n    def m(self) -> Self: ...\n"
            "class B(A):\n    def n(self): ...\nB().m().n()",
            "….n",
            "B.n",
        ),
        (
            "class A:\n    def m(self): return self\nclass B(A):\n    def n(self): ...\n"
            "B().m().n()",
            "….n",
            "B.n",
        ),
        (
            "from typing import TypeVar\nT = TypeVar('T')\ndef same(x: T) -> T: ...\n"
            "same(Part()).go()",
            "….go",
            "Part.go",
        ),
        ("def f(x: type[Part]): x().go()", "….go", "Part.go"),
        ("import copy\ncopy.copy(Part()).go()", "….go", "Part.go"),
    ],
)
def test_types_come_from_all_that_the_project_says(source: str, text: str, slot: str) -> None:
    found = meant(PART + source + "\n", text)
    assert [name.split("#")[0] for name in found] == [slot] or slot in found


@pytest.mark.parametrize(
    "source",
    [
        "def f(x: Part): x.missing",
        "x = Part()\nx.missing",
        "def f(x): x.missing\nf(Part())",
        "class A(Part):\n    def m(self): self.missing",
        "def f(x: str): x.missing",
    ],
)
def test_what_a_known_type_does_not_have_is_a_hole(source: str) -> None:
    uses = analyzed(PART + source + "\n").references
    assert {use.outcome for use in uses if use.text.endswith(".missing")} == {Outcome.UNRESOLVED}


def test_a_dynamic_attribute_means_what_answers_for_it() -> None:
    source = "class A:\n    def __getattr__(self, name): ...\n\nA().anything\n"
    assert meant(source, "….anything") == ["A.__getattr__"]


def test_inferred_types_are_told() -> None:
    source = PART + "def f(x, y: int):\n    z = [x]\n    return z, y\n\nf(Part(), 1)\n"
    found = analyzed(source)
    slots = {slot.name: index for index, slot in enumerate(found.file.slots)}
    names = found.types[slots["f"]]
    assert names["x"] == "Part"
    assert names["y"] == "int"
    assert names["z"] == "list[Part]"
    assert names["return"] == "tuple[list[Part], int]"


# -- use --------------------------------------------------------------------------------------


def test_a_receiver_of_unknown_type_is_guessed_by_what_is_used_of_it() -> None:
    found = last(PART + "def f(x):\n    x.go()\n    x.size\n", "x.go")
    assert (found.outcome, found.via) == (Outcome.SLOT, GUESSED)
    assert [reach.confidence for reach in found.targets] == [0.5]


def test_a_guess_needs_all_attributes_and_few_classes() -> None:
    assert last(PART + "def f(x):\n    x.missing\n", "x.missing").outcome is Outcome.UNRESOLVED
    many = "".join(f"class A{n}:\n    def act(self): ...\n\n" for n in range(5))
    assert last(many + "def f(x):\n    x.act()\n", "x.act").outcome is Outcome.UNRESOLVED


# -- mypy -------------------------------------------------------------------------------------

GAP = """
class Wheel:
    def turn(self): ...

class Sail:
    def turn(self): ...

class Oar:
    def turn(self): ...

class Fin:
    def turn(self): ...

def pick(flags):
    found = Wheel if flags else None
    for flag in flags:
        pass
    return vars()["found"]

def f(x):
    x.turn()
"""


def test_mypy_s_view_fills_a_gap_and_only_a_gap() -> None:
    line = GAP.splitlines().index("    x.turn()") + 1
    facts = TypeFacts({"a.py": {f"{line}:4:{line}:5": ["class", "a", "Sail", []]}})
    (gap,) = [use for use in analyzed(GAP).references if use.text == "x.turn"]
    assert gap.outcome is Outcome.UNRESOLVED
    (filled,) = [use for use in analyzed(GAP, types=facts).references if use.text == "x.turn"]
    assert (filled.outcome, filled.via) == (Outcome.SLOT, "types")
    known = GAP.replace("def f(x)", "def f(x: Oar)")
    (kept,) = [use for use in analyzed(known, types=facts).references if use.text == "x.turn"]
    assert kept.via == ""
    assert kept.targets[0].via == "annotation"


def test_mypy_looks_at_a_project_once(tmp_path: Path) -> None:
    files = project({"a.py": "import re\n\n\ndef f() -> None:\n    re.compile('a').match\n"})
    facts = project_types(files, cache=tmp_path)
    assert facts.problem == ""
    assert facts.of("a.py", 5, 4, 5, 19) == [
        "class",
        "re",
        "Pattern",
        [["class", "builtins", "str", []]],
    ]
    (kept,) = tmp_path.glob("*.json.gz")
    stamp = kept.stat().st_mtime_ns
    assert project_types(files, cache=tmp_path).types == facts.types
    assert kept.stat().st_mtime_ns == stamp


def test_mypy_tells_again_what_changed(tmp_path: Path) -> None:
    source = "x = [1]\nx.append\n"
    first = project_types(project({"a.py": source}), cache=tmp_path)
    other = project_types(project({"a.py": source.replace("1", "'a'")}), cache=tmp_path)
    again = project_types(project({"a.py": source + "\n"}), cache=tmp_path)
    place = ("a.py", 2, 0, 2, 1)
    assert first.of(*place) == ["class", "builtins", "list", [["class", "builtins", "int", []]]]
    assert other.of(*place) == ["class", "builtins", "list", [["class", "builtins", "str", []]]]
    assert again.of(*place) == first.of(*place)


def test_mypy_looks_at_a_project_that_is_a_package() -> None:
    sources = {
        "__init__.py": "",
        "a.py": "class A:\n    def m(self) -> int:\n        return 1\n",
        "b.py": "from .a import A\nx = [A()]\nx.append\n",
    }
    facts = project_types(project(sources))
    assert facts.problem == ""
    assert facts.of("b.py", 3, 0, 3, 1) == ["class", "builtins", "list", [["class", "a", "A", []]]]


def test_without_mypy_s_view_the_gaps_stay() -> None:
    refused = project_types(project({"a.py": "def f(:\n"}))
    assert refused.types == {}
    assert refused.problem
    late = project_types(project({"a.py": "x = 1\n"}), seconds=0.01)
    assert "0 s" in late.problem
    assert analyzed(GAP, types=late).references


def test_a_context_says_that_mypy_could_not_be_asked() -> None:
    files = project({"a.py": "def f(x):\n    return x.missing\n"})
    references = references_of(files, types=TypeFacts(problem="mypy did not start"))
    context = build_contexts(files, references=references)["a.py::f"]
    (hole,) = [item for item in context.explanations if not item.resolved]
    assert hole.how.endswith("; mypy did not start")


def test_mypy_is_asked_only_where_there_are_gaps() -> None:
    asked: list[int] = []

    def view(files: Sequence[ProjectFile]) -> TypeFacts:
        asked.append(len(files))
        return TypeFacts()

    service = AtomService()
    whole = service.atomize(b"x = [1]\nx.append(2)\n", Language.PYTHON, path="a.py")
    service.describe([whole], view=view)
    assert asked == []
    gap = service.atomize(b"def f(x):\n    x.missing\n", Language.PYTHON, path="a.py")
    service.describe([gap], view=view)
    assert asked == [1]


def test_mypy_writes_nothing_outside_of_its_folder(tmp_path: Path) -> None:
    (plain,) = project({"a.py": "x = 1\n"})
    outside = replace(plain, path=f"../{tmp_path.name}.py")
    away = replace(plain, path=str(tmp_path / "away.py"))
    project_types([plain, outside, away])
    assert list(tmp_path.iterdir()) == []


def test_mypy_executes_nothing_of_a_project(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    write = f"open({str(mark)!r}, 'w')\n"
    files = project(
        {
            "plugin.py": f"{write}def plugin(version): {write}",
            "a.py": f"# mypy: plugins=plugin.py\n{write}x = 1\nx.real\n",
        }
    )
    assert project_types(files).problem == ""
    assert not mark.exists()


# -- completeness -----------------------------------------------------------------------------

IMPORTING = """
import json
from dataclasses import dataclass

from b import Money


@dataclass
class Bill:
    total: Money

    def text(self) -> str:
        return json.dumps(self.total.cents)


def first(text: str) -> Bill:
    return Bill(Money(json.loads(text)))
"""


def completeness(source: str) -> dict[str, float]:
    money = (
        "class Money:\n    def __init__(self, cents: int) -> None:\n        self.cents = cents\n"
    )
    contexts = build_contexts(project({"a.py": source, "b.py": money}))
    return {key: context.completeness for key, context in contexts.items()}


@pytest.mark.parametrize(
    ("line", "atom"),
    [
        ("import json\n", "a.py::Bill.text"),
        ("import json\n", "a.py::first"),
        ("from b import Money\n", "a.py::first"),
        ("from dataclasses import dataclass\n", "a.py::Bill"),
    ],
)
def test_deleting_an_import_lowers_completeness(line: str, atom: str) -> None:
    whole = completeness(IMPORTING)
    lacking = completeness(IMPORTING.replace(line, ""))
    assert whole[atom] == 1.0
    assert lacking[atom] < 1.0


def test_a_wrong_import_lowers_completeness() -> None:
    wrong = IMPORTING.replace("import json\n", "import jason as json\n")
    assert completeness(wrong)["a.py::first"] < completeness(IMPORTING)["a.py::first"]


# -- extreme sources --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "class A0: ...\n"
        + "".join(f"class A{n}(A{n - 1}): ...\n" for n in range(1, 600))
        + "A599().x\n",
        "class A(B): ...\nclass B(A): ...\nA().x\n",
        "class A(A): ...\nA().x\n",
        "".join(f"def f{n}(): return f{n + 1}()\n" for n in range(600)) + "f0().x\n",
        "".join(f"x{n} = x{n + 1}\n" for n in range(600)) + "x0.y\n",
        "".join(f"T{n} = list[T{n + 1}]\n" for n in range(600)) + "def f(x: T0): x.y\n",
        "def f(x): return f(x)\nf(f).y\n",
        "def f(x): return g(x)\ndef g(x): return f(x)\nf(1).y\n",
        "class A:\n    def __iter__(self): return B()\nclass B:\n"
        "    def __iter__(self): return A()\nfor x in A(): x.y\n",
        "class A:\n    def __getattr__(self, n): return self\n    def f(self): self.a.b.c\n",
        "x = 1 + " + " + ".join(["y"] * 3000) + "\nx.z\n",
        "def f(" + ", ".join(f"a{n}=1" for n in range(2000)) + "): a1.b\nf(" + "1, " * 300 + ")\n",
        "X = X\nx: X = 1\nx.y\n",
        "from typing import *\nT = TypeVar('T', bound='T')\ndef f(x: T): x.y\n",
        "class A[T]: ...\n",
        "import a\na.a.a.a.x\n",
        "from a import *\nx.y\n",
    ],
)
def test_no_types_are_too_tangled(source: str) -> None:
    found = analyzed(source)
    assert all(use.slot < len(found.file.slots) for use in found.references)


# -- stubs of the project's own modules -------------------------------------------------------


def test_a_stub_of_the_project_s_own_module_fills_in_what_it_leaves_open() -> None:
    source = (
        "def capwords(s, sep=None):\n    return helper(s.split(), sep)\n\n"
        "class Formatter:\n    def format(self, text):\n        return helper(text)\n"
        "class Template:\n    def substitute(self): ...\n"
        "    def safe_substitute(self): ...\n"
    )
    files = project({"string.py": source, "a.py": "import string\nstring.capwords('a').strip\n"})
    found = {file.file.path: file for file in references_of(files)}
    own = {use.text: use.outside for use in found["string.py"].references}
    assert own["s.split"] == "builtins:str.split"
    (strip,) = [use for use in found["a.py"].references if use.text == "….strip"]
    assert strip.outside == "builtins:str.strip"


def test_a_module_that_only_shares_a_name_has_no_stub() -> None:
    other = "def parse(s):\n    return s\n\ndef render(s):\n    return s\n\ndef store(s): ...\n"
    files = project({"string.py": other, "a.py": "import string\nstring.capwords\n"})
    (found,) = [use for use in references_of(files)[1].references if "capwords" in use.text]
    assert found.outcome is Outcome.UNRESOLVED


def test_a_script_hides_a_library_module_from_its_neighbours_only() -> None:
    files = project(
        {
            "tools/gc.py": "def sweep(): ...\n",
            "tools/main.py": "import gc\ngc.sweep\n",
            "app.py": "import gc\ngc.collect\n",
        }
    )
    _, main, app = references_of(files)
    assert [use.outcome for use in main.references if use.text == "gc.sweep"] == [Outcome.SLOT]
    assert [use.outcome for use in app.references if use.text == "gc.collect"] == [Outcome.EXTERNAL]


# -- Django's models --------------------------------------------------------------------------

MODELS = """
from django.db import models


class Shelf(models.Model):
    label = models.CharField()


class Book(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="books")
    after = models.ForeignKey("self", null=True, on_delete=models.CASCADE)
    state = models.CharField(choices=[("a", "b")])


def f(shelf: Shelf, book: Book):
    {body}
"""


@pytest.mark.parametrize(
    ("body", "text", "slot"),
    [
        ("book.shelf.label", "book.shelf.label", "Shelf"),
        ("book.after.shelf", "book.after.shelf", "Book"),
        ("book.shelf_id", "book.shelf_id", "Book"),
        ("book.get_state_display()", "book.get_state_display", "Book"),
        ("shelf.books", "shelf.books", "Book"),
        ("book.book_set", "book.book_set", "Book"),
    ],
)
def test_what_the_metaclass_of_models_makes_is_known(body: str, text: str, slot: str) -> None:
    found = meant(MODELS.replace("{body}", body), text)
    assert [name.partition(".")[0].partition("#")[0] for name in found] == [slot]


def test_models_have_managers_and_other_classes_have_not() -> None:
    source = MODELS.replace("{body}", "Book.objects.get().shelf\n    Book.objekts")
    uses = {use.text: use.outcome for use in analyzed(source).references}
    assert uses["Book.objects"] is Outcome.EXTERNAL
    assert uses["….shelf"] is Outcome.SLOT
    assert uses["Book.objekts"] is Outcome.UNRESOLVED
    plain = last("class A: ...\nA.objects\n", "A.objects")
    assert plain.outcome is Outcome.UNRESOLVED
