"""Amounts survive the way to text and back."""

import pytest

from evenly.amounts import minor_text, parse_minor
from evenly.currency_table import Currency
from evenly.errors import InputError
from evenly.money import Money

EUR = Currency("EUR", "€", 2)
TND = Currency("TND", "DT", 3)


@pytest.mark.parametrize("minor", [0, 1, 99, 100, 12345, -1000, -12345, 10**12])
@pytest.mark.parametrize("digits", [0, 2, 3])
def test_reading_undoes_writing(minor: int, digits: int) -> None:
    assert parse_minor(minor_text(minor, digits), digits) == minor


@pytest.mark.parametrize("text", ["", "ten", "1.2.3", "1e3", "--1", "€5", "1.", ".5"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_minor(text, 2)


def test_a_currency_without_decimals_takes_none() -> None:
    with pytest.raises(InputError):
        parse_minor("5.0", 0)


def test_money_is_written_plainly_and_for_people() -> None:
    assert Money(1500, TND).text() == "1.500 TND"
    assert Money(1500, TND).pretty() == "DT1.500"
    assert Money(-1205, EUR).pretty() == "-€12.05"
    assert Money(0, EUR).pretty() == "€0.00"
