"""Transcripts: which answer is chosen, and which mistakes are found before the first question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devmatrix.llm.transcript import Transcript, TranscriptError

NOTE = 'note = "Written by hand."\n'


def entry(subject: str = "a.py::f", purpose: str = "atom", **keys: object) -> str:
    """An [[answer]]; values are written as JSON, which TOML reads alike here."""
    fields = {"purpose": purpose, "subject": subject, **(keys or {"code": "x = 1"})}
    lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
    return "\n[[answer]]\n" + "\n".join(lines) + "\n"


def write(directory: Path, *entries: str, note: str = NOTE) -> Path:
    (directory / "00.toml").write_text(note + "".join(entries), encoding="utf-8")
    return directory


def load(directory: Path, *entries: str, note: str = NOTE) -> Transcript:
    return Transcript.load(write(directory, *entries, note=note))


def code(transcript: Transcript, text: str) -> str | None:
    """The code that is answered for the atom a.py::f."""
    found = transcript.match("atom", "a.py::f", text)
    return None if found is None else str(json.loads(found.text)["code"])


# --- what is answered


def test_an_atom_is_answered_with_imports_and_code(tmp_path: Path) -> None:
    transcript = load(tmp_path, entry(imports=["import math"], code="x = 1\n"))
    found = transcript.match("atom", "a.py::f", "")
    assert found is not None
    assert json.loads(found.text) == {"imports": ["import math"], "code": "x = 1\n"}


def test_skeletons_are_answered_from_files_without_their_first_folder(tmp_path: Path) -> None:
    (tmp_path / "skeleton" / "evenly").mkdir(parents=True)
    (tmp_path / "skeleton" / "evenly" / "money.py").write_bytes("é\r\n".encode())
    transcript = load(tmp_path, entry("T1", "skeleton", files=["skeleton/evenly/money.py"]))
    found = transcript.match("skeleton", "T1", "")
    assert found is not None
    assert json.loads(found.text) == {"files": [{"path": "evenly/money.py", "content": "é\r\n"}]}


def test_documents_are_answered_from_json(tmp_path: Path) -> None:
    (tmp_path / "discovery.json").write_text('{"domain": "é"}', encoding="utf-8")
    transcript = load(tmp_path, entry("evenly", "discovery", json="discovery.json"))
    found = transcript.match("discovery", "evenly", "")
    assert found is not None
    assert json.loads(found.text) == {"domain": "é"}


def test_raw_text_is_answered_as_it_is(tmp_path: Path) -> None:
    transcript = load(tmp_path, entry(text="no JSON"))
    found = transcript.match("atom", "a.py::f", "")
    assert found is not None
    assert found.text == "no JSON"


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "20.toml").write_text(entry(requires=["late"], code="last"), encoding="utf-8")
    (tmp_path / "10.toml").write_text(entry(requires=["la"], code="first"), encoding="utf-8")
    transcript = load(tmp_path)
    assert code(transcript, "<feedback>\nlate") == "last"


# --- which one is chosen


def test_the_last_answer_whose_requirements_are_met_is_chosen(tmp_path: Path) -> None:
    transcript = load(
        tmp_path,
        entry(code="first"),
        entry(requires=["expected 3"], code="second"),
        entry(requires=["expected 3", "got 2"], code="third"),
    )
    assert code(transcript, "no feedback") == "first"
    assert code(transcript, "<feedback>\nexpected 3") == "second"
    assert code(transcript, "<feedback>\ngot 2, expected 3") == "third"
    assert code(transcript, "<feedback>\ngot 2") == "first"


def test_only_the_feedback_is_searched(tmp_path: Path) -> None:
    transcript = load(tmp_path, entry(code="first"), entry(requires=["got 2"], code="second"))
    assert code(transcript, "got 2") == "first"
    assert code(transcript, "got 2\n<feedback>\nother") == "first"


def test_only_the_last_feedback_is_searched(tmp_path: Path) -> None:
    transcript = load(tmp_path, entry(code="first"), entry(requires=["got 2"], code="second"))
    text = "<feedback>\ngot 2\n</feedback>\nagain\n<feedback>\ngot 3\n</feedback>"
    assert code(transcript, text) == "first"


def test_a_word_in_a_line_does_not_open_the_feedback(tmp_path: Path) -> None:
    transcript = load(tmp_path, entry(code="first"), entry(requires=["got 2"], code="second"))
    assert code(transcript, "mind the <feedback> got 2") == "first"


def test_an_answer_that_requires_feedback_is_none_for_the_first_attempt(tmp_path: Path) -> None:
    transcript = load(tmp_path, entry(requires=["got 2"], code="second"))
    assert code(transcript, "first attempt") is None


def test_another_purpose_or_subject_is_not_answered(tmp_path: Path) -> None:
    transcript = load(tmp_path, entry())
    assert transcript.match("tests", "a.py::f", "") is None
    assert transcript.match("atom", "a.py::g", "") is None


# --- mistakes


@pytest.mark.parametrize(
    ("faulty", "why"),
    [
        (entry(purpose="atoms"), "unknown purpose 'atoms'; it is one of discovery"),
        (entry(subject=""), "subject must be text"),
        (entry(imports=["import os"]), "needs code"),
        (entry(code="x", json="x.json"), "unknown key json"),
        (entry(code="x", text="x"), "unknown key text"),
        (entry(code="x", import_="os"), "unknown key import_"),
        (entry(code=3), "code must be text"),
        (entry(code="x", imports="import os"), "imports must be a list"),
        (entry(code="x", imports=[1]), "imports must be a list of texts, but holds 1"),
        (entry(code="x", requires="got 2"), "requires must be a list"),
        (entry(code="x", requires=[" "]), "requires holds an empty text"),
        (entry(purpose="skeleton", files=[]), "files is empty"),
        (entry(purpose="tests", files=["t/gone.py"]), "the file t/gone.py is missing"),
        (entry(purpose="tests", files=["00.toml"]), "must lie in a folder"),
        (entry(purpose="tests", files=["a/../../secret"]), "lies outside the transcript"),
        (entry(purpose="tests", files=["/etc/passwd"]), "lies outside the transcript"),
        (entry(purpose="tests", files=["a/x.py", "b/x.py"]), "the same project path"),
        (entry(purpose="tests", files=["a/bytes.py"]), "cannot be read"),
        (entry(purpose="discovery", json="gone.json"), "the file gone.json is missing"),
        (entry(purpose="discovery", json="00.toml"), "is not JSON"),
        (entry(purpose="discovery", json="list.json"), "holds no JSON object"),
        (entry() + entry(), "duplicate of 00.toml, answer 1"),
        (
            entry(requires=["b", "a"], code="x") + entry(requires=["a", "b"], code="y"),
            "duplicate of 00.toml, answer 1",
        ),
        (entry(requires=["a"], code="x") + entry(), "can never be chosen, because 00.toml"),
        ('\n[answer]\npurpose = "atom"\n', r"write \[\[answer\]\]"),
        ("\nanswer = [1]\n", "is not a table"),
        ('\nauthor = "me"\n', "unknown key 'author'"),
        ("\n[[answer]\n", "cannot be read as TOML.*line"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, faulty: str, why: str) -> None:
    for path, content in {
        "a/x.py": b"",
        "b/x.py": b"",
        "a/bytes.py": b"\xff",
        "list.json": b"[]",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    with pytest.raises(TranscriptError, match=why) as caught:
        load(tmp_path, faulty)
    assert str(caught.value).startswith("00.toml")


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError) as caught:
        load(tmp_path, entry(purpose="atoms"), entry("b.py::g", code=3))
    first, second = str(caught.value).splitlines()
    assert first.startswith("00.toml, answer 1 (atoms a.py::f): ")
    assert second.startswith("00.toml, answer 2 (atom b.py::g): ")


@pytest.mark.parametrize(
    ("note", "why"), [("", "no file holds a note"), ('note = " "\n', "note must be text")]
)
def test_a_transcript_says_who_wrote_it(tmp_path: Path, note: str, why: str) -> None:
    with pytest.raises(TranscriptError, match=why):
        load(tmp_path, entry(), note=note)


def test_there_is_one_note(tmp_path: Path) -> None:
    (tmp_path / "10.toml").write_text(NOTE, encoding="utf-8")
    with pytest.raises(TranscriptError, match="2 files hold a note"):
        load(tmp_path, entry())


def test_a_directory_without_answers_is_no_transcript(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match=r"holds no \*\.toml"):
        Transcript.load(tmp_path)
    with pytest.raises(TranscriptError, match="is not a directory"):
        Transcript.load(tmp_path / "gone")
