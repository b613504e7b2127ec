"""The letter that tells a customer its service tier, for somebody who may see the customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keceng.classify import explain_customer, write_letter
from keceng.desk.directory.scope import find_entry
from keceng.desk.people.models import User
from keceng.loop import Workspace
from keceng.vocabulary import Language

_ITEM = "- "


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a letter: a sentence, or the items of a list."""

    text: str
    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in one language: whole as plain text, and in paragraphs. It speaks of public titles alone."""

    customer_id: str
    language: Language
    text: str

    @property
    def paragraphs(self) -> Sequence[Paragraph]:
        """The same text, its lists put together."""
        found: list[Paragraph] = []
        for line in self.text.splitlines():
            if line.startswith(_ITEM) and found and not found[-1].text:
                found[-1] = Paragraph("", (*found[-1].items, line.removeprefix(_ITEM)))
            elif line.startswith(_ITEM):
                found.append(Paragraph("", (line.removeprefix(_ITEM),)))
            elif line:
                found.append(Paragraph(line, ()))
        return found


def read_letter(workspace: Workspace, user: User, customer_key: int, language: Language) -> Letter | None:
    """The letter to a customer; None when there is none or `user` may not see it."""
    entry = find_entry(user, customer_key)
    if entry is None:
        return None
    explanation = explain_customer(workspace.lake.snapshot(), entry.customer_id, entry.edition.run_id)
    return Letter(entry.customer_id, language, write_letter(explanation, language))
