"""Validation that is too long for a request, run by a worker."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix.masterplans.models import MasterPlan
from validation import services


def run_levels(masterplan_id: str, levels: Sequence[int]) -> list[str]:
    """Check a masterplan on the given levels, lowest first; returns the ids of the runs."""
    masterplan = MasterPlan.objects.get(pk=masterplan_id)
    runs = []
    for level in sorted(set(levels)):
        if level == 1:
            run = services.validate_atoms(
                atoms=list(masterplan.atoms.select_related("source_file", "masterplan"))
            )
        elif level == 2:
            run = services.validate_modules(masterplan=masterplan)
        elif level == 3:
            run = services.validate_components(masterplan=masterplan)
        else:
            run = services.validate_system(masterplan=masterplan)
        runs.append(str(run))
    return runs
