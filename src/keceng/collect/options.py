"""What a user says about an import, and what they hear back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keceng.collect.batches import FileSeen, RowCounts
from keceng.collect.line_batches import Overlap
from keceng.collect.source import DateOrder, Question, TableMapped
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """What the user said.

    Attributes:
        source: the system the files come from; ids, mappings and answers are remembered per source.
        overrides: input field → column, for every file that has the column (`--map`).
        entities: file name → kind of file, where the user says it.
        sheet: read only this sheet.
        date_order: how 01/02/2024 is read where its column does not prove it.
        answers: question id → answer.
        assume_defaults: unanswered questions take their defaults, which are reported.
        append_lines: an order that comes again gains lines instead of being replaced.
        overlap: what a file without order ids means that repeats more than half of another.
        rejects_lost_phones: a telephone number in scientific notation rejects its row instead of stopping the import.
        from_shell: whether Parquet files are accepted.
        import_id: names the import, for whoever may have to ask again what became of it; drawn where it is None.
    """

    source: str = "main"
    overrides: Mapping[str, str] = field(default_factory=dict)
    entities: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    date_order: DateOrder | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    assume_defaults: bool = False
    append_lines: bool = False
    overlap: Overlap | None = None
    rejects_lost_phones: bool = False
    from_shell: bool = True
    import_id: str | None = None


@dataclass(frozen=True, slots=True)
class CollectReport:
    """What an import did, or would do.

    Attributes:
        rows: every source row of every file, by what became of it.
        rejects: rejected rows by code.
        assumed: what was taken without anybody saying so, as sentences.
        files: what each table held.
        batch_ids: one per table, in the order of `files`; that of the first import where nothing changed.
        questions: what must be answered first; then nothing was imported.
        answered: questions that these files raise and that need no answer any more, each with the one that was taken.
        snapshot_id: the lake's version that holds the result; None for a preview.
        tables: what each table and its columns were taken for; there too where questions are open.
        import_id: by which all of it can be taken back; None where nothing new was kept, and for a preview.
    """

    rows: RowCounts = field(default_factory=RowCounts)
    rejects: Mapping[str, int] = field(default_factory=dict)
    assumed: tuple[Text, ...] = ()
    files: tuple[FileSeen, ...] = ()
    batch_ids: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    answered: tuple[tuple[Question, str], ...] = ()
    snapshot_id: int | None = None
    tables: tuple[TableMapped, ...] = ()
    import_id: str | None = None
