"""Which atoms of a file are still the same when the file has changed.

Content decides first, then name, then likeness; a line number never does. Blank lines around an
atom and the kind of line ends do not count as its content: they change when a neighbour does. The
search for content that stayed in order is Bram Cohen's patience diff: texts that occur once on
both sides, in the longest rising order, are anchors, and equal neighbours grow from them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

MIN_LIKENESS: Final = 0.5
MAX_PAIRS: Final = 400
MAX_COMPARED: Final = 4_000

_NUMBER: Final = re.compile(r"#(block)?\d+$")
_LABELLED: Final = re.compile(r"^(trivia|block)\d+$")
_NESTED: Final = frozenset({"block", "trivia"})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an atom on either side: kind, name in its file, name of its parent, text."""

    kind: str
    name: str
    parent: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The old atom (its index) that a new one is, and whether it still says the same."""

    old: int
    same: bool


def match(old: Sequence[Known], new: Sequence[Known]) -> list[Kept | None]:
    """Find for each new atom the old one that it is, or None for one that is new.

    No old atom is found twice; those not found at all have vanished. From sure to unsure:

    1. the same text under the same name, in order, around texts that occur once;
    2. the same text under the same name, wherever it moved to;
    3. the same text under the same last part of the name (its class was renamed, or it moved);
    4. the same name and kind (changed);
    5. the same text but for its own name (renamed; it counts as changed);
    6. among those that bear a number or a range for a name, in the same parent: the most alike.
    """
    pairing = _Pairing([_Side.of(atom) for atom in old], [_Side.of(atom) for atom in new])
    pairing.in_order()
    pairing.by(lambda side: (side.kind, side.stem, side.text), same=True)
    pairing.by(lambda side: (side.kind, side.leaf, side.text), same=True)
    pairing.by(lambda side: (side.kind, side.name) if side.is_named else None)
    pairing.by(lambda side: (side.kind, side.unnamed) if side.unnamed else None, once=True)
    pairing.by_likeness()
    pairing.by(lambda side: (side.kind, side.name))
    return pairing.found


@dataclass(frozen=True, slots=True)
class _Side:
    """One atom as it is compared; ``stem`` is its name without the number it got from its place."""

    kind: str
    name: str
    stem: str
    leaf: str
    family: str
    text: str
    unnamed: str

    @classmethod
    def of(cls, atom: Known) -> _Side:
        """Read an atom."""
        stem = _stem(atom)
        leaf = stem.rsplit(".", 1)[-1]
        text = _text(atom.code)
        plain = leaf.isidentifier() and atom.kind not in _NESTED
        unnamed = _without_name(text, leaf) if plain else ""
        family = atom.parent or ""
        return cls(atom.kind, atom.name, stem, leaf, family, text, unnamed)

    @property
    def is_named(self) -> bool:
        """Tell whether the name is the author's, not one made of a number or a range."""
        return self.stem == self.name


def _stem(atom: Known) -> str:
    if atom.parent is None and _LABELLED.match(atom.name):
        return atom.kind
    return _NUMBER.sub(lambda found: "#block" if found[1] else "", atom.name).split("..", 1)[0]


def _without_name(text: str, name: str) -> str:
    """Take a name out of where it is declared and called; what a docstring says of it stays."""
    return re.sub(rf"\b{name}(?=\()", "\0", re.sub(rf"\b{name}\b", "\0", text, count=1))


def _text(code: str) -> str:
    lines = code.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first, last = 0, len(lines)
    while first < last and not lines[first].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    return "\n".join(lines[first:last])


@dataclass(slots=True)
class _Pairing:
    old: list[_Side]
    new: list[_Side]
    found: list[Kept | None] = field(init=False)
    taken: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.found = [None] * len(self.new)

    def keep(self, old: int, new: int, *, same: bool) -> None:
        """Note that a new atom is an old one."""
        self.found[new] = Kept(old, same)
        self.taken.add(old)

    def in_order(self) -> None:
        """Pair equal atoms that kept their order, by patience diff."""
        olds = [(side.kind, side.stem, side.text) for side in self.old]
        news = [(side.kind, side.stem, side.text) for side in self.new]
        anchors = [(-1, -1), *_anchors(olds, news), (len(olds), len(news))]
        for old, new in anchors[1:-1]:
            self.keep(old, new, same=True)
        for (low, first), (high, last) in pairwise(anchors):
            before = self._grow(olds, news, (low + 1, first + 1), (high, last), 1)
            self._grow(olds, news, (high - 1, last - 1), (before[0] - 1, before[1] - 1), -1)

    def _grow(
        self,
        olds: Sequence[Hashable],
        news: Sequence[Hashable],
        start: tuple[int, int],
        end: tuple[int, int],
        step: int,
    ) -> tuple[int, int]:
        """Pair equal neighbours from a start towards an end (excluded); give where it stopped."""
        old, new = start
        while old != end[0] and new != end[1] and olds[old] == news[new]:
            self.keep(old, new, same=True)
            old, new = old + step, new + step
        return old, new

    def by(
        self,
        key: Callable[[_Side], Hashable | None],
        *,
        same: bool = False,
        once: bool = False,
    ) -> None:
        """Pair what is left by a key, in order; with ``once`` only keys that occur once a side."""
        olds: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        news: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for index in self._left_old():
            olds[key(self.old[index])].append(index)
        for index in self._left_new():
            news[key(self.new[index])].append(index)
        for value, waiting in news.items():
            if value is None or (once and (len(waiting) > 1 or len(olds[value]) > 1)):
                continue
            for old, new in zip(olds[value], waiting, strict=False):
                self.keep(old, new, same=same)

    def by_likeness(self) -> None:
        """Pair what is left of numbered atoms with the most alike of the same parent."""
        parents = {
            self.new[new].name: self.old[kept.old].name
            for new, kept in enumerate(self.found)
            if kept is not None
        }
        olds: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        news: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for index in self._left_old():
            if not self.old[index].is_named:
                olds[self.old[index].kind, self.old[index].family].append(index)
        for index in self._left_new():
            side = self.new[index]
            if not side.is_named:
                news[side.kind, parents.get(side.family, side.family)].append(index)
        for place, waiting in news.items():
            for old, new in self._most_alike(olds[place], waiting):
                self.keep(old, new, same=False)

    def _most_alike(self, olds: Sequence[int], news: Sequence[int]) -> list[tuple[int, int]]:
        if len(olds) * len(news) > MAX_PAIRS:
            return []
        ranked = sorted(
            (
                (likeness, -abs(place - other), old, new)
                for place, old in enumerate(olds)
                for other, new in enumerate(news)
                if (likeness := _likeness(self.old[old].text, self.new[new].text)) >= MIN_LIKENESS
            ),
            reverse=True,
        )
        pairs: dict[int, int] = {}
        for _, _, old, new in ranked:
            if old not in pairs and new not in pairs.values():
                pairs[old] = new
        return list(pairs.items())

    def _left_old(self) -> list[int]:
        return [index for index in range(len(self.old)) if index not in self.taken]

    def _left_new(self) -> list[int]:
        return [index for index, kept in enumerate(self.found) if kept is None]


def _likeness(before: str, after: str) -> float:
    matcher = SequenceMatcher(None, before[:MAX_COMPARED], after[:MAX_COMPARED], autojunk=False)
    if matcher.real_quick_ratio() < MIN_LIKENESS or matcher.quick_ratio() < MIN_LIKENESS:
        return 0.0
    return matcher.ratio()


def _anchors(olds: Sequence[Hashable], news: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Pair what occurs once on both sides, as many as keep their order."""
    counts, others = Counter(olds), Counter(news)
    places = {value: index for index, value in enumerate(news) if others[value] == 1}
    pairs = [
        (index, places[value])
        for index, value in enumerate(olds)
        if counts[value] == 1 and value in places
    ]
    return _rising(pairs)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give the longest run of pairs (sorted by the first) whose second numbers rise."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, value) in enumerate(pairs):
        at = bisect_left(tails, value)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(value)
            ends.append(index)
        else:
            tails[at], ends[at] = value, index
    chain: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]
