"""Every change of an atom's state on its way to being accepted.

The queue only rings; the truth is here. An atom is claimed by a conditional update that sets a
fencing token and a lease; whatever comes back is accepted only under that token.
"""

from execution.services.claimed import Claim, ClaimLost, ExecutionError, Verification, lease_until
from execution.services.claims import (
    abandon,
    claim_attempts,
    claim_stranded,
    claim_verifications,
    give_back,
    renew,
    sweep,
)
from execution.services.payments import book, others_reserve, reserve_attempt
from execution.services.requests import resolve, retry_atom
from execution.services.starting import open_atoms, overlooked, release, reopen, start
from execution.services.verdicts import (
    Outcome,
    Pending,
    Status,
    answered,
    pending_of,
    reject,
    settle_verification,
    unblock,
)

__all__ = [
    "Claim",
    "ClaimLost",
    "ExecutionError",
    "Outcome",
    "Pending",
    "Status",
    "Verification",
    "abandon",
    "answered",
    "book",
    "claim_attempts",
    "claim_stranded",
    "claim_verifications",
    "give_back",
    "lease_until",
    "open_atoms",
    "others_reserve",
    "overlooked",
    "pending_of",
    "reject",
    "release",
    "renew",
    "reopen",
    "reserve_attempt",
    "resolve",
    "retry_atom",
    "settle_verification",
    "start",
    "sweep",
    "unblock",
]
