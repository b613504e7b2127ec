"""A new user's walk from the set-up link to the first overview: every act counted, every screen kept as a picture."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser.site import surroundings
from tests.browser.visit import PHONE, WIDE, Visit

ACT_SECONDS, READING_SECONDS = 8, 30
"""What a person who has never seen the product is given for one click or field, and for reading one screen."""
_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_MS = 900_000
PICTURES = _ROOT / ".artefacts" / "first-run"


@dataclass
class Walk:
    """One person's way through the product.

    Attributes:
        company: names the folder of the pictures.
        acts: clicks and fields so far.
        screens: what was shown, in order; each was looked at once.
        questions: what the person was asked about their files.
        waited: seconds in which the machine worked and the person did nothing, whatever else it had to do.
        worked: seconds of work of one core for this walk, which another load does not change.
    """

    company: str
    visit: Visit
    acts: int = 0
    screens: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    waited: float = 0.0
    worked: float = 0.0

    @property
    def page(self) -> Page:
        """The one tab of the walk."""
        return self.visit.page

    @property
    def person_seconds(self) -> float:
        """What a person needs without the machine."""
        return self.acts * ACT_SECONDS + len(self.screens) * READING_SECONDS

    def fill(self, selector: str, text: str) -> None:
        """One field typed."""
        self.page.locator(selector).fill(text)
        self.acts += 1

    def press(self, target: Locator) -> None:
        """One click; what comes is waited for."""
        began = time.monotonic()
        target.click()
        self.page.wait_for_load_state("load")
        self.acts += 1
        self.waited += time.monotonic() - began

    def wait_for(self, target: Locator) -> None:
        """The machine works until something stands on the page."""
        began = time.monotonic()
        target.first.wait_for(timeout=_PATIENCE_MS)
        self.page.wait_for_load_state("load")
        self.waited += time.monotonic() - began

    def look(self, name: str) -> None:
        """A screen that the person reads, kept as a picture."""
        self.screens.append(name)
        self._keep(f"{len(self.screens):02d}-{name}")

    def look_otherwise(self, name: str) -> None:
        """The same screen on a phone and in English, as pictures only."""
        self.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        self._keep(f"{name}-phone")
        self.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        self.page.locator("button[name=language]").first.click()
        self.page.wait_for_load_state("load")
        self._keep(f"{name}-en")

    def _keep(self, name: str) -> None:
        folder = PICTURES / self.company
        folder.mkdir(parents=True, exist_ok=True)
        # Charts draw themselves within this time; a picture has no event to wait for.
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)
        # Small ones, of what is seen without scrolling, for the documents.
        self.page.screenshot(path=folder / f"{name}.jpg", type="jpeg", quality=55)

    def set_up(self, link: str) -> None:
        """The one-time link, a name, a password: an administrator who is also the sales director."""
        self.visit.go("/" + link.partition("/?")[2].join(["?", ""]))
        self.look("set-up")
        self.fill("#username", "chen")
        self.fill("#password", "moon-river-4711")
        self.page.locator("main input[type=checkbox]").check()
        self.acts += 1
        self.press(self.page.locator("main form button.btn-primary"))
        self.look("empty-overview")

    def upload(self, *files: Path) -> None:
        """From the empty overview to what was seen in the files."""
        self.press(self.page.locator(".empty-state a.btn-primary"))
        self.look("import")
        self.page.locator("input[type=file]").set_input_files([str(file) for file in files])
        self.acts += len(files)
        self.press(self.page.locator(".upload-card button.btn-primary"))
        self.wait_for(self.page.locator("#answers"))
        self.questions = [
            legend.strip()
            for legend in self.page.locator("#answers fieldset.question legend").all_inner_texts()
        ]
        self.look("seen")

    def answer(self, question: str, answer: str) -> None:
        """Say one thing otherwise than proposed."""
        self.page.locator(f"input[name='answer:{question}'][value='{answer}']").check()
        self.acts += 1

    def shown_total_cents(self) -> int:
        """The sum of sales, as the page shows it."""
        shown = self.page.locator("form.books b.big").inner_text()
        return round(float(re.sub(r"[^\d.-]", "", shown)) * 100)

    def compare(self, books: str) -> None:
        """Type the figure of one's own books."""
        self.fill("input[name=books]", books)
        self.press(self.page.locator("form.books button"))

    def take(self) -> None:
        """Into the ledger."""
        self.press(self.page.locator("#answers button.btn-primary"))
        self.wait_for(self.page.locator(".alert-success form.first-run"))
        self.look("imported")

    def classify(self) -> str:
        """By the proposed standard, to the overview; which standard it was."""
        proposed = (
            self.page.locator("form.first-run input[name=template]:checked").get_attribute("value") or ""
        )
        self.press(self.page.locator("form.first-run button.btn-primary"))
        self.look("progress")
        self.wait_for(self.page.locator("p.reconciled"))
        self.look("overview")
        return proposed


def new_workspace(directory: Path) -> str:
    """`keceng init`: a workspace, and the set-up link it prints."""
    command = [
        sys.executable,
        "-c",
        "from keceng.cli import main; main()",
        "--lang",
        "en",
        "init",
        str(directory),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=surroundings())
    return re.search(r"http://\S+", done.stdout + done.stderr)[0]  # type: ignore[index]  # printed, or the test fails
