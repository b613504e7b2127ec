"""The minutes of a review, in one language: what was on the list, what was decided, by whom and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db.models import QuerySet

from keceng.desk.runs.documents import write_docx, write_xlsx
from keceng.desk.runs.models import Review, ReviewItem
from keceng.desk.runs.published import PublishedRun, customer_numbers, open_run
from keceng.desk.runs.states import ItemKind, ReviewState, Verdict
from keceng.lake import Lake
from keceng.vocabulary import KecengError, Language, Text

_TITLE = Text("客户升降级评审纪要", "Minutes of the customer grade review")
_FACTS = {
    "standard": Text("标准", "Standard"),
    "as_of": Text("分级日", "Graded at"),
    "run": Text("运行", "Run"),
    "due_on": Text("评审截止", "Due"),
    "next_review_on": Text("下次评审", "Next review"),
    "closed_by": Text("批准人", "Approved by"),
    "closed_at": Text("关闭时间", "Closed at"),
    "counts": Text("结果", "Result"),
    "scope": Text("范围", "Scope"),
}
_HEADINGS = (
    Text("序", "#"),
    Text("事项", "Item"),
    Text("客户编号", "Customer"),
    Text("原等级", "From"),
    Text("系统等级", "System says"),
    Text("系统理由", "Why the system says so"),
    Text("决定", "Decision"),
    Text("最终等级", "Class that stands"),
    Text("有效至", "Until"),
    Text("决定人", "Decided by"),
    Text("决定理由", "Why"),
)
_UNDECIDED = Text("未决", "undecided")
_STILL_OPEN = Text("（草稿：评审尚未关闭）", "(draft: the review is still open)")


@dataclass(frozen=True, slots=True)
class Minutes:
    """A document to be written: a title, facts by name, and one table; every cell is text."""

    title: str
    facts: Sequence[tuple[str, str]]
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def write_minutes(
    review_id: int, path: Path, *, language: Language, lake: Lake, only: QuerySet[ReviewItem] | None = None
) -> None:
    """Write the minutes of a review to an .xlsx or a .docx file.

    Args:
        review_id: open or closed.
        path: where to.
        language: of the document.
        lake: has the run and the customers' numbers.
        only: the items that the reader may see, where it is not all; the document says so.

    Raises:
        KecengError: another kind of file, or no such review.
    """
    writers = {".xlsx": write_xlsx, ".docx": write_docx}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise KecengError.of(
            "bad_file_type",
            f"纪要只能写成 .xlsx 或 .docx：{path.name}",
            f"minutes are written as .xlsx or .docx: {path.name}",
        )
    writer(gather_minutes(review_id, language=language, lake=lake, only=only), path, language)


def gather_minutes(
    review_id: int, *, language: Language, lake: Lake, only: QuerySet[ReviewItem] | None = None
) -> Minutes:
    """What the minutes of a review say, of all its items or of those a reader may see.

    Raises:
        KecengError: there is no such review.
    """
    review = Review.objects.select_related("closed_by").filter(pk=review_id).first()
    if review is None:
        raise KecengError.of("unknown_review", "没有这个评审", "there is no such review")
    seen = review.items.all() if only is None else only
    items = list(seen.select_related("decided_by").order_by("id"))
    snapshot = lake.snapshot()
    run = open_run(snapshot, review.run_id)
    numbers = customer_numbers(snapshot, {item.customer_key for item in items})
    facts = [*_facts(review, run, language, items)]
    if only is not None and len(items) < review.items.count():
        # How many others there are is not theirs to know.
        part = Text(f"仅您可见的 {len(items)} 项", f"only the {len(items)} items that you may see")
        facts.append(("scope", part.in_language(language)))
    title = _TITLE.in_language(language)
    if review.state == ReviewState.OPEN.value:
        title += _STILL_OPEN.in_language(language)
    return Minutes(
        title=title,
        facts=[(_FACTS[name].in_language(language), told) for name, told in facts],
        headings=[heading.in_language(language) for heading in _HEADINGS],
        rows=[
            [str(place), *_row(review, item, run, language, numbers.get(item.customer_key, "—"))]
            for place, item in enumerate(items, start=1)
        ],
    )


def _facts(
    review: Review, run: PublishedRun, language: Language, items: Sequence[ReviewItem]
) -> Iterable[tuple[str, str]]:
    title = run.standard.title.in_language(language)
    yield "standard", f"{title} ({run.summary.standard.id} r{run.summary.standard.revision})"
    yield "as_of", review.as_of.isoformat()
    yield "run", review.run_id
    yield "due_on", review.due_on.isoformat()
    if review.next_review_on is not None:
        yield "next_review_on", review.next_review_on.isoformat()
    if review.closed_by is not None and review.closed_at is not None:
        yield "closed_by", review.closed_by.shown_name
        yield "closed_at", review.closed_at.strftime("%Y-%m-%d %H:%M UTC")
    counts = Counter(item.verdict for item in items)
    told = [
        f"{_verdict(verdict, language)} {counts[verdict]}" for verdict in (*Verdict, "") if counts[verdict]
    ]
    separator = "，" if language == "zh" else ", "
    yield "counts", separator.join(told) or "0"


def _row(
    review: Review, item: ReviewItem, run: PublishedRun, language: Language, number: str
) -> Sequence[str]:
    stands, until = _outcome(review, item)
    return [
        ItemKind(item.kind).wording.in_language(language),
        number,
        _class_title(run, item.from_class, language),
        _class_title(run, item.to_class, language),
        item.reason_zh if language == "zh" else item.reason_en,
        _verdict(item.verdict, language),
        _class_title(run, stands, language),
        until,
        item.decided_by.shown_name if item.decided_by else "",
        item.why,
    ]


def _outcome(review: Review, item: ReviewItem) -> tuple[str, str]:
    if item.verdict == Verdict.ADJUST.value and item.expires_on is not None:
        return item.class_id, item.expires_on.isoformat()
    if item.verdict == Verdict.POSTPONE.value and item.kind != ItemKind.APPEAL.value:
        return item.from_class, review.next_review_on.isoformat() if review.next_review_on else ""
    return (item.to_class, "") if item.verdict else ("", "")


def _class_title(run: PublishedRun, class_id: str, language: Language) -> str:
    titles = {c.id: c.title.in_language(language) for c in run.standard.grade.classes}
    return titles.get(class_id, class_id)


def _verdict(verdict: str, language: Language) -> str:
    return Verdict(verdict).wording.in_language(language) if verdict else _UNDECIDED.in_language(language)
