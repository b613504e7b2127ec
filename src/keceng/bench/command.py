"""`keceng bench`: prints ratios and what they were worked out from."""

from __future__ import annotations

import click

from keceng.bench.collecting import collect
from keceng.bench.increments import increment
from keceng.bench.running import run
from keceng.bench.serving import serve


@click.group()
def bench() -> None:
    """测速: 与裸分组和其他引擎相比 / How fast, beside a bare group-by and other engines."""


bench.add_command(run)
bench.add_command(serve)
bench.add_command(increment)
bench.add_command(collect)
