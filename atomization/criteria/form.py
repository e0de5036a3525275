"""The criteria of form: size, complexity, responsibility, boundaries, independence, context."""

from __future__ import annotations

from typing import Final

from atomization.criteria.model import (
    MAX_COMPLEXITY,
    MAX_INPUTS,
    MAX_LOC,
    MIN_COMPLETENESS,
    TARGET_LOC,
    Criterion,
    Severity,
    answer,
    unasked,
)
from atomization.criteria.subject import CODE, SELF, Subject
from atomization.flow.model import EffectKind
from atomization.pieces import AtomKind

AT_LIMIT: Final = 0.8
"""What an atom of just the hard limit's size still gets."""
COHESIVE: Final = 0.75
"""The share of an atom's statements that one strand has to hold."""
CUT: Final = 0.1
"""What each statement that a boundary cuts through costs, and each jump over a boundary."""
_JUMPS: Final = (EffectKind.BREAK, EffectKind.CONTINUE)


def size(subject: Subject) -> Criterion:
    """Measure lines of code: all up to the target, 0.8 at the limit, then less with each line."""
    slot, loc = subject.slot, subject.slot.loc
    if loc <= TARGET_LOC:
        value = 1.0
    elif loc <= MAX_LOC:
        value = 1 - (1 - AT_LIMIT) * (loc - TARGET_LOC) / (MAX_LOC - TARGET_LOC)
    else:
        value = AT_LIMIT * MAX_LOC / loc
    rows = "line" if loc == 1 else "lines"
    evidence = f"{loc} {rows} of code; the target is {TARGET_LOC}, the limit {MAX_LOC}"
    over = loc > MAX_LOC
    if over and slot.irreducible:
        evidence += f"; irreducible: {slot.irreducible}"
    severity = Severity.INFO if slot.irreducible else Severity.CRITICAL
    hint = "split it, or move a part into a function of its own"
    passed = not over or bool(slot.irreducible)
    return answer("size", value, evidence, hint, passed=passed, severity=severity)


def complexity(subject: Subject) -> Criterion:
    """Measure cyclomatic complexity: all up to 2, then the less the more decisions there are.

    The asserts of a test are what it shows, no ways that it may go.
    """
    reason = subject.slot.irreducible
    shown = min(subject.facts.asserts, subject.slot.complexity - 1) if subject.in_test else 0
    measured = subject.slot.complexity - shown
    over = measured > MAX_COMPLEXITY
    value = MAX_COMPLEXITY / measured if over else 1.0
    evidence = f"cyclomatic complexity {measured}; at most {MAX_COMPLEXITY} is wanted"
    if shown:
        evidence += f" (not counting {shown} asserts of a test)"
    if over and reason:
        evidence += f"; irreducible: {reason}"
    severity = Severity.INFO if reason else Severity.WARNING
    hint = "move decisions into functions of their own, or into a table"
    return answer(
        "complexity", value, evidence, hint, passed=not over or bool(reason), severity=severity
    )


def responsibility(subject: Subject) -> Criterion:
    """Measure cohesion: the share of the statements that hang together by the local names they use.

    Two strands of statements without a common local name do two things. The receiver counts as a
    name. Statements without local names (a call of something global) belong to any strand, and so
    does one that only prepares a name for the blocks that follow (``found = []``), that goes on in
    them, or that hands one name back.
    """
    name = "single responsibility"
    if subject.slot.kind not in CODE:
        return unasked(name, "declares, and does nothing by itself")
    if subject.in_test:
        return unasked(name, "what a test does hangs together by what it asserts")
    strands = _strands(subject)
    total = sum(count for count, _ in strands)
    if len(strands) < 2:
        return answer(name, 1, "its statements hang together", passed=True)
    value = strands[0][0] / total
    apart = "; ".join(", ".join(sorted(names)[:3]) for _, names in strands[:3])
    evidence = f"{len(strands)} strands of statements that share no local name: {apart}"
    hint = "give each strand a function of its own"
    passed = value >= COHESIVE
    return answer(name, value, evidence, hint, passed=passed, severity=Severity.WARNING)


def _strands(subject: Subject) -> list[tuple[int, set[str]]]:
    """Group the statements by the local names that they share; the largest group first."""
    names = subject.locals | SELF
    groups: list[tuple[int, set[str]]] = []
    for unit in subject.facts.units:
        mine = _own_names(unit, names)
        if not mine:
            continue
        joined = [group for group in groups if group[1] & mine]
        groups = [group for group in groups if not group[1] & mine]
        count = 1 + sum(count for count, _ in joined)
        groups.append((count, mine.union(*(group for _, group in joined))))
    loose = _loose(subject, names)
    groups = [group for group in groups if group[0] > 1 or group[1] not in loose]
    return sorted(groups, key=lambda group: -group[0])


def _own_names(unit: set[str], names: set[str]) -> set[str]:
    mine = unit & names
    return (mine - SELF) | {"self"} if mine & SELF else mine


def _loose(subject: Subject, names: set[str]) -> list[set[str]]:
    """Give the names of statements that are no strand of their own."""
    facts = subject.facts
    binds = facts.binds & set(subject.flow.live_out) if subject.flow is not None else set[str]()
    prepared = [mine for unit in facts.units if (mine := _own_names(unit, names)) & binds]
    handed_back = [mine for unit in facts.returned if len(mine := _own_names(unit, names)) == 1]
    return prepared + handed_back + [_own_names(head, names) for head in facts.heads]


def boundaries(subject: Subject) -> Criterion:
    """Measure whether the atom is a region with one entry and one exit that parses.

    A syntax error ends it. Each statement that the first or last row cuts through costs a little,
    and so does each loop outside that a ``break`` or ``continue`` leaves.
    """
    name, facts = "clear boundaries", subject.facts
    if facts.faults:
        evidence = f"{facts.faults} syntax errors in it"
        return answer(
            name, 0, evidence, "mend the syntax", passed=False, severity=Severity.CRITICAL
        )
    parts = [f"begins inside the {where}" for where in facts.begun]
    parts += [f"ends inside the {where}" for where in facts.open]
    for found in sorted(_jumps(subject)):
        parts.append(f"jumps out: {found}")
    if not parts:
        return answer(name, 1, "begins and ends between statements", passed=True)
    value = max(1 - CUT * len(parts), CUT)
    hint = "turn what it cuts through into a function, so that the atom has one way in and out"
    passed = value >= 1 - 3 * CUT
    return answer(name, value, "; ".join(parts), hint, passed=passed, severity=Severity.WARNING)


def _jumps(subject: Subject) -> set[str]:
    return {
        f"{found.kind.value} of line {found.target}" if found.target else found.kind.value
        for found in subject.effects
        if found.kind in _JUMPS
    }


def independence(subject: Subject) -> Criterion:
    """Measure what ties the atom to its siblings beyond what it is handed and hands on.

    Rebinding a name of an outer scope, changing an object of the module, the class or the function
    around it in place; for a block, more than five names from the blocks before it.
    """
    name = "independence"
    if subject.slot.kind not in CODE:
        return unasked(name, "declares, and does nothing by itself")
    ties = [f"rebinds {found} of an outer scope" for found in subject.rebinds]
    ties += [f"changes {text}, which it shares" for text in shared(subject)]
    inflow = sorted(handed(subject) - subject.given)
    over = max(0, len(inflow) - MAX_INPUTS)
    value = 1 / (1 + len(ties) + over / MAX_INPUTS)
    if over:
        ties.append(f"takes {len(inflow)} names from the blocks before: {', '.join(inflow)}")
    evidence = "; ".join(ties) if ties else "takes and changes nothing behind its siblings' backs"
    hint = "pass values in and return them"
    return answer(name, value, evidence, hint, passed=not ties, severity=Severity.WARNING)


def shared(subject: Subject) -> list[str]:
    """Name what the atom changes in place although it is neither its own nor handed to it."""
    if subject.slot.parent is None and subject.slot.kind is AtomKind.BLOCK:
        return []
    if not subject.changed:
        return []
    mine = (subject.locals | subject.parameters | SELF) - {"cls"}
    return sorted(
        text
        for text, root in subject.changed.items()
        if root not in mine and text not in subject.aliases
    )


def handed(subject: Subject) -> set[str]:
    """Name the locals that a block takes from what stands before it."""
    if subject.slot.kind is not AtomKind.BLOCK or subject.slot.parent is None:
        return set()
    if subject.flow is not None:
        return set(subject.flow.live_in) - SELF
    context = subject.context
    imported = {line.split()[-1] for line in context.imports}
    known = {key.rsplit("::", 1)[-1] for key, _ in context.contracts}
    used = {text for text in context.resolved if "." not in text}
    return (subject.facts.reads & used) - subject.facts.binds - imported - known - SELF


def completeness(subject: Subject) -> Criterion:
    """Measure the share of what the atom refers to and promises that is known."""
    context = subject.context
    total = len(context.resolved) + len(context.unresolved)
    counted = "names, attributes, parameters and results"
    evidence = f"{context.completeness:.0%} of {total} {counted} are resolved"
    reasons = {item.name: item.how for item in context.explanations if not item.resolved}
    if context.unresolved:
        told = [
            f"{name} ({reasons[name]})" if name in reasons else name for name in context.unresolved
        ]
        evidence += f"; not: {', '.join(told[:4])}"
        evidence += f" and {len(told) - 4} more" if len(told) > 4 else ""
    hint = "import, define or annotate what is not resolved"
    passed = context.completeness >= MIN_COMPLETENESS
    return answer(
        "complete context",
        context.completeness,
        evidence,
        hint,
        passed=passed,
        severity=Severity.WARNING,
    )
