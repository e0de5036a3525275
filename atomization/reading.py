"""One source, parsed once: what the decomposer, the contracts and the data flow all read."""

from __future__ import annotations

from dataclasses import dataclass

import tree_sitter

from atomization.parser import Language, parse


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A source with its syntax tree; offsets are bytes of ``source``, rows are 0-based."""

    source: bytes
    language: Language
    tree: tree_sitter.Tree


def read(source: bytes, language: Language) -> Reading:
    """Parse any bytes; never raises for what stands in them."""
    return Reading(source, language, parse(source, language))
