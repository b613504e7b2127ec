"""What a run says of itself beside its grades: rates that nobody declared, and classes that do not mean what they say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from keceng.classify.plan import class_steps, rests_on_rates
from keceng.classify.population import ALWAYS
from keceng.classify.stability import EMPTY_STANDINGS
from keceng.collect import LEDGER
from keceng.lake import Engine, Snapshot, open_engine, sql
from keceng.measure import Frame, select_measure_steps
from keceng.standard import Standard
from keceng.vocabulary import Text, money_text

"""The input of every measure that rests on rates of service costs."""

LOYAL, DORMANT = "loyal", "dormant"
"""Classes of a grade whose names promise something: that the one buys again more surely than the other."""

MOST_LOYAL_PERCENT = 60
REBUY_DAYS = 90
"""How far back the classes are looked at, and for how long afterwards."""
ENOUGH_TO_COMPARE = 30


def tell_default_rates(engine: Engine, standard: Standard, currency: str) -> list[str]:
    """What was assumed of service costs: the default rates of activities that occur, where the ruler rests on them.

    Args:
        engine: after the steps of the run.
        standard: the ruler.
        currency: the sign before amounts.
    """
    if not rests_on_rates(standard):
        return []
    rows = engine.fetch(
        sql(
            """
            select activity, rate from rates
            where since_on is null and activity in (select activity from activities where drivers > 0)
            order by activity
            """
        )
    ).to_pylist()
    if not rows:
        return []
    told = [_tell_rate(row["activity"], row["rate"], currency) for row in rows]
    chinese, english = "、".join(text.zh for text in told), ", ".join(text.en for text in told)
    said = Text(
        f"服务成本按默认费率: {chinese}; 用 keceng rates set 声明自己的",
        f"service costs at default rates: {english}; declare your own with keceng rates set",
    )
    return [f"{said.zh} / {said.en}"]


_SPOKEN = {
    "order": Text("每单", "an order"),
    "delivery": Text("每次配送", "a delivery"),
    "return": Text("每次退货", "a return"),
    "visit": Text("拜访每小时", "an hour of visits"),
    "ticket": Text("每件工单", "a ticket"),
}


def _tell_rate(activity: str, rate: int, currency: str) -> Text:
    if activity not in _SPOKEN:
        return Text(f"应收占用年 {rate / 100:g}%", f"{rate / 100:g}% a year on receivables")
    driver, amount = _SPOKEN[activity], f"{currency}{money_text(rate)}"
    return Text(f"{driver.zh} {amount}", f"{amount} {driver.en}")


def is_warned_of(standard: Standard) -> bool:
    """Whether its grade has the classes that `warn_of_classes` looks at, for which it needs the step `measured`."""
    return {LOYAL, DORMANT} <= set(standard.grade.class_ids)


def warn_of_classes(engine: Engine, snapshot: Snapshot, standard: Standard, as_of: dt.date) -> list[str]:
    """Where the classes of a grade by behaviour do not part customers (MEANINGS 19): loyal without end, dormant in name only.

    Args:
        engine: after the steps of the run.
        snapshot: the ledger, for the look at the classes `REBUY_DAYS` earlier.
        standard: the ruler; one without the two classes is not warned of.
        as_of: the day of the run.

    Returns:
        Each warning as `中文 / English`.
    """
    if not is_warned_of(standard):
        return []
    warnings = (*_warn_of_too_many(engine, standard), *_warn_of_rebuying(snapshot, standard, as_of))
    return [f"{text.zh} / {text.en}" for text in warnings]


def _warn_of_too_many(engine: Engine, standard: Standard) -> Sequence[Text]:
    found = engine.fetch(
        sql(
            """
            select count(*) as buyers, count(*) filter (where assigned.grade = :loyal) as loyal
            from assigned join measured on measured.customer_key = assigned.unit_key
            where assigned.grade is not null and measured.lifetime_order_count > 0
            """,
            loyal=LOYAL,
        )
    ).to_pylist()[0]
    if 100 * found["loyal"] <= MOST_LOYAL_PERCENT * found["buyers"]:
        return ()
    title, share = standard.grade.tier_class(LOYAL).title, found["loyal"] / found["buyers"]
    warning = Text(
        f"{{title}}占买过的客户 {share:.0%}, 超过 {MOST_LOYAL_PERCENT}%: 这一类太宽, 说明不了什么; 提高购买天数或客龄的要求",
        f"{{title}} are {share:.0%} of all who bought, above {MOST_LOYAL_PERCENT}%: the class is too wide to say much; ask for "
        "more purchase days or a longer tenure",
    )
    return (warning.fill(title=title),)


def _warn_of_rebuying(snapshot: Snapshot, standard: Standard, as_of: dt.date) -> Sequence[Text]:
    rates = _count_rebuyers(snapshot, standard, as_of)
    (loyal, again_loyal), (dormant, again_dormant) = rates[LOYAL], rates[DORMANT]
    if min(loyal, dormant) < ENOUGH_TO_COMPARE or again_dormant * loyal < again_loyal * dormant:
        return ()
    titles = {
        "loyal": standard.grade.tier_class(LOYAL).title,
        "dormant": standard.grade.tier_class(DORMANT).title,
    }
    one, other = f"{again_dormant / dormant:.0%}", f"{again_loyal / loyal:.0%}"
    warning = Text(
        f"{REBUY_DAYS} 天前的{{dormant}}此后有 {one} 再买, 不少于{{loyal}}的 {other}: 两类没有分开, 检查状态与购买间隔",
        f"Of those who were {{dormant}} {REBUY_DAYS} days ago {one} have bought since, no fewer than {{loyal}} ({other}): the two "
        "classes are not apart; look at state and purchase gaps",
    )
    return (warning.fill(**titles),)


def _count_rebuyers(snapshot: Snapshot, standard: Standard, as_of: dt.date) -> dict[str, tuple[int, int]]:
    """Per class, how many stood in it `REBUY_DAYS` ago, and how many of them have bought since."""
    cut = as_of - dt.timedelta(days=REBUY_DAYS)
    frame = Frame(cut, standard.window_days, standard.unit.value)
    engine = open_engine(snapshot, LEDGER)
    try:
        engine.give("standings", EMPTY_STANDINGS)
        engine.run([*select_measure_steps(frame, (*standard.measures, *ALWAYS)), *class_steps(standard, cut)])
        rows = engine.fetch(
            sql(
                """
                with bought as (
                  select distinct units.unit_key from purchase_day join units using (customer_key)
                  where day > :cut and day <= :as_of
                    and case when void_on <= :as_of then 0 else orders end > 0
                )
                select grade_by_rules as class_id, count(*) as heads, count(bought.unit_key) as again
                from coded left join bought on bought.unit_key = coded.customer_key
                where grade_by_rules is not null group by grade_by_rules
                """,
                cut=cut,
                as_of=as_of,
            )
        ).to_pylist()
    finally:
        engine.close()
    counted = {row["class_id"]: (row["heads"], row["again"]) for row in rows}
    return {class_id: counted.get(class_id, (0, 0)) for class_id in (LOYAL, DORMANT)}
