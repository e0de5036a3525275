"""Addresses of the pages of atoms and files."""

from django.urls import path

from atomization import views

urlpatterns = [
    path("atoms/<uuid:atom_id>/", views.atom_page, name="atom"),
    path("files/<uuid:file_id>/", views.file_page, name="file"),
]
