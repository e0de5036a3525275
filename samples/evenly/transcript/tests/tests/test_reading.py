"""CSV and JSON files become the same trip."""

from pathlib import Path

import pytest

from evenly.building import TripBuilder, required
from evenly.currencies import DEFAULT_CURRENCY
from evenly.errors import EvenlyError, InputError, UnknownName
from evenly.loading import load_trip
from evenly.readers import read_csv, read_json
from evenly.settings import flat, json_settings, parse_json, split_settings

CSV = """# name: Rome
# currency: usd
# people: Ann, Bob, Cem
# group kids: Bob; Cem

payer,amount,for,how,note
Ann,90.00,all,even,Dinner
Bob,30,kids,weights Bob=2,"Taxi, late"
"""

JSON = """{"name": "Rome", "currency": "usd", "people": ["Ann", "Bob", "Cem"],
"groups": {"kids": ["Bob", "Cem"]}, "expenses": [
{"payer": "Ann", "amount": "90.00", "for": ["all"], "how": "even", "note": "Dinner"},
{"payer": "Bob", "amount": 30, "for": "kids", "how": "weights Bob=2", "note": "Taxi, late"}]}"""

BUILDER = TripBuilder({"people": "Ann, Bob"}, DEFAULT_CURRENCY)


def test_both_file_types_say_the_same() -> None:
    assert read_csv(CSV, DEFAULT_CURRENCY) == read_json(JSON, DEFAULT_CURRENCY)


def test_a_csv_file_is_read_whole() -> None:
    trip = read_csv(CSV, DEFAULT_CURRENCY)
    assert (trip.name, trip.currency.code) == ("Rome", "USD")
    assert trip.balances() == {"Ann": 6000, "Bob": -2000, "Cem": -4000}
    assert trip.expenses[1].note == "Taxi, late"


def test_files_on_disk_are_read_by_their_suffix(tmp_path: Path) -> None:
    (tmp_path / "trip.CSV").write_text(CSV, encoding="utf-8")
    (tmp_path / "trip.json").write_text(JSON, encoding="utf-8")
    assert load_trip(str(tmp_path / "trip.CSV")) == load_trip(str(tmp_path / "trip.json"))
    with pytest.raises(UnknownName, match="file type '.txt'"):
        load_trip(str(tmp_path / "trip.txt"))
    with pytest.raises(InputError, match="No such file"):
        load_trip(str(tmp_path / "other.csv"))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"amount": "5"}, "payer is missing"),
        ({"payer": "Ann"}, "amount is missing"),
        ({"payer": "Zoe", "amount": "5"}, "person 'Zoe' is unknown"),
        ({"payer": "Ann", "amount": "5", "for": "Zoe"}, "person 'Zoe' is unknown"),
        ({"payer": "Ann", "amount": "5,-"}, "is not an amount"),
        ({"payer": "Ann", "amount": "5", "how": "weights Ann=0; Bob=0"}, "add up to zero"),
        ({"payer": "Ann", "amount": "5", "how": "exact Ann=4"}, "miss the amount by 100"),
    ],
)
def test_a_bad_expense_is_named(row: dict[str, str | None], message: str) -> None:
    good: dict[str, str | None] = {"payer": "Ann", "amount": "1"}
    with pytest.raises(EvenlyError, match=message) as caught:
        BUILDER.trip([good, row])
    assert caught.value.entry == 2


def test_people_are_required() -> None:
    with pytest.raises(InputError, match="people is missing"):
        TripBuilder({}, DEFAULT_CURRENCY).roster()


def test_a_numbered_expense_is_the_expense() -> None:
    row = {"payer": "Bob", "amount": "2.50", "for": None}
    assert BUILDER.numbered(1, row) == BUILDER.expense(row)


def test_settings_and_rows_are_parted() -> None:
    settings, lines = split_settings("# a: 1\nx\n#B : 2:3\n")
    assert settings == {"a": "1", "b": "2:3"}
    assert lines == ["x"]
    assert required(settings, "b") == "2:3"


def test_bad_json_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match="not JSON: line 2"):
        parse_json('{"name":\n}')


def test_json_values_become_text() -> None:
    assert flat([1, "b"]) == "1; b"
    assert json_settings({"name": 5, "groups": {"g": []}}) == {"name": "5", "group g": ""}
