"""The planted truths as the tables of docs/demo.md."""

from __future__ import annotations

from collections.abc import Iterable

from keceng.demo.truths import Truths
from keceng.vocabulary import Text

_HEADER = "| 真相 | Truth | 数值或客户编码 Figure or customer code |\n|---|---|---|"


def render_truths(truths: Truths) -> str:
    """Markdown: one row a truth, in Chinese and English, with the customers' codes."""
    rows = [*_figures(truths), *_customers(truths)]
    return "\n".join([_HEADER, *(f"| {title.zh} | {title.en} | {found} |" for title, found in rows)]) + "\n"


def _codes(codes: Iterable[str]) -> str:
    return " ".join(f"`{code}`" for code in codes)


def _figures(truths: Truths) -> list[tuple[Text, str]]:
    lifetime, spend = truths.lifetime, truths.spend
    return [
        (Text("账簿截止日", "Last day of the books"), f"{truths.as_of:%Y-%m-%d}"),
        (
            Text("会员购买日的 BG/NBD 参数(天)", "BG/NBD of the members' purchase days (days)"),
            f"r = {lifetime.r}, alpha = {lifetime.alpha}, a = {lifetime.a}, b = {lifetime.b}",
        ),
        (
            Text("会员订单金额的 Gamma-Gamma 参数(元)", "Gamma-Gamma of the members' order amounts (yuan)"),
            f"p = {spend.p}, q = {spend.q}, v = {spend.v}; 平均 mean ¥{spend.mean_order_yuan:.2f}",
        ),
        (Text("买过的会员数", "Members who bought"), f"{truths.members_who_bought:,}"),
        (
            Text("最近 365 天成倍增长的省", "Province that multiplied in the last 365 days"),
            f"{truths.growing_province} × {truths.growth_factor}",
        ),
        (Text("有客户的省份数", "Provinces with customers"), str(len(truths.provinces))),
    ]


def _customers(truths: Truths) -> list[tuple[Text, str]]:
    left, entered = "、".join(truths.shift_from), "、".join(truths.shift_to)
    silent = truths.silent_days
    return [
        (
            Text(
                "最近 90 天需求转移:{left} → {entered}", "Need shift in the last 90 days: {left} → {entered}"
            ).fill(left=left, entered=entered),
            _codes(truths.need_shift),
        ),
        (Text("晚付 60 天以上", "Pay 60 or more days late"), _codes(truths.late_payers)),
        (
            Text("其中逾期 90 天以上超过 1 万元", "Of these, above ¥10,000 overdue for over 90 days"),
            _codes([truths.long_overdue]),
        ),
        (
            Text("有影响力的会员(有效转介绍多)", "Influencers (many valid referrals)"),
            _codes(truths.influencers),
        ),
        (
            Text("转介绍多但无人购买", "Many referrals, none of whom bought"),
            _codes([truths.hollow_referrer]),
        ),
        (
            Text("自我转介绍(同一手机号)", "Self-referral (same phone)"),
            _codes([truths.self_referrer, truths.self_referred]),
        ),
        (Text("亏损的大客户", "Loss-making big customers"), _codes(truths.loss_making)),
        (
            Text(f"沉默恰好 {silent} 天", f"Silent for exactly {silent} days"),
            _codes([truths.silent_customer]),
        ),
        (Text("久别后回流", "Returned after a long silence"), _codes([truths.returned_customer])),
        (Text("黑马经销商", "Rising dealer (dark horse)"), _codes([truths.rising_dealer])),
        (
            Text("散客编码、关联方、供应商", "Walk-in account, related party, supplier"),
            _codes([truths.bucket, truths.related_party, truths.supplier]),
        ),
    ]
