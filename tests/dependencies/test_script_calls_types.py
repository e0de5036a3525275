"""What annotations say of receivers, how a callee was found, and what is not analyzed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dependencies.points_to.script import CONFIDENCE, How, callgraph, script_calls
from tests.atomization.reading import project
from tests.atomization.test_lossless import DEEP
from tests.dependencies.script_graph import callees, edges, found, ways

PARTS = [
    " ",
    "\n",
    *[
        "a",
        "b",
        "f",
        "g",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "=",
        "=>",
        ";",
        ",",
        ".",
        "...",
        ":",
        "?",
        "?.",
        "`",
        "${",
        "<",
        ">",
        "/",
        "<A>",
        "</A>",
        "'a'",
        "1",
        "#x",
        "@d",
    ],
    *[
        "class",
        "extends",
        "this",
        "super",
        "new",
        "function*",
        "function",
        "async",
        "await",
        "yield",
        "return",
        "let",
        "const",
    ],
    *[
        "var",
        "import",
        "export",
        "default",
        "from",
        "static",
        "get",
        "set",
        "for",
        "of",
        "in",
        "while",
        "switch",
        "case",
        "break",
    ],
    *["continue", "label:", "try", "catch", "finally", "throw", "if", "else", "delete", "typeof"],
]
TYPES = """\
interface Shape { area(): number }
class Square implements Shape { area() { return 1; } }
class Big extends Square { area() { return 2; } grow() {} }
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("function a(s: Square) { s.area(); }", {"Square.area", "Big.area"}),
        ("function a(s: Big) { s.area(); }", {"Big.area"}),
        ("function a(s: Shape) { s.area(); }", {"Square.area", "Big.area"}),
        ("function a(s: Big | null) { s!.grow(); }", {"Big.grow"}),
        ("function a(s: Big[]) { s[0].grow(); }", {"Big.grow"}),
        ("function a(s: Array<Big>) { for (const b of s) b.grow(); }", {"Big.grow"}),
        ("async function a(s: Promise<Big>) { (await s).grow(); }", {"Big.grow"}),
        ("function a(s: Map<string, Big>) { s.get('b').grow(); }", {"Big.grow"}),
        ("function a<T extends Big>(s: T) { s.grow(); }", {"Big.grow"}),
        ("interface M { make(): Big } function a(m: M) { m.make().grow(); }", {"Big.grow"}),
        ("interface M { make: () => Big } function a(m: M) { m.make().grow(); }", {"Big.grow"}),
        ("abstract class M { abstract make(): Big } function a(m: M) { m.make().grow(); }",
         {"Big.grow"}),
        ("type T = Big; function a(s: T) { s.grow(); }", {"Big.grow"}),
        ("function a(s: { b: Big }) { s.b.grow(); }", {"Big.grow"}),
        ("interface O { b: Big } function a(s: O) { s.b.grow(); }", {"Big.grow"}),
        ("function a(s) { const b = s as Big; b.grow(); }", {"Big.grow"}),
        ("declare function x(): any; function a() { const b: Big = x(); b.grow(); }", {"Big.grow"}),
    ],
)  # fmt: skip
def test_an_annotation_names_the_class_of_a_receiver(source: str, expected: set[str]) -> None:
    assert callees(TYPES + source, "main.a", "main.ts") == expected


def test_a_type_parameter_hides_a_class_of_its_name() -> None:
    source = TYPES + "class X { grow() {} }\nfunction a<Big>(s: Big) { s.grow(); }"
    assert callees(source, "main.a", "main.ts") == set()


def test_an_annotation_keeps_out_what_is_no_instance() -> None:
    source = TYPES + "class X { area() {} }\nfunction a(s: Big) { s.area(); }\na(new X() as any);"
    assert callees(source, "main.a", "main.ts") == {"Big.area"}


def test_fields_and_parameters_of_constructors_have_types() -> None:
    source = TYPES + (
        "class C { private b: Big; constructor(private readonly c: Big) {}\n"
        "  m() { this.b.grow(); } n() { this.c.grow(); } }"
    )
    assert callees(source, "main.C.m", "main.ts") == {"Big.grow"}
    assert callees(source, "main.C.n", "main.ts") == {"Big.grow"}


def test_types_come_through_modules() -> None:
    files = {
        "main.ts": "import type { A } from './b';\nexport function f(a: A) { a.m(); }",
        "b.ts": "export { A } from './a';",
        "a.ts": "export class A { m() {} }",
    }
    assert edges(files) == {("main.f", "a.A.m")}


@pytest.mark.parametrize(
    "source",
    [
        "/** @param {A} a - what */\nfunction f(a) { a.m(); }",
        "/**\n * @param {?A|null} [a] what\n */\nfunction f(a) { a.m(); }",
        "/** @param {A[]} a */\nexport function f(a) { a[0].m(); }",
        "/** @param {Array<A>} a */\nexport function f(a) { for (const b of a) b.m(); }",
        "/** @returns {A} */\nfunction x() { return y; }\nfunction f() { x().m(); }",
    ],
)
def test_comments_name_classes_where_a_language_has_no_annotations(source: str) -> None:
    files = {"main.js": source, "a.js": "export class A { m() {} }"}
    names = {callee for caller, callee in edges(files) if caller == "main.f"}
    assert "a.A.m" in names
    assert names <= {"a.A.m", "main.x"}


def test_namespaces_and_enums_are_objects() -> None:
    source = (
        "namespace N { export function f() {} }\nN.f();\nenum E { A }\n"
        "function g() {}\nconst o = { [E.A]: g };\no[E.A]();"
    )
    assert callees(source, "main", "main.ts") == {"N.f", "g"}


@pytest.mark.parametrize(
    ("source", "name", "how"),
    [
        ("function f() {} f();", "f", How.SCOPE),
        ("class A { m() { this.n(); } n() {} }", "A.n", How.SELF),
        ("class A { m() {} } function f(a: A) { a.m(); }", "A.m", How.ANNOTATION),
        ("class A { m() {} } new A().m();", "A.m", How.FLOW),
        ("class A {} class B extends A { m() {} } function f(a: A) { a.m(); }", "B.m",
         How.SUBCLASS),
        ("class A { special() {} } function f(a) { a.special(); }", "A.special", How.UNIQUE_NAME),
    ],
)  # fmt: skip
def test_it_tells_how_a_callee_was_found(source: str, name: str, how: How) -> None:
    assert ways(source)[name] is how


def test_surer_ways_have_higher_confidence() -> None:
    assert list(CONFIDENCE) == list(How)
    assert list(CONFIDENCE.values()) == sorted(CONFIDENCE.values(), reverse=True)


def test_a_call_has_its_place_and_its_callee_the_line_of_its_definition() -> None:
    source = "\nfunction f() {\n}\n\nfunction g() {\n  return  f();\n}\n"
    (call,) = found({"a/b.js": source}).calls
    assert (call.path, call.line, call.column) == ("a/b.js", 6, 11)
    assert (call.caller.name, call.caller.line, call.caller.end_line) == ("g", 5, 7)
    assert (call.callee.path, call.callee.name, call.callee.line) == ("a/b.js", "f", 2)


def test_a_chain_leads_from_the_call_to_the_definition() -> None:
    files = {
        "main.js": "import { f } from './a';\nfunction run(g) {\n  g();\n}\nrun(f);\n",
        "a.js": "\nexport function f() {}\n",
    }
    result = found(files)
    (call,) = [one for one in result.calls if one.callee.name == "f"]
    assert result.chain(call) == (
        "g -> main.js:3",
        "argument 1 of run -> main.js:2",
        "exported as f -> a.js",
        "f -> a.js:2",
    )


def test_a_chain_names_the_receiver_of_a_method() -> None:
    result = found({"main.js": "class A { m() {} }\nconst a = new A();\na.m();\n"})
    (call,) = result.calls
    assert result.chain(call)[0] == "a.m -> main.js:3"
    assert "on a A -> main.js:2" in result.chain(call)
    assert result.chain(call)[-1] == "A.m -> main.js:1"


def test_names_from_outside_are_told_on_request() -> None:
    result = found({"main.js": "import { a } from 'lib';\na();\nconsole.log(1);"})
    assert callgraph(result) == {"main": []}
    assert callgraph(result, outside=True)["main"] == ["lib.a", "<builtin>.console.log"]


def test_a_threshold_leaves_guesses_out() -> None:
    result = found({"main.js": "class A { special() {} }\nfunction f(a) { a.special(); }"})
    assert callgraph(result)["main.f"] == ["main.A.special"]
    assert callgraph(result, confidence=0.6)["main.f"] == []


def test_syntax_errors_are_told_and_the_rest_is_analyzed() -> None:
    result = found({"main.js": "function f() {}\nf();\n)(\n", "b.js": "function g() {}\ng();"})
    assert [(problem.path, problem.line) for problem in result.problems] == [("main.js", 3)]
    assert {call.callee.name for call in result.calls} == {"f", "g"}


def test_fifty_thousand_calls_in_one_function_are_all_found() -> None:
    source = "function g() {}\nfunction f() {\n" + "g();\n" * 50_000 + "}"
    assert len(found({"main.js": source}).calls) == 50_000


@pytest.mark.parametrize(
    "source",
    [
        "x" + ".m()" * 3_000,
        "let f = " + "() => " * 2_000 + "1",
        "if (a) {} " + "else if (b) {} " * 2_000,
        "let x = " + "[" * 2_000 + "]" * 2_000,
        "let a = this;" + "while (a) { a = a;" * 200 + "}" * 200,
        "function f() {}\nlet b = f;\n" + "b = b.bind(null);\n" * 500 + "b();",
        "class A { constructor() { this.m = this.m.bind(this); } m() { this.m(); } } new A().m();",
        "let a = {}; while (a) a = a.b.c;",
        "class A extends A {}\nnew A().m();",
        "let p = Promise.resolve(p); p.then(q => q.then(p));",
        "const o = { get a() { return this.a; } }; o.a.a();",
    ],
)
def test_depth_and_cycles_end(source: str) -> None:
    assert found({"main.js": source}).calls is not None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=30).map(" ".join), st.sampled_from(["js", "tsx"]))
def test_it_never_raises(source: str, ending: str) -> None:
    callgraph(found({f"main.{ending}": source}))


def test_what_is_reached_by_everything_is_followed_in_part() -> None:
    source = "const all = [];\n" + "".join(
        f"function f{i}() {{}}\nall.push(f{i});\n" for i in range(99)
    )
    result = found({"main.js": source + "all[x]();\n"})
    assert result.saturated
    assert 1 <= sum(call.callee.path != "" for call in result.calls) < 99


@pytest.mark.parametrize("name", DEEP)
def test_depth_of_any_kind_is_read(name: str) -> None:
    assert script_calls(project({"main.js": DEEP[name]})).calls is not None


def test_two_analyses_of_the_same_files_are_equal() -> None:
    files = project({"main.ts": TYPES + "function a(s: Shape) { s.area(); }\na(new Big());"})
    assert script_calls(files).calls == script_calls(files).calls


def test_people_know_an_arrow_by_its_variable_and_call_graphs_by_its_number() -> None:
    result = found({"main.js": "const a = () => {\n  const b = () => 1;\n  b();\n};\n"})
    (call,) = result.calls
    assert (call.caller.name, call.callee.name) == ("a", "a.b")
    assert callgraph(result) == {
        "main": [],
        "main.<arrow1>": ["main.<arrow1>.<arrow1>"],
        "main.<arrow1>.<arrow1>": [],
    }
