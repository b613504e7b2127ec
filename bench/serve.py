"""The workbench over a million customers: a constant rate of requests on the real server while a one-thread classification runs.

    python bench/serve.py --workspace /tmp/large --customers 1000000 --seconds 60 --rate 20

A workspace that is not there is made first (`large_book.py`), and its directory written. Requests start when the clock says,
whether or not earlier ones are answered, and a latency counts from that moment. Target: p95 ≤ 200 ms of every kind.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

TARGET_MS = 200.0
_LONGEST_SECONDS = 30.0
_HERE = Path(__file__).parent
_MIX = (
    *["list"] * 5,
    *["search"] * 3,
    *["page5"] * 2,
    *["customer"] * 6,
    *["rep_list"] * 2,
    *["rep_customer"] * 2,
)
_PARTS = ("王伟", "鑫达", "餐饮", "杭州华", "bjhy", "szrx", "C0000", "c0012345", "信息技术", "李 秀英")
_FILTERS = ("grade=B&order=silence", "region=杭州&order=loss", "state=dormant&order=spend", "moved=down&order=name",
            "grade=A&region=上海&order=overdue", "overdue=1&order=overdue", "state=at_risk&grade=B&order=loss")  # fmt: skip


@dataclass
class Visitor:
    """Somebody signed in, and customers whom they may open."""

    cookie: str
    keys: list[int]


@dataclass
class Heard:
    """What was measured: milliseconds by kind, and answers that were none."""

    took: dict[str, list[float]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)


def prepare(workspace: Path, customers: int) -> dict[str, Visitor]:
    """The workspace with its directory, a director and a rep."""
    if not workspace.exists():
        maker = [sys.executable, str(_HERE / "large_book.py"), str(workspace), "--customers", str(customers)]
        subprocess.run(maker, check=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "keceng.web.settings",
        "KECENG_WORKSPACE": str(workspace.resolve()),
    }
    from keceng.desk.opening import open_desk  # noqa: PLC0415  the environment names its workspace

    desk = open_desk(workspace)
    # The server reads its key from the workspace; sessions made here must carry the same.
    os.environ["KECENG_SECRET_KEY"] = _key(workspace)
    from django.conf import settings  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    settings.SECRET_KEY = os.environ["KECENG_SECRET_KEY"]
    from keceng.desk.directory.actions import follow_published_run, give_owner_name  # noqa: PLC0415
    from keceng.desk.directory.models import Entry  # noqa: PLC0415
    from keceng.desk.directory.scope import visible_entries  # noqa: PLC0415
    from keceng.desk.people.actions import create_first_administrator, create_user, grant_role  # noqa: PLC0415
    from keceng.desk.people.duties import Role  # noqa: PLC0415
    from keceng.desk.people.models import User  # noqa: PLC0415
    from keceng.desk.signature import Signature  # noqa: PLC0415

    now = timezone.now()
    follow_published_run(desk.lake, at=now)
    if not User.objects.exists():
        signed = Signature(create_first_administrator("root", secret(), at=now), now)
        for name, role in (("dong", Role.SALES_DIRECTOR), ("rui", Role.SALES_REP)):
            grant_role(create_user(name, signed=signed), role, signed=signed)
        owner = Entry.objects.exclude(owner="").values_list("owner", flat=True).first()
        give_owner_name(User.objects.get(username="rui"), str(owner), signed=signed)
    found = {}
    for name in ("dong", "rui"):
        user = User.objects.get(username=name)
        keys = visible_entries(user).filter(excluded_as="").values_list("customer_key", flat=True)
        found[name] = Visitor(_session(user), list(keys[:200_000]))
    return found


def secret() -> str:
    """A pass phrase that nobody uses again."""
    return os.urandom(16).hex()


def _key(workspace: Path) -> str:
    file = workspace / ".desk-key"
    if not file.exists():
        file.write_text(os.urandom(32).hex(), encoding="utf-8")
    return file.read_text(encoding="utf-8")


def _session(user: object) -> str:
    from django.test import Client  # noqa: PLC0415

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return str(client.cookies["sessionid"].value)


def request_of(kind: str, visitors: dict[str, Visitor], rng: random.Random) -> tuple[str, str]:
    """An address and the cookie of whoever asks."""
    visitor = visitors["rui" if kind.startswith("rep_") else "dong"]
    match kind:
        case "list" | "rep_list":
            address = f"/customers/?{rng.choice(_FILTERS)}"
        case "search":
            address = f"/customers/?q={rng.choice(_PARTS)}"
        case "page5":
            address = f"/customers/?order={rng.choice(('spend', 'loss', 'name'))}&page={rng.randint(2, 8)}"
        case _:
            address = f"/customers/{rng.choice(visitor.keys)}/"
    return address, visitor.cookie


async def ask(port: int, address: str, cookie: str) -> int:
    """One request on a connection of its own; the status, 0 where the answer was cut short."""
    from urllib.parse import quote  # noqa: PLC0415

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        path = quote(address, safe="/?&=")
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: sessionid={cookie}", "Accept-Language: zh-CN",
                 "Connection: close", "", ""]  # fmt: skip
        writer.write("\r\n".join(lines).encode())
        whole = await reader.read(-1)
    finally:
        writer.close()
    return int(whole[9:12]) if whole.endswith(b"</html>\n") else 0


async def load(port: int, visitors: dict[str, Visitor], rate: float, seconds: float) -> Heard:
    """`rate` requests a second for `seconds`, each at its own moment."""
    rng, heard = random.Random(5), Heard()  # noqa: S311  a fixed mix of requests

    async def one(kind: str, address: str, cookie: str, due: float) -> None:
        try:
            status = await asyncio.wait_for(ask(port, address, cookie), _LONGEST_SECONDS)
        except (OSError, TimeoutError):
            status = 0
        heard.took.setdefault(kind, []).append(1000 * (time.perf_counter() - due))
        if status != 200:
            heard.failed[kind] = heard.failed.get(kind, 0) + 1

    started, waiting = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        kind = rng.choice(_MIX)
        waiting.append(asyncio.create_task(one(kind, *request_of(kind, visitors, rng), due)))
    await asyncio.gather(*waiting)
    return heard


CLASSIFYING = """
import sys, duckdb, pyarrow
whole = duckdb.connect
duckdb.connect = lambda *given, **named: whole(*given, config={"threads": 1}, **named)
pyarrow.set_cpu_count(1)
from pathlib import Path
from large_book import AS_OF
from keceng.classify import RunRequest, classify_customers
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.standard import find_standard
lake, standard = Lake.open(Path(sys.argv[1])), find_standard("retail", catalogue())
while True:
    classify_customers(lake, RunRequest(standard, AS_OF))
    print("done", flush=True)
"""


def start_classifying(workspace: Path, copy: Path) -> subprocess.Popen[bytes]:
    """One run after another, on one thread, over the same files; what it writes goes to a lake of its own."""
    shutil.copytree(workspace / "lake", copy, copy_function=os.link)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(_HERE), os.environ.get("PYTHONPATH", "")]),
    }
    return subprocess.Popen(
        [sys.executable, "-c", CLASSIFYING, str(copy)],
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def start_server(workspace: Path) -> tuple[subprocess.Popen[bytes], int]:
    """`keceng serve` on a free port, answering."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable,
        "-c",
        "from keceng.cli import main; main()",
        "serve",
        "--workspace",
        str(workspace),
    ]
    server = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL)
    for _ in range(600):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return server, port
        time.sleep(0.2)
    raise RuntimeError("the server does not answer")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, as the operating system counts it."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rank(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    return round(sorted(values)[min(len(values) - 1, int(share * len(values)))], 1)


def tell(heard: Heard) -> dict[str, dict[str, float]]:
    """Percentiles by kind."""
    return {
        kind: {
            "requests": len(took),
            "p50": round(statistics.median(took), 1),
            "p95": rank(took, 0.95),
            "p99": rank(took, 0.99),
            "worst": round(max(took), 1),
            "failed": heard.failed.get(kind, 0),
        }
        for kind, took in sorted(heard.took.items())
    }


def measure(workspace: Path, visitors: dict[str, Visitor], chosen: argparse.Namespace) -> dict[str, object]:
    """The whole of it, from a started server to percentiles."""
    started: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(dir=workspace.parent) as folder:
        try:
            server, port = start_server(workspace)
            started.append(server)
            if not chosen.idle:
                started.append(start_classifying(workspace, Path(folder) / "lake"))
            warm: Callable[[], Heard] = lambda: asyncio.run(load(port, visitors, 4, 10))  # noqa: E731
            warm()
            before = [cpu_seconds(process.pid) for process in started]
            clock = time.perf_counter()
            heard = asyncio.run(load(port, visitors, chosen.rate, chosen.seconds))
            wall = time.perf_counter() - clock
            spent = [cpu_seconds(p.pid) - b for p, b in zip(started, before, strict=True)]
        finally:
            for process in reversed(started):
                process.send_signal(signal.SIGTERM if process is started[0] else signal.SIGKILL)
                process.wait(30)
    count = sum(len(took) for took in heard.took.values())
    kinds = tell(heard)
    return {
        "customers": chosen.customers,
        "rate": chosen.rate,
        "seconds": chosen.seconds,
        "milliseconds": kinds,
        "server_cpu_ms_per_request": round(1000 * spent[0] / count, 1),
        "server_share_of_a_core": round(spent[0] / wall, 2),
        "classification_share_of_a_core": round(spent[1] / wall, 2) if len(spent) > 1 else 0.0,
        "load": [round(n, 1) for n in os.getloadavg()],
        "target_p95_ms": TARGET_MS,
        "is_met": all(told["p95"] <= TARGET_MS and not told["failed"] for told in kinds.values()),
    }


def main() -> None:
    """Prints JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--idle", action="store_true", help="without the classification")
    chosen = parser.parse_args()
    visitors = prepare(chosen.workspace, chosen.customers)
    print(json.dumps(measure(chosen.workspace, visitors, chosen), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
