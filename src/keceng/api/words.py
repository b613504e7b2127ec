"""What all shapes share: sentences in two languages, keys, days, reasons."""

from __future__ import annotations

from typing import Annotated

from ninja import Path, Schema
from pydantic import AfterValidator, Field, StringConstraints

from keceng.api.problems import absent

GREATEST_KEY = 2**63 - 1


def _without_nul(text: str) -> str:
    # PostgreSQL keeps no such character, and nobody types one.
    if "\x00" in text:
        raise ValueError("a NUL character")
    return text


Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_without_nul)]
Reason = Annotated[
    str,
    StringConstraints(max_length=500),
    AfterValidator(_without_nul),
    Field(description="why, in one's own words · 理由"),
]
Number = Annotated[int, Path(ge=1, le=GREATEST_KEY)]
RowNumber = Annotated[int, Field(ge=1, le=GREATEST_KEY)]
CustomerKey = Annotated[
    str, Path(pattern=r"^[0-9]{1,19}$", description="key of a customer, as `customer_key` · 客户键")
]
Cents = Annotated[int, Field(description="whole cents · 单位：分")]


class Words(Schema):
    """中英两种说法。A sentence in both languages."""

    zh: str
    en: str


class Done(Schema):
    """已完成。It is done."""

    done: bool = True


def key_of(customer_key: str) -> int:
    """The key as the desk has it.

    Raises:
        KecengError: no customer can have it.
    """
    key = int(customer_key)
    if key > GREATEST_KEY:
        raise absent()
    return key
