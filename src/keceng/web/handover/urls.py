"""Handing customers over."""

from __future__ import annotations

from django.urls import path

from keceng.web.handover import views

urlpatterns = [
    path("", views.hand_overs, name="hand_overs"),
    path("new/", views.new_hand_over, name="hand_over"),
    path("<int:hand_over_id>/undo/", views.undo, name="hand_over_undo"),
]
