"""A person's name and telephone in full, for whoever may see them; that they looked is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from keceng.collect import CONTACTS, PERSONS
from keceng.desk.audit.actions import record
from keceng.desk.directory.scope import find_entry
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.lake import Lake, open_engine, sql


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the books hold them: the customer, or somebody who works there (with a title)."""

    name: str
    phone: str
    title: str


def reveal_persons(lake: Lake, customer_key: int, *, signed: Signature) -> Sequence[Person] | None:
    """The customer and its contact persons in full; None when there is no such customer, or not for `signed.by`.

    An audit row says who looked at whom, and never what they saw.

    Raises:
        KecengError: `signed.by` may not see persons.
    """
    if find_entry(signed.by, customer_key) is None:
        return None
    require_duty(signed.by, Duty.SEE_PERSONS)
    engine = open_engine(lake.snapshot(), (PERSONS, CONTACTS))
    try:
        rows = engine.fetch(
            sql(
                """
                select name, phone, title from (
                  select name, phone, null as title, 0 as turn from persons where customer_key = :key
                  union select name, phone, title, 1 from contacts where customer_key = :key
                    and left_on is null
                ) as known where name is not null or phone is not null order by turn, name, phone
                """,
                key=customer_key,
            )
        ).to_pylist()
    finally:
        engine.close()
    with transaction.atomic():
        record("person.revealed", signed, about="customer", about_id=customer_key, new={"persons": len(rows)})
    return [Person(r["name"] or "", r["phone"] or "", r["title"] or "") for r in rows]
