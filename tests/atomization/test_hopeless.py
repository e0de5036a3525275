"""Sources made to keep a grammar busy are cut in time, and still without loss."""

from __future__ import annotations

import time

import pytest

from atomization.atom_service import AtomService, first_difference
from atomization.parser import Language, is_hopeless, parse, syntax_faults

LENGTH = 200_000


@pytest.mark.parametrize("language", [Language.PYTHON, Language.TYPESCRIPT])
@pytest.mark.parametrize("unit", [b"-", b"(", b"{", b"-\n", b"[("], ids=repr)
def test_endless_tokens_are_described_in_time(unit: bytes, language: Language) -> None:
    source = unit * (LENGTH // len(unit))
    began = time.process_time()
    made = AtomService().atomize(source, language, path="a")
    AtomService().describe([made])
    assert syntax_faults(source, language)
    assert time.process_time() - began < 20
    assert first_difference(source, made.slots) is None


@pytest.mark.parametrize(
    "source",
    [
        b"x = [" + b"1, " * 20_000 + b"]\n",
        b"def f(:\n" + b"x = 1\n" * 20_000,
        b"x = " + b"(" * 2_000 + b"1" + b")" * 2_000,
        b"-" * 4_000,
    ],
    ids=["list", "early error", "nesting", "few"],
)
def test_what_somebody_may_have_written_is_not_hopeless(source: bytes) -> None:
    assert not is_hopeless(parse(source, Language.PYTHON))
