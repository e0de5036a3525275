"""Tests run bottom-up: callees first, cycles as one group."""

from execution.verification_order import testable as groups_to_test


def test_what_waits_for_nobody_comes_first() -> None:
    assert groups_to_test("abc", [("a", "b"), ("b", "c")]) == [("c",)]


def test_what_waits_for_somebody_elsewhere_is_left() -> None:
    assert groups_to_test("ab", [("a", "elsewhere")]) == [("b",)]


def test_a_cycle_is_one_group_in_the_given_order() -> None:
    assert groups_to_test("abc", [("b", "a"), ("a", "b"), ("c", "a")]) == [("a", "b")]


def test_a_cycle_that_waits_for_somebody_waits_as_a_whole() -> None:
    assert groups_to_test("ab", [("b", "a"), ("a", "b"), ("b", "elsewhere")]) == []


def test_calling_oneself_is_no_reason_to_wait() -> None:
    assert groups_to_test("a", [("a", "a")]) == [("a",)]
