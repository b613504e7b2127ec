"""What programs do over the API is what people do on the screens: a month of work, told from both sides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keceng.desk.audit.models import AuditRow
from keceng.desk.runs.states import ReviewState
from keceng.loop import Workspace
from tests.api.conftest import ActsFor
from tests.desk.cast import PLAIN

pytestmark = pytest.mark.slow
SHARPER = PLAIN.replace("from: 1000,", "from: 3000,").replace("id: plain", "id: sharper")


def done(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content.decode()
    return json.loads(answer.content)


def test_a_standard_is_written_weighed_approved_by_another_and_in_force(acts_for: ActsFor) -> None:
    mei, dong = acts_for("mei"), acts_for("dong")
    assert not done(mei.post("/standards/validate", {"document": "keceng: 1\nid: x"}))["is_valid"]
    assert done(mei.post("/standards/validate", {"document": SHARPER}))["is_valid"]
    row = done(mei.post("/standards/import", {"document": SHARPER}), 201)
    at = f"/standards/{row['id']}"
    assert mei.ask("get", f"{at}/yaml").content.decode() == SHARPER
    key = next(t["key"] for t in mei.get(f"{at}/thresholds")["items"] if t["text"] == "3000")
    effect = done(mei.post(f"{at}/effect", {"thresholds": {key: "3500"}}))
    assert (effect["is_known"], effect["down"] > 0) == (True, True)
    stale = mei.ask("put", f"{at}/yaml", {"document": SHARPER, "based_on": "old"})
    assert (stale.status_code, json.loads(stale.content)["code"]) == (409, "changed_meanwhile")
    done(mei.post(f"{at}/submit", {"why": "sharper"}))
    impact = dong.get(f"{at}/impact")
    unseen = dong.post(f"{at}/approve", {"seen": "something else"})
    assert (unseen.status_code, json.loads(unseen.content)["code"]) == (409, "impact_outdated")
    assert mei.post(f"{at}/approve", {"seen": impact["moves_hash"]}).status_code == 403
    approved = done(dong.post(f"{at}/approve", {"seen": impact["moves_hash"], "why": "agreed"}))
    assert (approved["status"], approved["approver"]) == ("approved", "dong")
    in_force = done(dong.post(f"{at}/publish", {"day": "2099-01-01"}))
    assert in_force["effective_from"] == "2099-01-01"
    steps = [event["step"] for event in mei.get(f"{at}/history")["items"]]
    assert steps == ["publish", "approve", "submit", "import"]


def test_a_review_is_decided_closed_by_another_and_written_down(acts_for: ActsFor) -> None:
    dong, fang = acts_for("dong"), acts_for("fang")
    review = done(dong.post("/reviews", {"due_on": "2099-01-01"}), 201)
    at = f"/reviews/{review['id']}"
    items = dong.get(f"{at}/items?pile=down")["items"]
    assert {item["customer_key"] for item in items} == {"12", "13", "14"}
    first = f"{at}/items/{items[0]['id']}/verdict"
    unsaid = dong.post(first, {"verdict": "adjust", "class_id": "B", "why": "a loyal one"})
    assert json.loads(unsaid.content)["code"] == "bad_date"
    told = done(
        dong.post(first, {"verdict": "adjust", "class_id": "B", "why": "loyal", "expires_on": "2026-09-30"})
    )
    assert (told["verdict"], told["class_id"], told["decided_by"]) == ("adjust", "B", "dong")
    early = fang.post(f"{at}/close", {})
    assert (early.status_code, json.loads(early.content)["code"]) == (409, "undecided_items")
    assert done(dong.post(f"{at}/rest", {}))["decided"] == review["items"] - 1
    assert dong.post(f"{at}/close", {}).status_code == 403, "nobody approves what they decided"
    assert done(fang.post(f"{at}/close", {}))["state"] == ReviewState.CLOSED.value
    minutes = fang.ask("get", f"{at}/minutes/xlsx")
    assert minutes.content.startswith(b"PK")
    assert "attachment" in minutes["Content-Disposition"]


def test_a_class_asked_for_by_a_rep_is_given_by_a_director(acts_for: ActsFor) -> None:
    rui, dong = acts_for("rui"), acts_for("dong")
    wanted = {"class_id": "A", "expires_on": "2026-12-31", "why": "it grows"}
    asked = done(rui.post("/customers/5/class-requests", wanted), 201)
    (waiting,) = dong.get("/waiting")["items"]
    assert (waiting["id"], waiting["asked_by"], waiting["can_answer"]) == (asked["id"], "rui", True)
    other = dong.post(f"/customers/7/class-requests/{asked['id']}/answer", {"answer": "approve"})
    assert other.status_code == 404, "the address names the customer it is about"
    done(dong.post(f"/customers/5/class-requests/{asked['id']}/answer", {"answer": "approve"}))
    (told,) = rui.get("/customers/5/asks")["asked"]
    assert (told["is_open"], told["answered_by"]) == (False, "dong")


def test_groups_narrow_lists_and_customers_change_hands(acts_for: ActsFor, served: Workspace) -> None:
    dong = acts_for("dong")
    group = done(dong.post("/groups", {"name": "best", "condition": "grade = 'A'"}), 201)
    assert group["count"] == {"met": 4, "unknown": 0}
    listed = dong.get(f"/customers?group={group['id']}")["items"]
    assert {line["grade"] for line in listed} == {"A"}
    assert (
        acts_for("rui")
        .ask("put", f"/groups/{group['id']}", {"name": "x", "condition": "spend > 1"})
        .status_code
        == 404
    )
    order = {
        "receiver": "王组",
        "asked": {"group": group["id"]},
        "expected": 4,
        "why": "one hand for the best",
    }
    wrong = dong.post("/hand-overs", {**order, "expected": 5})
    assert (wrong.status_code, json.loads(wrong.content)["code"]) == (409, "list_changed")
    made = done(dong.post("/hand-overs", order, key="h"), 201)
    assert done(dong.post("/hand-overs", order, key="h"), 201) == made
    owners = {line["owner"] for line in dong.get(f"/customers?group={group['id']}")["items"]}
    assert owners == {"王组"}
    done(dong.post(f"/hand-overs/{made['id']}/undo", {}))
    owners = {line["owner"] for line in dong.get(f"/customers?group={group['id']}")["items"]}
    assert owners == {"王组", "李组"}


def test_persons_are_seen_in_full_by_a_recorded_look_alone(acts_for: ActsFor) -> None:
    rui = acts_for("rui")
    assert rui.get("/customers?q=C00003")["items"][0]["shown_name"]
    for _ in range(2):
        answer = rui.ask("post", "/customers/3/persons", headers={"idempotency-key": "look"})
        assert answer.status_code == 200
        assert "Idempotency-Replayed" not in answer, "a look is never answered from what was kept"
    assert AuditRow.objects.filter(action="person.revealed").count() == 2
