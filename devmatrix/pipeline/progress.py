"""What a person at a terminal sees while a masterplan is on its way, and when it is done."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from dependencies.selectors import current_graph
from devmatrix.masterplans.models import AcceptanceCriterion, MasterPlan
from execution.selectors import status as execution_status
from review.models import HumanReviewQueue

REFRESH_SECONDS = 0.4
BAR = 24
MARKS = {"pending": "·", "running": "▶", "completed": "✔"}


class Display:
    """A live picture on a terminal; elsewhere one line for each change of stage."""

    def __init__(
        self, console: Console, masterplan: MasterPlan, clock: Callable[[], float]
    ) -> None:
        self._console = console
        self._id = masterplan.pk
        self._clock = clock
        self._began = clock()
        self._said = ""
        self._live = (
            Live(console=console, auto_refresh=False, transient=True)
            if console.is_terminal
            else None
        )

    def __enter__(self) -> "Display":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self) -> MasterPlan:
        """Draw the present state, and return the plan it was read from."""
        plan = MasterPlan.objects.get(pk=self._id)
        seconds = self._clock() - self._began
        state = execution_status(plan)
        if self._live is not None:
            self._live.update(Group(headline(plan, state, seconds), waves(state)), refresh=True)
        elif plan.status != self._said:
            self._said = plan.status
            self._console.print(headline(plan, state, seconds), soft_wrap=True)
        return plan


def headline(plan: MasterPlan, state: dict[str, Any], seconds: float) -> Text:
    """Return stage, wave, atoms done, failed and retried, tokens and cost in one line."""
    atoms = state["atoms"]
    current = next((wave["number"] for wave in state["waves"] if wave["status"] != "completed"), 0)
    wave = f"wave {current}/{len(state['waves'])} · " if current else ""
    return Text(
        f"{plan.get_status_display():<12} {wave}"
        f"{atoms['accepted']} of {state['total_atoms']} atoms accepted, "
        f"{atoms['generating']} in flight, {atoms['failed']} failed, "
        f"{state['retries']} retries · "
        f"{plan.input_tokens + plan.output_tokens:,} tokens · ${money(plan.cost_usd)} · "
        f"{seconds:.0f} s"
    )


def waves(state: dict[str, Any]) -> Table:
    """Return one bar a wave."""
    table = Table(box=None, show_header=False, padding=(0, 1))
    for wave in state["waves"]:
        share = wave["settled"] / wave["atoms"] if wave["atoms"] else 1
        full = round(share * BAR)
        table.add_row(
            MARKS[wave["status"]],
            f"wave {wave['number']}",
            "█" * full + "░" * (BAR - full),
            f"{wave['settled']}/{wave['atoms']}",
        )
    return table


def summary(plan: MasterPlan, seconds: float) -> list[str]:
    """Return what was made, a sentence a line; every figure is read from the rows."""
    state = execution_status(plan)
    atoms, success = state["atoms"], state["success"]
    criteria = plan.criteria.all()
    lines = [
        f"{plan.name}: {counted(state['total_atoms'], 'atom')} in "
        f"{counted(len(state['waves']), 'wave')}, {counted(plan.files.count(), 'file')}",
        f"{atoms['accepted']} atoms accepted, {atoms['failed']} failed, "
        f"{atoms['blocked'] + atoms['answered'] + atoms['pending']} waiting for failed ones",
    ]
    lines += graph_lines(plan)
    if success["atoms"]:
        lines.append(
            f"{success['atoms']} atoms generated: {percent(success['first_attempt_share'])} right "
            f"on the first attempt, {percent(success['by_third_attempt_share'])} by the third, "
            f"{state['retries']} retries"
        )
    if criteria:
        met = sum(item.status == AcceptanceCriterion.Status.MET for item in criteria)
        unmet = [item.key for item in criteria if item.status != AcceptanceCriterion.Status.MET]
        rest = f" (not: {', '.join(unmet)})" if unmet else ""
        lines.append(f"{met} of {len(criteria)} acceptance criteria met{rest}")
    waiting = plan.review_items.filter(status=HumanReviewQueue.Status.WAITING).count()
    lines.append(f"{waiting} atoms wait for review")
    lines.append(
        f"{plan.input_tokens:,} + {plan.output_tokens:,} tokens, ${money(plan.cost_usd)}, "
        f"{seconds:.0f} seconds"
    )
    if plan.replayed:
        lines.append("Answers were replayed from a hand-written transcript, not made by a model.")
    return lines


def graph_lines(plan: MasterPlan) -> list[str]:
    """Return what was found of dependencies, and how much of the sources was not analyzed."""
    graph = current_graph(plan)
    if graph is None:
        return []
    missing = counted(graph.problem_count, "place")
    gaps = f"; {missing} not analyzed, see the page of the graph" if graph.problem_count else ""
    return [
        f"{counted(graph.edge_count, 'dependency', 'dependencies')}, {graph.hard_edge_count} hard; "
        f"the longest chain has {counted(len(graph.critical_path), 'atom')}{gaps}"
    ]


def counted(number: int, thing: str, things: str = "") -> str:
    """Return a number with its thing, in the plural where there are several."""
    return f"{number} {thing}" if number == 1 else f"{number} {things or f'{thing}s'}"


def percent(share: float | None) -> str:
    """Return a share as a percentage, a dash where there is none."""
    return "-" if share is None else f"{100 * share:.1f}%"


def money(amount: Decimal) -> str:
    """Return an amount in USD with four decimals."""
    return f"{amount:.4f}"
