"""`keceng explain`: why a customer has its grade, what would change it, and the letter that tells it to the customer."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table as Grid

from keceng.classify import Explanation, plan_steps, write_letter
from keceng.cli.output import print_json
from keceng.lake import plan_text
from keceng.loop import open_workspace, read_standard
from keceng.vocabulary import KecengError, Language, Text

_MARKS = {True: "✓", False: "✗", None: "?"}
_HEADINGS = {
    "dimensions": ("维度|dimension", "类别|class", "本客户|this customer", "分档线|lines"),
    "conditions": ("等级|grade", "条件|condition", "本客户|this customer", "结果|met"),
}
UP = Text("往上", "Way up")
NO_WAY = Text("没有往上的办法：{why}", "No way up: {why}")
DOWN = Text("往下", "Way down")
NO_DOWN = Text("两年内不购买也不会降", "no fall within two years without purchases")
SURE = Text("等级把握 {chance}%", "confidence of the grade {chance} %")


@click.command()
@click.argument("customer", required=False)
@click.option("--run", "run_id", default=None, help="哪次运行 / which run [published]")
@click.option("--letter", "as_letter", is_flag=True, help="写给客户的说明信 / the letter to the customer")
@click.option("--plan", "show_plan", is_flag=True, help="打印各步骤的 SQL / print the named steps as SQL")
@click.option("--standard", "standard_name", default=None, help="与 --plan 同用 / with --plan")
@click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@click.pass_obj
def explain(
    language: Language,
    /,
    customer: str | None,
    run_id: str | None,
    standard_name: str | None,
    workspace: Path,
    *,
    as_letter: bool,
    show_plan: bool,
    as_json: bool,
) -> None:
    """为什么是这个等级, 怎样会变 / Why a CUSTOMER has its grade and what would change it, or the plan of a run."""
    made = open_workspace(workspace)
    if show_plan:
        standard = read_standard(standard_name or made.settings.standard)
        as_of = made.run_summary(run_id).as_of
        click.echo(plan_text(plan_steps(standard, as_of), language))
        return
    if customer is None:
        raise KecengError.of(
            "no_customer",
            "请给出客户编号, 或用 --plan 看步骤",
            "give a customer's id, or --plan for the steps",
            remedy=Text("例: keceng explain C0001", "e.g. keceng explain C0001"),
        )
    explanation = made.explain(customer, run_id)
    if as_letter:
        letters = {tongue: write_letter(explanation, tongue) for tongue in ("zh", "en")}
        if as_json:
            print_json({"customer_id": customer, "letter_zh": letters["zh"], "letter_en": letters["en"]})
        else:
            click.echo(letters[language])
    elif as_json:
        print_json(explanation.to_document())
    else:
        _tell(explanation, language)


def _tell(explanation: Explanation, language: Language) -> None:
    click.echo(explanation.reason.in_language(language))
    for sentence in explanation.standing.sentences:
        click.echo(f"· {sentence.in_language(language)}")
    if explanation.confidence is not None:
        click.echo("· " + SURE.fill(chance=round(100 * explanation.confidence)).in_language(language))
    console = Console()
    if explanation.dimensions:
        console.print(_dimensions(explanation, language))
    if explanation.conditions:
        console.print(_conditions(explanation, language))
    _tell_ways(explanation, language)


def _grid(name: str, language: Language) -> Grid:
    grid = Grid()
    for heading in _HEADINGS[name]:
        zh, en = heading.split("|")
        grid.add_column(zh if language == "zh" else en, overflow="fold")
    return grid


def _dimensions(explanation: Explanation, language: Language) -> Grid:
    grid = _grid("dimensions", language)
    for line in explanation.dimensions:
        number = (
            ""
            if line.number is None or line.number_title is None
            else (f"{line.number_title.in_language(language)} {line.number.in_language(language)}")
        )
        cuts = "  ".join(
            f"{c.title.in_language(language)} {c.cut.in_language(language)} {_MARKS[c.reached]}"
            for c in line.cuts
        )
        given = "?" if line.class_title is None else line.class_title.in_language(language)
        grid.add_row(line.title.in_language(language), given, number, cuts)
    return grid


def _conditions(explanation: Explanation, language: Language) -> Grid:
    grid = _grid("conditions", language)
    for line in explanation.conditions:
        own = line.number if line.cut is None else line.cut
        grid.add_row(
            line.class_id,
            line.condition.in_language(language),
            own.in_language(language),
            _MARKS[line.met],
        )
    return grid


def _tell_ways(explanation: Explanation, language: Language) -> None:
    if explanation.obstacle is not None:
        click.echo(NO_WAY.fill(why=explanation.obstacle).in_language(language))
    for way in explanation.ways_up:
        click.echo(f"{UP.in_language(language)} ↑ {way.sentence.in_language(language)}")
    if explanation.standing.by_rules is None:
        return
    for text in (explanation.lapse_text or NO_DOWN, explanation.loss_text):
        if text is not None:
            click.echo(f"{DOWN.in_language(language)} ↓ {text.in_language(language)}")
