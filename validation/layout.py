"""Where a project's modules are imported from, and which of its files are tests.

A project keeps its packages under ``src`` or at its root. Every check that turns a path into a
module name, or a module name into a path, asks here, so that all of them agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

_DOCUMENTS = {".md", ".rst", ".markdown"}


def is_python(path: str) -> bool:
    """Tell whether a path is a Python module that can be imported."""
    return path.endswith(".py")


def is_test_module(path: str) -> bool:
    """Tell whether pytest collects a file by its name."""
    name = PurePosixPath(path).name
    return name.endswith("_test.py") or (name.startswith("test_") and name.endswith(".py"))


def is_test_support(path: str) -> bool:
    """Tell whether a file belongs to the tests: a test module, a conftest, a tests folder."""
    pure = PurePosixPath(path)
    return (
        is_test_module(path)
        or pure.name == "conftest.py"
        or any(part in {"tests", "test"} for part in pure.parts[:-1])
    )


def is_document(path: str) -> bool:
    """Tell whether a file is prose, which may quote what an example should show."""
    return PurePosixPath(path).suffix.lower() in _DOCUMENTS


@dataclass(frozen=True)
class Layout:
    """The import roots of a project, innermost first, and the names of its modules."""

    paths: frozenset[str]

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders that stand on ``sys.path``: ``src`` where it holds modules, then the root."""
        has_src = any(path.startswith("src/") and is_python(path) for path in self.paths)
        return ("src", "") if has_src and "src/__init__.py" not in self.paths else ("",)

    @property
    def root(self) -> str:
        """The folder that the project's own modules are imported from; "" is the project's root."""
        return self.roots[0]

    @cached_property
    def modules(self) -> Mapping[str, str]:
        """Every importable module's dotted name, with its path; ``src`` wins over the root."""
        found: dict[str, str] = {}
        for path in sorted(self.paths, key=lambda path: (-len(self._root_of(path)), path)):
            name = self.module_of(path)
            if name is not None:
                found.setdefault(name, path)
        return found

    def _root_of(self, path: str) -> str:
        return next((root for root in self.roots if root and path.startswith(f"{root}/")), "")

    def module_of(self, path: str) -> str | None:
        """Give the dotted name under which a file is imported, None where it has none.

        A file whose name or folder is no identifier (``my-script.py``) cannot be imported.
        """
        if not is_python(path):
            return None
        root = self._root_of(path)
        parts = list(PurePosixPath(path.removeprefix(f"{root}/") if root else path).parts)
        parts[-1] = parts[-1].removesuffix(".py")
        if parts[-1] == "__init__":
            parts.pop()
        if not parts or not all(part.isidentifier() for part in parts):
            return None
        return ".".join(parts)

    def path_of(self, module: str) -> str | None:
        """Give the path of a project's module, None for one that is not the project's."""
        return self.modules.get(module)

    def is_package(self, module: str) -> bool:
        """Tell whether a module is a package's ``__init__``."""
        path = self.modules.get(module, "")
        return path == "__init__.py" or path.endswith("/__init__.py")


def layout_of(paths: Iterable[str]) -> Layout:
    """Read the layout off a project's paths."""
    return Layout(frozenset(paths))
