"""Money: a whole number of the smallest unit, and its currency."""

from __future__ import annotations

from dataclasses import dataclass

from evenly.amounts import minor_text
from evenly.currency_table import Currency


@dataclass(frozen=True)
class Money:
    """An amount of one currency, in its smallest unit."""

    minor: int
    currency: Currency

    def text(self) -> str:
        """Write the amount plainly, for files: digits, a space and the code.

        >>> Money(123050, Currency("EUR", "€", 2)).text()
        '1230.50 EUR'
        >>> Money(-500, Currency("JPY", "¥", 0)).text()
        '-500 JPY'
        """

    def pretty(self) -> str:
        """Write the amount for people: the symbol goes between sign and digits.

        >>> Money(123050, Currency("EUR", "€", 2)).pretty()
        '€1230.50'
        >>> Money(-450, Currency("USD", "$", 2)).pretty()
        '-$4.50'
        """
