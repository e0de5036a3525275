"""One process's share of a masterplan's execution: claims, calls, checks, verdicts.

Waiting for the model happens in one asyncio loop; the database is used from one thread of its
own; static checks are collected and run together; tests run in a pool sized to the cores.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import ParamSpec, Protocol, TypeVar
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from atomization.decomposer import fit_answer
from atomization.imports import refused_imports
from atomization.models import AtomicUnit
from atomization.parser import Language
from atomization.selectors import encode, file_text
from dependencies.edges import Edge
from dependencies.selectors import current_graph, needed_at_import
from dependencies.services import dependency_service, refresh_waves
from devmatrix.llm import (
    Answer,
    AuthenticationRefused,
    BudgetSpent,
    LLMError,
    Prompt,
    Sampling,
    UnusableAnswer,
)
from devmatrix.llm.types import Receipt
from devmatrix.masterplans.database import DatabaseThread
from devmatrix.masterplans.models import MasterPlan
from devmatrix.operations.services import beat, worker_name
from execution import services
from execution.calls import edges_of
from execution.feedback_generator import blocking, describe_failure, describe_no_answer, feedback
from execution.prompts import AtomQuestion, atom_prompt, project_part
from execution.retry_orchestrator import PastAttempt, shown_to
from execution.services import Claim, Pending, Verification
from execution.wave_executor import Drained, Job, Pace, StopRun, drain
from validation import services as validation
from validation.atomic_validator import Candidate, check_examples, static_checks
from validation.findings import Finding, failed
from validation.snapshot import Snapshot

P = ParamSpec("P")
T = TypeVar("T")

CLAIM_AT_ONCE = 16
STATIC_BATCH = 32
RESERVE_SECONDS = 2.0
"""How long to wait for money that others hold before looking again."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the static checks found in a candidate and, where it passed, what it calls."""

    findings: list[Finding]
    edges: list[Edge]


Waiting = tuple[Candidate, asyncio.Future[Checked]]
"""A candidate for the static checks, and where their findings are awaited."""


class Asks(Protocol):
    """The part of the gateway that the engine uses."""

    async def ask(self, prompt: Prompt, sampling: Sampling) -> Answer: ...
    async def sampling(self, attempt: int) -> Sampling: ...
    def estimate(self, prompt: Prompt, sampling: Sampling) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything about an atom that its attempt needs after the rows were read."""

    key: str
    prompt: Prompt
    feedback: str
    slot: str
    language: Language


async def execute(
    masterplan_id: UUID, gateway: Asks, *, should_stop: Callable[[], bool] = lambda: False
) -> Drained:
    """Work on a masterplan until nothing is left that this process could do."""
    async with DatabaseThread() as database:
        worker = Worker(masterplan_id, gateway, database)
        try:
            await worker.prepare()
            pace = Pace(in_flight=settings.DEVMATRIX["IN_FLIGHT"])
            return await drain(worker, pace=pace, should_stop=should_stop)
        finally:
            await worker.close()


class Worker:
    """The `Work` of one masterplan in one process."""

    def __init__(self, masterplan_id: UUID, gateway: Asks, database: DatabaseThread) -> None:
        self._id = masterplan_id
        self._gateway = gateway
        self._db = database
        self._checks = ThreadPoolExecutor(
            settings.DEVMATRIX["VALIDATION_WORKERS"], thread_name_prefix="checks"
        )
        self._tokens: set[UUID] = set()
        self._static: asyncio.Queue[Waiting] = asyncio.Queue()
        self._checker: asyncio.Task[None] | None = None
        self._purse = asyncio.Lock()
        self._settled = asyncio.Event()
        self._project = ""
        self._at_import: dict[UUID, frozenset[UUID]] = {}
        self._modules: frozenset[str] = frozenset()
        self._declared: tuple[str, ...] = ()
        self._name = worker_name()

    async def prepare(self) -> None:
        """Read what all attempts share; give back what dead processes held."""
        await self._db(self._read_project)
        await self._db(services.sweep, masterplan_id=self._id, now=timezone.now())
        await self._db(services.release, masterplan_id=self._id)
        self._checker = asyncio.create_task(self._check_statically())

    async def close(self) -> None:
        """Stop the helpers and bring the waves' state up to date."""
        if self._checker is not None:
            self._checker.cancel()
            await asyncio.gather(self._checker, return_exceptions=True)
        await self._db(refresh_masterplan_waves, self._id)
        self._checks.shutdown()

    async def _check(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._checks, partial(call, *args, **kwargs))

    def _read_project(self) -> None:
        plan = MasterPlan.objects.get(pk=self._id)
        paths = list(plan.files.order_by("path").values_list("path", flat=True))
        self._project = project_part(plan.name, plan.description, plan.tech_stack, paths)
        self._modules = frozenset(top_level_modules(paths))
        self._at_import = needed_at_import(plan)
        self._declared = tuple(plan.tech_stack.get("dependencies", []))

    # --- Work ---

    async def claim(self, room: int) -> Sequence[Job]:
        limit, now = min(room, CLAIM_AT_ONCE), timezone.now()
        verifications = await self._db(
            services.claim_verifications,
            masterplan_id=self._id,
            limit=limit,
            now=now,
            at_import=self._at_import,
        )
        attempts = 0 if self._purse.locked() else limit - len(verifications)
        claims = await self._db(
            services.claim_attempts, masterplan_id=self._id, limit=attempts, now=now
        )
        if not verifications and not claims and not self._tokens:
            verifications = await self._db(services.claim_stranded, masterplan_id=self._id, now=now)
        jobs: list[Job] = [self._job(v.token, partial(self._verify, v)) for v in verifications]
        jobs += [self._job(c.token, partial(self._attempt, c)) for c in claims]
        return jobs

    async def outstanding(self) -> bool:
        return await self._db(self._outstanding)

    def _outstanding(self) -> bool:
        services.sweep(masterplan_id=self._id, now=timezone.now())
        return (
            services.open_atoms(self._id)
            .filter(lease_token__isnull=False, masterplan__status=MasterPlan.Status.EXECUTING)
            .exists()
        )

    async def beat(self, in_flight: int) -> None:
        now = timezone.now()
        await self._db(services.renew, tokens=tuple(self._tokens), now=now)
        await self._db(services.sweep, masterplan_id=self._id, now=now)
        await self._db(beat, name=self._name, in_flight=in_flight, now=now)
        await self._db(refresh_masterplan_waves, self._id)

    def _job(self, token: UUID, work: Callable[[], Awaitable[None]]) -> Job:
        async def run() -> None:
            self._tokens.add(token)
            try:
                await work()
            finally:
                self._tokens.discard(token)
                self._settled.set()

        return run

    # --- one attempt ---

    async def _attempt(self, claim: Claim) -> None:
        try:
            await self._try(claim)
        except (StopRun, asyncio.CancelledError):
            await self._db(services.abandon, token=claim.token, reason="the run was stopped")
            raise
        except services.ClaimLost:
            return
        except LLMError as error:
            await self._db(services.abandon, token=claim.token, reason=str(error))
            raise StopRun(stop_sentence(error)) from error
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            await self._db(services.abandon, token=claim.token, reason=reason)
            raise

    async def _try(self, claim: Claim) -> None:
        asked = await self._db(self._question, claim)
        sampling = await self._gateway.sampling(claim.number)
        amount = self._gateway.estimate(asked.prompt, sampling)
        async with self._purse:
            await self._reserve(claim, amount)
        try:
            answer = await self._gateway.ask(asked.prompt, sampling)
        except UnusableAnswer as error:
            await self._book(claim, asked, sampling, error.receipt, type(error).__name__)
            await self._no_answer(claim, str(error), error.text)
            return
        await self._book(claim, asked, sampling, answer, "ok")
        await self._judge(claim, asked, answer)

    async def _reserve(self, claim: Claim, amount: Decimal) -> None:
        """Reserve the most that the call can cost; wait while that hangs on calls in flight.

        What is reserved is far above what is paid, so a budget that holds one call more is
        not spent while others still have to give back the difference.
        """
        reserve = partial(
            services.reserve_attempt, claim=claim, masterplan_id=self._id, amount=amount
        )
        others = partial(services.others_reserve, claim=claim, masterplan_id=self._id)
        while True:
            self._settled.clear()
            # Looked at on both sides of the reservation, for others begin and end meanwhile.
            before = await self._db(others)
            if await self._db(reserve):
                return
            if not before and not await self._db(others):
                raise StopRun(
                    "The budget does not allow another call; raise it and start again to go on."
                )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._settled.wait(), RESERVE_SECONDS)

    def _question(self, claim: Claim) -> Asked:
        atom = AtomicUnit.objects.select_related("source_file", "task").get(pk=claim.atom_id)
        failures = atom.history.filter(
            round=claim.round, outcome__in=["rejected", "no_answer"]
        ).order_by("number")
        past = tuple(PastAttempt(row.number, row.code, row.error) for row in failures)
        shown = shown_to(claim.number, past)
        told = feedback(shown.failures, shown.code, atom.guidance)
        key = f"{atom.source_file.path}::{atom.name}"
        slot = atom.skeleton if atom.needs_body else atom.code
        question = AtomQuestion(
            key=key,
            language=atom.language,
            slot=slot,
            file_text=file_text(atom.source_file),
            task=atom.task.description if atom.task else "",
            contracts=[(name, text) for name, text in atom.context.get("contracts", [])],
            signatures=[(name, text) for name, text in atom.context.get("signatures", [])],
            feedback=told,
        )
        return Asked(
            key=key,
            prompt=atom_prompt(question, project=self._project),
            feedback=told,
            slot=slot,
            language=Language(atom.language),
        )

    async def _book(
        self, claim: Claim, asked: Asked, sampling: Sampling, receipt: Receipt, outcome: str
    ) -> None:
        await self._db(
            services.book,
            claim=claim,
            masterplan_id=self._id,
            subject=asked.key,
            receipt=receipt,
            sampling=sampling,
            prompt=asked.prompt.body,
            feedback=asked.feedback,
            outcome=outcome,
        )
        self._settled.set()

    async def _no_answer(self, claim: Claim, message: str, text: str) -> None:
        finding = failed(1, "answer", message, actual=text)
        await self._db(
            services.reject,
            claim=claim,
            code="",
            failure=describe_no_answer(claim.number, message),
            failed_check="answer",
            findings=[finding],
            outcome=services.Outcome.NO_ANSWER,
        )

    async def _judge(self, claim: Claim, asked: Asked, answer: Answer) -> None:
        imports = [str(item) for item in answer.data["imports"]]
        given = str(answer.data["code"])
        if not is_text("".join([given, *imports])):
            message = "the answer holds halves of surrogate pairs, which are no characters"
            await self._no_answer(claim, message, answer.text)
            return
        code = fit_answer(asked.slot, given, language=asked.language)
        refusals = refused_imports(
            imports,
            language=asked.language,
            project_modules=self._modules,
            dependencies=self._declared,
        )
        if refusals:
            checked = Checked([failed(1, "imports", sentence) for sentence in refusals], [])
        else:
            candidate = Candidate(
                key=asked.key,
                code=code,
                skeleton=asked.slot,
                language=asked.language,
                imports=tuple(imports),
            )
            checked = await self._checked(candidate)
        findings = checked.findings
        refused = blocking(findings)
        if refused:
            await self._db(
                services.reject,
                claim=claim,
                code=code,
                failure=describe_failure(claim.number, code, findings),
                failed_check=refused[0].check,
                findings=findings,
            )
            return
        await self._db(
            services.answered,
            claim=claim,
            code=code,
            imports=imports,
            findings=findings,
            edges=checked.edges,
        )

    # --- static checks, many at a time ---

    async def _checked(self, candidate: Candidate) -> Checked:
        future: asyncio.Future[Checked] = asyncio.get_running_loop().create_future()
        await self._static.put((candidate, future))
        return await future

    async def _check_statically(self) -> None:
        """Check whatever has gathered, in one run, as soon as the previous run is done."""
        while True:
            batch = [await self._static.get()]
            while not self._static.empty() and len(batch) < STATIC_BATCH:
                batch.append(self._static.get_nowait())
            try:
                await self._check_batch(batch)
            except Exception:
                for item in batch:  # one by one: what one answer does to the checks is its own
                    await self._check_alone(item)

    async def _check_batch(self, batch: Sequence[Waiting]) -> None:
        snapshot = await self._db(self._snapshot)
        candidates = [candidate for candidate, _ in batch]
        results = await self._check(check_and_trace, snapshot, candidates)
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)

    async def _check_alone(self, item: Waiting) -> None:
        """Check one candidate; an error goes to the job that waits, which ends the run with it."""
        try:
            await self._check_batch([item])
        except Exception as error:
            if not item[1].done():
                item[1].set_exception(error)

    def _snapshot(self) -> Snapshot:
        return validation.snapshot_of(MasterPlan.objects.get(pk=self._id))

    # --- tests ---

    async def _verify(self, verification: Verification) -> None:
        try:
            await self._run_tests(verification)
        except BaseException:
            await self._db(services.give_back, verification=verification)
            raise

    async def _run_tests(self, verification: Verification) -> None:
        pending, snapshot = await self._db(self._verification_input, verification)
        runs = [self._check(check_examples, snapshot, item.key) for item in pending]
        results = await asyncio.gather(*runs)
        findings = {item.atom.pk: found for item, found in zip(pending, results, strict=True)}
        await self._db(services.settle_verification, verification=verification, findings=findings)

    def _verification_input(self, verification: Verification) -> tuple[list[Pending], Snapshot]:
        pending = services.pending_of(verification=verification)
        snapshot = self._snapshot()
        for item in pending:
            path = item.atom.source_file.path
            snapshot = snapshot.replace(item.key, item.attempt.code)
            snapshot = snapshot.with_imports(path, item.attempt.imports)
        return pending, snapshot


def check_and_trace(snapshot: Snapshot, candidates: Sequence[Candidate]) -> list[Checked]:
    """Check candidates statically, and find what those that pass call."""
    found = static_checks(snapshot, candidates)
    sound = [candidate for candidate in candidates if not blocking(found[candidate.key])]
    edges = edges_of(snapshot, sound, service=dependency_service()) if sound else {}
    return [
        Checked(list(found[candidate.key]), edges.get(candidate.key, []))
        for candidate in candidates
    ]


def top_level_modules(paths: Sequence[str]) -> set[str]:
    """Return the names by which a project's own Python modules are imported."""
    names = set()
    for path in paths:
        first, _, rest = path.removeprefix("src/").partition("/")
        if rest or first.endswith(".py"):
            names.add(first.removesuffix(".py"))
    return names


def is_text(text: str) -> bool:
    """Tell whether a text has bytes, undecodable ones counted as such."""
    try:
        encode(text)
    except UnicodeEncodeError:
        return False
    return True


def stop_sentence(error: LLMError) -> str:
    """Return why the run stops and how it goes on."""
    if isinstance(error, AuthenticationRefused | BudgetSpent):
        return str(error)
    return f"{error} Nothing is lost; start again to go on."


def refresh_masterplan_waves(masterplan_id: UUID) -> None:
    """Bring the waves' own state up to their atoms'."""
    graph = current_graph(MasterPlan.objects.get(pk=masterplan_id))
    if graph is not None:
        refresh_waves(graph=graph)
