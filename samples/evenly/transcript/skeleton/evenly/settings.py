"""The parts of a file before they mean anything: settings and rows of plain text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evenly.errors import InputError
from evenly.people import normal_name


def split_settings(text: str) -> tuple[dict[str, str], list[str]]:
    """Part a CSV file into its settings ("# key: value" lines) and the other lines.

    Keys are normalised and in lower case, values stripped. Empty lines are dropped.

    >>> split_settings('''# Name: Rome
    ... # group  kids: Bob; Cem
    ...
    ... payer,amount
    ... Ann,5''')
    ({'name': 'Rome', 'group kids': 'Bob; Cem'}, ['payer,amount', 'Ann,5'])
    """


def parse_json(text: str) -> dict[str, Any]:
    """Read a JSON object; InputError when the text is not JSON or not an object.

    >>> parse_json('{"name": "Rome"}')
    {'name': 'Rome'}
    >>> parse_json("[1]")
    Traceback (most recent call last):
    ...
    evenly.errors.InputError: the file is not a JSON object
    """


def flat(value: object) -> str:
    """Write a JSON value as the text that a CSV file would hold: lists joined by "; ".

    >>> flat(["Ann", "Bob"]), flat("Ann"), flat(12)
    ('Ann; Bob', 'Ann', '12')
    """


def json_settings(data: Mapping[str, Any]) -> dict[str, str]:
    """Give the settings of a JSON file in the form of a CSV file's settings.

    "groups" becomes one "group NAME" setting each; "expenses" is left out.

    >>> json_settings({"name": "Rome", "people": ["Ann", "Bob"], "expenses": []})
    {'name': 'Rome', 'people': 'Ann; Bob'}
    >>> json_settings({"groups": {"kids": ["Bob", "Cem"]}})
    {'group kids': 'Bob; Cem'}
    """
