"""Which files are read, and whether their text is a program."""

from __future__ import annotations

import pytest

from atomization.parser import MAX_FAULTS, Language, language_of, parse, syntax_faults


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/b.py", Language.PYTHON),
        ("a/b.pyi", Language.PYTHON),
        ("A.PY", Language.PYTHON),
        ("a.ts", Language.TYPESCRIPT),
        ("a.d.mts", Language.TYPESCRIPT),
        ("a.tsx", Language.TSX),
        ("a.jsx", Language.JAVASCRIPT),
        ("a.cjs", Language.JAVASCRIPT),
        ("a.py/readme.md", None),
        ("Makefile", None),
        (".py/x", None),
    ],
)
def test_the_ending_of_a_path_tells_its_language(path: str, language: Language | None) -> None:
    assert language_of(path) is language


def test_a_lone_carriage_return_ends_a_row() -> None:
    tree = parse(b"a = 1\rb = 2\r", Language.PYTHON)
    assert [child.start_point.row for child in tree.root_node.children] == [0, 1]


def test_a_program_has_no_faults() -> None:
    assert syntax_faults(b"def f():\n    return 1\n", Language.PYTHON) == []
    assert syntax_faults(b"const f = (a: number): number => a;\n", Language.TYPESCRIPT) == []


def test_python_itself_says_what_is_wrong_and_where() -> None:
    (fault,) = syntax_faults(b"x = 1\ndef f(:\n    pass\n", Language.PYTHON)
    assert fault.line == 2
    assert "syntax" in fault.message


@pytest.mark.parametrize(
    "source",
    [b"return 1\n", b"print 'x'\n", b"def f():\n    nonlocal x\n", b"x = '\xff'\n"],
)
def test_what_only_the_compiler_refuses_is_a_fault(source: bytes) -> None:
    assert syntax_faults(source, Language.PYTHON)


def test_the_line_of_a_nul_is_named() -> None:
    (fault,) = syntax_faults(b"a = 1\nb = '\0'\n", Language.PYTHON)
    assert fault.line == 2
    assert "null" in fault.message


def test_a_file_in_a_declared_encoding_is_a_program() -> None:
    assert syntax_faults(b"# coding: latin-1\nx = '\xe9'\n", Language.PYTHON) == []


def test_too_deep_a_nesting_is_a_fault_and_no_crash() -> None:
    source = b"x = " + b"+".join([b"a"] * 50_000) + b"\n"
    (fault,) = syntax_faults(source, Language.PYTHON)
    assert "deep" in fault.message


def test_checking_runs_nothing(tmp_path: object) -> None:
    assert syntax_faults(b"raise SystemExit('it ran')\n", Language.PYTHON) == []


def test_broken_typescript_is_faulted_on_its_line() -> None:
    faults = syntax_faults(b"const a = 1;\nfunction f( {\n", Language.TYPESCRIPT)
    assert faults
    assert faults[0].line == 2


def test_what_is_missing_is_named() -> None:
    faults = syntax_faults(b"if (a) { b();\n", Language.JAVASCRIPT)
    assert any("missing" in fault.message for fault in faults)


def test_no_more_faults_than_anyone_reads() -> None:
    assert len(syntax_faults(b"} \n@ \n" * 5_000, Language.TYPESCRIPT)) <= MAX_FAULTS


@pytest.mark.parametrize(
    "source",
    [
        b"interface A<in T> { f(x: T): void }\n",
        b"export type B<in out T, out U extends V = X> = (x: T) => U;\n",
        b"class C<\n  out T,\n  in  U\n> { x: T }\n",
        b"class C<\n  // why\n  out T,\n  /** @ts-ignore */\n  in U\n> { x: T }\n",
    ],
)
@pytest.mark.parametrize("language", [Language.TYPESCRIPT, Language.TSX])
def test_variance_annotations_are_typescript(source: bytes, language: Language) -> None:
    assert syntax_faults(source, language) == []


@pytest.mark.parametrize(
    "source",
    [
        b"interface A {\n  (a: 1): B\n  <T>(a: T): T\n}\n",
        b"interface A {\n  f(a: 1): B<T>\n\n  /** why */\n  <\n    T\n  >(a: T): T\n}\n",
        b"type A = {\r\n  a: string\r\n  <T>(a: T): T\r\n}\r\n",
    ],
)
def test_call_signatures_need_no_semicolon_before_them(source: bytes) -> None:
    assert syntax_faults(source, Language.TYPESCRIPT) == []


def test_what_a_semicolon_does_not_mend_is_left_as_it_is() -> None:
    source = b"const a = b\n  <C>(d);\nconst e = = 1;\n"
    assert [fault.line for fault in syntax_faults(source, Language.TYPESCRIPT)] == [3]


def test_variance_annotations_hide_no_other_fault() -> None:
    source = b"interface A<in T> { f(x: T): void }\nfor (const a in b) x = = 1;\n"
    faults = syntax_faults(source, Language.TYPESCRIPT)
    assert [fault.line for fault in faults] == [2]
