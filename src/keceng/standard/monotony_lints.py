"""Rules that ask for a worse number, so that a customer who gets better might get a worse class."""

from __future__ import annotations

from collections.abc import Iterator

from keceng.standard.condition import Condition, LeafNode, quantity_names
from keceng.standard.findings import finding
from keceng.standard.mentions import dimension_path
from keceng.standard.model import Dimension, Standard
from keceng.standard.monotony import Orders, doubted_parts
from keceng.standard.wording import describe_condition
from keceng.vocabulary import Direction, Kind, Problem, Text


def find_doubtful(standard: Standard) -> Iterator[Problem]:
    """Parts of a ladder that a better number no longer meets and that no rule above takes over.

    A rule that is merely not proven is not told of: a cap by a category has no better side.
    """
    orders = Orders(standard)
    for dimension in (*standard.dimensions, standard.grade):
        for class_id, parts in doubted_parts(dimension, orders):
            title = dimension.tier_class(class_id).title
            words = [describe_condition(Condition(str(part), part), standard.scope) for part in parts]
            zh, en = "」「".join(w.zh for w in words), "”, “".join(w.en for w in words)
            message = Text(
                f"「{title.zh}」要求「{zh}」：指标变好就不再满足，等级可能反而变差",
                f"“{title.en}” asks for “{en}”: a better number no longer meets it and might give a worse class",
            )
            remedies = list(dict.fromkeys(_remedy(part, orders) for part in parts))
            remedy = Text("；".join(r.zh for r in remedies), "; ".join(r.en for r in remedies))
            yield finding("monotone", f"{dimension_path(dimension)}.classes.{class_id}.when", message, remedy)


def _remedy(part: LeafNode, orders: Orders) -> Text:
    standard = orders.standard
    name = next(n for n in quantity_names(part) if _moves(n.name, standard))
    title = standard.scope[name.name].title
    dimension = _dimension(name.name, standard)
    if dimension is not None:
        best = dimension.tier_class((orders.order(dimension) or dimension.class_ids)[0]).title
        return Text(
            f"「{title.zh}」也列入到「{best.zh}」为止的更好的类",
            f"list the better classes of “{title.en}” too, up to “{best.en}”",
        )
    if name.kind is Kind.FLAG:
        return Text(
            f"去掉「{title.zh}」这一条，或让上面的类接住其余客户",
            f"drop what is asked of “{title.en}”, or let a class above take the others",
        )
    sign = ">=" if standard.scope[name.name].direction is Direction.HIGHER else "<="
    return Text(
        f"「{title.zh}」只写 {sign} 一边的界限，或让上面的类接住更好的客户",
        f"bound “{title.en}” by {sign} only, or let a class above take those who are better",
    )


def _dimension(name: str, standard: Standard) -> Dimension | None:
    return next((d for d in standard.dimensions if d.id == name), None)


def _moves(name: str, standard: Standard) -> bool:
    return _dimension(name, standard) is not None or standard.scope[name].direction is not Direction.NEUTRAL
