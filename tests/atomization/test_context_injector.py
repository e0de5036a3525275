"""Contracts as written, contexts as resolved, completeness as measured."""

from __future__ import annotations

import json
import sysconfig
from pathlib import Path

import pytest

from atomization.context_injector import (
    Context,
    Contract,
    Example,
    Parameter,
    build_contexts,
    contract_of,
    render,
)
from atomization.contracts import ParameterKind
from atomization.parser import Language
from tests.atomization.reading import project, slots_of

MONEY = '''\
"""Money."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import MoneyError

CENTS = 100


@dataclass(frozen=True)
class Money:
    """An amount."""

    cents: int
    currency: str = "EUR"

    def add(self, other: Money) -> Money:
        """Add.

        >>> Money(1).add(Money(2)).cents
        3

        Raises:
            MoneyError: if the currencies differ.

        Returns:
            The sum.
        """
        if other.currency != self.currency:
            raise MoneyError(other.currency)
        return Money(self.cents + other.cents)


def parse(text: str, *, sign: int = 1) -> Money:
    """Parse.

    Requires:
        text is an amount
    """
    assert text
    match = re.match("[0-9]+", text)
    amount = Money(int(match.group()) * CENTS * sign)
    return amount.add(amount)
'''
ERRORS = 'class MoneyError(ValueError):\n    """Bad."""\n'
FILES = {"evenly/__init__.py": "", "evenly/money.py": MONEY, "evenly/errors.py": ERRORS}


def contexts(**changed: str) -> dict[str, Context]:
    files = {**FILES, **{f"evenly/{name}.py": text for name, text in changed.items()}}
    return build_contexts(project(files))


def contract(source: str, name: str, language: Language = Language.PYTHON) -> Contract:
    return contract_of(slots_of(source, language)[name], language)


def test_a_contract_says_all_that_a_caller_may_rely_on() -> None:
    found = contract(MONEY, "Money.add")
    assert found.signature == "def add(self, other: Money) -> Money:"
    assert found.parameters == (Parameter("self", "", ""), Parameter("other", "Money", ""))
    assert found.returns == "Money"
    assert found.raises == ("MoneyError",)
    assert found.preconditions == ("not (other.currency != self.currency)",)
    assert found.postconditions == ("returns Money", "The sum.")
    assert found.docstring.startswith("Add.\n\n>>> Money(1)")


def test_defaults_and_asserts_are_in_the_contract() -> None:
    found = contract(MONEY, "parse")
    assert found.parameters[1] == Parameter("sign", "int", "1", ParameterKind.KEYWORD)
    assert found.preconditions == ("text is an amount", "text")


def test_an_examples_line_is_its_line_in_the_slot() -> None:
    slot = slots_of(MONEY)["Money.add"]
    (example,) = contract_of(slot, Language.PYTHON).examples
    assert example == Example("Money(1).add(Money(2)).cents\n", "3\n", 5)
    assert slot.code.splitlines()[example.line - 1].strip() == ">>> Money(1).add(Money(2)).cents"


def test_raised_errors_are_the_functions_own() -> None:
    source = (
        "def f():\n    def g():\n        raise KeyError\n    if g:\n        raise errors.Bad('x')\n"
        "    raise error\n"
    )
    assert contract(source, "f").raises == ("Bad",)


@pytest.mark.parametrize(
    "docstring",
    [
        "Do.\n\n    Raises:\n        KeyError: never.\n    ",
        "Do.\n\n    Raises\n    ------\n    KeyError\n        never\n    ",
        "Do.\n\n    :raises KeyError: never\n    ",
    ],
)
def test_every_docstring_style_tells_what_is_raised(docstring: str) -> None:
    assert contract(f'def f():\n    """{docstring}"""\n    return 1\n', "f").raises == ("KeyError",)


def test_contracts_of_other_kinds() -> None:
    assert contract("class A(B, metaclass=M):\n    x: int = 1\n", "A").signature == (
        "class A(B, metaclass=M):"
    )
    assert contract("X: int = 1\nY = 2\n", "X..Y").signature == "X: int = 1\nY = 2"
    found = contract(
        "/** Does.\n * @throws {Bad} never\n */\nexport function f(a: number): void {}\n",
        "f",
        Language.TYPESCRIPT,
    )
    assert found.signature == "export function f(a: number): void"
    assert found.raises == ("Bad",)


@pytest.mark.parametrize("path", sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))[::23])
def test_every_slot_of_a_real_file_has_a_contract(path: Path) -> None:
    for slot in slots_of(path.read_text()).values():
        found = contract_of(slot, Language.PYTHON)
        assert render(found, slot, Language.PYTHON) or slot.kind in ("import", "trivia", "block")
        json.dumps(found.to_json())


def test_a_rendered_contract_has_no_body() -> None:
    slot = slots_of(MONEY)["parse"]
    text = render(contract_of(slot, Language.PYTHON), slot, Language.PYTHON)
    assert text.startswith("def parse(text: str, *, sign: int = 1) -> Money:")
    assert "re.match" not in text


def test_a_context_holds_the_contracts_of_what_is_used() -> None:
    found = contexts()["evenly/money.py::parse"]
    keys = [key for key, _ in found.contracts]
    assert "evenly/money.py::Money" in keys
    assert any("cents: int" in text for _, text in found.contracts)
    assert "evenly/money.py::CENTS" in keys
    assert "evenly/money.py::Money.add" in keys
    assert found.imports == ("import re",)
    assert found.completeness == 1.0
    assert found.unresolved == ()


def test_a_context_reaches_into_other_files() -> None:
    found = contexts()["evenly/money.py::Money.add"]
    assert dict(found.contracts)["evenly/errors.py::MoneyError"].startswith("class MoneyError")
    assert found.imports == ("from .errors import MoneyError",)


def test_a_member_sees_the_header_of_its_class() -> None:
    found = contexts()["evenly/money.py::Money.add"]
    assert (
        "@dataclass(frozen=True)\nclass Money:" in dict(found.contracts)["evenly/money.py::Money"]
    )


def test_deleting_an_import_lowers_completeness() -> None:
    whole = contexts()["evenly/money.py::parse"]
    lacking = contexts(money=MONEY.replace("import re\n", ""))["evenly/money.py::parse"]
    assert lacking.completeness < whole.completeness
    assert "re" in lacking.unresolved


def test_an_import_of_what_is_not_there_lowers_completeness() -> None:
    lacking = contexts(errors="")["evenly/money.py::Money.add"]
    assert lacking.unresolved == ("MoneyError",)
    assert contexts(errors="")["evenly/money.py::imports"].completeness < 1


def test_an_unknown_attribute_of_a_known_class_is_a_hole() -> None:
    wrong = MONEY.replace("self.cents + other.cents", "self.cents + other.coins")
    assert contexts(money=wrong)["evenly/money.py::Money.add"].unresolved == ("other.coins",)


def test_an_unknown_receiver_is_one_hole_however_long_the_chain() -> None:
    found = build_contexts(project({"a.py": "def f(x):\n    return x.a.b.c()\n"}))
    assert found["a.py::f"].unresolved == ("x.a",)
    assert found["a.py::f"].completeness == 0.0


def test_a_slot_that_uses_nothing_is_complete() -> None:
    assert build_contexts(project({"a.py": "X = 1\n"}))["a.py::X"].completeness == 1.0


def test_every_slot_has_a_context_and_it_is_plain_data() -> None:
    files = project({**FILES, "web/a.ts": "export const a = 1;\n", "broken.py": "def f(:\n"})
    found = build_contexts(files)
    assert set(found) == {file.key(at) for file in files for at in range(len(file.slots))}
    json.dumps([context.to_json() for context in found.values()])


def test_a_typescript_context_follows_imports() -> None:
    found = build_contexts(
        project(
            {
                "web/a.ts": 'import { b } from "./b.js";\n\nexport function f() { return b(); }\n',
                "web/b.ts": "export function b(): number { return 1; }\n",
            }
        )
    )["web/a.ts::f"]
    assert dict(found.contracts) == {"web/b.ts::b": "export function b(): number"}
    assert found.imports == ('import { b } from "./b.js";',)
    assert found.completeness == 1.0


def test_of_headers_nested_without_end_only_the_nearest_are_shown() -> None:
    source = (
        "".join(f"{' ' * depth}class C{depth}:\n" for depth in range(60)) + " " * 60 + "x = 1\n"
    )
    contexts = build_contexts(project({"a.py": source}))
    most = max(contexts.values(), key=lambda context: len(context.contracts))
    assert len(most.contracts) == 20
    inner = max(contexts, key=len)
    assert contexts[inner].contracts[0][0] == inner.rsplit(".", 1)[0]
