"""Errors speak in one line and know where they happened."""

import pytest

from evenly.errors import EvenlyError, InputError, ShareError, UnknownName, pick, unknown_message


def test_every_error_is_an_evenly_error_with_exit_code_two() -> None:
    for kind in (InputError, UnknownName, ShareError):
        assert issubclass(kind, EvenlyError)
        assert kind("x").exit_code == 2
        assert kind("x").explain() == "evenly: x"


def test_at_returns_the_same_error_and_keeps_the_innermost_place() -> None:
    error = ShareError("x")
    assert error.at(2) is error
    assert error.at(5).entry == 2


def test_explain_names_the_expense_only_where_it_is_known() -> None:
    assert EvenlyError("broken").explain() == "evenly: broken"
    assert UnknownName("who?").explain() == "evenly: who?"
    assert ShareError("too much").at(2).explain() == "evenly: expense 2: too much"


def test_unknown_message_suggests_the_closest_choice() -> None:
    assert unknown_message("person", "An", ["Bob", "Ann"]).endswith("did you mean 'Ann'?")


def test_unknown_message_lists_sorted_choices_when_none_is_close() -> None:
    assert unknown_message("person", "Zoe", ["Cem", "Bob"]).endswith(": choose Bob, Cem")


def test_pick_gives_the_entry_or_raises() -> None:
    assert pick("size", "big", {"big": 9}) == 9
    with pytest.raises(UnknownName, match="size 'x' is unknown: choose big"):
        pick("size", "x", {"big": 9})
