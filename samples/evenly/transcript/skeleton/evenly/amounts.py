"""Amounts as text and as whole numbers of the smallest unit (cents), never as floats."""

from __future__ import annotations

import re
from decimal import Decimal

from evenly.errors import InputError

AMOUNT = re.compile(r"-?[0-9]+(?:\.([0-9]+))?")


def parse_minor(text: str, digits: int) -> int:
    """Read an amount such as "12.30" or "-4" as a number of the smallest unit.

    Spaces around it and commas between thousands are ignored. InputError when it is no amount,
    or when it has more decimals than the currency (`digits`).

    >>> parse_minor("12.3", 2), parse_minor("-4", 2), parse_minor(" 1,250.05 ", 2)
    (1230, -400, 125005)
    >>> parse_minor("500", 0), parse_minor("1.005", 3)
    (500, 1005)
    >>> parse_minor("12.345", 2)
    Traceback (most recent call last):
    ...
    evenly.errors.InputError: '12.345' is not an amount with 2 decimals
    """


def minor_text(minor: int, digits: int) -> str:
    """Write a number of the smallest unit as an amount, without thousands separators.

    >>> minor_text(1230, 2), minor_text(5, 2), minor_text(-1230, 2)
    ('12.30', '0.05', '-12.30')
    >>> minor_text(500, 0)
    '500'
    """
