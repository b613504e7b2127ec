"""Standards with one planted fault each: `keceng lint` tells it at its place, in words that say what to do.

The expectations were written down before the validator was first run on the files, by somebody who had not read it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.shell import run_shell

PLANTED = Path(__file__).parent / "planted"


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault: its file, its place, what its zh and its en message must hold, and the text that repairs it."""

    file: str
    path: str
    line: int
    zh: str
    en: str
    written: str
    repaired: str
    own: bool = False

    @property
    def source(self) -> Path:
        """The file on disk."""
        return PLANTED / f"{self.file}.yaml"


UPSIDE_DOWN = Planted(
    "logic_between_upside_down",
    "grade.classes.B.when",
    19,
    "10000",
    "10000",
    "between 50000 and 10000",
    "between 10000 and 50000",
    own=True,
)
LOWER_FIRST = Planted(
    "order_lower_line_first",
    "grade.classes.key.when",
    19,
    "常客",
    "Regular",
    '"spend >= 2000"',
    '"spend >= 50000"',
    own=True,
)
PASTED = Planted(
    "structure_class_pasted_twice",
    "grade.classes.B",
    25,
    "两次",
    "twice",
    "    B:\n      title: {zh: C类",
    "    C:\n      title: {zh: C类",
    own=True,
)
LOSS_SHOWN = Planted(
    "words_loss_shown_to_customers",
    "grade.classes.loss.public_title",
    56,
    "亏损",
    "亏损",
    "public_title: {zh: 亏损客户",
    "public_title: {zh: 基础服务",
)
CASES = (
    UPSIDE_DOWN,
    LOWER_FIRST,
    PASTED,
    LOSS_SHOWN,
    Planted(
        "number_percent_for_a_share",
        "dimensions.value.classes.mid.to",
        19,
        "0.95",
        "0.95",
        "to: 95,",
        "to: 0.95,",
    ),
    Planted(
        "number_weights_make_90",
        "dimensions.overall.parts",
        41,
        "90",
        "90",
        "weight: 10, measure: credit_score",
        "weight: 20, measure: credit_score",
    ),
    Planted(
        "stability_stay_without_unit",
        "stability.min_stay",
        44,
        "365d",
        "365d",
        "min_stay: 365}",
        "min_stay: 365d}",
    ),
    Planted(
        "strategy_for_an_unknown_state",
        "strategy.loyal/sleeping",
        43,
        "dormant",
        "dormant",
        "loyal/sleeping",
        "loyal/at_risk",
    ),
    Planted(
        "syntax_chinese_quotes",
        "grade.classes.A.when",
        15,
        "'active'",
        "'active'",
        "‘active’",
        "'active'",
        own=True,
    ),
    Planted(
        "type_flag_against_yes",
        "dimensions.risk.classes.watch.when",
        41,
        "是否",
        "flag",
        "is_dishonest_listed = '是'",
        "is_dishonest_listed",
    ),
)
FIVE = [
    ("population.exclude[0].when", 8),
    ("dimensions.value.classes.mid.to", 19),
    ("grade.classes.B.when", 34),
    ("stability.min_stay", 41),
    ("strategy.A/sleeping", 46),
]


def _cases(cases: tuple[Planted, ...] = CASES) -> list[Any]:
    return [pytest.param(case, id=case.file) for case in cases]


def _told(source: Path) -> list[dict[str, Any]]:
    answer = json.loads(run_shell("lint", "--json", str(source)).stdout)
    return [*answer["faults"], *answer["findings"]]


def _places(source: Path) -> list[tuple[str, int]]:
    return [(one["path"], one["line"]) for one in _told(source)]


def _words(case: Planted, language: str) -> list[str]:
    return [
        one["message"][language] + " " + one["remedy"][language] + " " + (one["value"] or "")
        for one in _told(case.source)
        if one["path"] == case.path
    ]


def _repaired(case: Planted, folder: Path) -> Path:
    text = case.source.read_text(encoding="utf-8")
    assert text.count(case.written) == 1
    repaired = folder / case.source.name
    repaired.write_text(text.replace(case.written, case.repaired), encoding="utf-8")
    return repaired


def _caused(case: Planted, folder: Path) -> set[tuple[str, int]]:
    # What the repaired standard is told as well does not come from the fault.
    return set(_places(case.source)) - set(_places(_repaired(case, folder)))


@pytest.mark.parametrize(
    "case",
    _cases(),
)
def test_fault_is_told_at_its_place(case: Planted, tmp_path: Path) -> None:
    assert (case.path, case.line) in _caused(case, tmp_path)


@pytest.mark.parametrize(
    "case",
    _cases(),
)
def test_message_says_what_to_do_in_both_languages(case: Planted) -> None:
    assert any(case.zh in words for words in _words(case, "zh"))
    assert any(case.en in words for words in _words(case, "en"))


@pytest.mark.parametrize("case", _cases())
def test_console_tells_in_the_asked_language(case: Planted) -> None:
    chinese, english = (
        run_shell("--lang", "zh", "lint", str(case.source)),
        run_shell("--lang", "en", "lint", str(case.source)),
    )
    for one in _told(case.source):
        for done, language in ((chinese, "zh"), (english, "en")):
            assert one["message"][language] in done.stdout + done.stderr
            assert one["remedy"][language] in done.stdout + done.stderr


@pytest.mark.parametrize(
    "case",
    _cases(),
)
def test_nothing_else_is_told(case: Planted, tmp_path: Path) -> None:
    assert len(_caused(case, tmp_path)) == 1


@pytest.mark.parametrize("case", _cases())
def test_repaired_standard_may_be_published(case: Planted, tmp_path: Path) -> None:
    repaired = _repaired(case, tmp_path)
    assert not [one for one in _told(repaired) if one["blocking"]]
    assert run_shell("lint", str(repaired)).returncode == 0


@pytest.mark.parametrize(
    "case",
    _cases(
        tuple(case for case in CASES if case.own),
    ),
)
def test_repaired_ladder_raises_no_false_alarm(case: Planted, tmp_path: Path) -> None:
    assert _places(_repaired(case, tmp_path)) == []


def test_five_faults_are_told_in_one_pass() -> None:
    source = PLANTED / "five_at_once.yaml"
    assert _places(source) == FIVE
    assert run_shell("lint", str(source)).returncode == 2


def test_no_planted_file_is_left_out() -> None:
    assert {case.source for case in CASES} | {PLANTED / "five_at_once.yaml"} == set(PLANTED.glob("*.yaml"))
