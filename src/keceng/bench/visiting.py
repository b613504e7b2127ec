"""A constant rate of requests: each starts when the clock says, whether or not earlier ones are answered, and counts from then."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from keceng.bench.served_desk import ASKED, DIRECTOR, REP, Visitor

LONGEST_SECONDS = 30.0
MIX = (
    *["list"] * 5,
    *["search"] * 3,
    *["page5"] * 2,
    *["customer"] * 6,
    *["rep_list"] * 2,
    *["rep_customer"] * 2,
    *["api_customer"] * 4,
)
"""What is asked for, and how often."""
_PARTS = ("王伟", "鑫达", "餐饮", "杭州华", "bjhy", "szrx", "C0000", "c0001234", "信息技术", "李 秀英")
_ORDERS = ("spend", "loss", "name")


@dataclass(slots=True)
class Heard:
    """What was measured.

    Attributes:
        took: milliseconds by kind.
        failed: answers that were none, by kind.
    """

    took: dict[str, list[float]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)


def visit(port: int, visitors: Mapping[str, Visitor], rate: float, seconds: float) -> Heard:
    """`rate` requests a second to the server on `port` for so many `seconds`."""
    return asyncio.run(_visit(port, visitors, rate, seconds))


def percentiles(took: Sequence[float]) -> dict[str, float]:
    """The median, p95, p99 and the worst, in the unit of `took`."""
    ordered = sorted(took)
    told = {f"p{p}": ordered[min(len(ordered) - 1, p * len(ordered) // 100)] for p in (95, 99)}
    figures = {"p50": statistics.median(ordered), **told, "worst": ordered[-1]}
    return {name: round(figure, 1) for name, figure in figures.items()}


async def _visit(port: int, visitors: Mapping[str, Visitor], rate: float, seconds: float) -> Heard:
    rng, heard = random.Random(5), Heard()  # noqa: S311  the same requests every time

    async def one(kind: str, head: str, due: float) -> None:
        try:
            is_answered = await asyncio.wait_for(_ask(port, head), LONGEST_SECONDS)
        except (OSError, TimeoutError):
            is_answered = False
        heard.took.setdefault(kind, []).append(1000 * (time.perf_counter() - due))
        if not is_answered:
            heard.failed[kind] = heard.failed.get(kind, 0) + 1

    started, waiting = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        kind = rng.choice(MIX)
        waiting.append(asyncio.create_task(one(kind, _request(kind, visitors, rng), due)))
    await asyncio.gather(*waiting)
    return heard


def _request(kind: str, visitors: Mapping[str, Visitor], rng: random.Random) -> str:
    visitor = visitors[REP if kind.startswith("rep_") else DIRECTOR]
    who = f"Cookie: sessionid={visitor.cookie}"
    match kind:
        case "list" | "rep_list":
            filters, order = rng.choice(ASKED)
            address = "/customers/?" + urlencode({**filters, "order": order})
        case "search":
            address = "/customers/?" + urlencode({"q": rng.choice(_PARTS)})
        case "page5":
            address = f"/customers/?order={rng.choice(_ORDERS)}&page={rng.randint(2, 8)}"
        case "api_customer":
            address, who = (
                f"/api/v1/customers/{rng.choice(visitor.keys)}",
                f"Authorization: Bearer {visitor.token}",
            )
        case _:
            address = f"/customers/{rng.choice(visitor.keys)}/"
    lines = [
        f"GET {quote(address, safe='/?&=%+')} HTTP/1.1",
        "Host: 127.0.0.1",
        who,
        "Accept-Language: zh-CN",
    ]
    return "\r\n".join([*lines, "Connection: close", "", ""])


async def _ask(port: int, head: str) -> bool:
    """One request on a connection of its own; whether the whole answer came, and was one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head.encode())
        whole = await reader.read(-1)
    finally:
        writer.close()
    return int(whole[9:12] or b"0") == 200 and whole.rstrip().endswith((b"</html>", b"}"))
