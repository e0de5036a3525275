"""The readers; importing this module registers them."""

from __future__ import annotations

from evenly.building import TripBuilder
from evenly.currencies import DEFAULT_CURRENCY, code_of, currency
from evenly.currency_table import Currency
from evenly.formats import reader
from evenly.settings import flat, json_settings, parse_json, split_settings
from evenly.trip import Trip


@reader(".csv", DEFAULT_CURRENCY)
def read_csv(text: str, default: Currency) -> Trip:
    """.csv: "# key: value" settings, then the columns payer, amount, for, how, note.

    >>> text = '''# people: Ann, Bob
    ... payer,amount
    ... Ann,10.00'''
    >>> trip = read_csv(text, DEFAULT_CURRENCY)
    >>> trip.currency.code, trip.balances()
    ('EUR', {'Ann': 500, 'Bob': -500})
    >>> text = '''# people: Ann, Bob
    ... # currency: $
    ... payer,amount,for,how,note
    ... Ann,1,Bob,,Tea'''
    >>> read_csv(text, DEFAULT_CURRENCY).currency.code
    'USD'
    >>> read_csv(text, DEFAULT_CURRENCY).expenses[0].note
    'Tea'
    """


@reader(".json", DEFAULT_CURRENCY)
def read_json(text: str, default: Currency) -> Trip:
    """.json: an object with name, currency, people, groups and a list of expenses.

    >>> text = '{"people": ["Ann", "Bob"], "expenses": [{"payer": "Bob", "amount": "7.00"}]}'
    >>> read_json(text, DEFAULT_CURRENCY).balances()
    {'Ann': -350, 'Bob': 350}
    >>> read_json('{"people": ["Ann"], "currency": "jpy"}', DEFAULT_CURRENCY).currency.code
    'JPY'
    """
