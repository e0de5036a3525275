"""A project that is repaired after each edit is the project that a fresh analysis finds."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from atomization.decomposer import decompose
from atomization.parser import Language
from atomization.project import ProjectFile
from dependencies.project import Project
from tests.atomization.reading import project

SOURCES: Mapping[str, str] = {
    "shop/__init__.py": "from .prices import *\nfrom .cart import Cart\n",
    "shop/prices.py": """\
__all__ = ["Price", "cheapest", "HANDLERS"]
from .rates import rate_of


class Price:
    def __init__(self, cents):
        self.cents = cents
        self.rule = rate_of

    def net(self):
        return self.rule(self.cents)

    @property
    def text(self):
        return format_price(self)


class Sale(Price):
    def net(self):
        return super().net() - 1


def format_price(price):
    return str(price.net())


def cheapest(prices, key=None):
    best = None
    for price in prices:
        if best is None or price.net() < best.net():
            best = price
    return best


HANDLERS = {"text": format_price, "net": Price.net}
""",
    "shop/rates.py": """\
def cached(function):
    def wrapper(*args):
        return function(*args)
    return wrapper


@cached
def rate_of(cents):
    return cents * 2


DEFAULT = rate_of(100)
""",
    "shop/cart.py": """\
from . import prices
from .prices import HANDLERS, Price, Sale


class Cart:
    kinds = [Price, Sale]

    def __init__(self):
        self.items = []

    def add(self, cents, sale=False):
        kind = Sale if sale else Price
        self.items.append(kind(cents))
        return self

    def total(self):
        found = 0
        for item in self.items:
            found += item.net()
        return found

    def show(self, how):
        return [HANDLERS[how](item) for item in self.items]

    def best(self):
        return prices.cheapest(self.items)


def main():
    cart = Cart().add(1).add(2, sale=True)
    print(cart.total(), cart.best().text)
""",
}


def one(path: str, text: str) -> ProjectFile:
    return ProjectFile(path, Language.PYTHON, tuple(decompose(text.encode(), Language.PYTHON)))


def assert_as_fresh(kept: Project, texts: Mapping[str, str]) -> None:
    fresh = Project(project(dict(texts)))
    assert kept.edges == fresh.edges
    assert set(kept.problems) == set(fresh.problems)
    assert not fresh.program.program.solver.full, "no variable is at its bound here"


EDITS = [
    ("shop/rates.py", "cents * 2", "cents * 3"),
    ("shop/rates.py", "@cached\n", ""),
    ("shop/rates.py", "def rate_of(cents)", "def rate_of(cents, share=1)"),
    ("shop/rates.py", "def rate_of(", "def rates_of("),
    ("shop/prices.py", "class Sale(Price)", "class Sale"),
    ("shop/prices.py", "    @property\n", ""),
    ("shop/prices.py", '"cheapest", ', ""),
    ("shop/prices.py", '"text": format_price', '"text": cheapest'),
    ("shop/prices.py", "        return self.rule(self.cents)", "        raise NotImplementedError"),
    ("shop/cart.py", "kind = Sale if sale else Price", "kind = self.kinds[0]"),
    ("shop/cart.py", "from . import prices\n", "import shop.prices as prices\n"),
    ("shop/cart.py", "self.items.append(kind(cents))", "self.items = [kind(cents)]"),
    ("shop/cart.py", "    def total(self):\n", "    def total(self:\n"),
    ("shop/cart.py", "class Cart:", "class Basket:"),
    ("shop/__init__.py", "from .prices import *\n", ""),
]


@pytest.mark.parametrize(("path", "old", "new"), EDITS)
def test_an_edit_and_its_undoing_give_what_a_fresh_analysis_gives(
    path: str, old: str, new: str
) -> None:
    kept = Project(project(dict(SOURCES)), lasting=True)
    assert old in SOURCES[path]
    changed = {**SOURCES, path: SOURCES[path].replace(old, new)}
    kept.update([one(path, changed[path])])
    assert_as_fresh(kept, changed)
    kept.update([one(path, SOURCES[path])])
    assert_as_fresh(kept, SOURCES)


@pytest.mark.parametrize("seed", range(12))
def test_any_edits_one_after_the_other_give_what_a_fresh_analysis_gives(seed: int) -> None:
    chance = random.Random(seed)
    texts = dict(SOURCES)
    kept = Project(project(texts), lasting=True)
    for _ in range(6):
        path = chance.choice(sorted(texts))
        rows = texts[path].splitlines(keepends=True) or ["\n"]
        at = chance.randrange(len(rows))
        match chance.randrange(3):
            case 0:
                del rows[at]
            case 1:
                other = SOURCES[chance.choice(sorted(SOURCES))].splitlines(keepends=True)
                rows.insert(at, chance.choice(other))
            case 2:
                rows[at] = rows[at].replace("price", "item").replace("net", "text")
        texts[path] = "".join(rows)
        kept.update([one(path, texts[path])])
        assert_as_fresh(kept, texts)


def test_an_update_tells_which_files_edges_changed() -> None:
    kept = Project(project(dict(SOURCES)), lasting=True)
    text = SOURCES["shop/rates.py"].replace("@cached\n", "")
    assert "shop/rates.py" in kept.update([one("shop/rates.py", text)])
    assert kept.update([one("shop/rates.py", text)]) == set()


def test_a_dispatch_table_leads_to_what_it_holds() -> None:
    edges = {(edge.dependent, edge.dependency) for edge in Project(project(dict(SOURCES))).edges}
    assert ("shop/cart.py::Cart.show", "shop/prices.py::format_price") in edges


def test_a_call_tells_the_names_that_its_callee_came_through() -> None:
    found = {
        (edge.dependent, edge.dependency): edge for edge in Project(project(dict(SOURCES))).edges
    }
    edge = found["shop/cart.py::Cart.show", "shop/prices.py::format_price"]
    assert edge.resolved_by == "inference"
    assert [(step.what, step.path) for step in edge.chain] == [
        ("(…) is called here", "shop/cart.py"),
        ("held by a dict of shop.prices", "shop/prices.py"),
        ("through format_price of shop.prices", "shop/prices.py"),
    ]


def test_an_import_of_what_is_not_there_is_told_unless_it_is_only_tried() -> None:
    source = "from . import gone\nimport p.nope\nimport json\n"
    tried = "try:\n    from . import fast\nexcept ImportError:\n    fast = None\n"
    found = Project(project({"p/__init__.py": "", "p/a.py": source + tried}))
    assert [(problem.line, problem.message) for problem in found.problems] == [
        (1, "imports gone from p/__init__.py, which has no such name"),
        (2, "imports p.nope, which the project does not have"),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('__all__ = ["A"]\n', "class Root:\n    def go(self): ...\n\ndef make(): ...\n"),
        ("from .a import *\n", "from .a import *\n\nclass Root(A):\n    def go(self): ...\n"),
    ],
)
def test_circles_of_star_imports_and_bases_are_repaired_as_well(before: str, after: str) -> None:
    body = "        make()\n        self.go()\n"
    first = f"from .b import *\n\nclass A(Root):\n    def run(self):\n{body}"
    texts = {"p/__init__.py": "", "p/a.py": first, "p/b.py": before}
    kept = Project(project(texts), lasting=True)
    for text in (after, before, after):
        texts = {**texts, "p/b.py": text}
        kept.update([one("p/b.py", text)])
        assert_as_fresh(kept, texts)
