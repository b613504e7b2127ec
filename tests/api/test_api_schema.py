"""schemathesis asks the served API everything its own document allows, and much that it does not: no fault of ours, no answer
that the document does not describe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    CheckFunction,
    not_a_server_error,
)
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from keceng.desk.directory.queries import Wanted
from keceng.desk.directory.scope import current_edition
from keceng.desk.groups.actions import save_group
from keceng.desk.groups.selection import Selection
from keceng.desk.jobs.exporting import ask_for_export
from keceng.desk.jobs.schedules import schedule
from keceng.desk.jobs.states import Every, JobKind
from keceng.desk.jobs.uploads import receive_files
from keceng.desk.ownership.actions import Order, hand_over
from keceng.desk.ownership.choosing import Chosen
from keceng.desk.people.actions import create_user, grant_role
from keceng.desk.people.duties import Role
from keceng.desk.people.models import User
from keceng.desk.runs.actions import ask_for_class, open_appeal, open_review
from keceng.desk.signature import Signature
from keceng.desk.standards.starting import start_draft
from keceng.loop import Workspace
from tests.api.conftest import issue

pytestmark = pytest.mark.slow
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
    unsupported_method,
]


@pytest.fixture
def furnished(served: Workspace) -> Mapping[str, object]:
    """One of everything that an address can name, and what an address then says."""
    now, root = timezone.now(), User.objects.get(username="root")
    chief = create_user("chief", signed=Signature(root, now))
    for role in (Role.SALES_DIRECTOR, Role.ADMINISTRATOR):
        grant_role(chief, role, signed=Signature(root, now))
    lake, signed = served.lake, Signature(User.objects.get(username="mei"), now, "because")
    asks = Signature(User.objects.get(username="rui"), now, "because")
    standard = start_draft("@published", "ours", signed=signed)
    appeal = open_appeal(3, signed=asks, lake=lake)
    wanted = ask_for_class(5, "A", expires_on=dt.date(2026, 12, 31), signed=asks, lake=lake)
    directs = Signature(User.objects.get(username="dong"), now)
    review = open_review(due_on=now.date() + dt.timedelta(days=7), signed=directs, lake=lake)
    rhythm = schedule(JobKind.REVIEW, {}, every=Every.MONTH, on_day=1, signed=directs)
    told = SimpleUploadedFile("orders.csv", "客户,日期,金额\nA,2026-01-02,3\n".encode())
    upload = receive_files(served.directory, [told], source="", signed=signed)
    chiefs = Signature(chief, now)
    job = ask_for_export(Selection(Wanted()), order="", file_format="csv", language="zh", signed=chiefs)
    edition = current_edition()
    assert edition is not None
    group = save_group("best", "grade = 'A'", is_shared=True, edition=edition, signed=chiefs)
    order = Order("王组", Chosen(frozenset({4})), 1)
    given = hand_over(order, signed=Signature(chief, now, "because"), today=now.date(), lake=lake)
    return {
        "customer_key": "3",
        "group_id": group.pk,
        "hand_over_id": given.pk,
        "revision_id": standard.pk,
        "appeal_id": appeal.pk,
        "request_id": wanted.pk,
        "review_id": review.pk,
        "item_id": review.items.values_list("pk", flat=True)[0],
        "schedule_id": rhythm.pk,
        "upload_id": upload.pk,
        "job_id": job.pk,
        "username": "an",
        "run_id": lake.snapshot().entry.published_run,
    }


def ask_everything(
    mode: GenerationMode, examples: int, named: Mapping[str, object], checks: list[CheckFunction]
) -> int:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    # A body that is too long to be read is refused before it is looked at.
    schema.config.checks.negative_data_rejection.expected_statuses.append("413")
    headers = {"Authorization": f"Bearer {issue('chief')}", "Accept-Language": "en"}
    asked = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        there = {p.name: named[p.name] for p in operation.path_parameters if p.name in named}
        if named and not there:
            continue
        strategy = operation.as_strategy(mode, path_parameters=there or None)

        @settings(
            max_examples=examples,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def holds(case: Any) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(headers=headers, checks=checks)

        holds()
    return asked


def test_whatever_the_document_allows_is_answered_as_it_says(furnished: Mapping[str, object]) -> None:
    assert ask_everything(GenerationMode.POSITIVE, 8, {}, CHECKS) > 500


def test_so_it_is_where_the_address_names_what_is_there(furnished: Mapping[str, object]) -> None:
    assert ask_everything(GenerationMode.POSITIVE, 10, furnished, CHECKS) > 300


def test_whatever_it_does_not_allow_is_refused_as_a_problem(furnished: Mapping[str, object]) -> None:
    checks = [*CHECKS, negative_data_rejection]
    assert ask_everything(GenerationMode.NEGATIVE, 8, {}, checks) > 300
