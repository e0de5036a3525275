"""Addresses of the project pages."""

from django.urls import path

from devmatrix.pipeline import views

urlpatterns = [
    path("", views.projects_page, name="projects"),
    path("projects/<uuid:masterplan_id>/", views.project_page, name="project"),
    path(
        "projects/<uuid:masterplan_id>/progress/", views.progress_fragment, name="project-progress"
    ),
    path("projects/<uuid:masterplan_id>/atoms/", views.atoms_page, name="project-atoms"),
]
