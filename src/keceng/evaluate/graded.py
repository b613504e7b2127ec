"""A standard as a ranking: customers by grade, best first, those of one grade tied."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from keceng import measure
from keceng.classify import EMPTY_STANDINGS, plan_steps
from keceng.evaluate.rankings import Ranking
from keceng.lake import Engine, sql
from keceng.standard import Standard
from keceng.vocabulary import DimensionKind, Text


def rank_by_grade(engine: Engine, standing: measure.Standing, standard: Standard, cut: dt.date) -> Ranking:
    """The grades of `standard` at `cut`, the standing's day; a customer whom it does not grade comes after its last class."""
    engine.give("standings", EMPTY_STANDINGS)
    engine.run(plan_steps(standard, cut))
    engine.give("judged", standing.buyers.select(["customer_key", "place"]))
    graded = engine.fetch(
        sql(
            """
            select judged.place, coded.grade from judged
            left join units on units.customer_key = judged.customer_key
            left join coded on coded.customer_key = units.unit_key
            order by judged.place
            """
        )
    )
    engine.drop("judged")
    order = {class_id: -place for place, class_id in enumerate(standard.grade.class_ids)}
    last = -len(order)
    ranks: measure.FloatArray = np.array(
        [order.get(grade, last) for grade in graded["grade"].to_pylist()], dtype=np.float64
    )
    return Ranking(standard.id, ranks)


def tell_unordered(standard: Standard) -> Iterator[Text]:
    """What is to be said of a standard whose classes are not ordered: the order they are written in was used."""
    if standard.grade.kind is DimensionKind.SEGMENT:
        yield Text(
            f"标准 {standard.id} 的类别不分高低, 按书写顺序排名",
            f"the classes of standard {standard.id} are not ordered; they rank as written",
        )
