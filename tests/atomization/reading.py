"""Reading sources in tests as the engine reads them."""

from __future__ import annotations

from collections.abc import Mapping

from atomization.context_injector import ProjectFile
from atomization.decomposer import Slot, decompose
from atomization.parser import Language, language_of


def slots_of(source: str, language: Language = Language.PYTHON) -> dict[str, Slot]:
    """Decompose a source; slots by name."""
    return {slot.name: slot for slot in decompose(source.encode(), language)}


def project(sources: Mapping[str, str | bytes]) -> list[ProjectFile]:
    """Decompose a project, path → source."""
    files = []
    for path, source in sources.items():
        language = language_of(path)
        assert language is not None
        content = source.encode() if isinstance(source, str) else source
        files.append(ProjectFile(path, language, tuple(decompose(content, language))))
    return files
