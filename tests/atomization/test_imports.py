"""Imports that answers ask for: what is allowed and how it is merged."""

import ast

import pytest

from atomization.imports import imported_modules, merge_imports, place_imports, refused_imports
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


def place(blocks: list[str], *statements: str, limit: int = 4) -> list[str]:
    return place_imports(blocks, statements, PYTHON, max_loc=limit)


def test_the_last_block_takes_what_is_new() -> None:
    assert place(["import a\n", "import b\n\n"], "import c") == [
        "import a\n",
        "import b\nimport c\n\n",
    ]


def test_what_any_block_has_is_not_repeated() -> None:
    blocks = ["import a\n", "import b\n"]
    assert place(blocks, "import  a", "import b") == blocks


def test_imports_from_the_future_come_before_all_others() -> None:
    future = "from __future__ import annotations"
    assert place(["# head\nimport a\n", "import b\n"], future, "import c") == [
        f"# head\n{future}\nimport a\n",
        "import b\nimport c\n",
    ]
    compile("".join(place([], "import a", future)), "m.py", "exec")
    compile("".join(place([f"{future}\n"], "import a")), "m.py", "exec")


def test_a_full_block_gets_a_successor_that_takes_its_tail() -> None:
    full = "import a\nimport b\nimport c\nimport d\n\n\n"
    made = place([full], *(f"import m{number}" for number in range(5)))
    assert made == [
        "import a\nimport b\nimport c\nimport d\n",
        "import m0\nimport m1\nimport m2\nimport m3\n",
        "import m4\n\n\n",
    ]


def test_a_block_that_was_too_long_before_is_left_as_it_is() -> None:
    long = "from a import (\n    b,\n    c,\n    d,\n)\n"
    assert place([long], "import e") == [long, "import e\n"]


def test_script_imports_over_several_lines_are_not_repeated() -> None:
    block = 'import {\n  a,\n  b,\n} from "./x";\nimport c from "./y";\n'
    merged = merge_imports(
        block, ["import { a, b } from './x'", "import {d} from './z';"], TYPESCRIPT
    )
    assert merged == block + "import {d} from './z';\n"
