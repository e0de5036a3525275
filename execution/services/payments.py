"""Money of attempts: reserved before a call, booked once after it."""

from decimal import ROUND_UP, Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from atomization.models import AtomicUnit
from devmatrix.llm.types import Receipt, Sampling
from devmatrix.masterplans import services as masterplans
from execution.models import AtomRetryHistory
from execution.services.claimed import Claim, ClaimLost, locked

MONEY_STEP = Decimal("0.000001")
Outcome = AtomRetryHistory.Outcome


@transaction.atomic
def reserve_attempt(*, claim: Claim, masterplan_id: UUID, amount: Decimal) -> bool:
    """Reserve the most that the attempt can cost; False when the budget does not allow it.

    Raises ClaimLost, and reserves nothing, when the attempt was given back meanwhile.
    """
    if locked(claim.atom_id).lease_token != claim.token:
        raise ClaimLost("The lease of the attempt ended before it asked anything.")
    amount = amount.quantize(MONEY_STEP, ROUND_UP)  # as the plan holds it, to give it all back
    if not masterplans.reserve(masterplan_id=masterplan_id, amount=amount):
        return False
    AtomRetryHistory.objects.filter(token=claim.token).update(reserved_usd=amount)
    return True


def others_reserve(*, claim: Claim, masterplan_id: UUID) -> bool:
    """Tell whether other attempts hold money that may become free when they are settled."""
    running = AtomRetryHistory.objects.filter(
        atom__masterplan_id=masterplan_id, outcome=Outcome.RUNNING, reserved_usd__gt=0
    )
    return running.exclude(token=claim.token).exists()


@transaction.atomic
def book(
    *,
    claim: Claim,
    masterplan_id: UUID,
    subject: str,
    receipt: Receipt,
    sampling: Sampling,
    prompt: str,
    feedback: str,
    outcome: str,
) -> None:
    """Write down what an answer cost, once, whether or not it is still wanted."""
    locked(claim.atom_id)
    history = AtomRetryHistory.objects.get(token=claim.token)
    booked = AtomRetryHistory.objects.filter(pk=history.pk, answered_at__isnull=True).update(
        model=receipt.model,
        temperature=sampling.temperature,
        effort=sampling.effort or "",
        prompt=prompt,
        feedback=feedback,
        answer=receipt.text,
        stop_reason=receipt.stop_reason,
        input_tokens=receipt.input_tokens,
        output_tokens=receipt.output_tokens,
        cache_read_tokens=receipt.cache_read_tokens,
        cache_write_tokens=receipt.cache_write_tokens,
        cost_usd=receipt.cost_usd,
        request_id=receipt.request_id,
        reserved_usd=Decimal(0),
        answered_at=timezone.now(),
    )
    if not booked:
        return
    masterplans.book_call(
        masterplan_id=masterplan_id,
        purpose="atom",
        subject=subject,
        reserved=history.reserved_usd,
        receipt=receipt,
        outcome=outcome,
    )
    AtomicUnit.objects.filter(pk=claim.atom_id).update(cost_usd=F("cost_usd") + receipt.cost_usd)
