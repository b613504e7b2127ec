"""The standard of the first run: proposed from who the customers are, chosen in one click while none is approved yet."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from keceng.classify import FittingStandard, list_fitting_standards
from keceng.desk.audit.actions import record
from keceng.desk.opening import served_workspace
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.desk.standards.queries import list_in_force
from keceng.loop import set_standard
from keceng.standard import list_templates
from keceng.vocabulary import KecengError, Text


def list_first_standards() -> Sequence[FittingStandard]:
    """What the first run can be by, the proposed standard first; none once a run is published, or without customers."""
    snapshot = served_workspace(settings.WORKSPACE).lake.snapshot()
    return list_fitting_standards(snapshot) if snapshot.entry.published_run is None else ()


def choose_first_standard(template: str, *, signed: Signature) -> None:
    """Make a shipped standard the one by which the workspace classifies until a standard is approved.

    Raises:
        KecengError: there is no such template, a standard is in force already, or `signed.by` may not start runs.
    """
    require_duty(signed.by, Duty.START_RUNS)
    if template not in list_templates():
        raise KecengError.of("unknown_template", "请选一份模板", "choose a template", value=template)
    if list_in_force(signed.day):
        raise KecengError.of(
            "standard_in_force",
            "已有生效的标准, 换标准须经审批",
            "a standard is in force; another one takes an approval",
            remedy=Text("在「标准」里起草并提交审核", "draft one under Standards and propose it"),
        )
    workspace = served_workspace(settings.WORKSPACE)
    if workspace.settings.standard == template:
        return
    with transaction.atomic():
        old = {"standard": workspace.settings.standard}
        record(
            "standard.chosen",
            signed,
            about="standard",
            about_id=template,
            old=old,
            new={"standard": template},
        )
        set_standard(workspace.directory, template)
    served_workspace.cache_clear()
