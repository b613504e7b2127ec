"""How a grade came to stand: what the rules said, what kept the customer in its class, what a person decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from keceng.classify.decisions import Decision
from keceng.classify.stability import DEMOTE_AFTER, MARGIN, MIN_STAY
from keceng.standard import Row, Standard, Stored
from keceng.vocabulary import Text

_KEPT = {
    MARGIN: Text(
        "仍在边界缓冲内，保留 {held}（按规则为 {ruled}）",
        "kept {held} within the margin (by the rules {ruled})",
    ),
    DEMOTE_AFTER: Text(
        "连续 {weak} 次低于标准，满 {reviews} 次才降，暂留 {held}（按规则为 {ruled}）",
        "below the rules {weak} review(s) running, {reviews} needed to go down: kept {held} (by the rules {ruled})",
    ),
    MIN_STAY: Text(
        "在 {held} 未满最短期限 {days} 天，暂留（按规则为 {ruled}）",
        "in {held} for less than {days} days: kept (by the rules {ruled})",
    ),
}
_DECIDED = Text(
    "人工定为 {given}（系统为 {system}），到 {until} 为止：{reason}",
    "{given} by a person's decision (the system says {system}), until {until}: {reason}",
)
_APPEALED = Text("申诉处理中", "an appeal is open")
_SINCE = Text("自 {since} 起为 {held}", "{held} since {since}")


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands between the rules and the grade that counts.

    Attributes:
        by_rules: the class that the rules alone give.
        by_system: the class after stability.
        since: from when the system's class is held.
        kept_by: `margin`, `demote_after` or `min_stay` where stability keeps a better class than the rules give.
        weak_reviews: reviews in a row in which the rules said lower.
        reviewed_on: the last review that counted.
        decision: the override or nomination in force.
        is_appealed: whether an appeal is open.
        sentences: all of it in words; the first says since when.
    """

    by_rules: str | None
    by_system: str | None
    since: dt.date | None
    kept_by: str | None
    weak_reviews: int
    reviewed_on: dt.date | None
    decision: Decision | None
    is_appealed: bool
    sentences: tuple[Text, ...]

    def to_document(self) -> dict[str, object]:
        """Plain JSON values; names of people stay out."""
        return {
            "by_rules": self.by_rules,
            "by_system": self.by_system,
            "since": _iso(self.since),
            "kept_by": self.kept_by,
            "weak_reviews": self.weak_reviews,
            "reviewed_on": _iso(self.reviewed_on),
            "decision": None
            if self.decision is None
            else {
                "id": self.decision.decision_id,
                "kind": self.decision.kind.value,
                "class": self.decision.class_id,
                "reason": self.decision.reason,
                "effective_on": _iso(self.decision.effective_on),
                "expires_on": _iso(self.decision.expires_on),
            },
            "is_appealed": self.is_appealed,
            "sentences": [{"zh": s.zh, "en": s.en} for s in self.sentences],
        }


def standing_of(standard: Standard, row: Row, decisions: Sequence[Decision]) -> Standing:
    """The standing that a run stored in `row`.

    Args:
        standard: the ruler of the run.
        row: of `customers.parquet`.
        decisions: those among which the one in force is found by its id.
    """
    decision = next((d for d in decisions if d.decision_id == row.get("decision_id")), None)
    weak = row.get("weak_reviews")
    standing = Standing(
        by_rules=_code(row.get("grade_by_rules")),
        by_system=_code(row.get("grade_by_system")),
        since=_day(row.get("grade_since")),
        kept_by=_code(row.get("kept_by")),
        weak_reviews=0 if weak is None else int(str(weak)),
        reviewed_on=_day(row.get("reviewed_on")),
        decision=decision,
        is_appealed=bool(row.get("is_appealed")),
        sentences=(),
    )
    return replace(standing, sentences=tuple(_sentences(standard, standing)))


def _sentences(standard: Standard, standing: Standing) -> list[Text]:
    titles = {c.id: c.title for c in standard.grade.classes}
    unknown = Text("未评", "no class")
    held, ruled = (titles.get(code or "", unknown) for code in (standing.by_system, standing.by_rules))
    told = []
    if standing.by_system is not None and standing.since is not None:
        told.append(_SINCE.fill(held=held, since=standing.since.isoformat()))
    if standing.kept_by is not None and standard.stability is not None:
        told.append(
            _KEPT[standing.kept_by].fill(
                held=held,
                ruled=ruled,
                weak=standing.weak_reviews,
                reviews=standard.stability.demote_after,
                days=standard.stability.min_stay_days,
            )
        )
    if standing.decision is not None:
        given = titles.get(standing.decision.class_id or "", unknown)
        until = _iso(standing.decision.expires_on)
        told.append(_DECIDED.fill(given=given, system=held, until=until, reason=standing.decision.reason))
    return [*told, _APPEALED] if standing.is_appealed else told


def _code(stored: Stored) -> str | None:
    return None if stored is None else str(stored)


def _day(stored: Stored) -> dt.date | None:
    return stored if isinstance(stored, dt.date) else None


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
