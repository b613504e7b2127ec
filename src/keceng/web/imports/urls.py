"""Imports: the list, and one from its files to the ledger."""

from __future__ import annotations

from django.urls import path

from keceng.web.imports import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("<int:upload_id>/", views.one_import, name="import"),
    path("<int:upload_id>/said/", views.said, name="import_said"),
    path("<int:upload_id>/take/", views.take, name="import_take"),
    path("<int:upload_id>/undo/", views.undo, name="import_undo"),
    path("<int:upload_id>/rejected.xlsx", views.rejected, name="import_rejected"),
]
