"""Complexity is radon's for Python and eslint's for TypeScript and JavaScript.

The figures here are what radon 6.0.1 and eslint 10.15 say of the same code; where ours differ on
purpose the test says so. ``benchmarks/complexity.py`` compares on whole code bases.
"""

from __future__ import annotations

import textwrap

import pytest

from atomization.complexity import FunctionComplexity, decisions, functions_complexity
from atomization.parser import Language
from atomization.reading import read


def functions(source: str, language: Language = Language.PYTHON) -> list[FunctionComplexity]:
    return functions_complexity(read(textwrap.dedent(source).encode(), language))


def measured(source: str, language: Language = Language.PYTHON) -> dict[str, int]:
    return {one.name: one.complexity for one in functions(source, language)}


def counted(statement: str) -> int:
    """Complexity of a function with this body."""
    return measured("def f(a, b, c):\n" + textwrap.indent(textwrap.dedent(statement), "    "))["f"]


@pytest.mark.parametrize(
    ("statement", "complexity"),
    [
        ("pass", 1),
        ("if a:\n    b\nelif b:\n    c\nelse:\n    a", 3),
        ("return a if b else c", 2),
        ("return a and b and c or (a and b)", 5),
        ("return not a", 1),
        ("for x in a:\n    b\nelse:\n    c", 3),
        ("while a:\n    b", 2),
        ("while a:\n    b\nelse:\n    c", 3),
        ("try:\n    a\nexcept A:\n    b\nexcept B:\n    c\nelse:\n    a\nfinally:\n    b", 4),
        ("try:\n    a\nfinally:\n    b", 1),
        ("with a:\n    b", 1),
        ("return [x for x in a if x if b for y in x]", 5),
        ("return {x: y for x, y in a}", 2),
        ("return f'{a or b}'", 2),
        ("return lambda x=(a or b): x and a", 3),
        ("return a(lambda: b if c else a)", 2),
        ("assert a", 2),
        ("assert a and b or c, [x for x in a]", 2),
        ("match a:\n    case 1:\n        b\n    case A(x=2) | [_, *_]:\n        c", 3),
    ],
)
def test_python_counts_as_radon(statement: str, complexity: int) -> None:
    assert counted(statement) == complexity


@pytest.mark.parametrize("catch_all", ["_", "other", "(_)", "(other)"])
def test_a_case_that_takes_everything_is_no_decision(catch_all: str) -> None:
    assert counted(f"match a:\n    case 1:\n        b\n    case {catch_all}:\n        c") == 2


@pytest.mark.parametrize("pattern", ["a.b", "x, y", "(x,)", "_,", "x as y", "[_]", "-1", "None"])
def test_a_case_that_can_fail_is_a_decision(pattern: str) -> None:
    assert counted(f"match a:\n    case {pattern}:\n        b") == 2


def test_a_guard_is_a_decision_though_radon_counts_none() -> None:
    assert counted("match a:\n    case 1 if b:\n        b") == 3
    assert counted("match a:\n    case _ if b and c:\n        b") == 3


def test_except_star_counts_as_except_though_radon_counts_none() -> None:
    assert counted("try:\n    a\nexcept* A:\n    b\nexcept* B:\n    c\nelse:\n    a") == 4


def test_what_a_definition_evaluates_in_its_head_is_nobodys() -> None:
    source = """
        def outer():
            @cache(a or b)
            def inner(x=a or b, y: "c" = 1 if a else 2) -> a or b:
                pass
            class Local(a or b, metaclass=A if a else b):
                pass
    """
    assert measured(source) == {"outer": 1, "inner": 1}


def test_functions_inside_a_function_are_counted_for_themselves() -> None:
    source = """
        def outer(a):
            if a:
                async def inner():
                    async for x in a:
                        pass
                class Local:
                    y = a or a
                    def method(self):
                        return self or self
            return a or inner
    """
    assert measured(source) == {"outer": 3, "inner": 2, "method": 2}


def test_a_function_is_told_by_name_and_place() -> None:
    source = "class A:\n    @property\n    async def f(self): return 1 or 2\n"
    assert functions(source) == [FunctionComplexity("f", 3, 4, 2)]


@pytest.mark.parametrize("language", [Language.JAVASCRIPT, Language.TYPESCRIPT, Language.TSX])
@pytest.mark.parametrize(
    ("body", "complexity"),
    [
        ("", 1),
        ("if (a) b(); else if (b) c(); else a()", 3),
        ("return a ? b : c", 2),
        ("return a && b || (c ?? a)", 4),
        ("a &&= b; a ||= b; a ??= b; a += b", 4),
        ("for (;;) {} for (const x in a) {} for (const x of a) {}", 4),
        ("while (a) {} do {} while (a)", 3),
        ("switch (a) { case 1: case 2: b(); break; default: c() }", 3),
        ("try { a() } catch (e) { b() } finally { c() }", 2),
        ("return a?.b?.[c]?.(b)", 4),
        ("const {x = 1, y: {z = 2} = {}, ...rest} = a", 4),
        ("[a = 1, b] = c", 2),
        ("for (const [x = 1] of a) {}", 3),
        ("return `${a || b}`", 2),
        ("label: for (;;) continue label", 2),
    ],
)
def test_scripts_count_as_eslint(language: Language, body: str, complexity: int) -> None:
    assert measured(f"function f(a, b, c) {{ {body} }}", language)["f"] == complexity


@pytest.mark.parametrize("language", [Language.JAVASCRIPT, Language.TYPESCRIPT])
def test_defaults_of_parameters_belong_to_the_function(language: Language) -> None:
    source = "function f(a, b = 1, {c = 2} = {}) {} const g = (a = b || 1) => a"
    assert [one.complexity for one in functions(source, language)] == [4, 3]


def test_parameter_properties_have_defaults_and_types_have_no_decisions() -> None:
    source = """
        class A<T extends B ? C : D> {
            constructor(private a = 1, public b?: T extends X ? Y : Z, readonly c: A | B) {}
            m(a: A): void
            m(a?: A | B): void { a?.<T>(1) }
        }
        declare function f(a: A): B
    """
    assert measured(source, Language.TYPESCRIPT) == {"constructor": 2, "m": 2}


@pytest.mark.parametrize("language", [Language.JAVASCRIPT, Language.TYPESCRIPT])
def test_fields_and_static_blocks_are_code_paths_of_their_own(language: Language) -> None:
    source = """
        function f(a) {
            return class extends (a || Object) {
                x = a || 1
                y = (b = 2) => b
                static { a && a() }
                get z() { return a ? 1 : 2 }
            }
        }
    """
    assert [(one.name, one.complexity) for one in functions(source, language)] == [
        ("f", 2),
        ("", 2),
        ("z", 2),
    ]


def test_a_method_starts_at_its_parameters() -> None:
    source = "const o = { async *m<T>(a: T) {}, get 'x'() { return 1 } }"
    assert functions(source, Language.TYPESCRIPT) == [
        FunctionComplexity("m", 1, 20, 1),
        FunctionComplexity("'x'", 1, 41, 1),
    ]


@pytest.mark.parametrize(
    ("source", "language"),
    [
        (b"def f(:\n  if a or\nclass\n", Language.PYTHON),
        (b"match a:\n case\n", Language.PYTHON),
        (b"class A { m( { x = } ?. function", Language.TYPESCRIPT),
        (b"\xff\x00 if (", Language.JAVASCRIPT),
        (b"", Language.TSX),
    ],
)
def test_broken_code_is_measured_too(source: bytes, language: Language) -> None:
    functions_complexity(read(source, language))


def test_depth_is_no_matter() -> None:
    depth = 3_000
    source = "if (a || b) {" * depth + "}" * depth
    reading = read(source.encode(), Language.JAVASCRIPT)
    assert len(decisions(reading.tree.root_node, Language.JAVASCRIPT)) == 2 * depth
    source = "(function () { return a || " * depth + "b" + "})" * depth
    assert {one.complexity for one in functions(source, Language.JAVASCRIPT)} == {2}
