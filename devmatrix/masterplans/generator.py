"""The first stages: asks for discovery, plan and skeletons, and keeps what can be used.

Each stage may be called again at any time: what is there already is not asked for again, so a
killed process repeats at most its calls in flight. Every call is paid for in the same transaction
that stores its answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from devmatrix.llm import Answer, LLMError, UnusableAnswer
from devmatrix.masterplans import discovery, planner, selectors, services, skeletons
from devmatrix.masterplans.answers import AnswerRejected
from devmatrix.masterplans.asking import Question, Stage, StageStopped
from devmatrix.masterplans.database import DatabaseThread
from devmatrix.masterplans.models import MasterPlan, Task
from devmatrix.masterplans.planner import Plan, PlanRejected
from devmatrix.masterplans.skeleton_writer import SkeletonWriter, TaskFiles
from devmatrix.masterplans.specification import criteria_ids

if TYPE_CHECKING:
    from devmatrix.llm.gateway import Gateway


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


async def _run(plan_id: UUID, gateway: Gateway, work: Callable[[Stage], Awaitable[None]]) -> bool:
    async with DatabaseThread() as database:
        await database(services.release_reservations, masterplan_id=plan_id)
        try:
            await work(Stage(plan_id, gateway, database))
        except StageStopped:
            return False
        except (AnswerRejected, UnusableAnswer) as error:
            await database(_fail, plan_id, error)
            return False
        except LLMError as error:
            await database(_pause, plan_id, error)
            return False
        return True


async def _discover(stage: Stage) -> None:
    masterplan, specification = await stage.database(_load, stage.plan_id)
    known = await stage.database(_known_discovery, masterplan)
    if known is not None:
        return

    def save(found: discovery.Discovery, answer: Answer) -> bool:
        return services.store_discovery(
            masterplan=masterplan, discovery=found, model=answer.model, cost=answer.cost_usd
        )

    await stage.ask(
        Question(
            check="discovery",
            prompt=lambda rejections: discovery.prompt(
                name=masterplan.name, specification=specification, rejections=rejections
            ),
            read=discovery.parse,
            save=save,
        )
    )


async def _plan(stage: Stage) -> None:
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
        Question(
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


async def _write_skeletons(stage: Stage, files: TaskFiles) -> None:
    masterplan, specification = await stage.database(_load, stage.plan_id)
    found = await stage.database(_discovery, masterplan)
    plan = await stage.database(_known_plan, masterplan)
    written = await stage.database(files.load, masterplan)
    writer = SkeletonWriter(
        stage=stage,
        files=files,
        plan=plan,
        project=skeletons.project_part(specification=specification, discovery=found, plan=plan),
        rows=await stage.database(_task_rows, masterplan),
        texts={task.key: dict(written.get(task.key, {})) for task in plan.tasks},
    )
    await writer.write()


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
