"""Where the boundaries fall, and what a slot tells of itself."""

from __future__ import annotations

import pytest

from atomization.decomposer import AtomKind, decompose
from atomization.parser import Language
from tests.atomization.reading import slots_of

MODULE = '''\
"""What it is for."""

__all__ = ["Money"]

from __future__ import annotations

import os
# why
import sys

LIMIT = 10
OTHER = 11

# the amount
@dataclass(frozen=True)
class Money(Base):
    """An amount."""

    cents: int
    currency: str = "EUR"

    # adds
    @override
    def add(self, other: Money) -> Money:
        """Add."""
        raise NotImplementedError

    class Inner:
        x = 1

        async def go(self): ...


def total(
    items: list[Money],  # all
    start: int = 0,
) -> Money:
    """Sum."""
    if items and start:
        return items[0]
    return sum(items)


def test_total():
    assert total([])


if __name__ == "__main__":
    total([])

# the end
'''


def test_each_part_of_a_module_is_a_slot_of_its_kind() -> None:
    kinds = [(slot.kind.value, slot.name) for slot in decompose(MODULE.encode(), Language.PYTHON)]
    assert kinds == [
        ("constant", "__doc__"),
        ("import", "imports"),
        ("constant", "LIMIT..OTHER"),
        ("class", "Money"),
        ("method", "Money.add"),
        ("class", "Money.Inner"),
        ("method", "Money.Inner.go"),
        ("function", "total"),
        ("test", "test_total"),
        ("block", "__main__"),
        ("trivia", "trivia1"),
    ]


def test_comments_and_decorators_stay_with_what_they_belong_to() -> None:
    slots = slots_of(MODULE)
    assert slots["Money"].code.startswith("\n# the amount\n@dataclass(frozen=True)\nclass Money")
    assert '"""An amount."""\n\n    cents' in slots["Money"].code
    assert slots["Money.add"].code.startswith("\n    # adds\n    @override\n    def add")
    assert slots["imports"].code.count("import") == 3


def test_members_name_the_slot_around_them() -> None:
    slots = slots_of(MODULE)
    assert slots["Money.add"].parent == "Money"
    assert slots["Money.Inner"].parent == "Money"
    assert slots["Money.Inner.go"].parent == "Money.Inner"
    assert slots["total"].parent is None


def test_a_slot_tells_signature_docstring_and_decorators() -> None:
    slots = slots_of(MODULE)
    assert slots["Money.add"].signature == "def add(self, other: Money) -> Money:"
    assert slots["total"].signature == "def total(items: list[Money], start: int = 0) -> Money:"
    assert slots["Money"].signature == "class Money(Base)"
    assert slots["Money"].decorators == ("dataclass(frozen=True)",)
    assert slots["Money"].docstring == "An amount."
    assert slots["Money.Inner.go"].is_async


def test_lines_of_code_leave_out_blanks_comments_and_docstrings() -> None:
    assert slots_of(MODULE)["total"].loc == 7
    assert slots_of(MODULE)["__doc__"].loc == 1
    assert slots_of("def f():\n    '''a\n\n    b'''\n    # c\n\n    return 1\n")["f"].loc == 2
    assert slots_of("def f(): '''\na\n\nb'''\n")["f"].loc == 1


def test_complexity_counts_the_slots_own_decisions() -> None:
    slots = slots_of(
        "def f(a):\n    for x in a:\n        while x:\n            x = 1 if x else 2\n"
    )
    assert [
        (slot.code.strip().splitlines()[-1].strip(), slot.complexity) for slot in slots.values()
    ] == [
        ("for x in a:", 2),
        ("while x:", 2),
        ("x = 1 if x else 2", 2),
    ]


@pytest.mark.parametrize(
    ("body", "complexity"),
    [
        ("    return a or b or c\n", 3),
        ("    return [x for x in a if x]\n", 3),
        ("    try:\n        a()\n    except A:\n        b()\n    except B:\n        c()\n", 3),
        ("    match a:\n        case 1:\n            b()\n        case _:\n            c()\n", 2),
        ("    assert a\n", 2),
        ("    with a:\n        b()\n", 1),
    ],
)
def test_what_counts_as_a_decision(body: str, complexity: int) -> None:
    slots = slots_of(f"def f(a, b, c):\n{body}").values()
    assert 1 + sum(slot.complexity - 1 for slot in slots) == complexity


def test_a_test_is_not_cut_between_its_asserts() -> None:
    body = "    assert a\n    assert b\n    assert c\n"
    (slot,) = slots_of(f"def test_f(a, b, c):\n{body}").values()
    assert slot.complexity == 4
    assert slot.irreducible == "3 asserts of one test, which belong together"
    assert len(slots_of(f"def f(a, b, c):\n{body}")) == 3


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        ("def f(): ...\n", True),
        ("def f():\n    pass\n", True),
        ('def f():\n    """Doc."""\n', True),
        ('def f():\n    """Doc."""\n    # todo\n    ...\n', True),
        ("def f():\n    raise NotImplementedError('later')\n", True),
        ("def f():\n    raise NotImplementedError\n", True),
        ("async def f(): ...\n", True),
        ("def f():\n    return None\n", False),
        ("def f():\n    raise ValueError\n", False),
        ("@overload\ndef f(): ...\n", False),
        ("@typing.overload\ndef f(): ...\n", False),
        ("@abstractmethod\ndef f():\n    pass\n", False),
    ],
)
def test_a_placeholder_for_a_body_needs_one(source: str, needs: bool) -> None:
    assert slots_of(source)["f"].needs_body is needs


def test_a_protocols_methods_and_an_empty_error_are_complete() -> None:
    slots = slots_of(
        "class P(Protocol[T]):\n    def f(self) -> int: ...\n\n\n"
        'class XError(ValueError):\n    """Doc."""\n\n\nclass Y:\n    pass\n'
    )
    assert [slot.name for slot in slots.values() if slot.needs_body] == []
    assert slots["XError"].kind is AtomKind.CLASS
    assert slots["Y"].code.endswith("class Y:\n    pass\n")


def long_function(statements: int) -> str:
    body = "".join(f"    x{number} = g(x{number - 1})\n" for number in range(statements))
    return f'def f(a):\n    """Do it."""\n{body}'


def test_a_long_function_is_split_into_blocks_of_it() -> None:
    slots = list(slots_of(long_function(40)).values())
    assert [slot.name for slot in slots] == ["f", *(f"f#block{number}" for number in range(2, 6))]
    assert [slot.loc for slot in slots] == [9, 8, 8, 8, 8]
    assert {slot.parent for slot in slots[1:]} == {"f"}
    assert {slot.kind for slot in slots[1:]} == {AtomKind.BLOCK}
    assert all(slot.loc <= 15 for slot in slots)
    assert '"""Do it."""' in slots[0].code


def test_a_function_at_the_target_stays_whole() -> None:
    assert list(slots_of(long_function(9))) == ["f"]
    assert [slot.loc for slot in slots_of(long_function(10)).values()] in ([5, 6], [6, 5])


def test_a_split_is_cut_where_the_fewest_names_are_live() -> None:
    chain = "".join(f"    x{number} = g(x{number - 1})\n" for number in range(1, 6))
    free = "".join(f"    h({number})\n" for number in range(6))
    slots = list(slots_of(f"def f(x0):\n{chain}{free}").values())
    assert [slot.loc for slot in slots] == [6, 6]
    assert slots[1].code == free


def test_a_split_falls_on_the_blank_row_that_the_author_left() -> None:
    before = "".join(f"    h({number})\n" for number in range(4))
    after = "".join(f"    h({number})\n" for number in range(7))
    assert [slot.loc for slot in slots_of(f"def f():\n{before}\n{after}").values()] == [5, 7]


def test_no_slot_decides_more_than_once_where_a_cut_helps() -> None:
    arms = "".join(f"    elif a == {number}:\n        b = {number}\n" for number in range(5))
    slots = list(slots_of(f"def f(a):\n    if a:\n        b = 1\n{arms}    return b\n").values())
    assert len(slots) == 6
    assert {slot.complexity for slot in slots} == {2}
    assert slots[2].code == "    elif a == 1:\n        b = 1\n"


def test_a_nested_function_or_class_is_a_slot_of_its_own() -> None:
    inner = "".join(f"        b{number} = a\n" for number in range(5))
    deeper = inner.replace("    ", "      ")
    source = (
        f"def f(a):\n    x = a\n    def g():\n{inner}"
        f"    class H:\n        def m(self):\n{deeper}    return g, H, x\n"
    )
    slots = slots_of(source)
    assert list(slots) == ["f", "f.g", "f.H", "f.H.m", "f#block2"]
    assert slots["f.g"].parent == "f"
    assert slots["f.H.m"].parent == "f.H"
    assert slots["f#block2"].parent == "f"
    assert slots["f"].code == "def f(a):\n    x = a\n"


def test_a_nested_function_of_half_an_atom_is_a_statement() -> None:
    source = "def f(g):\n    @wraps(g)\n    def h(*a):\n        return g(*a)\n    return h\n"
    assert list(slots_of(source)) == ["f"]


def test_limits_are_settings() -> None:
    source = long_function(14).encode()
    slots = decompose(source, Language.PYTHON, max_loc=5, target_loc=4)
    assert len(slots) > 2
    assert all(slot.loc <= 5 for slot in slots)
    with pytest.raises(ValueError, match="target_loc"):
        decompose(source, Language.PYTHON, max_loc=5, target_loc=6)


def test_compound_statements_too_long_are_entered() -> None:
    many = "".join(f"            y{number} = 1\n" for number in range(20))
    source = (
        f"def f(a):\n    for x in a:\n        if x:\n{many}        else:\n            z = 1\n"
        "    return a\n"
    )
    slots = list(slots_of(source).values())
    assert all(slot.loc <= 15 and not slot.irreducible for slot in slots)
    assert slots[0].code == "def f(a):\n    for x in a:\n"
    assert slots[1].code.startswith("        if x:\n            y0")
    assert all(slot.complexity <= 2 for slot in slots)
    assert slots[-1].code.endswith("            z = 1\n    return a\n")


def test_what_cannot_be_cut_says_why() -> None:
    rows = "".join(f"    {number},\n" for number in range(20))
    (slot,) = slots_of(f"TABLE = [\n{rows}]\n").values()
    assert slot.loc == 22
    assert "one statement" in slot.irreducible
    (slot,) = slots_of("def f(a, b, c):\n    return a and b or c\n").values()
    assert slot.irreducible == "2 decisions in one statement, which cannot be cut"


def test_definitions_inside_a_long_conditional_are_slots_of_their_own() -> None:
    body = "".join(f"        x{number} = 1\n" for number in range(8))
    source = f"if FAST:\n    def f():\n{body}\n    def g():\n{body}"
    slots = slots_of(source)
    assert slots["f"].kind is AtomKind.FUNCTION
    assert slots["g"].kind is AtomKind.FUNCTION


def test_repeated_names_are_numbered() -> None:
    names = list(
        slots_of("def f(): a()\n\ndef f(): b()\n\nx = 1\n\ng(x)\n\nx = 2\n\ndef f(): c()\n")
    )
    assert names == ["f", "f#2", "x", "block1", "x#2", "f#3"]


def test_types_are_told_from_constants() -> None:
    source = "T = TypeVar('T')\n\nUserId = NewType('UserId', int)\n\nA: TypeAlias = int\n\nB = 1\n"
    kinds = {name: slot.kind for name, slot in slots_of(source).items()}
    assert kinds == {"T..A": AtomKind.TYPE, "B": AtomKind.CONSTANT}


def test_a_licence_is_trivia_and_a_heading_is_not() -> None:
    slots = slots_of("# Copyright\n\n# heading\nimport os\n")
    assert slots["trivia1"].code == "# Copyright\n\n"
    assert slots["imports"].code == "# heading\nimport os\n"


def test_a_comment_indented_like_the_body_stays_with_the_body() -> None:
    slots = slots_of("def f():\n    return 1\n    # about f\n# about g\ndef g():\n    return 2\n")
    assert slots["f"].code.endswith("# about f\n")
    assert slots["g"].code.startswith("# about g\n")


def test_a_comment_of_several_rows_is_never_cut() -> None:
    source = b"function f() {}\n/*\n * about g\n\n */ \n/* and\n   more\n*/\nfunction g() {}\n"
    codes = [slot.code for slot in decompose(source, Language.JAVASCRIPT)]
    assert codes == ["function f() {}\n", source.decode()[16:]]


def test_the_parts_around_a_syntax_error_still_decompose() -> None:
    slots = slots_of("import os\n\ndef good():\n    return 1\n\ndef bad(:\n    pass\n\nX = 1\n")
    assert slots["good"].kind is AtomKind.FUNCTION
    assert "imports" in slots


SCRIPT = """\
#!/usr/bin/env node
// licence

import { a } from "./a";
export * from "./b";

/** A shape. */
export interface Shape { size: number }
export enum Colour { Red }

export const LIMIT = 3;

/** Adds. */
export const add = (a: number, b = 2): number => a + b;

@Injectable()
export class Box<T> extends Base {
  private items: T[] = [];
  size = 0;

  constructor(private readonly name: string) {}

  /** Puts. */
  put(item: T): void {
    throw new Error("not implemented");
  }

  get first() { return this.items?.[0] ?? null; }
}

export async function load(): Promise<void> {
}

namespace N {
  export function inner() { return 1; }
}

test("adds", () => {
  expect(add(1)).toBe(3);
});
console.log(LIMIT);
"""


def test_each_part_of_a_script_is_a_slot_of_its_kind() -> None:
    slots = decompose(SCRIPT.encode(), Language.TYPESCRIPT)
    assert [(slot.kind.value, slot.name) for slot in slots] == [
        ("trivia", "trivia1"),
        ("import", "imports"),
        ("type", "Shape..Colour"),
        ("constant", "LIMIT"),
        ("function", "add"),
        ("class", "Box"),
        ("method", "Box.constructor"),
        ("method", "Box.put"),
        ("method", "Box.first"),
        ("trivia", "Box#end"),
        ("function", "load"),
        ("block", "N"),
        ("function", "N.inner"),
        ("trivia", "N#end"),
        ("test", "test adds"),
        ("block", "block1"),
    ]


def test_a_scripts_slots_tell_of_themselves() -> None:
    slots = slots_of(SCRIPT, Language.TYPESCRIPT)
    assert slots["Box.put"].needs_body
    assert slots["load"].needs_body
    assert slots["load"].is_async
    assert not slots["Box.constructor"].needs_body
    assert slots["Box.put"].docstring == "Puts."
    assert slots["Box"].decorators == ("Injectable()",)
    assert slots["add"].complexity == 2
    assert slots["Box.first"].complexity == 3
    assert slots["Box.first"].irreducible.startswith("2 decisions")


def test_replacing_a_last_method_leaves_the_classs_bracket_alone() -> None:
    slots = slots_of(SCRIPT, Language.TYPESCRIPT)
    assert slots["Box#end"].code == "}\n"
    assert slots["Box#end"].parent == "Box"


@pytest.mark.parametrize("language", [Language.JAVASCRIPT, Language.TSX])
def test_javascript_and_tsx_are_cut_alike(language: Language) -> None:
    source = (
        "const fs = require('fs');\n\nfunction f(a) {\n  return a;\n}\n\n"
        "export default function App() {\n  return <p onClick={() => f(1)}>hi</p>;\n}\n"
    )
    kinds = [(slot.kind.value, slot.name) for slot in slots_of(source, language).values()]
    assert kinds == [("import", "imports"), ("function", "f"), ("function", "App")]


def test_a_long_javascript_function_is_split() -> None:
    calls = "".join(f"    g({number});\n" for number in range(30))
    source = (
        f"function f(a) {{\n  if (a) {{\n{calls}  }} else {{\n    h();\n  }}\n  return a;\n}}\n"
    )
    slots = list(slots_of(source, Language.JAVASCRIPT).values())
    assert all(slot.loc <= 15 and not slot.irreducible for slot in slots)
    assert {slot.parent for slot in slots[1:]} == {"f"}


def test_a_long_import_block_is_cut_between_statements() -> None:
    source = "".join(f"import module{number}\n" for number in range(25)) + "X = 1\n"
    slots = slots_of(source)
    assert list(slots) == ["imports", "imports#2", "imports#3", "X"]
    assert all(slot.loc <= 10 for slot in slots.values())


def test_a_long_interface_is_cut_between_members() -> None:
    members = "".join(f"  /** m{number} */\n  m{number}: string;\n" for number in range(14))
    for source in (f"export interface A {{\n{members}}}\n", f"type A = {{\n{members}}};\n"):
        slots = list(slots_of(source, Language.TYPESCRIPT).values())
        assert [slot.kind for slot in slots] == [AtomKind.TYPE, AtomKind.FIELD]
        assert slots[1].name.startswith("A.m")
        assert slots[1].parent == "A"
        assert slots[1].code.lstrip().startswith("/** m")


def test_members_of_a_large_object_literal_are_slots() -> None:
    body = "".join(f"    g({number});\n" for number in range(6))
    source = (
        f"export const api = {{\n  a() {{\n{body}  }},\n  b: (x) => {{\n{body}  }},\n  c: 1,\n}};\n"
    )
    slots = slots_of(source, Language.JAVASCRIPT)
    assert list(slots) == ["api", "api.a", "api.b", "api#block2"]
    assert slots["api.b"].kind is AtomKind.METHOD
    assert slots["api#block2"].code == "  c: 1,\n};\n"


def test_a_large_callback_is_entered() -> None:
    calls = "".join(f"    g({number});\n" for number in range(20))
    source = f"export function f(a) {{\n  return new Promise((resolve) => {{\n{calls}  }});\n}}\n"
    slots = list(slots_of(source, Language.JAVASCRIPT).values())
    assert all(slot.loc <= 10 for slot in slots)
    assert slots[
        0
    ].code == "export function f(a) {\n  return new Promise((resolve) => {\n" + "".join(
        f"    g({number});\n" for number in range(slots[0].loc - 2)
    )


def test_large_markup_is_cut_between_children() -> None:
    children = "".join(f"      <li>{{{number}}}</li>\n" for number in range(20))
    source = f"export function App() {{\n  return (\n    <ul>\n{children}    </ul>\n  );\n}}\n"
    slots = list(slots_of(source, Language.TSX).values())
    assert all(slot.loc <= 10 for slot in slots)
    assert all(slot.code.lstrip().startswith("<li>") for slot in slots[1:])


def test_describe_and_its_tests_are_slots() -> None:
    body = "".join(f"    expect({number}).toBe({number});\n" for number in range(8))
    tests = "".join(f"  it('does {name}', () => {{\n{body}  }});\n" for name in "ab")
    slots = slots_of(f"describe('all', () => {{\n{tests}}});\n", Language.TYPESCRIPT)
    assert [slot.kind for slot in slots.values()][1:3] == [AtomKind.TEST, AtomKind.TEST]
    assert list(slots)[1:3] == ["it does a", "it does b"]
    assert slots["it does a"].parent == "describe all"
