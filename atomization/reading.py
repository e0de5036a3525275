"""One source, parsed once: what the decomposer, the contracts and the data flow all read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import tree_sitter

from atomization.parser import Language, is_hopeless, parse

_INK: Final = re.compile(rb"[^\r\n]")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A source with its syntax tree; offsets are bytes of ``source``, rows are 0-based."""

    source: bytes
    language: Language
    tree: tree_sitter.Tree


def read(source: bytes, language: Language) -> Reading:
    """Parse any bytes; never raises for what stands in them.

    A source that no grammar makes sense of (``is_hopeless``) is read as rows without syntax.
    """
    tree = parse(source, language)
    if is_hopeless(tree):
        tree = parse(_INK.sub(b" ", source), language)
    return Reading(source, language, tree)
