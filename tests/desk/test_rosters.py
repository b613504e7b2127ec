"""Whatever a list, a count or a facet says from columns, the desk says too: over random books, scopes, filters and changes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tests.django_ready  # noqa: F401  models are imported below
from keceng.desk.directory.listing import Listing, group_of
from keceng.desk.directory.models import CurrentEdition, Edition, Entry, EntryChange
from keceng.desk.directory.queries import ORDERS, Wanted, count_classes, count_heads, distinct, narrow
from keceng.desk.directory.roster_files import map_roster
from keceng.desk.directory.rosters import prepare_roster, roster_of
from tests.desk.cast import NOW

CLASSES = ("A", "B", "C")
NAMES = (
    "华东商贸 hdsm",
    "华南%商贸 hnsm",
    "王_小 wx",
    "欧阳修\\远 oyxy",
    "重庆物流 cqwl",
    "café 示例 sl",
    "",
)
words = st.sampled_from
numbers = st.one_of(st.none(), st.integers(-3, 3), st.integers(-(2**40), 2**40))
days = st.one_of(st.none(), st.dates(dt.date(2025, 1, 1), dt.date(2026, 3, 31)))
entries = st.fixed_dictionaries(
    {
        "search": st.builds("c{:03d} {}".format, st.integers(0, 30), words(NAMES)),
        "shown_name": words(("王*", "a", "B", "é", "华东", "")),
        "owner": words(("王组", "李组", "")),
        "region": words(("华东", "华北", "")),
        "grade": words((*CLASSES, "")),
        "earlier_grade": words((*CLASSES, "(new)")),
        "state": words(("active", "at_risk", "dormant", "")),
        "excluded_as": words(("", "", "bucket")),
        "is_by_hand": st.booleans(),
        "is_appealed": st.booleans(),
        "provisional": st.booleans(),
        "spend": numbers,
        "expected_loss": numbers,
        "overdue_amount": numbers,
        "gap_ratio": numbers,
        "last_contact_on": days,
    }
)
wanted = st.builds(
    Wanted,
    text=words(("", "", "华", "商贸 hd", "C00", "%", "_", "\\", "É", "oy 欧", "zz")),
    grade=words(("", "A", "-")),
    state=words(("", "active")),
    owner=words(("", "李组")),
    region=words(("", "华北")),
    moved=words(("", "up", "down")),
    is_overdue=st.booleans(),
    is_by_hand=st.booleans(),
    is_appealed=st.booleans(),
    is_graded=st.booleans(),
    is_excluded=st.booleans(),
    is_at_risk=st.booleans(),
    excluded_as=words(("", "", "bucket")),
)
FURTHER = (
    Q(),
    Q(owner__in=["王组", "李组"]),
    Q(owner__in=[]),
    ~Q(overdue_amount__gt=0),
    ~(Q(spend__gt=0) & Q(region="华东")),
    Q(last_contact_on=None) | Q(last_contact_on__lte=dt.date(2026, 1, 1)),
    ~Q(last_contact_on__gte=dt.date(2025, 6, 1), spend__lt=2),
    Q(customer_key__in=[1, 2, 5, 999]),
    ~Q(customer_key__in=Entry.objects.filter(grade="A").values("customer_key")),
    Q(spend__in=[0, 1]) | Q(gap_ratio__isnull=False),
    Q(shown_name__startswith="王"),
    Q(spend__gt=F("expected_loss")),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[None]:
    with override_settings(WORKSPACE=tmp_path):
        yield


def new_edition(rows: list[dict[str, object]]) -> Edition:
    CurrentEdition.objects.all().delete()
    Edition.objects.all().delete()
    edition = Edition.objects.create(
        run_id="r", standard_id="plain", revision=1, as_of=NOW.date(), written_at=NOW,
        customers=len(rows), classified=0, provisional=0, insufficient=0,
    )  # fmt: skip
    Entry.objects.bulk_create(
        Entry(edition=edition, customer_key=key, customer_id=f"c{key}", **row)
        for key, row in enumerate(rows, 1)
    )
    CurrentEdition.objects.create(pk=1, edition=edition)
    return edition


def assert_same(found: QuerySet[Entry]) -> None:
    assert count_heads(found) == found.count()
    now = {g: (n, s or 0) for g, n, s in found.values_list("grade").annotate(n=Count("pk"), s=Sum("spend"))}
    before = Counter(found.values_list("earlier_grade", flat=True))
    assert [(c.heads, c.spend, c.earlier_heads) for c in count_classes(found, CLASSES)] == [
        (*now.get(c, (0, 0)), before[c]) for c in CLASSES
    ]
    for name in ("owner", "region"):
        heads = Counter(word for word in found.values_list(name, flat=True) if word)
        assert distinct(found, name) == sorted(heads, key=lambda word: (-heads[word], word))
    pairs = Counter(found.values_list("grade", "state"))
    assert group_of(found).count_by("grade", "state") == pairs


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(entries, max_size=25),
    asked=wanted,
    further=words(FURTHER),
    changed=st.lists(st.tuples(st.integers(1, 25), entries), max_size=3),
    is_prepared=st.booleans(),
)
def test_lists_counts_and_facets_are_what_the_desk_says(
    rows: list[dict[str, object]],
    asked: Wanted,
    further: Q,
    changed: list[tuple[int, dict[str, object]]],
    is_prepared: bool,
) -> None:
    edition = new_edition(rows)
    if is_prepared:
        prepare_roster(edition)
    seen = Entry.objects.filter(edition=edition).filter(further)
    for turn in range(2):
        for key, row in changed if turn else ():
            Entry.objects.filter(customer_key=key).update(**row)
        found = narrow(seen, asked, CLASSES)
        assert_same(seen)
        assert_same(found)
        for order, fields in ORDERS.items():
            listing, plain = Listing(found, order), list(found.order_by(*fields))
            assert list(listing) == plain
            assert listing[1:3] == plain[1:3]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(entries, max_size=25), text=st.text("c0华南%_\\é王 oyH", max_size=6))
def test_a_match_is_every_word_somewhere_in_number_name_or_initials(
    rows: list[dict[str, object]], text: str
) -> None:
    edition = new_edition(rows)
    found = Listing(narrow(Entry.objects.filter(edition=edition), Wanted(text=text), CLASSES), "name")
    meant = {
        key
        for key, row in enumerate(rows, 1)
        if all(word in str(row["search"]) for word in text.lower().split()[:5])
    }
    assert {entry.customer_key for entry in found} == meant


ROW = {"search": "c001 王", "grade": "A", "spend": 5, "owner": "王组"}


def test_a_change_taken_back_is_in_no_list() -> None:
    edition = new_edition([ROW, ROW])
    seen = Entry.objects.filter(edition=edition)
    assert count_heads(seen.filter(grade="B")) == 0
    with suppress(RuntimeError), transaction.atomic():
        seen.filter(customer_key=1).update(grade="B")
        assert count_heads(seen.filter(grade="B")) == 1
        raise RuntimeError
    assert count_heads(seen.filter(grade="B")) == 0
    seen.filter(customer_key=2).update(grade="B")
    assert [entry.customer_key for entry in Listing(seen.filter(grade="B"), "spend")] == [2]
    assert [entry.customer_key for entry in Listing(seen.filter(grade="A"), "spend")] == [1]


def test_what_was_summed_of_everybody_is_summed_anew_after_a_change() -> None:
    seen = Entry.objects.filter(edition=new_edition([ROW, ROW]))
    for spend in (5, 7, 11):
        seen.filter(customer_key=1).update(spend=spend)
        assert_same(seen)


def test_a_change_committed_late_under_a_lower_number_is_seen() -> None:
    edition = new_edition([ROW, ROW])
    seen = Entry.objects.filter(edition=edition)
    seen.filter(customer_key=1).update(owner="李组")
    assert count_heads(seen.filter(owner="李组")) == 1
    first = EntryChange.objects.get()
    seen.filter(customer_key=2).update(owner="李组")
    EntryChange.objects.exclude(pk=first.pk).update(id=first.pk - 1)
    assert count_heads(seen.filter(owner="李组")) == 2


def test_a_torn_or_foreign_file_is_made_anew(tmp_path: Path) -> None:
    edition = new_edition([ROW])
    prepare_roster(edition)
    path = tmp_path / "rosters" / f"{edition.stamp}.arrow"
    assert map_roster(path) is not None
    path.write_bytes(path.read_bytes()[:200])
    assert map_roster(path) is None
    assert len(roster_of(edition)) == 1
    assert map_roster(path) is not None


def test_a_customer_who_came_by_hand_is_listed() -> None:
    edition = new_edition([ROW])
    assert count_heads(Entry.objects.filter(edition=edition)) == 1
    Entry.objects.filter(customer_key=1).update(customer_key=7)
    assert [entry.customer_key for entry in Listing(Entry.objects.filter(edition=edition), "loss")] == [7]


def test_a_name_that_is_taken_out_does_not_stay_on_the_disk(tmp_path: Path) -> None:
    edition = new_edition([ROW, {**ROW, "search": "c002 欧阳无名", "shown_name": "欧阳*"}])
    prepare_roster(edition)
    path = tmp_path / "rosters" / f"{edition.stamp}.arrow"
    assert "欧阳无名".encode() in path.read_bytes()
    Entry.objects.filter(customer_key=2).update(search="c002", shown_name="")
    assert count_heads(narrow(Entry.objects.filter(edition=edition), Wanted(text="欧阳"), CLASSES)) == 0
    assert "欧阳".encode() not in path.read_bytes()
    assert map_roster(path) is not None
