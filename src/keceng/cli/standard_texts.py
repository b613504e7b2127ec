"""Standards as texts: two of them compared in words, and one looked over for faults and weak points."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from keceng.classify import list_known_measures, read_run_standard
from keceng.cli.output import print_json, say
from keceng.lake import Snapshot
from keceng.loop import open_workspace
from keceng.measure import catalogue
from keceng.standard import (
    BLOCKING_LINTS,
    Change,
    Standard,
    diff_standards,
    find_standard,
    lint_document,
    list_templates,
    ruler_hash,
    template_text,
)
from keceng.vocabulary import KecengError, Language, Problem, Text

_EXIT_UNFIT = 2
_JSON = click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
_WORKSPACE = click.option(
    "--workspace",
    type=click.Path(path_type=Path),
    default=None,
    help="工作区 / the workspace of runs and data",
)


@click.command()
@click.argument("old")
@click.argument("new")
@_WORKSPACE
@_JSON
@click.pass_obj
def diff(language: Language, /, old: str, new: str, workspace: Path | None, *, as_json: bool) -> None:
    """两份标准有何不同 / What changed from standard OLD to NEW, in words.

    Each is a template's id, a YAML file, or (with --workspace) the id of a run.
    """
    snapshot = open_workspace(workspace).lake.snapshot() if workspace else None
    before, after = (_find(name, snapshot) for name in (old, new))
    changes = diff_standards(before, after)
    if as_json:
        print_json(_diff_document(before, after, changes))
    elif not changes:
        click.echo("没有不同" if language == "zh" else "no difference")
    else:
        _tell(changes, language)


def _find(name: str, snapshot: Snapshot | None) -> Standard:
    if snapshot is not None and name not in list_templates() and not Path(name).is_file():
        return read_run_standard(snapshot.run_directory(name))
    return find_standard(name)


def _diff_document(before: Standard, after: Standard, changes: tuple[Change, ...]) -> dict[str, object]:
    return {
        "old": {"id": before.id, "revision": before.revision, "ruler_hash": ruler_hash(before)},
        "new": {"id": after.id, "revision": after.revision, "ruler_hash": ruler_hash(after)},
        "can_move": any(change.can_move for change in changes),
        "changes": [change.to_document() for change in changes],
    }


def _tell(changes: tuple[Change, ...], language: Language) -> None:
    for heading, told in (
        (
            Text("会改变等级：", "These can change a grade:"),
            [c for c in changes if c.can_move],
        ),
        (
            Text("不改变按规则得到的等级：", "These change no grade by the rules:"),
            [c for c in changes if not c.can_move],
        ),
    ):
        if told:
            click.echo(heading.in_language(language))
        for change in told:
            click.echo(f"  {change.path}: {change.words.in_language(language)}")


@click.command()
@click.argument("name")
@_WORKSPACE
@_JSON
@click.pass_obj
def lint(language: Language, /, name: str, workspace: Path | None, *, as_json: bool) -> None:
    """检查一份标准 / Look over a standard: every fault, else every weak point, each at its line.

    NAME is a YAML file or a template's id. With --workspace, measures without data there are named too. Ends with 2
    where the standard cannot be used or must not be published.
    """
    known = None
    if workspace is not None:
        known = list_known_measures(open_workspace(workspace).lake.snapshot().run_directory(None))
    try:
        standard, findings = lint_document(_document(name), catalogue(), known=known)
    except KecengError as error:
        if not as_json:
            raise
        print_json({"standard": None, "faults": [_as_json(p) for p in error.problems], "findings": []})
        sys.exit(_EXIT_UNFIT)
    if as_json:
        head = {"id": standard.id, "revision": standard.revision}
        print_json({"standard": head, "faults": [], "findings": [_as_json(p) for p in findings]})
    else:
        _tell_findings(standard, findings, language)
    if any(found.code in BLOCKING_LINTS for found in findings):
        sys.exit(_EXIT_UNFIT)


def _document(name: str) -> str | Path:
    if name in list_templates():
        return template_text(name)
    if not Path(name).exists():
        find_standard(name)
    return Path(name)


def _tell_findings(standard: Standard, findings: tuple[Problem, ...], language: Language) -> None:
    click.echo(f"{standard.id} r{standard.revision}: {standard.title.in_language(language)}")
    for found in findings:
        click.echo(found.describe(language))
    blocking = sum(found.code in BLOCKING_LINTS for found in findings)
    say(
        f"{len(findings)} 条建议，其中 {blocking} 条改好前不能发布"
        if language == "zh"
        else _count_in_english(len(findings), blocking)
    )


def _count_in_english(count: int, blocking: int) -> str:
    if count == 1:
        return (
            "1 finding, which forbids publishing"
            if blocking
            else "1 finding, which does not forbid publishing"
        )
    return f"{count} findings, {blocking} of which {'forbids' if blocking == 1 else 'forbid'} publishing"


def _as_json(problem: Problem) -> dict[str, object]:
    remedy = problem.remedy
    return {
        "code": problem.code,
        "file": problem.place.file,
        "path": problem.place.path,
        "line": problem.place.line,
        "value": problem.value,
        "message": {"zh": problem.message.zh, "en": problem.message.en},
        "remedy": {"zh": remedy.zh, "en": remedy.en} if remedy else None,
        "blocking": problem.code in BLOCKING_LINTS or not problem.code.startswith("lint."),
    }
