"""Imports that an answer asks for beside its code: which are allowed, and how they are merged."""

import ast
import re
import sys
from collections.abc import Collection, Iterable, Sequence

from atomization.parser import Language
from devmatrix.python_source import parse_module

_TS_IMPORT = re.compile(
    r"""^import\s+(?:type\s+)?(?:[\w*${}\s,]+\s+from\s+)?(['"])(?P<module>[^'"\n]+)\1;?$"""
)

_TS_STATEMENT = re.compile(r"""^[ \t]*import\b[^'"]*(['"])[^'"\n]+\1[ \t]*;?""", re.M)
_FUTURE = re.compile(r"from\s+__future__\s+import\b")


def imported_modules(statement: str, language: Language) -> tuple[str, ...]:
    """Return the modules that one import statement names ("." prefixes kept).

    Raises:
        ValueError: the text is not exactly one import statement.
    """
    if language is not Language.PYTHON:
        match = _TS_IMPORT.match(statement.strip())
        if match is None:
            raise ValueError(f"{statement.strip()!r} is not one import statement")
        return (match["module"],)
    try:
        body = parse_module(statement.strip()).body
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"{statement.strip()!r} is not one import statement") from error
    match body:
        case [ast.Import(names=names)]:
            return tuple(alias.name for alias in names)
        case [ast.ImportFrom(module=module, level=level)]:
            return ("." * level + (module or ""),)
    raise ValueError(f"{statement.strip()!r} is not one import statement")


def refused_imports(
    statements: Iterable[str],
    *,
    language: Language,
    project_modules: Collection[str],
    dependencies: Collection[str],
) -> list[str]:
    """Return one sentence per statement that names anything but known modules.

    `project_modules` are top-level names (Python); `dependencies` the declared distributions.
    """
    allowed = {*project_modules, *(name.lower().replace("-", "_") for name in dependencies)}
    refusals = []
    for statement in statements:
        try:
            modules = imported_modules(statement, language)
        except ValueError as error:
            refusals.append(str(error))
            continue
        refusals += [
            f"{statement.strip()!r} imports {module!r}, which is not the standard library, "
            "a declared dependency or a module of this project"
            for module in modules
            if not _is_allowed(module, language, allowed)
        ]
    return refusals


def _is_allowed(module: str, language: Language, allowed: Collection[str]) -> bool:
    if module.startswith("."):
        return True
    if language is not Language.PYTHON:
        return module.startswith("node:") or module.lower().replace("-", "_") in allowed
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in allowed


def merge_imports(block: str, statements: Iterable[str], language: Language) -> str:
    """Return an import block's text with the statements it lacks appended, one a line.

    `block` may be empty. What it already imports, statement by statement, is not repeated.
    """
    return place_imports([block], statements, language, max_loc=sys.maxsize)[0]


def place_imports(
    blocks: Sequence[str], statements: Iterable[str], language: Language, *, max_loc: int
) -> list[str]:
    """Return the texts of the import blocks at the top of a file with what they lack put in.

    Imports from `__future__` go before all others, where Python wants them, the rest to the end
    of the last block. What does not fit under `max_loc` lines there is in further texts, to be
    put behind the last. What any block imports already is not repeated.
    """
    texts = list(blocks) or [""]
    present = {_normal(line, language) for text in texts for line in _statements(text, language)}
    missing: dict[str, str] = {}
    for statement in statements:
        normal = _normal(statement.strip(), language)
        if normal not in present:
            missing.setdefault(normal, statement.strip())
    newline = "\r\n" if any("\r\n" in text for text in texts) else "\n"
    lines = [statement.replace("\n", newline) for statement in missing.values()]
    early = [line for line in lines if _FUTURE.match(line)]
    late = [line for line in lines if not _FUTURE.match(line)]
    if early:
        texts[0] = _with_future(texts[0], early, newline)
    return [*texts[:-1], *_appended(texts[-1], late, newline, max_loc)]


def _with_future(block: str, lines: Sequence[str], newline: str) -> str:
    """Put imports from `__future__` before a block's first statement."""
    try:
        body = parse_module(block).body
    except (SyntaxError, ValueError):
        body = []
    rows = block.splitlines(keepends=True)
    at = body[0].lineno - 1 if body else len(rows)
    return "".join([*rows[:at], *(line + newline for line in lines), *rows[at:]])


def _appended(block: str, lines: Sequence[str], newline: str, max_loc: int) -> list[str]:
    """Append lines to a block, in further blocks where it is full; the last keeps the tail."""
    if not lines:
        return [block]
    body = block.rstrip()
    tail = block[len(body) :] or newline
    packed = [body] if body else []
    for line in lines:
        if not packed or _loc(packed[-1]) + _loc(line) > max_loc:
            packed.append(line)
        else:
            packed[-1] += newline + line
    return [*(text + newline for text in packed[:-1]), packed[-1] + tail]


def _loc(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip())


def _statements(block: str, language: Language) -> list[str]:
    if language is not Language.PYTHON:
        return [found[0] for found in _TS_STATEMENT.finditer(block)]
    try:
        return [ast.unparse(node) for node in parse_module(block).body]
    except (SyntaxError, ValueError):
        return block.splitlines()


def _normal(statement: str, language: Language) -> str:
    if language is not Language.PYTHON:
        plain = " ".join(statement.strip().rstrip(";").replace('"', "'").split())
        return re.sub(r"\s*,?\s*}", "}", re.sub(r"\s*([{,])\s*", r"\1", plain))
    try:
        return ast.unparse(parse_module(statement.strip()))
    except (SyntaxError, ValueError):
        return statement.strip()
