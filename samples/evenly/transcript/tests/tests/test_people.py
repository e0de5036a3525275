"""Names and groups."""

import pytest

from evenly.errors import UnknownName
from evenly.people import Roster, normal_name, parse_names

ROSTER = Roster(("Ann", "Bob", "Cem", "Dora"), {"kids": ("Cem", "Dora")})


def test_white_space_in_names_does_not_matter() -> None:
    assert normal_name("\tAnn \n Lee") == "Ann Lee"
    assert normal_name("") == ""


def test_names_are_read_once_in_order() -> None:
    assert parse_names("Dora; Ann,Dora") == ["Dora", "Ann"]
    assert parse_names("") == []


def test_all_means_everybody() -> None:
    assert ROSTER.members("all") == ROSTER.people


def test_a_person_is_nobody_else() -> None:
    assert ROSTER.members("Cem") == ("Cem",)


def test_groups_and_people_mix_without_repetition() -> None:
    assert ROSTER.expand(["kids", "Ann", "Dora"]) == ("Cem", "Dora", "Ann")
    assert ROSTER.expand(["Bob", "all"]) == ("Bob", "Ann", "Cem", "Dora")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownName, match="person 'Zoe' is unknown"):
        ROSTER.expand(["Ann", "Zoe"])
