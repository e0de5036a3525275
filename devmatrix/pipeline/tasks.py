"""What the workers run: the queue's messages are ids, the work is in rows."""

import time
from uuid import UUID

from django.utils import timezone

from devmatrix.masterplans.models import MasterPlan
from devmatrix.masterplans.queue import ring
from devmatrix.operations.services import beat, worker_name
from devmatrix.pipeline import stages
from execution import services as execution

HAND_OVER_SECONDS = 2_700
"""So long a message is worked on before the bell is rung again; the queue allows 3,600."""


def advance(masterplan_id: str) -> str:
    """Lead a masterplan as far as it goes; returns the status that it has then."""
    plan_id = UUID(masterplan_id)
    end = time.monotonic() + HAND_OVER_SECONDS
    stages.advance(plan_id, should_stop=lambda: time.monotonic() > end)
    if time.monotonic() > end:
        ring(plan_id)
    return MasterPlan.objects.values_list("status", flat=True).get(pk=plan_id)


def sweep() -> int:
    """Ring for every masterplan that nobody works on although there is work; returns how many.

    Runs each minute: messages can be lost and processes killed, rows stay.
    """
    now = timezone.now()
    beat(name=worker_name(), in_flight=0, now=now)
    for plan_id in execution.overlooked():
        execution.reopen(masterplan_id=plan_id)
    rung = 0
    for plan in MasterPlan.objects.filter(status__in=stages.ACTIVE):
        execution.sweep(masterplan_id=plan.pk, now=now)
        if plan.lease_until is not None and plan.lease_until > now:
            continue
        if plan.status == MasterPlan.Status.EXECUTING and _in_hand(plan):
            continue
        ring(plan.pk)
        rung += 1
    return rung


def _in_hand(plan: MasterPlan) -> bool:
    return execution.open_atoms(plan.pk).filter(lease_until__isnull=False).exists()
