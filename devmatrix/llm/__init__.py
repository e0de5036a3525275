"""The way to the model: what is asked, what it costs, what comes back. Knows no framework.

The values and errors that callers hold are named here; `Gateway` is in `devmatrix.llm.gateway`,
because importing the client takes longer than a command without a model should wait.
"""

from devmatrix.llm.errors import (
    AuthenticationRefused,
    BudgetSpent,
    LLMError,
    Malformed,
    Overloaded,
    Refused,
    RequestRejected,
    Truncated,
    UnknownPrice,
    Unreachable,
    UnusableAnswer,
)
from devmatrix.llm.types import (
    Answer,
    AttemptPolicy,
    Capabilities,
    GatewayConfig,
    Prompt,
    Receipt,
    Sampling,
)

__all__ = [
    "Answer",
    "AttemptPolicy",
    "AuthenticationRefused",
    "BudgetSpent",
    "Capabilities",
    "GatewayConfig",
    "LLMError",
    "Malformed",
    "Overloaded",
    "Prompt",
    "Receipt",
    "Refused",
    "RequestRejected",
    "Sampling",
    "Truncated",
    "UnknownPrice",
    "Unreachable",
    "UnusableAnswer",
]
