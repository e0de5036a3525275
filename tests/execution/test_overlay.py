"""Imports that an answer asks for are in the text that is checked."""

from atomization.parser import Language
from execution.overlay import with_imports
from validation.snapshot import snapshot_from

FILE = [("imports", "import re\n\n\n"), ("f", "def f() -> int: ...\n")]
PLAIN = [("docstring", '"""Why."""\n\n'), ("f", "def f() -> int: ...\n")]


def test_they_join_the_files_import_block() -> None:
    snapshot = snapshot_from([("a.py", Language.PYTHON, FILE)])
    changed = with_imports(snapshot, "a.py", ["import math"], {"a.py": "imports"})
    assert changed.text("a.py").startswith("import re\nimport math\n")
    assert changed.code("a.py::f") == snapshot.code("a.py::f")


def test_a_file_without_imports_gets_them_behind_its_docstring() -> None:
    snapshot = snapshot_from([("a.py", Language.PYTHON, PLAIN)])
    changed = with_imports(snapshot, "a.py", ["import math"], {})
    again = with_imports(changed, "a.py", ["import os"], {})
    assert again.text("a.py").startswith('"""Why."""\n\nimport math\nimport os\n')


def test_nothing_asked_for_changes_nothing() -> None:
    snapshot = snapshot_from([("a.py", Language.PYTHON, FILE)])
    assert with_imports(snapshot, "a.py", [], {"a.py": "imports"}) is snapshot
