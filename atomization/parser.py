"""Source bytes to syntax trees, and the language's own verdict on them.

Two parsers stand side by side because they answer different questions. tree-sitter never refuses
an input and knows the place of every node, so boundaries are drawn with it. Whether a text *is* a
program is the language's own rules: for Python that is ``compile()``, which reads but never runs.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from typing import Final

import tree_sitter
import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_typescript

from devmatrix.python_source import check

MAX_FAULTS: Final = 100
MAX_ANONYMOUS: Final = 5_000
_LONE_CR = re.compile(rb"\r(?!\n)")
_COMMENTS: Final = rb"(?:\s++|//[^\n]*+\n|/\*(?:[^*]|\*(?!/)){0,4000}+\*/){0,24}+"
_VARIANCE: Final = re.compile(
    rb"([<,]" + _COMMENTS + rb")(in[ \t]+out|in|out)"
    rb"(?=[ \t]+(?!(?:in|of|as|is|instanceof|extends|satisfies)\b)"
    rb"[A-Za-z_$][\w$]*\s*(?:[,>=]|extends\b))"
)
_SIGNATURE: Final = re.compile(
    rb"[\w\])}>][ \t]*+\r?\n" + _COMMENTS + rb"(?<=[ \t])(?=<[A-Za-z_$\r\n])"
)


class Language(StrEnum):
    """The languages whose files are cut into atoms."""

    PYTHON = "python"
    TYPESCRIPT = "typescript"
    TSX = "tsx"
    JAVASCRIPT = "javascript"


_EXTENSIONS: Final = {
    ".py": Language.PYTHON,
    ".pyi": Language.PYTHON,
    ".ts": Language.TYPESCRIPT,
    ".mts": Language.TYPESCRIPT,
    ".cts": Language.TYPESCRIPT,
    ".tsx": Language.TSX,
    ".js": Language.JAVASCRIPT,
    ".mjs": Language.JAVASCRIPT,
    ".cjs": Language.JAVASCRIPT,
    ".jsx": Language.JAVASCRIPT,
}


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """One place that the language refuses: 1-based line, 1-based column, what is wrong."""

    line: int
    column: int
    message: str

    def to_json(self) -> dict[str, object]:
        """Give the fault as plain data."""
        return asdict(self)


def language_of(path: str) -> Language | None:
    """Tell the language of a path by its ending, or None for a file that is not cut into atoms."""
    name = path.rsplit("/", 1)[-1]
    dot = name.rfind(".")
    return None if dot < 0 else _EXTENSIONS.get(name[dot:].lower())


@cache
def grammar(language: Language) -> tree_sitter.Language:
    """Load the tree-sitter grammar of a language (once a process)."""
    pointers = {
        Language.PYTHON: tree_sitter_python.language,
        Language.TYPESCRIPT: tree_sitter_typescript.language_typescript,
        Language.TSX: tree_sitter_typescript.language_tsx,
        Language.JAVASCRIPT: tree_sitter_javascript.language,
    }
    return tree_sitter.Language(pointers[language]())


@cache
def query(language: Language, pattern: str) -> tree_sitter.Query:
    """Compile a tree-sitter query (once a process)."""
    return tree_sitter.Query(grammar(language), pattern)


def normalised(source: bytes) -> bytes:
    """Replace each lone CR by LF, so that rows are the lines that the languages see.

    The length does not change: an offset into the result is an offset into the source.
    """
    return _LONE_CR.sub(b"\n", source) if b"\r" in source else source


def parse(source: bytes, language: Language) -> tree_sitter.Tree:
    """Parse any bytes; what the grammar does not know becomes ERROR and MISSING nodes.

    Offsets are into ``source``; rows count LF, CRLF and lone CR as line ends. What TypeScript knows
    and the grammar does not is read as something else where the source has errors otherwise:
    variance annotations of type parameters (``in T``, ``out T``) as blanks, and the blank before a
    call signature that follows a member without a semicolon as one, if that mends the source.
    """
    parser = tree_sitter.Parser(grammar(language))
    text = normalised(source)
    tree = parser.parse(text)
    typed = language in (Language.TYPESCRIPT, Language.TSX)
    if typed and tree.root_node.has_error and _VARIANCE.search(text):
        text = _VARIANCE.sub(lambda found: found[1] + b" " * len(found[2]), text)
        tree = parser.parse(text)
    if typed and tree.root_node.has_error and _SIGNATURE.search(text):
        mended = parser.parse(_SIGNATURE.sub(lambda found: found[0][:-1] + b";", text))
        tree = tree if mended.root_node.has_error else mended
    return tree


def is_hopeless(tree: tree_sitter.Tree) -> bool:
    """Tell whether an error holds over ``MAX_ANONYMOUS`` tokens in a row that are no named node.

    A query's time grows with the square of such a run, which nobody writes by accident.
    """
    stack = [tree.root_node] if tree.root_node.has_error else []
    while stack:
        node = stack.pop()
        children = node.children
        run = 0
        for child in children if len(children) > MAX_ANONYMOUS else ():
            run = 0 if child.is_named else run + 1
            if run > MAX_ANONYMOUS:
                return True
        stack.extend(child for child in children if child.has_error)
    return False


def syntax_faults(source: bytes, language: Language) -> list[SyntaxFault]:
    """List what the language refuses in a source; an empty list means that it is a program.

    Python is asked itself (``compile`` with the file's own encoding rules; nothing is executed).
    TypeScript and JavaScript are judged by the grammar's ERROR and MISSING nodes, at most
    ``MAX_FAULTS`` of them.
    """
    if language is Language.PYTHON:
        return _python_faults(source)
    return _grammar_faults(source, language)


def _python_faults(source: bytes) -> list[SyntaxFault]:
    try:
        check(source)
    except SyntaxError as error:
        if error.lineno is None and b"\0" in source:
            return [SyntaxFault(_line_of(source, b"\0"), 1, error.msg)]
        return [SyntaxFault(error.lineno or 1, max(error.offset or 1, 1), error.msg)]
    except (ValueError, UnicodeError) as error:
        return [SyntaxFault(_line_of(source, b"\0"), 1, str(error))]
    except (RecursionError, MemoryError):
        return [SyntaxFault(1, 1, "the code is nested too deeply for Python to compile")]
    return []


def _line_of(source: bytes, mark: bytes) -> int:
    """Give the 1-based line of the first ``mark``, 1 where there is none."""
    return normalised(source[: max(source.find(mark), 0)]).count(b"\n") + 1


def _grammar_faults(source: bytes, language: Language) -> list[SyntaxFault]:
    tree = parse(source, language)
    if not tree.root_node.has_error:
        return []
    if is_hopeless(tree):
        message = f"over {MAX_ANONYMOUS:,} tokens in a row make no sense to the grammar"
        return [SyntaxFault(1, 1, message)]
    found = tree_sitter.QueryCursor(query(language, "[(ERROR) (MISSING)] @fault")).captures(
        tree.root_node
    )
    nodes = sorted(found.get("fault", []), key=lambda node: (node.start_byte, node.end_byte))
    return [_fault_of(node, source) for node in nodes[:MAX_FAULTS]] or [
        SyntaxFault(1, 1, "the file does not follow the language's grammar")
    ]


def _fault_of(node: tree_sitter.Node, source: bytes) -> SyntaxFault:
    row, column = node.start_point
    if node.is_missing:
        return SyntaxFault(row + 1, column + 1, f"missing {node.type!r}")
    text = source[node.start_byte : node.start_byte + 40].decode("utf-8", "replace")
    return SyntaxFault(row + 1, column + 1, f"unexpected {text.splitlines()[0]!r}" if text else "")
