"""Running the four levels on what is stored, and storing what they find.

Checks run outside transactions, for they take seconds and start processes; only the storing of a
run is one. A missing sandbox is no finding: SandboxUnavailable goes to the caller.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from atomization.models import AtomicUnit
from atomization.parser import Language
from atomization.services import storable_text
from devmatrix.masterplans.models import AcceptanceCriterion, MasterPlan
from validation import hierarchical_validator
from validation.atomic_validator import static_checks
from validation.candidate import Candidate
from validation.component_validator import validate_components as run_components
from validation.findings import Finding, Verdict
from validation.layout import is_test_support, layout_of
from validation.models import ValidationResult
from validation.module_validator import validate_modules as run_modules
from validation.selectors import (
    atom_ids,
    candidate_of,
    criteria_of,
    faulty_atoms,
    key_of,
    snapshot_of,
)
from validation.snapshot import Snapshot, encoded
from validation.system_validator import ACCEPTANCE, check_compiles
from validation.system_validator import validate_system as run_system
from validation.type_checker import TypeCheckError, shared_checker

__all__ = [
    "check_edit",
    "faulty_atoms",
    "record",
    "skeleton_problems",
    "snapshot_of",
    "validate_atoms",
    "validate_components",
    "validate_modules",
    "validate_system",
]

MAX_PROBLEMS = 50


def check_edit(*, atom: AtomicUnit, code: str) -> list[Finding]:
    """Check a text in an atom's place on levels 1 and 2; nothing is stored.

    Raises SandboxUnavailable.
    """
    snapshot = snapshot_of(atom.masterplan)
    return hierarchical_validator.validate_edit(snapshot, candidate_of(atom, code))


def validate_atoms(*, atoms: Iterable[AtomicUnit], attempt: int | None = None) -> UUID:
    """Check atoms of one masterplan on level 1, each as it stands in its project, and store it.

    Returns the id of the run. Raises SandboxUnavailable.
    """
    chosen = list(atoms)
    run_id = uuid4()
    if not chosen:
        return run_id
    masterplan = chosen[0].masterplan
    snapshot = snapshot_of(masterplan)
    found = _level_one(snapshot, [candidate_of(atom) for atom in chosen])
    rows: list[ValidationResult] = []
    for atom in chosen:
        key = key_of(atom)
        rows += _rows(
            masterplan=masterplan,
            atom_id=atom.pk,
            run_id=run_id,
            findings=found[key],
            target=key,
            attempt=attempt,
            sha256=_sha256(encoded(atom.code)),
        )
    _store(rows)
    return run_id


def _level_one(snapshot: Snapshot, candidates: Sequence[Candidate]) -> dict[str, list[Finding]]:
    """Check statically in one go, then run examples as many at a time as there are workers."""
    found = static_checks(snapshot, candidates)

    def executed(candidate: Candidate) -> list[Finding]:
        before = found[candidate.key]
        return hierarchical_validator.execution_checks(snapshot, candidate, before)

    with ThreadPoolExecutor(settings.DEVMATRIX["VALIDATION_WORKERS"]) as pool:
        more = list(pool.map(executed, candidates))
    return {
        candidate.key: found[candidate.key] + findings
        for candidate, findings in zip(candidates, more, strict=True)
    }


def validate_modules(*, masterplan: MasterPlan, paths: Sequence[str] | None = None) -> UUID:
    """Check a masterplan's Python modules on level 2, all or those named, and store it.

    A failure belongs to the atom it leads back to, what passed to the module alone. Returns the id
    of the run. Raises SandboxUnavailable.
    """
    snapshot = snapshot_of(masterplan)
    found = run_modules(snapshot, paths)
    contents = {path: _sha256(encoded(snapshot.text(path))) for path in found}
    return _store_targets(masterplan, found, contents)


def validate_components(*, masterplan: MasterPlan) -> UUID:
    """Run a masterplan's own tests, level 3, and store one result a test and one for the run.

    Returns the id of the run. Raises SandboxUnavailable.
    """
    snapshot = snapshot_of(masterplan)
    found = run_components(snapshot)
    return _store_targets(masterplan, found, dict.fromkeys(found, _whole(snapshot)))


def validate_system(*, masterplan: MasterPlan) -> UUID:
    """Check a masterplan as a whole, level 4: store results and each criterion's new state.

    Returns the id of the run. Raises SandboxUnavailable.
    """
    snapshot = snapshot_of(masterplan)
    found = run_system(snapshot, criteria_of(masterplan))
    contents = dict.fromkeys(found, _whole(snapshot))
    with transaction.atomic():
        run_id = _store_targets(masterplan, found, contents)
        for criterion in masterplan.criteria.all():
            finding = next(iter(found.get(criterion.key, [])), None)
            if finding is not None and finding.check == ACCEPTANCE:
                _settle(criterion, finding, run_id)
    return run_id


def _settle(criterion: AcceptanceCriterion, finding: Finding, run_id: UUID) -> None:
    states = {
        Verdict.PASSED: AcceptanceCriterion.Status.MET,
        Verdict.FAILED: AcceptanceCriterion.Status.NOT_MET,
        Verdict.NOT_RUN: AcceptanceCriterion.Status.NOT_RUN,
    }
    criterion.status = states[finding.verdict]
    criterion.evidence = _storable({**finding.to_json(), "run_id": str(run_id)})
    criterion.checked_at = timezone.now()
    criterion.save(update_fields=["status", "evidence", "checked_at"])


def skeleton_problems(*, masterplan: MasterPlan) -> list[str]:
    """List what keeps a masterplan's sources from fitting together, one sentence each.

    All sources have to parse and, tests aside, to pass the type checker with their bodies empty.
    """
    snapshot = snapshot_of(masterplan)
    faults = [finding.message for finding in check_compiles(snapshot) if finding.blocks]
    if faults:
        return faults[:MAX_PROBLEMS]
    sources = {path: snapshot.text(path) for path in snapshot.paths(Language.PYTHON)}
    targets = [path for path in sources if not is_test_support(path)]
    if not targets:
        return []
    try:
        found = shared_checker().check(sources, layout_of(sources), targets)
    except TypeCheckError as error:
        return [str(error)]
    return [
        f"{fault.path}, line {fault.line}: {fault.message}"
        for fault in found
        if fault.path in targets
    ][:MAX_PROBLEMS]


def record(
    *,
    masterplan: MasterPlan,
    atom: AtomicUnit | None,
    run_id: UUID,
    findings: Sequence[Finding],
    target: str,
    attempt: int | None = None,
    content: str = "",
) -> list[ValidationResult]:
    """Store findings that were made elsewhere; `content` is the text that was checked."""
    return _store(
        _rows(
            masterplan=masterplan,
            atom_id=atom.pk if atom is not None else None,
            run_id=run_id,
            findings=findings,
            target=target,
            attempt=attempt,
            sha256=_sha256(encoded(content)),
        )
    )


def _store_targets(
    masterplan: MasterPlan, found: Mapping[str, Sequence[Finding]], contents: Mapping[str, str]
) -> UUID:
    run_id, ids = uuid4(), atom_ids(masterplan)
    rows: list[ValidationResult] = []
    for target, findings in found.items():
        for finding in findings:
            rows += _rows(
                masterplan=masterplan,
                atom_id=ids.get(str(finding.evidence.get("atom", ""))),
                run_id=run_id,
                findings=[finding],
                target=target,
                attempt=None,
                sha256=contents[target],
            )
    _store(rows)
    return run_id


def _rows(
    *,
    masterplan: MasterPlan,
    atom_id: UUID | None,
    run_id: UUID,
    findings: Sequence[Finding],
    target: str,
    attempt: int | None,
    sha256: str,
) -> list[ValidationResult]:
    """Make rows of findings, the refusing ones last: the newest row of a check tells its state."""
    return [
        ValidationResult(
            masterplan=masterplan,
            atom_id=atom_id,
            run_id=run_id,
            level=finding.level,
            check_name=finding.check,
            target=storable_text(target[:500]),
            verdict=finding.verdict.value,
            severity=finding.severity.value,
            message=storable_text(finding.message),
            line=finding.line,
            expected=storable_text(finding.expected),
            actual=storable_text(finding.actual),
            evidence=_storable(finding.evidence),
            content_sha256=sha256,
            attempt=attempt,
            seconds=finding.seconds,
        )
        for finding in sorted(findings, key=lambda item: item.blocks)
    ]


@transaction.atomic
def _store(rows: Sequence[ValidationResult]) -> list[ValidationResult]:
    return ValidationResult.objects.bulk_create(rows, batch_size=200)


def _storable(data: Any) -> Any:
    """Return data as JSON without the characters that PostgreSQL refuses."""
    return json.loads(storable_text(json.dumps(data, ensure_ascii=False, default=str)))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _whole(snapshot: Snapshot) -> str:
    """Return a digest of a whole project: paths, lengths and contents in order."""
    digest = hashlib.sha256()
    for path, content in sorted(snapshot.assembled().items()):
        digest.update(f"{path}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        digest.update(content)
    return digest.hexdigest()
