"""What a contract tells of the slots of TypeScript, TSX and JavaScript."""

from __future__ import annotations

import pytest

from atomization.contracts import (
    Bound,
    Contract,
    Example,
    Member,
    Parameter,
    ParameterKind,
    contract_of,
    contracts_of,
    render,
)
from atomization.decomposer import slots_of
from atomization.parser import Language
from atomization.reading import read


def contracts(source: str, language: Language = Language.TYPESCRIPT) -> dict[str, Contract]:
    """Read the contracts of a whole file, without flow; by name."""
    reading = read(source.encode(), language)
    return {found.name: found for found in contracts_of(reading, slots_of(reading), flows={})}


def contract(source: str, name: str = "f", language: Language = Language.TYPESCRIPT) -> Contract:
    return contracts(source, language)[name]


SIGNATURE = """\
export async function f<T extends X>(
  this: Foo, a: number = 3, {b, c}: O = {}, d?: string, ...rest: T[]
): Promise<T> {
  return g(a);
}
"""


def test_a_function_has_typed_parameters() -> None:
    found = contract(SIGNATURE)
    assert found.parameters == (
        Parameter("this", "Foo", ""),
        Parameter("a", "number", "3"),
        Parameter("{b, c}", "O", "{}"),
        Parameter("d?", "string", ""),
        Parameter("...rest", "T[]", "", ParameterKind.VARIADIC),
    )
    assert found.returns == "Promise<T>"
    assert found.type_parameters == ("T extends X",)
    assert found.postconditions == ("returns Promise<T>",)
    assert found.is_async


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("const f = (a, b = 1, ...c) => a;\n", Language.JAVASCRIPT),
        ("function f(a, b = 1, ...c) { return a }\n", Language.JAVASCRIPT),
        ("const f = function (a, b = 1, ...c) { return a };\n", Language.TSX),
    ],
)
def test_every_sort_of_function_has_parameters(source: str, language: Language) -> None:
    found = contract(source, "f", language)
    assert [part.name for part in found.parameters] == ["a", "b", "...c"]
    assert found.parameters[1].default == "1"


def test_an_arrow_function_with_one_bare_parameter_has_it() -> None:
    assert contract("const f = a => a;\n").parameters == (Parameter("a", "", ""),)


JSDOC = """\
/**
 * Does.
 * @param {number} a - first
 * @returns {string} a text
 * @throws {RangeError} sometimes
 * @example
 * f(1)
 */
function f(a, b) {
  return String(a);
}
"""


def test_jsdoc_gives_types_errors_and_examples() -> None:
    found = contract(JSDOC, "f", Language.JAVASCRIPT)
    assert found.parameters == (Parameter("a", "number", ""), Parameter("b", "", ""))
    assert found.returns == "string"
    assert found.raises == ("RangeError",)
    assert found.postconditions == ("returns string", "a text")
    assert found.examples == (Example("f(1)", "", 6),)


@pytest.mark.parametrize(
    ("body", "raises", "reraises"),
    [
        ("throw new Bad('x');", ("Bad",), False),
        ("throw new errors.Bad();", ("Bad",), False),
        ("throw TypeError('x');", ("TypeError",), False),
        ("throw make();", (), True),
        ("try { g(); } catch (e) { throw e; }", (), True),
        ("try { throw new Bad(); } catch (e) { log(e); }", (), False),
        ("try { throw new Bad(); } catch (e) { throw e; }", ("Bad",), True),
        ("try { throw new Bad(); } finally { h(); }", ("Bad",), False),
        ("const h = () => { throw new Bad(); }; return h;", (), False),
        ("try { g(); } catch { throw new Bad(); }", ("Bad",), False),
    ],
)
def test_thrown_errors_are_those_that_leave_the_function(
    body: str, raises: tuple[str, ...], reraises: bool
) -> None:
    found = contract(f"function f() {{\n  {body}\n}}\n")
    assert (found.raises, found.reraises) == (raises, reraises)


def test_guard_clauses_are_preconditions() -> None:
    source = (
        "function f(a: 'x' | 'y') {\n  // why\n  if (!a) throw new E();\n"
        "  if (a.b) { throw new E(); }\n  g(a);\n  if (b) throw new E();\n}\n"
    )
    assert contract(source).preconditions == ("a: 'x' | 'y'", "!(!a)", "!(a.b)")


def test_overload_signatures_belong_to_the_implementation() -> None:
    source = (
        "function f(a: number): number;\nfunction f(a: string): string;\n"
        "function f(a: any): any {\n  return a;\n}\n"
    )
    found = contracts(source)
    both = ("function f(a: number): number;", "function f(a: string): string;")
    assert {part.overloads for part in found.values()} == {both}
    assert [part.bodiless for part in found.values()] == [True, True, False]


CLASS = """\
@Injectable()
export abstract class A<T> extends B<T> implements C, D<E, F> {
  @Input(() => X) readonly x: number = 1;
  static #p = "s";

  constructor(private readonly svc: S, public y?: number, z = 1) {
    super();
  }

  abstract m(a: number): void;

  async *gen(): AsyncGenerator<number> {
    yield 1;
  }

  fn = (a: number) => a;
}
"""


def test_a_class_has_bases_fields_and_parameter_properties() -> None:
    found = contract(CLASS, "A")
    assert found.decorators == ("Injectable()",)
    assert found.bases == ("B<T>", "C", "D<E, F>")
    assert found.type_parameters == ("T",)
    assert found.members[:4] == (
        Member("x", "number", "1"),
        Member("#p", "string", '"s"'),
        Member("svc", "S", ""),
        Member("y?", "number", ""),
    )


def test_members_of_a_class_have_contracts() -> None:
    found = contracts(CLASS)
    assert found["A.m"].bodiless
    assert found["A.gen"].yields
    assert found["A.fn"].parameters == (Parameter("a", "number", ""),)
    assert [part.kind for part in found["A.constructor"].parameters] == [
        ParameterKind.PROPERTY,
        ParameterKind.PROPERTY,
        ParameterKind.ANY,
    ]


def test_a_function_in_a_decorator_is_not_the_method() -> None:
    source = "class A {\n  @Get((request) => request)\n  m(a: number): void { use(a); }\n}\n"
    assert contract(source, "A.m").parameters == (Parameter("a", "number", ""),)


def test_an_interface_has_members() -> None:
    found = contract(
        "interface I<T> extends J, K<T> {\n  a: number;\n  b?: string;\n"
        "  m(x: string): void;\n  [key: string]: any;\n}\n",
        "I",
    )
    assert found.bases == ("J", "K<T>")
    assert found.members == (
        Member("a", "number", ""),
        Member("b?", "string", ""),
        Member("m", "(x: string): void", ""),
        Member("[key: string]: any", "", ""),
    )


def test_enums_and_object_types_have_members() -> None:
    assert contract("enum E { A, B = 2, 'c' = 'x' }\n", "E").members == (
        Member("A", "", ""),
        Member("B", "number", "2"),
        Member("'c'", "string", "'x'"),
    )
    assert contract("type O = { a: number } & P;\n", "O").members == (Member("a", "number", ""),)


def test_constants_have_type_and_value() -> None:
    (found,) = contracts("export const X: number = 3, Y = 's', Z = g();\n").values()
    assert found.members == (
        Member("X", "number", "3"),
        Member("Y", "string", "'s'"),
        Member("Z", "", "g()"),
    )


def test_imports_tell_what_they_bind() -> None:
    source = (
        'import type { A, B as C } from "x";\nimport d, * as ns from "./y";\n'
        'import eq = require("z");\nexport { m as n } from "w";\nexport * as all from "v";\n'
        'export * from "u";\nimport "side";\n'
    )
    (found,) = contracts(source).values()
    assert found.binds == (
        Bound("A", "x", "A"),
        Bound("C", "x", "B"),
        Bound("d", "./y", "default"),
        Bound("ns", "./y", "*"),
        Bound("eq", "z", ""),
        Bound("n", "w", "m"),
        Bound("all", "v", "*"),
        Bound("*", "u", "*"),
    )


def test_required_modules_are_bound() -> None:
    source = 'const a = require("b");\nconst { c, d: e } = require("f");\n'
    (found,) = contracts(source, Language.JAVASCRIPT).values()
    assert found.binds == (
        Bound("a", "b", ""),
        Bound("c", "f", "c"),
        Bound("e", "f", "d"),
    )


def test_a_member_alone_has_its_contract() -> None:
    reading = read(CLASS.encode(), Language.TYPESCRIPT)
    slots = {slot.name: slot for slot in slots_of(reading)}
    found = contract_of(slots["A.constructor"], Language.TYPESCRIPT)
    assert found.parameters == contracts(CLASS)["A.constructor"].parameters


def test_a_rendered_contract_has_its_comment_and_what_it_throws() -> None:
    source = "/** Does. */\nexport function f(a: number) {\n  throw new Bad();\n}\n"
    reading = read(source.encode(), Language.TYPESCRIPT)
    (slot,) = slots_of(reading)
    (found,) = contracts_of(reading, [slot], flows={})
    assert render(found, slot, Language.TYPESCRIPT) == (
        "/** Does. */\nexport function f(a: number)\n// throws Bad"
    )


def test_an_atom_of_several_types_declares_their_names() -> None:
    source = """\
interface A {
  x: number;
}
export interface B<T> extends A {
  y: { inner: T };
}
enum C { one }
"""
    found = contract(source, "A..C")
    assert [member.name for member in found.members] == ["A", "B", "C"]
    assert (found.bases, found.type_parameters) == ((), ())
