"""Running code that nobody trusts: one job, one set of namespaces, a verdict formed outside.

`run` runs a command, `evaluate` docstring examples, `doctor` says what this machine can do. Without
bubblewrap nothing runs: SandboxUnavailable names the package.
"""

from devmatrix.sandbox.doctor import doctor
from devmatrix.sandbox.evaluation import evaluate
from devmatrix.sandbox.model import (
    CallRecord,
    Limits,
    Outcome,
    Report,
    Result,
    SandboxUnavailable,
)
from devmatrix.sandbox.running import run

__all__ = [
    "CallRecord",
    "Limits",
    "Outcome",
    "Report",
    "Result",
    "SandboxUnavailable",
    "doctor",
    "evaluate",
    "run",
]
