"""What every slot of a project refers to: one shape of answer for all languages.

The context of an atom and the dependencies between atoms are two readings of the same references.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from atomization.collector import collector_paused
from atomization.parser import Language
from atomization.project import ProjectFile
from atomization.python_names import names_of
from atomization.python_resolver import Hit, Outcome, Resolver, Target
from atomization.python_scopes import Binding, FileNames, Mention, Role, bare_name
from atomization.python_values import Value, described
from atomization.script_names import ScriptAnswer, script_references
from atomization.type_facts import TypeFacts

__all__ = ["GUESSED", "FileReferences", "Outcome", "Reach", "Reference", "Role", "references_of"]

GUESSED: Final = "unique-name"
"""How a reference is known whose receiver's type only the attributes that are used tell."""

CONFIDENCE: Final = {
    "scope": 0.99,
    "import": 0.99,
    "self": 0.95,
    "annotation": 0.9,
    "types": 0.85,
    "inference": 0.8,
    "override": 0.7,
    "abstract": 0.65,
    GUESSED: 0.5,
}
_DEPTH: Final = 8
_FEW: Final = 16


@dataclass(frozen=True, slots=True)
class Reach:
    """A slot that a reference means: its file, its index there, and how it was found.

    ``certain`` says that what comes later in the same body has passed the binding.
    """

    path: str
    slot: int
    what: str  # function | class | variable | import | module
    via: str
    certain: bool = False

    @property
    def confidence(self) -> float:
        """Tell how surely the reference means this slot."""
        return CONFIDENCE[self.via]


@dataclass(frozen=True, slots=True)
class Reference:
    """One use of a name or attribute in a slot.

    ``at_import`` says that importing the module evaluates it. ``counted`` is false where the fault
    lies with a name in front that is counted already, so that one hole is one hole. ``outside``
    names what is meant outside of the project (``json:dumps``, ``builtins:str.strip``); ``via`` is
    ``types`` where mypy told the receiver's type, ``unique-name`` where only its attributes did.
    """

    slot: int
    line: int
    text: str
    role: Role
    at_import: bool
    outcome: Outcome
    targets: tuple[Reach, ...]
    counted: bool = True
    outside: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class FileReferences:
    """The references of one file; ``imports`` are those that its import statements make.

    ``statements`` gives, for a name that an import binds, the statement that would bind it alone.
    ``raises`` gives, for a slot, the names of the exceptions that it raises. ``problems`` are the
    lines that were not analyzed, each with the reason. ``types`` gives, for a slot, the types of
    the local names that it uses as far as they are known, by annotation or inferred; for the slot
    that a function begins in, ``return`` is the type of its result. ``unasked`` says why mypy,
    which was asked, could not fill gaps. ``unread`` are the lines, from the first to the last,
    that hold no references because the language refuses them, each run with the reason.
    """

    file: ProjectFile
    references: tuple[Reference, ...]
    imports: tuple[Reference, ...]
    raises: dict[int, tuple[str, ...]]
    problems: tuple[tuple[int, str], ...]
    statements: dict[str, str]
    types: dict[int, dict[str, str]] = field(default_factory=dict)
    unasked: str = ""
    unread: tuple[tuple[int, int, str], ...] = ()


def references_of(
    files: Sequence[ProjectFile],
    *,
    types: TypeFacts | None = None,
    configs: Mapping[str, bytes] | None = None,
) -> list[FileReferences]:
    """Resolve every use of a name in the files of a project; in the order of ``files``.

    ``types`` is mypy's view of the same files (``project_types``), used where nothing else tells
    the type of a receiver. ``configs`` are the files of the project that say where modules of
    scripts are (``tsconfig.json``, ``package.json``), path → content. Never raises for a source:
    what cannot be read is in ``problems``, what cannot be resolved has the outcome UNRESOLVED.
    """
    if len(files) < _FEW:
        return _references_of(files, types, configs)
    with collector_paused():
        return _references_of(files, types, configs)


def _references_of(
    files: Sequence[ProjectFile], types: TypeFacts | None, configs: Mapping[str, bytes] | None
) -> list[FileReferences]:
    python = [names_of(file) for file in files if file.language is Language.PYTHON]
    resolver = Resolver(python, types=types)
    found = {names.file.path: _python_file(names, resolver) for names in python}
    resolver.release()
    if types is not None and types.problem:
        found = {path: replace(file, unasked=types.problem) for path, file in found.items()}
    scripts = [file for file in files if file.language is not Language.PYTHON]
    for answer in script_references(scripts, configs=configs):
        found[answer.file.path] = _script_file(answer)
    return [found[file.path] for file in files]


def has_gaps(references: Sequence[FileReferences]) -> bool:
    """Tell whether there are receivers in Python files whose type nothing tells, or use alone."""
    return any(
        use.via == GUESSED or (use.outcome is Outcome.UNRESOLVED and "." in use.text)
        for file in references
        if file.file.language is Language.PYTHON
        for use in file.references
    )


class _Reaches:
    """Turns targets into reaches, once for all uses that share them."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[tuple[Target, ...], tuple[Reach, ...]]] = {}

    def of(self, targets: tuple[Target, ...]) -> tuple[Reach, ...]:
        """Give the reaches of some targets; the targets are kept, as their identity is the key."""
        if not targets:
            return ()
        known = self._known.get(id(targets))
        if known is None:
            known = (targets, tuple(_reach(target) for target in targets))
            self._known[id(targets)] = known
        return known[1]


def _python_file(names: FileNames, resolver: Resolver) -> FileReferences:
    missed: set[int] = set()
    reaches = _Reaches()
    types: dict[int, dict[str, str]] = {}
    texts = _Texts()
    references = tuple(
        _reference(use, resolver, missed, reaches, types, texts) for use in names.mentions
    )
    for function in {part.slot: part for part in reversed(names.functions)}.values():
        result = texts.of(resolver.calls.result_of(function))
        if result:
            types.setdefault(function.slot, {})["return"] = result
    imports = tuple(_import_reference(binding, resolver) for binding in names.imports)
    raises: dict[int, dict[str, None]] = {}
    for slot, expr in names.raises:
        raised = expr.func if isinstance(expr, ast.Call) else expr
        if bare_name(raised)[:1].isupper():
            raises.setdefault(slot, {})[bare_name(raised)] = None
    return FileReferences(
        names.file,
        references,
        imports,
        {slot: tuple(found) for slot, found in raises.items()},
        tuple(names.problems),
        {binding.name: _statement(binding) for binding in reversed(names.imports)},
        types,
        unread=tuple(names.unread),
    )


def _statement(binding: Binding) -> str:
    module = "." * binding.level + binding.module
    if not binding.member:
        renamed = binding.name not in (module, module.split(".", 1)[0])
        return f"import {module} as {binding.name}" if renamed else f"import {module}"
    renamed = binding.member not in (binding.name, "*")
    suffix = f" as {binding.name}" if renamed else ""
    return f"from {module} import {binding.member}{suffix}"


class _Texts:
    """Writes what is known of values, once for each."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Value, str]] = {}

    def of(self, value: Value) -> str:
        """Give the text of a value; the value is kept, as its identity is the key."""
        known = self._known.get(id(value))
        if known is None:
            known = (value, described(value))
            self._known[id(value)] = known
        return known[1]


def _reference(
    use: Mention,
    resolver: Resolver,
    missed: set[int],
    reaches: _Reaches,
    types: dict[int, dict[str, str]],
    texts: _Texts,
) -> Reference:
    node = use.node
    if isinstance(node, ast.Name):
        hit = resolver.name(node.id, use.scope)
        counted = True
        if hit.outcome is Outcome.LOCAL and hit.value.known:
            types.setdefault(use.slot, {})[node.id] = texts.of(hit.value)
    else:
        hit = resolver.attribute(node, use.scope)
        counted = id(node.value) not in missed
    if hit.outcome is Outcome.UNRESOLVED:
        missed.add(id(node))
    return Reference(
        use.slot,
        node.lineno,
        _dotted(node),
        use.role,
        use.at_import,
        hit.outcome,
        reaches.of(hit.targets),
        counted,
        hit.outside,
        hit.via,
    )


def _import_reference(binding: Binding, resolver: Resolver) -> Reference:
    hit = resolver.star(binding) if binding.member == "*" else resolver.imported(binding)
    text = "." * binding.level + binding.module
    if binding.member:
        text = f"{text}:{binding.member}"
    line, slot = binding.line, binding.slot
    reaches = _reaches(hit)
    return Reference(slot, line, text, Role.VALUE, True, hit.outcome, reaches, outside=hit.outside)


def _reaches(hit: Hit) -> tuple[Reach, ...]:
    return tuple(_reach(target) for target in hit.targets)


def _reach(target: Target) -> Reach:
    return Reach(target.file.file.path, target.slot, target.what, target.via, target.certain)


def _dotted(node: ast.Name | ast.Attribute) -> str:
    if isinstance(node, ast.Name):
        return node.id
    parts: list[str] = []
    current: ast.expr = node
    while isinstance(current, ast.Attribute) and len(parts) < _DEPTH:
        parts.append(current.attr)
        current = current.value
    parts.append(current.id if isinstance(current, ast.Name) else "…")
    return ".".join(reversed(parts))


def _script_file(answer: ScriptAnswer) -> FileReferences:
    references: list[Reference] = []
    imports: list[Reference] = []
    for hit in answer.hits:
        reaches = tuple(Reach(path, slot, what, via) for path, slot, what, via in hit.targets)
        reference = Reference(
            hit.slot, hit.line, hit.text, hit.role, hit.at_import, hit.outcome, reaches
        )
        (imports if hit.is_import else references).append(reference)
    return FileReferences(
        answer.file,
        tuple(references),
        tuple(imports),
        {},
        answer.problems,
        answer.statements,
    )
