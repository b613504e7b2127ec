"""The directory of a new run: written beside the old one, whole or not at all, with what people did meanwhile."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from django.test import override_settings
from pypinyin import Style, lazy_pinyin

from keceng.demo.names import draw_company_names
from keceng.desk.directory import filling, rosters
from keceng.desk.directory.listing import Listing
from keceng.desk.directory.models import CurrentEdition, Edition, Entry
from keceng.desk.directory.queries import count_heads
from keceng.desk.directory.roster import Roster
from keceng.desk.directory.roster_files import map_roster
from keceng.desk.directory.roster_parts import RosterParts
from keceng.desk.directory.rosters import prepare_roster
from keceng.desk.directory.rows import searched_text
from keceng.lake import RUNS_FOLDER
from keceng.measure import catalogue
from keceng.standard import load_standard
from tests.desk.cast import CUSTOMERS, NOW, PLAIN, Desk

NAMES = (
    "重庆银行",
    "长沙行远贸易",
    "单于伟",
    "ABC公司 (深圳) No.3",
    "éà王",
    "",
    "音乐之声",
    "朝阳区乐山大佛",
)


def again(desk: Desk) -> None:
    desk.workspace.classify(load_standard(PLAIN, catalogue()), dt.date(2026, 4, 30))


def told_by(roster: Roster) -> list[list[object]]:
    """Everything that a roster says, whatever its codes."""
    return [
        roster.keys.tolist(),
        *([column.words[code] for code in column.codes.tolist()] for column in roster.words.values()),
        *(cells.tolist() for columns in (roster.numbers, roster.flags) for cells in columns.values()),
        *(cells.to_pylist() for cells in roster.texts.values()),
        *(rows.tolist() for rows in roster.orders.values()),
    ]


def test_the_new_list_stands_only_when_it_is_whole(
    graded_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with override_settings(WORKSPACE=graded_desk.workspace.directory):
        first = filling.follow_published_run(graded_desk.lake, at=NOW)
        assert first == filling.follow_published_run(graded_desk.lake, at=NOW)
        again(graded_desk)

        def dies(_edition: Edition, _parts: RosterParts) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(filling, "prepare_roster", dies)
            with pytest.raises(KeyboardInterrupt):
                filling.follow_published_run(graded_desk.lake, at=NOW)
        assert CurrentEdition.objects.get().edition == first
        assert Entry.objects.count() == 2 * CUSTOMERS
        second = filling.follow_published_run(graded_desk.lake, at=NOW)
        assert second is not None
        assert CurrentEdition.objects.get().edition == second
        assert Edition.objects.count() == 2
        assert Entry.objects.count() == 2 * CUSTOMERS
        found = Listing(Entry.objects.filter(edition=second), "spend")
        assert {entry.customer_key for entry in found} == set(range(1, CUSTOMERS + 1))
        gathered = map_roster(graded_desk.workspace.directory / "rosters" / f"{second.stamp}.arrow")
        assert gathered is not None
        assert told_by(gathered) == told_by(rosters._from_desk(second))


def test_what_people_do_while_a_list_is_written_stands_in_it(
    graded_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with override_settings(WORKSPACE=graded_desk.workspace.directory):
        old = filling.follow_published_run(graded_desk.lake, at=NOW)
        Entry.objects.filter(edition=old, customer_key=3).update(owner="早已改过")
        again(graded_desk)

        def meanwhile(edition: Edition, parts: RosterParts) -> None:
            prepare_roster(edition, parts)
            day = dt.date(2026, 4, 29)
            Entry.objects.filter(edition=old, customer_key=5).update(owner="新人", last_contact_on=day)

        monkeypatch.setattr(filling, "prepare_roster", meanwhile)
        new = filling.follow_published_run(graded_desk.lake, at=NOW)
        told = dict(Entry.objects.filter(edition=new).values_list("customer_key", "owner"))
        assert told[5] == "新人"
        assert told[3] == ""
        assert count_heads(Entry.objects.filter(edition=new, owner="新人")) == 1


def test_old_lists_and_their_files_go(graded_desk: Desk) -> None:
    directory = graded_desk.workspace.directory
    with override_settings(WORKSPACE=directory):
        for _ in range(3):
            edition = filling.follow_published_run(graded_desk.lake, at=NOW)
            again(graded_desk)
        assert edition is not None
        stamps = set(Edition.objects.values_list("stamp", flat=True))
        assert len(stamps) == filling.KEPT_EDITIONS
        assert {path.stem for path in (directory / "rosters").iterdir()} == stamps
        assert (directory / "lake" / RUNS_FOLDER).is_dir()


def test_initials_are_those_of_the_whole_name() -> None:
    for name in (*NAMES, *draw_company_names(Random(4), 300)):
        plain = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)) if name else ""
        assert searched_text("C7", name) == f"C7 {name} {plain}".lower()
