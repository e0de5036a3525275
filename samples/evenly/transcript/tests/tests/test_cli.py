"""The command line, called in the process."""

from pathlib import Path

import pytest

from evenly.application import Application
from evenly.commands import APP, check_trip, settle_trip, show_balances
from evenly.currencies import DEFAULT_CURRENCY
from evenly.errors import InputError, UnknownName
from evenly.options import Options, flag_value, parse_options, split_flags
from evenly.readers import read_csv

CSV = "# people: Ann, Bob\npayer,amount\nAnn,10.00\nBob,4.00\n"


@pytest.fixture
def trip_file(tmp_path: Path) -> str:
    path = tmp_path / "trip.csv"
    path.write_text(CSV, encoding="utf-8")
    return str(path)


def test_flags_may_stand_anywhere() -> None:
    assert split_flags(["--a=1", "x", "--b", "2"]) == (["x"], {"a": "1", "b": "2"})
    assert split_flags([]) == ([], {})
    assert split_flags(["--a="]) == ([], {"a": ""})


def test_a_flag_takes_the_next_word_only_without_an_equals_sign() -> None:
    rest = iter(["x", "y"])
    assert flag_value("--a=1", rest) == ("a", "1")
    assert flag_value("--b", rest) == ("b", "x")
    assert next(rest) == "y"


def test_options_are_exactly_a_command_a_file_and_a_format() -> None:
    assert parse_options(["a", "--format", "json", "b"]) == Options("a", "b", "json")
    for argv in (["a"], ["a", "b", "c"], ["--format", "json"]):
        with pytest.raises(InputError):
            parse_options(argv)
    with pytest.raises(UnknownName):
        parse_options(["a", "b", "--color=red"])


def test_the_commands_register_themselves() -> None:
    assert list(APP.actions) == ["settle", "balances", "check"]
    assert APP.actions["check"] is check_trip


def test_usage_names_every_command_and_file_type() -> None:
    usage = APP.usage()
    assert all(f"\n  {name}: " in usage for name in APP.actions)
    assert "\n.csv: " in usage and "\n.json: " in usage


def test_run_prints_the_answer(trip_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert APP.run(["balances", trip_file]) == 0
    assert capsys.readouterr().out == "Ann   3.00 EUR\nBob  -3.00 EUR\n"


def test_run_explains_errors(trip_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert APP.run(["setle", trip_file]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "evenly: command 'setle' is unknown: did you mean 'settle'?\n"


def test_call_looks_the_command_up_first() -> None:
    with pytest.raises(UnknownName):
        Application("toy").call(Options("hi", "missing.csv", "text"))


def test_the_commands_answer() -> None:
    trip = read_csv(CSV, DEFAULT_CURRENCY)
    options = Options("", "", "text")
    assert check_trip(trip, options) == "ok: 2 people, 2 expenses, 14.00 EUR"
    assert settle_trip(trip, options).endswith("Bob pays Ann 3.00 EUR")
    assert show_balances(trip, options).startswith("Ann")
