"""Imports that an answer asks for beside its code: which are allowed, and how they are merged."""

import ast
import re
import sys
from collections.abc import Collection, Iterable

from atomization.parser import Language
from devmatrix.python_source import parse_module

_TS_IMPORT = re.compile(
    r"""^import\s+(?:type\s+)?(?:[\w*${}\s,]+\s+from\s+)?(['"])(?P<module>[^'"\n]+)\1;?$"""
)


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
    present = {_normal(line, language) for line in _statements(block, language)}
    missing: list[str] = []
    for statement in statements:
        normal = _normal(statement.strip(), language)
        if normal not in present:
            present.add(normal)
            missing.append(statement.strip() + "\n")
    if not missing:
        return block
    body = block.rstrip()
    tail = block[len(body) :] or "\n"
    newline = "\r\n" if "\r\n" in block else "\n"
    lines = "".join(missing).rstrip("\n").replace("\n", newline)
    return f"{body}{newline}{lines}{tail}" if body else lines + tail


def _statements(block: str, language: Language) -> list[str]:
    if language is not Language.PYTHON:
        return [line for line in block.splitlines() if line.lstrip().startswith("import")]
    try:
        return [ast.unparse(node) for node in parse_module(block).body]
    except (SyntaxError, ValueError):
        return block.splitlines()


def _normal(statement: str, language: Language) -> str:
    if language is not Language.PYTHON:
        return statement.strip().rstrip(";").replace('"', "'")
    try:
        return ast.unparse(parse_module(statement.strip()))
    except (SyntaxError, ValueError):
        return statement.strip()
