"""The four levels in their order, from cheap to dear, stopping where more would tell nothing.

What an atom's text shows comes before what its file, its project and finally its execution show: an
atom that does not parse has no types, and one whose types are wrong is not executed. Between the
levels it is the same: no tests are run of a project none of whose modules can be imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from validation import module_validator
from validation.atomic_validator import check_examples, static_checks
from validation.candidate import Candidate
from validation.component_validator import validate_components
from validation.findings import Finding, Verdict, aggregate, not_run, passed
from validation.layout import layout_of
from validation.module_validator import validate_modules
from validation.snapshot import Snapshot
from validation.system_validator import Criterion, validate_system
from validation.type_checker import TypeChecker

LEVELS: Final = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Report:
    """What all levels found: level → target → findings."""

    findings: Mapping[int, Mapping[str, Sequence[Finding]]]

    def verdict(self, level: int) -> Verdict:
        """Give one verdict for a level."""
        found = self.findings.get(level, {})
        return aggregate(finding for items in found.values() for finding in items)


def validate_atoms(
    snapshot: Snapshot, candidates: Sequence[Candidate], *, checker: TypeChecker | None = None
) -> dict[str, list[Finding]]:
    """Check atoms on level 1: key → findings. Examples run only where nothing before them failed.

    `snapshot` is the project without the candidates; each is executed among the others as they
    stand there.
    """
    found = static_checks(snapshot, candidates, checker=checker)
    for candidate in candidates:
        found[candidate.key] += execution_checks(snapshot, candidate, found[candidate.key])
    return found


def execution_checks(
    snapshot: Snapshot, candidate: Candidate, before: Sequence[Finding]
) -> list[Finding]:
    """Run an atom's examples in its place, unless what was found before makes that pointless."""
    if not passed(before):
        return [not_run(1, "examples", "examples are run once the checks before them pass")]
    filled = in_place(snapshot, candidate)
    return check_examples(filled, candidate.key)


def in_place(snapshot: Snapshot, candidate: Candidate) -> Snapshot:
    """Put a candidate and the imports it asks for into the project."""
    path, _ = snapshot.split(candidate.key)
    return snapshot.with_imports(path, candidate.imports).replace(candidate.key, candidate.code)


def validate_edit(
    snapshot: Snapshot, candidate: Candidate, *, checker: TypeChecker | None = None
) -> list[Finding]:
    """Check a text in its place on levels 1 and 2, as far as the levels before let it.

    Of level 2, what concerns the edited atom alone: a neighbour's old fault is not its author's.
    """
    findings = validate_atoms(snapshot, [candidate], checker=checker)[candidate.key]
    path, _ = snapshot.split(candidate.key)
    if not passed(findings) or path not in snapshot.files or not path.endswith(".py"):
        return findings
    filled = in_place(snapshot, candidate)
    layout = layout_of(filled.assembled())
    imported = module_validator.check_import(filled, path, layout=layout)
    if imported.blocks and module_validator.check_import(snapshot, path, layout=layout).blocks:
        reason = f"the module cannot be imported without this text either: {imported.actual}"
        imported = not_run(2, "import", reason, evidence=imported.evidence)
    calls = module_validator.check_calls(filled, [path])[path]
    concerned = list(module_validator.about_atom(calls, candidate.key))
    return [*findings, imported, *(concerned or [_calls_elsewhere()])]


def _calls_elsewhere() -> Finding:
    return not_run(2, "call_signatures", "the calls refused in this module are other atoms'")


def nothing_imports(modules: Mapping[str, Sequence[Finding]]) -> bool:
    """Tell from level 2 whether there is no use in running anything of the project."""
    imports = [item for items in modules.values() for item in items if item.check == "import"]
    imported = any(item.verdict is Verdict.PASSED for item in imports)
    return not imported and any(item.blocks for item in imports)


def validate_project(
    snapshot: Snapshot, candidates: Sequence[Candidate], criteria: Sequence[Criterion]
) -> Report:
    """Check a whole project on all four levels; levels that would tell nothing are not run."""
    found: dict[int, Mapping[str, Sequence[Finding]]] = {1: validate_atoms(snapshot, candidates)}
    found[2] = validate_modules(snapshot)
    if nothing_imports(found[2]):
        reason = "none of the project's modules can be imported"
        found[3] = {"tests": [not_run(3, "tests", reason)]}
    else:
        found[3] = validate_components(snapshot)
    found[4] = validate_system(snapshot, criteria)
    return Report(found)
