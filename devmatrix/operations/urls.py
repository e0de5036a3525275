"""Addresses that answer without signing in; they tell nothing about projects or people."""

from django.urls import path

from devmatrix.operations import views

urlpatterns = [
    path("health/live", views.live, name="health-live"),
    path("health/ready", views.ready, name="health-ready"),
]
