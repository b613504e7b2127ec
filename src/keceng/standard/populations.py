"""Who is judged: the part of a document under `population`."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from keceng.measure import Measure
from keceng.standard.document import Entry
from keceng.standard.method_reading import read_condition
from keceng.standard.model import Exclusion, Population
from keceng.vocabulary import Text

RESERVED_CODES = frozenset({"not_included", "unknown"})


def read_population(
    entry: Entry | None, catalogue: Mapping[str, Measure], classes: Collection[str]
) -> Population:
    """Who is included and who is excluded for which reason.

    Args:
        entry: what is written under `population`; None judges everyone.
        catalogue: the measures that exist; who is judged is settled before anyone is compared, so nothing else does.
        classes: ids of the grade's classes; a reason code must not read like one of them.
    """
    if entry is None:
        return Population()
    inner = entry.fields(("include", "exclude"))
    include = read_condition(inner["include"], catalogue) if "include" in inner else None
    taken = {*classes, *RESERVED_CODES}
    entries = list(inner["exclude"].items()) if "exclude" in inner else []
    exclusions = [_read_exclusion(found, catalogue, taken) for found in entries]
    return Population(include, tuple(e for e in exclusions if e))


def _read_exclusion(entry: Entry, catalogue: Mapping[str, Measure], taken: set[str]) -> Exclusion | None:
    keys = ("id", "when", "reason")
    fields = entry.fields(keys, required=keys)
    code = read_slug(fields["id"]) if "id" in fields else None
    if code in taken:
        message = Text(
            f"「{code}」已用作等级或另一个排除项", f"“{code}” is a class or another exclusion already"
        )
        fields["id"].refuse("id", message, remedy=Text("换一个 id", "choose another id"))
    elif code:
        taken.add(code)
    when = read_condition(fields["when"], catalogue) if "when" in fields else None
    reason = fields["reason"].read_bilingual() if "reason" in fields else None
    return Exclusion(code, when, reason) if code and when and reason else None


def read_slug(entry: Entry) -> str | None:
    """An id that can become a file name and a result column: plain letters, digits, single dashes or underscores."""
    written = entry.scalar or ""
    if written.replace("-", "_").isidentifier() and written.isascii() and len(written) <= 60:
        return written
    message = Text(f"「{written}」不能做 id", f"“{written}” cannot be an id")
    remedy = Text("用英文字母、数字、- 或 _", "use letters, digits, - or _")
    entry.refuse("id", message, remedy=remedy)
    return None
