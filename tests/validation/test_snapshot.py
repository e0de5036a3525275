"""A project as text: lossless, replaceable, and every line leads back to its atom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atomization.parser import Language
from tests.validation.projects import FILES, HALF, SHARE, project
from validation.snapshot import Snapshot, encoded, snapshot_from

TEXTS = st.lists(st.text(st.sampled_from("ab\n\r\x0c\udc80"), max_size=8), min_size=1, max_size=6)


def test_the_assembled_files_are_the_files(evenly: Snapshot) -> None:
    assert evenly.assembled() == {path: encoded(text) for path, text in FILES.items()}


@given(TEXTS)
def test_every_line_leads_to_the_atom_that_holds_its_text(codes: list[str]) -> None:
    rows = [(f"a{number}", code) for number, code in enumerate(codes)]
    snapshot = snapshot_from([("a.py", Language.PYTHON, rows)])
    text = snapshot.text("a.py")
    file = snapshot.files["a.py"]
    for line, offset in enumerate(file.lines, start=1):
        if offset >= len(text):
            continue
        found = snapshot.locate("a.py", line)
        assert found is not None
        key, inner = found
        first, last = snapshot.span(key)
        assert first <= line <= last
        assert inner == line - first + 1


def test_a_line_of_a_file_is_a_line_of_its_atom(evenly: Snapshot) -> None:
    line = FILES["src/evenly/money.py"].split("\n").index("    return share(total, 2)") + 1
    found = evenly.locate("src/evenly/money.py", line)
    assert found is not None
    key, inner = found
    assert key == HALF
    assert evenly.code(HALF).split("\n")[inner - 1] == "    return share(total, 2)"


def test_lines_outside_lead_nowhere(evenly: Snapshot) -> None:
    assert evenly.locate("src/evenly/money.py", 0) is None
    assert evenly.locate("src/evenly/money.py", 10_000) is None
    assert evenly.locate("README.md", 1) is None
    assert evenly.locate("no/such.py", 1) is None


def test_replacing_an_atom_leaves_the_rest_alone(evenly: Snapshot) -> None:
    changed = evenly.replace(
        SHARE, "\n\ndef share(total: int, people: int) -> int:\n    return 1\n"
    )
    assert changed.code(HALF) == evenly.code(HALF)
    assert changed.text("src/evenly/money.py").count("return 1") == 1
    assert evenly.text("src/evenly/money.py").count("return 1") == 0


def test_a_key_that_is_not_there_is_named(evenly: Snapshot) -> None:
    with pytest.raises(KeyError, match="path::name"):
        evenly.code("src/evenly/money.py::nothing")


def test_names_and_paths_may_hold_the_separator() -> None:
    snapshot = snapshot_from([("a::b.ts", Language.TYPESCRIPT, [("x::y", "let x;\n")])])
    assert snapshot.code("a::b.ts::x::y") == "let x;\n"


def test_imports_join_the_block_that_is_there(evenly: Snapshot) -> None:
    text = evenly.with_imports("src/evenly/money.py", ["import math"]).text("src/evenly/money.py")
    assert "from decimal import Decimal\nimport math\n" in text


def test_a_file_without_imports_gets_a_block_behind_its_docstring() -> None:
    snapshot = project({"a.py": '"""Doc."""\n\nX = 1\n'})
    text = snapshot.with_imports("a.py", ["import math"]).text("a.py")
    assert text.index('"""Doc."""') < text.index("import math") < text.index("X = 1")


def test_a_function_called_imports_is_no_import_block() -> None:
    rows = [("imports", "def imports() -> None:\n    return\n")]
    snapshot = snapshot_from([("a.py", Language.PYTHON, rows)])
    changed = snapshot.with_imports("a.py", ["import math"]).with_imports("a.py", ["import os"])
    assert changed.text("a.py") == "import math\nimport os\n\ndef imports() -> None:\n    return\n"
