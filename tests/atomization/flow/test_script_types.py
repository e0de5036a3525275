"""What TypeScript, JSX and the module systems add: much of it is erased, some of it is not."""

from __future__ import annotations

import pytest

from atomization.flow.model import EffectKind
from atomization.parser import Language
from tests.atomization.flow.script_reading import JS, TS, TSX, effects, flow_of

K = EffectKind


def test_types_are_no_uses() -> None:
    flow = flow_of(
        """
function f(a: A) {
  start();
| const b: Map<A, typeof other> = a as unknown as M<B>;
| const c = <N.C>b satisfies D;
| type Local = A | B;
| interface Also extends E { x: F }
| function over(x: G): H;
| const d = make<I>(c!);
| declare const e: J;
  return d;
}
""",
        TS,
    )
    assert flow.live_in == ("a",)
    assert flow.live_out == ("d",)
    assert flow.free == ("make",)


def test_a_generic_call_and_a_type_argument_differ_from_a_comparison() -> None:
    flow = flow_of(
        """
function f(a, b, c) {
  start();
| const d = a < b, e = g<T>(c);
  return [d, e];
}
""",
        TS,
    )
    assert flow.live_in == ("a", "b", "c")
    assert flow.free == ("g",)


def test_this_as_a_parameter_is_erased() -> None:
    flow = flow_of(
        """
| function f(this: A, a: B) {
|   start(a);
  return a;
}
""",
        TS,
        header=True,
    )
    assert flow.effects == ()
    assert flow.live_out == ("a",)


def test_parameter_properties_assign_to_this() -> None:
    flow = flow_of(
        """
class A {
| constructor(private readonly a: B, public c = a, d?: E) {
|   start(d);
    this.go();
    this.end(c);
  }
}
""",
        TS,
        header=True,
    )
    assert flow.mutates == ("this.a", "this.c")
    assert effects(flow) == [(K.THIS, "")]
    assert flow.live_out == ("c",)


def test_decorators_are_evaluated_where_they_stand() -> None:
    flow = flow_of(
        """
function f(key) {
  start();
| @sealed(key)
| class A {
|   @logged() m(@inject(key) a: T) { return later; }
|   @field.of(key) x = 1;
|   declare y: U;
|   abstract z(): V;
| }
  return A;
}
""",
        TS,
    )
    assert flow.live_in == ("key",)
    assert flow.live_out == ("A",)
    assert set(flow.free) == {"sealed", "logged", "inject", "field", "later"}


def test_static_blocks_and_fields_capture() -> None:
    flow = flow_of("""
function f(a) {
  let n = 0;
| class A { static #s = a; static { n += 1; this.#s = n; var own = 1; g(own); } x = this.y; }
  return [A, n];
}
""")
    assert set(flow.captured) == {"a", "n"}
    assert set(flow.live_in) == {"a", "n"}
    assert set(flow.live_out) == {"A", "n"}
    assert flow.effects == ()
    assert flow.free == ("g",)


def test_an_enum_binds_its_name_and_not_its_members() -> None:
    flow = flow_of(
        """
function f(base) {
  start();
| enum E { A = base, B = A + OTHER, C, "d-e" = 4 }
| const enum F { G = 1 }
  return [E, F];
}
""",
        TS,
    )
    assert flow.live_in == ("base",)
    assert flow.live_out == ("E", "F")
    assert flow.free == ("OTHER",)


def test_merged_declarations_bind_one_name() -> None:
    flow = flow_of(
        """
import { x } from "./x";
| function N() { return 1; }
| namespace N { export const a = x; }
| namespace N { export const b = a2; }
| interface N { c: T }
export { N };
""",
        TS,
    )
    assert flow.live_out == ("N",)
    assert flow.live_in == ("x",)
    assert flow.free == ("a2",)


def test_names_of_a_namespace_stay_in_it_and_stay_alive() -> None:
    inside = flow_of(
        """
export namespace Outer.Inner {
  const hidden = 1;
| export const a = hidden;
| if (a) { let b = a; use(b); }
  export function g() { return a; }
}
""",
        TS,
    )
    assert inside.live_out == ("a",)
    assert inside.live_in == ("hidden",)
    assert inside.free == ("use",)
    around = flow_of(
        """
import { use } from "./use";
| namespace Outer.Inner { const hidden = 1; use(hidden); }
use(Outer);
""",
        TS,
    )
    assert around.live_out == ("Outer",)
    assert around.captured == ("use",)


def test_ambient_declarations_bind_nothing() -> None:
    flow = flow_of(
        """
import { use } from "./use";
| declare const VERSION: string;
| declare function ambient(): void;
| declare module "other" { export const x: number; }
| declare global { interface Window { y: number } }
| use(VERSION);
export {};
""",
        TS,
    )
    assert flow.live_out == ()
    assert flow.free == ("VERSION",)


def test_imports_bind_values_and_not_types() -> None:
    flow = flow_of(
        """
| import def, { a, b as c, type T } from "./x";
| import * as all from "./y";
| import type { U } from "./z";
| import fs = require("fs");
| import alias = all.inner;
| export * as ns from "./w";
| export * from "./v";
| export { d } from "./d";
use(def, a, c, all, fs, alias);
""",
        TS,
    )
    assert set(flow.live_out) == {"def", "a", "c", "all", "fs", "alias"}
    assert flow.free == ()


def test_exports_use_what_they_name() -> None:
    flow = flow_of("""
import { a, b } from "./x.js";
| export { a as renamed, b };
| export default a;
""")
    assert set(flow.live_in) == {"a", "b"}
    assert flow.live_out == ()


def test_commonjs_is_plain_assignment() -> None:
    flow = flow_of("""
const start = 1;
| const { join, sep: cut } = require("path");
| module.exports = { join };
| exports.cut = cut;
| module.exports.start = start;
exports.more = join;
""")
    assert flow.live_in == ("start",)
    assert flow.live_out == ("join", "cut")
    assert flow.mutates == ("module.exports", "exports.cut", "module.exports.start")
    assert set(flow.free) == {"require", "module", "exports"}


def test_jsx_uses_components_and_expressions() -> None:
    flow = flow_of(
        """
function View({ items, Row, ui, rest }) {
  start();
| const node = (
|   <ui.Box title={items.length} data-x="1" {...rest}>
|     <Row key="a" onClick={() => pick(items)}>text {format(items)}</Row>
|     <div className="b"><x-y /><svg:path /></div>
|   </ui.Box>
| );
  return <>{node}</>;
}
""",
        TSX,
    )
    assert set(flow.live_in) == {"items", "Row", "ui", "rest"}
    assert flow.live_out == ("node",)
    assert set(flow.free) == {"format", "pick"}


def test_objects_use_values_and_not_keys() -> None:
    flow = flow_of("""
function f(a, b, k, d) {
  start();
| const o = { a, b: 1, [k]: 2, c() { return d; }, get e() { return this.x; }, ...b, "f": g };
  return o;
}
""")
    assert flow.live_in == ("a", "b", "k", "d")
    assert flow.free == ("g",)
    assert flow.effects == ()


@pytest.mark.parametrize("language", [JS, TS, TSX])
@pytest.mark.parametrize("text", ["using x = open(a);", "await using x = open(a);"])
def test_using_binds_for_its_block(text: str, language: Language) -> None:
    flow = flow_of(
        f"""
async function f(a, x) {{
  start();
| {{ {text} g(x); }}
  return x;
}}
""",
        language,
    )
    assert flow.live_in == ("a",)
    assert flow.live_out == ()
    assert effects(flow) == ([(K.AWAIT, "")] if "await" in text else [])


def test_sequences_and_templates_are_read_in_order() -> None:
    flow = flow_of("""
function f(a, b) {
  let x;
| const c = (x = a, `${x}${tag`${b}`}`);
  return c;
}
""")
    assert flow.live_in == ("a", "b")
    assert flow.live_out == ("c",)
    assert flow.free == ("tag",)
