"""Names in TypeScript, TSX and JavaScript: scopes, modules of every kind, ``this``, by name.

``reader`` walks a file once and notes scopes, declarations and uses; ``modules`` reads imports and
exports, those of CommonJS and of compilers' output too; ``linker`` follows names to slots, through
namespaces, merged declarations and re-exports. Types are not inferred: a member of a value is
resolved where the value is a module, a namespace, an enum, a class, or ``this``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from atomization.project import ProjectFile
from atomization.script_names.linker import Linker
from atomization.script_names.model import Import, Modules, ScriptAnswer, ScriptHit
from atomization.script_names.reader import read_file

__all__ = ["ScriptAnswer", "ScriptHit", "script_references"]


def script_references(
    files: Sequence[ProjectFile], *, configs: Mapping[str, bytes] | None = None
) -> Iterator[ScriptAnswer]:
    """Resolve the names of TypeScript and JavaScript files, file by file; never raises.

    ``configs`` are the configurations that say where modules are (``tsconfig.json``,
    ``package.json``), path → content.
    """
    read = {file.path: read_file(file) for file in files}
    modules = Modules(read, configs or {})
    for module in read.values():
        hits = tuple(Linker(module, modules).hits())
        statements = {item.local: _statement(item) for item in module.imports if item.local}
        yield ScriptAnswer(module.file, hits, tuple(module.problems), statements)


def _statement(item: Import) -> str:
    if not item.name:
        return f'import * as {item.local} from "{item.source}";'
    if item.name == "default":
        return f'import {item.local} from "{item.source}";'
    renamed = item.name if item.name == item.local else f"{item.name} as {item.local}"
    return f'import {{ {renamed} }} from "{item.source}";'
