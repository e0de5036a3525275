"""Modules of a project find one another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from atomization.script_modules import ScriptModules
from dependencies.points_to.script.heap import Heap
from dependencies.points_to.script.lowering import Import, Lowering
from dependencies.points_to.script.machine import Machine
from dependencies.points_to.script.members import Read
from dependencies.points_to.script.model import Kind
from dependencies.points_to.script.parts import Exports

Resolve = Callable[[str, str], str | None]


def resolver(paths: Iterable[str], configs: Mapping[str, bytes] | None = None) -> Resolve:
    """Make a function that finds the file which an import means: (source, importer) → path."""
    modules = ScriptModules(paths, configs)
    return lambda source, importer: modules.find(source, importer).path


def link(files: Mapping[str, Lowering], machine: Machine, resolve: Resolve) -> None:
    """Tie imports to exports; what is not of the project is external."""
    for path, low in files.items():
        exports = machine.exports[path]
        for item in low.handed:
            target = resolve(item.source, path)
            if target is None:
                if item.name != "*":
                    var = low.holding(_external(machine.heap, item.source, item.name))
                    exports.names.setdefault(item.exported, var)
            elif item.name == "*":
                exports.stars.append(target)
            elif not item.name:
                exports.names[item.exported] = low.holding(machine.exports[target].obj)
            else:
                exports.handed[item.exported] = (target, item.name)
    _name_classes(files, machine.heap)
    for path, low in files.items():
        for request in low.imports:
            target = resolve(request.source, path)
            if target is None:
                if not request.name.startswith("type:"):
                    external = _external(machine.heap, request.source, request.name)
                    low.give(request.var, external)
                continue
            _bind(low, machine, machine.exports[target], target, request)


def _name_classes(files: Mapping[str, Lowering], heap: Heap) -> None:
    """Let the only class of a name be found by it, as comments name what they do not import."""
    named: dict[str, list[int]] = {}
    for low in files.values():
        for cls in low.classes:
            named.setdefault(cls.name, []).append(cls.obj)
    for name, found in named.items():
        if len(found) == 1:
            heap.solver.give(heap.var(("class", name)), found[0])


def _bind(low: Lowering, machine: Machine, exports: Exports, target: str, request: Import) -> None:
    if not request.name:
        if request.common and not exports.strict:
            low.copy(exports.common, request.var)
        else:
            low.give(request.var, exports.obj)
            if not exports.strict:
                low.copy(exports.common, request.var)
        return
    low.copy(machine.export(target, request.name), request.var)
    if not exports.strict:
        if request.name == "default":
            low.copy(exports.common, request.var)
        else:
            name = request.name.removeprefix("type:")
            low.watch(exports.common, Read(machine, name, request.var, None))


def _external(heap: Heap, source: str, name: str) -> int:
    plain = name if name not in ("", "*") else ""
    full = f"{source}.{plain}" if plain else source
    return heap.outside(Kind.EXTERNAL, full)
