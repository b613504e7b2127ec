"""A government supplier's hand-kept workbook: one row per unit, one column per year, no unit of money anywhere."""

from __future__ import annotations

from pathlib import Path
from random import Random

import xlsxwriter

UNITS = 120
SHEET_FILE = "政府客户台账.xlsx"
HEADERS = ("地区", "单位", "科室", "联系人", "23年合同额", "24年合同额", "25年合同额", "26年预计", "备注")
_CITIES = ("示例云州市", "示例溪州市", "示例南州市", "示例青州市")
_COUNTIES = ("松陵县", "月浦县", "星桥区", "海门区")
_BODIES = ("教育局", "交通运输局", "卫生健康委员会", "公安局", "大数据局", "住房和城乡建设局", "水利局")
_PROVINCIAL = ("示例省教育厅", "示例省公安厅", "示例省水利厅", "示例省交通运输厅")
_ROOMS = ("信息科", "办公室", "装备财务科", "信息中心")
_NOTES = ("", "", "", "重点跟进", "等预算批复", "去年验收, 维保到期要续", "换了科长")


def write_government_supplier(folder: Path, seed: int = 5) -> Path:
    """The workbook; regions are merged down, a total stands below."""
    rng = Random(seed)
    path = folder / SHEET_FILE
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("台账")
    middle = book.add_format({"valign": "vcenter", "align": "center"})
    sheet.merge_range(0, 0, 0, len(HEADERS) - 1, "政府客户台账（2026 年 10 月整理）", middle)
    sheet.write_row(1, 0, HEADERS)
    sums, row = [0.0] * 4, 2
    for region, names in _list_units().items():
        if len(names) > 1:
            sheet.merge_range(row, 0, row + len(names) - 1, 0, region, middle)
        for name in names:
            sheet.write_row(
                row,
                1,
                [name, rng.choice(_ROOMS), rng.choice("王李张刘陈") + rng.choice(("科长", "主任", "工"))],
            )
            size = rng.lognormvariate(3.0, 1.3)
            for position, share in enumerate((0.45, 0.5, 0.6, 0.4)):
                if rng.random() < share:
                    amount = round(size * rng.uniform(0.6, 1.5), 1)
                    sheet.write_number(row, 4 + position, amount)
                    sums[position] += amount
            sheet.write_string(row, 8, rng.choice(_NOTES))
            row += 1
    sheet.write_string(row, 0, "合计")
    sheet.write_row(row, 4, [round(total, 1) for total in sums])
    book.close()
    return path


def _list_units() -> dict[str, list[str]]:
    units: dict[str, list[str]] = {"省直": list(_PROVINCIAL)}
    for city in _CITIES:
        counties = [f"{city}{county}{body}" for county in _COUNTIES for body in _BODIES]
        units[city.removeprefix("示例")] = [*(f"{city}{body}" for body in _BODIES), *counties]
    kept = UNITS
    for region, names in units.items():
        units[region] = names[:kept]
        kept -= len(units[region])
    return units
