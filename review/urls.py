"""Addresses of the review pages."""

from django.urls import path

from review import views

urlpatterns = [
    path("review/", views.queue_page, name="review-queue"),
    path("review/<uuid:item_id>/", views.item_page, name="review-item"),
    path("review/<uuid:item_id>/diff/", views.diff_fragment, name="review-diff"),
    path("review/<uuid:item_id>/state/", views.state_fragment, name="review-state"),
    path("review/<uuid:item_id>/claim/", views.claim_item, name="review-claim"),
    path("review/<uuid:item_id>/approve/", views.approve_item, name="review-approve"),
    path("review/<uuid:item_id>/edit/", views.edit_item, name="review-edit"),
    path("review/<uuid:item_id>/regenerate/", views.regenerate_item, name="review-regenerate"),
]
