"""Addresses of the pages of graphs."""

from django.urls import path

from dependencies import views

urlpatterns = [
    path("projects/<uuid:masterplan_id>/graph/", views.graph_page, name="project-graph"),
]
