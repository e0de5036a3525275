"""How a project's modules are imported inside the sandbox, and what they lack there."""

from __future__ import annotations

from devmatrix.sandbox import CallRecord
from validation.layout import Layout


def import_env(layout: Layout) -> dict[str, str]:
    """Give the environment in which a project's modules are importable inside the sandbox."""
    return {"PYTHONPATH": ":".join(f"/work/{root}".rstrip("/") for root in layout.roots)}


def missing_package(record: CallRecord, layout: Layout) -> str:
    """Name the foreign package that an import failed for; "" where that is not what happened."""
    if record.completed or record.exception_type != "ModuleNotFoundError":
        return ""
    name = (record.exception_message or "").partition("'")[2].partition("'")[0].split(".")[0]
    return "" if any(known.split(".")[0] == name for known in layout.modules) else name
