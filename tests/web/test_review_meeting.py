"""A review meeting, appeals and classes by hand as people do them in a browser, down to the lake and the next run's grade."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import docx
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client

from keceng.classify import CUSTOMERS_FILE, DecisionKind, read_decisions
from keceng.collect import BATCHES, ORDER_LINES
from keceng.desk.directory.actions import follow_published_run
from keceng.desk.outbox.models import OutboxRow
from keceng.desk.runs.models import Appeal, ClassRequest, Review, ReviewItem
from keceng.loop import Workspace
from keceng.measure import catalogue
from keceng.standard import load_standard
from tests.desk.cast import APRIL, FALLEN, FALLING, FALLING_TOO, MARCH, NOW, PLAIN, RISING
from tests.web.conftest import SignIn
from tests.web.test_pages import CJK, FROM_THE_BOOKS

TODAY = dt.datetime.now(dt.UTC).date()
TERM = "2026-09-30"
OWN, OTHERS = 5, 6
PART = {"hx-request": "true"}


def opened(director: Client) -> Review:
    # A day before today is refused, and midnight may come between this line and the next; what is due already stays so.
    told = director.post("/reviews/", {"due_on": (TODAY + dt.timedelta(days=2)).isoformat()})
    assert told.status_code == 302
    Review.objects.update(due_on=TODAY)
    return Review.objects.get()


def item_of(key: int, kind: str = "move") -> ReviewItem:
    return ReviewItem.objects.get(customer_key=key, kind=kind)


def decide(client: Client, key: int, verdict: str, kind: str = "move", **sent: str) -> Any:
    item = item_of(key, kind)
    address = f"/reviews/{item.review_id}/items/{item.pk}/"
    return client.post(address, {"verdict": verdict, **sent}, headers=PART)


def next_grades(workspace: Workspace) -> dict[int, dict[str, Any]]:
    summary = workspace.classify(load_standard(PLAIN, catalogue()), APRIL)
    path = workspace.lake.snapshot().run_directory(summary.run_id) / CUSTOMERS_FILE
    columns = ["customer_key", "grade", "grade_by_system", "decision_id"]
    return {row["customer_key"]: row for row in pq.read_table(path, columns=columns).to_pylist()}


def words(content: bytes) -> str:
    return re.sub(r"(?:<[^>]+>|\s)+", " ", content.decode())


def test_a_meeting_of_two_ends_in_the_lake_and_in_the_next_runs_grades(
    served: Workspace, sign_in: SignIn
) -> None:
    director, marketer, rep = sign_in("dong"), sign_in("mei"), sign_in("rui")
    told = rep.post(f"/customers/{OWN}/ask/", {"kind": "appeal", "why": "今年有大单"})
    assert told.status_code == 302
    review = opened(director)
    page = words(director.get(f"/reviews/{review.pk}/").content)
    assert "今年有大单" in page
    assert "5 项未决的按系统值" in page, "said before it is closed"
    assert decide(marketer, RISING, "agree").status_code == 200
    assert (
        decide(marketer, FALLING, "adjust", class_id="B", expires_on=TERM, why="下月到货").status_code == 200
    )
    assert decide(marketer, FALLING_TOO, "postpone", why="等一个月").status_code == 200
    assert decide(marketer, OWN, "agree", "appeal", why="金额未到").status_code == 200
    assert item_of(FALLEN).verdict == ""
    told = director.post(f"/reviews/{review.pk}/close/", {"next_review_on": "2026-04-30"})
    assert told.status_code == 302, words(told.content)
    decisions = {(d.customer_key, d.kind): d for d in read_decisions(served.lake.snapshot())}
    given = decisions[FALLING, DecisionKind.OVERRIDE]
    assert (given.class_id, given.decided_by, given.approved_by) == ("B", "mei", "dong")
    assert (OWN, DecisionKind.APPEAL_ANSWER) in decisions
    page = words(director.get(f"/reviews/{review.pk}/").content)
    assert page.count("已入账，下一次分级生效") == 4, "each in its row, and both classes by hand in one line"
    assert "人工定级 2 项 · 已入账" in page
    assert (
        len(re.findall("data-item ", director.get(f"/reviews/{review.pk}/?verdict=adjust").content.decode()))
        == 1
    )
    grades = next_grades(served)
    shown = {key: grades[key]["grade"] for key in (RISING, FALLING, FALLING_TOO, FALLEN, OWN)}
    assert shown == {RISING: "A", FALLING: "B", FALLING_TOO: "A", FALLEN: "C", OWN: "B"}
    assert grades[FALLING]["decision_id"] == given.decision_id
    follow_published_run(served.lake, at=NOW)
    page = words(director.get(f"/customers/{FALLING}/").content)
    assert "下月到货" in page
    assert "mei · dong" in page


def test_what_nobody_decides_takes_the_systems_class_only_from_its_date_on(
    served: Workspace, sign_in: SignIn
) -> None:
    director = sign_in("dong")
    later = TODAY + dt.timedelta(days=3)
    assert director.post("/reviews/", {"due_on": later.isoformat()}).status_code == 302
    review = Review.objects.get()
    assert f"{later} 前不能关闭" in words(director.get(f"/reviews/{review.pk}/").content)
    told = director.post(f"/reviews/{review.pk}/close/")
    assert told.status_code == 400
    assert "4 项未决" in words(told.content)
    Review.objects.update(due_on=TODAY)
    assert director.post(f"/reviews/{review.pk}/close/").status_code == 302
    assert set(ReviewItem.objects.values_list("verdict", flat=True)) == {"lapsed"}
    assert not read_decisions(served.lake.snapshot())
    assert next_grades(served)[FALLEN]["grade"] == "C"


def test_a_verdict_is_refused_in_its_row_and_can_be_taken_back(sign_in: SignIn) -> None:
    director = sign_in("dong")
    review = opened(director)
    told = decide(director, FALLING, "adjust", class_id="B", expires_on="2028-01-01", why="大单")
    assert "到期日须在" in told.content.decode()
    assert 'value="大单"' in told.content.decode(), "what was typed is kept"
    assert "<html" not in told.content.decode()
    told = decide(director, FALLING, "postpone")
    assert "须写明理由" in told.content.decode()
    item = item_of(FALLING)
    whole = director.post(f"/reviews/{review.pk}/items/{item.pk}/?pile=down", {"verdict": "postpone"})
    assert whole.status_code == 400
    assert "须写明理由" in whole.content.decode()
    assert item.verdict == ""
    decide(director, FALLING, "agree")
    assert item_of(FALLING).verdict == "agree"
    part = decide(director, FALLING, "undo").content.decode()
    assert item_of(FALLING).verdict == ""
    assert "已决 0 / 4" in part


def test_without_a_script_a_verdict_returns_to_the_list_as_it_was_filtered(sign_in: SignIn) -> None:
    director = sign_in("dong")
    review = opened(director)
    item = item_of(FALLING)
    told = director.post(f"/reviews/{review.pk}/items/{item.pk}/?pile=down", {"verdict": "agree"})
    assert told["Location"] == f"/reviews/{review.pk}/?pile=down#item-{item.pk}"
    page = director.get(f"/reviews/{review.pk}/?pile=down").content.decode()
    assert len(re.findall(r"data-item ", page)) == 3
    page = director.get(f"/reviews/{review.pk}/?pile=down&undecided=1").content.decode()
    assert len(re.findall(r"data-item ", page)) == 2
    page = director.get(f"/reviews/{review.pk}/?pile=up").content.decode()
    assert len(re.findall(r"data-item ", page)) == 1


def test_nobody_closes_over_their_own_adjustments_and_another_director_may(sign_in: SignIn) -> None:
    director, other = sign_in("dong"), sign_in("fang")
    review = opened(director)
    decide(director, FALLING, "postpone", why="再看")
    page = words(director.get(f"/reviews/{review.pk}/").content)
    assert "其中 1 项是您提出的" in page
    assert director.post(f"/reviews/{review.pk}/rest/").status_code == 302
    assert director.post(f"/reviews/{review.pk}/close/").status_code == 400
    assert other.post(f"/reviews/{review.pk}/close/").status_code == 302
    assert OutboxRow.objects.filter(done_at=None).count() == 0


def test_a_list_its_counts_its_minutes_and_its_verdicts_hold_to_what_one_may_see(
    served: Workspace, sign_in: SignIn
) -> None:
    director, rep = sign_in("dong"), sign_in("rui")
    review = opened(director)
    page = rep.get(f"/reviews/{review.pk}/").content.decode()
    assert re.findall(r'id="item-\d+"', page).__len__() == 2, "11 and 13 are their own"
    assert f"/customers/{FALLING}/" not in page
    assert 'name="verdict"' not in page
    assert decide(rep, FALLING, "agree").status_code == 404
    assert "无权" in decide(rep, RISING, "agree").content.decode()
    assert item_of(RISING).verdict == ""
    assert rep.get(f"/reviews/{review.pk}/minutes.xlsx").status_code == 404
    assert rep.post(f"/reviews/{review.pk}/rest/").status_code == 403
    manager = sign_in("an")
    assert manager.get(f"/reviews/{review.pk}/").content.decode().count("data-item ") == 0
    assert decide(manager, RISING, "agree").status_code == 404
    manager.post(f"/reviews/{review.pk}/rest/")
    assert not ReviewItem.objects.exclude(verdict="").exists(), "not of customers they do not see"
    sheet = openpyxl.load_workbook(
        io.BytesIO(manager.get(f"/reviews/{review.pk}/minutes.xlsx").content)
    ).worksheets[0]
    told = [str(cell.value or "") for row in sheet.iter_rows() for cell in row]
    assert "仅您可见的 0 项" in told
    assert not [text for text in told if text.startswith("C000")]


@pytest.mark.parametrize(("language", "decided"), [("zh-hans", "人工调整"), ("en", "adjusted")])
def test_minutes_are_read_back_in_the_language_of_the_page(
    sign_in: SignIn, language: str, decided: str
) -> None:
    director, marketer = sign_in("dong"), sign_in("mei")
    review = opened(director)
    decide(marketer, FALLING, "adjust", class_id="B", expires_on=TERM, why="下月到货")
    director.post(f"/reviews/{review.pk}/rest/")
    director.post(f"/reviews/{review.pk}/close/")
    director.cookies["django_language"] = language
    told = director.get(f"/reviews/{review.pk}/minutes.docx")
    assert "attachment" in told["Content-Disposition"]
    document = docx.Document(io.BytesIO(told.content))
    rows = {cells[2]: cells for cells in ([c.text for c in row.cells] for row in document.tables[0].rows)}
    assert rows[f"C{FALLING:05}"][6] == decided
    assert rows[f"C{FALLING:05}"][8] == TERM
    assert rows[f"C{FALLING:05}"][9:] == ["mei", "下月到货"]
    sheet = openpyxl.load_workbook(
        io.BytesIO(director.get(f"/reviews/{review.pk}/minutes.xlsx").content)
    ).worksheets[0]
    assert decided in [cell.value for row in sheet.iter_rows() for cell in row]


def test_a_rep_appeals_for_their_own_customer_and_for_nobody_elses(
    served: Workspace, sign_in: SignIn
) -> None:
    rep = sign_in("rui")
    told = rep.post(f"/customers/{OTHERS}/ask/", {"kind": "appeal", "why": "不对"})
    absent = rep.post("/customers/999999/ask/", {"kind": "appeal", "why": "不对"})
    assert told.status_code == absent.status_code == 404
    assert not Appeal.objects.exists()
    refused = rep.post(f"/customers/{OWN}/ask/", {"kind": "appeal", "why": " "})
    assert refused.status_code == 400
    assert "须写明理由" in refused.content.decode()
    assert rep.post(f"/customers/{OWN}/ask/", {"kind": "appeal", "why": "有大单"}).status_code == 302
    (decision,) = read_decisions(served.lake.snapshot())
    assert (decision.kind, decision.customer_key) == (DecisionKind.APPEAL, OWN)
    page = words(rep.get(f"/customers/{OWN}/").content)
    assert "有大单" in page
    assert "待答复" in page
    assert "有大单" in words(sign_in("dong").get("/waiting/").content)
    assert "有大单" not in words(sign_in("an").get("/waiting/").content)
    assert "1 件申诉待答复" in words(sign_in("dong").get("/").content)
    assert "0 件申诉待答复" in words(sign_in("an").get("/").content)


def test_a_class_asked_for_by_one_is_approved_by_another_and_counts_in_the_next_run(
    served: Workspace, sign_in: SignIn
) -> None:
    director, other = sign_in("dong"), sign_in("fang")
    asked = {"kind": "override", "class_id": "A", "expires_on": TERM, "why": "战略合作"}
    too_long = director.post(f"/customers/{OTHERS}/ask/", {**asked, "expires_on": "2027-04-01"})
    assert too_long.status_code == 400
    assert "12 个月" in too_long.content.decode()
    assert "战略合作" in too_long.content.decode(), "what was typed is kept"
    assert director.post(f"/customers/{OTHERS}/ask/", asked).status_code == 302
    request = ClassRequest.objects.get()
    approval = {"answer": "approve", "request": str(request.pk), "next": "/waiting/"}
    own = director.post(f"/customers/{OTHERS}/answer/", approval)
    assert own.status_code == 400
    assert "不能批准自己提出的请求" in own.content.decode()
    elsewhere = other.post(f"/customers/{OWN}/answer/", approval)
    assert elsewhere.status_code == 400, "it is about another customer"
    told = other.post(f"/customers/{OTHERS}/answer/", approval)
    assert told["Location"] == "/waiting/"
    assert next_grades(served)[OTHERS]["grade"] == "A"
    ended = {"answer": "end", "request": str(request.pk), "on": "2026-04-15", "why": "合作取消"}
    assert other.post(f"/customers/{OTHERS}/answer/", ended).status_code == 302
    assert next_grades(served)[OTHERS]["grade"] == "B"


def test_a_nomination_is_refused_or_approved_and_an_appeal_is_upheld(
    served: Workspace, sign_in: SignIn
) -> None:
    rep, director = sign_in("rui"), sign_in("dong")
    assert rep.post(f"/customers/{OWN}/ask/", {"kind": "nomination", "why": "龙头"}).status_code == 302
    request = ClassRequest.objects.get()
    mine = {"answer": "approve", "request": str(request.pk)}
    assert rep.post(f"/customers/{OWN}/answer/", mine).status_code == 403
    told = director.post(
        f"/customers/{OWN}/answer/",
        {"answer": "refuse", "request": str(request.pk), "why": "金额不足", "next": "https://elsewhere.cn/"},
    )
    assert told["Location"] == f"/customers/{OWN}/#asked", "only to pages of ours"
    assert "金额不足" in words(rep.get(f"/customers/{OWN}/").content)
    rep.post(f"/customers/{OWN}/ask/", {"kind": "appeal", "why": "合同已签"})
    appeal = Appeal.objects.get()
    upheld = {
        "answer": "uphold",
        "appeal": str(appeal.pk),
        "class_id": "A",
        "expires_on": TERM,
        "why": "属实",
    }
    assert director.post(f"/customers/{OWN}/answer/", upheld).status_code == 302
    assert next_grades(served)[OWN]["grade"] == "A"


@pytest.mark.parametrize(("language", "public"), [("zh", "二级"), ("en", "Second")])
def test_the_letter_speaks_of_public_titles_and_never_of_internal_ones(
    sign_in: SignIn, language: str, public: str
) -> None:
    client = sign_in("rui")
    page = client.get(f"/customers/{OWN}/letter/?in={language}").content.decode()
    letter = words(page[page.index("<article") : page.index("</article>")].encode())
    saved = client.get(f"/customers/{OWN}/letter/?in={language}&download=1")
    assert "attachment" in saved["Content-Disposition"]
    for text in (letter, saved.content.decode()):
        assert public in text
        assert not re.search(r"[ABC]类|\bB\b|低价值|排名|rank", text)
    assert client.get(f"/customers/{OTHERS}/letter/").status_code == 404


def test_the_page_shows_what_decides_first_and_measures_by_their_titles(sign_in: SignIn) -> None:
    page = sign_in("dong").get(f"/customers/{FALLEN}/").content.decode()
    history = words(
        page[page.index("grade-history") : page.index("</ol>", page.index("grade-history"))].encode()
    )
    assert "2026-03-31" in history
    assert re.search(r"A +→ +C", history)
    assert "截至 2026-03-31" in history, "the reason its run stored"
    more = page[page.index("更多指标") :]
    assert "销售额" in more
    assert "<td>spend</td>" not in more
    assert "2026-01-31 至 2026-03-31" in words(page.encode()), "each fact says the days it rests on"


def test_the_way_up_is_told_in_money(served: Workspace, sign_in: SignIn) -> None:
    easier = load_standard(PLAIN.replace("{from: 1000,", "{from: 600,"), catalogue())
    served.classify(easier, MARCH)
    follow_published_run(served.lake, at=NOW)
    page = words(sign_in("dong").get(f"/customers/{OWN}/").content)
    assert re.search(r"怎样升级 [^怎]*¥200[^怎]*A类", page)


ON_A_REVIEW = {
    "": {"mei": 200, "an": 200, "cai": 200, "kefu": 200, "root": 200, "rui": 200, "dong": 200},
    "minutes.docx": {"mei": 200, "an": 200, "cai": 404, "kefu": 404, "root": 404, "rui": 404, "dong": 200},
    "minutes.pdf": {"dong": 404, "rui": 404},
    "rest/": {"cai": 403, "kefu": 403, "root": 403, "rui": 403, "mei": 302, "dong": 302},
    "close/": {"mei": 403, "an": 403, "cai": 403, "kefu": 403, "root": 403, "rui": 403, "dong": 302},
}


def test_who_gets_an_answer_about_a_review(sign_in: SignIn) -> None:
    review = opened(sign_in("dong"))
    for ending, people in ON_A_REVIEW.items():
        for person, status in people.items():
            method = "post" if ending in {"rest/", "close/"} else "get"
            told = getattr(sign_in(person), method)(f"/reviews/{review.pk}/{ending}")
            assert told.status_code == status, f"{ending} as {person}"


def test_an_english_review_has_no_chinese_but_what_the_books_and_people_say(sign_in: SignIn) -> None:
    director = sign_in("dong")
    sign_in("rui").post(f"/customers/{OWN}/ask/", {"kind": "appeal", "why": "a large order is coming"})
    review = opened(director)
    director.cookies["django_language"] = "en"
    decide(director, FALLING, "adjust", class_id="B", expires_on=TERM, why="next month")
    for page in (f"/reviews/{review.pk}/", "/waiting/", f"/customers/{OWN}/", "/reviews/"):
        told = director.get(page)
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", told.content.decode()), page
        said = FROM_THE_BOOKS.sub(
            "", words(re.sub(rb"<script.*?</script>", b"", told.content, flags=re.DOTALL))
        )
        assert CJK.findall(said) == [], page


def test_the_files_under_the_figures_sum_to_the_sales_on_the_page(served: Workspace, sign_in: SignIn) -> None:
    line = {"order_key": 1, "customer_key": RISING, "line_on": dt.date(2026, 3, 20), "batch_id": "b1"}
    kept = {"is_valid": True, "is_return": False, "is_cancelled": False}
    lines = [
        {**line, **kept, "line_no": 1, "amount": 150_000, "row_no": 7},
        {**line, **kept, "line_no": 2, "amount": 60_000, "row_no": 8},
        {**line, **kept, "line_no": 3, "amount": -10_000, "row_no": 9, "is_valid": False, "is_return": True},
        {**line, **kept, "line_no": 4, "amount": 99_900, "row_no": 10, "is_cancelled": True},
        {**line, **kept, "line_no": 5, "amount": 500, "row_no": 2, "line_on": dt.date(2026, 1, 20)},
    ]
    with served.lake.unit_of_work("import") as work:
        work.append(ORDER_LINES, pa.Table.from_pylist(lines, ORDER_LINES.arrow_schema))
        batch = [{"batch_id": "b1", "file": "三月.xlsx"}]
        work.append(BATCHES, pa.Table.from_pylist(batch, BATCHES.arrow_schema))
    assert "窗口内没有订单行" in words(sign_in("dong").get(f"/customers/{RISING}/sources/").content), "yet"
    served.classify(load_standard(PLAIN, catalogue()), MARCH)
    follow_published_run(served.lake, at=NOW)
    part = words(sign_in("dong").get(f"/customers/{RISING}/sources/", headers=PART).content)
    assert "三月.xlsx 3 7–9" in part
    assert "合计 ¥2,000，即窗口销售额" in part
    assert "最近一次购买：三月.xlsx 第 8 行" in part
    page = words(sign_in("dong").get(f"/customers/{RISING}/").content)
    assert "窗口销售额（净额） ¥2,000" in page
