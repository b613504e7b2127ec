"""Groups: the list, the builder, the end of one."""

from __future__ import annotations

from django.urls import path

from keceng.web.groups import views

urlpatterns = [
    path("", views.groups, name="groups"),
    path("new/", views.group_new, name="group_new"),
    path("<int:group_id>/", views.group, name="group"),
    path("<int:group_id>/delete/", views.group_delete, name="group_delete"),
]
