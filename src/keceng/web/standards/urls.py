"""The standards, and the pages of each revision."""

from __future__ import annotations

from django.urls import path

from keceng.web.standards import editing, reading, steps, weighing

urlpatterns = [
    path("", reading.standards, name="standards"),
    path("new/", editing.new, name="standard-new"),
    path("import/", editing.take_file, name="standard-import"),
    path("<int:revision_id>/", reading.standard, name="standard"),
    path("<int:revision_id>/history/", reading.history, name="standard-history"),
    path("<int:revision_id>/export/", reading.export, name="standard-export"),
    path("<int:revision_id>/yaml/", editing.text, name="standard-yaml"),
    path("<int:revision_id>/numbers/", editing.numbers, name="standard-numbers"),
    path("<int:revision_id>/effect/", weighing.effect, name="standard-effect"),
    path("<int:revision_id>/impact/", weighing.impact, name="standard-impact"),
    path("<int:revision_id>/trial/", weighing.trial, name="standard-trial"),
    path("<int:revision_id>/step/", steps.take, name="standard-step"),
]
