"""The sections of a docstring: Google, NumPy and reST style, JSDoc and TSDoc.

Styles may be mixed in one docstring. What is indented under a title, or follows a field, belongs to
it; nothing is guessed from prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from atomization.contracts.model import Section

_TITLES: Final = {
    "args": "param",
    "arguments": "param",
    "parameters": "param",
    "params": "param",
    "other parameters": "param",
    "keyword args": "keyword",
    "keyword arguments": "keyword",
    "attributes": "attribute",
    "returns": "returns",
    "return": "returns",
    "yields": "yields",
    "yield": "yields",
    "raises": "raises",
    "raise": "raises",
    "throws": "raises",
    "exceptions": "raises",
    "warns": "warns",
    "requires": "requires",
    "preconditions": "requires",
    "precondition": "requires",
    "ensures": "ensures",
    "postconditions": "ensures",
    "postcondition": "ensures",
    "examples": "example",
    "example": "example",
    "notes": "note",
    "note": "note",
    "warning": "note",
    "warnings": "note",
    "see also": "see",
    "deprecated": "deprecated",
    "references": "see",
    "todo": "note",
}
_FIELDS: Final = {
    "param": "param",
    "parameter": "param",
    "arg": "param",
    "argument": "param",
    "key": "keyword",
    "keyword": "keyword",
    "type": "type",
    "raises": "raises",
    "raise": "raises",
    "except": "raises",
    "exception": "raises",
    "var": "attribute",
    "ivar": "attribute",
    "cvar": "attribute",
    "vartype": "type",
    "returns": "returns",
    "return": "returns",
    "rtype": "rtype",
    "yields": "yields",
    "yield": "yields",
    "ytype": "ytype",
}
_TAGS: Final = {
    "param": "param",
    "arg": "param",
    "argument": "param",
    "property": "attribute",
    "prop": "attribute",
    "returns": "returns",
    "return": "returns",
    "yields": "yields",
    "yield": "yields",
    "throws": "raises",
    "exception": "raises",
    "example": "example",
    "typeparam": "typeparam",
    "template": "typeparam",
    "deprecated": "deprecated",
    "remarks": "note",
    "see": "see",
    "pre": "requires",
    "post": "ensures",
}
_TYPE_FIELDS: Final = frozenset({"type", "rtype", "ytype"})
_RESULT_TYPES: Final = {"returns": ("rtype", ""), "yields": ("ytype", "")}
_NAMED: Final = frozenset({"param", "keyword", "attribute"})
_WORTH: Final = re.compile(
    r"^[ \t]*(?::(?:{})\b|(?:{})[ \t]*(?::|$))".format("|".join(_FIELDS), "|".join(_TITLES)),
    re.MULTILINE | re.IGNORECASE,
)
_FIELD: Final = re.compile(r":(\w+)(?:[ \t]+([^:]*))?:[ \t]*(.*)")
_GOOGLE: Final = re.compile(
    r"(\*{0,2}[\w.]+)[ \t]*(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?[ \t]*:(.*)"
)
_NUMPY: Final = re.compile(r"(\*{0,2}\w[\w.]*(?:, *\*{0,2}\w[\w.]*)*)(?:[ \t]*:[ \t]*(.*))?$")
_ERROR: Final = re.compile(r"`{0,2}~?((?:[A-Za-z_]\w*\.)*[A-Z]\w*)`{0,2}[ \t]*(?::(.*)|$)")
_TAG: Final = re.compile(r"^[ \t]*@(\w+)\b[ \t]?", re.MULTILINE)
_NAME: Final = re.compile(r"\[?([\w$.#]+)(?:\s*=[^\]]*)?\]?[ \t]*(?:-[ \t]*)?")
_LINK: Final = re.compile(r"\{@\w+\s+([\w$.#]+)[^}]*\}")


def sections_of(docstring: str) -> tuple[Section, ...]:
    """Part a Python docstring, cleaned of its indentation, into the entries of its sections."""
    if not docstring or _WORTH.search(docstring) is None:
        return ()
    return tuple(_with_types(_sections(docstring.splitlines())))


def _sections(lines: list[str]) -> Iterator[Section]:
    at = 0
    while at < len(lines):
        kind, rest, underlined = _title(lines, at)
        if kind:
            first = at + (2 if underlined else 1)
            end = _end_of(lines, first, at, underlined=underlined)
            yield from _entries(kind, rest, lines[first:end], numpy=underlined)
            at = max(end, at + 1)
            continue
        match = _FIELD.match(lines[at].strip()) if ":" in lines[at] else None
        name = match.group(1).lower() if match else ""
        if match and name in _FIELDS:
            end = _end_of(lines, at + 1, at, underlined=False)
            text = _joined([match.group(3), *lines[at + 1 : end]])
            yield _field(_FIELDS[name], (match.group(2) or "").strip(), text)
            at = end
            continue
        at += 1


def _title(lines: list[str], at: int) -> tuple[str, str, bool]:
    """Read a title: its kind, what follows on its line, whether a rule underlines it."""
    head, colon, rest = lines[at].strip().partition(":")
    kind = _TITLES.get(head.lower(), "")
    if not kind:
        return "", "", False
    below = lines[at + 1].strip() if at + 1 < len(lines) else ""
    underlined = not colon and len(below) > 2 and set(below) <= {"-", "="}
    if underlined:
        return kind, "", True
    if rest.strip():
        plain = kind not in _NAMED and head[:1].isupper()
        return (kind, rest.strip(), False) if plain else ("", "", False)
    titled = bool(colon) or _indent(lines, at + 1) > _indent(lines, at)
    return (kind if titled else ""), "", False


def _indent(lines: list[str], at: int) -> int:
    """Measure the indentation of a row; -1 for a blank one and after the end."""
    line = lines[at] if at < len(lines) else ""
    return len(line) - len(line.lstrip()) if line.strip() else -1


def _end_of(lines: list[str], first: int, title: int, *, underlined: bool) -> int:
    """Find where a section ends.

    Under a plain title that is the first row no deeper than the title; under an underlined one,
    whose text is not indented, the next such title or a row further out.
    """
    margin = _indent(lines, title)
    for at in range(first, len(lines)):
        indent = _indent(lines, at)
        if indent < 0:
            continue
        ends = indent < margin or _title(lines, at)[2] if underlined else indent <= margin
        if ends:
            return at
    return len(lines)


def _entries(kind: str, rest: str, lines: list[str], *, numpy: bool) -> Iterator[Section]:
    if kind in ("note", "see", "example", "deprecated"):
        text = "\n".join([*([rest] if rest else []), *lines]).strip("\n")
        yield Section(kind, "", "", _dedented(text))
        return
    if rest:
        yield _entry(kind, [rest, *lines], numpy=False)
        return
    outer = min((_indent(lines, at) for at in range(len(lines)) if lines[at].strip()), default=0)
    if kind in ("returns", "yields") and not numpy:
        body = [line for line in lines if line.strip()]
        if body:
            yield _entry(kind, body, numpy=False)
        return
    group: list[str] = []
    for at, line in enumerate(lines):
        if _indent(lines, at) == outer and group:
            yield _entry(kind, group, numpy=numpy)
            group = []
        if line.strip():
            group.append(line)
    if group:
        yield _entry(kind, group, numpy=numpy)


def _entry(kind: str, lines: list[str], *, numpy: bool) -> Section:
    """Read one entry: its first row, and what is indented deeper."""
    head, more = lines[0].strip(), lines[1:]
    if kind in ("raises", "warns"):
        match = _ERROR.match(head)
        if match is None:
            return Section(kind, "", "", _joined([head, *more]))
        return Section(kind, match.group(1), "", _joined([match.group(2) or "", *more]))
    if kind in _NAMED:
        match = (_NUMPY if numpy else _GOOGLE).match(head)
        if match is None:
            return Section(kind, "", "", _joined([head, *more]))
        text = more if numpy else [match.group(3), *more]
        return Section(kind, match.group(1), (match.group(2) or "").strip(), _joined(text))
    if kind in ("returns", "yields"):
        return _result(kind, head, more, numpy=numpy)
    return Section(kind, "", "", _joined([head, *more]))


def _result(kind: str, head: str, more: list[str], *, numpy: bool) -> Section:
    if numpy:
        name, colon, annotation = head.partition(":")
        if colon and name.strip().isidentifier():
            return Section(kind, name.strip(), annotation.strip(), _joined(more))
        return Section(kind, "", head, _joined(more)) if more else Section(kind, "", "", head)
    annotation, colon, text = head.partition(":")
    typed = colon and text[:1] in ("", " ") and re.fullmatch(r"[\w.\[\], |]+", annotation)
    if typed and (" " not in annotation.strip() or "[" in annotation or "|" in annotation):
        return Section(kind, "", annotation.strip(), _joined([text, *more]))
    return Section(kind, "", "", _joined([head, *more]))


def _field(kind: str, argument: str, text: str) -> Section:
    """Make an entry of a reST field: ``:param int x: text``, ``:raises KeyError: text``."""
    if kind in _NAMED and argument:
        annotation, _, name = argument.rpartition(" ")
        return Section(kind, name, annotation.strip(), text)
    if kind == "raises":
        return Section(kind, argument, "", text)
    return Section(kind, argument, "", text)


def _with_types(found: Iterator[Section]) -> Iterator[Section]:
    """Give ``:type x:`` and ``:rtype:`` to the entries that they speak of."""
    entries = list(found)
    types = {(part.kind, part.name): part.text for part in entries if part.kind in _TYPE_FIELDS}
    seen: set[str] = set()
    for part in entries:
        if part.kind in _TYPE_FIELDS:
            continue
        key = {"returns": ("rtype", ""), "yields": ("ytype", "")}.get(
            part.kind, ("type", part.name)
        )
        seen.add(part.kind)
        known = part.type or types.get(key, "")
        yield part if known == part.type else Section(part.kind, part.name, known, part.text)
    for kind, key in _RESULT_TYPES.items():
        if key in types and kind not in seen:
            yield Section(kind, "", types[key], "")


def _joined(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).split())


def _dedented(text: str) -> str:
    lines = text.splitlines()
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins, default=0)
    return "\n".join(line[margin:] for line in lines)


def script_sections_of(comment: str) -> tuple[Section, ...]:
    """Part the text of a ``/** … */`` comment, without its frame, into its tags."""
    if "@" not in comment:
        return ()
    marks = list(_TAG.finditer(comment))
    found = []
    for at, mark in enumerate(marks):
        end = marks[at + 1].start() if at + 1 < len(marks) else len(comment)
        kind = _TAGS.get(mark.group(1).lower())
        if kind is not None:
            found.append(_tag(kind, comment[mark.end() : end].strip()))
    return tuple(found)


def _tag(kind: str, text: str) -> Section:
    if kind in ("example", "note", "deprecated", "see", "requires", "ensures"):
        return Section(kind, "", "", text)
    text = _LINK.sub(r"\1", text)
    annotation, text = _braced(text)
    if kind == "raises":
        if annotation:
            return Section(kind, annotation, "", _joined([text.removeprefix("-")]))
        match = re.match(r"`?((?:[\w$]+\.)*[A-Z][\w$]*)`?\s*(?:-\s*)?", text)
        name = match.group(1) if match else ""
        return Section(kind, name, "", _joined([text[match.end() :] if match else text]))
    if kind in ("returns", "yields"):
        return Section(kind, "", annotation, _joined([text.removeprefix("-")]))
    match = _NAME.match(text)
    if match is None:
        return Section(kind, "", annotation, _joined([text]))
    return Section(kind, match.group(1), annotation, _joined([text[match.end() :]]))


def _braced(text: str) -> tuple[str, str]:
    """Take ``{type}`` off the front; braces inside it are matched."""
    if not text.startswith("{"):
        return "", text
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return text[1:at].strip(), text[at + 1 :].strip()
    return "", text
