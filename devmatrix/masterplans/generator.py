"""The first stages: asks for discovery, plan and skeletons, and keeps what can be used.

Each stage may be called again at any time: what is there already is not asked for again, so a
killed process repeats at most its calls in flight. Every call is paid for in the same transaction
that stores its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from uuid import UUID

from django.db import transaction

from devmatrix.llm import (
    Answer,
    BudgetSpent,
    LLMError,
    Prompt,
    Receipt,
    Refused,
    Sampling,
    UnusableAnswer,
)
from devmatrix.masterplans import discovery, planner, selectors, services, skeletons
from devmatrix.masterplans.answers import AnswerRejected, Rejection
from devmatrix.masterplans.database import DatabaseThread
from devmatrix.masterplans.models import MasterPlan, Task
from devmatrix.masterplans.planner import Criterion, Plan, PlannedTask, PlanRejected
from devmatrix.masterplans.skeletons import GeneratedFile
from devmatrix.masterplans.specification import criteria_ids

if TYPE_CHECKING:
    from devmatrix.llm.gateway import Gateway

ATTEMPTS = 3
"""How often one question is asked: once, and twice more with what was wrong."""

T = TypeVar("T")


class TaskFiles(Protocol):
    """Where the files of tasks are kept; files and atoms belong to a later phase, so it says how.

    `load` and `store` run in the database's thread, `store` inside the transaction that pays for
    the answer; `problems` is called from the event loop and must not use the database.
    """

    def load(self, masterplan: MasterPlan) -> Mapping[str, Mapping[str, str]]:
        """The texts of all files of the plan so far, by task key and path."""

    def problems(self, files: Mapping[str, str]) -> Sequence[str]:
        """What a parser finds wrong with these files (by path), one sentence each."""

    def store(self, *, task: Task, path: str, content: str, author: str) -> None:
        """Keep a new file of a task; `author` is "skeleton" or "tests"."""


class StageStopped(Exception):  # noqa: N818  (nothing went wrong: somebody stopped the plan)
    """The plan was paused, failed or cancelled while its stage ran."""


async def run_discovery(plan_id: UUID, gateway: Gateway) -> bool:
    """Make the discovery of a plan. True when it is there; False when the plan was stopped,
    with the reason in its `status_reason`. The caller holds the stage's lease."""
    return await _run(plan_id, gateway, _discover)


async def run_planning(plan_id: UUID, gateway: Gateway) -> bool:
    """Make phases, milestones, tasks and criteria of a discovered plan; results as above."""
    return await _run(plan_id, gateway, _plan)


async def run_skeletons(plan_id: UUID, gateway: Gateway, files: TaskFiles) -> bool:
    """Make skeletons and tests of every task that has none yet; results as above.

    Tasks run at the same time; a task waits for the skeletons of those that it depends on, so that
    it is shown their signatures, and its tests wait for its own skeleton.
    """
    return await _run(plan_id, gateway, lambda stage: _write_skeletons(stage, files))


@dataclass(frozen=True, slots=True)
class _Question(Generic[T]):
    """One question: its prompt after so many rejections, how to read its answer, how to keep it.

    `read` raises AnswerRejected; `save` runs in the database's thread, inside a transaction.
    """

    check: str
    prompt: Callable[[Sequence[Rejection]], Prompt]
    read: Callable[[Mapping[str, Any]], T]
    save: Callable[[T, Answer], object]


@dataclass(slots=True)
class _Reservation:
    """Money set aside for one call."""

    amount: Decimal
    settled: bool = False


@dataclass(slots=True)
class _Stage:
    """One run of a stage: the plan, the model, the database, and the calls in flight.

    A call that cannot be paid for while others are in flight waits for them, because they usually
    cost less than was set aside. The first error stops new calls; those in flight are finished and
    kept, because they are paid for.
    """

    plan_id: UUID
    gateway: Gateway
    database: DatabaseThread
    stopped_by: BaseException | None = None
    _in_flight: int = 0
    _settled: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def ask(self, question: _Question[T]) -> None:
        """Ask until the answer can be kept; raises AnswerRejected after ATTEMPTS, and LLMError."""
        rejections: list[Rejection] = []
        while len(rejections) < ATTEMPTS:
            rejection = await self._attempt(question, rejections)
            if rejection is None:
                return
            rejections.append(rejection)
        raise AnswerRejected(rejections[-1].problems)

    async def _attempt(
        self, question: _Question[T], rejections: Sequence[Rejection]
    ) -> Rejection | None:
        prompt = question.prompt(rejections)
        sampling = await self._sampling(len(rejections) + 1)
        async with self._reserved(self.gateway.estimate(prompt, sampling)) as reservation:
            try:
                answer = await self.gateway.ask(prompt, sampling)
            except UnusableAnswer as error:
                await self._book(prompt, reservation, error.receipt, type(error).__name__)
                if isinstance(error, Refused):
                    raise
                return Rejection("answer", (str(error),))
            try:
                value = question.read(answer.data)
            except AnswerRejected as error:
                await self._book(prompt, reservation, answer, type(error).__name__)
                return Rejection(question.check, error.problems, answer.text)
            await self.database(self._keep, question, prompt, reservation, answer, value)
        return None

    async def _sampling(self, attempt: int) -> Sampling:
        """The attempt's model with its own defaults: plans gain nothing from being varied."""
        return replace(await self.gateway.sampling(attempt), temperature=None, effort=None)

    @asynccontextmanager
    async def _reserved(self, amount: Decimal) -> AsyncIterator[_Reservation]:
        await self._reserve(amount)
        reservation = _Reservation(amount)
        try:
            yield reservation
        finally:
            if not reservation.settled:
                await self.database(
                    services.settle, masterplan_id=self.plan_id, reserved=reservation.amount
                )
            async with self._settled:
                self._in_flight -= 1
                self._settled.notify_all()

    async def _reserve(self, amount: Decimal) -> None:
        async with self._settled:
            while not await self._affordable(amount):
                if self._in_flight == 0:
                    raise await self.database(_budget_spent, self.plan_id, amount)
                await self._settled.wait()
            self._in_flight += 1

    async def _affordable(self, amount: Decimal) -> bool:
        if self.stopped_by is not None:
            raise StageStopped
        return await self.database(_reserve_unless_stopped, self.plan_id, amount)

    async def _book(
        self, prompt: Prompt, reservation: _Reservation, receipt: Receipt, outcome: str
    ) -> None:
        await self.database(self._book_now, prompt, reservation, receipt, outcome)

    def _book_now(
        self, prompt: Prompt, reservation: _Reservation, receipt: Receipt, outcome: str
    ) -> None:
        services.book_call(
            masterplan_id=self.plan_id,
            purpose=prompt.purpose,
            subject=prompt.subject,
            reserved=reservation.amount,
            receipt=receipt,
            outcome=outcome,
        )
        reservation.settled = True

    def _keep(
        self,
        question: _Question[T],
        prompt: Prompt,
        reservation: _Reservation,
        answer: Answer,
        value: T,
    ) -> None:
        """Store an answer and pay for it; what cannot be stored has been paid for all the same."""
        try:
            with transaction.atomic():
                question.save(value, answer)
                self._book_now(prompt, reservation, answer, "ok")
        except Exception as error:
            reservation.settled = False
            self._book_now(prompt, reservation, answer, type(error).__name__)
            raise


async def _run(plan_id: UUID, gateway: Gateway, work: Callable[[_Stage], Awaitable[None]]) -> bool:
    async with DatabaseThread() as database:
        await database(services.release_reservations, masterplan_id=plan_id)
        try:
            await work(_Stage(plan_id, gateway, database))
        except StageStopped:
            return False
        except (AnswerRejected, UnusableAnswer) as error:
            await database(_fail, plan_id, error)
            return False
        except LLMError as error:
            await database(_pause, plan_id, error)
            return False
        return True


async def _discover(stage: _Stage) -> None:
    masterplan, specification = await stage.database(_load, stage.plan_id)
    known = await stage.database(_known_discovery, masterplan)
    if known is not None:
        return

    def save(found: discovery.Discovery, answer: Answer) -> bool:
        return services.store_discovery(
            masterplan=masterplan, discovery=found, model=answer.model, cost=answer.cost_usd
        )

    await stage.ask(
        _Question(
            check="discovery",
            prompt=lambda rejections: discovery.prompt(
                name=masterplan.name, specification=specification, rejections=rejections
            ),
            read=discovery.parse,
            save=save,
        )
    )


async def _plan(stage: _Stage) -> None:
    masterplan, specification = await stage.database(_load, stage.plan_id)
    if await stage.database(selectors.plan_of, masterplan) is not None:
        return
    found = await stage.database(_discovery, masterplan)
    required = criteria_ids(specification)

    def read(data: Mapping[str, Any]) -> Plan:
        plan = planner.parse(data)
        if problems := planner.validate(plan, required):
            raise PlanRejected(problems)
        return plan

    await stage.ask(
        _Question(
            check="plan",
            prompt=lambda rejections: planner.prompt(
                name=masterplan.name,
                specification=specification,
                discovery=found,
                rejections=rejections,
            ),
            read=read,
            save=lambda plan, _: services.store_plan(masterplan=masterplan, plan=plan),
        )
    )


async def _write_skeletons(stage: _Stage, files: TaskFiles) -> None:
    masterplan, specification = await stage.database(_load, stage.plan_id)
    found = await stage.database(_discovery, masterplan)
    plan = await stage.database(_known_plan, masterplan)
    written = await stage.database(files.load, masterplan)
    writer = _SkeletonWriter(
        stage=stage,
        files=files,
        plan=plan,
        project=skeletons.project_part(specification=specification, discovery=found, plan=plan),
        rows=await stage.database(_task_rows, masterplan),
        texts={task.key: dict(written.get(task.key, {})) for task in plan.tasks},
    )
    await writer.write()


class _SkeletonWriter:
    """Writes skeletons and tests of all tasks of a plan at the same time.

    `texts` are the files of each task by task key and path; they grow with the answers.
    """

    def __init__(
        self,
        *,
        stage: _Stage,
        files: TaskFiles,
        plan: Plan,
        project: str,
        rows: Mapping[str, Task],
        texts: dict[str, dict[str, str]],
    ) -> None:
        self._stage = stage
        self._files = files
        self._plan = plan
        self._project = project
        self._rows = rows
        self._texts = texts
        self._owners = {path: task.key for task in plan.tasks for path in task.target_files}
        self._owners |= {path: key for key, paths in texts.items() for path in paths}
        self._jobs: dict[str, asyncio.Task[None]] = {}

    async def write(self) -> None:
        """Start every task's job and wait for all; raises the first error after the rest ended."""
        for task in self._plan.tasks:
            self._jobs[task.key] = asyncio.create_task(self._guarded(self._skeleton(task)))
        tests = [asyncio.create_task(self._guarded(self._tests(task))) for task in self._plan.tasks]
        jobs = [*self._jobs.values(), *tests]
        try:
            await asyncio.gather(*jobs, return_exceptions=True)
        finally:
            for job in jobs:
                job.cancel()
        if self._stage.stopped_by is not None:
            raise self._stage.stopped_by

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            if self._stage.stopped_by is None:
                self._stage.stopped_by = error
            raise

    async def _skeleton(self, task: PlannedTask) -> None:
        row = self._rows[task.key]
        if row.skeleton_at is not None:
            return
        await asyncio.gather(*(self._jobs[key] for key in task.depends_on))
        neighbours = {
            path: text for key in task.depends_on for path, text in self._skeleton_of(key).items()
        }

        def read(data: Mapping[str, Any]) -> tuple[GeneratedFile, ...]:
            answer = skeletons.parse(data)
            self._reject(answer, skeletons.problems_of_skeleton(answer, task))
            return answer

        def save(answer: tuple[GeneratedFile, ...], _: Answer) -> None:
            if services.mark_skeleton(task=row):
                self._store(row, answer, skeletons.SKELETON)
                if not skeletons.needs_tests(_texts(answer)):
                    services.mark_tests(task=row)

        await self._stage.ask(
            _Question(
                check="skeleton",
                prompt=lambda rejections: skeletons.prompt_for_skeleton(
                    project=self._project, task=task, neighbours=neighbours, rejections=rejections
                ),
                read=read,
                save=save,
            )
        )

    async def _tests(self, task: PlannedTask) -> None:
        await self._jobs[task.key]
        row = self._rows[task.key]
        skeleton = self._skeleton_of(task.key)
        if row.tests_at is not None or not skeletons.needs_tests(skeleton):
            return

        def read(data: Mapping[str, Any]) -> tuple[GeneratedFile, ...]:
            answer = skeletons.parse(data)
            self._reject(answer, skeletons.problems_of_tests(answer, task, self._owners))
            self._owners.update((file.path, task.key) for file in answer)
            return answer

        def save(answer: tuple[GeneratedFile, ...], _: Answer) -> None:
            if services.mark_tests(task=row):
                self._store(row, answer, skeletons.TESTS)

        await self._stage.ask(
            _Question(
                check="tests",
                prompt=lambda rejections: skeletons.prompt_for_tests(
                    project=self._project,
                    task=task,
                    skeleton=skeleton,
                    criteria=self._criteria_of(task),
                    rejections=rejections,
                ),
                read=read,
                save=save,
            )
        )

    def _reject(self, answer: Sequence[GeneratedFile], problems: Sequence[str]) -> None:
        """Raise AnswerRejected if our checks, or else the parser's, find anything."""
        found = problems or self._files.problems(_texts(answer))
        if found:
            raise AnswerRejected(found)

    def _store(self, row: Task, answer: Sequence[GeneratedFile], author: str) -> None:
        for file in answer:
            self._files.store(task=row, path=file.path, content=file.content, author=author)
            self._texts[row.key][file.path] = file.content

    def _skeleton_of(self, key: str) -> dict[str, str]:
        """The target files of a task; what it has beside them are tests."""
        targets = self._rows[key].target_files
        return {path: self._texts[key][path] for path in targets if path in self._texts[key]}

    def _criteria_of(self, task: PlannedTask) -> tuple[Criterion, ...]:
        return tuple(item for item in self._plan.criteria if item.id in task.acceptance_criteria)


def _texts(files: Sequence[GeneratedFile]) -> dict[str, str]:
    return {file.path: file.content for file in files}


# What follows runs in the database's thread.


def _load(plan_id: UUID) -> tuple[MasterPlan, str]:
    """The plan and its specification."""
    masterplan = MasterPlan.objects.select_related("discovery").get(pk=plan_id)
    if masterplan.discovery is None:
        raise ValueError(f"{masterplan.name} was not made from a specification; nothing to plan.")
    return masterplan, masterplan.discovery.specification


def _known_discovery(masterplan: MasterPlan) -> discovery.Discovery | None:
    return selectors.discovery_of(masterplan.discovery) if masterplan.discovery else None


def _discovery(masterplan: MasterPlan) -> discovery.Discovery:
    found = _known_discovery(masterplan)
    if found is None:
        raise ValueError(f"{masterplan.name} has no discovery yet; run_discovery comes first.")
    return found


def _known_plan(masterplan: MasterPlan) -> Plan:
    plan = selectors.plan_of(masterplan)
    if plan is None:
        raise ValueError(f"{masterplan.name} has no tasks yet; run_planning comes first.")
    return plan


def _task_rows(masterplan: MasterPlan) -> dict[str, Task]:
    return {task.key: task for task in masterplan.tasks.all()}


def _reserve_unless_stopped(plan_id: UUID, amount: Decimal) -> bool:
    if MasterPlan.objects.filter(pk=plan_id, status__in=services.STOPPED).exists():
        raise StageStopped
    return services.reserve(masterplan_id=plan_id, amount=amount)


def _budget_spent(plan_id: UUID, amount: Decimal) -> BudgetSpent:
    plan = MasterPlan.objects.get(pk=plan_id)
    return BudgetSpent(
        f"The budget of ${plan.budget_usd:.2f} does not cover the next call (${plan.cost_usd:.4f} "
        f"spent, up to ${amount:.4f} needed): raise the budget."
    )


def _pause(plan_id: UUID, error: LLMError) -> None:
    services.pause(
        masterplan=MasterPlan.objects.get(pk=plan_id),
        reason=f"{error} Then resume the project: it goes on where it stopped.",
    )


def _fail(plan_id: UUID, error: Exception) -> None:
    told = "; ".join(error.problems[:3]) if isinstance(error, AnswerRejected) else str(error)
    services.fail(
        masterplan=MasterPlan.objects.get(pk=plan_id),
        reason=f"The model gave no answer that can be used: {told.rstrip('.')}. "
        "Make the specification clearer, or resume the project to ask again.",
    )
