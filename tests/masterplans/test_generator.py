"""From a specification to skeletons over real HTTP, against the replay server."""

from __future__ import annotations

import asyncio
import json
import os
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from devmatrix.llm import AttemptPolicy, GatewayConfig
from devmatrix.llm.gateway import Gateway
from devmatrix.llm.replay_process import ReplayProcess
from devmatrix.masterplans import discovery, generator, planner, selectors, services
from devmatrix.masterplans.asking import ATTEMPTS
from devmatrix.masterplans.models import MasterPlan, Task
from devmatrix.masterplans.specification import read_specification
from tests.masterplans.examples import (
    COUNT_SKELETON,
    COUNT_TESTS,
    DISCOVERY,
    MAIN_SKELETON,
    MAIN_TESTS,
    PLAN,
    plan_data,
    task_of,
)

pytestmark = pytest.mark.django_db(transaction=True)
Status = MasterPlan.Status
Run = Callable[[Gateway], Coroutine[Any, Any, bool]]


class Transcript:
    """Answers written for one test; an answer to the same question replaces the one before."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._entries: dict[tuple[str, ...], str] = {}

    def answer(self, purpose: str, subject: str, data: object, *requires: str) -> None:
        """Answer with this JSON."""
        self.text(purpose, subject, json.dumps(data), *requires)

    def text(self, purpose: str, subject: str, text: str, *requires: str) -> None:
        """Answer with this text."""
        fields = {"purpose": purpose, "subject": subject, "requires": list(requires), "text": text}
        lines = [f"{name} = {json.dumps(value)}" for name, value in fields.items()]
        self._entries[purpose, subject, *requires] = "\n".join(["[[answer]]", *lines])

    def files(self, purpose: str, subject: str, files: Mapping[str, str], *requires: str) -> None:
        """Answer with these files."""
        data = {"files": [{"path": path, "content": text} for path, text in files.items()]}
        self.answer(purpose, subject, data, *requires)

    def run(self, run: Run) -> bool:
        """Serve the answers so far and run the coroutine function against them."""
        note = 'note = "Written by hand for a test."'
        (self.folder / "answers.toml").write_text(
            "\n\n".join([note, *self._entries.values()]) + "\n"
        )
        return served(self.folder, run)


def served(transcript: Path, run: Run) -> bool:
    """Run the coroutine function against a server of this transcript."""
    with ReplayProcess(transcript, latency=0.005) as server:
        return asyncio.run(_with_gateway(server.url, run))


async def _with_gateway(url: str, run: Run) -> bool:
    config = GatewayConfig(
        api_key="", base_url=url, model="claude-sonnet-5-5", attempt_policy=AttemptPolicy.PLAIN
    )
    async with Gateway(config) as gateway:
        return await run(gateway)


class FolderFiles:
    """Files of tasks in folders on disk, one a task."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authors: dict[str, str] = {}
        self.refused: dict[str, str] = {}

    def load(self, masterplan: MasterPlan) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for path in sorted(self.folder.rglob("*.py")):
            key, _, name = str(path.relative_to(self.folder)).partition(os.sep)
            found[key][name] = path.read_text()
        return found

    def problems(self, files: Mapping[str, str]) -> Sequence[str]:
        return [self.refused[text] for text in files.values() if text in self.refused]

    def store(self, *, task: Task, path: str, content: str, author: str) -> None:
        target = self.folder / task.key / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
        self.authors[path] = author


@pytest.fixture
def transcript(tmp_path: Path) -> Transcript:
    return Transcript(tmp_path / "transcript")


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files")


@pytest.fixture
def planned(masterplan: MasterPlan) -> MasterPlan:
    """The project with its discovery and its plan, in the stage of skeletons."""
    services.store_discovery(
        masterplan=masterplan, discovery=discovery.parse(DISCOVERY), model="m", cost=Decimal(0)
    )
    services.store_plan(masterplan=masterplan, plan=planner.parse(PLAN))
    MasterPlan.objects.update(status=Status.SKELETONS)
    masterplan.refresh_from_db()
    return masterplan


def discover(masterplan: MasterPlan) -> Run:
    return lambda gateway: generator.run_discovery(masterplan.pk, gateway)


def plan(masterplan: MasterPlan) -> Run:
    return lambda gateway: generator.run_planning(masterplan.pk, gateway)


def write(masterplan: MasterPlan, files: FolderFiles) -> Run:
    return lambda gateway: generator.run_skeletons(masterplan.pk, gateway, files)


def write_tally(transcript: Transcript) -> None:
    transcript.files("skeleton", "package", {"tally/__init__.py": ""})
    transcript.files("skeleton", "count", {"tally/count.py": COUNT_SKELETON})
    transcript.files("skeleton", "cli", {"tally/__main__.py": MAIN_SKELETON})
    transcript.files("tests", "count", {"tests/test_count.py": COUNT_TESTS})
    transcript.files("tests", "cli", {"tests/test_main.py": MAIN_TESTS})


def outcomes(masterplan: MasterPlan) -> list[tuple[str, str, str]]:
    calls = masterplan.calls.order_by("created_at")
    return [(call.purpose, call.subject, call.outcome) for call in calls]


def settled(masterplan: MasterPlan) -> bool:
    """Whether nothing is reserved any more and the cost is the sum of the calls."""
    masterplan.refresh_from_db()
    costs = sum(masterplan.calls.values_list("cost_usd", flat=True), Decimal(0))
    return masterplan.reserved_usd == 0 and masterplan.cost_usd == costs


# --- discovery


def test_a_discovery_is_asked_for_stored_and_paid_for(
    masterplan: MasterPlan, transcript: Transcript
) -> None:
    transcript.answer("discovery", "tally", DISCOVERY)
    assert transcript.run(discover(masterplan)) is True
    masterplan.refresh_from_db()
    assert masterplan.discovery is not None
    found = selectors.discovery_of(masterplan.discovery)
    assert found is not None
    assert found.to_dict() == DISCOVERY
    assert outcomes(masterplan) == [("discovery", "tally", "ok")]
    assert settled(masterplan)
    assert masterplan.cost_usd == masterplan.discovery.cost_usd > 0


def test_a_discovery_that_is_there_is_not_asked_for_again(
    masterplan: MasterPlan, transcript: Transcript
) -> None:
    transcript.answer("discovery", "tally", DISCOVERY)
    transcript.run(discover(masterplan))
    assert transcript.run(discover(masterplan)) is True
    assert masterplan.calls.count() == 1


def test_a_malformed_answer_is_paid_for_and_asked_for_again_with_its_fault(
    masterplan: MasterPlan, transcript: Transcript
) -> None:
    transcript.text("discovery", "tally", "Certainly! Here is")
    transcript.answer("discovery", "tally", DISCOVERY, 'failed check "answer"', "is not JSON")
    assert transcript.run(discover(masterplan)) is True
    assert [outcome for _, _, outcome in outcomes(masterplan)] == ["Malformed", "ok"]
    assert settled(masterplan)


def test_three_answers_that_cannot_be_used_fail_the_plan_with_the_reason(
    masterplan: MasterPlan, transcript: Transcript
) -> None:
    transcript.answer("discovery", "tally", {**DISCOVERY, "domain": ""})
    assert transcript.run(discover(masterplan)) is False
    masterplan.refresh_from_db()
    assert (masterplan.status, masterplan.resume_status) == (Status.FAILED, Status.DISCOVERY)
    assert "domain is empty" in masterplan.status_reason
    assert "resume the project" in masterplan.status_reason
    assert [outcome for _, _, outcome in outcomes(masterplan)] == ["AnswerRejected"] * 3
    assert settled(masterplan)


def test_a_failed_plan_is_resumed_and_goes_through(
    masterplan: MasterPlan, transcript: Transcript
) -> None:
    transcript.answer("discovery", "tally", {**DISCOVERY, "domain": ""})
    transcript.run(discover(masterplan))
    services.resume(masterplan=masterplan)
    transcript.answer("discovery", "tally", DISCOVERY)
    assert transcript.run(discover(masterplan)) is True


# --- money and stops


def test_a_spent_budget_pauses_before_anything_is_asked_and_says_how_to_go_on(
    masterplan: MasterPlan, transcript: Transcript
) -> None:
    services.set_budget(masterplan=masterplan, budget=Decimal(0))
    transcript.answer("discovery", "tally", DISCOVERY)
    assert transcript.run(discover(masterplan)) is False
    masterplan.refresh_from_db()
    assert (masterplan.status, masterplan.resume_status) == (Status.PAUSED, Status.DISCOVERY)
    assert "The budget of $0.00 does not cover the next call" in masterplan.status_reason
    assert "raise the budget. Then resume the project" in masterplan.status_reason
    assert masterplan.calls.count() == 0
    assert settled(masterplan)


def test_a_raised_budget_and_resume_continue(
    masterplan: MasterPlan, transcript: Transcript
) -> None:
    services.set_budget(masterplan=masterplan, budget=Decimal(0))
    transcript.answer("discovery", "tally", DISCOVERY)
    transcript.run(discover(masterplan))
    services.set_budget(masterplan=masterplan, budget=Decimal(5))
    services.resume(masterplan=masterplan)
    assert transcript.run(discover(masterplan)) is True


def test_a_paused_plan_asks_nothing(masterplan: MasterPlan, transcript: Transcript) -> None:
    services.pause(masterplan=masterplan, reason="Wait.")
    transcript.answer("discovery", "tally", DISCOVERY)
    assert transcript.run(discover(masterplan)) is False
    masterplan.refresh_from_db()
    assert (masterplan.status, masterplan.status_reason) == (Status.PAUSED, "Wait.")
    assert masterplan.calls.count() == 0


def test_a_server_that_cannot_be_reached_pauses_the_plan(masterplan: MasterPlan) -> None:
    async def run() -> bool:
        config = GatewayConfig(
            api_key="",
            base_url="http://127.0.0.1:9",
            model="claude-sonnet-5-5",
            attempt_policy=AttemptPolicy.PLAIN,
        )

        async def no_wait(seconds: float) -> None:
            await asyncio.sleep(0)

        async with Gateway(config, sleep=no_wait) as gateway:
            return await generator.run_discovery(masterplan.pk, gateway)

    assert asyncio.run(run()) is False
    masterplan.refresh_from_db()
    assert masterplan.status == Status.PAUSED
    assert "127.0.0.1:9" in masterplan.status_reason
    assert settled(masterplan)


def test_a_question_that_the_server_refuses_pauses_the_plan(
    masterplan: MasterPlan, transcript: Transcript
) -> None:
    transcript.answer("discovery", "something else", DISCOVERY)
    assert transcript.run(discover(masterplan)) is False
    masterplan.refresh_from_db()
    assert masterplan.status == Status.PAUSED
    assert settled(masterplan)


def test_a_cancelled_run_leaves_no_reservation_and_is_repeated(
    masterplan: MasterPlan, transcript: Transcript
) -> None:
    transcript.answer("discovery", "tally", DISCOVERY)

    async def interrupted(gateway: Gateway) -> bool:
        job = asyncio.create_task(generator.run_discovery(masterplan.pk, gateway))
        while not await asyncio.to_thread(_reserved, masterplan):
            await asyncio.sleep(0)
        job.cancel()
        (result,) = await asyncio.gather(job, return_exceptions=True)
        return isinstance(result, asyncio.CancelledError)

    assert transcript.run(interrupted) is True
    assert settled(masterplan)
    assert transcript.run(discover(masterplan)) is True


def _reserved(masterplan: MasterPlan) -> bool:
    try:
        return MasterPlan.objects.get(pk=masterplan.pk).reserved_usd > 0
    finally:
        connection.close()


# --- plan


def test_a_plan_is_asked_for_and_stored(planless: MasterPlan, transcript: Transcript) -> None:
    transcript.answer("masterplan", "tally", PLAN)
    assert transcript.run(plan(planless)) is True
    planless.refresh_from_db()
    assert selectors.plan_of(planless) == planner.parse(PLAN)
    assert settled(planless)


@pytest.fixture
def planless(planned: MasterPlan) -> MasterPlan:
    """The project with a discovery, in the stage of planning."""
    planned.phases.all().delete()
    planned.criteria.all().delete()
    MasterPlan.objects.update(status=Status.PLANNING)
    return planned


def test_an_invalid_plan_is_sent_back_with_its_problems(
    planless: MasterPlan, transcript: Transcript
) -> None:
    circular = plan_data()
    task_of(circular, "count")["depends_on"] = ["cli"]
    transcript.answer("masterplan", "tally", circular)
    transcript.answer("masterplan", "tally", PLAN, 'failed check "plan"', "in a circle")
    assert transcript.run(plan(planless)) is True
    assert [outcome for _, _, outcome in outcomes(planless)] == ["PlanRejected", "ok"]
    assert settled(planless)


def test_a_plan_that_drops_a_criterion_of_the_specification_is_rejected(
    planless: MasterPlan, transcript: Transcript
) -> None:
    renamed = plan_data()
    renamed["acceptance_criteria"][0]["id"] = "other"
    for key in ("count", "cli"):
        task_of(renamed, key)["acceptance_criteria"] = ["other"]
    transcript.answer("masterplan", "tally", renamed)
    assert transcript.run(plan(planless)) is False
    planless.refresh_from_db()
    assert planless.status == Status.FAILED
    assert "'AC1' of the specification is missing" in planless.status_reason
    assert not planless.tasks.exists()
    assert planless.calls.count() == ATTEMPTS


def test_planning_needs_a_discovery(masterplan: MasterPlan, transcript: Transcript) -> None:
    transcript.answer("masterplan", "tally", PLAN)
    with pytest.raises(ValueError, match="run_discovery comes first"):
        transcript.run(plan(masterplan))


# --- skeletons and tests


def test_every_task_gets_its_skeleton_and_its_tests(
    planned: MasterPlan, transcript: Transcript, files: FolderFiles
) -> None:
    write_tally(transcript)
    assert transcript.run(write(planned, files)) is True
    assert files.load(planned) == {
        "package": {"tally/__init__.py": ""},
        "count": {"tally/count.py": COUNT_SKELETON, "tests/test_count.py": COUNT_TESTS},
        "cli": {"tally/__main__.py": MAIN_SKELETON, "tests/test_main.py": MAIN_TESTS},
    }
    assert files.authors["tally/count.py"] == "skeleton"
    assert files.authors["tests/test_count.py"] == "tests"
    assert not planned.tasks.filter(skeleton_at=None).exists()
    assert not planned.tasks.filter(tests_at=None).exists()
    assert settled(planned)


def test_a_task_without_functions_is_asked_for_no_tests(
    planned: MasterPlan, transcript: Transcript, files: FolderFiles
) -> None:
    write_tally(transcript)
    transcript.run(write(planned, files))
    assert ("tests", "package", "ok") not in outcomes(planned)
    assert planned.calls.count() == 5


def test_skeletons_wait_for_those_they_depend_on(
    planned: MasterPlan, transcript: Transcript, files: FolderFiles
) -> None:
    write_tally(transcript)
    transcript.run(write(planned, files))
    order = [subject for purpose, subject, _ in outcomes(planned) if purpose == "skeleton"]
    assert order == ["package", "count", "cli"]


def test_a_second_run_asks_for_nothing(
    planned: MasterPlan, transcript: Transcript, files: FolderFiles
) -> None:
    write_tally(transcript)
    transcript.run(write(planned, files))
    assert transcript.run(write(planned, files)) is True
    assert planned.calls.count() == 5


def test_a_stopped_run_goes_on_with_what_is_missing(
    planned: MasterPlan, transcript: Transcript, files: FolderFiles
) -> None:
    transcript.files("skeleton", "package", {"tally/__init__.py": ""})
    transcript.files("skeleton", "count", {"tally/count.py": COUNT_SKELETON})
    assert transcript.run(write(planned, files)) is False
    planned.refresh_from_db()
    assert planned.status == Status.PAUSED
    assert planned.tasks.filter(skeleton_at__isnull=False).count() == 2
    before = outcomes(planned)

    services.resume(masterplan=planned)
    write_tally(transcript)
    assert transcript.run(write(planned, files)) is True
    assert ("skeleton", "count", "ok") not in outcomes(planned)[len(before) :]
    assert planned.calls.count() == 5
    assert settled(planned)


def test_a_skeleton_with_foreign_files_is_sent_back(
    planned: MasterPlan, transcript: Transcript, files: FolderFiles
) -> None:
    write_tally(transcript)
    transcript.files("skeleton", "count", {"tally/words.py": COUNT_SKELETON})
    transcript.files(
        "skeleton",
        "count",
        {"tally/count.py": COUNT_SKELETON},
        "target file 'tally/count.py' is missing",
    )
    assert transcript.run(write(planned, files)) is True
    assert ("skeleton", "count", "AnswerRejected") in outcomes(planned)
    assert "tally/words.py" not in files.authors


def test_what_the_parser_finds_is_sent_back_too(
    planned: MasterPlan, transcript: Transcript, files: FolderFiles
) -> None:
    write_tally(transcript)
    broken = COUNT_SKELETON + "\n# broken\n"
    files.refused[broken] = "line 9: a parser's complaint"
    transcript.files("skeleton", "count", {"tally/count.py": broken})
    transcript.files(
        "skeleton", "count", {"tally/count.py": COUNT_SKELETON}, "line 9: a parser's complaint"
    )
    assert transcript.run(write(planned, files)) is True
    assert files.load(planned)["count"]["tally/count.py"] == COUNT_SKELETON


def test_tests_may_not_take_the_file_of_another_task(
    planned: MasterPlan, transcript: Transcript, files: FolderFiles
) -> None:
    services.mark_tests(task=planned.tasks.get(key="count"))
    services.mark_skeleton(task=planned.tasks.get(key="count"))
    count = planned.tasks.get(key="count")
    files.store(task=count, path="tally/count.py", content=COUNT_SKELETON, author="skeleton")
    files.store(task=count, path="tests/test_count.py", content=COUNT_TESTS, author="tests")
    write_tally(transcript)
    transcript.files("tests", "cli", {"tests/test_count.py": MAIN_TESTS})
    transcript.files(
        "tests",
        "cli",
        {"tests/test_main.py": MAIN_TESTS},
        "'tests/test_count.py' belongs to task 'count'",
    )
    assert transcript.run(write(planned, files)) is True
    assert ("tests", "cli", "AnswerRejected") in outcomes(planned)
    assert "tests/test_count.py" not in files.load(planned)["cli"]


def test_a_budget_for_one_call_at_a_time_is_enough(
    planned: MasterPlan, transcript: Transcript, files: FolderFiles
) -> None:
    """Calls that cannot be reserved together wait for one another instead of giving up."""
    services.set_budget(masterplan=planned, budget=Decimal("0.30"))
    write_tally(transcript)
    assert transcript.run(write(planned, files)) is True
    assert settled(planned)
    assert planned.cost_usd < Decimal("0.30")


def test_files_that_cannot_be_stored_are_paid_for_and_not_marked(
    planned: MasterPlan, transcript: Transcript, files: FolderFiles
) -> None:
    write_tally(transcript)
    files.folder.write_text("in the way of the folder")
    with pytest.raises(NotADirectoryError):
        transcript.run(write(planned, files))
    assert outcomes(planned) == [("skeleton", "package", "NotADirectoryError")]
    assert not planned.tasks.filter(skeleton_at__isnull=False).exists()
    assert settled(planned)


def test_a_question_about_tests_never_shows_an_implementation(
    planned: MasterPlan, transcript: Transcript, files: FolderFiles
) -> None:
    """Only target files are shown: neither other tests nor anything else that a task has."""
    count = planned.tasks.get(key="count")
    services.mark_skeleton(task=count)
    files.store(task=count, path="tally/count.py", content=COUNT_SKELETON, author="skeleton")
    files.store(task=count, path="tally/secret.py", content="ANSWER = 1\n", author="model")
    write_tally(transcript)
    shown: list[str] = []
    transcript.files("tests", "count", {"tests/test_count.py": "no test"})
    transcript.files("tests", "count", {"tests/test_count.py": COUNT_TESTS}, "no function `test_")

    async def run(gateway: Gateway) -> bool:
        ask = gateway.ask

        async def listening(prompt: Any, sampling: Any) -> Any:
            shown.append(prompt.body if prompt.purpose == "tests" else "")
            return await ask(prompt, sampling)

        gateway.ask = listening  # type: ignore[method-assign]
        return await generator.run_skeletons(planned.pk, gateway, files)

    assert transcript.run(run) is True
    assert any("How often each word occurs" in body for body in shown)
    assert not any("ANSWER" in body for body in shown)


# --- all of it


def test_the_bundled_sample_goes_from_its_specification_to_skeletons(
    files: FolderFiles, settings: Any
) -> None:
    sample = Path(settings.BASE_DIR) / "samples" / "evenly"
    specification = read_specification((sample / "SPEC.md").read_bytes(), max_bytes=100_000)
    made = services.create(
        specification=specification,
        name=specification.title,
        owner=None,
        budget=Decimal(20),
        origin=MasterPlan.Origin.SPECIFICATION,
    )

    async def all_stages(gateway: Gateway) -> bool:
        return (
            await generator.run_discovery(made.pk, gateway)
            and await generator.run_planning(made.pk, gateway)
            and await generator.run_skeletons(made.pk, gateway, files)
        )

    assert served(sample / "transcript", all_stages) is True
    targets = {path for task in made.tasks.all() for path in task.target_files}
    assert targets <= files.authors.keys()
    assert {author for path, author in files.authors.items() if path not in targets} == {"tests"}
    assert not made.tasks.filter(tests_at=None).exists()
    assert settled(made)
