"""How control leaves a block of TypeScript or JavaScript, and what else it does on the way."""

from __future__ import annotations

import pytest

from atomization.flow.model import EffectKind
from tests.atomization.flow.script_reading import TS, effects, flow_of

K = EffectKind


def test_break_and_continue_name_the_line_of_their_loop() -> None:
    flow = flow_of("""
function f(xs) {
  for (const x of xs) {
|   if (x.skip) continue;
|   if (x.last) break;
    g(x);
  }
}
""")
    assert effects(flow) == [(K.CONTINUE, "2"), (K.BREAK, "2")]


def test_a_jump_inside_of_the_block_is_its_own_affair() -> None:
    flow = flow_of("""
function f(xs) {
  start();
| for (const x of xs) { if (x) break; }
| switch (xs.n) { case 1: break; }
  end();
}
""")
    assert flow.effects == ()


def test_labels_name_what_is_left() -> None:
    flow = flow_of("""
function f(xs) {
  outer: for (const x of xs) {
    for (const y of x) {
|     if (y) continue outer;
|     if (x) break outer;
|     if (xs) break;
      g(y);
    }
  }
}
""")
    assert effects(flow) == [(K.CONTINUE, "outer"), (K.BREAK, "outer"), (K.BREAK, "3")]


def test_a_labelled_block_is_left_by_its_label_only() -> None:
    flow = flow_of("""
function f(xs) {
  let a = 0;
  for (const x of xs) {
    found: {
|     if (x) { a = 1; break found; }
|     if (a) break;
      a = 2;
    }
    g(a);
  }
}
""")
    assert effects(flow) == [(K.BREAK, "found"), (K.BREAK, "3")]
    assert flow.live_out == ("a",)


def test_where_a_jump_leads_decides_what_is_live() -> None:
    source = """
function f(xs) {
  let a = 0;
  outer: for (const x of xs) {
    for (const y of x) {
|     if (y) { a = 1; JUMP }
      a = 2;
      g(a);
    }
    a = 3;
  }
  return xs;
}
"""
    assert flow_of(source.replace("JUMP", "h(a);")).live_out == ()
    assert flow_of(source.replace("JUMP", "continue;").replace("a = 2", "b")).live_out == ("a",)


def test_a_switch_falls_through() -> None:
    source = """
function f(k) {
  let a = 0, b = 0;
  switch (k) {
|   case 1: a = 1; END
    case 2: b = a;
  }
  return b;
}
"""
    assert flow_of(source.replace("END", "")).live_out == ("a",)
    assert flow_of(source.replace("END", "break;")).live_out == ()


def test_default_in_the_middle_is_tried_last() -> None:
    flow = flow_of("""
function f(k) {
  let a;
| switch (k) {
|   default: g(a); break;
|   case (a = 2): break;
| }
  return a;
}
""")
    assert flow.live_in == ("k",)
    assert (flow.live_out, flow.may_define) == (("a",), ())


def test_a_switch_with_a_default_binds_in_every_arm() -> None:
    source = """
function f(k) {
  start();
| let a;
| switch (k) { case 1: a = 1; break; DEFAULT a = 2; }
  return a;
}
"""
    assert flow_of(source.replace("DEFAULT", "default:")).may_define == ()
    without = source.replace("| let a;", "").replace("k)", "k, a)", 1)
    assert flow_of(without.replace("DEFAULT", "case 2:")).may_define == ("a",)
    assert flow_of(without.replace("DEFAULT", "default:")).may_define == ()


def test_names_of_a_switch_are_those_of_all_its_cases() -> None:
    flow = flow_of("""
function f(k, y) {
  switch (k) {
    case 1: {
      let y = 1;
      g(y);
      break;
    }
    case 2:
|     let y = 2;
|     g(y);
  }
  return y;
}
""")
    assert (flow.live_in, flow.live_out) == ((), ())


def test_an_endless_loop_is_left_by_break_only() -> None:
    source = """
function f(g) {
  let a;
| LOOP { a = g(); if (a) break; }
  return a;
}
"""
    assert flow_of(source.replace("LOOP", "while (true)")).may_define == ()
    assert flow_of(source.replace("LOOP", "for (;;)")).may_define == ()
    assert flow_of(source.replace("LOOP", "while (g)")).may_define == ("a",)
    body = flow_of(source.replace("LOOP", "do").replace("}\n  return", "} while (g);\n  return"))
    assert body.may_define == ()


def test_a_loop_carries_what_it_binds() -> None:
    flow = flow_of("""
function f(xs) {
  let last = null;
  for (const x of xs) {
    if (last) g(last);
|   last = x;
  }
}
""")
    assert flow.live_out == ("last",)


def test_a_for_loop_s_increment_reads() -> None:
    flow = flow_of("""
function f(n) {
  let step;
  for (let i = 0; i < n; i += step) {
|   step = g(i);
  }
}
""")
    assert (flow.live_in, flow.live_out) == (("i",), ("step",))


def test_a_for_loop_assigns_to_places() -> None:
    flow = flow_of("""
function f(xs, o) {
  let k;
| for (o.current of xs) g();
| for (k in xs) g();
| for ([o.a, k = 1] of xs) g();
  return k;
}
""")
    assert flow.mutates == ("o.current", "o.a")
    assert flow.live_out == ("k",)


def test_what_is_bound_before_a_throw_may_reach_the_handler() -> None:
    source = """
function f(g) {
  let a = 0;
  START
|   a = 1;
|   g();
    a = 2;
  END
}
"""
    guarded = source.replace("START", "try {").replace("END", "} catch { return a; }")
    assert flow_of(guarded).live_out == ("a",)
    plain = source.replace("START", "{").replace("END", "}")
    assert flow_of(plain).live_out == ()


def test_a_throw_leads_to_its_handler() -> None:
    flow = flow_of("""
function f(g) {
  let a = 0;
| try { a = 1; throw new RangeError("x"); } catch { g(a); }
  return g;
}
""")
    assert effects(flow) == [(K.RAISE, "RangeError")]
    assert flow.live_out == ()


def test_finally_is_passed_on_every_way_out() -> None:
    flow = flow_of("""
function f(g) {
  let a = 0;
  try {
|   a = 1;
|   if (g()) return 2;
    a = 3;
  } finally {
    g(a);
  }
}
""")
    assert flow.live_out == ("a",)
    assert effects(flow) == [(K.RETURN, "")]


def test_after_finally_only_its_end_goes_on() -> None:
    flow = flow_of("""
function f(g) {
  let a;
| try { a = g(); } finally { g(); }
  return a;
}
""")
    assert flow.may_define == ()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("return a;", [(K.RETURN, "")]),
        ("throw new TypeError(a);", [(K.RAISE, "TypeError")]),
        ("throw new errors.Gone(a);", [(K.RAISE, "errors.Gone")]),
        ("throw a;", [(K.RAISE, "")]),
        ("await a;", [(K.AWAIT, "")]),
        ("for await (const b of a) g(b);", [(K.AWAIT, "")]),
        ("yield a;", [(K.YIELD, "")]),
        ("const b = yield* a;", [(K.YIELD_FROM, "")]),
        ("this.a = a;", [(K.THIS, "")]),
        ("super.m(a);", [(K.SUPER, "")]),
        ("g(arguments);", [(K.ARGUMENTS, "")]),
        ("g(new.target);", [(K.NEW_TARGET, "")]),
        ("g(import.meta.url);", []),
        ("eval(a);", [(K.DYNAMIC, "eval")]),
        ("(0, eval)(a);", []),
        ("a.this.arguments;", []),
    ],
)
def test_effects_are_told(statement: str, expected: list[tuple[EffectKind, str]]) -> None:
    flow = flow_of(f"""
class A extends B {{
  async *m(a) {{
    start();
|   {statement}
    end();
  }}
}}
""")
    assert effects(flow) == expected
    assert "arguments" not in flow.free


def test_effects_carry_their_line() -> None:
    flow = flow_of("""
function f(a) {
  start();
| if (a)
|   return 1;
  end();
}
""")
    assert [effect.line for effect in flow.effects] == [4]


def test_with_makes_names_dynamic() -> None:
    flow = flow_of("""
function f(a) {
  start();
| with (a) { g(b); }
  end();
}
""")
    assert effects(flow) == [(K.DYNAMIC, "with")]


@pytest.mark.parametrize("word", ["this", "super.x", "arguments", "new.target"])
def test_arrow_functions_pass_through_what_functions_have_of_their_own(word: str) -> None:
    source = f"""
class A extends B {{
  m(a) {{
    start();
|   a.each(WRAP {{ g({word}); }}, 1);
    end();
  }}
}}
"""
    kinds = {"this": K.THIS, "super.x": K.SUPER, "arguments": K.ARGUMENTS}
    arrow = flow_of(source.replace("WRAP", "() => { return () =>").replace("}, 1", "} }, 1"))
    assert effects(arrow) == [(kinds.get(word, K.NEW_TARGET), "")]
    function = flow_of(source.replace("WRAP", "function ()"))
    assert function.effects == ()


def test_a_closure_s_own_jumps_stay_in_it() -> None:
    flow = flow_of("""
function f(a) {
  start();
| a.each(async (x) => { await x; if (x) return 1; throw x; });
  end();
}
""")
    assert flow.effects == ()


def test_a_block_inside_of_a_callback_is_asked_of_the_callback() -> None:
    flow = flow_of("""
function f(a) {
  start();
  a.each(function (x) {
|   const y = x + a;
    return y;
  });
}
""")
    assert flow.live_in == ("x",)
    assert flow.live_out == ("y",)
    assert flow.free == ("a",)


def test_nested_finally_ends() -> None:
    depth = 60
    text = "try {" * depth + "a = 1; if (a) return;" + "} finally { g(a); }" * depth
    flow = flow_of(f"function f(g) {{\n let a;\n|{text}\n return a;\n}}\n")
    assert flow.live_out == ("a",)


def test_optional_chains_use_their_parts() -> None:
    flow = flow_of(
        """
function f(a, k, b) {
  start();
| const c = a?.x?.[k]?.(b)!;
  return c;
}
""",
        TS,
    )
    assert flow.live_in == ("a", "k", "b")
    assert flow.live_out == ("c",)
    assert flow.free == ()
