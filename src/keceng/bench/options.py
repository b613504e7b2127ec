"""Options that several benches share."""

from __future__ import annotations

import re
from pathlib import Path

import click

_SIZES = {"": 1, "k": 1_000, "M": 1_000_000}


class OrderCount(click.ParamType[int]):
    """A number of orders or customers: `200k`, `10M`, `5000`."""

    name = "orders"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number.

        Raises:
            click.BadParameter: it is none, or too small to measure.
        """
        found = re.fullmatch(r"(\d+)([kM]?)", str(value))
        count = int(found[1]) * _SIZES[found[2]] if found else 0
        if count < 1_000:
            self.fail(f"{value}: 至少 1000, 如 200k, 10M / at least 1000, such as 200k, 10M", param, ctx)
        return count


rounds_option = click.option(
    "--rounds", type=click.IntRange(1, 20), default=3, help="各测几次取中位数 / the median of so many [3]"
)
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="数据放在哪里, 可重复使用 / where the data lies, kept [temporary]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="只输出 JSON / JSON alone")
