"""What the workbench needs besides the books: its front end, and an address by which it is reached safely."""

from __future__ import annotations

import os

from django.contrib.staticfiles import finders

from keceng.desk.health.findings import Check, Outcome, broken, good, warning
from keceng.vocabulary import Text

_FRONT_END = ("tabler.css", "tabler.js", "echarts.js", "icons.svg")
_HERE = frozenset({"127.0.0.1", "localhost", "[::1]", "testserver"})


def installation_checks() -> list[Check]:
    """What is looked at of the installation; Django is set up with the workbench's settings."""
    return [
        Check("front_end", Text("前端文件", "Front end"), _front_end),
        Check("address", Text("访问地址", "Address"), _address),
    ]


def _front_end() -> Outcome:
    missing = [name for name in _FRONT_END if finders.find(f"vendor/{name}") is None]
    if missing:
        names = " ".join(missing)
        return broken(
            f"缺少 {names}",
            f"{names} missing",
            Text(
                "源码检出运行 make setup；否则重新安装 keceng",
                "run make setup in a checkout, else install keceng again",
            ),
        )
    return good("齐全", "all there")


def _address() -> Outcome:
    named = [host for host in os.environ.get("KECENG_HOSTS", "").split(",") if host]
    outside = [host for host in named if host not in _HERE]
    if not outside:
        return good("只有本机", "this machine alone")
    told = ", ".join(outside)
    if "*" in outside:
        return broken(
            "任何域名都接受",
            "any name is accepted",
            Text("在 KECENG_HOSTS 写明域名", "name the hosts in KECENG_HOSTS"),
        )
    if os.environ.get("KECENG_HTTPS") != "1":
        return warning(
            f"{told}，没有声明 HTTPS",
            f"{told}, without HTTPS",
            Text("前面放 HTTPS 代理并设 KECENG_HTTPS=1", "put a TLS proxy in front and set KECENG_HTTPS=1"),
        )
    return good(f"{told}，HTTPS", f"{told}, HTTPS")
