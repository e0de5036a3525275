"""The parts of prompts that carry feedback."""

from devmatrix.masterplans.answers import Rejection, section, with_feedback


def test_a_first_question_has_no_feedback() -> None:
    assert with_feedback("Write.", ()) == "Write."


def test_feedback_names_attempt_check_and_problem_and_shows_the_last_answer() -> None:
    body = with_feedback(
        "Write.",
        [Rejection("plan", ("a", "b"), "first answer"), Rejection("plan", ("c",), "second answer")],
    )
    lines = body.splitlines()
    start = lines.index("<feedback>")
    assert lines[start + 1 : start + 4] == [
        'attempt 1 failed check "plan": a',
        'attempt 1 failed check "plan": b',
        'attempt 2 failed check "plan": c',
    ]
    assert lines[start + 4] == "</feedback>"
    assert "second answer" in body
    assert "first answer" not in body


def test_a_flood_of_problems_is_cut_and_counted() -> None:
    body = with_feedback("Write.", [Rejection("plan", tuple(map(str, range(100))))])
    assert body.count("attempt 1 failed") == 31
    assert "and 70 more problems" in body


def test_a_section_is_closed_on_its_own_line() -> None:
    assert section("file", "x = 1\n\n", path="a.py") == '<file path="a.py">\nx = 1\n</file>'
