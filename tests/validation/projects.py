"""A small project to put candidates into, cut into atoms by the real decomposer."""

from __future__ import annotations

from collections.abc import Mapping

from atomization.decomposer import decompose
from atomization.parser import language_of
from validation.atomic_validator import Candidate
from validation.snapshot import Snapshot, encoded, snapshot_from

MONEY = '''"""Money, in cents."""

from decimal import Decimal


class Money:
    """An amount."""

    cents: int

    def __init__(self, cents: int) -> None:
        self.cents = cents

    def add(self, other: "Money") -> "Money":
        """Add two amounts.

        >>> Money(1).add(Money(2)).cents
        3
        >>> Money(1).add(None)
        Traceback (most recent call last):
            ...
        TypeError: no amount
        """
        ...


def share(total: int, people: int) -> int:
    """Share an amount.

    >>> share(10, 3)
    3
    """


def half(total: int) -> int:
    """Halve an amount.

    >>> half(8)
    4
    """
    return share(total, 2)
'''
WIDGET = """export function double(x: number): number {
  throw new Error("not implemented");
}
"""
FILES = {
    "src/evenly/__init__.py": "",
    "src/evenly/money.py": MONEY,
    "web/double.ts": WIDGET,
    "README.md": "`share(10, 3)` is 3.\n",
}
SHARE = "src/evenly/money.py::share"
ADD = "src/evenly/money.py::Money.add"
HALF = "src/evenly/money.py::half"
DOUBLE = "web/double.ts::double"


def project(files: Mapping[str, str] = FILES) -> Snapshot:
    """Cut a project's files into atoms."""
    rows = []
    raw = {}
    for path, text in files.items():
        language = language_of(path)
        if language is None or not text:
            raw[path] = encoded(text)
            continue
        pieces = [(slot.name, slot.code) for slot in decompose(encoded(text), language)]
        rows.append((path, language, pieces))
    return snapshot_from(rows, raw)


def candidate(snapshot: Snapshot, key: str, code: str, imports: tuple[str, ...] = ()) -> Candidate:
    """Make a text for a slot of a project."""
    language = snapshot.files[snapshot.split(key)[0]].language
    assert language is not None
    return Candidate(key, code, snapshot.code(key), language, imports)


def with_body(snapshot: Snapshot, key: str, *body: str) -> str:
    """Give an atom's text with these lines as its body, indented as its docstring is."""
    code = snapshot.code(key).rstrip()
    code = code.removesuffix("...").rstrip()
    last = code.rsplit("\n", 1)[-1]
    margin = last[: len(last) - len(last.lstrip())]
    return code + "\n" + "".join(f"{margin}{line}\n" for line in body)
