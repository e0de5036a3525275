"""Bad input gets one clear sentence, an exit code of its own, and leaves nothing behind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from devmatrix.masterplans.models import MasterPlan
from devmatrix.sandbox import doctor

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not doctor().ok, reason=f"no sandbox: {'; '.join(doctor().problems)}"),
]


@pytest.fixture
def own_server(settings: Any) -> None:
    """A model address that the commands accept; nothing listens there."""
    settings.DEVMATRIX = {
        **settings.DEVMATRIX,
        "ANTHROPIC_API_KEY": "key",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
    }


def refusal(*arguments: Any, **options: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        call_command(*[str(argument) for argument in arguments], **options)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary file"),
        ("Spezifikation für Ä".encode("latin-1"), "not UTF-8"),
        (b"# Title\n" + b"x" * 5_000_000, "limit is 1,000,000"),
    ],
    ids=["empty", "blank", "binary", "latin-1", "5 MB"],
)
def test_generate_refuses_what_is_no_specification(
    own_server: None, tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "spec.md").write_bytes(content)
    error = refusal("generate", tmp_path / "spec.md", out=tmp_path / "out")
    assert sentence in str(error)
    assert error.returncode == 2
    assert not MasterPlan.objects.exists()
    assert not (tmp_path / "out").exists()


def test_generate_names_a_specification_that_is_not_there(own_server: None, tmp_path: Path) -> None:
    error = refusal("generate", tmp_path / "nothing.md", out=tmp_path / "out")
    assert "nothing.md cannot be read" in str(error)
    assert error.returncode == 2


@pytest.mark.parametrize("budget", ["lots", "-1", "NaN"])
def test_generate_refuses_a_budget_that_is_no_amount(
    own_server: None, tmp_path: Path, budget: str
) -> None:
    (tmp_path / "spec.md").write_text("# A thing\n")
    error = refusal("generate", tmp_path / "spec.md", out=tmp_path / "out", budget=budget)
    assert error.returncode == 2
    assert not MasterPlan.objects.exists()


def test_generate_does_not_write_into_a_directory_in_use(own_server: None, tmp_path: Path) -> None:
    (tmp_path / "spec.md").write_text("# A thing\n")
    error = refusal("generate", tmp_path / "spec.md", out=tmp_path)
    assert "is not empty" in str(error)
    assert not MasterPlan.objects.exists()


def test_generate_needs_a_model(settings: Any, tmp_path: Path) -> None:
    settings.DEVMATRIX = {
        **settings.DEVMATRIX,
        "ANTHROPIC_API_KEY": "",
        "ANTHROPIC_BASE_URL": "",
    }
    (tmp_path / "spec.md").write_text("# A thing\n")
    error = refusal("generate", tmp_path / "spec.md", out=tmp_path / "out")
    assert "ANTHROPIC_API_KEY" in str(error)
    assert error.returncode == 2


def test_a_model_that_cannot_be_reached_pauses_and_the_plan_is_kept(
    own_server: None, tmp_path: Path
) -> None:
    (tmp_path / "spec.md").write_text("# A thing\n")
    error = refusal("generate", tmp_path / "spec.md", out=tmp_path / "out")
    assert error.returncode == 4
    assert "127.0.0.1:9" in str(error)
    assert MasterPlan.objects.get().status == MasterPlan.Status.PAUSED


def test_export_names_an_id_that_is_not_there(tmp_path: Path) -> None:
    for identifier in ("nonsense", "00000000-0000-0000-0000-000000000000"):
        error = refusal("export_project", identifier, out=tmp_path / "out")
        assert f"no masterplan {identifier}" in str(error)
        assert error.returncode == 2


def write(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


GOOD = b'''"""Halves."""


def half(n: int) -> int:
    """Halve.

    >>> half(4)
    2
    """
    return n // 2
'''


def test_import_refuses_a_link_out_of_the_project_and_stores_nothing(tmp_path: Path) -> None:
    project = write(tmp_path / "project", {"a.py": GOOD})
    (project / "link").symlink_to("/etc/passwd")
    error = refusal("import_project", project)
    assert "leads out of the project" in str(error)
    assert error.returncode == 2
    assert not MasterPlan.objects.exists()


ODD = {
    "good.py": GOOD,
    "broken.py": b"def f(:\n    return 1\n\n\ndef g() -> int:\n    return 1\n",
    "latin.py": b"# -*- coding: latin-1 -*-\nNAME = '\xe4\xf6'\n",
    "undeclared.py": b"NAME = '\xe4'\n",
    "nul.py": b"x = 1\n\0\n",
    "generated.py": b"".join(b"VALUE_%d = %d\n" % (n, n) for n in range(50_000)),
    "page.ts": b"export function f(x: number): number {\r\n  return x\r\n}",
    "data.bin": bytes(range(256)),
    "empty.py": b"",
}


def test_import_keeps_every_byte_and_names_each_file_that_needs_a_look(tmp_path: Path) -> None:
    project = write(tmp_path / "project", ODD)
    with pytest.raises(CommandError) as caught:
        call_command("import_project", str(project))
    told = str(caught.value)
    assert caught.value.returncode == 3
    for name in ("broken.py", "undeclared.py", "nul.py"):
        assert f"\n{name}" in told
    for name in ("good.py", "latin.py", "page.ts"):
        assert f"\n{name}" not in told
    plan = MasterPlan.objects.get()
    assert plan.status == MasterPlan.Status.IN_REVIEW
    call_command("export_project", str(plan.pk), out=tmp_path / "out")
    for name, content in ODD.items():
        assert (tmp_path / "out" / name).read_bytes() == content
