"""Where the figures come from: rejected rows, assumptions, definitions, cuts."""

from __future__ import annotations

from keceng.classify import spoken_value
from keceng.lake import sql
from keceng.report.figures import CutFigures, Definition, RejectedCode, RejectedFigures, RejectedRow
from keceng.report.subject import Subject
from keceng.standard import Bands, CumulativeShare, Dimension, Quantiles
from keceng.vocabulary import Place, Text

REJECTED_ROWS = 20
ALWAYS_DEFINED = (
    "spend",
    "purchase_days",
    "days_since_last_purchase",
    "gap_ratio",
    "r_score",
    "f_score",
    "m_score",
)
"""Measures the report itself shows, whatever the ruler names."""

# A telephone number is never printed, not even one that is to be corrected: the file of rejects has it.
_REJECTED = """
select b.file, r.sheet, r.row_no, r."column" as header, r.code, r.reason_zh, r.reason_en,
  case when r.code = 'bad_phone' then concat(left(r.value, 2), '…') else r.value end as content
from rejects as r left join batches as b on b.batch_id = r.batch_id
where r.fixed_by is null order by b.file, r.batch_id, r.row_no limit :rows
"""

_CODES = """
select code, count(*) as row_count, min(reason_zh) as reason_zh, min(reason_en) as reason_en
from rejects where fixed_by is null group by code order by row_count desc, code
"""


def gather_rejected(subject: Subject) -> RejectedFigures:
    """The run's rejected rows by reason, and the first rows still waiting to be corrected."""
    told = {
        r["code"]: Text(r["reason_zh"] or r["code"], r["reason_en"] or r["code"])
        for r in subject.engine.fetch(sql(_CODES)).to_pylist()
    }
    counts = sorted(subject.summary.rejects.items(), key=lambda item: (-item[1], item[0]))
    rows = subject.engine.fetch(sql(_REJECTED, rows=REJECTED_ROWS)).to_pylist()
    return RejectedFigures(
        codes=tuple(RejectedCode(code, told.get(code, Text(code, code)), n) for code, n in counts),
        rows=tuple(_rejected_row(row) for row in rows),
        row_count=subject.summary.rows.rejected,
    )


def _rejected_row(row: dict[str, str | int | None]) -> RejectedRow:
    file, sheet = row["file"], row["sheet"]
    # A batch of a workbook already names its sheet after the file.
    is_named = sheet is not None and str(file or "").endswith(f" / {sheet}")
    place = Place(
        file=None if file is None else str(file),
        sheet=None if sheet is None or is_named else str(sheet),
        row=None if row["row_no"] is None else int(row["row_no"]),
        column=None if row["header"] is None else str(row["header"]),
    )
    reason = Text(str(row["reason_zh"] or row["code"]), str(row["reason_en"] or row["code"]))
    return RejectedRow(place, str(row["content"] or ""), reason)


def split_languages(sentence: str) -> Text:
    """An assumption as a run stores it, `中文 / English`; one that is not of that form stands in both languages."""
    parts = sentence.split(" / ")
    if len(parts) % 2:
        return Text(sentence, sentence)
    half = len(parts) // 2
    return Text(" / ".join(parts[:half]), " / ".join(parts[half:]))


def gather_definitions(subject: Subject) -> tuple[Definition, ...]:
    """The measures that the ruler names and those the report shows, in the order of the catalogue."""
    shown = ALWAYS_DEFINED if subject.judges_purchases else ("spend",)
    wanted = {*subject.standard.measures, *subject.on_demand, *shown}
    return tuple(
        Definition(m.name, m.title, m.definition, m.source)
        for m in subject.measures.values()
        if m.name in wanted
    )


def gather_cuts(subject: Subject) -> tuple[CutFigures, ...]:
    """The numbers that separated the classes, as the run stored them."""
    found = []
    for dimension_id, by_class in subject.summary.cuts.items():
        dimension = subject.standard.dimension(dimension_id)
        for key, number in by_class.items():
            class_id, _, peer_group = key.partition("@")
            found.append(_cut_figures(subject, dimension, class_id, peer_group or None, number))
    return tuple(found)


def _cut_figures(
    subject: Subject, dimension: Dimension, class_id: str, peer_group: str | None, number: float
) -> CutFigures:
    method = dimension.method
    name = (
        method.measure if isinstance(method, Bands | Quantiles | CumulativeShare) else f"{dimension.id}_score"
    )
    measure = subject.measures[name]
    stored = round(number * measure.kind.scale)
    return CutFigures(
        dimension=dimension.title,
        class_title=dimension.tier_class(class_id).title,
        peer_group=peer_group,
        measure=measure.title,
        number=spoken_value(measure, stored, subject.summary.currency),
    )
