"""The formats of a report; importing this module registers them."""

from __future__ import annotations

import json

from evenly.currency_table import Currency
from evenly.expenses import Expense
from evenly.formats import RENDERERS
from evenly.layout import markdown_row, text_table
from evenly.people import Roster
from evenly.settling import settle
from evenly.shares import Split
from evenly.summary import Summary
from evenly.trip import Trip


@RENDERERS.register("text")
def render_text(trip: Trip) -> str:
    """Write the report as plain text: title, table of balances, transfers, with lines between.

    >>> spent = (Expense("Ann", 900, Split(("Ann", "Bob"))),)
    >>> print(render_text(Trip("Rome", Currency("EUR", "€", 2), Roster(("Ann", "Bob")), spent)))
    Rome: €9.00
    <BLANKLINE>
    Ann   4.50 EUR
    Bob  -4.50 EUR
    <BLANKLINE>
    Bob pays Ann 4.50 EUR
    """


@RENDERERS.register("markdown")
def render_markdown(trip: Trip) -> str:
    """Write the report as Markdown: heading, table of balances, transfers as a list.

    >>> spent = (Expense("Ann", 900, Split(("Ann", "Bob"))),)
    >>> print(render_markdown(Trip("Rome", Currency("EUR", "€", 2), Roster(("Ann", "Bob")), spent)))
    # Rome: €9.00
    <BLANKLINE>
    | Person | Balance |
    | --- | ---: |
    | Ann | 4.50 EUR |
    | Bob | -4.50 EUR |
    <BLANKLINE>
    - Bob pays Ann 4.50 EUR
    """


@RENDERERS.register("json")
def render_json(trip: Trip) -> str:
    """Write the report as JSON, indented by two, amounts as whole numbers of the smallest unit.

    The keys, in this order: name, currency, digits, total, balances (name, minor), transfers
    (payer, receiver, minor). Characters outside ASCII are kept as they are.

    >>> print(render_json(Trip("Röm", Currency("JPY", "¥", 0), Roster(("Ann",)))))
    {
      "name": "Röm",
      "currency": "JPY",
      "digits": 0,
      "total": 0,
      "balances": [
        {
          "name": "Ann",
          "minor": 0
        }
      ],
      "transfers": []
    }
    """
