"""Writes the skeletons and tests of all tasks of a plan, each as soon as it can be asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol

from devmatrix.llm import Answer
from devmatrix.masterplans import services, skeletons
from devmatrix.masterplans.answers import AnswerRejected
from devmatrix.masterplans.asking import Question, Stage
from devmatrix.masterplans.models import MasterPlan, Task
from devmatrix.masterplans.planner import Criterion, Plan, PlannedTask
from devmatrix.masterplans.skeletons import GeneratedFile


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


class SkeletonWriter:
    """Writes skeletons and tests of all tasks of a plan at the same time.

    `texts` are the files of each task by task key and path; they grow with the answers.
    """

    def __init__(
        self,
        *,
        stage: Stage,
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
            Question(
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
            Question(
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
