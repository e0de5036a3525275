"""A text that asks for a slot: what all checks of level 1 are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from atomization.parser import Language

LEVEL: Final = 1
MAX_FINDINGS: Final = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that asks for a slot.

    `code` is the text fitted to the slot, `skeleton` the text that the slot began with, `imports`
    the statements that the answer asks for in the file's import block. `given` says that the text
    was handed in complete (an imported project): there is nothing to fill and nobody to ask again.
    """

    key: str
    code: str
    skeleton: str
    language: Language
    imports: tuple[str, ...] = ()
    given: bool = False
