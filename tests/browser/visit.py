"""Somebody's browser on a served workspace, and everything in it that should not have happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, expect

from tests.browser.company import PASSWORD
from tests.browser.site import Site

WIDE, PHONE = (1440, 900), (390, 844)
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
_REPLACED = "net::ERR_ABORTED"
"""How Chromium calls a request that a newer page made needless, and a download that it handed over."""


@dataclass
class Visit:
    """A page of somebody, watched: errors of the console, of scripts, of the policy, of the network, foreign addresses.

    Attributes:
        expected: status codes of refusals that a test asks for on purpose.
    """

    site: Site
    page: Page
    language: str
    faults: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    def go(self, path: str) -> Page:
        """Open an address of the site, and wait until the page is still."""
        self.page.goto(self.site.address + path, wait_until="load")
        return self.page

    def settle(self) -> None:
        """Wait until parts of the page that are fetched after it have come, and charts are drawn."""
        expect(self.page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
        expect(self.page.locator("[data-chart]:not([data-drawn])")).to_have_count(0)

    def say(self, chinese: str, english: str) -> str:
        """One of two sentences, by the language of the page."""
        return chinese if self.language == "zh" else english

    def sign_in(self, name: str) -> None:
        """Through the form, as everybody does."""
        self.go("/signin/")
        self.page.locator("#username").fill(name)
        self.page.locator("#password").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: not urlsplit(url).path.startswith("/signin"))

    def watch(self, context: BrowserContext) -> None:
        """Note from now on whatever goes wrong, on every page of `context`."""
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("requestfailed", self._note_failure)
        context.on("response", self._note_answer)
        context.on("request", self._note_request)

    def _note_console(self, message: ConsoleMessage) -> None:
        # A refusal that was asked for is told by its status, below.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _note_failure(self, request: Request) -> None:
        if request.failure != _REPLACED:
            self.faults.append(f"failed: {request.method} {urlsplit(request.url).path} {request.failure}")

    def _note_answer(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status}: {response.request.method} {urlsplit(response.url).path}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.site.address, "data:", "blob:")):
            self.faults.append(f"left the site: {request.url}")
