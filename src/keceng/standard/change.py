"""One difference between two standards, in words, where it stands and what it touches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from keceng.vocabulary import Text

ABSENT = Text("（无）", "(none)")


class ChangePart(StrEnum):
    """What a change touches.

    The ruler gives grades; the buffer decides when a customer leaves one; people nominate; the others move nobody.
    """

    RULER = "ruler"
    STABILITY = "stability"
    NOMINATION = "nomination"
    STRATEGY = "strategy"
    REVIEW = "review"
    WORDING = "wording"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        path: where it stands in the document, such as `grade.classes.A.when`.
        part: what it touches.
        words: what changed, in a sentence without a full stop.
    """

    path: str
    part: ChangePart
    words: Text

    @property
    def can_move(self) -> bool:
        """Whether it can give a customer another grade by the rules: it changes the ruler (`ruler_hash`)."""
        return self.part is ChangePart.RULER

    def to_document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "path": self.path,
            "part": self.part.value,
            "can_move": self.can_move,
            "zh": self.words.zh,
            "en": self.words.en,
        }


def replaced(subject: Text, old: Text | None, new: Text | None) -> Text:
    """`subject` from `old` to `new` in words; None is nothing."""
    before, after = old or ABSENT, new or ABSENT
    return Text(
        f"{subject.zh}：从 {before.zh} 改为 {after.zh}", f"{subject.en}: from {before.en} to {after.en}"
    )


def shifted(subject: Text, old: Text, new: Text, *, rises: bool, stricter: bool | None = None) -> Text:
    """A number of `subject` raised or lowered in words; `stricter` says what that does to whoever is judged."""
    verb = Text("提到", "raised") if rises else Text("降到", "lowered")
    effect = Text("", "")
    if stricter is not None:
        effect = Text("（更严）", " (stricter)") if stricter else Text("（更松）", " (easier)")
    return Text(
        f"{subject.zh}从 {old.zh} {verb.zh} {new.zh}{effect.zh}",
        f"{subject.en} {verb.en} from {old.en} to {new.en}{effect.en}",
    )
