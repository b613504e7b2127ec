"""Ways up and down in words, for colleagues: what has to happen, what it leads to, until when."""

from __future__ import annotations

from dataclasses import dataclass

from keceng.classify.explanation_lines import spoken_value
from keceng.classify.ways import Way
from keceng.classify.ways_down import Lapse, Loss
from keceng.standard import Standard
from keceng.vocabulary import Text, money_text

_ORDERS = Text(
    "再下 {n} 单，每单按平均 {each}（共 {sum}）", "{n} more order(s) of the usual {each} ({sum} together)"
)
_MONEY = Text("{window}销售额再增加 {sum}（到 {total}）", "{sum} more in {window}sales (to {total})")
_CLEAR = Text("还清逾期款 {sum}", "pay the overdue {sum}")
_CONTACT = Text("与客户联系一次", "one contact with the customer")
_DECIDER = Text("结识决策者", "get to know the decider")
_WAY = Text("{what} → {to}；{until} 前有效", "{what} → {to}; good until {until}")
_LAPSE = Text(
    "不再购买的话，{day} 起为{to}（那时距上次购买 {silence} 天，{window}销售额 {before} → {then}）",
    "with no further purchase, {to} from {day} ({silence} days since the last one by then, {window}sales {before} → {then})",
)
_LOSS = Text("{window}销售额再少 {sum}，即为{to}", "{sum} less in {window}sales means {to}")
_NO_CLASS = Text("不再参评", "no longer judged")


@dataclass(frozen=True, slots=True)
class WayTold:
    """A way up and its sentence."""

    way: Way
    sentence: Text
    moved: tuple[tuple[str, Text, Text, Text], ...]

    def to_document(self) -> dict[str, object]:
        """Plain JSON values; money in currency units."""
        change = self.way.change
        return {
            "to": self.way.to_class,
            "money": self.way.money / 100,
            "orders": change.orders,
            "order_value": change.order_value / 100 if change.orders else None,
            "more_sales": change.money / 100,
            "clears_overdue": change.clears_overdue,
            "makes_contact": change.makes_contact,
            "meets_decider": change.meets_decider,
            "expires_on": self.way.expires_on.isoformat(),
            "measures": {name: {"from": before.en, "to": after.en} for name, _, before, after in self.moved},
            "zh": self.sentence.zh,
            "en": self.sentence.en,
        }


def window_words(standard: Standard) -> Text:
    """`近12个月` for a year, else the days."""
    days = standard.window_days
    return Text("近12个月", "12-month ") if days == 365 else Text(f"近{days}天", f"{days}-day ")


def tell_way(way: Way, standard: Standard, currency: str) -> WayTold:
    """A way up in words."""
    moved = tuple(
        (
            m.measure.name,
            m.measure.title,
            spoken_value(m.measure, m.before, currency),
            spoken_value(m.measure, m.after, currency),
        )
        for m in way.moved
    )
    parts = _parts(way, standard, currency)
    what = Text("，并".join(p.zh for p in parts), " and ".join(p.en for p in parts))
    to = standard.grade.tier_class(way.to_class).title
    return WayTold(way, _WAY.fill(what=what, to=to, until=way.expires_on.isoformat()), moved)


def _parts(way: Way, standard: Standard, currency: str) -> list[Text]:
    change = way.change
    parts = []
    if change.clears_overdue:
        parts.append(_CLEAR.fill(sum=_amount(way.money - change.purchase, currency)))
    if change.makes_contact:
        parts.append(_CONTACT)
    if change.meets_decider:
        parts.append(_DECIDER)
    if change.orders:
        each, together = (_amount(n, currency) for n in (change.order_value, change.purchase))
        parts.append(_ORDERS.fill(n=change.orders, each=each, sum=together))
    if change.money:
        total = next(m.after for m in way.moved if m.measure.name == "spend")
        parts.append(
            _MONEY.fill(
                window=window_words(standard),
                sum=_amount(change.money, currency),
                total=_amount(int(str(total)), currency),
            )
        )
    return parts


def tell_lapse(lapse: Lapse, standard: Standard, currency: str) -> Text:
    """When silence loses the class, in words."""
    unknown = Text("未知", "unknown")
    return _LAPSE.fill(
        day=lapse.falls_on.isoformat(),
        to=_class_title(standard, lapse.to_class),
        silence=unknown if lapse.days_since_last_purchase is None else lapse.days_since_last_purchase,
        window=window_words(standard),
        before=unknown if lapse.sales_before is None else _amount(lapse.sales_before, currency),
        then=unknown if lapse.sales_then is None else _amount(lapse.sales_then, currency),
    )


def describe_loss(loss: Loss, standard: Standard, currency: str) -> Text:
    """How much less in sales loses the class, in words."""
    return _LOSS.fill(
        window=window_words(standard),
        sum=_amount(loss.money, currency),
        to=_class_title(standard, loss.to_class),
    )


def _class_title(standard: Standard, class_id: str | None) -> Text:
    return _NO_CLASS if class_id is None else standard.grade.tier_class(class_id).title


def _amount(cents: int, currency: str) -> str:
    return currency + money_text(cents)
