"""The review pages: the queue, one item, and the three decisions.

Reading needs a login, deciding the permission `review.change_humanreviewqueue`. After a decision
the next item opens by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from atomization.evidence import latest_results, marked_lines
from atomization.presentation import typed, untypable
from atomization.views import bars
from devmatrix.accounts.models import User
from devmatrix.sandbox import SandboxUnavailable
from execution.models import AtomRetryHistory
from review import selectors, services
from review.forms import DecisionForm, EditForm, QueueFilterForm, RegenerateForm
from review.models import HumanReviewQueue
from validation.findings import Finding

PAGE_SIZE = 50
STALE = "The form came without the version of the item. Look at the item again."
PERMISSION = "review.change_humanreviewqueue"


@login_required
@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    """Show what waits, most urgent first, filtered by project and reason."""
    form = QueueFilterForm(request.GET)
    form.is_valid()
    wanted = form.cleaned_data
    items = selectors.waiting()
    if wanted.get("project"):
        items = items.filter(masterplan_id=wanted["project"])
    if wanted.get("reason") in HumanReviewQueue.Reason.values:
        items = items.filter(reason=wanted["reason"])
    page = Paginator(items, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "section": "review",
        "page": page,
        "rows": [(item, selectors.is_held(item)) for item in page],
        "projects": selectors.projects_in_queue(),
        "reasons": HumanReviewQueue.Reason.choices,
        "project": wanted.get("project"),
        "reason": wanted.get("reason"),
        "may_decide": _reviewer(request).has_perm(PERMISSION),
    }
    return render(request, "review/queue.html", context)


@login_required
@require_safe
def item_page(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Show one item with everything that a decision needs."""
    return _item_page(request, _item(item_id))


@login_required
@require_safe
def diff_fragment(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Show the difference of an item's text from another base."""
    item = _item(item_id)
    compared = selectors.compared(item, _attempts(item), request.GET.get("base", ""))
    return render(
        request, "parts/diff.html", compared | {"diff_url": reverse("review-diff", args=[item.pk])}
    )


@require_safe
def state_fragment(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Tell a page that waits for a regeneration when to load itself again."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    item = _item(item_id)
    if item.status != HumanReviewQueue.Status.REGENERATING:
        return HttpResponseClientRefresh()
    return render(request, "review/regenerating.html", {"item": item})


@login_required
@permission_required(PERMISSION, raise_exception=True)
@require_POST
def claim_item(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Hold an item for whoever looks at it; the page repeats this while it is open."""
    item = _item(item_id)
    mine = services.claim(item=item, reviewer=_reviewer(request))
    return render(request, "review/claim.html", {"item": item, "mine": mine, "held": True})


@login_required
@permission_required(PERMISSION, raise_exception=True)
@require_POST
def approve_item(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Sign an atom off."""
    item = _item(item_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _item_page(request, item, error=STALE)
    try:
        services.approve(
            item=item, reviewer=_reviewer(request), version=form.cleaned_data["version"]
        )
    except services.ReviewError as error:
        return _item_page(request, _item(item_id), error=str(error))
    return _next(request, item, "Approved")


@login_required
@permission_required(PERMISSION, raise_exception=True)
@require_POST
def edit_item(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Put the reviewer's text in the atom's place, if the checks allow it."""
    item = _item(item_id)
    form = EditForm(request.POST)
    text = request.POST.get("code", "")
    if not form.is_valid():
        return _item_page(request, item, error=_first_error(form), text=text)
    code = typed(form.cleaned_data["code"], item.atom.code)
    try:
        outcome = services.edit(
            item=item,
            reviewer=_reviewer(request),
            code=code,
            version=form.cleaned_data["version"],
        )
    except (services.ReviewError, SandboxUnavailable) as error:
        return _item_page(request, _item(item_id), error=str(error), text=text)
    if not outcome.accepted:
        return _item_page(
            request,
            item,
            error="The text was not taken: a check found an error in it.",
            text=text,
            findings=outcome.findings,
        )
    return _next(request, item, "Edited")


@login_required
@permission_required(PERMISSION, raise_exception=True)
@require_POST
def regenerate_item(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Send an atom back with feedback."""
    item = _item(item_id)
    form = RegenerateForm(request.POST)
    feedback = request.POST.get("feedback", "")
    if not form.is_valid():
        return _item_page(request, item, error=_first_error(form), feedback=feedback)
    try:
        services.regenerate(
            item=item,
            reviewer=_reviewer(request),
            feedback=form.cleaned_data["feedback"],
            version=form.cleaned_data["version"],
        )
    except services.ReviewError as error:
        return _item_page(request, _item(item_id), error=str(error), feedback=feedback)
    return _next(request, item, "Sent back")


def _reviewer(request: HttpRequest) -> User:
    return cast(User, request.user)


def _item(item_id: UUID) -> HumanReviewQueue:
    items = HumanReviewQueue.objects.select_related(
        "masterplan", "atom__source_file", "reviewer"
    ).defer("atom__source_file__raw")
    return get_object_or_404(items, pk=item_id)


def _attempts(item: HumanReviewQueue) -> list[AtomRetryHistory]:
    return list(item.atom.history.defer("prompt", "answer"))


def _first_error(form: DecisionForm) -> str:
    if "version" in form.errors:
        return STALE
    field, errors = next(iter(form.errors.items()))
    return f"{field.capitalize()}: {errors[0]}"


def _next(request: HttpRequest, item: HumanReviewQueue, done: str) -> HttpResponse:
    """Open the next item, or the queue when nothing waits, and say what was done."""
    following = selectors.next_item(reviewer=_reviewer(request), masterplan_id=item.masterplan_id)
    said = f"{done}: {item.atom.name}."
    if following is None:
        messages.success(request, f"{said} Nothing else waits.")
        return redirect("review-queue")
    messages.success(request, f"{said} This is the next item.")
    return redirect("review-item", item_id=following.pk)


def _item_page(
    request: HttpRequest,
    item: HumanReviewQueue,
    *,
    error: str = "",
    text: str | None = None,
    feedback: str = "",
    findings: Iterable[Finding] = (),
) -> HttpResponse:
    """Render an item; with an `error`, what the reviewer typed is kept."""
    attempts = _attempts(item)
    results = latest_results(item.atom)
    proposal = selectors.proposal(item.atom, attempts)
    waiting = item.status == HumanReviewQueue.Status.WAITING
    context: dict[str, Any] = {
        "section": "review",
        "item": item,
        "atom": item.atom,
        "error": error,
        "findings": list(findings),
        "feedback": feedback,
        "text": proposal if text is None else text,
        "typed": text is not None,
        "rows": min(30, max(8, proposal.count("\n") + 3)),
        "untypable": untypable(proposal),
        "unwritten": selectors.is_unwritten(item.atom),
        "proposed": proposal != item.atom.code,
        "lines": selectors.surroundings(item.atom, proposal, marked_lines(results, proposal)),
        "results": results,
        "attempts": attempts,
        "several_rounds": len({attempt.round for attempt in attempts}) > 1,
        "parts": bars(item.atom.confidence_parts),
        "held": selectors.is_held(item),
        "mine": item.reviewer_id == request.user.pk,
        "waiting": waiting,
        "may_decide": _reviewer(request).has_perm(PERMISSION),
        "diff_url": reverse("review-diff", args=[item.pk]),
        **selectors.compared(item, attempts, request.GET.get("base", "")),
    }
    return render(request, "review/item.html", context, status=422 if error else 200)
