"""Every route of the workbench, screen by screen."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("api/", include("keceng.api.urls")),
    path("", include("keceng.web.overview.urls")),
    path("", include("keceng.web.setup.urls")),
    path("", include("keceng.web.signin.urls")),
    path("customers/", include("keceng.web.customers.urls")),
    path("customers/groups/", include("keceng.web.groups.urls")),
    path("customers/", include("keceng.web.customer.urls")),
    path("", include("keceng.web.reviews.urls")),
    path("day/", include("keceng.web.my_day.urls")),
    path("customers/", include("keceng.web.reveal.urls")),
    path("handover/", include("keceng.web.handover.urls")),
    path("data/", include("keceng.web.data.urls")),
    path("settings/", include("keceng.web.settings_page.urls")),
    path("standards/", include("keceng.web.standards.urls")),
    path("strategy/", include("keceng.web.strategy.urls")),
    path("imports/", include("keceng.web.imports.urls")),
    path("", include("keceng.web.runs.urls")),
]
handler404 = "keceng.web.frame.views.absent"
handler500 = "keceng.web.frame.views.failed"
