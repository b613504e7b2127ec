"""Where a new standard starts: from a template, or from the ruler of the run that is published."""

from __future__ import annotations

import re
from collections.abc import Mapping

from keceng.desk.directory.scope import current_edition
from keceng.desk.directory.tiers import read_standard_of
from keceng.desk.signature import Signature
from keceng.desk.standards.actions import create_draft
from keceng.desk.standards.documents import rename_document
from keceng.desk.standards.models import StandardRevision
from keceng.standard import dump_standard, find_standard, list_templates, template_text
from keceng.vocabulary import KecengError, Place, Text

PUBLISHED = "@published"
_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,59}")


def list_starts() -> Mapping[str, Text]:
    """What a draft can start from, by code: the published run's own ruler where there is one, then the templates."""
    edition = current_edition()
    found: dict[str, Text] = {}
    if edition is not None:
        title = read_standard_of(edition).title
        found[PUBLISHED] = Text("当前结果所用的标准：{t}", "The standard of the current result: {t}").fill(
            t=title
        )
    return found | {name: find_standard(name).title for name in list_templates()}


def start_draft(start: str, standard_id: str, *, signed: Signature) -> StandardRevision:
    """A draft from a template or the published ruler, under another id where one is given.

    Raises:
        KecengError: there is no such start, the id is none, or `signed.by` may not write standards.
    """
    edition = current_edition()
    if start == PUBLISHED and edition is not None:
        text = dump_standard(read_standard_of(edition))
    elif start in list_templates():
        text = template_text(start)
    else:
        raise KecengError.of(
            "unknown_template",
            "请选一份模板",
            "choose a template",
            value=start or None,
        )
    document = text.encode()
    if standard_id:
        if not _SLUG.fullmatch(standard_id):
            raise KecengError.of(
                "standard.id",
                "编号只用小写字母、数字和 - _",
                "an id has small letters, digits, - and _ only",
                remedy=Text("例如 our-b2b", "for example our-b2b"),
                place=Place(path="id"),
                value=standard_id,
            )
        document = rename_document(document, standard_id)
    return create_draft(document, signed=signed)
