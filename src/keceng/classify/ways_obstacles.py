"""Why there is no way up: in one sentence, naming the condition that still fails when everything allowed is done."""

from __future__ import annotations

from dataclasses import dataclass

from keceng.classify.judgement import Verdict
from keceng.classify.population import NOT_INCLUDED
from keceng.classify.ways_case import Case, Change
from keceng.classify.ways_measures import FOLLOWED
from keceng.classify.ways_profit import EARNINGS
from keceng.standard import Leaf, Rule, Rules, blocking_leaf, describe_leaf, supporting_leaves
from keceng.vocabulary import Text

BEST = Text("已是最高的一类", "already in the highest class")
NOT_JUDGED = Text("不在参评范围内", "not among those who are judged")
UNKNOWN = Text("数据不足，先补齐数据", "not enough is known; complete the data first")
NO_LEVER = Text(
    "这套标准看的数，不是多下单、还款或联系能改变的",
    "nothing that this standard reads is changed by orders, by paying or by a contact",
)
NOTHING_BOUGHT = Text(
    "统计期内没有购买，没有可以参照的平均订单；任何购买都超过今天的一倍",
    "nothing was bought in the window, so there is no average order to go by and any purchase would more than double today's",
)
TOO_FAR = Text(
    "销售与订单即使都翻倍，仍不满足：{condition}",
    "even with sales and orders doubled this would still fail: {condition}",
)
TOO_FAR_PLAIN = Text("销售与订单即使都翻倍也不够", "even doubling sales and orders would not be enough")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why no change helps: in words, and the comparison that still fails where one does."""

    text: Text
    failing: Leaf | None = None


def find_obstacle(case: Case, most: Change) -> Obstacle:
    """Why no change helps the customer of `case`; `most` is all that may be asked of it."""
    if case.verdict.excluded_as is not None:
        return _exclusion(case)
    if case.verdict.grade is None:
        return Obstacle(UNKNOWN)
    if not case.standard.grade.class_ids.index(case.verdict.grade):
        return Obstacle(BEST)
    if not case.reads(most):
        follows_purchases = not {*FOLLOWED, *EARNINGS}.isdisjoint(case.standard.measures)
        if follows_purchases and not case.row.get("purchase_days"):
            return Obstacle(NOTHING_BOUGHT)
        return Obstacle(NO_LEVER)
    return _still_failing(case, most)


def _exclusion(case: Case) -> Obstacle:
    code = case.verdict.excluded_as
    if code == NOT_INCLUDED:
        return Obstacle(NOT_JUDGED)
    reason = next(e.reason for e in case.standard.population.exclude if e.id == code)
    return Obstacle(Text(f"未参评：{reason.zh}", f"not judged: {reason.en}"))


def _still_failing(case: Case, most: Change) -> Obstacle:
    rule = _rule_above(case)
    if rule is None or rule.when is None:
        return Obstacle(TOO_FAR_PLAIN)
    place = blocking_leaf(rule.when, case.after(most).columns)
    if place is None:
        return Obstacle(TOO_FAR_PLAIN)
    leaf = rule.when.leaves[place]
    text = TOO_FAR.fill(condition=describe_leaf(leaf, case.standard.scope))
    causes = _causes(case, leaf, case.after(most))
    if causes:
        why = Text("、".join(c.zh for c in causes), ", ".join(c.en for c in causes))
        text = Text(f"{text.zh}（因为 {why.zh}）", f"{text.en} (because {why.en})")
    return Obstacle(text, leaf)


def _causes(case: Case, leaf: Leaf, after: Verdict) -> list[Text]:
    # A class that rules gave says little by itself: what of its rule holds stands behind it.
    found = next((d for d in case.standard.dimensions if d.id == leaf.names[0]), None)
    if found is None or not isinstance(found.method, Rules):
        return []
    given = after.columns.get(found.id)
    rule = next((r for r in found.method.rules if r.class_id == given and r.when is not None), None)
    if rule is None or rule.when is None:
        return []
    held = supporting_leaves(rule.when, after.columns)
    return [describe_leaf(rule.when.leaves[place], case.standard.scope) for place in held]


def _rule_above(case: Case) -> Rule | None:
    method = case.standard.grade.method
    if not isinstance(method, Rules) or case.verdict.grade is None:
        return None
    place = case.standard.grade.class_ids.index(case.verdict.grade)
    return next(
        (rule for rule in method.rules if rule.class_id == case.standard.grade.class_ids[place - 1]), None
    )
