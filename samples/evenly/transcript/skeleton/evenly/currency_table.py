"""What a currency is, and how the table of currencies is built from plain rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Currency:
    """A currency: its ISO code, its symbol and its number of decimal digits."""

    code: str
    symbol: str
    digits: int


def parse_row(row: str) -> Currency:
    """Read one row "CODE SYMBOL DIGITS", separated by any white space.

    >>> parse_row("EUR € 2")
    Currency(code='EUR', symbol='€', digits=2)
    >>> parse_row("  JPY   ¥  0 ").digits
    0
    """


def build_table(rows: Iterable[str]) -> dict[str, Currency]:
    """Build the table code → currency, in the order of the rows.

    >>> list(build_table(["USD $ 2", "EUR € 2"]))
    ['USD', 'EUR']
    >>> build_table(["JPY ¥ 0"])["JPY"].digits
    0
    """


def key_index(table: Mapping[str, Currency]) -> dict[str, str]:
    """Map everything a user may write for a currency to its code: code, lower-case code, symbol.

    Where two currencies share a symbol, the earlier one keeps it.

    >>> table = {"USD": Currency("USD", "$", 2), "CAD": Currency("CAD", "$", 2)}
    >>> index = key_index(table)
    >>> index["USD"], index["cad"], index["$"]
    ('USD', 'CAD', 'USD')
    """
