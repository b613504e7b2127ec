"""Hand-overs of very many customers, as a job: nobody waits for a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from keceng.collect import read_stated_owners
from keceng.desk.groups.selection import Selection
from keceng.desk.jobs.actions import enqueue
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.progress import Task
from keceng.desk.jobs.states import JobKind
from keceng.desk.ownership.actions import Order, carry_out, check_order, deliver_hand_overs, start_hand_over
from keceng.desk.ownership.choosing import Chosen, choose_entries
from keceng.desk.ownership.models import HandOver
from keceng.desk.ownership.states import HandOverState
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Text

MOST_AT_ONCE = 1_000
"""What is handed over while somebody waits; more is a job."""
_READING = Text("看账上写的负责人", "reading whom the files state")
_WRITING = Text("更改负责人", "changing owners")
_TELLING = Text("记入账本", "telling the ledger")


def ask_for_hand_over(order: Order, *, signed: Signature, today: dt.date) -> Job:
    """Ask that customers go to another owner; whom it concerns is looked at anew when it is done.

    Raises:
        KecengError: no reason, no such receiver, or `signed.by` may not.
    """
    check_order(order, signed)
    with transaction.atomic():
        made = start_hand_over(order, signed=signed, today=today)
        arguments = {
            "hand_over": made.pk,
            "owner": order.owner,
            "expected": order.expected,
            "keys": sorted(order.chosen.keys),
            "asked": order.chosen.asked.as_plain(),
            "today": order.chosen.today.isoformat(),
        }
        return enqueue(JobKind.HAND_OVER, arguments, by=signed.by, at=signed.at)


def find_job(made: HandOver) -> Job | None:
    """The job of a hand-over; None where it was done at once."""
    return Job.objects.filter(kind=JobKind.HAND_OVER.value, arguments__hand_over=made.pk).first()


def do_hand_over(task: Task) -> dict[str, object]:
    """Change the owners once, with what the asker may see now, and tell the ledger.

    Raises:
        KecengError: the list is not what was confirmed, or they may not any more.
    """
    made = HandOver.objects.select_related("by").get(pk=task.job.arguments["hand_over"])
    if made.stands is HandOverState.ASKED:
        order, signed = _order(task.job.arguments), Signature(made.by, task.clock(), made.why)
        check_order(order, signed)
        task.tell(_READING, 100)
        entries = choose_entries(made.by, order.chosen)
        keys = list(entries.values_list("customer_key", flat=True))
        stated = read_stated_owners(task.workspace.lake.snapshot(), keys)
        task.tell(_WRITING, 300)
        with transaction.atomic():
            carry_out(made, order, stated, signed)
    task.tell(_TELLING, 900)
    try:
        deliver_hand_overs(task.workspace.lake, at=task.clock())
    except KecengError as error:
        # Somebody else writes to the lake; it is told a little later.
        if error.problems[0].code != "workspace_busy":
            raise
    return {"customers": made.customers, "hand_over": made.pk}


def _order(arguments: Mapping[str, Any]) -> Order:
    chosen = Chosen(
        frozenset(arguments["keys"]),
        Selection.from_plain(arguments["asked"]),
        dt.date.fromisoformat(arguments["today"]),
    )
    return Order(arguments["owner"], chosen, arguments["expected"])
