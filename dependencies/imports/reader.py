"""Reading the imports of any file, with its tree at hand or without."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from atomization.parser import Language, is_hopeless, parse
from atomization.project import ProjectFile
from atomization.python_names import names_of, parse_text
from atomization.python_scopes import FileNames
from dependencies.imports.model import FileRequests
from dependencies.imports.python_reader import read_python
from dependencies.imports.script_reader import read_script


def requests_of(file: ProjectFile, names: FileNames | None = None) -> FileRequests:
    """Read what one file imports; never raises for what stands in it.

    ``names`` is what ``names_of`` found in a Python file: its trees save another parse.
    """
    text = file.text
    if file.language is Language.PYTHON:
        trees, problems = _trees(file, text, names)
        return read_python(file.path, text, trees, problems)
    source = text.encode("utf-8", "surrogateescape")
    tree = parse(source, file.language)
    hopeless = is_hopeless(tree)
    return read_script(file.path, file.language, source, tree.root_node, hopeless=hopeless)


def _trees(
    file: ProjectFile, text: str, names: FileNames | None
) -> tuple[Sequence[ast.Module], Sequence[tuple[int, str]]]:
    if names is None:
        try:
            return [parse_text(text)], ()
        except SyntaxError:
            names = names_of(file)
    modules = [tree for tree in names.trees if isinstance(tree, ast.Module)]
    return modules, names.problems
