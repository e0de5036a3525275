"""The waves as a picture: one lane a wave, one square an atom, lines only for a chosen atom.

A drawing of all edges is a hairball from a hundred atoms on; a board of 800 atoms stays readable
and small. Colours are attributes, so the picture needs no style and obeys a strict policy. A square
with a dark border stands on a longest chain, one with a dot in a cycle.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

CELL: Final = 14
GAP: Final = 2
COLUMNS: Final = 50
LABEL: Final = 84
MARGIN: Final = 8
COLOURS: Final = {
    "pending": "#b6bcc6",
    "ready": "#7fa7d6",
    "generating": "#2f6fbf",
    "answered": "#8a63c9",
    "blocked": "#c98a2b",
    "accepted": "#2f9e5b",
    "failed": "#c0392b",
}
KIND_COLOURS: Final = {
    "import": "#b6bcc6",
    "constant": "#c98a2b",
    "type": "#8a63c9",
    "class": "#2f6fbf",
    "field": "#7fa7d6",
    "function": "#2f9e5b",
    "method": "#6cc08b",
    "block": "#d8c37a",
    "test": "#c26b9b",
    "trivia": "#dddddd",
}
OTHER: Final = "#666666"
INK: Final = "#111111"
NEEDS: Final = "#d35400"
NEEDED_BY: Final = "#2c3e90"
# XML 1.0 has no way to write these, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Square:
    """One atom on the board; `wave` counts from 1, None means that it is in no wave.

    `status` decides the colour: a state, or the kind of an atom where nothing has a state. `title`
    is what is shown instead of the key, `href` where a click on the square leads.
    """

    key: str
    wave: int | None
    status: str
    title: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One edge to draw, dependent → dependency, by the keys of its atoms."""

    dependent: str
    dependency: str
    hard: bool


def draw(
    squares: Sequence[Square],
    *,
    chosen: str | None = None,
    lines: Sequence[Line] = (),
    chain: Collection[str] = (),
    tied: Collection[str] = (),
    caption: str = "",
    legend: bool = False,
) -> str:
    """Return the board as SVG text.

    `chosen` is outlined; a line is orange where the chosen atom needs something, blue where
    something needs it, and dashed where a contract is enough. Keys that are not on the board are
    passed over in `lines`, `chain` (a longest chain) and `tied` (atoms of cycles).
    """
    lanes = _lanes(squares)
    places, height = _places(lanes)
    width = LABEL + COLUMNS * (CELL + GAP) + MARGIN
    body = [
        *_labels(lanes, places),
        *_squares(squares, places),
        *_marks(chain, tied, places),
        *_outline(places.get(chosen) if chosen is not None else None),
        *(text for line in lines for text in _line(line, chosen, places)),
        *(_legend(squares, height) if legend else ()),
    ]
    if legend:
        height += CELL + 2 * MARGIN
    shown = caption or f"{len(squares)} atoms in {sum(wave is not None for wave in lanes)} waves"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" font-family="sans-serif" font-size="11">'
        f"<title>{xml_text(shown)}</title>"
        f"{''.join(body)}</svg>"
    )


def _lanes(squares: Sequence[Square]) -> dict[int | None, list[Square]]:
    """Group the squares by wave, in their order, those in no wave last."""
    lanes: dict[int | None, list[Square]] = {}
    for square in sorted(squares, key=lambda one: (one.wave is None, one.wave or 0)):
        lanes.setdefault(square.wave, []).append(square)
    return lanes


def _places(lanes: dict[int | None, list[Square]]) -> tuple[dict[str, tuple[int, int]], int]:
    """Return the upper left corner of every square by key, and the height of the board."""
    places: dict[str, tuple[int, int]] = {}
    y = MARGIN
    for lane in lanes.values():
        for index, square in enumerate(lane):
            row, column = divmod(index, COLUMNS)
            places[square.key] = (LABEL + column * (CELL + GAP), y + row * (CELL + GAP))
        y += ((len(lane) - 1) // COLUMNS + 1) * (CELL + GAP) + MARGIN
    return places, y


def _labels(
    lanes: dict[int | None, list[Square]], places: dict[str, tuple[int, int]]
) -> Iterator[str]:
    for wave, lane in lanes.items():
        name = "no wave" if wave is None else f"wave {wave}"
        y = places[lane[0].key][1] + CELL - 3
        yield f'<text x="{MARGIN}" y="{y}" fill="#555555">{name} · {len(lane)}</text>'


def _squares(squares: Sequence[Square], places: dict[str, tuple[int, int]]) -> Iterator[str]:
    """Draw the squares grouped by colour, which keeps the text small."""
    by_status: dict[str, list[Square]] = {}
    for square in squares:
        by_status.setdefault(square.status, []).append(square)
    for status, group in by_status.items():
        yield f'<g fill="{_colour(status)}">'
        for square in group:
            x, y = places[square.key]
            title = xml_text(f"{square.title or square.key} ({status})")
            shape = f'<path d="M{x} {y}h{CELL}v{CELL}h-{CELL}z"><title>{title}</title></path>'
            if square.href:
                shape = f'<a href={quoteattr(square.href)} tabindex="-1">{shape}</a>'
            yield shape
        yield "</g>"


def _colour(status: str) -> str:
    return COLOURS.get(status) or KIND_COLOURS.get(status, OTHER)


def _marks(
    chain: Collection[str], tied: Collection[str], places: dict[str, tuple[int, int]]
) -> Iterator[str]:
    """Border the squares of the longest chain and dot those of cycles."""
    for key in chain:
        if key in places:
            x, y = places[key]
            yield (
                f'<rect x="{x + 0.5}" y="{y + 0.5}" width="{CELL - 1}" height="{CELL - 1}" '
                f'fill="none" stroke="{INK}" pointer-events="none"/>'
            )
    half = CELL // 2
    for key in tied:
        if key in places:
            x, y = places[key]
            yield (
                f'<circle cx="{x + half}" cy="{y + half}" r="2.5" fill="{INK}" '
                'pointer-events="none"/>'
            )


def _legend(squares: Sequence[Square], y: int) -> Iterator[str]:
    """Name the colours below the board."""
    x = MARGIN
    for status in dict.fromkeys(square.status for square in squares):
        yield f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{_colour(status)}"/>'
        label = xml_text(status)
        yield f'<text x="{x + CELL + 4}" y="{y + CELL - 3}" fill="#555555">{label}</text>'
        x += CELL + 22 + 6 * len(label)


def _outline(place: tuple[int, int] | None) -> Iterator[str]:
    if place is not None:
        x, y = place
        yield (
            f'<rect x="{x - 1}" y="{y - 1}" width="{CELL + 2}" height="{CELL + 2}" '
            f'fill="none" stroke="{INK}" stroke-width="2" pointer-events="none"/>'
        )


def _line(line: Line, chosen: str | None, places: dict[str, tuple[int, int]]) -> Iterator[str]:
    if line.dependent not in places or line.dependency not in places:
        return
    half = CELL // 2
    (x1, y1), (x2, y2) = places[line.dependent], places[line.dependency]
    colour = NEEDS if line.dependent == chosen else NEEDED_BY
    dashes = "" if line.hard else ' stroke-dasharray="3 2"'
    start, end = (x1 + half, y1 + half), (x2 + half, y2 + half)
    bow = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2 - (CELL if y1 == y2 else 0))
    yield (
        f'<path d="M{start[0]} {start[1]}Q{bow[0]} {bow[1]} {end[0]} {end[1]}" fill="none" '
        f'stroke="{colour}" stroke-width="1.5"{dashes} pointer-events="none"/>'
    )


def xml_text(text: str) -> str:
    """Return text that is safe as XML character data; characters that XML lacks become U+FFFD."""
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))
