"""The commands of evenly; the usage text quotes the readers' first lines."""

from __future__ import annotations

import evenly.renderers
from evenly.application import Application
from evenly.currencies import DEFAULT_CURRENCY
from evenly.formats import RENDERERS
from evenly.layout import first_lines, text_table
from evenly.options import Options
from evenly.readers import read_csv, read_json
from evenly.summary import Summary
from evenly.trip import Trip

FILE_TYPES = first_lines([read_csv, read_json])

APP = Application("evenly", FILE_TYPES)


@APP.command("settle", "the whole report: balances, and who pays whom")
def settle_trip(trip: Trip, options: Options) -> str:
    """Give the report in the format of the options.

    >>> text = '''# people: Ann, Bob
    ... payer,amount
    ... Ann,9'''
    >>> trip = read_csv(text, DEFAULT_CURRENCY)
    >>> settle_trip(trip, Options("settle", "trip.csv", "text")).splitlines()[0]
    'Trip: €9.00'
    >>> settle_trip(trip, Options("settle", "trip.csv", "jsn"))
    Traceback (most recent call last):
    ...
    evenly.errors.UnknownName: format 'jsn' is unknown: did you mean 'json'?
    """


@APP.command("balances", "what everybody is owed, or owes")
def show_balances(trip: Trip, options: Options) -> str:
    """Give the table of balances.

    >>> text = '''# people: Ann, Bob
    ... payer,amount
    ... Ann,9'''
    >>> trip = read_csv(text, DEFAULT_CURRENCY)
    >>> print(show_balances(trip, Options("balances", "trip.csv", "text")))
    Ann   4.50 EUR
    Bob  -4.50 EUR
    """


@APP.command("check", "read the file and count what it holds")
def check_trip(trip: Trip, options: Options) -> str:
    """Confirm that the file was understood, with the numbers of people and expenses.

    >>> text = '''# people: Ann, Bob
    ... payer,amount
    ... Ann,9'''
    >>> trip = read_csv(text, DEFAULT_CURRENCY)
    >>> check_trip(trip, Options("check", "trip.csv", "text"))
    'ok: 2 people, 1 expenses, 9.00 EUR'
    """
