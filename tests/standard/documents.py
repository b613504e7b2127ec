"""One standard that uses every part of the format, as text for the tests to bend."""

from __future__ import annotations

from keceng.measure import catalogue
from keceng.standard import Standard, load_standard
from keceng.vocabulary import KecengError, Problem

MEASURES = catalogue()

WHOLE = """\
keceng: 1
id: whole
title: {zh: 全式标准, en: The whole format}
revision: 3
window: 12m
unit: group
population:
  include: "lifetime_order_count > 0"
  exclude:
    - {id: related, when: "is_related_party", reason: {zh: 关联方, en: Related party}}
dimensions:
  quadrant:
    title: {zh: 象限, en: Quadrant}
    by: matrix
    rows: value
    columns: rhythm
    cells:
      high: {often: best, seldom: good}
      low: {often: good, seldom: plain}
    classes:
      best: {title: {zh: 最好, en: Best}, public_title: {zh: 一级, en: First}}
      good: {title: {zh: 较好, en: Good}, public_title: {zh: 二级, en: Second}}
      plain: {title: {zh: 一般, en: Plain}, public_title: {zh: 三级, en: Third}}
  value:
    title: {zh: 价值, en: Value}
    kind: tier
    by: cumulative_share
    measure: spend
    within: role
    min_group: 20
    among: "spend > 0"
    tie_policy: down
    small_data: off
    frozen: {high: 1234.5}
    classes:
      high: {to: 0.8, max_share: 0.2, title: {zh: 高, en: High}, public_title: {zh: 尊享, en: Priority}}
      low: {to: 1, title: {zh: 低, en: Low}, public_title: {zh: 标准, en: Standard}, note: {zh: 其余, en: The rest}}
  rhythm:
    title: {zh: 节奏, en: Rhythm}
    kind: tier
    by: bands
    measure: days_since_last_purchase
    classes:
      often: {to: 30, title: {zh: 常来, en: Often}, public_title: {zh: 常客, en: Regular}}
      seldom: {title: {zh: 少来, en: Seldom}, public_title: {zh: 客人, en: Guest}}
  started:
    title: {zh: 首购期, en: Started}
    kind: segment
    by: bands
    measure: first_purchase_on
    classes:
      recent: {from: 2024-01-01, title: {zh: 近年, en: Recent}}
      earlier: {title: {zh: 更早, en: Earlier}}
  thirds:
    title: {zh: 三分, en: Thirds}
    by: quantiles
    measure: gap_ratio
    classes:
      first: {to: 0.3333, title: {zh: 一, en: First}, public_title: {zh: 一, en: First}}
      second: {to: 0.6667, title: {zh: 二, en: Second}, public_title: {zh: 二, en: Second}}
      third: {title: {zh: 三, en: Third}, public_title: {zh: 三, en: Third}}
  score:
    title: {zh: 评分, en: Score}
    by: scorecard
    min_coverage: 0.5
    parts:
      spend: {title: {zh: 消费, en: Spend}, weight: 50, percentile: spend}
      growth: {weight: 0.5, measure: growth_score}
      last: {weight: 20, points: {measure: last_purchase_on, bands: [[2023-06-01, 40], [2024-01-01, 100]]}}
  state: {use: lifecycle_state, title: {zh: 状态, en: State}}
provisional: "score_compared < 30"
grade:
  title: {zh: 等级, en: Grade}
  kind: tier
  by: rules
  classes:
    A:
      when: "quadrant = 'best' and score_score >= 75 and value_share < 0.8 and value_rank < 0.2 * value_compared + 1"
      unknown: not_met
      stay: "score_score >= 67.5"
      title: {zh: A类, en: A}
      public_title: {zh: 尊享, en: Priority}
    B: {otherwise: true, title: {zh: B类, en: B}, public_title: {zh: 标准, en: Standard}}
stability: {demote_after: 2, margin: 0.1, min_stay: 90d, at_once: "state = 'lost' or rhythm = 'seldom'"}
strategy:
  A: {goal: {zh: 深耕, en: Deepen}, rhythm: 14d, service: priority}
  A/at_risk: {goal: {zh: 保住, en: Save}, rhythm: 3d}
  B: {goal: {zh: 提频, en: Raise frequency}}
review: {every: 3 months, owner: director}
nomination: {class: A, quota: 0.2, months: 6}
"""


def bent(old: str, new: str) -> str:
    """The whole document with one piece replaced; the piece must stand there."""
    assert old in WHOLE, old
    return WHOLE.replace(old, new, 1)


def problems_of(text: str) -> tuple[Problem, ...]:
    """Everything that is wrong with a document; empty when it loads."""
    try:
        load_standard(text, MEASURES)
    except KecengError as error:
        return tuple(error.problems)
    return ()


def loaded(text: str = WHOLE) -> Standard:
    """The standard that a document declares."""
    return load_standard(text, MEASURES)
