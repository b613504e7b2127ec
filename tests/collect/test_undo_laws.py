"""The law of undo on random imports: A, B, C in any overlap and B taken back is A, C."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keceng.collect import undo_import
from keceng.loop import open_workspace, read_standard
from keceng.vocabulary import KecengError
from tests.collect.same_ledger import told_ledger
from tests.collect.workspaces import Workspace, table_text

pytestmark = pytest.mark.slow
AS_OF = dt.date(2026, 5, 31)
SALES = "订单号,客户编号,客户名称,区域,原单号,下单时间,商品名称,数量,实付金额"
NAMELESS = "客户编号,客户名称,下单时间,商品名称,数量,实付金额"
PEOPLE = "客户编号,客户名称,行业,区域,上级客户"
DUES = "单据号,客户编号,单据日期,到期日,应收金额,已收金额"

_names = st.sampled_from(["甲", "乙", "丙公司", "丁集团", "散客"])
_customers = st.integers(1, 4)
_days = st.dates(dt.date(2025, 1, 1), dt.date(2025, 1, 6))
_cents = st.integers(1, 99)
_amounts = st.one_of(_cents.map(str), st.just("x"))
_sale = st.builds(
    lambda o, k, n, r, b, d, q, c: f"O{o},K{k},{n},{r},{b},{d},茶{q},{q},{c}",
    st.integers(1, 5), _customers, _names, st.sampled_from("东西"), st.sampled_from(["", "", "O1", "O2"]), _days,
    st.sampled_from([1, 2, -1]), _amounts,
)  # fmt: skip
_nameless = st.builds(
    lambda k, n, d, c: f"{k},{n},{d},茶,1,{c}",
    st.sampled_from(["K1", "K2", ""]), _names, _days, _amounts,
)  # fmt: skip
_person = st.builds(
    lambda k, n, i, r, p: f"K{k},{n},{i},{r},{p}",
    _customers, _names, st.sampled_from(["制造", "零售", ""]), st.sampled_from("东西"), st.sampled_from(["", "K1", "K9"]),
)  # fmt: skip
_due = st.builds(
    lambda n, k, d, a, p: f"R{n},K{k},{d},2025-02-0{1 + n},{a},{p}",
    st.integers(1, 4), _customers, _days, st.integers(50, 99), st.sampled_from(["", "10", "60"]),
)  # fmt: skip


def _file(
    kind: str, header: str, rows: st.SearchStrategy[str], anchor: str
) -> st.SearchStrategy[tuple[str, str]]:
    listed = st.lists(rows, min_size=0, max_size=6)
    return listed.map(lambda told: (kind, table_text(header, [anchor, *told])))


files = st.one_of(
    _file("sales", SALES, _sale, "O9,K8,己,东,,2025-01-03,茶,1,7"),
    _file("nameless", NAMELESS, _nameless, "K7,庚,2025-01-04,茶,1,8"),
    _file("people", PEOPLE, _person, "K6,辛,制造,东,"),
    _file("dues", DUES, _due, "R9,K5,2025-01-03,2025-02-01,50,"),
)
_ENTITIES = {"sales": "order_lines", "nameless": "order_lines", "people": "customers", "dues": "invoices"}
imports = st.lists(files, min_size=1, max_size=2)


def take_in(workspace: Workspace, name: str, told: Sequence[tuple[str, str]]) -> str | None:
    paths = [workspace.write(f"{name}{n}-{kind}.csv", text) for n, (kind, text) in enumerate(told)]
    # How a file is read is settled when it comes and stays so; here it is the same in both lakes.
    entities = {path.name: _ENTITIES[kind] for path, (kind, _) in zip(paths, told, strict=True)}
    is_of_sales = "order_lines" in entities.values()
    overrides = {"amount": "实付金额"} if is_of_sales else {}
    return workspace.collect(*paths, overlap="append", entities=entities, overrides=overrides).import_id


def result_hash(workspace: Workspace) -> str:
    (workspace.root / "keceng.toml").write_text("", "utf-8")
    return (
        open_workspace(workspace.root).classify(read_standard("retail"), AS_OF, is_stable=False).result_hash
    )


@settings(max_examples=10)
@given(st.lists(imports, min_size=2, max_size=4), st.data())
def test_what_is_taken_back_never_came(told: list[list[tuple[str, str]]], data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(told) - 1))
    # A file that comes again and changes nothing is the same batch, so it goes with it.
    assume(not {text for _, text in told[which]} & {text for later in told[which + 1 :] for _, text in later})
    with tempfile.TemporaryDirectory() as folder:
        undone, never = Workspace(Path(folder) / "undone"), Workspace(Path(folder) / "never")
        ids = [take_in(undone, f"f{n}", files) for n, files in enumerate(told)]
        for n, files in enumerate(told):
            if n != which:
                take_in(never, f"f{n}", files)
        name = ids[which]
        if name is None:
            # The very same files had come before: they are the earlier import's.
            return
        try:
            undo_import(undone.lake, name)
        except KecengError as error:
            if {p.code for p in error.problems} != {"needed_by_later"}:
                raise
            return
        assert told_ledger(undone.lake.snapshot()) == told_ledger(never.lake.snapshot())
        if never.lines():
            assert result_hash(undone) == result_hash(never)
        with pytest.raises(KecengError, match="taken back"):
            undo_import(undone.lake, name)
