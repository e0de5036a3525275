"""Which function a call in JavaScript reaches."""

from __future__ import annotations

import pytest

from tests.dependencies.script_graph import callees, edges

FUNCTIONS = "function f() {}\nfunction g() {}\nfunction h() {}\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f();", {"f"}),
        ("const a = f; a();", {"f"}),
        ("let a = f; a = g; a();", {"g"}),
        ("let a = f; const b = a; a = g; b();", {"f"}),
        ("let a = f; if (x) { a = g; } a();", {"f", "g"}),
        ("let a; if (x) { a = f; } else { a = g; } a();", {"f", "g"}),
        ("let a = f; while (x) { a(); a = g; }", {"f", "g"}),
        ("let a = f; while (x) { a = g; break; } a();", {"f", "g"}),
        ("let a = f; for (;;) { if (x) { a = g; continue; } a = h; break; } a();", {"h"}),
        ("let a; switch (x) { case 1: a = f; break; default: a = g; } a();", {"f", "g"}),
        ("let a; switch (x) { case 1: a = f; case 2: a(); }", {"f"}),
        ("let a = f; try { a = g; x(); a = h; } catch { a(); }", {"f", "g", "h"}),
        ("let a = f; try { throw 1 } finally { a = g; } a();", {"g"}),
        ("let a = x ? f : g; a();", {"f", "g"}),
        ("const a = f || g; a();", {"f", "g"}),
        ("let a = f; a ||= g; a();", {"f", "g"}),
        ("let a; function set() { a = f; } set(); a();", {"set", "f"}),
        ("var a = f; { var a = g; } a();", {"g"}),
        ("let a = f; { let a = g; } a();", {"f"}),
        ("a(); function a() {}", {"a"}),
        ("a = b = f; a(); b();", {"f"}),
        ("let [a, b] = [f, g]; [a, b] = [b, a]; a();", {"g"}),
        ("const [a, , b] = [f, g, h]; b();", {"h"}),
        ("const [a, ...b] = [f, g]; b[0]();", {"g"}),
        ("const { a, b: { c } } = { a: f, b: { c: g } }; a(); c();", {"f", "g"}),
        ("const { a = f } = {}; a();", {"f"}),
        ("const { a, ...b } = { a: f, c: g }; b.c();", {"g"}),
        ("(function () { f(); })();", {"<function1>"}),
        ("f.call(null); g.apply(null, []); h.bind(null)();", {"f", "g", "h"}),
        ("setTimeout(f, 10); queueMicrotask(g);", {"f", "g"}),
        ("Reflect.apply(f, null, []);", {"f"}),
        ("globalThis.setTimeout(f);", {"f"}),
        ("f`a ${g()}`;", {"f", "g"}),
        ("const a = (0, f); a();", {"f"}),
    ],
)
def test_it_follows_functions_as_values(source: str, expected: set[str]) -> None:
    assert callees(FUNCTIONS + source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("const o = { a: f }; o.a();", {"f"}),
        ("const o = { 'a': f, 'b': g }; o['b']();", {"g"}),
        ("const o = { 1: f, '1': g }; o[1]();", {"g"}),
        ("const o = {}; o.a = f; o.a();", {"f"}),
        ("const o = { a: f }; o.a = g; o.a();", {"g"}),
        ("const o = { a: { b: f } }; o.a.b = g; o['a'].b();", {"g"}),
        ("const o = { a: f }; x(); o.a = g; x(); o.a();", {"f", "g"}),
        ("const k = 'a'; const o = { a: f, b: g }; o[k]();", {"f"}),
        ("const o = { a: f, b: g }; for (const k in o) o[k]();", {"f", "g"}),
        ("const o = { a: f, b: g }; o[x + y]();", {"f", "g"}),
        ("const o = { ...{ a: f }, b: g }; o.a();", {"f"}),
        ("const o = Object.assign({}, { a: f }); o.a();", {"f"}),
        ("const o = { a: f }; Object.assign(o, { a: g }); o.a();", {"g"}),
        ("Object.values({ a: f }).forEach(v => v());", {"f"}),
        ("Object.entries({ a: f }).forEach(([k, v]) => v());", {"f"}),
        ("const o = { a: f }; Object.keys(o).forEach(k => o[k]());", {"f"}),
        ("const a = [f, g]; a[1]();", {"g"}),
        ("const a = [f, g]; a[i]();", {"f", "g"}),
        ("const a = []; a.push(f); a.pop()();", {"f"}),
        ("const a = [f, g, h].slice(1); a[0]();", {"g"}),
        ("for (const a of [f, g]) a();", {"f", "g"}),
        ("[f, g].map(a => a());", {"f", "g"}),
        ("[1].map(f); [1].filter(g).some(h);", {"f", "g", "h"}),
        ("[f].concat([g]).find(Boolean)();", {"f", "g"}),
        ("[f, g].reduce((a, b) => { b(); return a; }, null);", {"f", "g"}),
        ("[[f]].flatMap(a => a)[0]();", {"f"}),
        ("Array.from([1], f); Array.of(g)[0]();", {"f", "g"}),
        ("const m = new Map([['a', f]]); m.set('b', g); m.get('a')();", {"f", "g"}),
        ("const m = new Map(); m.set('b', g); for (const [k, v] of m) v();", {"g"}),
        ("const s = new Set([f]); s.add(g); s.forEach(v => v());", {"f", "g"}),
        ("'a'.replace(/b/, f);", {"f"}),
        ("function r(...a) { a[0](); } r(f);", {"r"}),
        ("const o = { get a() { return f; } }; o.a();", {"o.a", "f"}),
        ("const o = { a() { this.b(); }, b() {} }; o.a();", {"o.a"}),
    ],
)
def test_it_keeps_what_objects_and_arrays_hold(source: str, expected: set[str]) -> None:
    assert callees(FUNCTIONS + source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("const i = x => x; i(f); i(g)();", {"<arrow1>", "g"}),
        ("function a(b = f) { b(); } a();", {"a"}),
        ("function a() { return () => f(); } a()();", {"a", "a.<arrow1>"}),
        ("class C { constructor(a) { this.a = a; } } new C(f); new C(g).a();",
         {"C.constructor", "g"}),
        ("class C { a(b) { this.b = b; return this; } } new C().a(f).b();", {"C.a", "f"}),
    ],
)  # fmt: skip
def test_it_keeps_calls_apart(source: str, expected: set[str]) -> None:
    assert callees(FUNCTIONS + source) == expected


def test_it_uses_a_default_only_where_an_argument_may_be_missing() -> None:
    source = FUNCTIONS + "function a(b, c = f) { c(); }\n"
    assert callees(source + "a(1, g);", "main.a") == {"g"}
    assert callees(source + "a(1);", "main.a") == {"f"}
    assert callees(source + "function d(e) { a(1, e); } d(g);", "main.a") == {"f", "g"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class A { m() {} } new A().m();", {"A.m"}),
        ("class A { constructor() {} } class B extends A {} new B();", {"A.constructor"}),
        ("class A { m() {} } class B extends A {} new B().m();", {"A.m"}),
        ("class A { m() {} } class B extends A { m() {} } new B().m();", {"B.m"}),
        ("class A { static m() {} } class B extends A {} B.m();", {"A.m"}),
        ("class A { static m = f; static { this.m(); } }", {"f"}),
        ("class A { #m() {} n() { this.#m(); } } new A().n();", {"A.n"}),
        ("class A { m = f; } new A().m();", {"f"}),
        ("class A { get m() { return f; } } new A().m();", {"A.m", "f"}),
        ("class A { set m(v) { v(); } } new A().m = f;", {"A.m"}),
        ("const M = B => class extends B { n() {} }; class A { m() {} }\n"
         "class C extends M(A) {} const c = new C(); c.m(); c.n();",
         {"<arrow1>", "A.m", "<arrow1>.<function1>.n"}),
        ("function A() {} A.prototype.m = f; new A().m();", {"A", "f"}),
        ("function A() {} A.prototype = { m: f }; new A().m();", {"A", "f"}),
        ("function A() {} function B() {} A.prototype.m = f;\n"
         "B.prototype = Object.create(A.prototype); new B().m();", {"B", "f"}),
        ("class A { m() {} } const c = A; new c().m();", {"A.m"}),
        ("class A {} class B { m() {} } Object.assign(A.prototype, { m: f }); new A().m();", {"f"}),
    ],
)  # fmt: skip
def test_it_knows_classes_and_prototypes(source: str, expected: set[str]) -> None:
    assert callees(FUNCTIONS + source) == expected


def test_super_and_this_lead_through_the_hierarchy() -> None:
    source = """
class A { constructor() {} m() { this.n(); } n() {} }
class B extends A { constructor() { super(); } m() { super.m(); } n() {} }
new B().m();
"""
    assert callees(source, "main.B.constructor") == {"A.constructor"}
    assert callees(source, "main.B.m") == {"A.m"}
    assert callees(source, "main.A.m") == {"A.n", "B.n"}


def test_an_arrow_has_the_this_of_the_function_around_it() -> None:
    source = "class A { m() { return () => this.n(); } n() {} } new A().m()();"
    assert callees(source, "main.A.m.<arrow1>") == {"A.n"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("async function a() { return f; } async function b() { (await a())(); } b();", {"b"}),
        ("Promise.resolve(f).then(v => v());", {"f"}),
        ("new Promise(r => r(f)).then(v => v()).catch(g).finally(h);", {"f", "g", "h"}),
        ("Promise.all([Promise.resolve(f)]).then(([v]) => v());", {"f"}),
        ("function* a() { yield f; } for (const b of a()) b();", {"a", "f"}),
        ("function* a() { yield f; } a().next().value();", {"a", "f"}),
        ("function* a() { yield* [f]; } [...a()][0]();", {"a", "f"}),
        ("class I { *[Symbol.iterator]() { yield f; } } for (const b of new I()) b();",
         {"I[Symbol.iterator]", "f"}),
        ("const i = { [Symbol.iterator]() { return { next() { return { value: f }; } }; } };\n"
         "for (const b of i) b();",
         {"i[Symbol.iterator]", "i[Symbol.iterator].next", "f"}),
    ],
)  # fmt: skip
def test_it_knows_promises_and_iterators(source: str, expected: set[str]) -> None:
    assert callees(FUNCTIONS + source) == expected


def test_await_gives_what_an_async_function_returns() -> None:
    source = (
        "function f() {}\nasync function a() { return f; }\nasync function b() { (await a())(); }"
    )
    assert callees(source, "main.b") == {"a", "f"}


@pytest.mark.parametrize(
    "files",
    [
        {"main.js": "import { f } from './a.js'; f();", "a.js": "export function f() {}"},
        {"main.js": "import { g } from './a'; g();", "a.js": "function f() {}\nexport { f as g };"},
        {"main.js": "import g from './a'; g();", "a.js": "export default function f() {}"},
        {"main.js": "import * as a from './a'; a.f();", "a.js": "export const f = function () {};"},
        {
            "main.js": "import { f } from './b'; f();",
            "b/index.js": "export * from '../a';",
            "a.js": "export function f() {}",
        },
        {
            "main.js": "import { b } from './b'; b.f();",
            "b.js": "export * as b from './a';",
            "a.js": "export function f() {}",
        },
        {
            "main.js": "import { g } from './b'; g();",
            "b.js": "export { default as g } from './a';",
            "a.js": "export default function f() {}",
        },
        {"main.js": "import('./a').then(a => a.f());", "a.js": "export function f() {}"},
        {"main.js": "require('./a').f();", "a.js": "exports.f = function f() {};"},
        {"main.js": "const { f } = require('./a'); f();", "a.js": "module.exports = { f() {} };"},
        {"main.js": "const f = require('./a'); f();", "a.js": "module.exports = function f() {};"},
        {"main.js": "import f from './a'; f();", "a.js": "module.exports = function f() {};"},
    ],
)
def test_it_follows_modules_of_every_kind(files: dict[str, str]) -> None:
    names = {callee for caller, callee in edges(files) if caller == "main"}
    assert names
    assert {name.rsplit(".", 1)[-1] for name in names} <= {"f", "exports"}
    assert all(name.startswith("a.") for name in names)


def test_a_script_shares_its_names_with_other_scripts() -> None:
    files = {"main.js": "f();", "a.js": "function f() {}"}
    assert edges(files) == {("main", "a.f")}


def test_decorators_are_calls_of_the_scope_around_them() -> None:
    source = "function d(x) { return x; }\n@d class A { @d m() {} }"
    assert callees(source) == {"d"}


def test_markup_calls_components() -> None:
    source = "const App = () => <B c={() => 1} />;\nfunction B(props) { props.c(); }"
    assert callees(source, "main.<arrow1>", "main.tsx") == {"B"}
    assert callees(source, "main.B", "main.tsx") == {"<arrow1>.<arrow1>"}
