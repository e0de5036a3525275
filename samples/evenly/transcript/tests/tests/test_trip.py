"""A trip's balances follow from its expenses."""

from evenly.currency_table import Currency
from evenly.expenses import Expense
from evenly.money import Money
from evenly.people import Roster
from evenly.shares import Split
from evenly.trip import Trip
from evenly.weighted import WeightedSplit

EUR = Currency("EUR", "€", 2)
BOTH = Split(("Ann", "Bob"))
TRIP = Trip(
    "Rome",
    EUR,
    Roster(("Ann", "Bob", "Cem")),
    (Expense("Ann", 1000, BOTH), Expense("Bob", 301, WeightedSplit(("Ann", "Cem"), {"Cem": 2}))),
)


def test_an_effect_adds_up_to_zero() -> None:
    for expense in TRIP.expenses:
        assert sum(expense.effect().values()) == 0


def test_a_payer_outside_the_split_is_owed_everything() -> None:
    assert Expense("Cem", 10, BOTH).effect() == {"Cem": 10, "Ann": -5, "Bob": -5}


def test_the_total_is_a_number_of_the_smallest_unit() -> None:
    assert TRIP.total() == 1301
    assert Trip("Rome", EUR, Roster(("Ann",))).total() == 0


def test_balances_follow_the_roster_and_add_up_to_zero() -> None:
    assert TRIP.balances() == {"Ann": 400, "Bob": -199, "Cem": -201}
    assert list(TRIP.balances()) == ["Ann", "Bob", "Cem"]


def test_money_is_in_the_currency_of_the_trip() -> None:
    assert TRIP.money(5) == Money(5, EUR)
