"""The tables of currencies."""

import pytest

from evenly.currencies import CURRENCIES, DEFAULT_CURRENCY, KEYS, code_of, currency
from evenly.currency_table import Currency, build_table, key_index, parse_row
from evenly.errors import UnknownName


def test_a_row_becomes_a_currency() -> None:
    assert parse_row("GBP £ 2") == Currency("GBP", "£", 2)


def test_the_table_is_keyed_by_code() -> None:
    assert all(code == entry.code for code, entry in build_table(["A a 1", "B b 0"]).items())
    assert list(CURRENCIES) == ["EUR", "USD", "GBP", "CHF", "JPY", "TND"]


def test_the_first_currency_keeps_a_shared_symbol() -> None:
    assert key_index(build_table(["CAD $ 2", "USD $ 2"]))["$"] == "CAD"


def test_every_code_is_found_in_upper_and_lower_case() -> None:
    for code in CURRENCIES:
        assert code_of(code) == code_of(code.lower()) == code
    assert KEYS["Fr"] == "CHF"


def test_the_default_is_the_euro() -> None:
    assert currency("EUR") == DEFAULT_CURRENCY == Currency("EUR", "€", 2)


def test_unknown_currencies_are_refused() -> None:
    with pytest.raises(UnknownName, match="currency 'XXX' is unknown"):
        currency("XXX")
    with pytest.raises(UnknownName):
        code_of("%")
