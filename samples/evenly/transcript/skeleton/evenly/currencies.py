"""The currencies that evenly knows. The tables are computed when the module is imported."""

from __future__ import annotations

from evenly.checks import known
from evenly.currency_table import Currency, build_table, key_index

ROWS = ("EUR € 2", "USD $ 2", "GBP £ 2", "CHF Fr 2", "JPY ¥ 0", "TND DT 3")

CURRENCIES = build_table(ROWS)

KEYS = key_index(CURRENCIES)


@known("currency", CURRENCIES)
def currency(code: str) -> Currency:
    """Give the currency of an ISO code; an unknown code raises UnknownName.

    >>> currency("USD").symbol
    '$'
    >>> currency("EUX")
    Traceback (most recent call last):
    ...
    evenly.errors.UnknownName: currency 'EUX' is unknown: did you mean 'EUR'?
    """


@known("currency", KEYS)
def code_of(text: str) -> str:
    """Give the ISO code for a code, a lower-case code or a symbol; else raise UnknownName.

    >>> code_of("€"), code_of("usd"), code_of("GBP")
    ('EUR', 'USD', 'GBP')
    """


DEFAULT_CURRENCY = currency("EUR")
