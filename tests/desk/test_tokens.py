"""Access tokens: issued with an end, recognised by their hash, revoked; wrong ones are counted."""

from __future__ import annotations

import datetime as dt

import pytest

from keceng.desk.audit.models import AuditRow
from keceng.desk.people.models import User
from keceng.desk.people.queries import find_user
from keceng.desk.signature import Signature
from keceng.desk.tokens.actions import LONGEST_DAYS, MOST_TOKENS, issue_token, revoke_token
from keceng.desk.tokens.guesses import MOST_GUESSES, PAUSE
from keceng.desk.tokens.models import GuessCount, Token
from keceng.desk.tokens.queries import list_all_tokens, list_own_tokens, recognise
from keceng.vocabulary import KecengError
from tests.desk.cast import NOW
from tests.desk.test_reviews import code_of

HERE, THERE = "192.0.2.1", "192.0.2.2"


def signed(name: str = "mei", at: dt.datetime = NOW) -> Signature:
    return Signature(find_user(name), at)


def issue(name: str = "mei", days: int = 90) -> tuple[Token, str]:
    return issue_token("nightly figures", ["customers:read"], days=days, signed=signed(name))


def refusal(secret: str, at: dt.datetime = NOW, address: str = HERE) -> str:
    with pytest.raises(KecengError) as error:
        recognise(secret, address=address, at=at)
    return code_of(error)


def test_a_token_is_recognised_and_its_secret_is_kept_nowhere() -> None:
    token, secret = issue()
    assert secret.startswith(token.prefix)
    assert len(secret) > 50
    assert recognise(secret, address=HERE, at=NOW).pk == token.pk
    told = str([*Token.objects.values(), *AuditRow.objects.values()])
    assert secret not in told
    assert secret.removeprefix(token.prefix) not in told
    row = AuditRow.objects.get(action="token.issued")
    assert (row.by, row.about_id, row.new["scopes"]) == ("mei", token.prefix, ["customers:read"])


def test_it_ends_by_itself_by_its_owner_and_by_an_administrator() -> None:
    token, secret = issue(days=2)
    assert refusal(secret, NOW + dt.timedelta(days=2)) == "bad_token"
    recognise(secret, address=HERE, at=NOW + dt.timedelta(days=2, seconds=-1))
    with pytest.raises(KecengError) as error:
        revoke_token(token.pk, signed=signed("dong"))
    assert code_of(error) == "unknown_token", "another's looks like none"
    revoke_token(token.pk, signed=signed("root"))
    revoke_token(token.pk, signed=signed("mei"))
    assert refusal(secret) == "bad_token"
    assert [row.by for row in AuditRow.objects.filter(action="token.revoked")] == ["root"]
    mine, own = issue()
    revoke_token(mine.pk, signed=signed("mei"))
    assert refusal(own) == "bad_token"


def test_whoever_leaves_takes_their_tokens_along() -> None:
    _, secret = issue()
    User.objects.filter(username="mei").update(is_active=False)
    assert refusal(secret) == "bad_token"


@pytest.mark.parametrize(
    ("name", "scopes", "days", "code"),
    [
        ("  ", ["customers:read"], 90, "bad_token_name"),
        ("x" * 81, ["customers:read"], 90, "bad_token_name"),
        ("x", [], 90, "no_scopes"),
        ("x", ["customers:read", "everything"], 90, "unknown_scope"),
        ("x", ["customers:read"], 0, "bad_token_life"),
        ("x", ["customers:read"], LONGEST_DAYS + 1, "bad_token_life"),
    ],
)
def test_a_token_without_purpose_scope_or_end_is_not_issued(
    name: str, scopes: list[str], days: int, code: str
) -> None:
    with pytest.raises(KecengError) as error:
        issue_token(name, scopes, days=days, signed=signed())
    assert code_of(error) == code
    assert not Token.objects.exists()


def test_nobody_has_more_living_tokens_than_they_can_look_after() -> None:
    for _ in range(MOST_TOKENS):
        issue()
    with pytest.raises(KecengError) as error:
        issue()
    assert code_of(error) == "too_many_tokens"
    revoke_token(list_own_tokens(find_user("mei"))[0].pk, signed=signed())
    issue()


def test_everybody_lists_their_own_and_an_administrator_all() -> None:
    issue("mei")
    issue("dong")
    assert {token.user.username for token in list_own_tokens(find_user("mei"))} == {"mei"}
    assert {token.user.username for token in list_all_tokens(find_user("root"))} == {"mei", "dong"}
    with pytest.raises(KecengError) as error:
        list_all_tokens(find_user("mei"))
    assert code_of(error) == "not_permitted"


def test_wrong_secrets_close_an_address_for_a_while_and_no_other() -> None:
    token, secret = issue()
    guesses = [token.prefix + "_" + "x" * 43, "kc_0000000000_" + "y" * 43, "nonsense", ""]
    for number in range(MOST_GUESSES):
        assert refusal(guesses[number % len(guesses)]) == "bad_token"
    assert refusal(secret) == "too_many_guesses", "not even a right one is looked at"
    assert recognise(secret, address=THERE, at=NOW).pk == token.pk
    assert refusal(secret, NOW + PAUSE - dt.timedelta(seconds=1)) == "too_many_guesses"
    assert recognise(secret, address=HERE, at=NOW + PAUSE).pk == token.pk
    assert HERE not in str(list(GuessCount.objects.values())), "an address is kept as a keyed hash alone"


def test_a_token_that_is_over_is_no_guess() -> None:
    _, secret = issue(days=1)
    for _ in range(MOST_GUESSES + 1):
        assert refusal(secret, NOW + dt.timedelta(days=3)) == "bad_token"
    assert not GuessCount.objects.exists()


def test_its_last_use_is_known_to_the_minute() -> None:
    token, secret = issue()
    for seconds in (0, 59, 61):
        recognise(secret, address=HERE, at=NOW + dt.timedelta(seconds=seconds))
    token.refresh_from_db()
    assert token.last_used_at == NOW + dt.timedelta(seconds=61)
