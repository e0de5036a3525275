"""Contracts as a reader wants them: the declaration without its body."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from atomization.contracts.model import Contract, Member
from atomization.decomposer import Slot
from atomization.flow.model import Effect, EffectKind, Flow
from atomization.parser import Language
from atomization.pieces import AtomKind

_WHOLE: Final = frozenset({AtomKind.FIELD, AtomKind.CONSTANT, AtomKind.TYPE, AtomKind.CLASS})
_MAX_LINES: Final = 40
_AIMED: Final = frozenset(
    {EffectKind.RAISE, EffectKind.GLOBAL, EffectKind.NONLOCAL, EffectKind.DYNAMIC}
)


def render(contract: Contract, slot: Slot, language: Language) -> str:
    """Write a contract as a reader wants it: the declaration without its body."""
    if slot.kind in _WHOLE and slot.end_line - slot.start_line < _MAX_LINES:
        return textwrap.dedent(slot.code.strip("\r\n").rstrip())
    if slot.kind is AtomKind.BLOCK and contract.flow is not None:
        return "\n".join(part for part in (contract.signature, _needs(contract)) if part)
    python = language is Language.PYTHON
    lines = [] if python else _comment(slot.docstring)
    lines += [f"@{decorator}" for decorator in slot.decorators] if python else []
    lines += _overloads(contract, python=python)
    lines.append(contract.signature)
    if slot.docstring and python:
        lines.append(textwrap.indent(f'"""{slot.docstring}"""', "    "))
    if slot.kind in _WHOLE:
        lines += [f"    {_member(part)}" for part in contract.members]
    mark = "    #" if python else "//"
    lines += [f"{mark} {note}" for note in _notes(contract, slot.docstring, python=python)]
    return "\n".join(lines)


def render_flow(flow: Flow, types: dict[str, str] | None = None) -> str:
    """Write a block's data flow on one line: what it needs, leaves, may do and changes."""
    known = types or {}
    needs = [f"{name}: {known[name]}" if known.get(name) else name for name in flow.live_in]
    maybe = {*flow.may_define}
    leaves = [f"{name} (maybe unbound)" if name in maybe else name for name in flow.live_out]
    parts = [
        ("needs", needs),
        ("leaves", leaves),
        ("may", dict.fromkeys(_effect(effect) for effect in flow.effects)),
        ("mutates", flow.mutates),
        ("unbinds", flow.kills),
        ("shares with closures", flow.captured),
    ]
    return "; ".join(f"{title}: {', '.join(names)}" for title, names in parts if names)


def _needs(contract: Contract) -> str:
    types = {part.name: part.annotation for part in contract.parameters}
    return render_flow(contract.flow, types) if contract.flow is not None else ""


def _effect(effect: Effect) -> str:
    word = effect.kind.value.replace("_", " ")
    if not effect.target:
        return word
    if effect.kind in _AIMED:
        return f"{word} {effect.target}"
    what = f"line {effect.target}" if effect.target.isdigit() else effect.target
    return f"{word} of {what}"


def _comment(docstring: str) -> list[str]:
    if not docstring:
        return []
    if "\n" not in docstring:
        return [f"/** {docstring} */"]
    return ["/**", *(f" * {line}".rstrip() for line in docstring.splitlines()), " */"]


def _overloads(contract: Contract, *, python: bool) -> list[str]:
    mark = "@overload\n" if python else ""
    others = [text for text in contract.overloads if text != contract.signature]
    return [f"{mark}{text}" for text in others]


def _member(member: Member) -> str:
    typed = f"{member.name}: {member.type}" if member.type else member.name
    return f"{typed} = {member.value}" if member.value else typed


def _notes(contract: Contract, docstring: str, *, python: bool) -> Iterator[str]:
    """Tell the conditions and errors that neither docstring nor signature tells of."""
    told = f"{contract.signature}\n{docstring}"
    before = [text for text in contract.preconditions if text not in told]
    after = [text for text in contract.postconditions if text not in told]
    after = [text for text in after if text != f"returns {contract.returns}"]
    names = [name for name in contract.raises if name not in docstring]
    names += ["errors that it does not name"] if contract.reraises else []
    raises = "raises" if python else "throws"
    for title, parts in (("requires", before), ("ensures", after), (raises, names)):
        if parts:
            yield f"{title} {', '.join(parts)}"
