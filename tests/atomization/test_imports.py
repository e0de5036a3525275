"""Imports that answers ask for: what is allowed and how it is merged."""

import ast

import pytest

from atomization.imports import imported_modules, merge_imports, refused_imports
from atomization.parser import Language

PYTHON, TYPESCRIPT = Language.PYTHON, Language.TYPESCRIPT


def refused(*statements: str, language: Language = PYTHON) -> list[str]:
    return refused_imports(
        statements, language=language, project_modules={"evenly"}, dependencies={"Pillow-Heif"}
    )


@pytest.mark.parametrize(
    "statement",
    [
        "import math",
        "from collections.abc import Sequence",
        "from evenly.money import Money",
        "from .money import Money",
        "import pillow_heif",
        "import os, evenly.people as people",
    ],
)
def test_it_allows_standard_library_project_and_declared_dependencies(statement: str) -> None:
    assert refused(statement) == []


@pytest.mark.parametrize("statement", ["import requests", "from numpy.linalg import norm"])
def test_it_refuses_what_nobody_declared_and_names_it(statement: str) -> None:
    (sentence,) = refused(statement)
    assert statement in sentence


@pytest.mark.parametrize("statement", ["import math; import os", "x = 1", "import", "def f(): 1"])
def test_it_refuses_what_is_not_one_import_statement(statement: str) -> None:
    assert len(refused(statement)) == 1


def test_it_reads_script_imports() -> None:
    assert imported_modules('import { a, type B } from "./money";', TYPESCRIPT) == ("./money",)
    assert refused('import fs from "node:fs"', language=TYPESCRIPT) == []
    assert len(refused('import x from "left-pad"', language=TYPESCRIPT)) == 1


def test_it_appends_only_what_is_missing() -> None:
    block = "import math\nfrom a import b\n\n\n"
    merged = merge_imports(block, ["from a import  b", "import os", "import os"], PYTHON)
    assert merged == "import math\nfrom a import b\nimport os\n\n\n"


def test_merging_twice_changes_nothing() -> None:
    once = merge_imports("import math\n", ["import os"], PYTHON)
    assert merge_imports(once, ["import os"], PYTHON) == once


def test_it_begins_a_block_where_there_is_none() -> None:
    assert ast.parse(merge_imports("", ["import os", "import re"], PYTHON))
    assert merge_imports("", ["import os"], PYTHON) == "import os\n"


def test_it_keeps_the_line_ends_of_the_file() -> None:
    assert merge_imports("import a\r\n", ["import b"], PYTHON) == "import a\r\nimport b\r\n"
