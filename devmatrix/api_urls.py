"""Every address under /api/v2/."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from atomization import api as atomization
from dependencies import api as dependencies
from devmatrix import api_views
from devmatrix.masterplans import api as masterplans
from execution import api as execution
from review import api as review
from validation import api as validation

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", api_views.documentation, name="api-docs"),
    path("masterplans", masterplans.MasterPlansView.as_view()),
    path("masterplans/<uuid:masterplan_id>", masterplans.MasterPlanView.as_view()),
    path("atomization/decompose", atomization.DecomposeView.as_view()),
    path("atoms/<uuid:atom_id>", atomization.AtomView.as_view()),
    path("atoms/by-task/<uuid:task_id>", atomization.AtomsByTaskView.as_view()),
    path("atoms/<uuid:atom_id>/dependencies", dependencies.DependenciesView.as_view()),
    path("atoms/<uuid:atom_id>/dependants", dependencies.DependantsView.as_view()),
    path("atoms/<uuid:atom_id>/impact", dependencies.ImpactView.as_view()),
    path("edges/<int:edge_id>", dependencies.EdgeView.as_view()),
    path("graphs", dependencies.GraphsView.as_view()),
    path("graphs/<uuid:graph_id>", dependencies.GraphView.as_view()),
    path("graphs/<uuid:graph_id>/waves", dependencies.WavesView.as_view()),
    path("graphs/<uuid:graph_id>/visualize", dependencies.VisualizeView.as_view()),
    path("graphs/<uuid:graph_id>/cycles", dependencies.CyclesView.as_view()),
    path("validation/run", validation.RunView.as_view()),
    path("validation/results/<uuid:atom_id>", validation.ResultsView.as_view()),
    path("execution/start", execution.StartView.as_view()),
    path(
        "execution/status/<uuid:masterplan_id>",
        execution.StatusView.as_view(),
        name="api-execution-status",
    ),
    path("retry/<uuid:atom_id>", execution.RetryView.as_view()),
    path("review/queue", review.QueueView.as_view()),
    path("review/approve", review.ApproveView.as_view()),
    path("review/edit", review.EditView.as_view()),
    path("review/regenerate", review.RegenerateView.as_view()),
    re_path(r"", api_views.NothingHere.as_view()),
]
