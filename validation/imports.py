"""How a project's modules are imported inside the sandbox, and what they lack there."""

from __future__ import annotations

import re
from typing import Final

from devmatrix.sandbox import CallRecord
from validation.layout import Layout

_MISSING: Final = re.compile(r"ModuleNotFoundError: No module named '([^'.]+)")


def import_env(layout: Layout) -> dict[str, str]:
    """Give the environment in which a project's modules are importable inside the sandbox."""
    return {"PYTHONPATH": ":".join(f"/work/{root}".rstrip("/") for root in layout.roots)}


def missing_package(record: CallRecord, layout: Layout) -> str:
    """Name the foreign package that an import failed for; "" where that is not what happened."""
    if record.completed or record.exception_type != "ModuleNotFoundError":
        return ""
    return foreign_package(f"{record.exception_type}: {record.exception_message}", layout)


def foreign_package(text: str, layout: Layout) -> str:
    """Name the package, none of the project's, that a text says is missing; "" for none."""
    found = _MISSING.search(text)
    if found is None or any(known.split(".")[0] == found[1] for known in layout.modules):
        return ""
    return found[1]
