"""The ten criteria of an atom, each measured on its text and its context.

A criterion that does not apply to a kind of atom (a constant has no inputs) is met and says so.
The weights say how much a miss costs the atom's whole score; they add up to one.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

import tree_sitter

from atomization.context_injector import Context
from atomization.decomposer import Slot
from atomization.parser import Language, parse
from atomization.pieces import AtomKind
from atomization.python_fragments import Fragment, read_fragment

TARGET_LOC: Final = 10
MAX_LOC: Final = 15
MAX_COMPLEXITY: Final = 2
MIN_COMPLETENESS: Final = 0.95
MAX_LIVE_IN: Final = 5

WEIGHTS: Final = {
    "size": 0.15,
    "complexity": 0.15,
    "single responsibility": 0.1,
    "clear boundaries": 0.15,
    "independence": 0.1,
    "complete context": 0.15,
    "testable": 0.05,
    "deterministic": 0.05,
    "side effects": 0.05,
    "inputs and outputs": 0.05,
}

_CODE: Final = frozenset({AtomKind.FUNCTION, AtomKind.METHOD, AtomKind.BLOCK, AtomKind.TEST})
_CALLABLE: Final = frozenset({AtomKind.FUNCTION, AtomKind.METHOD})
_CHANCE: Final = re.compile(
    r"(?:^|\.)(?:random|secrets|uuid1|uuid4|urandom|getrandbits|shuffle|randint)(?:\.|$)"
    r"|(?:^|\.)(?:time\.time|time\.monotonic|perf_counter|datetime\.now|datetime\.utcnow"
    r"|date\.today|datetime\.today|Date\.now|Math\.random|time_ns)$"
)
_EFFECTS: Final = re.compile(
    r"^(?:print|input|open|exec|eval|setattr|delattr|alert|fetch)$"
    r"|^(?:os\.(?!path|sep|fspath|environ\.get)|shutil\.|subprocess\.|socket\.|sys\.(?:exit|stdin|stdout|stderr)\b"
    r"|console\.|document\.|window\.|localStorage\.|process\.|logging\.)"
    r"|\.(?:write|write_text|write_bytes|unlink|mkdir|rmdir|touch|commit|execute|send)$"
)
_DECLARED: Final = re.compile(
    r"\b(?:writes?|prints?|sends?|stores?|saves?|deletes?|removes?|creates?|opens?|reads?|logs?|"
    r"updates?|sets?|changes?|mutates?|runs?|exits?|effects?|adds?|appends?|registers?|in place)\b",
    re.IGNORECASE,
)
_CLOCKLESS: Final = "take the time or the source of chance as a parameter"


class Severity(StrEnum):
    """How much a missed criterion matters."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion's answer: met or not, from 0 to 1, with what was measured."""

    name: str
    passed: bool
    score: float
    severity: Severity
    evidence: str
    suggestion: str

    def to_json(self) -> dict[str, Any]:
        """Give the answer as plain data."""
        return {**asdict(self), "severity": self.severity.value}


@dataclass(frozen=True, slots=True)
class _Subject:
    slot: Slot
    context: Context
    fragment: Fragment | None
    node: ast.FunctionDef | ast.AsyncFunctionDef | None
    language: Language | None

    @property
    def uses(self) -> tuple[str, ...]:
        return (*self.context.resolved, *self.context.unresolved)


def criteria(slot: Slot, context: Context, *, language: Language | None = None) -> list[Criterion]:
    """Measure the ten criteria of an atom, in the order of ``WEIGHTS``.

    Without a language, a text that Python parses is taken for Python.
    """
    python = language in (None, Language.PYTHON)
    fragment = read_fragment(slot.code) if python else None
    found = fragment.definition() if fragment is not None else None
    node = found if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) else None
    if language is None and fragment is not None:
        language = Language.PYTHON
    subject = _Subject(slot, context, fragment, node, language)
    return [measure(subject) for measure in _MEASURES]


def score(found: Iterable[Criterion]) -> float:
    """Give the weighted score of an atom, from 0 to 1."""
    return round(sum(WEIGHTS[criterion.name] * criterion.score for criterion in found), 4)


def _answer(
    name: str, value: float, passed: bool, severity: Severity, evidence: str, suggestion: str
) -> Criterion:
    value = round(min(max(value, 0.0), 1.0), 4)
    return Criterion(name, passed, value, severity, evidence, "" if passed else suggestion)


def _size(subject: _Subject) -> Criterion:
    slot = subject.slot
    loc = slot.loc
    value = 1.0 if loc <= TARGET_LOC else TARGET_LOC / loc
    evidence = f"{loc} lines of code; the target is {TARGET_LOC}, the limit {MAX_LOC}"
    if slot.irreducible:
        evidence += f"; irreducible: {slot.irreducible}"
    passed = loc <= MAX_LOC or bool(slot.irreducible)
    hint = "split it, or move a part into a function of its own"
    return _answer("size", value, passed, Severity.CRITICAL, evidence, hint)


def _complexity(subject: _Subject) -> Criterion:
    measured = subject.slot.complexity
    value = 1.0 if measured <= MAX_COMPLEXITY else MAX_COMPLEXITY / measured
    evidence = f"cyclomatic complexity {measured}; at most {MAX_COMPLEXITY} is wanted"
    hint = "move decisions into functions of their own, or into a table"
    passed = measured <= MAX_COMPLEXITY
    return _answer("complexity", value, passed, Severity.WARNING, evidence, hint)


def _responsibility(subject: _Subject) -> Criterion:
    groups = _strands(subject)
    evidence = (
        f"{groups} strands of statements that share no name"
        if groups > 1
        else "its statements are about one thing"
    )
    hint = "give each strand a function of its own"
    value = 1.0 if groups <= 1 else 1 / groups
    return _answer("single responsibility", value, groups <= 1, Severity.WARNING, evidence, hint)


def _strands(subject: _Subject) -> int:
    """Count the groups of statements in a body that share no local name with each other."""
    if subject.slot.kind not in _CODE or subject.fragment is None:
        return 1
    body = subject.node.body if subject.node is not None else subject.fragment.body
    groups: list[set[str]] = []
    for names in filter(None, (_variables(statement) for statement in body)):
        joined = [group for group in groups if group & names]
        groups = [group for group in groups if not group & names]
        groups.append(names.union(*joined))
    return max(len(groups), 1)


def _variables(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return set()
    if isinstance(statement, ast.Return | ast.Raise | ast.Import | ast.ImportFrom | ast.Pass):
        return set()
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _boundaries(subject: _Subject) -> Criterion:
    if subject.slot.loc == 0:
        whole, evidence = True, "no code of its own"
    elif subject.fragment is not None:
        whole, evidence = True, "begins and ends at statements"
    elif subject.language is Language.PYTHON:
        whole, evidence = False, "its text alone is not Python"
    else:
        whole = not _script_faults(subject)
        evidence = "begins and ends at nodes" if whole else "its text alone does not parse"
    hint = "mend the syntax around it"
    value = 1.0 if whole else 0.0
    return _answer("clear boundaries", value, whole, Severity.CRITICAL, evidence, hint)


def _script_faults(subject: _Subject) -> bool:
    """Tell whether the text holds a syntax error of its own, in its class where it has one."""
    code = subject.slot.code
    texts = [
        code,
        f"class A {{\n{code}\n}}",
        f"{code}\n}}",
        f"{{ {code}",
        f"if (1) {{\n{code}",
        f"{code}\n}});",
    ]
    language = subject.language or Language.TSX
    trees = (parse(text.encode("utf-8", "surrogateescape"), language) for text in texts)
    return all(tree.root_node.has_error for tree in trees)


def _independence(subject: _Subject) -> Criterion:
    shared = sorted(set(_declared_elsewhere(subject)))
    inflow = sorted(_live_in(subject)) if subject.slot.kind is AtomKind.BLOCK else []
    over = max(0, len(inflow) - MAX_LIVE_IN)
    evidence = "changes nothing that its siblings own"
    if shared:
        evidence = f"rebinds {', '.join(shared)} of an outer scope"
    elif over:
        evidence = f"takes {len(inflow)} names from the blocks before: {', '.join(inflow)}"
    hint = "pass values in and return them"
    passed = not shared and not over
    value = 1 / (1 + len(shared) + over / MAX_LIVE_IN)
    return _answer("independence", value, passed, Severity.WARNING, evidence, hint)


def _nodes(subject: _Subject) -> Iterator[ast.AST]:
    for statement in subject.fragment.body if subject.fragment is not None else ():
        yield from ast.walk(statement)


def _declared_elsewhere(subject: _Subject) -> Iterator[str]:
    for node in _nodes(subject):
        if isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names


def _live_in(subject: _Subject) -> set[str]:
    """Name the locals that a block reads and does not set: what flows in from its siblings."""
    names = [node for node in _nodes(subject) if isinstance(node, ast.Name)]
    stored = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    imported = {line.split()[-1] for line in subject.context.imports}
    known = {key.rsplit("::", 1)[-1] for key, _ in subject.context.contracts}
    outside = {*dir(builtins), *_BUILTINS, *imported, *known, *subject.context.unresolved}
    return {node.id for node in names} - stored - outside


def _complete(subject: _Subject) -> Criterion:
    value = subject.context.completeness
    holes = subject.context.unresolved
    evidence = f"{value:.0%} of {len(subject.uses)} names and attributes are resolved"
    if holes:
        evidence += f"; not: {', '.join(holes[:8])}"
    hint = "import, define or annotate what is not resolved"
    passed = value >= MIN_COMPLETENESS
    return _answer("complete context", value, passed, Severity.WARNING, evidence, hint)


def _testable(subject: _Subject) -> Criterion:
    slot = subject.slot
    if slot.kind not in _CALLABLE:
        return _unasked("testable", "no function: it is tested through its users")
    if ">>>" in slot.docstring:
        return _answer("testable", 1, True, Severity.INFO, "has an example in its docstring", "")
    if _gives(subject):
        return _answer("testable", 0.9, True, Severity.INFO, "gives a result to compare", "")
    hint = "return a value, or show an example in the docstring"
    return _answer("testable", 0.4, False, Severity.INFO, "no result and no example", hint)


def _gives(subject: _Subject) -> bool:
    """Tell whether a call can be observed: it returns, yields, raises or changes its receiver."""
    if subject.node is None:
        return bool(re.search(r"\b(?:return\b\s*[^\s;]|throw\b|this\.|=>)", subject.slot.code))
    for node in _nodes(subject):
        if isinstance(node, ast.Return) and node.value is not None:
            return True
        if isinstance(node, ast.Yield | ast.YieldFrom | ast.Raise):
            return True
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            return True
    return subject.node.returns is not None and ast.unparse(subject.node.returns) != "None"


def _deterministic(subject: _Subject) -> Criterion:
    if subject.slot.kind not in _CODE:
        return _unasked("deterministic", "runs nothing by itself")
    found = sorted({use for use in subject.uses if _CHANCE.search(use)})
    evidence = f"uses {', '.join(found)}" if found else "uses neither the clock nor chance"
    value = 0.5 if found else 1.0
    return _answer("deterministic", value, not found, Severity.WARNING, evidence, _CLOCKLESS)


def _effects(subject: _Subject) -> Criterion:
    found = sorted({use for use in subject.uses if _EFFECTS.search(use)})
    found += [f"global {name}" for name in sorted(set(_declared_elsewhere(subject)))]
    if not found:
        return _answer("side effects", 1, True, Severity.INFO, "none was found", "")
    evidence = f"touches {', '.join(found[:8])}"
    if subject.slot.kind not in _CALLABLE or _DECLARED.search(subject.slot.docstring):
        evidence += "; declared" if subject.slot.kind in _CALLABLE else ""
        return _answer("side effects", 0.8, True, Severity.INFO, evidence, "")
    hint = "say the effect in the docstring, or return the value and let the caller act"
    return _answer("side effects", 0.4, False, Severity.INFO, evidence, hint)


def _interface(subject: _Subject) -> Criterion:
    if subject.slot.kind not in _CALLABLE:
        return _unasked("inputs and outputs", "no function: it has no parameters")
    if subject.node is None:
        typed, total = _script_interface(subject.slot)
    else:
        typed, total = _annotations(subject.node)
    evidence = f"{typed} of {total} parameters and results have a type"
    value = typed / total if total else 1.0
    hint = "annotate the parameters and the result"
    return _answer("inputs and outputs", value, value >= 0.99, Severity.INFO, evidence, hint)


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[int, int]:
    args = node.args
    plain = [*args.posonlyargs, *args.args]
    if plain and plain[0].arg in ("self", "cls", "mcs"):
        plain = plain[1:]
    every = [*plain, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
    typed = sum(arg.annotation is not None for arg in every) + (node.returns is not None)
    return typed, len(every) + 1


def _script_interface(slot: Slot) -> tuple[int, int]:
    """Count typed parameters and results of a TypeScript function by its syntax."""
    text = slot.code.encode("utf-8", "surrogateescape")
    wrapped = b"class A {\n" + text + b"\n}" if slot.kind is AtomKind.METHOD else text
    tree = parse(wrapped, Language.TSX)
    stack: list[tree_sitter.Node] = [tree.root_node]
    while stack:
        node = stack.pop()
        parameters = node.child_by_field_name("parameters")
        if parameters is not None:
            every = parameters.named_children
            typed = sum(part.child_by_field_name("type") is not None for part in every)
            result = node.child_by_field_name("return_type") is not None
            free = b"constructor" in (node.text or b"")[:80]
            return typed + (result or free), len(every) + 1
        stack.extend(reversed(node.named_children))
    return 0, 1


def _unasked(name: str, evidence: str) -> Criterion:
    return Criterion(name, True, 1.0, Severity.INFO, evidence, "")


_BUILTINS: Final = frozenset({"__name__", "__file__", "self", "cls"})
_MEASURES: Final[tuple[Callable[[_Subject], Criterion], ...]] = (
    _size,
    _complexity,
    _responsibility,
    _boundaries,
    _independence,
    _complete,
    _testable,
    _deterministic,
    _effects,
    _interface,
)
