"""Precision: the share of accepted atoms that cases held out from everybody find right."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devmatrix.masterplans.models import MasterPlan
from devmatrix.sandbox import CallRecord, Limits, evaluate


class CasesInvalid(Exception):  # noqa: N818  (the file is at fault)
    """A file of cases that cannot be read; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Case:
    """An expression about one atom, and the `repr` of its value or the name of its exception."""

    atom: str
    module: str
    call: str
    expect: str
    raises: str


@dataclass(frozen=True, slots=True)
class Precision:
    """How many accepted atoms were measured and right, and which cases found the others wrong."""

    accepted: int
    measured: int
    right: int
    wrong: Mapping[str, str]

    @property
    def percent(self) -> float | None:
        """The share in percent, None when no accepted atom has a case."""
        return 100 * self.right / self.measured if self.measured else None


def read_cases(path: Path) -> list[Case]:
    """Read a JSON file {"cases": [{atom, module, call, expect or raises}]}; raises CasesInvalid."""
    try:
        data: Any = json.loads(path.read_bytes())
        return [
            Case(
                atom=str(item["atom"]),
                module=str(item["module"]),
                call=str(item["call"]),
                expect=str(item.get("expect", "")),
                raises=str(item.get("raises", "")),
            )
            for item in data["cases"]
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise CasesInvalid(
            f"{path} is not a file of acceptance cases ({reason}); it must be JSON: "
            '{"cases": [{"atom", "module", "call", "expect" or "raises"}]}.'
        ) from error


def holds(case: Case, record: CallRecord) -> bool:
    """Tell whether what happened is what the case expects."""
    if not record.completed:
        return False
    if case.raises:
        raised = (record.exception_type or "").rpartition(".")[2]
        return raised == case.raises.rpartition(".")[2]
    return record.exception_type is None and record.stdout.strip() == case.expect.strip()


def measure(
    accepted: Sequence[str], cases: Sequence[Case], files: Mapping[str, bytes]
) -> Precision:
    """Run the cases of accepted atoms in the sandbox; each case in a module of its own state."""
    wanted = [case for case in cases if case.atom in set(accepted)]
    wrong: dict[str, str] = {}
    for module in sorted({case.module for case in wanted}):
        chosen = [case for case in wanted if case.module == module]
        records = evaluate(
            module, files, [case.call for case in chosen], limits=Limits(wall_seconds=30)
        )
        for case, record in zip(chosen, records, strict=True):
            if not holds(case, record):
                got = record.exception_type or record.stdout.strip() or "nothing"
                wanted_text = case.raises or case.expect
                wrong.setdefault(case.atom, f"{case.call} gave {got}, not {wanted_text}")
    measured = {case.atom for case in wanted}
    return Precision(
        accepted=len(accepted),
        measured=len(measured),
        right=len(measured - wrong.keys()),
        wrong=wrong,
    )


def store(masterplan: MasterPlan, precision: Precision) -> None:
    """Keep the measured precision with the masterplan."""
    MasterPlan.objects.filter(pk=masterplan.pk).update(precision_percent=precision.percent)
