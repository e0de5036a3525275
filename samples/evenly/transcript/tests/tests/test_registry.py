"""Functions announce themselves."""

import pytest

from evenly.currency_table import Currency
from evenly.errors import UnknownName
from evenly.formats import READERS, reader
from evenly.people import Roster
from evenly.registry import Registry
from evenly.trip import Trip


def test_register_files_and_returns_the_thing() -> None:
    shapes: Registry[str] = Registry("shape")
    assert shapes.register("round")("ball") == "ball"
    assert shapes.get("round") == "ball"
    assert shapes.get(name="round") == "ball"


def test_get_names_what_is_unknown() -> None:
    with pytest.raises(UnknownName, match="shape 'flat' is unknown"):
        Registry[str]("shape").get("flat")


def test_registries_do_not_share_their_entries() -> None:
    left, right = Registry[int]("a"), Registry[int]("a")
    left.register("x")(1)
    assert right.entries == {}


def test_a_reader_is_filed_with_its_default_currency() -> None:
    def read(text: str, default: Currency) -> Trip:
        return Trip(text, default, Roster(("Ann",)))

    assert reader(".test", Currency("USD", "$", 2))(read) is read
    trip = READERS.entries.pop(".test")("Rome")
    assert (trip.name, trip.currency.code) == ("Rome", "USD")
