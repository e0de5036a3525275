"""The law: blocks that see nothing but what their flow names do what the statements did."""

from __future__ import annotations

import asyncio
import copy
import textwrap
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from benchmarks.law.corruption import Corruption
from benchmarks.law.wrapping import wrap
from tests.atomization.flow.programs import functions, outcome

SIZES = [(1, 1), (2, 1), (3, 2), (6, 4)]


def wrapped(source: str, hard: int, target: int) -> str:
    text, _ = wrap(source.encode(), max_loc=hard, target_loc=target)
    return text


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(functions(), st.sampled_from(SIZES), st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_random_programs_do_the_same_block_by_block(
    source: str, size: tuple[int, int], arguments: list[int]
) -> None:
    try:
        compile(source, "<program>", "exec")
    except SyntaxError:
        assume(False)
    assert outcome(wrapped(source, *size), arguments) == outcome(source, arguments)


PROGRAMS = {
    "loop-carried names": """
        def f(a=3):
            total, last = 0, None
            for i in range(a):
                if i % 2:
                    total += i
                else:
                    last = total, last
            else:
                last = last, i
            return total, last
    """,
    "closures that bind late": """
        def f(a=3):
            calls = []
            for i in range(a):
                calls.append(lambda: i)
                calls.append(lambda i=i: i)
            def inc():
                nonlocal a
                a += 1
                return a
            inc()
            b = a
            a = 10
            c = inc()
            return [call() for call in calls], a, b, c
    """,
    "generator expressions that run late": """
        def f(a=3):
            lazy = (a + i for i in range(a))
            eager = sum(a + i for i in range(a))
            a = 100
            return list(lazy), eager
    """,
    "names that an exception leaves behind": """
        def f(a="x"):
            step = 0
            try:
                step = 1
                b = int(a)
                step = 2
                c = 1 // b
                step = 3
            except ValueError as e:
                return step, str(e), "b" in dir()
            except ZeroDivisionError as e:
                caught = e
                return step, b, type(caught)
            else:
                step = 4
            finally:
                out.append(step)
            return step
    """,
    "a return on its way through finally": """
        def f(a=1):
            b = 0
            while True:
                try:
                    b += 1
                    if b > a:
                        return b
                    if b == 1:
                        continue
                finally:
                    out.append(b)
                    b += 10
    """,
    "breaks and continues of a loop elsewhere": """
        def f(a=7):
            found = []
            for i in range(a):
                for j in range(a):
                    if j > i:
                        break
                    if j % 2:
                        continue
                    found.append((i, j))
                else:
                    continue
                if i == 4:
                    break
            else:
                found.append("none")
            return found
    """,
    "walrus that leaks out of a comprehension": """
        def f(a=4):
            odd = [y for x in range(a) if (y := x) % 2]
            if (n := len(odd)) > 1 and (m := n + 1):
                odd.append(m)
            elif (k := n) or (l := 5):
                odd.append(k)
            while (n := n - 1) > 0:
                odd.append(n)
            return odd, y, n
    """,
    "match captures": """
        def f(a=(1, 2, 3)):
            match a:
                case [first, *rest] if rest:
                    kind = "list"
                case {"k": value, **rest}:
                    kind = "dict"
                    first = value
                case (str() | bytes()) as first:
                    kind, rest = "text", None
                case _:
                    return "nothing"
            return kind, first, rest
    """,
    "names unbound by del": """
        def f(a=1):
            b = c = 1
            del b
            if a:
                b = 2
            d = {"k": [1, 2]}
            del d["k"][0], c
            try:
                return a, b, c, d
            except NameError:
                return a, d
    """,
    "generators": """
        def f(a=3):
            got = []
            for i in range(a):
                x = yield i
                got.append(x)
            try:
                y = yield from inner(got)
            except KeyError as e:
                y = repr(e)
            finally:
                yield "last"
            return got, y
        def inner(got):
            z = yield "inner"
            got.append(z)
            return z
    """,
    "nested definitions": """
        def f(a=1):
            base = 2
            class Point:
                base = 3
                both = [base for _ in range(1)] if False else base
                def get(self, other=base):
                    return base, other, a
            @staticmethod
            def helper(x=base, *, y: int = a) -> int:
                return x + y + base
            base = 5
            return Point().get(), Point.both, helper.__func__()
    """,
    "global names": """
        def f(a=1):
            global counter
            counter = a
            b = counter
            counter += 1
            def g():
                global counter
                counter += 10
                return counter
            g()
            return b, counter
        counter = 0
    """,
    "with": """
        import contextlib
        def f(a="x"):
            b = c = None
            with contextlib.suppress(ValueError), contextlib.nullcontext(5) as b:
                c = 1
                c = int(a)
                c = 2
            with contextlib.nullcontext((1, [2, 3])) as (d, [e, *g]):
                h = d
            return b, c, d, e, g, h
    """,
    "star targets and chained assignments": """
        def f(a=(1, 2, 3, 4)):
            first, *middle, last = a
            x = y = z = []
            x.append(first)
            i = 0
            i, z[i:] = 1, [9]
            box = type("Box", (), {})()
            box.v = box.w = middle
            box.v += [last]
            for box.u, y in enumerate("ab"):
                pass
            return first, middle, last, x, y, z, i, vars(box)["u"]
    """,
    "zero-argument super": """
        class Base:
            def go(self, x):
                return "base", x
        class Child(Base):
            def go(self, x):
                y = x + 1
                z = super().go(y)
                k = [z]
                k.append(__class__.__name__)
                return k
        def f(a=1):
            return Child().go(a)
    """,
    "private names": """
        class Box:
            def get(self, __x):
                __y = __x + 1
                self.__z = __y
                __x = 5
                return __y, self.__z, __x
        def f(a=1):
            return Box().get(a)
    """,
    "exception groups": """
        def f(a=1):
            found = []
            try:
                kinds = [ValueError(1), KeyError(2)]
                raise ExceptionGroup("g", kinds[: a + 1])
            except* ValueError as e:
                found.append(("v", len(e.exceptions)))
                x = 1
            except* KeyError:
                found.append("k")
                x = 2
            return found, x
    """,
    "imports and assertions": """
        def f(a=1):
            import os.path, json as j
            from math import floor, ceil as c
            assert a, (os.path, c)
            b = j.dumps(floor(a))
            x: int
            y: int = 3
            return b, y, c(1.5)
    """,
    "a scope that is asked for": """
        def f(a=1):
            b = a
            c = b
            return sorted(n for n in locals() if not n.startswith("_law"))
    """,
}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("argument", [None, 0, 1, 2, 5, "7", b"x", {"k": 1}, [1, 2]])
def test_every_construct_does_the_same_block_by_block(
    name: str, size: tuple[int, int], argument: object
) -> None:
    source = textwrap.dedent(PROGRAMS[name])
    new = wrapped(source, *size)
    assert size != (1, 1) or new != source
    assert told(new, argument) == told(source, argument)


def told(source: str, argument: object) -> tuple[object, ...]:
    space: dict[str, Any] = {"out": []}
    exec(compile(source, "<program>", "exec"), space)
    argument = copy.deepcopy(argument)
    try:
        result = space["f"]() if argument is None else space["f"](argument)
        if isinstance(result, Generator):
            result = driven(result)
    except Exception as error:
        result = type(error), str(error)
    return result, argument, space["out"]


def driven(generator: Generator[Any, Any, Any]) -> list[object]:
    found: list[object] = [next(generator)]
    try:
        for step in range(9):
            found.append(generator.throw(KeyError(1)) if step == 4 else generator.send(step))
    except StopIteration as end:
        found.append(end.value)
    return found


ASYNCHRONOUS = """
import asyncio, contextlib
async def f(a=3):
    total = 0
    async for i in numbers(a):
        if i == 2:
            continue
        total += i
    async with manager(total) as m:
        n = await value(m)
    try:
        squares = [x * x async for x in numbers(n)]
        got = []
        g = numbers(4)
        got.append(await g.asend(None))
        got.append(await g.asend("sent"))
        got.append(await g.athrow(KeyError("thrown")))
        await g.aclose()
    except StopAsyncIteration:
        got = None
    return total, n, squares, got, out
async def numbers(n):
    i = 0
    while i < n:
        try:
            x = yield i
        except KeyError as e:
            x = repr(e)
            yield x
        finally:
            out.append(i)
        out.append(x)
        i += 1
async def value(x):
    await asyncio.sleep(0)
    y = x
    return y
@contextlib.asynccontextmanager
async def manager(x):
    out.append("in")
    try:
        yield x
    finally:
        out.append("out")
"""


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_coroutines_and_async_generators_do_the_same_block_by_block(size: tuple[int, int]) -> None:
    def result(source: str) -> object:
        space: dict[str, Any] = {"out": []}
        exec(compile(source, "<program>", "exec"), space)
        return asyncio.run(space["f"]())

    assert result(wrapped(ASYNCHRONOUS, *size)) == result(ASYNCHRONOUS)


@pytest.mark.parametrize("name", ["loop-carried names", "names that an exception leaves behind"])
def test_a_flow_that_forgets_a_name_breaks_the_program(name: str) -> None:
    source = textwrap.dedent(PROGRAMS[name])
    count = Corruption()
    wrap(source.encode(), max_loc=2, target_loc=1, change=count)
    noticed = 0
    for target in range(count.met):
        text, _ = wrap(source.encode(), max_loc=2, target_loc=1, change=Corruption(target))
        noticed += any(told(text, a) != told(source, a) for a in (None, 0, 1, 5, "7"))
    assert count.met > 10
    assert noticed > count.met / 3


def test_what_cannot_run_elsewhere_says_why() -> None:
    source = textwrap.dedent(PROGRAMS["a scope that is asked for"])
    _, tally = wrap(source.encode(), max_loc=1, target_loc=1)
    assert tally.reasons == {"locals() asks for the scope itself": 1}
    assert tally.wrapped == tally.blocks - 1
