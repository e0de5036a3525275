"""The decorators keep what they decorate and add exactly one check."""

import pytest

from evenly.checks import explains, known
from evenly.errors import InputError, UnknownName


def test_known_lets_known_names_through_only() -> None:
    calls: list[str] = []

    @known("pet", {"cat": 1})
    def feed(name: str) -> int:
        """Feed it."""
        calls.append(name)
        return len(calls)

    assert feed("cat") == 1
    with pytest.raises(UnknownName):
        feed("cow")
    assert calls == ["cat"]
    assert feed.__doc__ == "Feed it."


def test_explains_turns_only_os_errors_into_input_errors() -> None:
    @explains
    def fail(error: Exception) -> None:
        raise error

    with pytest.raises(InputError, match="trip.csv: no luck"):
        fail(OSError(5, "no luck", "trip.csv"))
    with pytest.raises(KeyError):
        fail(KeyError("x"))


def test_explains_passes_arguments_and_result() -> None:
    @explains
    def add(left: int, right: int = 1) -> int:
        return left + right

    assert add(2, right=3) == 5
