"""The report in Markdown."""

from evenly.currency_table import Currency
from evenly.people import Roster
from evenly.renderers import render_markdown
from evenly.trip import Trip


def test_the_markdown_report_is_heading_table_and_list() -> None:
    trip = Trip("Oslo", Currency("JPY", "¥", 0), Roster(("Ann",)))
    assert render_markdown(trip).splitlines() == [
        "# Oslo: ¥0",
        "",
        "| Person | Balance |",
        "| --- | ---: |",
        "| Ann | 0 JPY |",
        "",
        "- Nothing to pay",
    ]
