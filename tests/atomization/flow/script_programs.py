"""Random JavaScript functions that end, each statement on rows of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[int]], int]
_DEPTH = 3


@dataclass(slots=True)
class _Scope:
    """What may be read and written at a place, and which jumps it may make."""

    readable: list[str]
    writable: list[str]
    loops: int = 0
    labels: list[str] = field(default_factory=list)
    breakable: bool = False
    callable: list[str] = field(default_factory=list)

    def inner(self, **changes: object) -> _Scope:
        """Give the scope of a block inside."""
        scope = _Scope(
            list(self.readable),
            list(self.writable),
            self.loops,
            list(self.labels),
            self.breakable,
            list(self.callable),
        )
        for name, value in changes.items():
            setattr(scope, name, value)
        return scope


class _Author:
    """Writes one program from a run of drawn numbers."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.lines: list[str] = []
        self.names = 0

    def below(self, limit: int) -> int:
        return self.draw(st.integers(0, limit - 1))

    def pick(self, options: list[str]) -> str:
        return options[self.below(len(options))]

    def fresh(self, prefix: str) -> str:
        """Give a name: mostly a new one, sometimes one that shadows."""
        self.names += 1
        return f"{prefix}{self.names}"

    def emit(self, text: str, depth: int) -> None:
        self.lines.append("  " * depth + text)

    def value(self, scope: _Scope, depth: int = 0) -> str:
        """Write an expression."""
        sort = self.below(11) if depth < 2 else self.below(3)
        name = self.pick(scope.readable)
        if sort == 0:
            return str(self.below(4))
        if sort <= 2:
            return name
        left, right = self.value(scope, depth + 1), self.value(scope, depth + 1)
        target = self.pick(scope.writable)
        return [
            f"({left} - {right})",
            f"({left} < {right})",
            f"({target} = {right})",
            f"({left} && ({target} = {right}))",
            f"({left} || ({target} = {right}))",
            f"({left} ? ({target} = {right}) : {name})",
            f"({target}++, {right})",
            f"`${{{left}}}:${{{right}}}`.slice(0, 9)",
        ][sort - 3]

    def block(self, scope: _Scope, depth: int, size: int = 3) -> None:
        for _ in range(1 + self.below(size)):
            self.statement(scope, depth)

    def statement(self, scope: _Scope, depth: int) -> None:
        """Write a statement, and what it declares into the scope."""
        simple = [self.log, self.assign, self.declare, self.destructure, self.hoisted, self.change]
        simple.append(self.close_over)
        nested = [self.choose, self.repeat, self.count, self.each, self.guard, self.switch]
        jumps = [self.jump]
        options = simple + simple + (nested + jumps if depth <= _DEPTH else [])
        options[self.below(len(options))](scope, depth)

    def log(self, scope: _Scope, depth: int) -> None:
        self.emit(f"out({self.value(scope)}, {self.value(scope)});", depth)

    def assign(self, scope: _Scope, depth: int) -> None:
        operator = self.pick(["=", "=", "-=", "||=", "??=", "&&="])
        self.emit(f"{self.pick(scope.writable)} {operator} {self.value(scope)};", depth)

    def declare(self, scope: _Scope, depth: int) -> None:
        word = self.pick(["let", "const"])
        name = self.fresh(word[0])
        self.emit(f"{word} {name} = {self.value(scope)};", depth)
        self.known(scope, name, word)

    def known(self, scope: _Scope, name: str, word: str) -> None:
        scope.readable.append(name)
        if word != "const":
            scope.writable.append(name)

    def destructure(self, scope: _Scope, depth: int) -> None:
        one, two = self.fresh("d"), self.fresh("d")
        parts = f"[{self.value(scope)}, undefined]"
        self.emit(f"let [{one}, {two} = {self.value(scope)}] = {parts};", depth)
        self.known(scope, one, "let")
        self.known(scope, two, "let")

    def hoisted(self, scope: _Scope, depth: int) -> None:
        self.emit(f"var {self.pick(['v0', 'v1'])} = {self.value(scope)};", depth)

    def change(self, scope: _Scope, depth: int) -> None:
        self.emit(f"list.push({self.value(scope)});", depth)

    def close_over(self, scope: _Scope, depth: int) -> None:
        """Make a closure over names that never change, or call one made before."""
        if scope.callable and self.below(2):
            self.emit(f"out({self.pick(scope.callable)}());", depth)
            return
        kept = [name for name in scope.readable if name.startswith("c")]
        name = self.fresh("k")
        values = ", ".join(kept[-2:])
        self.emit(f"const {name} = () => [{values}];", depth)
        scope.callable.append(name)

    def choose(self, scope: _Scope, depth: int) -> None:
        self.emit(f"if ({self.value(scope)}) {{", depth)
        self.block(scope.inner(), depth + 1)
        if self.below(2):
            self.emit("} else {", depth)
            self.block(scope.inner(), depth + 1)
        self.emit("}", depth)

    def repeat(self, scope: _Scope, depth: int) -> None:
        label = self.fresh("loop")
        endless = self.pick(["", "tick() > 40 || "])
        self.emit(f"{label}: while ({endless}tick() && {self.value(scope)}) {{", depth)
        self.inside(scope, depth, label)

    def inside(self, scope: _Scope, depth: int, label: str, *names: str) -> None:
        inner = scope.inner(loops=scope.loops + 1, breakable=True)
        inner.labels.append(label)
        inner.readable += names
        self.block(inner, depth + 1)
        self.emit("}", depth)

    def count(self, scope: _Scope, depth: int) -> None:
        label, name = self.fresh("loop"), self.fresh("i")
        head = f"let {name} = 0; {name} < {self.below(4)}; {name}++, tick()"
        self.emit(f"{label}: for ({head}) {{", depth)
        self.inside(scope, depth, label, name)

    def each(self, scope: _Scope, depth: int) -> None:
        label = self.fresh("loop")
        word = self.pick(["const", "let", "var", ""])
        name = "v0" if word == "var" else self.fresh("e") if word else self.pick(scope.writable)
        values = f"[{self.value(scope)}, {self.value(scope)}]"
        self.emit(f"{label}: for ({word} {name} of {values}) {{", depth)
        self.inside(scope, depth, label, name)

    def guard(self, scope: _Scope, depth: int) -> None:
        self.emit("try {", depth)
        inner = scope.inner()
        self.block(inner, depth + 1)
        if self.below(2):
            self.emit(f"if ({self.value(inner)}) throw {self.value(inner)};", depth + 1)
            self.block(inner, depth + 1)
        catches = self.below(3)
        if catches:
            name = self.fresh("x")
            self.emit(f"}} catch ({name}) {{", depth)
            inner = scope.inner()
            inner.readable.append(name)
            self.block(inner, depth + 1)
        if catches != 1:
            self.emit("} finally {", depth)
            self.block(scope.inner(), depth + 1)
        self.emit("}", depth)

    def switch(self, scope: _Scope, depth: int) -> None:
        self.emit(f"switch ({self.value(scope)}) {{", depth)
        default = self.below(4)
        for index in range(3):
            head = "default" if index == default else f"case {self.value(scope)}"
            self.emit(f"  {head}:", depth)
            self.emit("{", depth + 1)
            self.block(scope.inner(breakable=True), depth + 2)
            self.emit("}", depth + 1)
            if self.below(2):
                self.emit("break;", depth + 1)
        self.emit("}", depth)

    def jump(self, scope: _Scope, depth: int) -> None:
        options = [f"return {self.value(scope)};"]
        options += ["break;"] if scope.breakable else []
        options += ["continue;"] if scope.loops else []
        options += [f"{word} {label};" for label in scope.labels for word in ("break", "continue")]
        self.emit(f"if ({self.value(scope)}) {{", depth)
        self.emit(self.pick(options), depth + 1)
        self.emit("}", depth)


@st.composite
def programs(draw: Draw) -> str:
    """Write a function ``f(a, b)`` that logs with ``out`` and spends its patience with ``tick``."""
    author = _Author(draw)
    author.emit("function f(a, b) {", 0)
    author.emit("const list = [];", 1)
    author.emit("let m = a, n;", 1)
    scope = _Scope(["a", "b", "m", "n", "v0", "v1"], ["a", "b", "m", "n", "v0", "v1"])
    author.emit("var v0, v1;", 1)
    author.block(scope, 1, 7)
    values = ", ".join(scope.readable)
    author.emit(f"return [{values}, list];", 1)
    author.emit("}", 0)
    return "\n".join(author.lines) + "\n"
