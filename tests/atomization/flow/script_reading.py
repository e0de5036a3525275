"""Asking for the flow of marked lines: those that begin with ``|``."""

from __future__ import annotations

from itertools import pairwise

from atomization.decomposer import Slot
from atomization.flow.model import EffectKind, Flow
from atomization.flow.script import script_flows
from atomization.parser import Language
from atomization.pieces import AtomKind
from atomization.reading import read

JS = Language.JAVASCRIPT
TS = Language.TYPESCRIPT
TSX = Language.TSX


def slot(kind: AtomKind, lines: list[str], first: int, last: int) -> Slot:
    """Make a slot of the lines from ``first`` up to ``last`` (0-based, the last one left out)."""
    code = "".join(lines[first:last])
    name = f"part{first}"
    return Slot(kind, name, code, first + 1, last, None, 1, 1, "", "", (), False, False, "")


def flow_of(text: str, language: Language = JS, *, header: bool = False) -> Flow:
    """Give the flow of the marked lines of a source; what stands around them are other slots.

    ``header`` says that the marked lines are where a function begins.
    """
    marked = text.strip("\n").splitlines(keepends=True)
    lines = [line.replace("|", " ", 1) if line.startswith("|") else line for line in marked]
    rows = [row for row, line in enumerate(marked) if line.startswith("|")]
    first, end = rows[0], rows[-1] + 1
    assert rows == list(range(first, end))
    borders = sorted({0, first, end, len(lines)})
    heads = range(end if header else first)
    kinds = [AtomKind.FUNCTION if a in heads else AtomKind.BLOCK for a, _ in pairwise(borders)]
    slots = [slot(kind, lines, a, b) for kind, (a, b) in zip(kinds, pairwise(borders), strict=True)]
    flows = script_flows(read("".join(lines).encode(), language), slots)
    return flows[borders.index(first)]


def effects(flow: Flow) -> list[tuple[EffectKind, str]]:
    """Give the effects of a flow without their lines."""
    return [(effect.kind, effect.target) for effect in flow.effects]
