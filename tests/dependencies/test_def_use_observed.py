"""Whatever pair a program shows when it runs is among those predicted for it.

Programs are made at random out of every statement that steers control, and run under the tracer
of the benchmark, which sees each store of a local variable and the loads that it reaches.
"""

from __future__ import annotations

import ast
import random
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.def_use_trace import Watched, _follower
from dependencies.def_use import pairs_of, units_of

NAMES = ("a", "b", "c")
STEPS = 400


class Stop(BaseException):
    """The program has run long enough."""


@st.composite
def programs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
    """Draw the source of a function; its argument ``coin()`` is 0 or 1, or raises."""
    lines: list[str] = []
    name = st.sampled_from(NAMES)

    def value() -> str:
        forms = ("coin()", "{0}", "{0} + coin()", "({0} := coin())", "coin() and {0}", "[{0}][0]",
                 "sum(i + {0} for i in (1, 2))", "[{0} for {1} in (1, 2)][coin()]",
                 "({0} if coin() else {1})", "(lambda: coin())()")  # fmt: skip
        return str(draw(st.sampled_from(forms))).format(draw(name), draw(name))

    def suite(depth: int, looping: bool, indent: str) -> None:
        for _ in range(draw(st.integers(1, 3))):
            statement(depth, looping, indent)

    def statement(depth: int, looping: bool, indent: str) -> None:
        simple = ["set", "set", "pair", "augment", "use", "pass", "del", "return", "raise"]
        simple += ["break", "continue"] if looping else []
        deep = ["if", "while", "for", "try", "finally", "both", "with", "match", "elif", "group"]
        kind = draw(st.sampled_from(simple if depth == 0 else simple[:5] + simple[9:] + deep))
        target = draw(name)
        more = indent + "    "

        def head(text: str, inner: bool = looping) -> None:
            lines.append(indent + text)
            suite(depth - 1, inner, more)

        if kind == "set":
            lines.append(f"{indent}{target} = {value()}")
        elif kind == "pair":
            lines.append(f"{indent}{target}, {draw(name)} = {value()}, {value()}")
        elif kind == "augment":
            lines.append(f"{indent}{target} += {value()}")
        elif kind == "use":
            lines.append(f"{indent}coin({target})")
        elif kind in ("del", "return"):
            lines.append(f"{indent}{kind} {target}")
        elif kind == "raise":
            lines.append(f"{indent}raise ValueError")
        elif kind in ("pass", "break", "continue"):
            lines.append(indent + kind)
        elif kind in ("if", "elif"):
            head(f"if {value()}:")
            if kind == "elif":
                head(f"elif {value()}:")
                head("else:")
        elif kind == "while":
            head(draw(st.sampled_from(["while coin():", "while True:", f"while {target}:"])), True)
            if draw(st.booleans()):
                head("else:")
        elif kind == "for":
            source = draw(st.sampled_from(["(1, 2)", "range(coin())", "range(2)"]))
            head(f"for {target} in {source}:", True)
            if draw(st.booleans()):
                head("else:")
        elif kind in ("try", "both", "finally", "group"):
            head("try:")
            if kind == "group":
                lines.append(f"{indent}except* ValueError:")
                lines.append(f"{more}{target} = coin()")
            elif kind != "finally":
                head(draw(st.sampled_from(["except ValueError:", f"except KeyError as {target}:"])))
                if draw(st.booleans()):
                    head("except BaseException:" if draw(st.booleans()) else "except KeyError:")
                if draw(st.booleans()):
                    head("else:")
            if kind in ("both", "finally"):
                head("finally:")
        elif kind == "with":
            head(f"with swallow() as {target}:")
        else:
            lines.append(f"{indent}match {target}:")
            lines.append(f"{more}case 0:")
            suite(depth - 1, looping, more + "    ")
            lines.append(f"{more}case {draw(name)}:")
            suite(depth - 1, looping, more + "    ")

    suite(3, False, "    ")
    return "def f(a, b, c, coin, swallow):\n" + "\n".join(lines) + "\n"


class Swallow:
    """A context manager that ends the exceptions that it meets."""

    def __enter__(self) -> int:
        return 1

    def __exit__(self, kind: type | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, Exception)


def observed(source: str, seed: int) -> set[tuple[str, int, int, int]]:
    """Run a program a few times; give the pairs: name, definition line, use line and column."""
    space: dict[str, Any] = {}
    exec(compile(source, "<program>", "exec"), space)
    function = space["f"]
    watched = Watched(function.__code__)
    for run in range(12):
        chance = random.Random(seed * 12 + run)
        steps = [0]

        def coin(*_: object, chance: random.Random = chance, steps: list[int] = steps) -> int:
            steps[0] += 1
            if steps[0] > STEPS:
                raise Stop
            if chance.random() < 0.06:
                raise chance.choice([ValueError, KeyError])
            return chance.randrange(2)

        _traced(function, watched, coin)
    return {
        (
            watched.table[load][1],
            watched.places[store][0] if store >= 0 else -1,
            *watched.places[load],
        )
        for store, load in watched.seen
    }


def _traced(function: Any, watched: Watched, coin: Callable[..., int]) -> None:
    count = 0
    inner = _follower(watched)

    def limited(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += 1
        if count > STEPS * 20:
            raise Stop
        inner(frame, event, arg)
        return limited

    def entered(frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code is not function.__code__:
            return None
        frame.f_trace_opcodes = True
        return limited

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        function(1, 0, 1, coin, Swallow)
    except (Exception, Stop):
        pass
    finally:
        sys.settrace(before)


def predicted(source: str) -> set[tuple[str, int, int, int]]:
    """Give the pairs that are predicted, in the same form."""
    units = units_of(ast.parse(source))
    parameters = {*NAMES, "coin", "swallow"}
    return {
        (
            pair.name,
            -1 if pair.definition_line == 1 and pair.name in parameters else pair.definition_line,
            pair.line,
            pair.column,
        )
        for unit in units
        for pair in pairs_of(unit)
    }


@settings(max_examples=60, deadline=None)
@given(source=programs(), seed=st.integers(0, 1_000))
def test_what_runs_is_predicted(source: str, seed: int) -> None:
    try:
        compile(source, "<program>", "exec")
    except SyntaxError:
        return
    missed = observed(source, seed) - predicted(source)
    assert not missed, f"{sorted(missed)}\n{source}"
