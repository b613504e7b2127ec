"""The review list in a real browser: keys decide in place, the focus goes on to what is undecided, nothing else is needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection
from playwright.sync_api import Page, expect, sync_playwright

from keceng.desk.runs.models import ReviewItem
from tests.web.conftest import SignIn
from tests.web.test_review_meeting import opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Silent(WSGIRequestHandler):
    def log_message(self, *said: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    """The workbench on a port of its own, one request at a time."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(site: str, sign_in: SignIn) -> Iterator[Page]:
    """A director's browser on a new review."""
    director = sign_in("dong")
    review = opened(director)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context(locale="zh-CN")
        context.add_cookies(
            [{"name": "sessionid", "value": director.cookies["sessionid"].value, "url": site}]
        )
        page = context.new_page()
        page.goto(f"{site}/reviews/{review.pk}/")
        yield page
        browser.close()


def read_verdicts() -> dict[int, tuple[str, str]]:
    rows = ReviewItem.objects.values_list("customer_key", "verdict", "why")
    found = {key: (verdict, why) for key, verdict, why in rows}
    connection.close()
    return found


def verdicts() -> dict[int, tuple[str, str]]:
    # The browser's own loop runs in this thread, where Django would refuse to read.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(read_verdicts).result()


def test_a_list_is_decided_by_keys_alone(page: Page) -> None:
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    rows, decided = page.locator("[data-item]"), page.locator("[data-item].is-decided")
    places = [
        int(link.split("/")[2])
        for link in rows.locator(".ri-who a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    ]
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("1")
    expect(decided).to_have_count(1)
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("2")
    page.keyboard.type("等一个月再看 j 1")
    page.keyboard.press("Enter")
    expect(decided).to_have_count(2)
    expect(rows.nth(2)).to_be_focused()
    expect(page.locator("#review-tally")).to_contain_text("2 / 4")
    expect(page.locator("#review-closing")).to_contain_text("2 项未决")
    before = verdicts()
    assert [before[key] for key in places] == [
        ("agree", ""),
        ("postpone", "等一个月再看 j 1"),
        ("", ""),
        ("", ""),
    ]
    page.keyboard.press("k")
    page.keyboard.press("u")
    expect(decided).to_have_count(1)
    assert verdicts()[places[1]] == ("", "")
    assert faults == []
