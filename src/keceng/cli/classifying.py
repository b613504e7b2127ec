"""`keceng classify`: files to a graded list without any set-up, or the next run of a workspace."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import click

from keceng.classify import RUN_FILE, RunSummary
from keceng.cli.options import collect_options, source_options
from keceng.cli.output import print_json, progress, say
from keceng.collect import CollectReport
from keceng.lake import size_text
from keceng.loop import Workspace, classify_files, open_workspace, read_standard
from keceng.report import annotate_customers_file, write_report, write_workbook
from keceng.vocabulary import KecengError, Language, Place, Text

REPORT_FILE, WORKBOOK_FILE = "report.html", "customers.xlsx"
CUSTOMER_GRAIN = frozenset({"customer_summary", "customers"})
"""Kinds of files with one row per customer."""


def parse_date(_context: click.Context, parameter: click.Parameter, text: str | None) -> dt.date | None:
    """`2026-06-30` as a date.

    Raises:
        KecengError: it is written otherwise.
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise KecengError.of(
            "bad_date",
            "日期应写成 2026-06-30",
            "write the date as 2026-06-30",
            place=Place(path=parameter.opts[0]),
            value=text,
        ) from error


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--standard",
    "standard_name",
    default=None,
    help="模板名或 YAML / a template's id or a YAML file [retail]",
)
@click.option("--as-of", callback=parse_date, help="截止日 / the day judged, 2026-06-30 [last valid order]")
@click.option("--out", type=click.Path(path_type=Path), help="结果目录 / where the results go")
@click.option("--workspace", type=click.Path(path_type=Path), help="工作区 / a workspace, instead of files")
@click.option("--currency", default="¥", show_default=True, help="金额符号 / the sign before amounts")
@click.option(
    "--value",
    is_flag=True,
    help="同时估算终身价值、未来价值与购买可能 / also lifetime value, future value and the chance of a purchase",
)
@click.option(
    "--increment",
    "is_increment",
    is_flag=True,
    help="接着上次运行算: 沿用它的分档线, 只重算有变动或到期的客户 / go on from the last run, under its cuts",
)
@click.option("--json", "as_json", is_flag=True, help="只输出 run.json / print run.json alone")
@source_options
@click.pass_obj
def classify(
    language: Language,
    /,
    files: tuple[Path, ...],
    standard_name: str | None,
    as_of: dt.date | None,
    out: Path | None,
    workspace: Path | None,
    *,
    currency: str,
    value: bool,
    is_increment: bool,
    as_json: bool,
    **source: Any,
) -> None:
    """把客户分级 / Grade customers from FILES (no set-up), or from a workspace.

    FILES: CSV, TSV, text, XLSX, XLS, Parquet; several together.
    """
    place = _claim(out) if out else None
    with progress(language) as watch:
        if workspace is not None:
            _refuse_files(files)
            made = open_workspace(workspace)
            standard = (
                read_standard(standard_name) if standard_name else made.standard_in_force(dt.date.today())
            )
            summary = made.classify(standard, as_of, value=value, is_increment=is_increment, watch=watch)
            _deliver(made, summary, place, language)
        else:
            _require_files(files)
            _refuse_increment(is_increment=is_increment)
            summary = classify_files(
                files,
                read_standard(standard_name or "retail"),
                deliver=lambda made, run, report: _deliver(
                    made, run, place, language, _customer_files(files, report)
                ),
                as_of=as_of,
                options=collect_options(source, yes=True),
                currency=currency,
                value=value,
                watch=watch,
            )
    if as_json:
        print_json(summary.to_document())
    else:
        _tell(summary, place, language)


def _refuse_files(files: tuple[Path, ...]) -> None:
    if files:
        raise KecengError.of(
            "files_and_workspace",
            "工作区的数据用 keceng collect 导入, 不要在 classify 后再写文件",
            "a workspace takes files with keceng collect, not after classify",
        )


def _refuse_increment(*, is_increment: bool) -> None:
    if is_increment:
        raise KecengError.of(
            "increment_without_workspace",
            "增量要接着工作区的上次运行算, 单独的文件没有上次",
            "an increment goes on from a workspace's last run, and files alone have none",
            remedy=Text("加上 --workspace, 或去掉 --increment", "add --workspace, or leave --increment out"),
        )


def _require_files(files: tuple[Path, ...]) -> None:
    if not files:
        raise KecengError.of(
            "no_files",
            "没有给出文件",
            "no file was given",
            remedy=Text(
                "例: keceng classify 订单.xlsx --out 结果", "e.g. keceng classify orders.xlsx --out result"
            ),
        )


def _claim(out: Path) -> Path:
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / RUN_FILE).exists())):
        raise KecengError.of(
            "out_not_ours",
            f"{out} 里有别的东西, 不会覆盖",
            f"{out} holds something else and will not be replaced",
            remedy=Text("换一个空目录", "give an empty directory"),
            place=Place(path="--out"),
        )
    ground = next(p for p in (out.absolute(), *out.absolute().parents) if p.exists())
    if not (ground.is_dir() and os.access(ground, os.W_OK)):
        raise _unwritable(out)
    return out.absolute()


def _unwritable(out: Path) -> KecengError:
    return KecengError.of(
        "out_unwritable",
        f"{out} 无法写入",
        f"{out} cannot be written",
        remedy=Text("换一个可写的文件夹", "give a folder that can be written"),
        place=Place(path="--out"),
    )


def _customer_files(files: Sequence[Path], report: CollectReport) -> tuple[Path, ...]:
    entities = {seen.name: seen.entity for seen in report.files}
    return tuple(f for f in files if entities.get(f.name) in CUSTOMER_GRAIN)


def deliver_results(
    made: Workspace, run: RunSummary, out: Path, language: Language, customer_files: Sequence[Path] = ()
) -> None:
    """Replace `out` by the results of `run`, whole or not at all.

    Each of `customer_files` (one row per customer) comes back as a workbook with our columns added.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        made.export(staged, run.run_id)
        snapshot = made.lake.snapshot()
        for name, write in _ARTEFACTS:
            write(snapshot.run_directory(run.run_id), snapshot, staged / name, language=language)
        for source in customer_files:
            returned = staged / (
                f"{source.stem}-分级.xlsx" if language == "zh" else f"{source.stem}-graded.xlsx"
            )
            annotate_customers_file(
                source, snapshot.run_directory(run.run_id), snapshot, returned, language=language
            )
        _swap(staged, out)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


_ARTEFACTS: tuple[tuple[str, Callable[..., None]], ...] = (
    (REPORT_FILE, write_report),
    (WORKBOOK_FILE, write_workbook),
)


def _deliver(
    made: Workspace,
    run: RunSummary,
    out: Path | None,
    language: Language,
    customer_files: Sequence[Path] = (),
) -> None:
    if out is None:
        return
    try:
        deliver_results(made, run, out, language, customer_files)
    except OSError as error:
        raise _unwritable(out) from error


def _swap(staged: Path, out: Path) -> None:
    staged.chmod(0o755)
    if not out.exists():
        staged.rename(out)
        return
    retired = Path(mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    out.rename(retired / out.name)
    staged.rename(out)
    shutil.rmtree(retired)


def _tell(summary: RunSummary, out: Path | None, language: Language) -> None:
    heads = summary.population
    excluded = sum(heads.excluded.values())
    grades = "  ".join(f"{name} {n:,}" for name, n in summary.classes["grade"].items())
    if language == "zh":
        say(
            f"{heads.customers:,} 家 = 分级 {heads.classified:,} + 未参评 {excluded:,} + 数据不足 {heads.insufficient:,}"
            f"；截至 {summary.as_of}；标准 {summary.standard.id} 第 {summary.standard.revision} 版"
        )
    else:
        say(
            f"{heads.customers:,} customers = {heads.classified:,} graded + {excluded:,} not judged + "
            f"{heads.insufficient:,} without enough data; as of {summary.as_of}; "
            f"standard {summary.standard.id} revision {summary.standard.revision}"
        )
    click.echo(grades)
    if summary.spilled_bytes:
        size = size_text(summary.spilled_bytes)
        say(
            f"内存放不下的部分曾暂存在磁盘, 最多 {size}"
            if language == "zh"
            else f"up to {size} lay on disk because memory did not hold it"
        )
    if summary.increment:
        say(_increment_text(summary).in_language(language))
    for sentence in summary.warnings:
        say(f"! {sentence}")
    for sentence in summary.assumed:
        say(f"· {sentence}")
    if out is not None:
        click.echo(str(out / REPORT_FILE))


def _increment_text(summary: RunSummary) -> Text:
    told = summary.increment
    if "full_because" in told:
        zh, _, en = str(told["full_because"]).partition(" / ")
        return Text(f"没有按增量算, 全部重算: {zh}", f"not an increment, everybody was judged anew: {en}")
    return Text(
        f"增量: {told['touched']:,} 家数据有变, {told['due']:,} 家到期, 其余沿用 {told['base']}",
        f"an increment: {told['touched']:,} customers of whom something is new, {told['due']:,} for whom something fell "
        f"due; the others stand as in {told['base']}",
    )
