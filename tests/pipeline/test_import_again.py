"""import_project --into: a project imported before is brought up to date, and loses no history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from atomization.models import AtomicUnit, SourceFile
from atomization.selectors import assembled
from devmatrix.masterplans.models import MasterPlan
from devmatrix.pipeline.importing import ImportRefused, read_directory
from devmatrix.pipeline.services import import_again, import_directory
from devmatrix.sandbox import doctor
from tests.factories import make_result

pytestmark = pytest.mark.django_db

GOOD = b"""def half(n: int) -> int:
    \"\"\"Halve.

    >>> half(4)
    2
    \"\"\"
    return n // 2


def twice(n: int) -> int:
    \"\"\"Double.\"\"\"
    return 2 * n
"""
OTHER = b"NAME = 'other'\n"


def project(root: Path, **files: bytes) -> Path:
    root.mkdir(exist_ok=True)
    for name, content in files.items():
        (root / f"{name}.py").write_bytes(content)
    return root


@pytest.fixture
def plan(tmp_path: Path) -> MasterPlan:
    """A project of two files that was imported and is at rest."""
    root = project(tmp_path / "project", good=GOOD, other=OTHER)
    plan = import_directory(directory=read_directory(root), name="p").masterplan
    MasterPlan.objects.filter(pk=plan.pk).update(status=MasterPlan.Status.COMPLETED)
    plan.atoms.update(status=AtomicUnit.Status.ACCEPTED)
    plan.refresh_from_db()
    return plan


def again(plan: MasterPlan, root: Path) -> Any:
    return import_again(directory=read_directory(root), masterplan=plan)


def test_what_changed_waits_and_what_did_not_stays_accepted(
    plan: MasterPlan, tmp_path: Path
) -> None:
    before = {atom.name: atom.pk for atom in plan.atoms.all()}
    root = project(tmp_path / "project", good=GOOD.replace(b"2 * n", b"n + n"))
    imported = again(plan, root)
    rows = plan.atoms.values_list("name", "pk", "status")
    assert {(name, pk) for name, pk, _ in rows} == set(before.items())
    assert {name: status for name, _, status in rows} == {
        "half": "accepted",
        "twice": "pending",
        "NAME": "accepted",
    }
    plan.refresh_from_db()
    assert plan.status == MasterPlan.Status.ATOMIZING
    assert (imported.files, imported.atoms) == (2, 3)


def test_what_the_directory_holds_no_longer_is_gone_from_the_project(
    plan: MasterPlan, tmp_path: Path
) -> None:
    (tmp_path / "project/other.py").unlink()
    again(plan, tmp_path / "project")
    assert assembled(plan) == {"good.py": GOOD}
    assert not SourceFile.with_retired.filter(path="other.py").exists()


def test_a_file_with_history_is_retired_and_may_come_back(plan: MasterPlan, tmp_path: Path) -> None:
    atom = plan.atoms.get(name="NAME")
    make_result(atom)
    (tmp_path / "project/other.py").unlink()
    again(plan, tmp_path / "project")
    assert assembled(plan) == {"good.py": GOOD}
    assert AtomicUnit.with_retired.get(pk=atom.pk).validation_results.count() == 1
    MasterPlan.objects.filter(pk=plan.pk).update(status=MasterPlan.Status.IN_REVIEW)
    again(plan, project(tmp_path / "project", other=OTHER))
    assert assembled(plan) == {"good.py": GOOD, "other.py": OTHER}


def test_an_import_of_the_same_writes_no_atom(
    plan: MasterPlan, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    versions = list(plan.atoms.values_list("pk", "version", "updated_at"))
    with django_assert_max_num_queries(40) as captured:
        again(plan, tmp_path / "project")
    assert list(plan.atoms.values_list("pk", "version", "updated_at")) == versions
    written = [query["sql"] for query in captured if query["sql"].startswith("UPDATE")]
    assert not [sql for sql in written if "atomic_units" in sql]


@pytest.mark.parametrize(
    "columns",
    [{"status": MasterPlan.Status.EXECUTING}, {"origin": MasterPlan.Origin.SPECIFICATION}],
)
def test_a_project_at_work_or_of_another_origin_is_refused(
    plan: MasterPlan, tmp_path: Path, columns: dict[str, str]
) -> None:
    MasterPlan.objects.filter(pk=plan.pk).update(**columns)
    with pytest.raises(ImportRefused, match="only an imported project that nobody works on"):
        again(plan, project(tmp_path / "project", good=b"x = 1\n"))
    assert assembled(plan)["good.py"] == GOOD


@pytest.mark.skipif(not doctor().ok, reason="no sandbox here")
@pytest.mark.django_db(transaction=True)
def test_the_command_leads_the_project_through_every_stage_again(tmp_path: Path) -> None:
    root = project(tmp_path / "project", good=GOOD)
    call_command("import_project", str(root))
    plan = MasterPlan.objects.get()
    before = plan.atoms.get(name="half")
    project(root, good=GOOD.replace(b"2 * n", b"n + n"), more=b"def one() -> int:\n    return 1\n")
    call_command("import_project", str(root), into=str(plan.pk))
    plan = MasterPlan.objects.get()
    assert plan.status in {MasterPlan.Status.COMPLETED, MasterPlan.Status.IN_REVIEW}
    assert plan.total_atoms == plan.atoms.count() == 3
    assert set(plan.atoms.values_list("status", flat=True)) == {"accepted"}
    after = plan.atoms.get(name="half")
    assert (after.pk, after.version) == (before.pk, before.version)
    assert plan.atoms.get(name="twice").version == 2


@pytest.mark.parametrize("key", ["nothing", "00000000-0000-0000-0000-000000000000"])
def test_an_id_of_nothing_is_refused_by_name(tmp_path: Path, key: str) -> None:
    root = project(tmp_path / "project", good=GOOD)
    with pytest.raises(CommandError, match=f"no masterplan with the id {key}") as refused:
        call_command("import_project", str(root), into=key)
    assert refused.value.returncode == 2
