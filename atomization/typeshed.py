"""What the standard library and installed packages declare, as text for contexts.

The declarations come from typeshed's stubs, from the stubs and the sources of installed packages;
see ``outside``. A name that does not exist in its module has none.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final

from atomization.python_resolver import Resolver
from atomization.python_scopes import Binding, BindingKind, Class, FileNames, Function, Source

_MAX_OVERLOADS: Final = 8
_MAX_TEXT: Final = 400
_MAX_IMPORTS: Final = 40
_SHOWN: Final = frozenset(
    {"property", "classmethod", "staticmethod", "overload", "cached_property", "abstractmethod"}
)
_MAKERS: Final = ("__init__", "__new__")
_LOCK: Final = threading.Lock()


@lru_cache(maxsize=20_000)
def signature_of(module: str, name: str) -> str | None:
    """Give the declaration of a name in a module, ``Pattern.match`` for what is inside a class.

    A function is shown without its body (overloads one after the other), a class with its bases
    and its constructor, a variable with its type. None where there is no such name.
    """
    found = declared(module, name)
    if not found:
        return None
    functions = [part.function for part in found if part.function is not None]
    if functions:
        return "\n".join(_function(part) for part in functions[:_MAX_OVERLOADS])
    cls = found[0].cls
    return _class(cls) if cls is not None else _variable(found[0])


def exists(module: str, name: str = "") -> bool:
    """Tell whether there is a module of this name, and a name in it."""
    with _LOCK:
        file = _world().modules.outside.find(module)
    return file is not None and (not name or bool(declared(module, name)))


@lru_cache(maxsize=4_000)
def members_of(module: str, name: str = "") -> tuple[str, ...]:
    """Name what a module exports, or what a class of it has, its bases' members included."""
    world = _world()
    with _LOCK:
        file = world.modules.outside.find(module)
    if file is None:
        return ()
    if not name:
        shown = (key for key, part in file.module.bindings.items() if not part[0].private)
        return tuple(sorted(shown))
    found = declared(module, name)
    cls = found[0].cls if found else None
    if cls is None:
        return ()
    with _LOCK:
        line = world.classes.line(cls)
    return tuple(sorted({key for base in line for key in base.inner.bindings}))


def result_of(module: str, name: str) -> str | None:
    """Give the declared result type of a function; of several overloads, all that differ."""
    functions = [part.function for part in declared(module, name) if part.function is not None]
    texts = dict.fromkeys(
        ast.unparse(part.node.returns) for part in functions if part.node.returns is not None
    )
    return " | ".join(texts) or None


def declared(module: str, name: str) -> Sequence[Binding]:
    """Find what declares a name, through re-exports and base classes; nothing if nothing does."""
    world = _world()
    head, *rest = name.split(".")
    with _LOCK:
        file = world.modules.outside.find(module)
        found = _defining(world, file, head) if file is not None else []
        for part in rest:
            cls = found[0].cls if found else None
            member = world.classes.find(cls, part) if cls is not None else None
            found = member[1] if member is not None else []
    return found


@cache
def _world() -> Resolver:
    return Resolver(())


def _defining(world: Resolver, file: FileNames, name: str) -> list[Binding]:
    """Follow imports to the bindings that define a name."""
    queue: list[tuple[FileNames, str]] = [(file, name)]
    for _ in range(_MAX_IMPORTS):
        if not queue:
            break
        current, wanted = queue.pop(0)
        found = current.module.bindings.get(wanted, [])
        own = [part for part in found if part.kind is not BindingKind.IMPORT]
        if own:
            return own
        hidden = current is file and file.stub
        for binding in found:
            if binding.member and not (hidden and binding.private):
                source = world.module_of(binding)
                queue += [(source, binding.member)] if source is not None else []
        for star in current.stars:
            source = world.module_of(star)
            queue += [(source, wanted)] if source is not None else []
    return []


def _function(function: Function) -> str:
    node = function.node
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    result = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    marks = [f"@{name}\n" for name in sorted(function.decorators & _SHOWN)]
    return f"{''.join(marks)}{word} {node.name}({ast.unparse(node.args)}){result}"


def _class(cls: Class) -> str:
    bases = ", ".join(ast.unparse(base) for base in cls.node.bases)
    head = f"class {cls.name}({bases})" if bases else f"class {cls.name}"
    for maker in _MAKERS:
        functions = [part.function for part in cls.inner.bindings.get(maker, ()) if part.function]
        if functions:
            lines = "\n".join(_function(part) for part in functions[:_MAX_OVERLOADS])
            return f"{head}:\n" + "\n".join(f"    {line}" for line in lines.splitlines())
    return head


def _variable(binding: Binding) -> str:
    origin = binding.origin
    if origin is None or origin.expr is None:
        return binding.name
    text = ast.unparse(origin.expr)
    text = text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
    return f"{binding.name}{': ' if origin.how is Source.ANNOTATION else ' = '}{text}"
