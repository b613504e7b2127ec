"""Every page of the workbench: where it is, and who looks at it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import FilePayload, Locator

from tests.browser.company import OWNER_NAMES
from tests.browser.visit import Visit

EVERYBODY = ("dong", "rui", "an", "mei", "cai", "kefu", "guan")
OWNERS = ("dong", "rui", "mei", "cai", "kefu")
"""Those who may see the customer of the pictures: one of the sales rep's."""
RUNNERS = ("dong", "mei", "cai")
SEE_DATA = ("dong", "mei", "cai", "guan")
DIRECTOR, ADMINISTRATOR = ("dong",), ("guan",)


@dataclass(frozen=True, slots=True)
class Screen:
    """A page of the workbench.

    Attributes:
        address: with the names of `Places` in braces.
        people: who may see it; the first poses for the pictures.
    """

    address: str
    people: tuple[str, ...] = EVERYBODY


SCREENS: Mapping[str, Screen] = {
    "overview": Screen("/"),
    "my_day": Screen("/day/", ("rui", "an", "kefu", "dong")),
    "customers": Screen("/customers/"),
    "saved_views": Screen("/customers/views/", ("dong", "rui")),
    "hand_overs": Screen("/handover/", DIRECTOR),
    "hand_over": Screen("/handover/new/", DIRECTOR),
    "groups": Screen("/customers/groups/", ("dong", "rui")),
    "group_new": Screen("/customers/groups/new/", ("dong", "rui")),
    "group": Screen("{group}", ("dong", "mei")),
    "customer": Screen("{customer}", OWNERS),
    "customer_letter": Screen("{customer}letter/", OWNERS),
    "customer_sources": Screen("{customer}sources/", OWNERS),
    "reviews": Screen("/reviews/"),
    "review": Screen("{review}", ("dong", "an", "mei", "rui")),
    "waiting": Screen("/waiting/"),
    "standards": Screen("/standards/"),
    "standard": Screen("{standard}"),
    "standard-history": Screen("{standard}history/", RUNNERS),
    "standard-yaml": Screen("{draft}yaml/", RUNNERS),
    "standard-numbers": Screen("{draft}numbers/", RUNNERS),
    "standard-impact": Screen("{in_review}impact/", RUNNERS),
    "standard-trial": Screen("{standard}trial/", RUNNERS),
    "strategy": Screen("/strategy/"),
    "data": Screen("/data/", SEE_DATA),
    "imports": Screen("/imports/", SEE_DATA),
    "import": Screen("{upload}", SEE_DATA),
    "runs": Screen("/runs/", RUNNERS),
    "run_moves": Screen("/runs/moves/", RUNNERS),
    "exports": Screen("/exports/", ("dong", "rui")),
    "settings": Screen("/settings/"),
    "tokens": Screen("/settings/tokens/", ("cai", "guan")),
    "departments": Screen("/settings/departments/", ADMINISTRATOR),
    "people": Screen("/settings/people/", ADMINISTRATOR),
    "owners": Screen("/settings/owners/", ADMINISTRATOR),
    "audit": Screen("/settings/audit/", ADMINISTRATOR),
    "set_password": Screen("/password/", ("",)),
    "signin": Screen("/signin/", ("",)),
}
"""By the name of the route."""
FILES = frozenset({"review_minutes", "standard-export", "rejects", "import_rejected", "export_file"})
"""Routes whose GET is a file and no page."""
_JULY = """订单号,下单时间,客户编码,客户名称,商品名称,数量,实付金额
JUL-1,2026-07-02,F000001,示例远航贸易有限公司,示例纸张04型,10,52000.00
JUL-2,2026-07-03,F000002,示例江潮机电有限公司,示例纸张04型,4,18000.00
JUL-3,2026-07-32,F000003,示例云帆医药有限公司,示例纸张04型,2,9000.00
"""


def find_places(analyst: Visit) -> Mapping[str, str]:
    """Addresses that hold a number, found as people find them; whoever looks may see everything that is looked for."""
    page = analyst.page
    analyst.go("/standards/")
    states = {"standard": "in_force", "in_review": "in_review", "draft": "draft"}
    places = {
        place: _address(page.locator(f"tr:has(.state-{state}) a").first) for place, state in states.items()
    }
    analyst.go("/reviews/")
    places["review"] = _address(page.locator("main a[href^='/reviews/']").first)
    analyst.go(f"/customers/?owner={OWNER_NAMES['rui']}")
    places["customer"] = _address(page.locator("#rows td a[href^='/customers/']").first)
    return places | {"upload": _upload(analyst), "group": _group(analyst)}


def csv_file(name: str, text: str) -> FilePayload:
    """A file as somebody chooses it on their own machine."""
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def _upload(analyst: Visit) -> str:
    """An import that was looked at and waits for an answer."""
    page = analyst.page
    analyst.go("/imports/")
    page.locator("input[name=files]").set_input_files(csv_file("七月销售.csv", _JULY))
    page.locator("main form button.btn-primary").first.click()
    page.wait_for_url(re.compile(r"/imports/\d+/"))
    page.locator("dl.passed").wait_for(timeout=300_000)
    return urlsplit(page.url).path


def _group(analyst: Visit) -> str:
    """A group that everybody may use."""
    page = analyst.go("/customers/groups/new/")
    page.locator("button[value=text]").click()
    page.locator("#condition").fill("grade = 'A'")
    page.locator("input[name=name]").fill("大客户")
    page.locator("input[name=shared]").check()
    page.locator("button[value=save]").click()
    page.wait_for_url(re.compile(r"group=\d+"))
    return f"/customers/groups/{page.url.rpartition('=')[2]}/"


def _address(link: Locator) -> str:
    return str(link.get_attribute("href"))
