"""Hand customers over, take it back on the same day, bring both to the lake.

The order is that of decisions: one transaction holds the hand-over, its audit row and the owners in the directory, so lists
and scopes follow at once → the lake commits → the hand-over is marked delivered. Whatever waits is delivered again.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from keceng.collect import OwnerChange, read_stated_owners, record_owner_changes
from keceng.desk.audit.actions import record
from keceng.desk.directory.models import CurrentEdition, Entry
from keceng.desk.ownership.choosing import Chosen, choose_entries, require_receiver
from keceng.desk.ownership.models import HandOver, HandOverLine
from keceng.desk.ownership.states import HandOverState
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.lake import Lake
from keceng.vocabulary import KecengError, Text

LONGEST_WHY = 500
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asks for.

    Attributes:
        owner: to whom.
        chosen: which customers.
        expected: how many customers these are, as confirmed; None where nobody was asked.
    """

    owner: str
    chosen: Chosen
    expected: int | None = None


def hand_over(order: Order, *, signed: Signature, today: dt.date, lake: Lake) -> HandOver:
    """Give customers to another owner; those who have that owner already stay as they are. Lists follow at once, the lake by `deliver_hand_overs`.

    Raises:
        KecengError: no reason, no such receiver, nobody to hand over, another number than confirmed, or
            `signed.by` may not.
    """
    check_order(order, signed)
    stated = read_stated_owners(lake.snapshot(), _keys(_moving(order, signed)))
    with transaction.atomic():
        made = start_hand_over(order, signed=signed, today=today)
        carry_out(made, order, stated, signed)
    return made


def check_order(order: Order, signed: Signature) -> None:
    """Let pass what `signed.by` may hand over to whom.

    Raises:
        KecengError: no reason or too long a one, no such receiver, or they may not.
    """
    require_duty(signed.by, Duty.HAND_OVER)
    if len(signed.require_why()) > LONGEST_WHY:
        raise KecengError.of(
            "long_text", f"理由最多 {LONGEST_WHY} 字", f"a reason has at most {LONGEST_WHY} characters"
        )
    require_receiver(signed.by, order.owner)


def start_hand_over(order: Order, *, signed: Signature, today: dt.date) -> HandOver:
    """The row of a hand-over that is not carried out yet; only within a transaction."""
    return HandOver.objects.create(
        code=secrets.token_hex(16),
        by=signed.by,
        at=signed.at,
        day=today,
        why=signed.require_why(),
        owner=order.owner,
        customers=order.expected or 0,
        state=HandOverState.ASKED.value,
    )


def carry_out(made: HandOver, order: Order, stated: Mapping[int, str | None], signed: Signature) -> None:
    """Change the owners and write down who had them; only within a transaction.

    Args:
        made: asked for and not carried out.
        order: what was asked for.
        stated: whom the files state as the owner of each of the customers.
        signed: who asked.

    Raises:
        KecengError: nobody is left to hand over, or not as many as were confirmed.
    """
    # Whoever switches the directory to another edition waits for this, and this for them.
    list(CurrentEdition.objects.select_for_update())
    now = choose_entries(signed.by, order.chosen).count()
    if order.expected is not None and now != order.expected:
        raise list_changed(order.expected, now)
    moving = _moving(order, signed).select_for_update(of=("self",))
    rows = moving.order_by("customer_key").values_list("customer_key", "owner")
    digest, heads = sha256(), 0
    with connection.cursor() as cursor:
        for batch in _batched(rows.iterator(chunk_size=_BATCH)):
            digest.update("".join(f"{key}\n" for key, _ in batch).encode())
            heads += len(batch)
            cursor.executemany(_insertion(), [(made.pk, k, o, stated.get(k), False) for k, o in batch])
    if heads == 0:
        raise KecengError.of("nobody_chosen", "没有要转交的客户", "there is nobody to hand over")
    _entries_of(made.lines.all()).update(owner=made.owner)
    made.state, made.customers, made.at = HandOverState.DONE.value, heads, signed.at
    made.save(update_fields=["state", "customers", "at"])
    new = {"owner": made.owner, "customers": heads, "keys_sha256": digest.hexdigest()}
    record("owner.handed_over", signed, about="handover", about_id=made.pk, new=new)


def list_changed(expected: int, now: int) -> KecengError:
    """The refusal of a hand-over whose list is not what was confirmed."""
    return KecengError.of(
        "list_changed",
        f"名单变了：确认的是 {expected} 家，现在是 {now} 家",
        f"the list has changed: {expected} customers were confirmed, there are {now} now",
        remedy=Text("请看一遍再确认", "look at it again and confirm"),
    )


def undo_hand_over(hand_over_id: int, *, signed: Signature, today: dt.date) -> HandOver:
    """Give the customers back to whom they had before; those who changed hands again since stay where they are.

    Raises:
        KecengError: there is no such hand-over of theirs, its day is over, or it is taken back already.
    """
    require_duty(signed.by, Duty.HAND_OVER)
    with transaction.atomic():
        list(CurrentEdition.objects.select_for_update())
        made = HandOver.objects.select_for_update(of=("self",)).filter(pk=hand_over_id, by=signed.by).first()
        if made is None:
            raise KecengError.of("unknown_hand_over", "没有这次转交", "there is no such hand-over")
        _check_undoable(made, today)
        lines = _standing_lines(made)
        for owner in sorted(set(lines.values_list("from_owner", flat=True))):
            entries = _entries_of(lines.filter(from_owner=owner))
            entries.filter(owner=made.owner).update(owner=owner)
        back = lines.update(is_undone=True)
        made.state, made.undone_by, made.undone_at = HandOverState.UNDONE.value, signed.by, signed.at
        made.save(update_fields=["state", "undone_by", "undone_at"])
        old = {"owner": made.owner, "customers": made.customers}
        record(
            "owner.hand_over_undone",
            signed,
            about="handover",
            about_id=made.pk,
            old=old,
            new={"customers": back},
        )
    return made


def deliver_hand_overs(lake: Lake, *, at: dt.datetime) -> int:
    """Write every hand-over and undoing that waits to the lake; how many arrived. Harmless at any time.

    Raises:
        KecengError: another task is writing to the lake; what waits waits on.
        RuntimeError: a transaction is open, so that the lake could have what the desk then forgets.
    """
    if connection.in_atomic_block:
        raise RuntimeError("hand-overs are delivered after the transaction that made them")
    done = HandOver.objects.exclude(state=HandOverState.ASKED.value).select_related("by", "undone_by")
    given = list(done.filter(delivered_at=None).order_by("id"))
    taken = list(done.filter(undone_at__isnull=False, undo_delivered_at=None).order_by("id"))
    if changes := [_given(made) for made in given] + [_taken_back(made) for made in taken]:
        record_owner_changes(lake, changes, author=changes[-1].changed_by)
        HandOver.objects.filter(pk__in=[made.pk for made in given]).update(delivered_at=at)
        HandOver.objects.filter(pk__in=[made.pk for made in taken]).update(undo_delivered_at=at)
    return len(changes)


def _moving(order: Order, signed: Signature) -> QuerySet[Entry]:
    return choose_entries(signed.by, order.chosen).exclude(owner=order.owner)


def _keys(entries: QuerySet[Entry]) -> list[int]:
    return list(entries.values_list("customer_key", flat=True))


def _entries_of(lines: QuerySet[HandOverLine]) -> QuerySet[Entry]:
    edition = CurrentEdition.objects.values("edition_id")
    return Entry.objects.filter(edition_id__in=edition, customer_key__in=lines.values("customer_key"))


def _standing_lines(made: HandOver) -> QuerySet[HandOverLine]:
    """Its lines whose customers nobody has handed on since."""
    later = HandOverLine.objects.filter(
        customer_key=OuterRef("customer_key"), hand_over_id__gt=made.pk, is_undone=False
    )
    return HandOverLine.objects.filter(~Exists(later), hand_over=made)


def _check_undoable(made: HandOver, today: dt.date) -> None:
    if made.stands is not HandOverState.DONE:
        raise KecengError.of("wrong_status", "这次转交不能撤回", "this hand-over cannot be taken back")
    if made.day != today:
        raise KecengError.of(
            "day_over",
            "只能在转交当天撤回",
            "a hand-over is taken back on its own day only",
            remedy=Text("请再转交一次", "hand them over again"),
        )


def _given(made: HandOver) -> OwnerChange:
    rows = made.lines.values_list("customer_key", "stated_owner")
    return OwnerChange(
        made.code, _utc(made.at), made.by.username, [(key, made.owner, stated) for key, stated in rows]
    )


def _taken_back(made: HandOver) -> OwnerChange:
    if made.undone_at is None or made.undone_by is None:
        raise ValueError("only what was taken back is told as such")
    rows = made.lines.filter(is_undone=True).values_list("customer_key", "from_owner", "stated_owner")
    return OwnerChange(
        f"{made.code}-undo",
        _utc(made.undone_at),
        made.undone_by.username,
        [(key, owner or None, stated) for key, owner, stated in rows],
    )


def _insertion() -> str:
    # A hundred thousand lines as objects would hold the books for ten seconds.
    names = ("hand_over_id", "customer_key", "from_owner", "stated_owner", "is_undone")
    quote = connection.ops.quote_name
    table = quote(HandOverLine._meta.db_table)  # noqa: SLF001  Django's documented way
    columns, places = ", ".join(map(quote, names)), ", ".join(["%s"] * len(names))
    return f"insert into {table} ({columns}) values ({places})"  # noqa: S608  declared names alone


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _batched(rows: Iterator[tuple[int, str]]) -> Iterator[Sequence[tuple[int, str]]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch
