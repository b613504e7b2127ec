"""Runs, schedules, migration between two runs, exports, and the end of any job."""

from __future__ import annotations

from django.urls import path

from keceng.web.runs import exports, views

urlpatterns = [
    path("runs/", views.runs, name="runs"),
    path("runs/moves/", views.moves, name="run_moves"),
    path("runs/schedules/", views.schedules, name="schedules"),
    path("runs/schedules/<int:schedule_id>/end/", views.end, name="schedule_end"),
    path("jobs/<int:job_id>/cancel/", views.cancel_job, name="job_cancel"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<int:job_id>/", exports.download, name="export_file"),
]
