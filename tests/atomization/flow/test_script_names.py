"""What TypeScript and JavaScript blocks read, bind and leave, by the languages' scoping rules."""

from __future__ import annotations

import pytest

from atomization.flow.model import EffectKind, Flow
from tests.atomization.flow.script_reading import TS, effects, flow_of


def test_what_is_read_comes_in_and_what_is_used_later_goes_out() -> None:
    flow = flow_of("""
function f(a, b) {
  const c = 1;
| const sum = a + c;
| const spare = b;
  return sum;
}
""")
    assert flow.live_in == ("a", "b", "c")
    assert flow.live_out == ("sum",)
    assert flow.may_define == ()
    assert flow.kills == ()


def test_a_name_from_outside_of_the_function_is_free() -> None:
    flow = flow_of("""
import { helper } from "./helper.js";
function f(a) {
  start();
| const b = helper(a, LIMIT);
  return b;
}
""")
    assert flow.live_in == ("a",)
    assert flow.free == ("helper", "LIMIT")


def test_what_is_bound_on_one_path_only_may_keep_the_old_value() -> None:
    flow = flow_of("""
function f(a) {
  let x = 0;
| if (a) x = 1;
  return x;
}
""")
    assert flow.live_in == ("a", "x")
    assert flow.live_out == ("x",)
    assert flow.may_define == ("x",)


def test_a_let_that_is_bound_on_one_path_only_does_not_come_in() -> None:
    flow = flow_of("""
function f(a) {
  start();
| let x;
| if (a) x = 1;
  return x;
}
""")
    assert flow.live_in == ("a",)
    assert (flow.live_out, flow.may_define) == (("x",), ())


def test_var_belongs_to_the_function_and_may_stay_undefined() -> None:
    flow = flow_of("""
function f(a) {
  start();
| if (a) { var x = 1; }
  return x;
}
""")
    assert flow.live_in == ("a",)
    assert (flow.live_out, flow.may_define) == (("x",), ("x",))


def test_a_var_read_before_its_declaration_is_no_free_name() -> None:
    flow = flow_of("""
function f() {
  start();
| log(x);
  var x = 1;
  return x;
}
""")
    assert flow.free == ("log",)
    assert flow.live_in == ()


def test_var_without_a_value_keeps_the_one_that_it_has() -> None:
    flow = flow_of("""
function f(x) {
  start();
| var x;
| g(x);
}
""")
    assert flow.live_in == ("x",)


def test_var_in_a_loop_head_is_seen_after_the_loop() -> None:
    flow = flow_of("""
function f(xs) {
  start();
| for (var x of xs) g(x);
  return x;
}
""")
    assert (flow.live_out, flow.may_define) == (("x",), ("x",))


def test_a_name_in_its_dead_zone_does_not_come_in() -> None:
    flow = flow_of("""
function f(c) {
  start();
| if (c) log(x);
  let x = 1;
  return x;
}
""")
    assert flow.live_in == ("c",)
    assert flow.free == ("log",)


def test_the_dead_zone_hides_the_outer_name() -> None:
    flow = flow_of("""
function f(x) {
  {
|   log(x);
    let x = 1;
    g(x);
  }
}
""")
    assert flow.live_in == ()


def test_a_declared_function_is_bound_from_the_start() -> None:
    before = flow_of("""
function f(a) {
  start();
| const b = g(a);
  return b;
  function g(x) { return x; }
}
""")
    assert before.live_in == ("a", "g")
    declaration = flow_of("""
function f(a) {
  const b = g(a);
| function g(x) { return x + a; }
  return b;
}
""")
    assert declaration.live_out == ("g",)
    assert declaration.live_in == ("a",)
    assert declaration.may_define == ()


def test_a_function_expression_is_not_hoisted() -> None:
    flow = flow_of("""
function f(a) {
  start();
| const b = g(a);
  const g = function (x) { return x; };
  return g(b);
}
""")
    assert flow.live_in == ("a",)


def test_a_function_in_a_block_is_bound_in_all_of_the_block() -> None:
    flow = flow_of("""
function f(a) {
  if (a) {
|   g(a);
    h();
    function g(x) { return x; }
  }
}
""")
    assert flow.live_in == ("a", "g")


def test_a_block_s_name_is_not_the_outer_name() -> None:
    inner = flow_of("""
function f(x) {
  start();
| { const x = 1; g(x); }
  return x;
}
""")
    assert (inner.live_in, inner.live_out) == ((), ())
    outer = flow_of("""
function f(x) {
  { const x = 1; g(x); }
| h(x);
  return x;
}
""")
    assert outer.live_in == ("x",)


def test_shadowing_is_told_under_the_source_name() -> None:
    flow = flow_of("""
function f(xs) {
  let x = 0;
  for (const item of xs) {
    let x = item.size;
|   x += 1;
    g(x);
  }
  return x;
}
""")
    assert (flow.live_in, flow.live_out) == (("x",), ("x",))


def test_an_inner_binding_does_not_reach_the_outer_name() -> None:
    flow = flow_of("""
function f(xs) {
  let x = 0;
  for (const item of xs) {
|   let x = item.size;
|   g(x);
  }
  return x;
}
""")
    assert (flow.live_in, flow.live_out) == (("item",), ())


def test_names_of_a_block_inside_are_nobody_else_s() -> None:
    flow = flow_of("""
function f(xs) {
  start();
| for (const x of xs) {
|   const y = x.y;
|   later(() => y);
| }
  return xs;
}
""")
    assert flow.live_in == ("xs",)
    assert flow.live_out == ()
    assert flow.captured == ()


@pytest.mark.parametrize(
    ("statement", "bound", "used"),
    [
        ("const { p, q } = src;", ("p", "q"), ("src",)),
        ("const { p: q } = src;", ("q",), ("src",)),
        ("const { p = d } = src;", ("p",), ("d", "src")),
        ("const { p: { q } } = src;", ("q",), ("src",)),
        ("const { p: [q = d] = e } = src;", ("q",), ("d", "e", "src")),
        ("const { p, ...q } = src;", ("p", "q"), ("src",)),
        ("const [p, , q] = src;", ("p", "q"), ("src",)),
        ("const [p, ...[q]] = src;", ("p", "q"), ("src",)),
        ("const { [d]: p } = src;", ("p",), ("d", "src")),
        ("let p = src, q = p;", ("p", "q"), ("src",)),
    ],
)
def test_destructuring_binds_what_it_names(
    statement: str, bound: tuple[str, ...], used: tuple[str, ...]
) -> None:
    flow = flow_of(f"""
function f(src, d, e) {{
  start();
| {statement}
  return [{", ".join(bound)}];
}}
""")
    assert sorted(flow.live_out) == sorted(bound)
    assert sorted(flow.live_in) == sorted(used)
    assert flow.may_define == ()
    assert flow.free == ()


def test_destructuring_assigns_to_names_and_places() -> None:
    flow = flow_of("""
function f(src, o, k) {
  let p, q;
| ({ a: p, b: o.b, [k]: [q = 1] } = src);
| [o.list[0]] = src;
  return [p, q];
}
""")
    assert flow.live_out == ("p", "q")
    assert set(flow.live_in) == {"src", "o", "k"}
    assert flow.mutates == ("o.b", "o.list[]")


def test_a_default_binds_on_one_path_only() -> None:
    flow = flow_of("""
function f(src) {
  let n = 0;
| const { p = (n = 1) } = src;
  return [p, n];
}
""")
    assert flow.live_out == ("n", "p")
    assert flow.may_define == ("n",)
    assert flow.live_in == ("src", "n")


def test_default_parameters_see_those_before_them() -> None:
    flow = flow_of(
        """
| function f(a, b = a + LIMIT, { c = b, ...d } = {}, ...rest) {
|   start(b);
  return [a, c, d, rest];
}
""",
        header=True,
    )
    assert flow.live_in == ()
    assert flow.live_out == ("a", "c", "d", "rest")
    assert flow.free == ("LIMIT", "start")


@pytest.mark.parametrize(
    ("expression", "may"),
    [
        ("(x = a), a", ()),
        ("a && (x = 1)", ("x",)),
        ("a || (x = 1)", ("x",)),
        ("a ?? (x = 1)", ("x",)),
        ("a ? (x = 1) : 0", ("x",)),
        ("a ? (x = 1) : (x = 2)", ()),
        ("a?.b(x = 1)", ("x",)),
        ("x ||= a", ("x",)),
        ("x ??= a", ("x",)),
        ("x += a", ()),
        ("`${(x = a)}`", ()),
        ("(x = 1) && a", ()),
    ],
)
def test_what_may_not_be_evaluated_may_not_bind(expression: str, may: tuple[str, ...]) -> None:
    flow = flow_of(f"""
function f(a) {{
  let x = 0;
| {expression};
  return x;
}}
""")
    assert flow.live_out == ("x",)
    assert flow.may_define == may


def test_an_assignment_in_a_condition_is_made_before_the_branch() -> None:
    flow = flow_of("""
function f(re, text) {
  let m;
| if ((m = re.exec(text))) g(m);
  return m;
}
""")
    assert flow.live_in == ("re", "text")
    assert (flow.live_out, flow.may_define) == (("m",), ())


def test_a_short_circuit_uses_what_it_has_just_bound() -> None:
    flow = flow_of("""
function f(a) {
  let x;
| const y = a && (x = a.b) && x.c;
  return y;
}
""")
    assert flow.live_in == ("a",)


def test_increments_read_and_bind() -> None:
    flow = flow_of("""
function f(i, a) {
  start();
| i++;
| a[i]--;
  return i;
}
""")
    assert flow.live_in == ("i", "a")
    assert flow.live_out == ("i",)
    assert flow.mutates == ("a[]",)


@pytest.mark.parametrize(
    ("statement", "mutates"),
    [
        ("a.b = 1", ("a.b",)),
        ("a.b.c += 1", ("a.b.c",)),
        ("a[0].b = 1", ("a[].b",)),
        ("a.b++", ("a.b",)),
        ("a.b ||= 1", ("a.b",)),
        ("delete a.b", ("a.b",)),
        ("delete a[k]", ("a[]",)),
        ("a.push(k)", ("a",)),
        ("a.list.push(k)", ("a.list",)),
        ("a.m.set(k, 1)", ("a.m",)),
        ("a?.list.sort()", ("a.list",)),
        ("this.x = a", ("this.x",)),
        ("this.#x = a", ("this.#x",)),
        ("(a as any).b = k", ("a.b",)),
        ("a!.b = k", ("a.b",)),
        ("Object.assign(a, k)", ("a",)),
        ("a.map((x) => x)", ()),
        ("k.forEach((x) => a.push(x))", ("a",)),
        ("k.forEach((x) => { const l = []; l.push(x); })", ()),
        ("make().b = 1", ()),
    ],
)
def test_what_is_changed_in_place_is_told(statement: str, mutates: tuple[str, ...]) -> None:
    flow = flow_of(
        f"""
function f(a, k) {{
  start();
| {statement};
  return a;
}}
""",
        TS,
    )
    assert flow.mutates == mutates
    assert flow.live_out == ()


def test_closures_share_names() -> None:
    flow = flow_of("""
function f(a) {
  let n = 0;
| const add = () => { n += a; };
  add();
  return n;
}
""")
    assert set(flow.captured) == {"n", "a"}
    assert set(flow.live_in) == {"n", "a"}
    assert set(flow.live_out) == {"n", "add"}


def test_a_closure_s_own_names_stay_in_it() -> None:
    flow = flow_of("""
function f(a) {
  start();
| const g = (a, { b }) => { const c = a; let d; var e = b; function h() {} return h(c, d, e); };
  return g;
}
""")
    assert flow.captured == ()
    assert flow.live_in == ()
    assert flow.live_out == ("g",)
    assert flow.free == ()


def test_closures_in_a_loop_share_var_but_not_let() -> None:
    source = """
function f(xs) {
  const later = [];
| for (KIND i = 0; i < 3; i++) later.push(() => i);
  return later;
}
"""
    assert flow_of(source.replace("KIND", "let")).captured == ()
    assert flow_of(source.replace("KIND", "var")).captured == ("i",)


def test_let_in_a_loop_head_is_carried_from_one_iteration_to_the_next() -> None:
    flow = flow_of("""
function f(n) {
  for (let i = 0; i < n; i++) {
    g(i);
|   i += 2;
  }
}
""")
    assert (flow.live_in, flow.live_out) == (("i",), ("i",))


def test_let_in_a_loop_body_is_fresh_each_time() -> None:
    flow = flow_of("""
function f(n) {
  for (const x of n) {
    let y = x;
|   y += 2;
  }
}
""")
    assert flow.live_out == ()


def test_rebinding_what_belongs_to_others_is_an_effect() -> None:
    outer = flow_of("""
let count = 0;
function f() {
  start();
| count += 1;
}
""")
    assert (EffectKind.GLOBAL, "count") in effects(outer)
    assert outer.free == ("count",)
    inner = flow_of("""
function outer() {
  let count = 0;
  return function () {
    start();
|   count = 1;
  };
}
""")
    assert effects(inner) == [(EffectKind.NONLOCAL, "count")]


def test_a_class_is_bound_where_it_stands() -> None:
    flow = flow_of("""
function f(Base, key) {
  start();
| class A extends Base { [key]() { return limit; } static s = start(Base); #p = key; }
  return A;
}
""")
    assert flow.live_in == ("Base", "key")
    assert flow.live_out == ("A",)
    assert set(flow.free) == {"limit", "start"}
    assert flow.effects == ()


def test_a_named_class_expression_names_itself_only_inside() -> None:
    flow = flow_of("""
function f() {
  start();
| const B = class A { m() { return A; } };
  return [B, A];
}
""")
    assert flow.live_out == ("B",)
    assert flow.free == ()


def test_catch_binds_for_its_own_body() -> None:
    flow = flow_of("""
function f(error) {
  let m;
| try { m = g(); } catch ({ message: error }) { m = error; }
| try { h(); } catch { m = 2; }
  return [m, error];
}
""")
    assert flow.live_in == ()
    assert flow.live_out == ("m",)


def test_module_level_names_all_go_out() -> None:
    flow = flow_of("""
import { make } from "./make.js";
| const a = make();
| if (a) { let b = a; use(b); }
export function f() { return a; }
""")
    assert flow.live_out == ("a",)
    assert flow.live_in == ("make",)
    assert flow.free == ("use",)


def test_two_names_spelt_alike_are_both_told() -> None:
    flow = flow_of("""
function f(xs) {
  start();
| let x = 0;
| for (const item of xs) {
|   let x = item;
    g(x);
  }
  return x;
}
""")
    assert flow.live_out.count("x") == 2


def test_names_of_a_finally_are_told_once() -> None:
    flow = flow_of("""
function f(a) {
  try { start(); } finally {
    let b = a;
|   b += a;
    g(b);
  }
}
""")
    assert sorted(flow.live_in) == ["a", "b"]
    assert flow.live_out == ("b",)


def test_a_flow_is_plain_data() -> None:
    flow = flow_of("""
function f(a) {
  start();
| this.a = a;
}
""")
    assert isinstance(flow, Flow)
    assert flow.to_json()["live_in"] == ("a",)
