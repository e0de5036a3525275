"""What a contract tells of Python, and that nothing in a source keeps it from being told."""

from __future__ import annotations

import json
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    render_flow,
    summary,
)
from atomization.decomposer import slots_of
from atomization.flow.model import Effect, EffectKind, Flow
from atomization.parser import Language
from atomization.reading import read
from tests.atomization.test_lossless import PIECES

STDLIB = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))[::23]


def contracts(source: str, language: Language = Language.PYTHON) -> dict[str, Contract]:
    """Read the contracts of a whole file, without flow; by name."""
    reading = read(source.encode(), language)
    return {found.name: found for found in contracts_of(reading, slots_of(reading), flows={})}


def contract(source: str, name: str = "f", language: Language = Language.PYTHON) -> Contract:
    return contracts(source, language)[name]


# --- signatures -------------------------------------------------------------------------------


def test_a_signature_is_one_line_with_annotations_and_without_comments() -> None:
    source = (
        "async def f(  # why\n    a: int,\n    b: dict[str,\n            int] = None,  # b\n"
        ") -> list[str]:\n    return []\n"
    )
    found = contract(source)
    assert found.signature == "async def f(a: int, b: dict[str, int] = None) -> list[str]:"
    assert found.returns == "list[str]"
    assert found.is_async


def test_parameters_know_how_arguments_reach_them() -> None:
    found = contract("def f(a, /, b: int = 1, *rest: str, c=2, **more): pass\n")
    assert found.parameters == (
        Parameter("a", "", "", ParameterKind.POSITIONAL),
        Parameter("b", "int", "1", ParameterKind.ANY),
        Parameter("*rest", "str", "", ParameterKind.VARIADIC),
        Parameter("c", "", "2", ParameterKind.KEYWORD),
        Parameter("**more", "", "", ParameterKind.KEYWORDS),
    )
    assert contract("def f(*, a: int): pass\n").parameters == (
        Parameter("a", "int", "", ParameterKind.KEYWORD),
    )


def test_type_parameters_are_in_the_contract() -> None:
    found = contract("def f[T: (int, str), *Ts](x: T) -> T:\n    return x\n")
    assert found.type_parameters == ("T: (int, str)", "*Ts")
    assert contract("class A[T](B[T]):\n    pass\n", "A").type_parameters == ("T",)


def test_decorators_are_in_the_contract() -> None:
    found = contract("@cache\n@app.get('/x')\ndef f(): pass\n")
    assert found.decorators == ("cache", "app.get('/x')")


def test_a_generator_is_one_only_by_its_own_yields() -> None:
    assert contract("def f():\n    yield 1\n").yields
    assert not contract("def f():\n    def g():\n        yield 1\n    return g\n").yields


OVERLOADED = """\
from typing import overload

class A:
    @overload
    def m(self, a: int) -> int: ...
    @overload
    def m(self, a: str) -> str: ...
    def m(self, a):
        return a

    def n(self):
        pass
"""


def test_an_overloaded_function_has_all_its_signatures() -> None:
    found = contracts(OVERLOADED)
    both = ("def m(self, a: int) -> int:", "def m(self, a: str) -> str:")
    assert [part.overloads for name, part in found.items() if name.startswith("A.m")] == [both] * 3
    assert found["A.n"].overloads == ()


def test_a_property_with_a_setter_is_not_overloaded() -> None:
    source = (
        "class A:\n    @property\n    def x(self): return 1\n"
        "    @x.setter\n    def x(self, value): pass\n"
    )
    assert {part.overloads for part in contracts(source).values()} == {()}


# --- errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "raises", "reraises"),
    [
        ("raise KeyError", ("KeyError",), False),
        ("raise KeyError('x') from None", ("KeyError",), False),
        ("raise errors.Bad(1)", ("Bad",), False),
        ("raise (ValueError)", ("ValueError",), False),
        ("raise error", (), True),
        ("raise make()", (), True),
        ("try:\n        g()\n    except KeyError:\n        raise", ("KeyError",), False),
        ("try:\n        g()\n    except (A, b.C) as e:\n        raise e", ("A", "C"), False),
        ("try:\n        g()\n    except A as e:\n        raise e.with_traceback(t)", ("A",), False),
        ("try:\n        g()\n    except Exception:\n        raise", (), True),
        ("try:\n        g()\n    except:\n        raise", (), True),
        ("try:\n        raise KeyError\n    except KeyError:\n        pass", (), False),
        ("try:\n        raise KeyError\n    except LookupError:\n        pass", (), False),
        ("try:\n        raise KeyError\n    except OSError:\n        pass", ("KeyError",), False),
        ("try:\n        raise Mine\n    except Exception:\n        pass", (), False),
        (
            "try:\n        raise SystemExit\n    except Exception:\n        pass",
            ("SystemExit",),
            False,
        ),
        ("try:\n        raise A\n    except A:\n        raise", ("A",), False),
        ("try:\n        raise A\n    except A as e:\n        raise B from e", ("B",), False),
        (
            "try:\n        g()\n    except A:\n        pass\n    else:\n        raise A",
            ("A",),
            False,
        ),
        ("try:\n        raise A\n    finally:\n        g()", ("A",), False),
        (
            "try:\n        try:\n            raise A\n        except B:\n            pass\n"
            "    except A:\n        pass",
            (),
            False,
        ),
        ("def g():\n        raise A\n    return g", (), False),
        ("try:\n        def g():\n            raise A\n    except A:\n        pass", (), False),
    ],
)
def test_raised_errors_are_those_that_leave_the_function(
    body: str, raises: tuple[str, ...], reraises: bool
) -> None:
    found = contract(f"def f():\n    {body}\n")
    assert (found.raises, found.reraises) == (raises, reraises)


def test_documented_errors_come_first() -> None:
    found = contract('def f():\n    """Do.\n\n    :raises b.B: x\n    """\n    raise A\n')
    assert found.raises == ("B", "A")


def test_the_header_of_a_split_function_raises_what_its_blocks_raise() -> None:
    lines = "".join(f"    x{n} = g({n})\n" for n in range(14))
    found = contracts(f"def f():\n{lines}    raise A\n{lines}")
    assert len(found) > 1
    assert found["f"].raises == ("A",)
    assert [part.name for part in found.values() if part.raises] != ["f"]


# --- conditions -------------------------------------------------------------------------------


def test_guard_clauses_and_first_asserts_are_preconditions() -> None:
    source = (
        'def f(a, b):\n    """Do."""\n    # why\n    assert a, "a"\n    if not b:\n'
        "        raise ValueError\n    c = a\n    assert c\n    return c\n"
    )
    found = contract(source)
    assert found.preconditions == ("a", "not (not b)")
    assert found.postconditions == ("c",)


def test_annotations_tell_preconditions() -> None:
    source = (
        "def f(a: Literal['r', 'w'], b: Annotated[int, Gt(0), Lt(9)], c: Literal[1] | None,\n"
        "      d: t.Literal['a'] | t.Literal['b']): pass\n"
    )
    assert contract(source).preconditions == (
        "a in ('r', 'w')",
        "b: Gt(0), Lt(9)",
        "c: Literal[1] | None",
        "d: t.Literal['a'] | t.Literal['b']",
    )


def test_annotation_docstring_and_last_asserts_are_postconditions() -> None:
    source = (
        'def f() -> int:\n    """Do.\n\n    Returns:\n        A number.\n\n    Ensures:\n'
        '        It is even.\n    """\n    x = g()\n    assert x % 2 == 0\n    return x\n'
    )
    assert contract(source).postconditions == (
        "returns int",
        "A number.",
        "It is even.",
        "x % 2 == 0",
    )


# --- examples ---------------------------------------------------------------------------------


def test_a_classes_examples_are_in_its_contract() -> None:
    source = 'class A:\n    """Make.\n\n    >>> A().x\n    1\n    """\n\n    x = 1\n'
    assert contract(source, "A").examples == (Example("A().x\n", "1\n", 4),)


def test_a_modules_examples_are_in_its_contract() -> None:
    source = '"""Make.\n\n>>> 1 + 1\n2\n"""\nimport os\n'
    assert contract(source, "__doc__").examples == (Example("1 + 1\n", "2\n", 3),)


def test_an_example_that_doctest_refuses_is_none() -> None:
    assert contract('def f():\n    """\n    >>>1\n    """\n').examples == ()


# --- classes, constants, imports --------------------------------------------------------------


def test_a_class_has_bases_and_fields() -> None:
    source = (
        "@dataclass\nclass A(B, c.D, metaclass=M):\n    x: int\n    y: str = 'a'\n    Z = 3\n\n"
        "    def m(self):\n        pass\n"
    )
    found = contract(source, "A")
    assert found.signature == "class A(B, c.D, metaclass=M):"
    assert found.bases == ("B", "c.D")
    assert found.members == (
        Member("x", "int", ""),
        Member("y", "str", "'a'"),
        Member("Z", "int", "3"),
    )


@pytest.mark.parametrize(
    ("source", "members"),
    [
        ("X = 1\n", (Member("X", "int", "1"),)),
        ("X: Final = 'a'\n", (Member("X", "Final", "'a'"),)),
        ("X = b'a'\n", (Member("X", "bytes", "b'a'"),)),
        ("X = f'b'\n", (Member("X", "str", "f'b'"),)),
        ("X = Y = None\n", (Member("X", "None", "None"), Member("Y", "None", "None"))),
        ("a, b = 1, 2\n", (Member("a", "", ""), Member("b", "", ""))),
        ("X = g()\n", (Member("X", "", "g()"),)),
        (f"X = {'a' * 100!r}\n", (Member("X", "str", ""),)),
        ("X = {1: 2}\n", (Member("X", "dict", "{1: 2}"),)),
    ],
)
def test_a_constant_has_its_value_when_short_and_its_type_when_known(
    source: str, members: tuple[Member, ...]
) -> None:
    (found,) = contracts(source).values()
    assert found.members == members


def test_a_type_alias_is_declared() -> None:
    assert contract("type X = list[int]\n", "X").members == (Member("X", "", "list[int]"),)


def test_an_import_block_tells_what_it_binds() -> None:
    source = (
        "from __future__ import annotations\nimport os.path, re as r\n"
        "from . import a\nfrom ..b.c import (  # why\n    d,\n    e as f,\n)\nfrom g import *\n"
        "from h import \\\n    i\n"
    )
    assert contract(source, "imports").binds == (
        Bound("annotations", "__future__", "annotations"),
        Bound("os", "os.path", ""),
        Bound("r", "re", ""),
        Bound("a", ".", "a"),
        Bound("d", "..b.c", "d"),
        Bound("f", "..b.c", "e"),
        Bound("*", "g", "*"),
        Bound("i", "h", "i"),
    )


# --- blocks -----------------------------------------------------------------------------------


SPLIT = (
    "def f(a: int, b, *rest: str):\n    total = 0\n"
    + "".join(f"    x{n} = g({n})\n" for n in range(16))
    + "    for item in rest:\n        if item:\n            total += a\n"
    + "        elif b:\n            items.append(item)\n            break\n"
    + "".join(f"    h(x{n})\n" for n in range(16))
    + "    return total\n"
)


def test_a_block_tells_what_it_needs_with_the_types_that_its_function_declares() -> None:
    reading = read(SPLIT.encode(), Language.PYTHON)
    slots = slots_of(reading)
    found = contracts_of(reading, slots)
    assert found[0].flow is not None
    assert [part.name for part in found[0].parameters] == ["a", "b", "*rest"]
    at = next(n for n, slot in enumerate(slots) if "total += a" in slot.code)
    loop = found[at]
    assert loop.flow is not None
    assert [part.name for part in loop.parameters] == list(loop.flow.live_in)
    assert {part.kind for part in loop.parameters} == {ParameterKind.LIVE}
    types = {part.name: part.annotation for part in loop.parameters}
    assert (types["a"], types["total"]) == ("int", "")
    shown = [render(*pair, Language.PYTHON) for pair in zip(found, slots, strict=True)]
    assert "needs: a: int" in shown[at]
    assert "leaves: total" in shown[at]
    assert any("rest: tuple[str, ...]" in text for text in shown)
    assert any("mutates: items" in text and "may: break" in text for text in shown)


def test_flow_that_somebody_has_is_taken() -> None:
    reading = read(SPLIT.encode(), Language.PYTHON)
    slots = slots_of(reading)
    flow = Flow(live_in=("q",))
    assert contracts_of(reading, slots, flows={1: flow})[1].flow is flow
    assert all(part.flow is None for part in contracts_of(reading, slots, flows={}))


def test_a_flow_is_readable() -> None:
    flow = Flow(
        live_in=("a", "b"),
        live_out=("c", "d"),
        may_define=("d",),
        mutates=("items",),
        effects=(
            Effect(EffectKind.RETURN, "", 3),
            Effect(EffectKind.RAISE, "ValueError", 4),
            Effect(EffectKind.BREAK, "2", 5),
        ),
    )
    assert render_flow(flow, {"a": "int"}) == (
        "needs: a: int, b; leaves: c, d (maybe unbound); "
        "may: return, raise ValueError, break of line 2; mutates: items"
    )


def test_a_rendered_contract_tells_the_conditions_that_its_docstring_does_not() -> None:
    source = (
        'def f(a: int) -> int:\n    """Do.\n\n    :raises A: x\n    """\n    assert a > 0\n'
        "    if a > 9:\n        raise B\n    raise A\n"
    )
    reading = read(source.encode(), Language.PYTHON)
    slots = slots_of(reading)
    found, *_ = contracts_of(reading, slots, flows={})
    assert render(found, slots[0], Language.PYTHON) == (
        'def f(a: int) -> int:\n    """Do.\n\n    :raises A: x"""\n'
        "    # requires a > 0, not (a > 9)\n    # raises B"
    )


# --- one slot alone, and anything at all ------------------------------------------------------


def test_a_slot_alone_has_the_contract_that_it_has_in_its_file() -> None:
    source = "".join(
        [
            "X: int = 1\n\n\n",
            "class A(B):\n    x: int = 1\n\n",
            '    def m(self, a: int = 1) -> str:\n        """Do.\n\n        >>> 1\n        1\n',
            '        """\n        if a:\n            raise E\n        return a\n\n\n',
            "def f(a):\n    yield a\n",
        ]
    )
    reading = read(source.encode(), Language.PYTHON)
    slots = slots_of(reading)
    for slot, found in zip(slots, contracts_of(reading, slots, flows={}), strict=True):
        alone = contract_of(slot, Language.PYTHON)
        if slot.kind == "class":
            alone, found = replace(alone, members=()), replace(found, members=())
        assert alone == found


@pytest.mark.parametrize(
    "source",
    [
        "def f(a: int) -> str:\n    x = (\n    raise A\n    return a\n",
        "def f(a: int) -> str:\n    raise A\n    x = = 3\n",
        "def f(a: int) -> str:\n    raise A\n    if :\n        pass\n",
    ],
)
def test_a_contract_survives_a_syntax_error_in_the_body(source: str) -> None:
    found = contract(source)
    assert found.signature == "def f(a: int) -> str:"
    assert found.parameters == (Parameter("a", "int", ""),)
    assert "A" in found.raises


def check(source: bytes, language: Language) -> None:
    reading = read(source, language)
    slots = slots_of(reading)
    found = contracts_of(reading, slots)
    assert [part.name for part in found] == [slot.name for slot in slots]
    for slot, part in zip(slots, found, strict=True):
        json.dumps(part.to_json())
        assert isinstance(render(part, slot, language), str)
        assert contract_of(slot, language).name == slot.name


@settings(deadline=None, max_examples=200)
@given(st.lists(PIECES, max_size=30).map(b"".join), st.sampled_from(list(Language)))
def test_any_mixture_of_code_has_contracts(source: bytes, language: Language) -> None:
    check(source, language)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=300), st.sampled_from(list(Language)))
def test_any_bytes_have_contracts(source: bytes, language: Language) -> None:
    check(source, language)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(STDLIB), st.data())
def test_a_real_file_cut_anywhere_has_contracts(path: Path, data: st.DataObject) -> None:
    source = path.read_bytes()[:10_000]
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    check(source[start:end], Language.PYTHON)


@pytest.mark.parametrize("path", STDLIB, ids=lambda path: path.name)
def test_every_slot_of_a_real_file_has_a_contract(path: Path) -> None:
    reading = read(path.read_bytes(), Language.PYTHON)
    slots = slots_of(reading)
    for slot, found in zip(slots, contracts_of(reading, slots), strict=True):
        text = render(found, slot, Language.PYTHON)
        assert text or slot.kind in ("import", "trivia", "block")
        if slot.kind in ("function", "method"):
            assert found.signature.startswith(("def ", "async def "))


def test_deep_nesting_has_contracts() -> None:
    check(b"".join(b" " * depth + b"try:\n" for depth in range(1_000)), Language.PYTHON)
    check(b"".join(b" " * at + b"class A:\n" for at in range(300)), Language.PYTHON)
    check(b"function a() {\n" * 1_000 + b"}\n" * 1_000, Language.TYPESCRIPT)


def test_a_summary_is_the_first_line() -> None:
    assert summary("Do.\n\nMore.") == "Do."
    assert summary("") == ""
