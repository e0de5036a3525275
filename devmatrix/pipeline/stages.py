"""The one way: each stage of a masterplan, which one follows, and who may run it.

Every stage can be repeated. One process at a time runs a stage, under a lease; only execution is
shared by as many as come.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q

from atomization import services as atomization
from atomization.models import AtomicUnit
from atomization.parser import language_of, syntax_faults
from atomization.selectors import assembled_files, encode
from dependencies import services as dependencies
from dependencies.wave_generator import Policy
from devmatrix.llm import LLMError
from devmatrix.llm.gateway import Gateway
from devmatrix.masterplans import generator
from devmatrix.masterplans import services as masterplans
from devmatrix.masterplans.database import DatabaseThread
from devmatrix.masterplans.models import MasterPlan, Task
from devmatrix.masterplans.queue import ring
from devmatrix.pipeline.model import gateway_config
from devmatrix.sandbox import SandboxUnavailable
from execution import services as execution
from execution.worker import execute
from review import services as review
from review.models import HumanReviewQueue
from validation import services as validation

Status = MasterPlan.Status


class StageError(Exception):
    """A stage that cannot be done; the message says why and what to do."""


NEXT = {
    Status.DISCOVERY: Status.PLANNING,
    Status.PLANNING: Status.SKELETONS,
    Status.SKELETONS: Status.ATOMIZING,
    Status.ATOMIZING: Status.GRAPHING,
    Status.GRAPHING: Status.EXECUTING,
    Status.EXECUTING: Status.VALIDATING,
    Status.VALIDATING: Status.SCORING,
}
ACTIVE = (*NEXT, Status.SCORING)


def advance(masterplan_id: UUID, *, should_stop: Callable[[], bool] = lambda: False) -> None:
    """Lead a masterplan as far as it goes now; returns early where another process is at it.

    A stage that cannot be done pauses or fails the plan with a sentence that says what to do; an
    error that nobody foresaw pauses it as well and is raised.
    """
    asyncio.run(_advance(masterplan_id, should_stop))


async def _advance(masterplan_id: UUID, should_stop: Callable[[], bool]) -> None:
    async with DatabaseThread() as database, contextlib.AsyncExitStack() as stack:
        run = Run(masterplan_id, database, stack, should_stop)
        while not should_stop():
            plan = await database(MasterPlan.objects.get, pk=masterplan_id)
            if plan.status not in ACTIVE or not await run.step(plan):
                return


class Run:
    """One process's way through the stages of one masterplan."""

    def __init__(
        self,
        masterplan_id: UUID,
        database: DatabaseThread,
        stack: contextlib.AsyncExitStack,
        should_stop: Callable[[], bool],
    ) -> None:
        self._id = masterplan_id
        self._database = database
        self._stack = stack
        self._should_stop = should_stop
        self._gateway: Gateway | None = None

    async def step(self, plan: MasterPlan) -> bool:
        """Run the plan's current stage; False when there is nothing more to do here."""
        try:
            if plan.status == Status.EXECUTING:
                return await self._execute(plan)
            return await self._leased(plan)
        except LLMError as error:
            reason = f"{error} Nothing is lost; start again to go on."
            await self._database(masterplans.pause, masterplan=plan, reason=reason)
        except (StageError, atomization.AtomizationError, SandboxUnavailable) as error:
            await self._database(masterplans.fail, masterplan=plan, reason=str(error))
        except DatabaseError:
            raise
        except Exception as error:
            # Paused, for the same step would be tried, and paid for, again and again.
            reason = f"{type(error).__name__}: {error}. Nothing is lost; start again to go on."
            await self._database(masterplans.pause, masterplan=plan, reason=reason)
            raise
        return False

    async def _execute(self, plan: MasterPlan) -> bool:
        waiting = await self._database(execution.open_atoms(plan.pk).exists)
        if waiting:
            gateway = await self._model()
            drained = await execute(plan.pk, gateway, should_stop=self._should_stop)
            if drained.stopped:
                await self._database(masterplans.pause, masterplan=plan, reason=drained.stopped)
                return False
        if self._should_stop() or await self._database(execution.open_atoms(plan.pk).exists):
            return not waiting
        await self._database(
            masterplans.move,
            masterplan_id=plan.pk,
            from_status=Status.EXECUTING,
            to_status=Status.VALIDATING,
        )
        return True

    async def _leased(self, plan: MasterPlan) -> bool:
        seconds = settings.DEVMATRIX["LEASE_SECONDS"]
        token = await self._database(masterplans.take_lease, masterplan_id=plan.pk, seconds=seconds)
        if token is None:
            return False
        try:
            following = await self._under_lease(plan, token, seconds)
        finally:
            await self._database(masterplans.drop_lease, masterplan_id=plan.pk, token=token)
        if following is None:
            return False
        await self._database(
            masterplans.move, masterplan_id=plan.pk, from_status=plan.status, to_status=following
        )
        if following == Status.EXECUTING:
            await self._database(ring, plan.pk)
        return True

    async def _under_lease(self, plan: MasterPlan, token: UUID, seconds: float) -> str | None:
        """Do the stage while its lease is renewed; None where another process took the lease."""
        work = asyncio.create_task(self._stage(plan))
        keeping = asyncio.create_task(self._keep_lease(token, seconds))
        try:
            await asyncio.wait({work, keeping}, return_when=asyncio.FIRST_COMPLETED)
            return await work if work.done() else None
        finally:
            for task in (work, keeping):
                task.cancel()
            await asyncio.gather(work, keeping, return_exceptions=True)

    async def _keep_lease(self, token: UUID, seconds: float) -> None:
        """Renew the lease until it is lost, from a thread that the stage does not occupy."""
        async with DatabaseThread() as database:
            held = True
            while held:
                await asyncio.sleep(seconds / 3)
                held = await database(
                    masterplans.renew_lease, masterplan_id=self._id, token=token, seconds=seconds
                )

    async def _stage(self, plan: MasterPlan) -> str | None:
        """Do the plan's stage and return the one that follows; None where the plan was stopped."""
        if plan.status in (Status.DISCOVERY, Status.PLANNING, Status.SKELETONS):
            done = await self._ask(plan)
            return NEXT[Status(plan.status)] if done else None
        work: dict[str, Callable[[MasterPlan], str]] = {
            Status.ATOMIZING: atomize,
            Status.GRAPHING: graph,
            Status.VALIDATING: validate,
            Status.SCORING: score,
        }
        return await self._database(work[plan.status], plan)

    async def _ask(self, plan: MasterPlan) -> bool:
        gateway = await self._model()
        if plan.status == Status.DISCOVERY:
            return await generator.run_discovery(plan.pk, gateway)
        if plan.status == Status.PLANNING:
            return await generator.run_planning(plan.pk, gateway)
        return await generator.run_skeletons(plan.pk, gateway, GeneratedFiles())

    async def _model(self) -> Gateway:
        if self._gateway is None:
            self._gateway = await self._stack.enter_async_context(Gateway(gateway_config()))
        return self._gateway


class GeneratedFiles:
    """Keeps the files that the model writes for tasks as source files made of atoms."""

    def load(self, masterplan: MasterPlan) -> dict[str, dict[str, str]]:
        """Return the texts of the plan's files by task key and path."""
        found: dict[str, dict[str, str]] = {}
        for file, content in assembled_files(masterplan):
            if file.task is not None:
                found.setdefault(file.task.key, {})[file.path] = content.decode("utf-8", "replace")
        return found

    def problems(self, files: Mapping[str, str]) -> list[str]:
        """Return one sentence for each place where a file is not its language."""
        return [
            f"{path}:{fault.line}: {fault.message}"
            for path, text in files.items()
            for language in [language_of(path)]
            if language is not None
            for fault in syntax_faults(encode(text), language)
        ]

    def store(self, *, task: Task, path: str, content: str, author: str) -> None:
        """Store one file of a task as atoms."""
        atomization.store_file(
            masterplan=task.masterplan,
            path=path,
            content=encode(content),
            author=AtomicUnit.Author(author),
            task=task,
            model=settings.DEVMATRIX["MODEL"],
        )


def atomize(plan: MasterPlan) -> str:
    """Describe all atoms; generated skeletons must all together parse and type-check before."""
    if plan.origin == MasterPlan.Origin.SPECIFICATION:
        problems = validation.skeleton_problems(masterplan=plan)
        if problems:
            raise StageError(
                "The skeletons do not fit together: " + "; ".join(problems[:3]) + ". "
                "Start again after changing the specification, or with another model."
            )
    atomization.describe(masterplan=plan)
    return Status.GRAPHING


def graph(plan: MasterPlan) -> str:
    """Analyze dependencies, make waves, and release what waits for nothing."""
    dependencies.build_graph(masterplan=plan, policy=Policy(plan.wave_policy))
    execution.release(masterplan_id=plan.pk)
    return Status.EXECUTING


def validate(plan: MasterPlan) -> str:
    """Run level 1 on the atoms that no attempt checked, then levels 2, 3 and 4."""
    new = Q(validation_results__isnull=True) | Q(status=AtomicUnit.Status.PENDING)
    unchecked = plan.atoms.filter(new, needs_body=False).distinct()
    validation.validate_atoms(atoms=list(unchecked.select_related("source_file")))
    if plan.origin != MasterPlan.Origin.SPECIFICATION:
        settle_imported(plan)
    validation.validate_modules(masterplan=plan)
    validation.validate_components(masterplan=plan)
    validation.validate_system(masterplan=plan)
    return Status.SCORING


def settle_imported(plan: MasterPlan) -> None:
    """Accept the imported atoms that level 1 finds right; the others have failed."""
    waiting = plan.atoms.filter(status=AtomicUnit.Status.PENDING, needs_body=False)
    faulty = validation.faulty_atoms(masterplan=plan)
    waiting.filter(pk__in=faulty).update(status=AtomicUnit.Status.FAILED)
    waiting.update(status=AtomicUnit.Status.ACCEPTED)


def score(plan: MasterPlan) -> str:
    """Compute confidence, fill the review queue, and say whether anybody has to look."""
    review.score(masterplan=plan)
    review.refresh_queue(masterplan=plan)
    opened = plan.review_items.filter(status__in=HumanReviewQueue.OPEN).exists()
    return Status.IN_REVIEW if opened else Status.COMPLETED
