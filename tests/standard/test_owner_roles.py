"""The role that looks after a cell: written in its strategy, inherited from its class, checked, printed, compared."""

from __future__ import annotations

import pytest

from keceng.desk.people.duties import Role
from keceng.measure import catalogue
from keceng.standard import (
    OWNER_ROLES,
    Standard,
    diff_standards,
    dump_standard,
    load_standard,
    ruler_hash,
    template_text,
)
from keceng.vocabulary import KecengError

LINE = "rhythm: 14d, service: priority}"


def with_owner(role: str) -> Standard:
    """The shipped retail standard with a role for A."""
    text = template_text("retail")
    assert LINE in text
    return load_standard(text.replace(LINE, LINE.replace("}", f", owner: {role}}}"), 1), catalogue())


def test_a_cell_has_its_own_role_else_its_class_s_else_none() -> None:
    standard = with_owner("account_manager")
    assert standard.owner_role_for("A") == "account_manager"
    assert standard.owner_role_for("A", "at_risk") == "account_manager"
    assert standard.owner_role_for("A", "active") == "account_manager"
    assert standard.owner_role_for("B") is None
    assert standard.owner_role_for("Z") is None


def test_it_is_printed_and_reads_back_and_decides_no_grade() -> None:
    standard, plain = with_owner("customer_service"), load_standard(template_text("retail"), catalogue())
    assert load_standard(dump_standard(standard), catalogue()) == standard
    assert "owner: customer_service" in dump_standard(standard)
    assert ruler_hash(standard) == ruler_hash(plain)


def test_a_change_of_it_is_told() -> None:
    plain = load_standard(template_text("retail"), catalogue())
    changes = [(c.path, c.words.en) for c in diff_standards(plain, with_owner("account_manager"))]
    assert len(changes) == 1
    assert changes[0][0] == "strategy.A.owner"
    assert "Account manager" in changes[0][1]


def test_a_role_that_nobody_can_have_is_refused_at_its_place() -> None:
    with pytest.raises(KecengError) as caught:
        with_owner("account-manager")
    problem = caught.value.problems[0]
    assert problem.place.path == "strategy.A.owner"
    assert problem.remedy is not None
    assert "account_manager" in problem.remedy.en


def test_every_role_that_a_strategy_may_name_is_one_of_the_desk() -> None:
    assert {code: Role(code).title for code in OWNER_ROLES} == dict(OWNER_ROLES)
