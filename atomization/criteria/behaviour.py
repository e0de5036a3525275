"""The criteria of behaviour: inputs and outputs, testability, determinism, side effects."""

from __future__ import annotations

from typing import Final

from atomization.criteria import outside
from atomization.criteria.declared import NO_RESULT, declaration
from atomization.criteria.form import handed, shared
from atomization.criteria.model import (
    MAX_INPUTS,
    MAX_OUTPUTS,
    Criterion,
    Severity,
    answer,
    unasked,
)
from atomization.criteria.subject import CALLABLE, CODE, CONSTRUCTORS, SELF, Subject
from atomization.criteria.types import known_parameters, result_is_known
from atomization.flow.model import EffectKind
from atomization.pieces import AtomKind

CLEAR: Final = 0.8
"""What inputs and outputs have to reach to be called clear."""
UNCERTAIN: Final = 0.5
"""What is left to an atom whose result differs from run to run."""
_WAYS_OUT: Final = (
    EffectKind.RETURN,
    EffectKind.RAISE,
    EffectKind.YIELD,
    EffectKind.YIELD_FROM,
    EffectKind.BREAK,
    EffectKind.CONTINUE,
)
_OWN_CALLS: Final = ("super", "self.", "this.")
_CLOCKLESS: Final = "take what varies (the time, a source of chance, a path) as a parameter"


def interface(subject: Subject) -> Criterion:
    """Measure how plainly the atom says what goes in and what comes out.

    A function, a third each: the share of parameters and results whose types are known (no more
    than a third, because what lacks a type lowers the context, too), that there are not too many
    parameters, and that it gives a result always or never. A block: how many names are handed in
    and on, and whether those that it hands on are bound on every path.
    """
    kind = subject.slot.kind
    if kind in CALLABLE:
        return _function_interface(subject)
    if kind is AtomKind.BLOCK and subject.slot.parent is not None:
        return _block_interface(subject)
    return unasked("inputs and outputs", "no function: it has no parameters")


def _function_interface(subject: Subject) -> Criterion:
    known, unknown = known_parameters(subject)
    result = result_is_known(subject)
    total = known + len(unknown) + 1
    typed = (known + result) / total
    count = known + len(unknown)
    few = min(1.0, MAX_INPUTS / count) if count else 1.0
    mixed = _mixed(subject)
    value = (typed + few + (not mixed)) / 3
    evidence = f"{known + result} of {total} parameters and results have a known type"
    missing = [*unknown, *([] if result else ["the result"])]
    if missing:
        evidence += f"; not: {', '.join(missing[:8])}"
    if few < 1:
        evidence += f"; {count} parameters"
    if mixed:
        evidence += "; a result on some paths and none on others"
    hint = "annotate the parameters and the result, and give a result on every path or on none"
    return answer("inputs and outputs", value, evidence, hint, passed=value >= CLEAR)


def _mixed(subject: Subject) -> bool:
    """Tell whether a function gives a result on some paths and silently none on others."""
    facts, declared = subject.facts, subject.contract.returns
    if not facts.values or facts.yields or subject.slot.needs_body:
        return False
    optional = any(word in declared for word in ("None", "Optional", "undefined", "void", "any"))
    return bool(facts.bare or facts.falls) and not optional


def _block_interface(subject: Subject) -> Criterion:
    flow = subject.flow
    inputs = sorted(handed(subject))
    outputs = sorted(set(flow.live_out) - SELF) if flow is not None else sorted(subject.facts.binds)
    unsure = sorted({*flow.may_define} - {*flow.live_in}) if flow is not None else []
    few = min(1.0, MAX_INPUTS / len(inputs)) if inputs else 1.0
    out = min(1.0, MAX_OUTPUTS / len(outputs)) if outputs else 1.0
    sure = 1 - 0.5 * len(unsure) / max(len(outputs), len(unsure), 1)
    evidence = f"takes {', '.join(inputs) or 'no names'}; hands on {', '.join(outputs) or 'none'}"
    if unsure:
        evidence += f"; not bound on every path: {', '.join(unsure)}"
    hint = "bind what is handed on before the branches, and hand on less"
    value = few * out * sure
    return answer("inputs and outputs", value, evidence, hint, passed=value >= CLEAR)


def testable(subject: Subject) -> Criterion:
    """Measure whether the atom can be run alone and what can be seen of it then."""
    name, slot = "testable", subject.slot
    if subject.in_test:
        return unasked(name, "is a test")
    if slot.kind is AtomKind.BLOCK and slot.parent is None:
        return unasked(name, "runs when its module is imported")
    if slot.kind not in CODE:
        return unasked(name, "no function: it is tested through its users")
    if subject.contract.examples or ">>>" in slot.docstring or "@example" in slot.docstring:
        return answer(name, 1, "has an example in its docstring", passed=True)
    if subject.contract.bodiless:
        return unasked(name, "declares what others implement")
    if any(effect.kind is EffectKind.DYNAMIC for effect in subject.effects):
        evidence = "cannot be run alone: it reads its scope as a whole"
        hint = "hand in the names that it needs"
        return answer(name, 0.2, evidence, hint, passed=False, severity=Severity.WARNING)
    value, evidence = _seen(subject)
    hint = "return a value, or show an example in the docstring"
    if slot.kind is AtomKind.BLOCK:
        evidence = f"can be run alone: {evidence}"
        hint = "give it a result, or make it a function that its neighbours call"
    return answer(name, value, evidence, hint, passed=value > UNCERTAIN)


def _seen(subject: Subject) -> tuple[float, str]:
    """Say what can be observed of a run, and what that is worth to a test."""
    facts, slot = subject.facts, subject.slot
    function = slot.kind is not AtomKind.BLOCK
    if function and (facts.values or facts.yields or subject.contract.returns not in NO_RESULT):
        return 0.9, "gives a result to compare"
    traces = _traces(subject)
    if traces:
        return 0.9, f"to compare are {', '.join(traces[:5])}"
    if slot.needs_body:
        return 0.6, "its body is to be written"
    if facts.open:
        return 0.7, "which way it goes can be observed, together with where it goes"
    if subject.acts or shared(subject) or subject.rebinds:
        return 0.7, "only what it does outside can be observed"
    if any(call.startswith(_OWN_CALLS) for call in facts.calls):
        return 0.6, "only what it asks of its own object can be observed"
    return 0.4, "no result and no example: only calls of others, which have to be stood in for"


def _traces(subject: Subject) -> list[str]:
    """Name what a run leaves behind: names handed on, changes of what is handed in, ways out."""
    flow, facts = subject.flow, subject.facts
    if flow is not None:
        kinds = {effect.kind for effect in flow.effects}
        changed = [text for text in subject.changed if text not in subject.aliases]
        handed = subject.parameters if subject.slot.kind is not AtomKind.BLOCK else ()
        left = [name for name in flow.live_out if name not in handed]
        return [*left, *changed, *(kind.value for kind in _WAYS_OUT if kind in kinds)]
    mine = subject.parameters | SELF
    found = [text for text, root in subject.changed.items() if root in mine]
    found += ["raise"] if facts.raises else []
    if subject.slot.kind is AtomKind.BLOCK:
        found += [*sorted(facts.binds), *(["return"] if facts.values or facts.bare else [])]
    return found


def deterministic(subject: Subject) -> Criterion:
    """Measure whether running it twice with the same inputs gives the same."""
    name = "deterministic"
    if subject.slot.kind not in CODE:
        return unasked(name, "runs nothing by itself")
    found = outside.unsure(subject.homes, subject.language)
    found |= outside.read(subject.context.resolved, subject.aliases, subject.changed)
    if not found:
        return answer(name, 1, "asks neither clock nor chance nor surroundings", passed=True)
    told = ", ".join(f"{call} ({reason})" for call, reason in sorted(found.items())[:5])
    evidence = f"depends on {told}"
    return answer(name, UNCERTAIN, evidence, _CLOCKLESS, passed=False, severity=Severity.WARNING)


def effects(subject: Subject) -> Criterion:
    """Measure effects beside the result, and whether name, docstring or contract declare them.

    A constructor may set up its object. A function that gives no result is there for its effect on
    what it is called on or with; anything else has to be told by a verb in the name or docstring.
    """
    name = "side effects"
    if subject.slot.kind not in CODE or subject.in_test:
        why = "a test is there for what it does" if subject.in_test else "runs nothing by itself"
        return unasked(name, why)
    acts = subject.acts
    strong = sorted(call for call, kind in acts.items() if kind == "output")
    strong += [f"global {found}" for found in subject.rebinds] + shared(subject)
    own = _own_changes(subject)
    touched = [*strong, *own]
    if not touched:
        logs = ", ".join(sorted(acts)[:3])
        evidence = f"only tells of itself: {logs}" if logs else "none was found"
        return answer(name, 0.9 if logs else 1, evidence, passed=True)
    evidence = f"touches {', '.join(touched[:8])}"
    if not strong and subject.own_name in CONSTRUCTORS:
        return answer(name, 1, f"{evidence}: sets up its object", passed=True)
    reason = declaration(subject, strong=bool(strong))
    if reason:
        return answer(name, 0.9, f"{evidence}; declared by {reason}", passed=True)
    hint = "say the effect in name or docstring, or return the value and let the caller act"
    severity = Severity.WARNING if strong else Severity.INFO
    value = 0.4 if strong else 0.6
    return answer(name, value, evidence, hint, passed=False, severity=severity)


def _own_changes(subject: Subject) -> list[str]:
    """Name what is changed of the receiver, of parameters and, in a block, of what is handed in."""
    mine = subject.parameters | SELF
    if subject.flow is not None:
        mine |= set(subject.flow.live_in)
    return sorted(text for text, root in subject.changed.items() if root in mine)
