"""The audit: a row with every act, and a chain by which a changed or removed row is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, transaction

from keceng.desk.audit.actions import record, seal_rows
from keceng.desk.audit.details import spell_details
from keceng.desk.audit.models import AuditRow, AuditSeal
from keceng.desk.audit.queries import check_chain, count_sealed, list_rows
from keceng.desk.audit.words import ACTIONS
from keceng.desk.people.actions import create_user, deactivate_user, grant_role, reactivate_user, revoke_role
from keceng.desk.people.duties import Role
from keceng.desk.people.passwords import change_own_password, set_password
from keceng.desk.people.queries import find_user, roles_of
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError
from tests.desk.cast import NOW
from tests.desk.test_reviews import code_of


def root() -> Signature:
    return Signature(find_user("root"), NOW)


def execute(statement: str, *values: str | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def sealed_chain(directory: Path, rows: int = 5) -> list[int]:
    AuditSeal.objects.all().delete()
    AuditRow.objects.all().delete()
    for number in range(rows):
        with transaction.atomic():
            record("user.renamed", root(), about="user", about_id="rui", new={"display_name": f"锐{number}"})
    assert seal_rows(directory, at=NOW) == rows
    assert not check_chain(directory)
    return list(AuditRow.objects.order_by("id").values_list("pk", flat=True))


def test_an_act_and_its_row_stand_or_fall_together() -> None:
    before = AuditRow.objects.count()
    with transaction.atomic():
        create_user("xin", signed=root())
        assert AuditRow.objects.count() == before + 1
        transaction.set_rollback(True)
    assert AuditRow.objects.count() == before
    user = create_user("xin", signed=root())
    grant_role(user, Role.DATA_ANALYST, signed=root())
    grant_role(user, Role.DATA_ANALYST, signed=root())
    revoke_role(user, Role.DATA_ANALYST, signed=root())
    told = [(row.action, row.by, row.about_id) for row in reversed(list_rows(3))]
    assert told == [(a, "root", "xin") for a in ("user.created", "role.granted", "role.revoked")]
    with pytest.raises(RuntimeError):
        record("user.renamed", root(), about="user", about_id="xin")


def test_a_changed_row_is_found(tmp_path: Path) -> None:
    keys = sealed_chain(tmp_path)
    execute("update audit_auditrow set new = %s where id = %s", '{"display_name": "别人"}', keys[2])
    assert [(f.position, f.told.en) for f in check_chain(tmp_path)] == [(3, "the row was changed")]


@pytest.mark.parametrize("field", ["by", "action", "about_id", "at", "old"])
def test_every_field_is_sealed(tmp_path: Path, field: str) -> None:
    keys = sealed_chain(tmp_path)
    changed = {"at": "2020-01-01 00:00:00", "old": '{"x": 1}'}.get(field, "x")
    name = connection.ops.quote_name(field)
    execute(f"update audit_auditrow set {name} = %s where id = %s", changed, keys[0])
    assert [f.position for f in check_chain(tmp_path)] == [1]


def test_a_removed_row_is_found_in_the_middle_and_at_the_end(tmp_path: Path) -> None:
    keys = sealed_chain(tmp_path)
    execute("delete from audit_auditrow where id in (%s, %s)", keys[1], keys[-1])
    assert [(f.position, f.told.en) for f in check_chain(tmp_path)] == [
        (2, "the row was removed"),
        (5, "the row was removed"),
    ]


def test_rows_removed_with_their_seals_are_found(tmp_path: Path) -> None:
    keys = sealed_chain(tmp_path)
    execute("delete from audit_auditseal where row_id = %s", keys[2])
    execute("delete from audit_auditrow where id = %s", keys[2])
    assert 4 in [f.position for f in check_chain(tmp_path)]
    keys = sealed_chain(tmp_path / "..")
    execute("delete from audit_auditseal where row_id = %s", keys[-1])
    execute("delete from audit_auditrow where id = %s", keys[-1])
    assert [f.told.en for f in check_chain(tmp_path / "..")] == ["an end of the chain that was noted is gone"]


def test_sealing_twice_adds_nothing_and_a_late_row_is_linked(tmp_path: Path) -> None:
    keys = sealed_chain(tmp_path)
    assert seal_rows(tmp_path, at=NOW) == 0
    late = AuditRow.objects.get(pk=keys[-1])
    # A transaction that began early and ended late leaves a row whose number is lower than sealed ones.
    AuditRow.objects.bulk_create(
        [AuditRow(id=keys[0] - 1, at=NOW, by="rui", action=late.action, about="user", about_id="rui")]
    )
    assert seal_rows(tmp_path, at=NOW) == 1
    assert count_sealed() == len(keys) + 1
    assert not check_chain(tmp_path)


def test_whoever_left_has_no_roles_until_they_return_and_the_last_administrator_stays() -> None:
    user = find_user("dong")
    deactivate_user(user, signed=root())
    assert not roles_of(find_user("dong"))
    reactivate_user(find_user("dong"), signed=root())
    assert roles_of(find_user("dong")) == {Role.SALES_DIRECTOR}
    with pytest.raises(KecengError) as error:
        deactivate_user(find_user("root"), signed=root())
    assert code_of(error) == "last_administrator"
    second = create_user("second", signed=root())
    grant_role(second, Role.ADMINISTRATOR, signed=root())
    deactivate_user(second, signed=root())
    with pytest.raises(KecengError):
        deactivate_user(find_user("root"), signed=root())


def test_a_password_is_set_by_an_administrator_or_changed_by_whoever_knows_it() -> None:
    with pytest.raises(KecengError) as error:
        set_password(find_user("rui"), "short", signed=root())
    assert code_of(error) == "weak_password"
    assert "10" in error.value.problems[0].message.zh
    set_password(find_user("rui"), "a good first word", signed=root())
    rui = find_user("rui")
    assert rui.check_password("a good first word")
    mine = Signature(rui, NOW)
    with pytest.raises(KecengError) as error:
        change_own_password("wrong", "another good word", signed=mine)
    assert code_of(error) == "wrong_password"
    change_own_password("a good first word", "another good word", signed=mine)
    assert find_user("rui").check_password("another good word")
    with pytest.raises(KecengError):
        set_password(find_user("root"), "a good third word", signed=mine)
    assert not any("good" in str((row.old, row.new, row.why)) for row in list_rows())


def test_every_act_has_words_in_both_languages() -> None:
    for text in ACTIONS.values():
        assert any("一" <= c <= "鿿" for c in text.zh)
        assert not any("一" <= c <= "鿿" for c in text.en)


def test_what_was_kept_is_told_in_words_and_without_what_was_not_asked() -> None:
    asked = {
        "asked": {"wanted": {"grade": "A", "owner": "", "is_overdue": False}, "is_mine": True},
        "role": "sales_rep",
    }
    told = {
        name.en: value.en for name, value in spell_details({**asked, "is_active": False, "files": ["a.csv"]})
    }
    assert told == {"grade": "A", "mine": "yes", "role": "Sales rep", "active": "no", "files": "a.csv"}
