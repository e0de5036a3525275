"""Answers written down beforehand, and the rule by which one is chosen.

A transcript is a directory of TOML files, read in the order of their names. It is written by a
person and says so in its note. Mistakes in it are found when it is loaded, all at once, because a
wrong transcript would otherwise look like a wrong engine.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Self

FEEDBACK_LINE = "<feedback>"

_IDENTITY = frozenset({"purpose", "subject", "requires"})


class TranscriptError(ValueError):
    """A transcript cannot be used; one line of the message for each fault in it."""


class _EntryError(ValueError):
    """One fault of one entry, before it is known where the entry stands."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer. `text` is what the model says; `place` is where it was written down."""

    purpose: str
    subject: str
    requires: tuple[str, ...]
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """All answers, in order, and the note about who wrote them."""

    note: str
    entries: tuple[Entry, ...]

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read and check every `*.toml` of the directory. Raises TranscriptError."""
        if not directory.is_dir():
            raise TranscriptError(f"{directory} is not a directory; name one with *.toml files.")
        files = sorted(directory.glob("*.toml"))
        if not files:
            raise TranscriptError(f"{directory} holds no *.toml file, so it is no transcript.")
        reader = _Reader(directory)
        for file in files:
            reader.read(file)
        reader.finish()
        if reader.faults:
            raise TranscriptError("\n".join(reader.faults))
        return cls(reader.notes[0], tuple(reader.entries))

    def match(self, purpose: str, subject: str, text: str) -> Entry | None:
        """The answer to a question whose user message is `text`, or None.

        It is the last entry of that purpose and subject whose `requires` all occur in the
        feedback: what follows the last line `<feedback>`.
        """
        feedback = feedback_of(text)
        chosen = None
        for entry in self.about(purpose, subject):
            if all(required in feedback for required in entry.requires):
                chosen = entry
        return chosen

    def about(self, purpose: str, subject: str) -> list[Entry]:
        """Every entry of that purpose and subject, whatever it requires."""
        return [e for e in self.entries if (e.purpose, e.subject) == (purpose, subject)]


def feedback_of(text: str) -> str:
    """What follows the last line `<feedback>` of a user message; empty if there is none."""
    lines = text.split("\n")
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].strip() == FEEDBACK_LINE:
            return "\n".join(lines[index + 1 :])
    return ""


class _Reader:
    """Collects entries and faults, file by file."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.notes: list[str] = []
        self.entries: list[Entry] = []
        self.faults: list[str] = []

    def read(self, file: Path) -> None:
        try:
            document = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            self.faults.append(f"{file.name}: cannot be read as TOML: {error}")
            return
        for key in sorted(document.keys() - {"note", "answer"}):
            self.faults.append(f"{file.name}: unknown key {key!r}; it may hold note and [[answer]]")
        self._read_note(file, document.get("note"))
        answers = document.get("answer", [])
        if not isinstance(answers, list):
            self.faults.append(f"{file.name}: write [[answer]], not [answer]")
            return
        for number, raw in enumerate(answers, 1):
            self._read_entry(f"{file.name}, answer {number}", raw)

    def finish(self) -> None:
        """The faults that only the whole shows."""
        if not self.notes:
            self.faults.append('no file holds a note; add note = "Written by hand …" to one')
        if len(self.notes) > 1:
            self.faults.append(f"{len(self.notes)} files hold a note; keep one")
        seen: dict[tuple[str, str], list[Entry]] = {}
        for entry in self.entries:
            earlier = seen.setdefault((entry.purpose, entry.subject), [])
            self.faults += [
                _unreachable(old, entry)
                for old in earlier
                if set(entry.requires) <= {*old.requires}
            ]
            earlier.append(entry)

    def _read_note(self, file: Path, note: object) -> None:
        if isinstance(note, str) and note.strip():
            self.notes.append(note)
        elif note is not None:
            self.faults.append(f"{file.name}: note must be text that is not empty")

    def _read_entry(self, place: str, raw: object) -> None:
        if not isinstance(raw, dict):
            self.faults.append(f"{place}: is not a table")
            return
        name = f"{raw.get('purpose')} {raw.get('subject')}"
        try:
            self.entries.append(_entry(self.directory, f"{place} ({name})", raw))
        except _EntryError as fault:
            self.faults.append(f"{place} ({name}): {fault}")


def _unreachable(old: Entry, new: Entry) -> str:
    if set(old.requires) == set(new.requires):
        return f"{new.place}: duplicate of {old.place}; give one of them other `requires`"
    return (
        f"{old.place}: can never be chosen, because {new.place} comes later and requires less; "
        f"put the more specific answer last"
    )


def _entry(directory: Path, place: str, raw: Mapping[str, Any]) -> Entry:
    purpose = _text(raw, "purpose")
    if purpose not in _CONTENT:
        raise _EntryError(f"unknown purpose {purpose!r}; it is one of {', '.join(_CONTENT)}")
    requires = _texts(raw, "requires")
    if not all(required.strip() for required in requires):
        raise _EntryError("requires holds an empty text, which every feedback contains")
    return Entry(
        purpose=purpose,
        subject=_text(raw, "subject"),
        requires=requires,
        text=_content(directory, purpose, raw),
        place=place,
    )


def _content(directory: Path, purpose: str, raw: Mapping[str, Any]) -> str:
    """The text of the answer, from the keys that its purpose allows or from raw `text`."""
    main, optional, build = _CONTENT[purpose]
    given = raw.keys() - _IDENTITY
    if given == {"text"}:
        return _text(raw, "text", empty=True)
    if main not in given:
        raise _EntryError(f"needs {main} (or text, for a raw answer)")
    extra = sorted(given - {main} - optional)
    if extra:
        raise _EntryError(f"unknown key {', '.join(extra)}; a {purpose} has no such key")
    return json.dumps(build(directory, raw), ensure_ascii=False)


def _atom(_: Path, raw: Mapping[str, Any]) -> dict[str, Any]:
    return {"imports": list(_texts(raw, "imports")), "code": _text(raw, "code", empty=True)}


def _files(directory: Path, raw: Mapping[str, Any]) -> dict[str, Any]:
    paths = _texts(raw, "files")
    if not paths:
        raise _EntryError("files is empty")
    files = [{"path": _project_path(path), "content": _read(directory, path)} for path in paths]
    names = [file["path"] for file in files]
    if len(set(names)) != len(names):
        raise _EntryError(f"two files have the same project path: {', '.join(names)}")
    return {"files": files}


def _document(directory: Path, raw: Mapping[str, Any]) -> dict[str, Any]:
    path = _text(raw, "json")
    try:
        document = json.loads(_read(directory, path))
    except json.JSONDecodeError as error:
        raise _EntryError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise _EntryError(f"{path} holds no JSON object")
    return document


def _project_path(path: str) -> str:
    """`skeleton/evenly/money.py` in the transcript is `evenly/money.py` in the project."""
    parts = PurePosixPath(path).parts
    if len(parts) < 2:
        raise _EntryError(f"{path} must lie in a folder, which is not part of the project's path")
    return str(PurePosixPath(*parts[1:]))


def _read(directory: Path, path: str) -> str:
    root = directory.resolve()
    file = (root / path).resolve()
    if not file.is_relative_to(root):
        raise _EntryError(f"{path} lies outside the transcript")
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise _EntryError(f"the file {path} is missing") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _EntryError(f"the file {path} cannot be read: {error}") from error


def _text(raw: Mapping[str, Any], key: str, *, empty: bool = False) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not (value or empty):
        raise _EntryError(f"{key} must be text that is not empty")
    return value


def _texts(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value: object = raw.get(key, [])
    if not isinstance(value, list):
        raise _EntryError(f"{key} must be a list of texts")
    return tuple(_each_text(value, key))


def _each_text(values: Iterable[object], key: str) -> Iterable[str]:
    for value in values:
        if not isinstance(value, str):
            raise _EntryError(f"{key} must be a list of texts, but holds {value!r}")
        yield value


_Build = Callable[[Path, Mapping[str, Any]], dict[str, Any]]
_NOTHING: frozenset[str] = frozenset()

# purpose: the key that holds the answer, what may stand beside it, how the answer is built
_CONTENT: Mapping[str, tuple[str, frozenset[str], _Build]] = {
    "discovery": ("json", _NOTHING, _document),
    "masterplan": ("json", _NOTHING, _document),
    "skeleton": ("files", _NOTHING, _files),
    "tests": ("files", _NOTHING, _files),
    "atom": ("code", frozenset({"imports"}), _atom),
}
