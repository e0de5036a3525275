"""The engine as it runs: real rows, a real server, real checks, answers written for each test."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from atomization.models import AtomicUnit
from atomization.selectors import assembled
from atomization.services import describe, store_file
from dependencies.services import build_graph
from devmatrix.llm import AttemptPolicy, GatewayConfig, Prompt, Sampling
from devmatrix.llm.gateway import Gateway
from devmatrix.llm.replay_process import ReplayProcess
from devmatrix.masterplans.models import MasterPlan
from devmatrix.sandbox import doctor
from execution import services
from execution.models import AtomRetryHistory
from execution.services import Outcome, Status
from execution.wave_executor import Drained
from execution.worker import execute, top_level_modules
from tests.factories import atom_named, make_file, make_masterplan

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "tally/count.py"
DOUBLE = '''def double(n: int) -> int:
    """Give twice a number.

    >>> double(4)
    8
    """
'''
QUADRUPLE = '''

def quadruple(n: int) -> int:
    """Give four times a number.

    >>> quadruple(2)
    8
    """
'''
EMPTY = "    raise NotImplementedError\n"
RIGHT = DOUBLE + "    return 2 * n\n"
WRONG = DOUBLE + "    return n * n\n"
KEY = f"{PATH}::double"


@pytest.fixture(scope="module", autouse=True)
def _sandbox() -> None:
    report = doctor()
    if not report.ok:
        pytest.skip("; ".join(report.problems))


@pytest.fixture
def plan(tmp_path: Path) -> MasterPlan:
    """A project of one function whose body is to be written."""
    return project(DOUBLE + EMPTY)


def project(source: str, **fields: Any) -> MasterPlan:
    plan = make_masterplan("tally", **fields)
    make_file(plan, "tally/__init__.py", "")
    make_file(plan, PATH, source)
    return prepared(plan)


def prepared(plan: MasterPlan) -> MasterPlan:
    describe(masterplan=plan)
    build_graph(masterplan=plan)
    services.release(masterplan_id=plan.pk)
    return plan


class Transcript:
    """What the model answers in one test."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._entries: list[dict[str, Any]] = []

    def code(
        self, code: str, *requires: str, subject: str = KEY, imports: tuple[str, ...] = ()
    ) -> None:
        """Answer with this code, if the feedback holds all of `requires`."""
        data = {"imports": list(imports), "code": code}
        self.text(json.dumps(data), *requires, subject=subject)

    def text(self, text: str, *requires: str, subject: str = KEY) -> None:
        """Answer with this text."""
        fields = {"purpose": "atom", "subject": subject, "requires": list(requires), "text": text}
        self._entries.append(fields)

    def run(self, plan: MasterPlan, *, wrap: Callable[[Gateway], Any] | None = None) -> Drained:
        """Execute the plan against a server of these answers."""
        lines = ['note = "Written by hand for a test."']
        for entry in self._entries:
            lines.append("[[answer]]")
            lines += [f"{name} = {json.dumps(value)}" for name, value in entry.items()]
        (self.folder / "answers.toml").write_text("\n".join(lines) + "\n")
        with ReplayProcess(self.folder, latency=0.005) as server:
            return run_against(server.url, plan, wrap)


def run_against(
    url: str, plan: MasterPlan, wrap: Callable[[Gateway], Any] | None = None
) -> Drained:
    async def run() -> Drained:
        config = GatewayConfig(
            api_key="", base_url=url, model="claude-sonnet-5-5", attempt_policy=AttemptPolicy.PLAIN
        )
        async with Gateway(config) as gateway:
            asked = wrap(gateway) if wrap else gateway
            return await asyncio.wait_for(execute(plan.pk, asked), timeout=120)

    return asyncio.run(run())


@pytest.fixture
def transcript(tmp_path: Path) -> Transcript:
    return Transcript(tmp_path / "transcript")


def atom(plan: MasterPlan, name: str = "double") -> AtomicUnit:
    return atom_named(plan, f"{PATH}::{name}")


def attempts(plan: MasterPlan, name: str = "double") -> list[tuple[int, str, str]]:
    rows = atom(plan, name).history.order_by("round", "started_at")
    return list(rows.values_list("number", "outcome", "failed_check"))


def file_of(plan: MasterPlan) -> str:
    return assembled(plan)[PATH].decode()


def settled(plan: MasterPlan) -> bool:
    """Whether nothing is reserved, nothing leased, and the cost is the sum of the calls."""
    plan.refresh_from_db()
    costs = sum(plan.calls.values_list("cost_usd", flat=True), Decimal(0))
    leased = plan.atoms.filter(lease_token__isnull=False).exists()
    return plan.reserved_usd == 0 and plan.cost_usd == costs and not leased


def test_a_right_answer_is_accepted_on_the_first_attempt(
    plan: MasterPlan, transcript: Transcript
) -> None:
    transcript.code(RIGHT)
    assert transcript.run(plan).stopped == ""
    assert file_of(plan) == RIGHT
    assert attempts(plan) == [(1, Outcome.ACCEPTED, "")]
    assert atom(plan).status == Status.ACCEPTED
    assert settled(plan)
    checks = atom(plan).validation_results.values_list("check_name", "verdict")
    assert ("examples", "passed") in set(checks)


def test_a_wrong_answer_is_mended_by_what_its_failure_tells(
    plan: MasterPlan, transcript: Transcript
) -> None:
    transcript.code(WRONG)
    transcript.code(RIGHT, 'attempt 1 failed check "examples"', "8", "16")
    transcript.run(plan)
    assert attempts(plan) == [(1, Outcome.REJECTED, "examples"), (2, Outcome.ACCEPTED, "")]
    assert file_of(plan) == RIGHT
    assert plan.calls.count() == 2
    assert settled(plan)


def test_three_wrong_answers_make_the_atom_fail_and_leave_its_skeleton(
    plan: MasterPlan, transcript: Transcript
) -> None:
    transcript.code(WRONG)
    transcript.run(plan)
    assert atom(plan).status == Status.FAILED
    assert [number for number, _, _ in attempts(plan)] == [1, 2, 3]
    assert file_of(plan) == DOUBLE + EMPTY
    assert settled(plan)


def test_what_needs_a_failed_atom_does_not_keep_the_run_going(transcript: Transcript) -> None:
    """`quadruple` is right, but its example calls `double`, which never is."""
    plan = project(DOUBLE + EMPTY + QUADRUPLE + EMPTY)
    transcript.code(WRONG.replace("n * n", "n * n * 0"))
    transcript.code(
        QUADRUPLE.lstrip("\n") + "    return double(double(n))\n", subject=f"{PATH}::quadruple"
    )
    transcript.run(plan)
    assert atom(plan).status == Status.FAILED
    assert atom(plan, "quadruple").status == Status.BLOCKED
    assert attempts(plan, "quadruple") == [(1, Outcome.ANSWERED, "")]
    assert not services.open_atoms(plan.pk).exists()


def test_functions_that_run_one_after_the_other_at_import_do_not_wait_for_each_other(
    transcript: Transcript,
) -> None:
    """`quadruple` waits for the text of `double`, whose tests need all that the import runs."""
    header = QUADRUPLE.replace("n: int", "n: int = double(1)").lstrip("\n")
    plan = project(DOUBLE + EMPTY + "\n\n" + header + EMPTY + "\n\nTABLE = [quadruple()]\n")
    transcript.code(RIGHT)
    transcript.code(header + "    return 4 * n\n", subject=f"{PATH}::quadruple")
    transcript.run(plan)
    assert set(plan.atoms.values_list("status", flat=True)) == {Status.ACCEPTED}
    assert plan.calls.count() == 2


def test_an_import_of_something_unknown_is_refused_and_said(
    plan: MasterPlan, transcript: Transcript
) -> None:
    transcript.code(RIGHT, imports=("import numpy as np",))
    transcript.code(RIGHT, "numpy", "not the standard library")
    transcript.run(plan)
    assert attempts(plan) == [(1, Outcome.REJECTED, "imports"), (2, Outcome.ACCEPTED, "")]
    assert file_of(plan) == RIGHT


def test_an_import_that_is_allowed_comes_before_what_uses_it(
    plan: MasterPlan, transcript: Transcript
) -> None:
    transcript.code(DOUBLE + "    return operator.mul(2, n)\n", imports=("import operator",))
    transcript.run(plan)
    assert file_of(plan).startswith("import operator\n")
    assert atom(plan).status == Status.ACCEPTED


def test_an_answer_that_is_no_json_counts_and_is_paid_for(
    plan: MasterPlan, transcript: Transcript
) -> None:
    transcript.text("Certainly! Here is the function you asked for:")
    transcript.code(RIGHT, 'failed check "answer"')
    transcript.run(plan)
    assert attempts(plan) == [(1, Outcome.NO_ANSWER, "answer"), (2, Outcome.ACCEPTED, "")]
    assert [call.outcome for call in plan.calls.order_by("created_at")] == ["Malformed", "ok"]
    assert settled(plan)


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "\udce9"])
def test_an_answer_of_odd_characters_counts_as_a_wrong_one(
    plan: MasterPlan, transcript: Transcript, odd: str
) -> None:
    transcript.code(DOUBLE + f"    return '{odd}'\n")
    transcript.code(RIGHT, "attempt 1 failed check")
    assert transcript.run(plan).stopped == ""
    assert [number for number, _, _ in attempts(plan)] == [1, 2]
    assert file_of(plan) == RIGHT


def test_a_long_answer_is_cut_into_atoms_and_is_one_text(
    plan: MasterPlan, transcript: Transcript
) -> None:
    lines = "".join(f"    n{i} = n * {i}\n" for i in range(20))
    long = DOUBLE + lines + "    return n2\n"
    transcript.code(long)
    transcript.run(plan)
    assert file_of(plan) == long
    head = atom(plan)
    assert head.children.exists()
    assert set(head.children.values_list("status", flat=True)) == {Status.ACCEPTED}
    assert head.loc <= 15


def test_a_budget_that_is_too_small_stops_before_anything_is_asked(
    plan: MasterPlan, transcript: Transcript
) -> None:
    MasterPlan.objects.update(budget_usd=Decimal("0.001"))
    transcript.code(RIGHT)
    drained = transcript.run(plan)
    assert "budget" in drained.stopped
    assert plan.calls.count() == 0
    assert settled(plan)
    assert (atom(plan).status, atom(plan).attempts) == (Status.READY, 0)

    MasterPlan.objects.update(budget_usd=Decimal(5))
    assert transcript.run(plan).stopped == ""
    assert atom(plan).status == Status.ACCEPTED


def test_a_budget_for_one_call_at_a_time_is_enough_for_many_in_turn(
    transcript: Transcript,
) -> None:
    names = [f"double_{number}" for number in range(6)]
    plan = project("\n\n".join((DOUBLE + EMPTY).replace("double", name) for name in names))
    for name in names:
        transcript.code(RIGHT.replace("double", name), subject=f"{PATH}::{name}")
    ceiling: list[Decimal] = []

    class Measuring:
        """The gateway, and what it held each call to cost at most."""

        def __init__(self, gateway: Gateway) -> None:
            self.ask, self.sampling = gateway.ask, gateway.sampling
            self._gateway = gateway

        def estimate(self, prompt: Prompt, sampling: Sampling) -> Decimal:
            amount = self._gateway.estimate(prompt, sampling)
            ceiling.append(amount)
            return amount

    MasterPlan.objects.update(budget_usd=Decimal("0.40"))
    drained = transcript.run(plan, wrap=Measuring)
    assert sum(ceiling) > Decimal("0.80")
    assert drained.stopped == ""
    assert set(plan.atoms.values_list("status", flat=True)) == {Status.ACCEPTED}
    assert settled(plan)


def test_a_server_that_cannot_be_reached_stops_the_run_and_loses_nothing(
    plan: MasterPlan,
) -> None:
    drained = run_against("http://127.0.0.1:9", plan, Impatient)
    assert "start again to go on" in drained.stopped
    assert (atom(plan).status, atom(plan).attempts) == (Status.READY, 0)
    assert AtomRetryHistory.objects.get().outcome == Outcome.ABANDONED
    assert settled(plan)


class Refusing(BaseHTTPRequestHandler):
    """A server that refuses every key."""

    def do_POST(self) -> None:
        said = {"type": "error", "error": {"type": "authentication_error", "message": "no"}}
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on the terminal."""


def test_a_key_that_is_refused_stops_the_run_and_loses_nothing(plan: MasterPlan) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            drained = run_against(f"http://127.0.0.1:{server.server_port}", plan)
        finally:
            server.shutdown()
    assert "key" in drained.stopped
    assert (atom(plan).status, atom(plan).attempts) == (Status.READY, 0)
    assert plan.calls.count() == 0
    assert settled(plan)


class Impatient:
    """A gateway that never waits between its tries."""

    def __new__(cls, gateway: Gateway) -> Any:
        async def at_once(seconds: float) -> None:
            return None

        gateway._sleep = at_once
        return gateway


def test_an_error_that_nobody_foresaw_gives_the_attempt_back_and_is_raised(
    plan: MasterPlan, transcript: Transcript
) -> None:
    class Broken:
        """A gateway whose program has an error."""

        def __init__(self, gateway: Gateway) -> None:
            self.sampling, self.estimate = gateway.sampling, gateway.estimate

        async def ask(self, prompt: Prompt, sampling: Sampling) -> None:
            raise ZeroDivisionError("an error in the program")

    transcript.code(RIGHT)
    with pytest.raises(ZeroDivisionError):
        transcript.run(plan, wrap=Broken)
    assert (atom(plan).status, atom(plan).attempts) == (Status.READY, 0)
    assert settled(plan)


def test_a_reviewers_guidance_reaches_the_model(plan: MasterPlan, transcript: Transcript) -> None:
    transcript.code(RIGHT)
    transcript.run(plan)
    services.retry_atom(atom=atom(plan), guidance="add it to itself")
    shorter = DOUBLE + "    return n + n\n"
    transcript.code(shorter, "A reviewer asks: add it to itself")
    transcript.run(plan)
    assert file_of(plan) == shorter


def test_a_function_of_an_imported_latin_1_file_can_be_made_anew(transcript: Transcript) -> None:
    plan = make_masterplan("tally", origin=MasterPlan.Origin.IMPORT)
    source = b"# -*- coding: latin-1 -*-\nNAME = 'caf\xe9'\n\n\n" + WRONG.encode()
    store_file(masterplan=plan, path=PATH, content=source, author=AtomicUnit.Author.IMPORTED)
    prepared(plan)
    plan.atoms.update(status=Status.ACCEPTED)
    services.retry_atom(atom=atom(plan))
    transcript.code(RIGHT)
    assert transcript.run(plan).stopped == ""
    assert assembled(plan)[PATH] == source.replace(WRONG.encode(), RIGHT.encode())


def test_the_projects_own_modules_are_known_by_their_first_name() -> None:
    paths = ["src/tally/count.py", "setup.py", "docs/index.md", "README.md"]
    assert top_level_modules(paths) == {"tally", "setup", "docs"}
