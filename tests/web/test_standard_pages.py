"""标准 through a browser's client: from draft to run, every fault shown, the effect right, nobody approving their own."""

from __future__ import annotations

import datetime as dt
import html
import re
from pathlib import Path
from typing import Protocol

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from keceng.classify import DecisionKind, read_decisions, read_summary
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.states import JobState
from keceng.desk.jobs.working import carry_out_next
from keceng.desk.people.models import User
from keceng.desk.runs.running import carry_out, request_run
from keceng.desk.signature import Signature
from keceng.desk.standards.actions import create_draft
from keceng.desk.standards.effects import lay_side_by_side
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.reading import put_in_words
from keceng.desk.standards.simulation import simulate_revision
from keceng.desk.standards.thresholds import list_thresholds, set_thresholds
from keceng.desk.standards.trials import read_trial, try_on_the_past
from keceng.loop import Workspace
from keceng.standard import find_standard, list_templates, template_text
from tests.desk.cast import CUSTOMERS as HEADS
from tests.desk.cast import MARCH, PLAIN
from tests.ledgers import Day, Ledger
from tests.web.conftest import USER_OF_ROLE, SignIn
from tests.web.test_pages import CJK, FROM_THE_BOOKS


class Answer(Protocol):
    """What the test client gives back."""

    status_code: int

    @property
    def content(self) -> bytes: ...


HIGHER = PLAIN.replace("1000", "5000")
MEI_WRITES = ("mei", "cai", "dong", "fang")


def draft(name: str = "mei", text: str = HIGHER) -> StandardRevision:
    return create_draft(text.encode(), signed=Signature(User.objects.get(username=name), timezone.now()))


def plain(told: Answer) -> str:
    text = re.sub(r"<script.*?</script>|<[^>]+>", " ", told.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(text))


def take(client: Client, row: StandardRevision, step: str, **posted: str) -> Answer:
    return client.post(f"/standards/{row.pk}/step/", {"step": step, **posted})


def seen_on(client: Client, row: StandardRevision) -> str:
    told = client.get(f"/standards/{row.pk}/impact/").content.decode()
    found = re.search(r'name="seen" value="(\w*)"', told)
    assert found is not None
    return found[1]


def test_a_standard_goes_from_a_template_to_a_run(served: Workspace, sign_in: SignIn) -> None:
    mei, dong = sign_in("mei"), sign_in("dong")
    upload = SimpleUploadedFile("plain.yaml", HIGHER.encode())
    told = mei.post("/standards/import/", {"file": upload})
    row = StandardRevision.objects.get()
    assert told["Location"] == f"/standards/{row.pk}/"
    assert "销售额 ≥ ¥5,000" in plain(mei.get(f"/standards/{row.pk}/"))
    assert take(mei, row, "submit").status_code == 302
    simulated = simulate_revision(row, served.lake)
    assert simulated["moved"] == 4
    approved = take(dong, row, "approve", seen=seen_on(dong, row), why="看过影响")
    assert approved.status_code == 302
    row.refresh_from_db()
    assert row.impact == simulated
    assert row.moves_hash == simulated["moves_hash"]
    today = timezone.localdate()
    assert take(dong, row, "publish", day=today.isoformat()).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.effective_from) == ("in_force", today)
    told_lake = read_decisions(served.lake.snapshot())[-1]
    assert (told_lake.kind, told_lake.payload["moves_hash"]) == (DecisionKind.PUBLICATION, row.moves_hash)
    signed = Signature(User.objects.get(username="mei"), timezone.now())
    asked = request_run(row.pk, signed=signed, as_of=MARCH)
    done = carry_out(asked.pk, served, clock=timezone.now)
    assert done.problems == []
    summary = read_summary(served.lake.snapshot().run_directory(done.run_id))
    assert summary.standard.hash == row.standard_hash
    assert done.moves_hash == row.moves_hash, "what was approved is what happened"
    events = plain(dong.get(f"/standards/{row.pk}/history/"))
    assert all(step in events for step in ("导入", "提交审核", "批准", "发布"))


def test_a_template_becomes_a_draft_under_an_id_of_its_own(sign_in: SignIn) -> None:
    told = sign_in("mei").post("/standards/new/", {"start": "retail", "standard_id": "our-shop"})
    assert told.status_code == 302
    row = StandardRevision.objects.get()
    assert (row.standard_id, row.status) == ("our-shop", "draft")
    assert row.standard_hash
    again = sign_in("mei").post("/standards/new/", {"start": "retail", "standard_id": "Our Shop!"})
    assert again.status_code == 400
    assert "编号只用" in plain(again)


def test_the_ruler_of_the_current_result_can_be_taken_over(sign_in: SignIn) -> None:
    client = sign_in("mei")
    assert "还没有登记标准" in plain(client.get("/standards/"))
    client.post("/standards/new/", {"start": "@published"})
    row = StandardRevision.objects.get()
    assert (row.standard_id, bool(row.standard_hash)) == ("plain", True)
    assert "简明标准" in plain(client.get("/standards/"))


def test_wrong_yaml_shows_every_fault_at_its_line_in_one_pass(sign_in: SignIn) -> None:
    faulty = PLAIN.replace("measure: spend", "measure: spnd").replace("window: 60d", "window: sixty")
    row, client = draft(), sign_in("mei")
    told = client.post(f"/standards/{row.pk}/yaml/", {"document": faulty, "do": "check"})
    page = plain(told)
    lines = faulty.splitlines()
    for wrong in ("window: sixty", "measure: spnd"):
        line = next(number for number, text in enumerate(lines, start=1) if wrong in text)
        assert f"第 {line} 行" in page, wrong
        assert wrong in page
    assert "2 处要改" in page
    row.refresh_from_db()
    assert row.yaml_text == HIGHER, "a check saves nothing"
    posted = {"document": faulty, "do": "save", "based_on": row.document_hash}
    assert client.post(f"/standards/{row.pk}/yaml/", posted).status_code == 302
    row.refresh_from_db()
    assert (row.yaml_text, row.standard_hash) == (faulty, "")
    assert "2 处要改" in plain(client.get(f"/standards/{row.pk}/yaml/"))
    refused = take(client, row, "submit")
    assert refused.status_code == 400
    broken = client.post(f"/standards/{row.pk}/yaml/", {"document": "a: [1", "do": "check"})
    assert "第 1 行 a: [1" in plain(broken)
    assert StandardRevision.objects.count() == 1


def test_a_browser_s_line_ends_do_not_change_the_document(sign_in: SignIn) -> None:
    row = draft()
    posted = {
        "document": HIGHER.replace("\n", "\r\n"),
        "do": "save",
        "based_on": row.document_hash,
    }
    sign_in("mei").post(f"/standards/{row.pk}/yaml/", posted)
    assert StandardRevision.objects.get().yaml_text == HIGHER


def test_the_live_effect_counts_the_heads_that_the_simulation_counts(
    served: Workspace, sign_in: SignIn
) -> None:
    row, client = draft(text=PLAIN), sign_in("mei")
    fields = re.findall(
        r'name="(t:[^"]+)" value="([^"]+)"', client.get(f"/standards/{row.pk}/numbers/").content.decode()
    )
    posted = dict(fields)
    assert posted["t:grade.classes.A.from"] == "1000"
    told = client.post(f"/standards/{row.pk}/effect/", {**posted, "t:grade.classes.A.from": "5000"})
    assert "<html" not in told.content.decode()
    page = plain(told)
    expected = simulate_revision(draft("dong", HIGHER), served.lake)
    assert page.startswith(f" {expected['moved']} 家换等级")
    classes = expected["classes"]
    assert isinstance(classes, dict)
    for class_id, size in classes["after"].items():
        before = classes["before"][class_id]["customers"]
        assert f"{class_id} {before} {size['customers']} " in page.replace("未分级", "(unclassified)")
    assert sum(size["customers"] for size in classes["after"].values()) == HEADS
    row.refresh_from_db()
    assert row.yaml_text == PLAIN, "nothing is saved"
    wrong = client.post(f"/standards/{row.pk}/effect/", {**posted, "t:grade.classes.A.from": "many"})
    assert "不是数字" in plain(wrong)
    disordered = client.post(f"/standards/{row.pk}/effect/", {**posted, "t:grade.classes.A.from": "1"})
    assert "第12行: 要比上一类小" in plain(disordered)


def test_a_class_has_the_share_that_the_overview_tells() -> None:
    # A quarter of all sales is of customers who are not graded; the overview knows the graded alone.
    sizes = {"A": (1, 0.6), "(unclassified)": (1, 0.25), "B": (2, 0.15)}
    shares = {c.class_id: (c.share_before, c.share_after) for c in lay_side_by_side({"A": (3, 1.0)}, sizes)}
    assert shares == {
        "A": (1.0, pytest.approx(0.8)),
        "(unclassified)": (None, None),
        "B": (0.0, pytest.approx(0.2)),
    }


def test_saving_a_number_changes_that_number_alone(sign_in: SignIn) -> None:
    row, client = draft(text="# ours\n" + HIGHER), sign_in("mei")
    posted = {"t:grade.classes.A.from": "1500", "do": "save", "based_on": row.document_hash}
    assert client.post(f"/standards/{row.pk}/numbers/", posted).status_code == 302
    row.refresh_from_db()
    assert row.yaml_text == "# ours\n" + HIGHER.replace("from: 5000", "from: 1500")
    late = client.post(f"/standards/{row.pk}/numbers/", {**posted, "t:grade.classes.A.from": "9"})
    assert late.status_code == 400
    assert "刚刚被别人改过" in plain(late)


def test_without_a_script_the_form_shows_the_effect_on_its_own_page(sign_in: SignIn) -> None:
    row = draft(text=PLAIN)
    told = sign_in("mei").post(
        f"/standards/{row.pk}/numbers/", {"t:grade.classes.A.from": "5000", "do": "try"}
    )
    assert "4 家换等级" in plain(told)
    assert 'value="5000"' in told.content.decode()


def test_nobody_approves_what_they_wrote(sign_in: SignIn) -> None:
    row, dong = draft("dong"), sign_in("dong")
    take(dong, row, "submit")
    refused = take(dong, row, "approve", seen=seen_on(dong, row))
    assert refused.status_code == 400
    assert "不能批准自己编写的标准" in plain(refused)
    row.refresh_from_db()
    assert row.status == "in_review"
    fang = sign_in("fang")
    assert take(fang, row, "approve", seen=seen_on(fang, row)).status_code == 302


def test_an_approval_is_of_the_sheet_that_was_seen(sign_in: SignIn) -> None:
    row, dong = draft(), sign_in("dong")
    take(sign_in("mei"), row, "submit")
    refused = take(dong, row, "approve", seen="another")
    assert refused.status_code == 400
    assert "影响单变了" in plain(refused)
    row.refresh_from_db()
    assert row.approver is None


def test_sending_back_needs_a_reason_and_gives_the_draft_back(sign_in: SignIn) -> None:
    row, dong = draft(), sign_in("dong")
    take(sign_in("mei"), row, "submit")
    assert "须写明理由" in plain(take(dong, row, "send_back"))
    assert take(dong, row, "send_back", why="门槛太高").status_code == 302
    row.refresh_from_db()
    assert row.status == "draft"
    assert "门槛太高" in plain(dong.get(f"/standards/{row.pk}/history/"))


def test_the_sheet_names_key_accounts_owners_and_reasons(sign_in: SignIn) -> None:
    row = draft()
    page = plain(sign_in("dong").get(f"/standards/{row.pk}/impact/"))
    assert "4 家换等级" in page
    assert "进出最好一级（4 家）" in page
    assert "客户1 " in page
    assert "王组" in page
    assert "客户18" not in page, "a person's name stays out"


def test_two_revisions_differ_in_words(sign_in: SignIn) -> None:
    first, client = draft(text=PLAIN), sign_in("mei")
    second = draft(text=HIGHER)
    page = plain(client.get(f"/standards/{second.pk}/history/?against={first.pk}"))
    assert "¥1,000 提到 ¥5,000（更严）" in page
    assert "只有一个修订版" not in page


def test_the_file_that_goes_out_is_the_file_that_came_in(sign_in: SignIn) -> None:
    document = (
        b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").replace("id: plain", "id: ours\r\nrevision: 3").encode()
    )
    client = sign_in("mei")
    client.post("/standards/import/", {"file": SimpleUploadedFile("x.yaml", document)})
    told = client.get(f"/standards/{StandardRevision.objects.get().pk}/export/")
    assert told.content == document
    assert told["Content-Disposition"] == 'attachment; filename="ours-r3.yaml"'


@pytest.mark.slow
def test_the_history_test_is_a_job_that_the_page_follows_to_its_result(
    sign_in: SignIn, tmp_path: Path
) -> None:
    row, client = draft(text=PLAIN), sign_in("mei")
    at = f"/standards/{row.pk}/trial/"
    assert "95% 区间" not in plain(client.get(at))
    assert client.post(at, {"cuts": "1", "horizon": "30"}).status_code == 302
    assert client.post(at, {"cuts": "1", "horizon": "30"}).status_code == 302
    assert Job.objects.count() == 1, "one that is under way is not asked for again"
    waiting = client.get(at, headers={"hx-request": "true"})
    assert "<html" not in waiting.content.decode()
    assert "排队中" in plain(waiting)
    years = [dt.date(2025, 1, 5) + dt.timedelta(days=30 * month) for month in range(16)]
    spent = {1: 200_000, 2: 150_000, 3: 20_000, 4: 15_000, 5: 500}
    days = [Day(key, day, cents) for key, cents in spent.items() for day in years]
    longer = Workspace(tmp_path, Ledger(days).write(tmp_path / "longer"))
    done = carry_out_next(longer, owner="test", clock=timezone.now)
    assert done is not None
    assert done.stands is JobState.DONE, done.problems
    trial = try_on_the_past(row, longer.lake, cuts=1, horizon_days=30)
    assert read_trial(done.result) == trial
    assert {c.class_id: c.heads for c in trial.classes} == {"A": 2, "B": 2, "C": 1}
    page = plain(client.get(at))
    assert "A 2 ¥1,750 " in page
    assert "各级高低与其后的收入一致：A ≈ B ≈ C" in page


def test_a_history_test_without_enough_past_says_so(served: Workspace, sign_in: SignIn) -> None:
    row, client = draft(text=PLAIN), sign_in("mei")
    client.post(f"/standards/{row.pk}/trial/", {"cuts": "4", "horizon": "365"})
    done = carry_out_next(served, owner="test", clock=timezone.now)
    assert done is not None
    assert done.stands is JobState.FAILED
    page = plain(client.get(f"/standards/{row.pk}/trial/"))
    assert "没有成功" in page
    assert "数据里可用的季末切分日有 0 个" in page


@pytest.mark.parametrize("person", sorted(USER_OF_ROLE.values()))
def test_every_role_reads_standards_and_only_writers_weigh_them(person: str, sign_in: SignIn) -> None:
    row, client = draft(), sign_in(person)
    at = f"/standards/{row.pk}/"
    for page in ("/standards/", at, f"{at}yaml/", f"{at}history/", f"{at}export/", "/strategy/"):
        assert client.get(page).status_code == 200, page
    writes = person in MEI_WRITES
    for page in ("numbers/", "impact/", "trial/"):
        assert client.get(at + page).status_code == (200 if writes else 403), page
    posts = {
        f"{at}numbers/": {"t:grade.classes.A.from": "7000"},
        f"{at}effect/": {},
        f"{at}yaml/": {"document": PLAIN},
    }
    for page, posted in posts.items():
        assert client.post(page, posted).status_code == (200 if writes else 403), page
    if not writes:
        for page, posted in {
            "/standards/new/": {"start": "retail"},
            "/standards/import/": {},
            f"{at}trial/": {"cuts": "1"},
            f"{at}step/": {"step": "submit"},
        }.items():
            assert client.post(page, posted).status_code == 403, page
        assert "客户1 " not in plain(client.get(at))
    assert StandardRevision.objects.count() == 1
    for page in ("", "numbers/", "impact/", "history/", "yaml/", "export/", "trial/"):
        assert client.get(f"/standards/999999/{page}").status_code == 404


@pytest.mark.parametrize("page", ["", "numbers/", "impact/", "history/", "trial/"])
def test_every_page_of_a_revision_is_strict_and_speaks_english(page: str, sign_in: SignIn) -> None:
    draft(text=PLAIN)
    row, client = draft(), sign_in("dong")
    client.cookies["django_language"] = "en"
    told = client.get(f"/standards/{row.pk}/{page}")
    assert "unsafe" not in told["Content-Security-Policy"]
    assert not re.search(r"\sstyle=|<style|\son\w+=|hx-on|javascript:", told.content.decode())
    said = FROM_THE_BOOKS.sub("", plain(told))
    assert CJK.findall(said) == []


def test_a_condition_is_read_as_a_list_of_demands() -> None:
    words = put_in_words(find_standard("retail"))
    best = words.grade.classes[0]
    assert [d.told.en if d.told else len(d.any_of) for d in best.demands] == ["Value is High value", 2, 2]
    assert [c.rule.en if c.rule else "" for c in words.grade.classes][-1] == "everyone else"
    value = next(d for d in words.dimensions if d.dimension_id == "value")
    assert value.classes[0].rule is not None
    assert "前 80%" in value.classes[0].rule.zh


@pytest.mark.parametrize("template", list_templates())
def test_every_number_of_a_template_stands_where_its_threshold_says(template: str) -> None:
    text, standard = template_text(template), find_standard(template)
    found = list_thresholds(text, standard)
    assert found
    assert all(text[t.start : t.end] == t.text for t in found)
    assert len({t.key for t in found}) == len(found)
    assert set_thresholds(text, standard, {t.key: t.text for t in found}) == text
    first = found[0]
    changed = set_thresholds(text, standard, {first.key: "987"})
    assert (len(changed) - len(text), changed[first.start : first.start + 3]) == (3 - len(first.text), "987")
