"""manage.py graph: what it prints, writes, leaves out and refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from dependencies.dependency_service import DependencyService
from dependencies.edges import Analysis
from dependencies.management.commands.graph import Command

ROOT = Path(__file__).parents[2]
SHAPES = '''"""Shapes."""

from pkg.units import UNIT, Base


class Square(Base):
    """A square."""


def area(side: int) -> int:
    return side * UNIT * perimeter(side)


def perimeter(side: int) -> int:
    return area(side) if side else 0
'''
UNITS = '"""Units."""\n\nUNIT = 2\n\n\nclass Base:\n    """A base."""\n'
SCRIPT = (
    'import { help } from "./help";\n\nexport function main(): number {\n  return help(1);\n}\n'
)
HELP = "export function help(n: number): number {\n  return n;\n}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    write(root, {"pkg/__init__.py": "", "pkg/shapes.py": SHAPES, "pkg/units.py": UNITS})
    write(root, {"web/main.ts": SCRIPT, "web/help.ts": HELP, "web/logo.js": b"\0\1"})
    return root


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def graph(*arguments: str | Path, command: Command | None = None, **options: Any) -> None:
    call_command(command or Command(), *map(str, arguments), **options)


def told(*arguments: str | Path, tmp_path: Path, **options: Any) -> dict[str, Any]:
    """Run the command and return what it writes as JSON."""
    graph(*arguments, json=str(tmp_path / "told.json"), **options)
    found: dict[str, Any] = json.loads((tmp_path / "told.json").read_text())
    return found


def ends(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(edge["dependent"], edge["dependency"]) for edge in found["edges"]}


# --- what it says


def test_the_summary_tells_files_edges_waves_and_cycles(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph(project)
    shown = capsys.readouterr().out
    assert "│ python     │     3 │" in shown
    assert "│ typescript │     2 │" in shown
    assert "1 binary" in shown
    assert "function_call" in shown and "import" in shown
    assert "2 atoms need each other in 1 group, 0 of which must be made as one" in shown
    assert "pkg/shapes.py::perimeter" in shown and "calls perimeter" in shown
    assert "Longest chain (2 atoms, each needs the one above it):" in shown
    assert "Everything that was read was analyzed." in shown


def test_every_edge_tells_kind_place_resolution_and_chain(project: Path, tmp_path: Path) -> None:
    found = told(project, tmp_path=tmp_path)
    edge = next(
        edge
        for edge in found["edges"]
        if edge["dependent"] == "pkg/shapes.py::Square" and edge["kind"] == "type"
    )
    assert edge["dependency"] == "pkg/units.py::Base"
    assert edge["hard"] is True
    assert edge["resolved_by"] and 0 < edge["confidence"] <= 1
    first, last = edge["chain"][0], edge["chain"][-1]
    assert (first["path"], first["line"], first["text"]) == (
        "pkg/shapes.py",
        edge["line"],
        "class Square(Base):",
    )
    assert (last["path"], last["text"]) == ("pkg/units.py", "class Base:")


def test_scripts_and_python_go_together(project: Path, tmp_path: Path) -> None:
    found = told(project, tmp_path=tmp_path)
    assert ("web/main.ts::main", "web/help.ts::help") in ends(found)
    assert {atom["language"] for atom in found["atoms"]} == {"python", "typescript"}


def test_paths_of_a_tsconfig_are_followed(tmp_path: Path) -> None:
    root = write(
        tmp_path / "p",
        {
            "tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["web/*"]}}}',
            "web/main.ts": SCRIPT.replace("./help", "@/help"),
            "web/help.ts": HELP,
        },
    )
    found = told(root, tmp_path=tmp_path)
    assert ("web/main.ts::main", "web/help.ts::help") in ends(found)


def test_every_atom_stands_in_one_wave(project: Path, tmp_path: Path) -> None:
    found = told(project, tmp_path=tmp_path)
    keys = [key for wave in found["waves"] for key in wave]
    assert sorted(keys) == sorted(atom["key"] for atom in found["atoms"])
    assert {atom["key"]: atom["wave"] for atom in found["atoms"]} == {
        key: number for number, wave in enumerate(found["waves"], start=1) for key in wave
    }


def test_the_policy_decides_what_orders(project: Path, tmp_path: Path) -> None:
    contract = told(project, tmp_path=tmp_path)
    strict = told(project, tmp_path=tmp_path, policy="strict")
    assert contract["summary"]["waves"] < strict["summary"]["waves"]
    assert contract["summary"]["other_policy"]["waves"] == strict["summary"]["waves"]
    assert not contract["cycles"][0]["made_as_one"] and strict["cycles"][0]["made_as_one"]
    assert {edge["reason"] for edge in strict["cycles"][0]["edges"]} == {
        "calls area",
        "calls perimeter",
    }


def test_no_wave_is_wider_than_asked_for(project: Path, tmp_path: Path) -> None:
    found = told(project, tmp_path=tmp_path, max_width=2)
    assert max(len(wave) for wave in found["waves"]) == 2


def test_unsure_edges_are_left_out_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = "class A:\n    def only_here(self):\n        pass\n\n\ndef f(x):\n    x.only_here()\n"
    root = write(tmp_path / "p", {"a.py": source})
    assert ("a.py::f", "a.py::A.only_here") in ends(told(root, tmp_path=tmp_path))
    found = told(root, tmp_path=tmp_path, min_confidence=0.95)
    assert ("a.py::f", "a.py::A.only_here") not in ends(found)
    assert found["summary"]["edges_too_unsure"] == 1
    assert "1 edge left out: confidence below 0.95" in capsys.readouterr().out


def test_the_picture_shows_every_atom(project: Path, tmp_path: Path) -> None:
    found = told(project, tmp_path=tmp_path, svg=str(tmp_path / "waves.svg"))
    svg = "{http://www.w3.org/2000/svg}"
    root = ElementTree.parse(tmp_path / "waves.svg").getroot()
    assert len(root.findall(f"{svg}g/{svg}path")) == len(found["atoms"])


def test_json_on_stdout_is_nothing_but_json(
    project: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    graph(project, json="-")
    written = capsysbinary.readouterr()
    assert json.loads(written.out)["atoms"]
    assert b"Longest chain" in written.err


# --- calls


def calls(*arguments: str | Path, tmp_path: Path) -> dict[str, list[str]]:
    graph(*arguments, calls=str(tmp_path / "calls.json"))
    found: dict[str, list[str]] = json.loads((tmp_path / "calls.json").read_text())
    return found


def test_the_call_graph_is_written_as_pycg_does(project: Path, tmp_path: Path) -> None:
    found = calls(project, tmp_path=tmp_path)
    assert found["pkg.shapes.area"] == ["pkg.shapes.perimeter"]
    assert found["pkg.shapes.perimeter"] == ["pkg.shapes.area"]
    assert found["pkg.units"] == []
    assert found["web.main.main"] == ["web.help.help"]


def test_names_of_calls_are_relative_to_the_directory(project: Path, tmp_path: Path) -> None:
    write(project, {"pkg/use.py": "import units\nfrom shapes import area\n\narea(units.UNIT)\n"})
    found = calls(project / "pkg", tmp_path=tmp_path)
    assert found["use"] == ["shapes.area"]
    assert calls(project / "pkg/use.py", tmp_path=tmp_path).keys() >= {"use"}


def test_calls_of_two_projects_are_told_apart(tmp_path: Path) -> None:
    source = "def f():\n    return len(g())\n\n\ndef g():\n    return 1\n"
    for name in ("one", "two"):
        write(tmp_path / name, {"pkg/__init__.py": "", "pkg/a.py": source})
    found = calls(tmp_path / "one", tmp_path / "two", tmp_path=tmp_path)
    for name in ("one", "two"):
        assert found[f"{name}.pkg.a.f"] == ["<builtin>.len", f"{name}.pkg.a.g"]


# --- several projects


def test_two_projects_with_one_package_name_stay_two(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(
            tmp_path / name,
            {
                "pkg/__init__.py": "",
                "pkg/a.py": "from pkg.b import g\n\n\ndef f():\n    return g()\n",
                "pkg/b.py": "def g():\n    return 1\n",
            },
        )
    found = told(tmp_path / "one", tmp_path / "two", tmp_path=tmp_path)
    calls = {pair for pair in ends(found) if pair[0].endswith("::f")}
    assert ("one/pkg/a.py::f", "one/pkg/b.py::g") in calls
    assert ("two/pkg/a.py::f", "two/pkg/b.py::g") in calls
    assert all(dependent[:3] == dependency[:3] for dependent, dependency in ends(found))
    assert [root["prefix"] for root in found["summary"]["roots"]] == ["one/", "two/"]
    assert {step["path"][:4] for edge in found["edges"] for step in edge["chain"]} == {
        "one/",
        "two/",
    }


def test_files_of_one_root_know_each_other(project: Path, tmp_path: Path) -> None:
    found = told(project / "pkg/shapes.py", project / "pkg/units.py", tmp_path=tmp_path)
    assert ("pkg/shapes.py::Square", "pkg/units.py::Base") in ends(found)


# --- bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere cannot be read"),
        ([ROOT / "README.md"], "is no Python, TypeScript or JavaScript file"),
        ([ROOT / "dependencies", "--json", "/nowhere/a.json"], "/nowhere/a.json cannot be written"),
        ([ROOT / "dependencies", "--svg", "/"], "/ cannot be written"),
        ([ROOT / "dependencies", "--json", "-", "--svg", "-"], "can go to standard output"),
        ([ROOT / "dependencies", "--json", "a", "--svg", "a"], "can go to a"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str | Path], said: str) -> None:
    with pytest.raises(CommandError, match=said) as failure:
        graph(*arguments)
    assert failure.value.returncode == 2
    assert "\n" not in str(failure.value)


def test_an_empty_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds no Python") as failure:
        graph(tmp_path)
    assert failure.value.returncode == 2


def test_a_directory_of_binaries_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": b"\0\1"})
    with pytest.raises(CommandError, match="can be analyzed \\(left out: 1 binary\\)") as failure:
        graph(tmp_path)
    assert failure.value.returncode == 2


def test_what_cannot_be_written_is_refused_before_anything_is_analyzed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyzed: list[object] = []
    monkeypatch.setattr(DependencyService, "analyze", lambda *args: analyzed.append(args))
    with pytest.raises(CommandError):
        graph(project, svg="/nowhere/a.svg")
    assert analyzed == []


def test_syntax_errors_cost_their_file_only_and_are_told(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, {"pkg/broken.py": "def f(:\n    return 1\n"})
    found = told(project, tmp_path=tmp_path)
    assert [problem["path"] for problem in found["problems"]] == ["pkg/broken.py"]
    assert ("pkg/shapes.py::Square", "pkg/units.py::Base") in ends(found)
    shown = capsys.readouterr().out
    assert "Not analyzed, or only in part: 1 file\n  pkg/broken.py:1: " in shown


def test_an_unreadable_file_fails_at_the_end_with_the_rest_done(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "units.py":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(CommandError) as failure:
        graph(project, json=str(tmp_path / "told.json"))
    assert failure.value.returncode == 1
    assert str(failure.value) == f"{project}/pkg/units.py: cannot be read (Permission denied)"
    found = json.loads((tmp_path / "told.json").read_text())
    assert found["summary"]["unreadable"] == [str(failure.value)]
    assert any(atom["path"] == "pkg/shapes.py" for atom in found["atoms"])


@pytest.mark.parametrize(
    "name", ["a\x1b[31m.py", "a\u202eb.py", "a\udcff.py", "a\nb.py", "a::b.py"]
)
def test_hostile_file_names_are_shown_harmless(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "p"
    write(root, {name: "def f():\n    return g()\n\n\ndef g():\n    return f(\n"})
    write(root, {"other.py": "def f():\n    return g()\n\n\ndef g():\n    return f()\n"})
    found = told(root, tmp_path=tmp_path, svg=str(tmp_path / "a.svg"))
    assert {atom["path"] for atom in found["atoms"]} == {name, "other.py"}
    drawn = "".join(ElementTree.parse(tmp_path / "a.svg").getroot().itertext())
    assert not any(char in drawn for char in "\x1b\u202e\udcff")
    shown = capsys.readouterr().out
    assert not any(char in shown for char in "\x1b\u202e\udcff")
    shown.encode()


def test_a_defect_of_ours_is_told_and_the_atoms_stay(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: DependencyService, files: Sequence[object], **options: object) -> Analysis:
        raise RuntimeError("no way on")

    monkeypatch.setattr(DependencyService, "analyze", fail)
    with pytest.raises(CommandError, match="could not be analyzed") as failure:
        graph(project, json=str(tmp_path / "told.json"))
    assert failure.value.returncode == 1
    found = json.loads((tmp_path / "told.json").read_text())
    assert found["edges"] == [] and found["atoms"]


def test_a_file_of_output_is_whole_or_not_there(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "a.json"
    target.parent.mkdir()

    class Interrupted(Command):
        def _work(self, options: Any, writers: Any) -> list[str]:
            writers["json"](b"{}\n")
            raise KeyboardInterrupt

    with pytest.raises(CommandError) as failure:
        graph(project, command=Interrupted(), json=str(target))
    assert failure.value.returncode == 130
    assert list(target.parent.iterdir()) == []


# --- as a program


def start(*arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "graph", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )


def test_it_needs_no_database(project: Path, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/missing/db.sqlite3"
    process = start(project, "--json", "-", DATABASE_URL=address)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["edges"]
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--max-width", "0", "'0' is no number from 1 up"),
        ("--max-width", "²", "is no number from 1 up"),
        ("--min-confidence", "2", "'2' is no number from 0 to 1"),
        ("--min-confidence", "nan", "'nan' is no number from 0 to 1"),
        ("--policy", "lax", "invalid choice"),
    ],
)
def test_an_option_that_says_nothing_is_refused(
    project: Path, option: str, value: str, said: str
) -> None:
    with pytest.raises((CommandError, SystemExit), match=said if option else "") as failure:
        graph(project, option, value)
    assert getattr(failure.value, "returncode", 2) in {1, 2}


def test_the_threshold_is_a_setting(project: Path) -> None:
    process = start(project, DEVMATRIX_MIN_EDGE_CONFIDENCE="1.5")
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "DEVMATRIX_MIN_EDGE_CONFIDENCE=1.5 is not between 0 and 1" in err


def test_a_reader_that_has_had_enough_ends_it_quietly(project: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "manage.py", "graph", str(project), "--json", "-"]
    done = subprocess.run(
        command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(writing)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    sources, out = tmp_path / "sources", tmp_path / "out"
    out.mkdir()
    write(sources, {f"m{n}.py": "def f(a):\n    return a\n\n\n" * 2_000 for n in range(60)})
    process = start(sources, "--json", out / "a.json")
    while not list(out.iterdir()):
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.strip()) == (130, "CommandError: Interrupted.")
    assert list(out.iterdir()) == []
