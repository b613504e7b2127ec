"""Customers put into their shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keceng.api.customers_shapes import (
    ConditionTold,
    CustomerLine,
    CustomersAsked,
    GradeStep,
    Happening,
    LineSource,
    Number,
    Profile,
    Sources,
    WayUp,
    Why,
)
from keceng.api.words import Words
from keceng.desk.directory import history, profile, sources
from keceng.desk.directory.grounds import list_numbers
from keceng.desk.directory.models import Entry
from keceng.desk.directory.queries import Wanted
from keceng.desk.groups.selection import SIGNS, Selection
from keceng.vocabulary import Kind, Text


def words(text: Text) -> Words:
    """A sentence in both languages."""
    return Words(zh=text.zh, en=text.en)


def words_or_none(text: Text | None) -> Words | None:
    """The same where there may be none."""
    return None if text is None else words(text)


def read_asked(asked: CustomersAsked, classes: Sequence[str]) -> Selection:
    """What a list is asked for; `best` stands for the first of `classes`."""
    return Selection(
        wanted=_wanted(asked, classes),
        is_mine=asked.mine,
        silent_days=asked.silent,
        measure=asked.measure,
        sign=asked.sign if asked.sign in SIGNS else "ge",
        number=asked.number.strip(),
        group_id=asked.group,
    )


def _wanted(asked: CustomersAsked, classes: Sequence[str]) -> Wanted:
    return Wanted(
        text=asked.q,
        grade=classes[0] if asked.best and classes else asked.grade,
        state=asked.state,
        owner=asked.owner,
        region=asked.region,
        moved=asked.moved,
        is_overdue=asked.overdue,
        is_by_hand=asked.by_hand,
        is_appealed=asked.appealed,
        excluded_as=asked.excluded_as,
        is_graded=asked.graded,
        is_excluded=asked.excluded,
        is_at_risk=asked.risk,
    )


def tell_line(entry: Entry) -> CustomerLine:
    """A customer as lists show it."""
    ratio = entry.gap_ratio
    return CustomerLine(
        customer_key=str(entry.customer_key),
        customer_id=entry.customer_id,
        shown_name=entry.shown_name,
        kind=entry.kind,
        role=entry.role,
        owner=entry.owner,
        region=entry.region,
        grade=entry.grade or None,
        earlier_grade=entry.earlier_grade or None,
        grade_since=entry.grade_since,
        state=entry.state or None,
        kept_by=entry.kept_by or None,
        is_by_hand=entry.is_by_hand,
        is_appealed=entry.is_appealed,
        is_provisional=entry.provisional,
        excluded_as=entry.excluded_as or None,
        spend_cents=entry.spend,
        previous_spend_cents=entry.previous_spend,
        overdue_cents=entry.overdue_amount,
        expected_loss_cents=entry.expected_loss,
        days_since_last_purchase=entry.days_since_last_purchase,
        gap_ratio=None if ratio is None else ratio / Kind.RATIO.scale,
        last_contact_on=entry.last_contact_on,
        reason=Words(zh=entry.reason_zh, en=entry.reason_en),
    )


def tell_profile(found: profile.Profile) -> Profile:
    """One customer whole."""
    return Profile(
        customer=tell_line(found.entry),
        facts=dict(found.facts),
        open_complaints=found.open_complaints,
        why=_why(found),
        timeline=[Happening(on=h.on, kind=h.kind, told=words(h.told)) for h in found.timeline],
    )


def _why(found: profile.Profile) -> Why:
    x = found.explanation
    return Why(
        run_id=x.run.run_id,
        as_of=x.run.as_of,
        standard_id=x.run.standard.id,
        revision=x.run.standard.revision,
        reason_code=x.reason_code,
        reason=words(x.reason),
        by_rules=x.standing.by_rules,
        by_system=x.standing.by_system,
        standing=[words(text) for text in x.standing.sentences],
        classes=dict(x.classes),
        conditions=list(_conditions(found)),
        numbers=[Number(title=words(t), number=words(n), definition=words(d)) for t, n, d in list_numbers(x)],
        ways_up=[
            WayUp(
                to_class=told.way.to_class,
                told=words(told.sentence),
                money_cents=told.way.money,
                expires_on=told.way.expires_on,
            )
            for told in x.ways_up
        ],
        no_way_up=words_or_none(x.obstacle),
        lapse=words_or_none(x.lapse_text),
        loss=words_or_none(x.loss_text),
    )


def _conditions(found: profile.Profile) -> Iterator[ConditionTold]:
    for line in found.explanation.conditions:
        yield ConditionTold(
            class_id=line.class_id,
            condition=words(line.condition),
            number=words(line.number),
            met=line.met,
            cut=words_or_none(line.cut),
        )


def tell_step(step: history.GradeStep) -> GradeStep:
    """A line of the history of a grade."""
    return GradeStep(
        on=step.on,
        title=words(step.title),
        from_class=step.from_class or None,
        to_class=step.to_class or None,
        reason=words_or_none(step.reason),
        people=list(step.people),
        until=step.until,
    )


def tell_sources(found: sources.Sources) -> Sources:
    """What the figures rest on."""
    file, row = found.last or (None, None)
    return Sources(
        lines=[
            LineSource(
                file=line.file,
                lines=line.lines,
                first_row=line.first_row,
                last_row=line.last_row,
                first_on=line.first_on,
                last_on=line.last_on,
                net_cents=line.net,
            )
            for line in found.lines
        ],
        last_file=file,
        last_row=row,
        receivables=found.receivables,
        payments=found.payments,
        net_cents=found.net,
    )
