"""An answer takes a slot's place: indented as it was, its strings untouched."""

from __future__ import annotations

import ast
import sysconfig
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atomization.decomposer import assemble, decompose, fit_answer
from atomization.parser import Language
from tests.atomization.reading import slots_of

STDLIB = Path(sysconfig.get_paths()["stdlib"])
METHOD = '\n    # adds\n    def add(self, x):\n        """Add."""\n        ...\n'


def test_an_answer_is_indented_to_its_slot() -> None:
    answer = 'def add(self, x):\n    """Add."""\n    return x\n'
    assert fit_answer(METHOD, answer) == (
        '\n    # adds\n    def add(self, x):\n        """Add."""\n        return x\n'
    )


def test_an_answer_that_is_indented_already_stays_so() -> None:
    answer = "    def add(self, x):\n        return x"
    assert fit_answer(METHOD, answer) == "\n    # adds\n    def add(self, x):\n        return x\n"


def test_an_answer_whose_first_line_lost_its_indentation_is_mended() -> None:
    answer = "def add(self, x):\n        return x"
    assert fit_answer(METHOD, answer) == "\n    # adds\n    def add(self, x):\n        return x\n"
    decorated = "@property\n    def add(self):\n        return 1\n"
    assert "\n    @property\n    def add(self):\n        return 1\n" in fit_answer(
        METHOD, decorated
    )


def test_an_answer_for_a_top_level_slot_loses_its_indentation() -> None:
    assert fit_answer("def f(): ...\n", "    def f():\n        return 1\n") == (
        "def f():\n    return 1\n"
    )


def test_the_content_of_strings_does_not_move() -> None:
    answer = 'def add(self, x):\n    return """\n  a\nb\n      c"""\n'
    fitted = fit_answer("    def add(self, x): ...\n", answer)
    assert fitted == '    def add(self, x):\n        return """\n  a\nb\n      c"""\n'
    before = ast.parse(answer).body[0].body[0].value.value  # type: ignore[attr-defined]
    after = ast.parse(f"class A:\n{fitted}").body[0].body[0].body[0].value.value  # type: ignore[attr-defined]
    assert before == after


def test_the_content_of_template_strings_does_not_move() -> None:
    answer = "put() {\n  return `\na\n  ${b}\n`;\n}"
    fitted = fit_answer("  put() {}\n", answer, language=Language.TYPESCRIPT)
    assert fitted == "  put() {\n    return `\na\n  ${b}\n`;\n  }\n"


def test_leading_comments_are_kept_and_not_doubled() -> None:
    answer = "# adds\ndef add(self, x):\n    return x\n"
    assert fit_answer(METHOD, answer).count("# adds") == 1
    more = "# carefully\ndef add(self, x):\n    return x\n"
    assert fit_answer(METHOD, more).startswith("\n    # adds\n    # carefully\n    def add")


@pytest.mark.parametrize("ending", ["", "\n", "\n\n\n", "\r\n"])
def test_what_a_slot_ends_with_is_kept(ending: str) -> None:
    newline = "\r\n" if "\r" in ending else "\n"
    slot = f"def f():{newline}    ...{ending}"
    for answer in ("def f():\n    return 1", "def f():\n    return 1\n\n\n"):
        assert fit_answer(slot, answer) == f"def f():{newline}    return 1{ending}"


def test_the_line_ends_of_the_file_are_kept() -> None:
    fitted = fit_answer("def f():\r\n    ...\r\n", "def f():\n    return 1\n")
    assert fitted == "def f():\r\n    return 1\r\n"
    assert fit_answer("def f():\r    ...\r", "def f():\r\n    return 1\r\n") == (
        "def f():\r    return 1\r"
    )


def test_tabs_are_kept() -> None:
    fitted = fit_answer("\tdef f(self): ...\n", "def f(self):\n\treturn 1\n")
    assert fitted == "\tdef f(self):\n\t\treturn 1\n"


def test_an_arm_of_a_statement_is_fitted_too() -> None:
    fitted = fit_answer("        else:\n            z = 1\n", "else:\n    z = 2")
    assert fitted == "        else:\n            z = 2\n"


def test_an_empty_answer_leaves_the_comments() -> None:
    assert fit_answer(METHOD, "  \n") == "\n    # adds\n"


@pytest.mark.parametrize("path", sorted(STDLIB.glob("*.py"))[::17], ids=lambda path: path.name)
def test_a_slots_own_text_fits_it_unchanged(path: Path) -> None:
    for slot in decompose(path.read_bytes(), Language.PYTHON):
        assert fit_answer(slot.code, slot.code) == slot.code


SOURCE = (STDLIB / "textwrap.py").read_text() + (STDLIB / "bisect.py").read_text()


def wrapped(code: str) -> str:
    """Make a method's text a program."""
    return f"if 1:\n{code}" if code.lstrip("\n").startswith(" ") else code


def is_program(code: str) -> bool:
    """Tell whether a slot's text is more than the beginning of a function."""
    try:
        ast.parse(wrapped(code))
    except SyntaxError:
        return False
    return True


CODES = [
    slot.code
    for slot in slots_of(SOURCE).values()
    if slot.kind in ("function", "method") and '"""' not in slot.code and is_program(slot.code)
]


@settings(deadline=None)
@given(st.sampled_from(CODES), st.sampled_from(["", "    ", "  ", "\t"]))
def test_an_answer_means_the_same_however_it_is_indented(code: str, margin: str) -> None:
    tree = ast.parse(wrapped(code))
    inner = tree.body[0].body if isinstance(tree.body[0], ast.If) else tree.body
    answer = textwrap.indent(ast.unparse(ast.Module(inner, [])), margin)
    assert ast.dump(ast.parse(wrapped(fit_answer(code, answer)))) == ast.dump(tree)


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(list(Language)))
def test_no_answer_is_too_odd(slot: str, answer: str, language: Language) -> None:
    assert isinstance(fit_answer(slot, answer, language=language), str)


def test_only_the_slot_changes_in_the_file() -> None:
    source = "import os\n\nclass A:\n    def f(self): ...\n\n    def g(self): ...\n\nX = 1\n"
    slots = list(slots_of(source).values())
    codes = [
        fit_answer(slot.code, "def f(self):\n    return os") if slot.name == "A.f" else slot.code
        for slot in slots
    ]
    assert assemble(codes).decode() == source.replace(
        "    def f(self): ...", "    def f(self):\n        return os"
    )
