"""The classes of a result as files for analysts: a workbook, and tables in codes that SPSS and its like read as they are.

A table in codes is a CSV in UTF-8 with a byte-order mark: variables have short ASCII names, categories are whole numbers,
unknown is an empty cell. Beside it stands `NAME_labels.csv`, which says what each variable and each code means, in both
languages. No cell of either is ever taken for a formula.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from keceng.evaluate import Characteristic, Comparison, is_sensitive
from keceng.measure import Measure, catalogue
from keceng.report.placement import place_whole
from keceng.standard import Standard
from keceng.vocabulary import Kind, Text

MAX_NAME = 64
"""The longest variable name that SPSS takes."""
MAX_LABEL_BYTES = 120
"""The longest label of a value that SPSS takes, in UTF-8."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_BOM = b"\xef\xbb\xbf"

_VARIABLES: Mapping[str, Text] = {
    "place": Text("按效应大小的名次", "place by size of the effect"),
    "class": Text("等级", "class"),
    "measure": Text("指标", "measure"),
    "level": Text("取值", "value of the attribute"),
    "kind": Text("比较的是", "what is compared"),
    "known": Text("本级已知家数", "customers of the class of whom it is known"),
    "rest_known": Text("其余已知家数", "other customers of whom it is known"),
    "figure": Text("本级的均值或占比", "mean or share in the class"),
    "rest_figure": Text("其余的均值或占比", "mean or share of the others"),
    "lift": Text("提升度: 本级 ÷ 其余", "lift: class ÷ others"),
    "difference": Text("差", "difference"),
    "ci_low": Text("差的 95% 区间下限", "lower end of its 95 % interval"),
    "ci_high": Text("差的 95% 区间上限", "upper end of its 95 % interval"),
    "effect": Text("效应量: Cohen d(均值)或 h(占比)", "effect size: Cohen's d of means, h of shares"),
    "decides": Text("标准本身用到该指标", "the standard names the measure itself"),
}
_KINDS = (Text("均值", "mean"), Text("占比", "share"))
_NO_YES = (Text("否", "no"), Text("是", "yes"))


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of one variable, from `first` up, each with its meaning."""

    variable: str
    titles: tuple[Text, ...]
    first: int = 1


def write_comparison_csv(comparison: Comparison, standard: Standard, path: Path) -> Path:
    """Write the comparison of classes in codes to `path`, and the labels beside it; where the labels are.

    Args:
        comparison: what sets the classes apart.
        standard: names the classes.
        path: the `.csv` file; each file is replaced whole or not at all.
    """
    measures = list(dict.fromkeys(row.measure for row in comparison.rows))
    levels = list(dict.fromkeys((r.measure, r.level) for r in comparison.rows if r.level is not None))
    codes = (
        Codes("class", tuple(c.title for c in standard.grade.classes)),
        Codes("measure", tuple(catalogue()[name].title for name in measures)),
        Codes("level", tuple(title_level(catalogue()[name], level) for name, level in levels)),
        Codes("kind", _KINDS),
        Codes("decides", _NO_YES, first=0),
    )
    with place_whole(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_VARIABLES)
        for place, row in enumerate(comparison.rows, start=1):
            writer.writerow(
                [
                    place,
                    standard.grade.class_ids.index(row.class_id) + 1,
                    measures.index(row.measure) + 1,
                    "" if row.level is None else levels.index((row.measure, row.level)) + 1,
                    1 if row.level is None else 2,
                    *_numbers(row),
                    int(row.decides),
                ]
            )
    return _write_labels(path, _VARIABLES, codes)


def write_cases_csv(graded: pa.Table, standard: Standard, path: Path) -> Path:
    """Write one row per classified customer with every known measure in codes to `path`; where the labels are.

    Customers are known by `customer_key` alone, and sensitive attributes are left out.

    Args:
        graded: a table with the columns of `customers.parquet`.
        standard: names the classes.
        path: the `.csv` file; each file is replaced whole or not at all.
    """
    judged = graded.filter(pc.is_valid(graded["grade"])).sort_by("customer_key")
    columns: dict[str, pa.Array] = {
        # Its digits do not fit a floating-point number, so it is text.
        "customer_key": pc.binary_join_element_wise("K", judged["customer_key"].cast(pa.string()), ""),
        "grade": _code_known(judged["grade"], standard.grade.class_ids),
    }
    codes = [Codes("grade", tuple(c.title for c in standard.grade.classes))]
    labels = {"customer_key": Text("客户", "customer"), "grade": Text("等级", "grade")}
    for measure in catalogue().values():
        if (
            measure.name not in judged.column_names
            or is_sensitive(measure)
            or judged[measure.name].null_count == judged.num_rows
        ):
            continue
        labels[measure.name] = measure.title
        columns[measure.name], own = _case_column(measure, judged[measure.name])
        codes += own
    with place_whole(path) as part, part.open("wb") as file:
        file.write(_BOM)
        arrow_csv.write_csv(pa.table(columns), file)
    return _write_labels(path, labels, codes)


def title_level(measure: Measure, level: str) -> Text:
    """A value of an attribute as told to people."""
    if measure.kind is Kind.FLAG:
        return _NO_YES[level == "true"]
    return measure.category_title(level)


def _case_column(measure: Measure, stored: pa.ChunkedArray) -> tuple[pa.Array, list[Codes]]:
    match measure.kind:
        case Kind.CATEGORY:
            levels = sorted(stored.unique().drop_null().to_pylist())
            titles = tuple(title_level(measure, level) for level in levels)
            return _code_known(stored, levels), [Codes(measure.name, titles)]
        case Kind.FLAG:
            return stored.cast(pa.int8()), [Codes(measure.name, _NO_YES, first=0)]
        case Kind.DATE:
            return stored.cast(pa.date32()), []
        case kind if kind.scale == 1:
            return stored, []
        case kind:
            return pc.divide(stored.cast(pa.float64()), float(kind.scale)), []


def _code_known(values: pa.ChunkedArray, levels: Sequence[str]) -> pa.Array:
    found = pc.index_in(values.cast(pa.string()), value_set=pa.array(list(levels), pa.string()))
    return pc.if_else(pc.is_valid(values), pc.add(found, 1), None)


def _numbers(row: Characteristic) -> Iterator[object]:
    document = row.to_document()
    for name in list(_VARIABLES)[5:-1]:
        found = document[name]
        yield "" if found is None else found


def _write_labels(path: Path, variables: Mapping[str, Text], codes: Sequence[Codes]) -> Path:
    beside = path.with_name(f"{path.stem}_labels.csv")
    with place_whole(beside) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["variable", "code", "label_zh", "label_en"])
        for name, title in variables.items():
            writer.writerow([name, "", *_labels(title)])
        for known in codes:
            for code, title in enumerate(known.titles, start=known.first):
                writer.writerow([known.variable, code, *_labels(title)])
    return beside


def _labels(title: Text) -> tuple[str, str]:
    return _inert(title.zh), _inert(title.en)


def _inert(text: str) -> str:
    plain = " ".join(text.split())
    quoted = f"'{plain}" if text.startswith(_FORMULA_STARTS) or plain.startswith(_FORMULA_STARTS) else plain
    return quoted.encode()[:MAX_LABEL_BYTES].decode(errors="ignore")
