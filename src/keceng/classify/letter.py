"""The letter to the customer: which service tier, why, what would raise it, and how to ask a person or to opt out.

It speaks of public titles and of the customer's own dealings with us; internal classes, scores, ranks and other customers
never reach it. The right to an explanation, to a human review and to treatment that does not rest on personal traits are
those of the Personal Information Protection Law of the People's Republic of China, articles 24 and 48.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keceng.classify.explanation import Explanation
from keceng.classify.explanation_lines import spoken_value
from keceng.classify.explanation_ways import WayTold, window_words
from keceng.measure import catalogue
from keceng.vocabulary import Language, Text, money_text

_GREETING = Text("尊敬的客户（编号 {id}）：", "Dear customer ({id}),")
_TIER = Text(
    "截至 {day}，您在我们这里享有的服务是「{title}」{provisional}。",
    "As of {day}, your service with us is “{title}”{provisional}.",
)
_PROVISIONAL = Text("（资料尚少，为暂定）", " (still provisional, as our dealings are recent)")
_NO_TIER = Text(
    "截至 {day}，我们还没有为您评定服务等级。",
    "As of {day}, no service tier has been set for you.",
)
_WHY = Text("评定依据（均为您与我们之间的往来）：", "What it rests on (your own dealings with us):")
_BY_PERSON = Text(
    "这一服务由我们的同事根据具体情况核定，有效至 {until}。",
    "Our colleagues set this service for your particular situation; it holds until {until}.",
)
_KEPT = Text("为使服务保持稳定，您现有的服务继续保留。", "To keep your service steady, it stays as it was.")
_RAISES = Text("怎样可以获得更多服务：", "What would bring you more service:")
_TOP = Text(
    "您已享有我们最高一级的服务，感谢您的信任。",
    "You have the highest service we offer; thank you for your trust.",
)
_LATER = Text(
    "下次评定（{day} 前后）会按届时的往来重新计算。",
    "The next review, around {day}, will look at our dealings anew.",
)
_RIGHTS = Text("您的权利：", "Your rights:")
_REVIEW = Text(
    "人工复核与申诉：您可以要求我们说明理由；如有不同意见或信息有误，可以提出申诉，由人而不是系统重新审核，并告知您结果和理由。",
    "Human review and appeal: you may ask for the reasons. If you disagree or something is wrong, appeal, and a person "
    "instead of the system will look again and tell you the outcome and why.",
)
_OPT_OUT = Text(
    "不使用个性化：您可以要求我们不依据您的个人特征提供服务和推荐，购买与售后不受影响。",
    "No personalisation: you may ask to be served and advised without regard to your personal traits; buying and "
    "after-sales service stay the same.",
)
_ASK = Text(
    "以上各项，回复本信或告诉您的服务人员即可。",
    "For any of these, answer this letter or tell whoever serves you.",
)
_USED = Text("评定使用的信息：{kinds}。", "Information used: {kinds}.")
_ORDERS = Text("再下 {n} 单（按您平均每单 {each}）", "place {n} more order(s) of your usual {each}")
_MONEY = Text("购买金额再增加 {sum}", "buy for {sum} more")
_CLEAR = Text("结清到期未付的 {sum}", "settle the {sum} that is due")
_CONTACT = Text("与我们联系一次", "be in touch with us once")
_DECIDER = Text("告诉我们由谁负责采购", "tell us who decides on purchases")
_LEADS = Text("{what}（{until} 前），可享有「{title}」。", "{what} by {until}, for “{title}”.")

_FACTS: Mapping[str, Text] = {
    "spend": Text("{window}购买金额 {value}", "{window}purchases: {value}"),
    "order_count": Text("{window}订单 {value}", "{window}orders: {value}"),
    "purchase_days": Text("{window}有 {value} 购买过", "days with a purchase: {value}"),
    "last_purchase_on": Text("最近一次购买：{value}", "last purchase: {value}"),
    "first_purchase_on": Text("首次购买：{value}", "first purchase: {value}"),
    "overdue_amount": Text("到期未付款项 {value}", "due and not yet paid: {value}"),
    "procurement_won": Text("近 36 个月已签约金额 {value}", "contracts signed in 36 months: {value}"),
}
"""The facts a customer knows of itself, in the order in which they are told."""
_TOLD_FOR = {
    "last_purchase_on": {"days_since_last_purchase", "gap_ratio", "lifecycle_state", "last_purchase_on"},
    "first_purchase_on": {"tenure_days", "first_purchase_on"},
    "overdue_amount": {"overdue_amount", "overdue_over_30_amount", "overdue_over_90_amount"},
    "order_count": {"order_count", "lifetime_order_count"},
}
"""A fact is told where the standard reads it, or one of these in its place."""
_ONLY_IF_ANY = frozenset({"overdue_amount", "procurement_won"})
_KINDS: tuple[tuple[frozenset[str], Text], ...] = (
    (frozenset({"purchase_day", "order_lines", "orders", "products"}), Text("交易记录", "purchases")),
    (frozenset({"invoices", "payments"}), Text("付款记录", "payments")),
    (
        frozenset({"interactions", "complaints", "contacts", "survey_responses", "consents"}),
        Text("服务往来", "service contacts"),
    ),
    (frozenset({"projects", "contracts", "opportunities"}), Text("项目与合同", "projects and contracts")),
    (frozenset({"relations"}), Text("推荐与合作关系", "referrals and relations")),
    (
        frozenset({"customers", "persons", "declared_measures"}),
        Text("您提供的基本资料", "what you told us about yourself"),
    ),
)


def write_letter(explanation: Explanation, language: Language) -> str:
    """The letter about `explanation`, as plain text in `language`; `- ` opens the items of a list."""
    return "\n".join(text.in_language(language) for text in _letter(explanation)) + "\n"


def _letter(explanation: Explanation) -> Iterator[Text]:
    blank = Text("", "")
    yield _GREETING.fill(id=explanation.customer_id)
    yield blank
    yield _tier(explanation)
    yield from _standing(explanation)
    facts = list(_facts(explanation))
    if facts:
        yield blank
        yield _WHY
        yield from facts
    yield blank
    yield from _raises(explanation)
    yield blank
    yield _RIGHTS
    for right in (_REVIEW, _OPT_OUT):
        yield _item(right)
    yield _ASK
    yield _USED.fill(kinds=_kinds(explanation))


def _item(text: Text) -> Text:
    return Text(f"- {text.zh}", f"- {text.en}")


def _public_title(explanation: Explanation, class_id: str | None) -> Text | None:
    return None if class_id is None else explanation.standard.grade.tier_class(class_id).public_title


def _tier(explanation: Explanation) -> Text:
    title = _public_title(explanation, explanation.grade)
    day = explanation.run.as_of.isoformat()
    if title is None:
        return _NO_TIER.fill(day=day)
    return _TIER.fill(
        day=day, title=title, provisional=_PROVISIONAL if explanation.provisional else Text("", "")
    )


def _standing(explanation: Explanation) -> Iterator[Text]:
    standing = explanation.standing
    if standing.decision is not None and standing.decision.expires_on is not None:
        yield _BY_PERSON.fill(until=standing.decision.expires_on.isoformat())
    elif standing.kept_by is not None:
        yield _KEPT


def _facts(explanation: Explanation) -> Iterator[Text]:
    known = catalogue()
    read = set(explanation.standard.measures)
    for name, fact in _FACTS.items():
        stored = explanation.facts.get(name)
        if stored is None or not read & _TOLD_FOR.get(name, {name}):
            continue
        if name in _ONLY_IF_ANY and not stored:
            continue
        value = spoken_value(known[name], stored, explanation.run.currency)
        yield _item(fact.fill(window=window_words(explanation.standard), value=value))


def _raises(explanation: Explanation) -> Iterator[Text]:
    leads = list(_leads(explanation))
    if leads:
        yield _RAISES
        yield from leads
    elif explanation.grade == explanation.standard.grade.class_ids[0]:
        yield _TOP
    else:
        yield _LATER.fill(day=explanation.next_review.isoformat())


def _leads(explanation: Explanation) -> Iterator[Text]:
    # A way counts for the customer only where it leads above the service enjoyed today, under a title of its own.
    ids = explanation.standard.grade.class_ids
    today = _public_title(explanation, explanation.grade)
    place = len(ids) if explanation.grade is None else ids.index(explanation.grade)
    for told in explanation.ways_up:
        title = _public_title(explanation, told.way.to_class)
        if title is not None and title != today and ids.index(told.way.to_class) < place:
            yield _item(_lead(told, title, explanation.run.currency))


def _lead(told: WayTold, title: Text, currency: str) -> Text:
    change = told.way.change
    parts = []
    if change.clears_overdue:
        parts.append(_CLEAR.fill(sum=_amount(told.way.money - change.purchase, currency)))
    if change.makes_contact:
        parts.append(_CONTACT)
    if change.meets_decider:
        parts.append(_DECIDER)
    if change.orders:
        parts.append(_ORDERS.fill(n=change.orders, each=_amount(change.order_value, currency)))
    if change.money:
        parts.append(_MONEY.fill(sum=_amount(change.money, currency)))
    what = Text("，并".join(p.zh for p in parts), " and ".join(p.en for p in parts))
    capital = Text(what.zh, what.en[:1].upper() + what.en[1:])
    return _LEADS.fill(what=capital, until=told.way.expires_on.isoformat(), title=title)


def _kinds(explanation: Explanation) -> Text:
    inputs = {table for m in explanation.standard.inputs for table in m.inputs}
    kinds = [title for tables, title in _KINDS if tables & inputs]
    return Text("、".join(k.zh for k in kinds), ", ".join(k.en for k in kinds))


def _amount(cents: int, currency: str) -> str:
    return currency + money_text(cents)
