"""Which kind of file this is and what each of its columns feeds: suggested, overridden, remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from keceng.collect.aliases import UNSURE, normalize_header, read_title_scale, read_unit_scale
from keceng.collect.candidates import ACCEPTED, DECLARED, Candidate, list_candidates
from keceng.collect.fields import ENTITIES, FIELDS, Entity, FieldKind
from keceng.collect.grain import settle_sales_grain
from keceng.collect.profiles import ColumnProfile, profile_column, prove_date_order
from keceng.collect.rivals import note_date_orders, note_masked_phones, note_rivals
from keceng.collect.source import ColumnMapping, DateOrder, Grain, SourceMapping, SourceTable
from keceng.collect.staged import LOOKED_AT
from keceng.vocabulary import KecengError, Kind, Problem, Text

_DATES, _ONLY = 0.5, 0.8
ENTITY = "entity"
"""As a field of `--map`: says what kind of file it is."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A table read as one kind of entity."""

    entity: Entity
    chosen: tuple[Candidate, ...]
    missing: tuple[tuple[str, ...], ...]
    is_possible: bool
    weight: float

    @property
    def is_marked(self) -> bool:
        return any(c.confidence > UNSURE and set(c.fields) & set(self.entity.marks) for c in self.chosen)


def suggest_mapping(
    table: SourceTable,
    *,
    overrides: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
    date_order: DateOrder | None = None,
) -> SourceMapping:
    """What the table is and what its columns feed.

    Args:
        table: as read.
        overrides: field → column from `--map`; an empty column switches a field off; `entity` names the kind of file.
        remembered: the same from the source's last import; a column that is gone is decided anew.
        date_order: how 01/02/2024 is read where a column does not prove it.

    Raises:
        KecengError: an unknown field or column, or needed fields without a column: all of them at once.
    """
    forced = _forced_columns(table, overrides or {}, remembered or {})
    top = table.data.slice(0, LOOKED_AT)
    profiles = {header: profile_column(top[header]) for header in table.headers}
    wanted = forced.pop(ENTITY, None)
    entities = [ENTITIES[wanted]] if wanted else list(ENTITIES.values())
    readings = [_read_as(entity, profiles, forced) for entity in entities]
    complete = sorted((r for r in readings if not r.missing), key=lambda r: -r.weight)
    fitting = (r for r in complete if wanted or (r.is_possible and _is_varied(r, profiles, table)))
    reading = next(fitting, None)
    if reading is None:
        raise KecengError(_missing_problems(table, _nearest(readings)))
    return _settle(table, reading, profiles, date_order)


def _nearest(readings: Sequence[_Reading]) -> _Reading:
    """What an incomplete file most likely is: something with part of its needs, sales when nothing has."""
    partly = [r for r in readings if 0 < len(r.missing) < len(r.entity.needs) and r.is_marked]
    return max(partly, key=lambda r: r.weight) if partly else readings[0]


def remember(mapping: SourceMapping) -> dict[str, str]:
    """The mapping as field → column, to be given back as `remembered`."""
    return {ENTITY: mapping.entity} | {
        c.field: c.header for c in mapping.columns if c.field and c.field != DECLARED
    }


def _forced_columns(
    table: SourceTable, overrides: Mapping[str, str], remembered: Mapping[str, str]
) -> dict[str, str]:
    """Field → header of what was said; what was said now wins over what was remembered."""
    problems: list[Problem] = []
    forced = {f: h for f, h in remembered.items() if f == ENTITY or h in table.headers or not h}
    for field_name, column in overrides.items():
        if field_name == ENTITY:
            if column not in ENTITIES:
                problems.append(_unknown(table, "unknown_entity", ENTITY, column, known=ENTITIES))
        elif field_name not in FIELDS:
            problems.append(_unknown(table, "unknown_field", "field", field_name, known=FIELDS))
            continue
        elif column and (header := _find_header(table, column)) is None:
            problems.append(_unknown(table, "unknown_column", "column", column, known=table.headers))
            continue
        else:
            forced[field_name] = header if column and header else ""
            continue
        forced[field_name] = column
    if problems:
        raise KecengError(problems)
    return forced


def _find_header(table: SourceTable, column: str) -> str | None:
    if column in table.headers:
        return column
    alike = [h for h in table.headers if normalize_header(h) == normalize_header(column)]
    return alike[0] if len(alike) == 1 else None


_WORDS = {
    "entity": Text("文件种类", "kind of file"),
    "field": Text("字段", "field"),
    "column": Text("列", "column"),
}


def _unknown(table: SourceTable, code: str, what: str, name: str, *, known: Iterable[str]) -> Problem:
    return Problem(
        code,
        Text("没有这个{what}", "there is no such {what}").fill(what=_WORDS[what]),
        remedy=Text("现有: {known}", "there are: {known}").fill(known=", ".join(known)),
        place=table.place,
        value=name,
    )


def _read_as(entity: Entity, profiles: Mapping[str, ColumnProfile], forced: Mapping[str, str]) -> _Reading:
    """The table as `entity`: each field gets its best column, each column its best field that is still free."""
    chosen = [
        _said(header, [f for f, h in forced.items() if h == header])
        for header in dict.fromkeys(forced.values())
        if header
    ]
    taken_headers = {c.header for c in chosen}
    taken_fields = set(forced)
    offers = [
        offer
        for header, profile in profiles.items()
        if header not in taken_headers
        for offer in list_candidates(header, profile, entity.name)
    ]
    for offer in sorted(offers, key=lambda c: -c.confidence):
        fields = tuple(f for f in offer.fields if f not in taken_fields)
        if offer.confidence < ACCEPTED or offer.header in taken_headers or not fields:
            continue
        chosen.append(replace(offer, fields=fields))
        taken_headers.add(offer.header)
        taken_fields.update(f for f in fields if f != DECLARED)
    fed = {f for c in chosen for f in c.fields}
    missing = [needs for needs in _needs_of(entity, fed) if fed.isdisjoint(needs)]
    is_possible = fed.isdisjoint(entity.excludes)
    return _Reading(
        entity, tuple(chosen), tuple(missing), is_possible, _weigh_reading(entity, chosen, missing)
    )


def _needs_of(entity: Entity, fed: set[str]) -> Sequence[tuple[str, ...]]:
    if entity.name == "order_lines" and "list_amount" in fed:
        return entity.needs[:2]
    return entity.needs


def _said(header: str, fields: Sequence[str]) -> Candidate:
    return Candidate(header, tuple(fields), 1.0, Text("由你指定", "as you said"))


def _is_varied(reading: _Reading, profiles: Mapping[str, ColumnProfile], table: SourceTable) -> bool:
    """Whether so many rows have a customer of their own as the entity must have; all rows count where the first ones say so."""
    least = reading.entity.distinct_share
    customers = {"customer_id", "customer_name"}
    found = {c.header: profiles[c.header] for c in reading.chosen if customers & set(c.fields)}
    share = max((p.distinct_count / p.filled_count for p in found.values() if p.filled_count), default=0.0)
    if not least or share < least or table.row_count <= LOOKED_AT:
        return share >= least
    return max(table.distinct_share(header) for header in found) >= least


def _weigh_reading(entity: Entity, chosen: Sequence[Candidate], missing: Sequence[object]) -> float:
    marks = sum(c.confidence for c in chosen if set(c.fields) & set(entity.marks))
    others = sum(c.confidence for c in chosen if not set(c.fields) & set(entity.marks))
    return 1.5 * marks + 0.5 * others + 2 * (len(entity.needs) - len(missing)) - 5 * len(missing)


def _missing_problems(table: SourceTable, reading: _Reading) -> list[Problem]:
    """One problem per field that is needed and has no column."""
    problems = []
    for needs in reading.missing:
        names = [f"{n} ({FIELDS[n].title.zh})" for n in needs if n in FIELDS]
        english = [f"{n} ({FIELDS[n].title.en})" for n in needs if n in FIELDS]
        if not names:
            names, english = (
                ["每个客户的数字列, 例如 2024年"],
                ["a column of numbers per customer, e.g. 2024"],
            )
        problems.append(
            Problem(
                "missing_field",
                Text(
                    f"当作{reading.entity.title.zh}来读, 缺少: {' 或 '.join(names)}",
                    f"read as {reading.entity.title.en}, it lacks: {' or '.join(english)}",
                ),
                remedy=Text(
                    f"用 --map 字段=列名 指定, 例如 --map {needs[0]}=…; 这个文件的列: {', '.join(table.headers)}",
                    f"name the column with --map field=column, e.g. --map {needs[0]}=…; its columns: {', '.join(table.headers)}",
                ),
                place=table.place,
            )
        )
    return problems


def _settle(
    table: SourceTable, reading: _Reading, profiles: Mapping[str, ColumnProfile], date_order: DateOrder | None
) -> SourceMapping:
    """The chosen reading with its grain, units and date orders."""
    entity = reading.entity.name
    title_scale = read_title_scale(table.title_lines) or 1
    by_header: dict[str, list[ColumnMapping]] = {}
    for candidate in reading.chosen:
        for field_name in candidate.fields:
            column = _map_column(table, candidate, field_name, title_scale=title_scale, date_order=date_order)
            by_header.setdefault(candidate.header, []).append(column)
    columns = [c for h in table.headers for c in by_header.get(h, [_unused(h)])]
    columns = _settle_only_date(columns, profiles)
    mapping = SourceMapping(entity, _grain_of(entity), tuple(columns))
    if entity == "order_lines":
        mapping = settle_sales_grain(table, mapping, profiles)
    said = (
        *note_date_orders(table, mapping),
        *note_rivals(table, mapping, profiles),
        *note_masked_phones(mapping, profiles),
    )
    return replace(mapping, notes=(*mapping.notes, *said))


def _settle_only_date(
    columns: Sequence[ColumnMapping], profiles: Mapping[str, ColumnProfile]
) -> list[ColumnMapping]:
    """Where one column of dates alone has no sure meaning, nothing else can be meant by its 日期."""
    unsure = {
        c.header
        for c in columns
        if c.confidence <= UNSURE
        and profiles[c.header].filled_count
        and profiles[c.header].share("date") >= _DATES
    }
    if len(unsure) != 1:
        return list(columns)
    why = Text("唯一没有别的含义的日期列", "the only column of dates that means nothing else")
    return [
        replace(c, confidence=_ONLY, why=why)
        if c.header in unsure and c.field and c.field in FIELDS and FIELDS[c.field].kind is FieldKind.DATE
        else c
        for c in columns
    ]


def _grain_of(entity: str) -> Grain:
    match entity:
        case "order_lines":
            return "line"
        case "customers" | "customer_summary":
            return "customer"
    return "record"


def _unused(header: str) -> ColumnMapping:
    return ColumnMapping(header, None, 0.0, Text("没有用到", "not used"))


def _map_column(
    table: SourceTable,
    candidate: Candidate,
    field_name: str,
    *,
    title_scale: int,
    date_order: DateOrder | None,
) -> ColumnMapping:
    declared = candidate.declared
    kind = declared.kind if declared else FIELDS[field_name].kind
    is_money, is_date = kind in {Kind.MONEY, FieldKind.MONEY}, kind in {Kind.DATE, FieldKind.DATE}
    column = ColumnMapping(
        candidate.header, field_name, candidate.confidence, candidate.why, declared=declared
    )
    if is_money:
        said = read_unit_scale(candidate.header)
        return replace(column, unit_scale=title_scale if said is None else said)
    if is_date:
        proof = prove_date_order(table.cells(candidate.header))
        return replace(
            column,
            date_order=proof.order or date_order,
            is_date_order_open=proof.is_open and date_order is None,
            takes_short_years=date_order is not None and proof.order in {None, date_order},
        )
    return column
