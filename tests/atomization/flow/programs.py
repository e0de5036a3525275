"""Small random Python functions for the law of the flows."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

NAMES: Final = ("a", "b", "c", "d")
_LEAVES: Final = ("return {x}", "break", "continue", "raise ValueError({x})", "raise KeyError({y})")
_SIMPLE: Final = (
    "{x} = {y}",
    "{x} = {n}",
    "{x} = {y} + {n}",
    "{x} += {n}",
    "{x}, {y} = {n}, {z}",
    "{x}, *{y} = [{n}, {z}]",
    "tick({x})",
    "seen.append({x})",
    "seen.append(({x}, {y}))",
    "del {x}",
    "{x}: int",
    "{x}: int = {n}",
    "calls.append(lambda: {x})",
    "calls.append(lambda {y}={x}: ({y}, {z}))",
    "calls.append(lambda: [{x} for {x} in [{y}]])",
    "lazy.append(({x} + i for i in [{n}]))",
    "seen.append(sum({x} + i for i in [{n}, {n}]))",
    "seen.append([{x} for {y} in [{z}]])",
    "seen.append([({x} := i) for i in [{n}]])",
    "seen.append(({x} := {n}) and ({y} := {z}))",
    "seen.append({x} or ({y} := {n}))",
    "seen.append([f() for f in calls[-2:]])",
    "{x} = {y} if {z} else {n}",
    "assert {x}, {y}",
    "pass",
    "import math as {x}",
    "yield_({x})",
)
_CASES: Final = (
    ("case [{x}, 1]:", "case [1, *{y}]:"),
    ("case [1 | 2 as {x}, _] if {y}:", "case {z}:"),
    ("case [{x}, _] if tick({x}):", "case _:"),
)


@st.composite
def functions(draw: DrawFn) -> str:
    """Give the source of a function ``f`` with parameters and nested suites."""
    lines: list[str] = []
    generator = draw(st.booleans())
    _suite(draw, lines, 1, depth=0, loop=False, generator=generator)
    parameters = ", ".join(NAMES[: draw(st.integers(0, 3))])
    header = [f"def f({parameters}):", "    seen, calls, lazy = out.seen, out.calls, out.lazy"]
    if generator:
        header.append("    yield 0")
    return "\n".join([*header, *lines, ""])


def _fill(draw: DrawFn, text: str) -> str:
    name = st.sampled_from(NAMES)
    number = str(draw(st.integers(0, 3)))
    return text.format(x=draw(name), y=draw(name), z=draw(name), n=number)


def _suite(
    draw: DrawFn, lines: list[str], level: int, *, depth: int, loop: bool, generator: bool
) -> None:
    pad = "    " * level
    for _ in range(draw(st.integers(1, 5 if depth == 0 else 3))):
        kind = draw(st.integers(0, 21))
        if kind < 12 or depth > 2:
            text = _fill(draw, draw(st.sampled_from(_SIMPLE)))
            if text.startswith("yield_"):
                text = f"{text[7:8]} = yield {text[7:8]}" if generator else "pass"
            lines.append(pad + text)
        elif kind < 14:
            leave = draw(st.sampled_from(_LEAVES))
            if leave in ("break", "continue") and not loop:
                leave = "return {x}"
            lines.append(f"{pad}if {_fill(draw, '{x}')}:")
            lines.append(f"{pad}    {_fill(draw, leave)}")
        else:
            _compound(draw, lines, level, kind=kind, depth=depth, loop=loop, generator=generator)


def _compound(
    draw: DrawFn,
    lines: list[str],
    level: int,
    *,
    kind: int,
    depth: int,
    loop: bool,
    generator: bool,
) -> None:
    pad = "    " * level

    def arm(header: str, *, in_loop: bool = loop) -> None:
        lines.append(pad + _fill(draw, header))
        _suite(draw, lines, level + 1, depth=depth + 1, loop=in_loop, generator=generator)

    def perhaps(header: str, *, in_loop: bool = loop) -> None:
        if draw(st.booleans()):
            arm(header, in_loop=in_loop)

    if kind == 14:
        arm("if {x}:")
        perhaps("elif ({x} := {y}):")
        perhaps("else:")
    elif kind == 15:
        arm("for {x} in range({n}):", in_loop=True)
        perhaps("else:")
    elif kind == 16:
        arm("while tick({x}):", in_loop=True)
        perhaps("else:")
    elif kind == 17:
        arm("try:")
        arm("except ValueError as {x}:")
        perhaps("except (KeyError, NameError):")
        perhaps("else:")
        perhaps("finally:")
    elif kind == 18:
        arm("try:")
        arm("finally:")
    elif kind == 19:
        arm("with guard({x}) as {y}:")
    elif kind == 20:
        lines.append(pad + _fill(draw, "match [{x}, {y}]:"))
        for case in draw(st.sampled_from(_CASES)):
            lines.append(f"{pad}    {_fill(draw, case)}")
            _suite(draw, lines, level + 2, depth=depth + 1, loop=loop, generator=generator)
    else:
        _closure(draw, lines, level)


def _closure(draw: DrawFn, lines: list[str], level: int) -> None:
    pad = "    " * level
    name = draw(st.sampled_from(NAMES))
    other = draw(st.sampled_from(NAMES))
    lines += [
        f"{pad}def g(k={other}):",
        f"{pad}    nonlocal {name}",
        f"{pad}    {name} = k",
        f"{pad}    return {name}, {other}",
        f"{pad}calls.append(g)",
    ]


class Stop(BaseException):
    """Ends a program that runs for too long."""


class Guard:
    """A context manager that ends a ValueError."""

    def __init__(self, value: object) -> None:
        """Hold what ``as`` binds."""
        self.value = value

    def __enter__(self) -> object:
        """Give the value."""
        return self.value

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> bool:
        """Swallow a ValueError."""
        return kind is not None and issubclass(kind, ValueError)


class World:
    """What a program sees and leaves behind."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.seen: list[object] = []
        self.calls: list[Callable[[], object]] = []
        self.lazy: list[Iterable[object]] = []
        self.ticks = 0

    def tick(self, value: object) -> bool:
        """Count, log, and stop what does not end."""
        self.ticks += 1
        self.seen.append(value)
        if self.ticks > 40:
            raise Stop
        return self.ticks % 3 != 0


def outcome(source: str, arguments: Sequence[int]) -> str:
    """Run a program's ``f`` and tell all that can be told apart about it."""
    world = World()
    space: dict[str, Any] = {"out": world, "tick": world.tick, "guard": Guard}
    exec(compile(source, "<program>", "exec"), space)
    function = space["f"]
    needed = function.__code__.co_argcount
    told = [_told(lambda: _driven(function(*arguments[:needed])))]
    told += [_told(call) for call in world.calls[:9]]
    told += [_told(partial(list, items)) for items in world.lazy[:9]]
    return f"{told} {[_shown(value) for value in world.seen]}"


def _driven(result: object) -> object:
    if not isinstance(result, Generator):
        return result
    found = []
    try:
        for step in range(9):
            if step == 4:
                found.append(_shown(result.throw(KeyError("thrown"))))
            else:
                found.append(_shown(result.send(None if step == 0 else step)))
    except StopIteration as end:
        return found, _shown(end.value)
    finally:
        result.close()
    return found


def _told(call: Callable[[], object]) -> str:
    try:
        return _shown(call())
    except NameError:
        return "NameError"
    except (Exception, Stop) as error:
        return f"{type(error).__name__} {_shown(error.args)}"


def _shown(value: object) -> str:
    return re.sub(r"0x[0-9a-f]+|<function [^>]*>", "", repr(value))
