"""Reports in plain text and JSON."""

import json

from evenly.currency_table import Currency
from evenly.expenses import Expense
from evenly.layout import first_lines, markdown_row, pad_cells, text_table
from evenly.people import Roster
from evenly.renderers import render_json, render_text
from evenly.shares import Split
from evenly.summary import Summary
from evenly.trip import Trip

TRIP = Trip(
    "Rome",
    Currency("EUR", "€", 2),
    Roster(("Ann", "Robert", "Cem")),
    (Expense("Robert", 90000, Split(("Ann", "Robert", "Cem"))),),
)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert pad_cells(["a", "b", "c"], [2, 3, 1]) == "a     b  c"
    assert text_table([["a", "10"], ["long", "9"]]) == "a     10\nlong   9"


def test_a_markdown_row_has_a_bar_on_both_ends() -> None:
    assert markdown_row(["a", "b|", "c"]) == "| a | b&#124; | c |"


def test_first_lines_come_in_order() -> None:
    assert first_lines([Summary.title, Summary.balance_rows])[0].startswith("Give the heading")


def test_a_summary_says_what_everybody_is_owed() -> None:
    summary = Summary(TRIP)
    assert summary.title() == "Rome: €900.00"
    assert summary.balance_rows()[1] == ["Robert", "600.00 EUR"]
    assert summary.transfer_lines() == [
        "Ann pays Robert 300.00 EUR",
        "Cem pays Robert 300.00 EUR",
    ]


def test_the_text_report_has_three_parts() -> None:
    title, table, transfers = render_text(TRIP).split("\n\n")
    assert title == "Rome: €900.00"
    assert table.splitlines()[0] == "Ann     -300.00 EUR"
    assert transfers.count("pays") == 2


def test_the_json_report_holds_numbers() -> None:
    report = json.loads(render_json(TRIP))
    assert list(report) == ["name", "currency", "digits", "total", "balances", "transfers"]
    assert report["total"] == 90000
    assert report["transfers"][1] == {"payer": "Cem", "receiver": "Robert", "minor": 30000}
