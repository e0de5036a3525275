"""The pages of projects, which join what all phases know; and the metrics."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh
from django_prometheus.exports import ExportToDjangoView

from devmatrix.masterplans.models import MasterPlan
from devmatrix.pipeline import selectors
from devmatrix.pipeline.forms import AtomFilterForm

PROJECTS_A_PAGE = 50
ATOMS_A_PAGE = 100
FILES_SHOWN = 500


@login_required
@require_safe
def projects_page(request: HttpRequest) -> HttpResponse:
    """List all projects."""
    page = Paginator(selectors.projects(), PROJECTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "pipeline/projects.html", {"section": "projects", "page": page})


@login_required
@require_safe
def project_page(request: HttpRequest, masterplan_id: UUID) -> HttpResponse:
    """Show a project; its progress renews itself while it runs."""
    plan = get_object_or_404(
        MasterPlan.objects.select_related("owner", "discovery"), pk=masterplan_id
    )
    files = list(selectors.files(plan)[: FILES_SHOWN + 1])
    context = {
        "section": "projects",
        "plan": plan,
        "files": files[:FILES_SHOWN],
        "more_files": len(files) > FILES_SHOWN,
        "phases": selectors.plan_outline(plan),
        **selectors.progress(plan),
    }
    return render(request, "pipeline/project.html", context)


@require_safe
def progress_fragment(request: HttpRequest, masterplan_id: UUID) -> HttpResponse:
    """Renew the moving part of a project's page; once nothing moves, the whole page."""
    plan = get_object_or_404(MasterPlan, pk=masterplan_id)
    if not request.user.is_authenticated or not selectors.is_live(plan):
        return HttpResponseClientRefresh()
    context = {"plan": plan, **selectors.progress(plan)}
    return render(request, "pipeline/progress.html", context)


@login_required
@require_safe
def atoms_page(request: HttpRequest, masterplan_id: UUID) -> HttpResponse:
    """List a project's atoms by status, wave and name."""
    plan = get_object_or_404(MasterPlan, pk=masterplan_id)
    form = AtomFilterForm(request.GET)
    form.is_valid()
    atoms = selectors.atoms(
        plan.pk,
        status=form.cleaned_data.get("status", ""),
        wave=form.cleaned_data.get("wave"),
        text=form.cleaned_data.get("text", ""),
    )
    page = Paginator(atoms, ATOMS_A_PAGE).get_page(request.GET.get("page"))
    context = {"section": "projects", "plan": plan, "form": form, "page": page}
    return render(request, "pipeline/atoms.html", context)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give Prometheus its figures: to staff, or to a scraper on this machine.

    A request that a proxy passed on comes from this machine too; its header gives it away.
    """
    local = request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1", ""}
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded"))
    staff = request.user.is_authenticated and request.user.is_staff
    if not staff and (forwarded or not local):
        raise PermissionDenied("Metrics are for staff, and for a scraper on the same machine.")
    response: HttpResponse = ExportToDjangoView(request)
    return response
