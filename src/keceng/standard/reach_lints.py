"""Classes and conditions that no customer can reach, and parts of a rule that never decide anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from keceng.standard.condition import And, Condition, Node, Or
from keceng.standard.findings import finding
from keceng.standard.mentions import dimension_path, list_mentions
from keceng.standard.methods import Bands, Bound, Matrix, Rules, Scorecard
from keceng.standard.model import Dimension, Standard
from keceng.standard.reach import Box, Range, list_boxes
from keceng.standard.wording import describe_condition
from keceng.vocabulary import Kind, Problem, Text

MAX_SHOWN = 60


def find_unreachable(standard: Standard) -> Iterator[Problem]:
    """Classes nobody can get, conditions nobody can meet, and alternatives of a rule that change nothing."""
    for dimension in (*standard.dimensions, standard.grade):
        match dimension.method:
            case Rules():
                yield from _on_ladder(dimension, dimension.method, standard)
            case Matrix(cells=cells):
                given = {chosen for _, _, chosen in cells}
                for class_id in [c for c in dimension.class_ids if c not in given]:
                    reason = Text("没有一格给出这一类", "no cell gives it")
                    yield _unreachable(dimension, class_id, reason)
            case Bands() | Scorecard():
                yield from _below_zero(dimension, standard)
    yield from _never_met(standard)


def _never_met(standard: Standard) -> Iterator[Problem]:
    for mention in list_mentions(standard):
        is_rule = mention.path.endswith(".when") and mention.dimension is not None
        if mention.condition and not is_rule and list_boxes(mention.condition.tree, standard.scope) == ():
            message = Text(
                "这个条件自相矛盾，永远不会满足", "this condition contradicts itself and never holds"
            )
            remedy = Text("改正其中一条界限，或删去它", "correct one of its lines, or drop it")
            yield finding("unreachable", mention.path, message, remedy)


def _unreachable(dimension: Dimension, class_id: str, reason: Text, *, key: str = "") -> Problem:
    title = dimension.tier_class(class_id).title
    message = Text(f"没有客户会进入「{title.zh}」：{reason.zh}", f"nobody can get “{title.en}”: {reason.en}")
    remedy = Text("调整界限或次序，或删去这一类", "move the lines or the order, or drop the class")
    return finding("unreachable", f"{dimension_path(dimension)}.classes.{class_id}{key}", message, remedy)


def _on_ladder(dimension: Dimension, method: Rules, standard: Standard) -> Iterator[Problem]:
    taken: list[tuple[str, Box]] = []
    for rule in method.rules:
        if rule.when is None:
            # An unknown that is passed on always has the rest to go to.
            if not any(r.unknown_is_not_met for r in method.rules) and _takes_everything(
                [box for _, box in taken], standard
            ):
                reason = Text("上面的规则已经覆盖所有情况", "the rules above take every case")
                yield _unreachable(dimension, rule.class_id, reason)
            continue
        boxes = list_boxes(rule.when.tree, standard.scope)
        if boxes is None:
            continue
        why = _why_not(boxes, taken, dimension)
        if why:
            yield _unreachable(dimension, rule.class_id, why, key=".when")
        else:
            yield from _idle_parts(dimension, rule.class_id, rule.when.tree, taken, standard)
        taken += [(rule.class_id, box) for box in boxes]


def _why_not(boxes: Sequence[Box], taken: Sequence[tuple[str, Box]], dimension: Dimension) -> Text | None:
    if not boxes:
        return Text("它的条件自相矛盾", "its condition contradicts itself")
    takers = [_taker(box, taken) for box in boxes]
    if None in takers:
        return None
    titles = [dimension.tier_class(t).title for t in dict.fromkeys(t for t in takers if t)]
    zh, en = "、".join(t.zh for t in titles), ", ".join(t.en for t in titles)
    return Text(f"符合的客户都已先归入「{zh}」", f"whoever fits has gone to “{en}” before")


def _taker(box: Box, taken: Sequence[tuple[str, Box]]) -> str | None:
    return next((class_id for class_id, other in taken if box.is_inside(other)), None)


def _idle_parts(
    dimension: Dimension, class_id: str, tree: Node, taken: Sequence[tuple[str, Box]], standard: Standard
) -> Iterator[Problem]:
    for parts, context in _choices(tree, ()):
        ways = [list_boxes(And((*context, part)), standard.scope) for part in parts]
        for part, boxes in zip(parts, ways, strict=True):
            others = [box for some in ways if some and some is not boxes for box in some]
            wider = [(class_id, box) for box in others if box not in (boxes or ())]
            if boxes is not None and _why_not(boxes, [*taken, *wider], dimension):
                words = describe_condition(Condition(str(part), part), standard.scope)
                yield _idle(f"{dimension_path(dimension)}.classes.{class_id}.when", words)


def _idle(path: str, words: Text) -> Problem:
    message = Text(
        f"「{_short(words.zh)}」不起作用：它自相矛盾，或别的规则、别的情形已经包含它",
        f"“{_short(words.en)}” decides nothing: it contradicts itself, or another rule or alternative takes it all",
    )
    return finding(
        "overlap", path, message, Text("删去这一段，或改它的界限", "drop this part, or move its lines")
    )


def _choices(node: Node, context: tuple[Node, ...]) -> Iterator[tuple[tuple[Node, ...], tuple[Node, ...]]]:
    """Every row of alternatives in a condition, with what must hold beside them."""
    if isinstance(node, Or):
        yield node.parts, context
        for part in node.parts:
            yield from _choices(part, context)
    elif isinstance(node, And):
        for part in node.parts:
            beside = tuple(other for other in node.parts if other is not part)
            yield from _choices(part, (*context, *beside))


def _short(words: str) -> str:
    return words if len(words) <= MAX_SHOWN else words[:MAX_SHOWN] + "…"


def _takes_everything(boxes: Sequence[Box], standard: Standard) -> bool:
    """Whether boxes about one single name leave nothing of it; an unknown stops at the rule that asks."""
    simple = [box for box in boxes if not box.unknown and not box.others and not box.excluded]
    codes: dict[str, set[str]] = {}
    ranges: dict[str, list[Range]] = {}
    for box in simple:
        if len(box.allowed) == 1 and not box.ranges:
            ((name, allowed),) = box.allowed.items()
            codes.setdefault(name, set()).update(allowed)
        elif len(box.ranges) == 1 and not box.allowed:
            ((name, found),) = box.ranges.items()
            ranges.setdefault(name, []).append(found)
    return any(_is_all(name, found, standard) for name, found in codes.items()) or any(
        _covers_line(found) for found in ranges.values()
    )


def _is_all(name: str, codes: set[str], standard: Standard) -> bool:
    measure = standard.scope[name]
    known = {"True", "False"} if measure.kind is Kind.FLAG else {code for code, _ in measure.categories}
    return bool(known) and known <= codes


def _covers_line(ranges: Sequence[Range]) -> bool:
    if not any(found.low is None for found in ranges):
        return False
    reached = max((f for f in ranges if f.low is None), key=_height)
    for found in sorted((f for f in ranges if f.low is not None), key=lambda f: (f.low, f.low_open)):
        if reached.high is None:
            return True
        gap = found.low is not None and (
            found.low > reached.high or (found.low == reached.high and found.low_open and reached.high_open)
        )
        if not gap and _height(found) > _height(reached):
            reached = found
    return reached.high is None


def _height(found: Range) -> tuple[bool, Fraction, bool]:
    return found.high is None, found.high or Fraction(0), not found.high_open


def _below_zero(dimension: Dimension, standard: Standard) -> Iterator[Problem]:
    match dimension.method:
        case Scorecard(cuts=cuts):
            lowest: object = cuts[-2] if len(cuts) > 1 else None
            is_never_below = True
        case Bands(bound=Bound.FROM, cuts=cuts, measure=measure):
            lowest, is_never_below = cuts[-2], standard.scope[measure].kind is Kind.COUNT
        case _:
            return
    if is_never_below and isinstance(lowest, int) and lowest <= 0:
        reason = Text("上一类从 0 起，没有人低于 0", "the class above begins at 0, and nobody is below 0")
        yield _unreachable(dimension, dimension.class_ids[-1], reason)
