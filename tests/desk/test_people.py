"""Users, their roles, and what may be done with them."""

from __future__ import annotations

import pytest

from keceng.desk.database import read_database_url
from keceng.desk.people.actions import create_first_administrator, create_user, grant_role, revoke_role
from keceng.desk.people.duties import HOLDERS, Duty, Role
from keceng.desk.people.models import RoleGrant, User
from keceng.desk.people.queries import find_user, may, roles_of
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError
from tests.desk.cast import NOW
from tests.desk.test_reviews import code_of


def root() -> Signature:
    return Signature(find_user("root"), NOW)


def test_every_duty_has_holders_and_words_in_both_languages() -> None:
    assert set(HOLDERS) == set(Duty)
    assert all(HOLDERS.values())
    for text in [d.wording for d in Duty] + [r.title for r in Role]:
        assert any("一" <= c <= "鿿" for c in text.zh)
        assert text.en
        assert not any("一" <= c <= "鿿" for c in text.en)


def test_a_role_given_can_be_taken_back_and_both_stay_written() -> None:
    user = create_user("xin", signed=root(), display_name="小新")
    assert not roles_of(user)
    grant_role(user, Role.DATA_ANALYST, signed=root())
    grant_role(user, Role.DATA_ANALYST, signed=root())
    assert may(user, Duty.WRITE_STANDARDS)
    revoke_role(user, Role.DATA_ANALYST, signed=root())
    assert not may(user, Duty.WRITE_STANDARDS)
    grant = RoleGrant.objects.get(user=user)
    assert (grant.granted_by.username if grant.granted_by else "", grant.revoked_at) == ("root", NOW)


def test_somebody_who_left_may_nothing() -> None:
    user = find_user("dong")
    assert may(user, Duty.APPROVE_STANDARDS)
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.refresh_from_db()
    assert not may(user, Duty.APPROVE_STANDARDS)


def test_only_an_administrator_lets_people_in_and_one_remains() -> None:
    with pytest.raises(KecengError) as error:
        create_user("xin", signed=Signature(find_user("dong"), NOW))
    assert code_of(error) == "not_permitted"
    with pytest.raises(KecengError) as error:
        revoke_role(find_user("root"), Role.ADMINISTRATOR, signed=root())
    assert code_of(error) == "last_administrator"
    with pytest.raises(KecengError) as error:
        create_first_administrator("eve", "whatever it is", at=NOW)
    assert code_of(error) == "users_exist"
    with pytest.raises(KecengError) as error:
        create_user("mei", signed=root())
    assert code_of(error) == "user_exists"


def test_one_url_names_the_database() -> None:
    found = read_database_url("postgresql://desk:p%40ss@db.example:5433/keceng")
    assert (found["ENGINE"], found["NAME"]) == ("django.db.backends.postgresql", "keceng")
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == (
        "desk",
        "p@ss",
        "db.example",
        "5433",
    )
    assert read_database_url("sqlite:///some/desk.sqlite3")["NAME"] == "some/desk.sqlite3"
    with pytest.raises(KecengError) as error:
        read_database_url("mysql://desk:secret@db/keceng")
    assert "secret" not in str(error.value)
