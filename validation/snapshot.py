"""A project at one moment, as text that checks can put a candidate into and find lines in.

A file is an ordered run of pieces whose texts concatenated are the file. That is all that leads a
line of an error message back to the atom it belongs to, so nothing here looks at syntax.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from atomization.imports import merge_imports
from atomization.parser import Language

_DEFINES = re.compile(r"^(?:export\s+)?(?:async\s+)?(?:def|class|function|const)\s", re.M)
_LINE_END = re.compile(r"\r\n|\r|\n")
SEPARATOR = "::"
IMPORTS = "imports"
"""What the decomposer calls a file's first import block."""


def encoded(text: str) -> bytes:
    """Give the bytes of a source text (UTF-8, undecodable bytes restored)."""
    return text.encode("utf-8", "surrogateescape")


def decoded(source: bytes) -> str:
    """Give the text of source bytes (UTF-8, undecodable bytes kept as surrogates)."""
    return source.decode("utf-8", "surrogateescape")


def line_starts(text: str) -> list[int]:
    """Give the offset of each line's first character; LF, CRLF and a lone CR end a line."""
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


@dataclass(frozen=True, slots=True)
class Piece:
    """One atom's name within its file, and its text."""

    name: str
    code: str


@dataclass(frozen=True)
class FileText:
    """One file as its pieces; `language` None means one piece that holds the raw text."""

    language: Language | None
    pieces: tuple[Piece, ...]

    @cached_property
    def text(self) -> str:
        """The whole file."""
        return "".join(piece.code for piece in self.pieces)

    @cached_property
    def source(self) -> bytes:
        """The bytes of the whole file."""
        return encoded(self.text)

    @cached_property
    def lines(self) -> list[int]:
        """The offset of each line's first character."""
        return line_starts(self.text)

    @cached_property
    def _offsets(self) -> list[int]:
        return list(accumulate((len(piece.code) for piece in self.pieces), initial=0))

    @cached_property
    def _index(self) -> dict[str, int]:
        return {piece.name: number for number, piece in enumerate(self.pieces)}

    @cached_property
    def _filled(self) -> tuple[list[int], list[int]]:
        """The first lines and the numbers of the pieces that have any text."""
        numbers = [number for number, piece in enumerate(self.pieces) if piece.code]
        return [self._line_at(self._offsets[number]) for number in numbers], numbers

    def _line_at(self, offset: int) -> int:
        return bisect_right(self.lines, offset)

    def number(self, name: str) -> int:
        """Give the place of a piece in the file; raises KeyError."""
        return self._index[name]

    def code(self, name: str) -> str:
        """Give a piece's text; raises KeyError."""
        return self.pieces[self._index[name]].code

    def span(self, name: str) -> tuple[int, int]:
        """Give the first and the last line of a piece, 1-based and inclusive; raises KeyError."""
        number = self._index[name]
        start, end = self._offsets[number], self._offsets[number + 1]
        return self._line_at(start), self._line_at(max(start, end - 1))

    def at(self, line: int) -> Piece | None:
        """Give the piece that a line (1-based) belongs to, or None outside the file."""
        firsts, numbers = self._filled
        if line < 1 or line > len(self.lines) or not numbers:
            return None
        place = max(bisect_right(firsts, line) - 1, 0)
        return self.pieces[numbers[place]]

    def with_code(self, name: str, code: str) -> FileText:
        """Return the file with one piece's text replaced; raises KeyError."""
        number = self._index[name]
        if self.pieces[number].code == code:
            return self
        pieces = list(self.pieces)
        pieces[number] = Piece(name, code)
        return FileText(self.language, tuple(pieces))


@dataclass(frozen=True)
class Snapshot:
    """All files of a project: those made of pieces, and the bytes of those that are not."""

    files: Mapping[str, FileText]
    raw: Mapping[str, bytes] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """Give a file's text; raises KeyError naming the path."""
        if path in self.files:
            return self.files[path].text
        return decoded(self.raw[path])

    def assembled(self) -> dict[str, bytes]:
        """Give every file's bytes."""
        return dict(self.raw) | {path: encoded(file.text) for path, file in self.files.items()}

    def split(self, key: str) -> tuple[str, str]:
        """Take an atom's key apart into path and name; raises KeyError for a key not in here."""
        at = key.find(SEPARATOR)
        while at >= 0:
            path, name = key[:at], key[at + len(SEPARATOR) :]
            file = self.files.get(path)
            if file is not None and name in file._index:
                return path, name
            at = key.find(SEPARATOR, at + 1)
        raise KeyError(f"{key!r} is no atom of this project; a key reads path::name.")

    def code(self, key: str) -> str:
        """Give an atom's text; raises KeyError."""
        path, name = self.split(key)
        return self.files[path].code(name)

    def replace(self, key: str, code: str) -> Snapshot:
        """Return the snapshot with one atom's text replaced; raises KeyError."""
        return self.replace_all({key: code})

    def replace_all(self, codes: Mapping[str, str]) -> Snapshot:
        """Return the snapshot with several atoms' texts replaced; raises KeyError."""
        files = dict(self.files)
        for key, code in codes.items():
            path, name = self.split(key)
            files[path] = files[path].with_code(name, code)
        return Snapshot(files, self.raw)

    def with_imports(self, path: str, statements: Sequence[str]) -> Snapshot:
        """Return the snapshot with import statements merged into a file's import block.

        A file without one gets it behind its docstring and opening comments. Raises KeyError.
        """
        file = self.files[path]
        if not statements or file.language is None:
            return self
        names = [piece.name for piece in file.pieces]
        block = next((piece.name for piece in file.pieces if _is_import_block(piece)), None)
        if block is not None:
            merged = merge_imports(file.code(block), statements, file.language)
            return Snapshot({**self.files, path: file.with_code(block, merged)}, self.raw)
        heads = [name for name in names[:2] if name == "__doc__" or name.startswith("trivia")]
        free = IMPORTS if IMPORTS not in names else f"{IMPORTS}#asked"
        piece = Piece(free, merge_imports("", statements, file.language) + "\n")
        pieces = [*file.pieces[: len(heads)], piece, *file.pieces[len(heads) :]]
        return Snapshot({**self.files, path: FileText(file.language, tuple(pieces))}, self.raw)

    def locate(self, path: str, line: int) -> tuple[str, int] | None:
        """Lead a line of a file (1-based) back to its atom's key and the line within the atom.

        None where the path is not made of atoms or the line is outside the file.
        """
        file = self.files.get(path)
        piece = file.at(line) if file is not None and file.language is not None else None
        if file is None or piece is None:
            return None
        return f"{path}{SEPARATOR}{piece.name}", line - file.span(piece.name)[0] + 1

    def first_line(self, key: str) -> int:
        """Give the line of the file (1-based) on which an atom begins; raises KeyError."""
        return self.span(key)[0]

    def span(self, key: str) -> tuple[int, int]:
        """Give the first and the last line of an atom in its file; raises KeyError."""
        path, name = self.split(key)
        return self.files[path].span(name)

    def keys(self, path: str) -> list[str]:
        """Give the keys of a file's atoms in order; none for a file without atoms."""
        file = self.files.get(path)
        if file is None or file.language is None:
            return []
        return [f"{path}{SEPARATOR}{piece.name}" for piece in file.pieces]

    def paths(self, *languages: Language) -> list[str]:
        """Give the sorted paths of the files in the given languages."""
        return sorted(path for path, file in self.files.items() if file.language in languages)


def _is_import_block(piece: Piece) -> bool:
    """Tell an import block from something that is only called so."""
    return piece.name.split("#")[0] == IMPORTS and _DEFINES.search(piece.code) is None


def snapshot_from(
    files: Iterable[tuple[str, Language | None, Sequence[tuple[str, str]]]],
    raw: Mapping[str, bytes] | None = None,
) -> Snapshot:
    """Build a snapshot from (path, language, [(atom name, code), …]) rows."""
    return Snapshot(
        {
            path: FileText(language, tuple(Piece(name, code) for name, code in pieces))
            for path, language, pieces in files
        },
        dict(raw or {}),
    )
