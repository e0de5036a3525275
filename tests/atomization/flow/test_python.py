"""What Python's statements do to names, construct by construct. Lines are 1-based, as in a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atomization.decomposer import slots_of
from atomization.flow import flows_of
from atomization.flow.model import EffectKind, Flow
from atomization.flow.python import ScopeKind
from atomization.parser import Language
from atomization.reading import read
from tests.atomization.flow.reading import effects, python_flow


def test_a_definition_carried_round_a_loop_is_live_in_and_out() -> None:
    source = """
    def f(xs):
        total = 0
        for x in xs:
            total = total + x
        return total
    """
    assert python_flow(source, 4) == Flow(live_in=("total", "x"), live_out=("total",))
    header = python_flow(source, 3)
    assert header.live_in == ("xs",)
    assert header.live_out == ("x",)
    assert python_flow(source, 5).effects[0].kind is EffectKind.RETURN


def test_closures_bind_late_and_share_their_names() -> None:
    source = """
    def f(a):
        b = 1
        g = lambda: a + b
        b = 2
        return g()
    """
    assert python_flow(source, 3).captured == ("a", "b")
    assert python_flow(source, 4) == Flow(live_in=(), live_out=("b",), captured=("b",))
    assert python_flow(source, 5).live_in == ("g",)


def test_defaults_and_decorators_are_evaluated_at_the_definition() -> None:
    source = """
    def f(a, b, c):
        @c
        def g(x=a, *, y: int = b) -> int:
            return x + y
        return g
    """
    flow = python_flow(source, 2, 4)
    assert flow.live_in == ("a", "b", "c")
    assert flow.live_out == ("g",)
    assert flow.captured == ()
    assert flow.free == ("int",)


def test_a_closure_that_rebinds_a_name_shares_it() -> None:
    source = """
    def f():
        n = 0
        def bump():
            nonlocal n
            n += 1
        bump()
        return n
    """
    flow = python_flow(source, 3, 5)
    assert flow.captured == ("n",)
    assert "bump" in flow.live_out
    assert effects(flow) == []


def test_comprehensions_keep_their_names_and_run_at_once() -> None:
    source = """
    def f(xs, y):
        a = [x + y for x in xs if x]
        b = {k: v for k, v in a}
        x = sum(x for x in b)
        return x
    """
    assert python_flow(source, 2) == Flow(live_in=("xs", "y"), live_out=("a",))
    assert python_flow(source, 3).live_in == ("a",)
    flow = python_flow(source, 4)
    assert (flow.live_in, flow.live_out, flow.captured) == (("b",), ("x",), ())


def test_only_the_first_iterable_of_a_generator_is_evaluated_at_once() -> None:
    source = """
    def f(xs, ys, z):
        g = (x + z for x in xs for y in ys)
        return g
    """
    flow = python_flow(source, 2)
    assert flow.live_in == ("xs", "ys", "z")
    assert flow.captured == ("ys", "z")


def test_a_local_name_spelled_like_a_builtin_consumes_nothing() -> None:
    source = """
    def f(xs, n, sum):
        return sum(x + n for x in xs)
    """
    assert python_flow(source, 2).captured == ("n",)


def test_a_walrus_leaks_out_of_a_comprehension_that_may_not_run() -> None:
    source = """
    def f(xs):
        a = [y := x for x in xs]
        return a, y
    """
    flow = python_flow(source, 2)
    assert set(flow.live_out) == {"a", "y"}
    assert flow.may_define == ("y",)


@pytest.mark.parametrize(
    ("condition", "maybe"),
    [
        ("(y := x) and x", ()),
        ("x and (y := x)", ("y",)),
        ("x or (y := x)", ("y",)),
        ("x < (y := x)", ()),
        ("x < x < (y := x)", ("y",)),
        ("(y := x) if x else x", ("y",)),
        ("x if (y := x) else x", ()),
        ("g(k=(y := x))", ()),
        ("g((y := x), *x).h[x]", ()),
        ("lambda: (y := x)", None),
    ],
)
def test_a_walrus_binds_only_where_evaluation_gets_to(
    condition: str, maybe: tuple[str, ...] | None
) -> None:
    flow = python_flow(f"def f(x):\n    z = {condition}\n    return y, z\n", 2)
    assert flow.may_define == (maybe or ())
    assert ("y" in flow.live_out) is (maybe is not None)


def test_match_captures_names_and_uses_values_and_classes() -> None:
    source = """
    def f(v, Point):
        match v:
            case Point(x, y=[z, *rest]) if x > 0:
                return x, z, rest
            case {"k": w, **others} | {"l": w, **others}:
                return w, others
            case colour.RED | 1 | "s":
                return None
            case _ as u:
                return u
    """
    assert python_flow(source, 3).live_in == ("Point",)
    assert set(python_flow(source, 3).live_out) == {"x", "z", "rest"}
    assert python_flow(source, 5).live_out == ("w", "others")
    assert python_flow(source, 7).free == ("colour",)
    assert python_flow(source, 9).live_out == ("u",)


def test_a_match_that_matches_all_goes_on_nowhere_else() -> None:
    source = """
    def f(v):
        match v:
            case 1:
                x = 1
            case {last}:
                x = 2
        return x
    """
    assert python_flow(source.replace("{last}", "_"), 2, 6).may_define == ()
    assert python_flow(source.replace("{last}", "other"), 2, 6).may_define == ()
    assert python_flow(source.replace("{last}", "2"), 2, 6).may_define == ("x",)


def test_what_a_try_bound_reaches_its_handlers() -> None:
    source = """
    def f(s):
        step = 0
        try:
            step = int(s)
            rest = 1
        except ValueError as e:
            log(step, e)
            rest = 2
        else:
            rest += 1
        finally:
            log(step)
        return rest
    """
    body = python_flow(source, 4, 5)
    assert body.live_out == ("step", "rest")
    assert python_flow(source, 7, 8).live_in == ("step", "e")
    assert python_flow(source, 7, 8).kills == ("e",)
    assert python_flow(source, 10).live_in == ("rest",)
    assert python_flow(source, 12).live_in == ("step", "rest")[:1]
    assert python_flow(source, 3, 12).may_define == ()


def test_the_name_of_a_handler_is_gone_after_it() -> None:
    source = """
    def f():
        e = 1
        try:
            g()
        except E as e:
            pass
        return e
    """
    flow = python_flow(source, 3, 6)
    assert flow.kills == ("e",)
    assert flow.live_out == flow.may_define == ("e",)
    assert flow.live_in == ("e",)


def test_several_groups_of_one_exception_may_be_handled() -> None:
    source = """
    def f():
        try:
            g()
        except* A as e:
            x = e
        except* B:
            x = h(x)
        return x
    """
    assert python_flow(source, 7).live_in == ("x",)
    assert python_flow(source, 4, 5).live_out == ("x",)


def test_a_context_manager_may_end_an_exception_unless_it_is_known_not_to() -> None:
    source = """
    def f(m):
        with {manager} as (a, [b]):
            x = g(a, b)
        return x
    """
    assert python_flow(source.replace("{manager}", "m()"), 2, 3).may_define == ("x",)
    assert python_flow(source.replace("{manager}", "open(m)"), 2, 3).may_define == ()
    assert python_flow(source.replace("{manager}", "self._lock"), 2, 3).may_define == ()
    assert python_flow(source.replace("{manager}", "m"), 2).live_out == ("a", "b")


def test_asynchronous_loops_managers_and_comprehensions_await() -> None:
    source = """
    async def f(xs):
        async for x in xs:
            await g(x)
        async with h() as m:
            pass
        return [y async for y in xs]
    """
    found = [python_flow(source, line).effects for line in (2, 3, 4, 6)]
    assert [e[0].kind for e in found] == [EffectKind.AWAIT] * 4
    assert python_flow(source, 5).effects == ()


def test_targets_of_every_shape_bind_or_mutate() -> None:
    source = """
    def f(d, o, i):
        a, (b, *c), d[i], o.p.q, o.r[i] = g()
        x = y = a
        x += 1
        d[i] += 1
        o.n -= x
        del d[i], o.z
        o.items.append(i)
        d[i].update(o)
        for o.k in c:
            pass
        return a, b, c, x, y
    """
    flow = python_flow(source, 2)
    assert flow.live_out == ("a", "b", "c")
    assert flow.mutates == ("d[]", "o.p.q", "o.r[]")
    assert flow.live_in == ("d", "o", "i")
    assert set(python_flow(source, 3).live_out) == {"x", "y"}
    assert python_flow(source, 4) == Flow(live_in=("x",), live_out=("x",))
    assert [python_flow(source, line).mutates for line in (5, 6, 7, 8, 9, 10)] == [
        ("d[]",),
        ("o.n",),
        ("d[]", "o.z"),
        ("o.items",),
        ("d[]",),
        ("o.k",),
    ]


def test_names_of_other_scopes_are_effects() -> None:
    source = """
    def f(a):
        global count
        count += a
        def g():
            nonlocal a
            a = count
        return g
    """
    flow = python_flow(source, 3)
    assert effects(flow) == [("global", "count", 3)]
    assert (flow.live_out, flow.free) == ((), ("count",))
    inner = python_flow(
        "def outer():\n  def g():\n    nonlocal n\n    n = 1\n".replace("def outer():\n  ", ""), 3
    )
    assert effects(inner) == [("nonlocal", "n", 3)]


def test_a_local_name_and_a_global_of_a_closure_are_two() -> None:
    source = """
    def f(x):
        def g():
            global x
            return x
        return g
    """
    flow = python_flow(source, 2, 4)
    assert flow.live_in == flow.captured == ()
    assert "x" in flow.free


def test_del_unbinds() -> None:
    source = """
    def f(c):
        x = y = 1
        if c:
            del x, (y)
        return x
    """
    flow = python_flow(source, 4)
    assert set(flow.kills) == {"x", "y"}
    assert set(flow.live_in) == {"x", "y"}
    assert python_flow(source, 3, 4).may_define == ("x",)


def test_a_class_body_runs_at_once_in_a_scope_that_methods_do_not_see() -> None:
    source = """
    def f(base, a, b, c):
        class C(base, key=a):
            b = b
            d: c = a
            def m(self, x=c):
                return a, b
        return C
    """
    flow = python_flow(source, 2, 6)
    assert flow.live_in == ("base", "a", "b", "c")
    assert flow.captured == ("a", "b")
    assert flow.live_out == ("C",)


def test_blocks_of_a_class_body_do_not_share_names_with_its_methods() -> None:
    source = """
    class C:
        x = 1
        if x:
            y = [x for _ in z]
            def m(self):
                return x
    """
    flow = python_flow(source, 3, 6, ScopeKind.CLASS)
    assert flow.live_in == ("x",)
    assert flow.captured == ()
    assert flow.live_out == ("y", "m")
    assert set(flow.free) == {"x", "z"}


def test_annotations_of_locals_have_no_value() -> None:
    source = """
    def f(t):
        x: t
        y: t = 1
        return x, y
    """
    assert python_flow(source, 2) == Flow()
    assert python_flow(source, 3) == Flow(live_out=("y",))
    assert python_flow("x: T = y\n", 1, kind=ScopeKind.MODULE).free == ("y", "T")


def test_type_parameters_belong_to_what_they_are_parameters_of() -> None:
    source = """
    def f(T, U):
        type L[T] = list[T, U]
        def g[T: U](x: T) -> T:
            return T
        class C[T](B[T]):
            a: T
        return L, g, C
    """
    alias = python_flow(source, 2)
    assert (alias.live_in, alias.live_out, alias.captured) == (("U",), ("L",), ("U",))
    assert "T" not in python_flow(source, 3, 4).live_in
    assert "T" not in python_flow(source, 5, 6).live_in


def test_imports_bind_the_first_part_or_the_alias() -> None:
    source = """
    def f():
        import a.b, c.d as e
        from g import h, i as j
        return a, e, h, j
    """
    assert python_flow(source, 2).live_out == ("a", "e")
    assert python_flow(source, 3).live_out == ("h", "j")
    star = python_flow("def f():\n    from m import *\n    return x\n", 2)
    assert effects(star) == [("dynamic", "import *", 2)]


def test_an_endless_loop_ends_by_break_only() -> None:
    source = """
    def f():
        while {condition}:
            x = g()
            if x:
                break
        return x
    """
    assert python_flow(source.replace("{condition}", "True"), 2, 5).may_define == ()
    assert python_flow(source.replace("{condition}", "1"), 2, 5).may_define == ()
    assert python_flow(source.replace("{condition}", "g()"), 2, 5).may_define == ("x",)


def test_jumps_name_the_loop_that_they_leave() -> None:
    source = """
    def f(xs):
        for x in xs:
            while x:
                if x > 1:
                    break
                continue
            else:
                break
    """
    assert effects(python_flow(source, 4, 6)) == [("break", "3", 5), ("continue", "3", 6)]
    assert effects(python_flow(source, 3, 8)) == [("break", "2", 8)]
    assert effects(python_flow(source, 2, 8)) == []


def test_a_jump_passes_through_finally() -> None:
    source = """
    def f(xs):
        for x in xs:
            try:
                y = 1
                continue
            finally:
                log(x, y)
        return y
    """
    assert python_flow(source, 4, 5).live_out == ("y",)
    assert python_flow(source, 7).live_in == ("x", "y")
    assert python_flow(source, 7).free == ("log",)


def test_raise_yield_await_super_and_scopes_asked_for_are_effects() -> None:
    source = """
    async def f(self, e):
        if e:
            raise errors.Bad("x") from e
        elif self:
            raise
        z = yield e
        await z
        super().f(e)
        return __class__, locals()
    """
    assert effects(python_flow(source, 3)) == [("raise", "errors.Bad", 3)]
    assert effects(python_flow(source, 5)) == [("raise", "", 5)]
    assert effects(python_flow(source, 6)) == [("yield", "", 6)]
    assert effects(python_flow(source, 7)) == [("await", "", 7)]
    assert effects(python_flow(source, 8)) == [("super", "", 8)]
    assert python_flow(source, 8).live_in == ("self", "e")
    assert effects(python_flow(source, 9)) == [
        ("super", "__class__", 9),
        ("dynamic", "locals", 9),
        ("return", "", 9),
    ]
    delegating = python_flow("def f(g):\n    return (yield from g)\n", 2)
    assert effects(delegating) == [("yield_from", "", 2), ("return", "", 2)]


def test_a_scope_that_is_asked_for_needs_all_its_names() -> None:
    assert python_flow("def f(a):\n    b = a\n    return locals()\n", 3).live_in == ("a", "b")


def test_what_nested_functions_do_is_no_effect_of_the_block() -> None:
    source = """
    def f(a):
        def g():
            yield a
            raise E
            a.append(1)
            return super()
        return g
    """
    flow = python_flow(source, 2, 6)
    assert (effects(flow), flow.mutates) == ([], ())


def test_assertions_and_f_strings_read_names() -> None:
    source = """
    def f(a, b, c):
        assert a, b
        return f"{a!r:>{b}} {c=}" "{z}" rf"{c}"
    """
    assert python_flow(source, 2).live_in == ("a", "b")
    assert python_flow(source, 3).live_in == ("a", "b", "c")
    assert python_flow(source, 3).free == ()


def test_a_flow_of_a_module_gives_out_all_its_names() -> None:
    source = """
    import os
    try:
        import json
    except ImportError:
        json = None
    for name in os.environ:
        def g():
            return json, name
    """
    flow = python_flow(source, 2, 5, ScopeKind.MODULE)
    assert flow.live_out == ("json",)
    loop = python_flow(source, 6, 8, ScopeKind.MODULE)
    assert loop.live_in[0] == "os"
    assert loop.live_out == ("name", "g")


@pytest.mark.parametrize(
    "source",
    [
        "def f(a:\n    b = a +\n    return b)\n",
        "def f(a):\n    if a\n        b = (a\n    return b\n",
        "def f(a):\n    print a, b\n    exec a in b\n    raise E, a\n",
        "def f((a, b), c):\n    try: pass\n    except E, c: pass\n    return a\n",
        "def f(a):\n    match a:\n        case\n    x = [for y in z]\n    del\n",
        "def f(a):\n    super(\n    locals(\n    .x()\n",
        "def\n",
        "lambda: (yield\nclass A[T = int]:\n  x = T\n",
        "\0\xff\r\rdef f():\r  x = 1\r  return x\r",
    ],
)
def test_what_python_refuses_has_a_flow_anyway(source: str) -> None:
    assert isinstance(flows(source.encode("latin-1"), 1), dict)


def flows(source: bytes, limit: int) -> dict[int, Flow]:
    reading = read(source, Language.PYTHON)
    return flows_of(reading, slots_of(reading, max_loc=limit, target_loc=limit))


@given(st.text("abf():=,.[]{}*@\n\t 'del forinifwhtrycpasxumglbo", max_size=200))
def test_no_source_is_too_odd(text: str) -> None:
    flows(b"def f(a):\n    b = a\n    " + text.encode() + b"\n    return b\n", 1)


def test_no_source_is_too_deep() -> None:
    loops = "".join(f"{' ' * (i + 1)}for x{i} in y:\n" for i in range(600))
    walrus = f"    z = {'(x := ' * 2000}1{')' * 2000}\n"
    finals = "".join(f"{' ' * (i + 1)}try:\n" for i in range(200)) + " " * 201 + "x = 1\n"
    finals += "".join(
        f"{' ' * (i + 1)}finally:\n{' ' * (i + 2)}y = x\n" for i in reversed(range(200))
    )
    for body in (loops + " " * 602 + "pass\n", walrus, finals):
        assert isinstance(flows(f"def f(y):\n{body}    return y\n".encode(), 5), dict)


def test_blocks_headers_and_nested_definitions_have_flows_by_slot() -> None:
    source = b"""\
import os
if os.name:
    a = 1
    b = a

class C:
    def m(self, xs):
        total = 0
        for x in xs:
            total += x
            print(total)
        def inner(y=total):
            return y
        self.total = inner(total)
        return total
"""
    reading = read(source, Language.PYTHON)
    slots = slots_of(reading, max_loc=4, target_loc=3)
    found = {slots[index].name: flow for index, flow in flows_of(reading, slots).items()}
    assert found["C.m"].live_out == ("self", "xs", "total")[: len(found["C.m"].live_out)]
    blocks = [flow for name, flow in found.items() if "#block" in name]
    assert any("total" in flow.live_in and "total" in flow.live_out for flow in blocks)
    assert any(flow.mutates == ("self.total",) for flow in blocks)
    module = [flow for name, flow in found.items() if not name.startswith("C")]
    assert any({"a", "b"} <= set(flow.live_out) for flow in module)
