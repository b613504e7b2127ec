"""What changed in a condition: one line moved, a part added or taken away, or another condition altogether."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keceng.standard.change import Change, ChangePart, replaced, shifted
from keceng.standard.condition import (
    And,
    Between,
    Comparator,
    Comparison,
    Condition,
    In,
    Literal,
    Name,
    Node,
    Or,
    leaf_nodes,
)
from keceng.standard.model import Standard
from keceng.standard.wording import SIGNS, describe_condition, describe_literal
from keceng.vocabulary import Text

RISING = frozenset({Comparator.GREATER, Comparator.GREATER_OR_EQUAL})
ORDERED = RISING | {Comparator.LESS, Comparator.LESS_OR_EQUAL}
Pair = tuple[Standard, Standard]


@dataclass(frozen=True, slots=True)
class Where:
    """A place where a condition stands.

    Attributes:
        path: of the document.
        subject: what it decides, as in `A类`.
        part: what a change here touches.
        earned: whether to meet it is a merit, so that a line moved is stricter or easier.
    """

    path: str
    subject: Text
    part: ChangePart = ChangePart.RULER
    earned: bool = False


def condition_changes(
    pair: Pair, where: Where, old: Condition | None, new: Condition | None
) -> Iterator[Change]:
    """The differences between two conditions that stand at the same place.

    Args:
        pair: the old and the new standard, whose words are used.
        where: the place, and what the condition decides there.
        old: None where there was none.
        new: None where there is none any more.
    """
    if str(old) == str(new):
        return
    told: list[Text] = []
    if old is not None and new is not None:
        told = _moved_lines(pair, where, old.tree, new.tree)
        told = told or list(_exchanged_parts(pair, where.subject, old.tree, new.tree))
    told = told or [replaced(where.subject, _said(old, pair[0]), _said(new, pair[1]))]
    yield from (Change(where.path, where.part, words) for words in told)


def title_in(standard: Standard, name: str) -> Text:
    """The title of a name, with the window it looks at."""
    measure = standard.scope[name]
    if not measure.windowed:
        return measure.title
    span = span_text(standard.window_days)
    return Text(f"近{span.zh}{measure.title.zh}", f"{span.en} {measure.title.en.lower()}")


def span_text(days: int) -> Text:
    """A span in months where it is whole years or months, else in days: `12个月`, `12-month`."""
    months = days * 12 // 365
    if months and months * 365 // 12 == days:
        return Text(f"{months}个月", f"{months}-month")
    return Text(f"{days}天", f"{days}-day")


def _said(condition: Condition | None, standard: Standard) -> Text | None:
    if condition is None:
        return None
    words = describe_condition(condition, standard.scope)
    return Text(f"「{words.zh}」", f"“{words.en}”")


def _moved_lines(pair: Pair, where: Where, old: Node, new: Node) -> list[Text]:
    """The lines that moved where nothing else changed; empty where something else did."""
    before, after = list(leaf_nodes(old)), list(leaf_nodes(new))
    if _skeleton(old) != _skeleton(new):
        return []
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    words = [_moved_line(pair, where, a, b) for a, b in changed]
    return [w for w in words if w is not None] if None not in words else []


def _skeleton(node: Node) -> str:
    match node:
        case And(parts=parts) | Or(parts=parts):
            return f"{type(node).__name__}({','.join(map(_skeleton, parts))})"
        case Comparison(comparator=comparator, left=left, right=Literal()) if comparator in ORDERED:
            return f"{left} {'>' if comparator in RISING else '<'}"
        case Between(subject=subject):
            return f"{subject} between"
        case In(subject=subject):
            return f"{subject} in"
        case _:
            return str(node)


def _moved_line(pair: Pair, where: Where, old: Node, new: Node) -> Text | None:
    match old, new:
        case Comparison(left=Name(name=name)), Comparison():
            return _moved_bound(pair, where, name, old, new)
        case In(subject=Name(name=name)), In():
            listed = [_listed(node, standard, name) for node, standard in ((old, pair[0]), (new, pair[1]))]
            title = title_in(pair[1], name)
            return replaced(
                Text(f"{where.subject.zh}要求的{title.zh}", f"{title.en} wanted for {where.subject.en}"),
                *listed,
            )
        case _:
            return None


def _moved_bound(pair: Pair, where: Where, name: str, old: Comparison, new: Comparison) -> Text | None:
    before, after = old.right, new.right
    if not isinstance(before, Literal) or not isinstance(after, Literal):
        return None
    measure = pair[1].scope[name]
    texts = [describe_literal(side, measure) for side in (before, after)]
    signs = [SIGNS[node.comparator] for node in (old, new)]
    title = title_in(pair[1], name)
    old_words = Text(f"{title.zh} {signs[0]} {texts[0].zh}", f"{title.en} {signs[0]} {texts[0].en}")
    new_words = (
        texts[1] if signs[0] == signs[1] else Text(*(f"{signs[1]} {t}" for t in (texts[1].zh, texts[1].en)))
    )
    line = Text(f"{where.subject.zh}的线", f"the line of {where.subject.en}")
    if before.content == after.content:
        return replaced(line, old_words, Text(f"{title.zh} {new_words.zh}", f"{title.en} {new_words.en}"))
    rises = bool(after.content > before.content)  # type: ignore[operator]  # both of one ordered kind
    stricter = rises is (old.comparator in RISING) if where.earned else None
    return shifted(line, old_words, new_words, rises=rises, stricter=stricter)


def _listed(node: In, standard: Standard, name: str) -> Text:
    measure = standard.scope[name]
    texts = [describe_literal(item, measure) for item in node.items]
    return Text("、".join(t.zh for t in texts), ", ".join(t.en for t in texts))


def _exchanged_parts(pair: Pair, subject: Text, old: Node, new: Node) -> Iterator[Text]:
    """Parts joined by `and` that came or went, where some stayed."""
    before, after = _conjuncts(old), _conjuncts(new)
    kept = {str(part) for part in before} & {str(part) for part in after}
    if not kept:
        return
    for part in before:
        if str(part) not in kept:
            words = describe_condition(Condition(str(part), part), pair[0].scope)
            yield Text(f"{subject.zh}不再要求「{words.zh}」", f"{subject.en} no longer asks for “{words.en}”")
    for part in after:
        if str(part) not in kept:
            words = describe_condition(Condition(str(part), part), pair[1].scope)
            yield Text(f"{subject.zh}还要求「{words.zh}」", f"{subject.en} also asks for “{words.en}”")


def _conjuncts(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, And) else (node,)
