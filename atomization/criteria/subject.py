"""What is judged: a slot with its contract, its context and its facts, and a few words on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from atomization.context_injector import Context
from atomization.contracts import Contract
from atomization.criteria import outside
from atomization.criteria.facts import Facts
from atomization.decomposer import Slot
from atomization.flow.model import Effect, EffectKind, Flow
from atomization.parser import Language
from atomization.pieces import AtomKind

CALLABLE: Final = frozenset({AtomKind.FUNCTION, AtomKind.METHOD})
CODE: Final = CALLABLE | {AtomKind.BLOCK, AtomKind.TEST}
SELF: Final = frozenset({"self", "cls", "this", "mcs", "super"})
CONSTRUCTORS: Final = frozenset(
    {
        "__init__",
        "__new__",
        "__post_init__",
        "__init_subclass__",
        "__set_name__",
        "__setstate__",
        "constructor",
        "setUp",
        "setUpClass",
        "setUpTestData",
    }
)
_ROOT: Final = re.compile(r"[#$\w]+")


@dataclass(frozen=True)
class Subject:
    """An atom under judgement.

    ``flow`` is that of a statement block or a function's first part, ``owner`` the contract of the
    function that a block is a part of.
    """

    slot: Slot
    context: Context
    contract: Contract
    facts: Facts
    flow: Flow | None
    language: Language
    owner: Contract | None = None

    @cached_property
    def python(self) -> bool:
        """Tell whether the atom is Python."""
        return self.language is Language.PYTHON

    @cached_property
    def own_name(self) -> str:
        """Give the last part of the atom's name, without the number of a block."""
        return self.slot.name.split("#", 1)[0].rsplit(".", 1)[-1]

    @cached_property
    def in_test(self) -> bool:
        """Tell whether the atom is a test or a block of one."""
        kinds = [self.slot.kind.value, self.owner.kind if self.owner is not None else ""]
        return AtomKind.TEST.value in kinds

    @cached_property
    def parameters(self) -> set[str]:
        """Name the parameters, without stars and without the receiver."""
        return {part.name.lstrip("*.") for part in self.contract.parameters} - SELF

    @cached_property
    def given(self) -> set[str]:
        """Name the parameters of the function that a block is a part of."""
        parts = self.owner.parameters if self.owner is not None else ()
        return {part.name.lstrip("*.") for part in parts}

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """Give the effects of a block; none where its data flow is not known."""
        return self.flow.effects if self.flow is not None else ()

    @cached_property
    def rebinds(self) -> list[str]:
        """Name what the atom binds anew in an outer scope."""
        if self.flow is not None:
            kinds = (EffectKind.GLOBAL, EffectKind.NONLOCAL)
            return sorted({found.target for found in self.flow.effects if found.kind in kinds})
        found = set(self.facts.rebinds)
        if not self.python:
            found -= self.facts.binds
            found = set() if self.slot.kind is AtomKind.BLOCK else found
        return sorted(found)

    @cached_property
    def locals(self) -> set[str]:
        """Name the local names that the atom binds or is handed."""
        flow = self.flow
        handed = {*flow.live_in, *flow.live_out} if flow is not None else set[str]()
        return self.facts.binds | handed

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Give what the imported names that the atom uses are called at home."""
        return outside.aliases(self.context.imports, self.language)

    @cached_property
    def homes(self) -> dict[str, str]:
        """Give what the atom's callees are called at home."""
        if not self.facts.calls:
            return {}
        return outside.at_home(self.facts.calls, self.aliases, self.locals | self.parameters)

    @cached_property
    def acts(self) -> dict[str, str]:
        """Give the callees that act on the outside, with how."""
        return outside.acts(self.homes, self.language)

    @cached_property
    def changed(self) -> dict[str, str]:
        """Give what is changed in place, with the name that it hangs on."""
        found = self.flow.mutates if self.flow is not None else self.facts.stores
        roots = {text: _ROOT.match(text) for text in found}
        return {text: match.group() for text, match in roots.items() if match is not None}
