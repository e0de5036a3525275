"""Asks the model within a plan's budget, sends back what cannot be used, keeps what can.

Every call is reserved before it is made, and paid for in the transaction that stores its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from django.db import transaction

from devmatrix.llm import Answer, BudgetSpent, Prompt, Receipt, Refused, Sampling, UnusableAnswer
from devmatrix.masterplans import services
from devmatrix.masterplans.answers import AnswerRejected, Rejection
from devmatrix.masterplans.database import DatabaseThread
from devmatrix.masterplans.models import MasterPlan

if TYPE_CHECKING:
    from devmatrix.llm.gateway import Gateway

ATTEMPTS = 3
"""How often one question is asked: once, and twice more with what was wrong."""

T = TypeVar("T")


class StageStopped(Exception):  # noqa: N818  (nothing went wrong: somebody stopped the plan)
    """The plan was paused, failed or cancelled while its stage ran."""


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
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
class Stage:
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

    async def ask(self, question: Question[T]) -> None:
        """Ask until the answer can be kept; raises AnswerRejected after ATTEMPTS, and LLMError."""
        rejections: list[Rejection] = []
        while len(rejections) < ATTEMPTS:
            rejection = await self._attempt(question, rejections)
            if rejection is None:
                return
            rejections.append(rejection)
        raise AnswerRejected(rejections[-1].problems)

    async def _attempt(
        self, question: Question[T], rejections: Sequence[Rejection]
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
        asking = asyncio.ensure_future(self.database(_reserve_unless_stopped, self.plan_id, amount))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            (reserved,) = await asyncio.gather(asking, return_exceptions=True)
            if reserved is True:  # nobody else would know of it
                await self.database(services.settle, masterplan_id=self.plan_id, reserved=amount)
            raise

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
        question: Question[T],
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
