"""Addresses that answer without signing in and tell nothing of projects or people."""

from django.urls import path

from devmatrix.operations import views

urlpatterns = [
    path("health/live", views.live, name="health-live"),
    path("health/ready", views.ready, name="health-ready"),
]
