"""The lake says what is in force; a desk restored from an older copy is told again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from keceng.desk.opening import repair_desk
from keceng.desk.people.models import RoleGrant, User
from keceng.desk.standards.actions import edit_draft, publish, retire, send_back
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import find_in_force, find_revision, list_history
from keceng.vocabulary import KecengError
from tests.desk.cast import NOW, PLAIN, Desk
from tests.desk.test_life_of_a_standard import approved, published
from tests.desk.test_reviews import code_of
from tests.desk_databases import DeskDatabase

TODAY = NOW.date()


@pytest.fixture
def backup(database: DeskDatabase, tmp_path: Path) -> Backup:
    return Backup(database, tmp_path)


class Backup:
    """A copy of the desk, made and put back as an administrator would."""

    def __init__(self, database: DeskDatabase, directory: Path) -> None:
        self.database, self.folder = database, directory / "backup"
        self.folder.mkdir()

    def make(self) -> None:
        self.copy = self.database.copy_to(self.folder)

    def restore(self) -> None:
        self.database.put_back(self.copy)
        self.copy.drop()


@pytest.mark.parametrize("known", ["nothing", "approved"])
def test_a_publication_the_desk_has_forgotten_comes_back_from_the_lake(
    desk: Desk, backup: Backup, known: str
) -> None:
    if known == "nothing":
        backup.make()
        before = published(desk, "\ufeff" + PLAIN)
    else:
        row = approved(desk, "\ufeff" + PLAIN)
        backup.make()
        before = publish(row.pk, effective_from=TODAY, signed=desk.signed("dong"), lake=desk.lake)
    backup.restore()
    assert find_in_force("plain", TODAY) is None
    assert repair_desk(desk.workspace, at=NOW) == 1
    found = find_in_force("plain", TODAY)
    assert found is not None
    assert found.yaml_bytes == before.yaml_bytes
    assert (found.publication_id, found.moves_hash) == (before.publication_id, before.moves_hash)
    assert found.approver is not None
    assert (found.author.username, found.approver.username) == ("mei", "dong")
    assert list_history("plain")[-1].why.startswith("按数据湖")
    assert repair_desk(desk.workspace, at=NOW) == 0


def test_a_whole_history_comes_back_in_its_order(desk: Desk, backup: Backup) -> None:
    backup.make()
    published(desk)
    second = published(desk, PLAIN.replace("1000", "2000"), day=dt.date(2026, 5, 1))
    retire(second.pk, on=dt.date(2026, 8, 1), signed=desk.signed("dong", "停用"), lake=desk.lake)
    rows = StandardRevision.objects.order_by("revision")
    before = list(rows.values_list("revision", "status", "effective_from", "retired_on", "standard_hash"))
    backup.restore()
    assert repair_desk(desk.workspace, at=NOW) == 3
    assert (
        list(rows.values_list("revision", "status", "effective_from", "retired_on", "standard_hash"))
        == before
    )


def test_what_cannot_be_taken_back_is_said(desk: Desk, backup: Backup) -> None:
    backup.make()
    published(desk)
    backup.restore()
    RoleGrant.objects.filter(user__username="mei").delete()
    User.objects.filter(username="mei").delete()
    with pytest.raises(KecengError) as error:
        repair_desk(desk.workspace, at=NOW)
    assert code_of(error) == "unknown_user"
    assert find_in_force("plain", TODAY) is None


def test_other_bytes_under_a_published_number_are_never_taken_for_it(desk: Desk, backup: Backup) -> None:
    row = approved(desk)
    backup.make()
    publish(row.pk, effective_from=TODAY, signed=desk.signed("dong"), lake=desk.lake)
    backup.restore()
    row = send_back(row.pk, signed=desk.signed("dong", "再改"))
    other = PLAIN.replace("1000", "9").encode()
    edit_draft(row.pk, other, based_on=row.document_hash, signed=desk.signed("mei"), lake=desk.lake)
    with pytest.raises(KecengError) as error:
        repair_desk(desk.workspace, at=NOW)
    assert code_of(error) == "another_document"
    assert find_revision("plain").status == "draft"
