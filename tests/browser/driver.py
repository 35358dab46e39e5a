"""What a visitor does and sees, in the app's own words."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, TimeoutError, expect

from ui.sidebar import MODE_HINTS, MODE_LABELS

PATIENCE_MS = 45_000
BUILD_MS = 360_000  # a build makes way for everything else that the machine does
WORD_JOINER = "\u2060"
TOTAL = re.compile(r"^(about )?[\d,]+ products?( |$)")


@dataclass
class Driver:
    """A session in the app; every step waits for what it leads to."""

    page: Page
    url: str
    shots: Path | None

    def open(self, address: str = "/") -> None:
        """Go to an address of the app and wait until it is drawn."""
        self.page.goto(self.url + address)
        expect(self.page.get_by_test_id("stMain")).to_be_visible(timeout=PATIENCE_MS)
        self.settled()

    def settled(self) -> None:
        """Wait until no script of this session is running."""
        expect(self.page.locator("[data-test-script-state='notRunning']")).to_be_attached(timeout=PATIENCE_MS)

    def upload(self, file: Path) -> None:
        """Upload a catalogue through the sidebar."""
        self.page.get_by_test_id("stSidebar").locator("input[type=file]").set_input_files(file)

    def search(self, query: str) -> None:
        """Type a query, press Enter, and wait for its result."""
        box = self.page.get_by_role("searchbox", name="Search products").or_(self.page.get_by_label("Search products"))
        box.first.fill(query)
        box.first.press("Enter")
        self.address_says("q", query)

    def search_timed(self, query: str) -> float:
        """Search, and return the seconds from Enter until the answer is drawn; looked at in every frame."""
        box = self.page.get_by_label("Search products").first
        box.fill(query)
        began = time.perf_counter()
        box.press("Enter")
        self.page.wait_for_function(DRAWN, arg=query, timeout=PATIENCE_MS)
        return time.perf_counter() - began

    def address_says(self, key: str, value: str) -> None:
        """Wait until the address has a value: it is written when the page that it asks for is drawn."""
        self.page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get(key) == [value], timeout=PATIENCE_MS)
        self.settled()

    def choose_mode(self, mode: str) -> None:
        """Choose a ranking in the sidebar."""
        self.sidebar.get_by_role("radiogroup", name="Ranking").get_by_text(
            f"{MODE_LABELS[mode]} · {MODE_HINTS[mode]}", exact=True
        ).click()
        self.address_says("mode", mode)

    def open_list(self, key: str) -> Locator:
        """Open the filters and one list of them, and return its options."""
        form = self.main.locator("details").filter(has_text="Filters").first
        if not form.evaluate("details => details.open"):
            form.locator("summary").click()
        expect(form).to_have_attribute("open", "")
        form.get_by_text("Keep products nobody rated").click(trial=True)  # waits until it has opened to its end
        options = self.page.get_by_role("option")
        for patience in (5_000, 5_000, PATIENCE_MS):
            self.main.locator(f".st-key-{key} input").click()
            try:
                expect(options.first).to_be_visible(timeout=patience)
                break
            except AssertionError:  # what is drawn anew in that moment closes the list
                if patience == PATIENCE_MS:
                    raise
        return options

    def filter_by(self, key: str, label: str, value: str) -> None:
        """Choose a value of a list of filters."""
        for patience in (5_000, 5_000, PATIENCE_MS):
            try:
                self.open_list(key).filter(has_text=value).first.click(timeout=patience)
                break
            except TimeoutError:  # what is drawn anew between the two closes the list
                if patience == PATIENCE_MS:
                    raise
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("button", name=f"{label}: {value}")).to_be_visible()
        self.settled()

    def total(self) -> int:
        """Return the number of products that the page says it found."""
        text = self.main.get_by_text(TOTAL).first.inner_text()
        return int(re.sub(r"\D", "", text.split("product")[0]))

    @property
    def sidebar(self) -> Locator:
        """The sidebar."""
        return self.page.get_by_test_id("stSidebar")

    @property
    def main(self) -> Locator:
        """The page without the sidebar."""
        return self.page.get_by_test_id("stMain")

    @property
    def cards(self) -> Locator:
        """The product cards."""
        return self.page.locator("[class*='st-key-hit_']")

    def titles(self) -> list[str]:
        """Return the titles of the cards, in their order."""
        return [text.replace(WORD_JOINER, "") for text in self.cards.evaluate_all(FIRST_STRONG)]

    def marked(self) -> list[str]:
        """Return the words that are marked as matched, in the titles and snippets."""
        return self.cards.locator(".stMarkdownColoredBackground").all_inner_texts()

    def expect_cards(self) -> None:
        """Wait until there is a card."""
        expect(self.cards.first).to_be_visible(timeout=BUILD_MS)

    def built(self) -> None:
        """Wait until nothing is being built any more."""
        expect(self.sidebar.get_by_role("button", name="Stop building")).to_have_count(0, timeout=BUILD_MS)
        self.settled()

    def ready(self) -> None:
        """Wait until nothing is being built or loaded any more, after which the page changes only by what is done."""
        self.built()
        expect(self.sidebar.get_by_text("Encoder · ready")).to_be_visible(timeout=BUILD_MS)
        self.settled()

    def see(self, text: str, timeout: int = PATIENCE_MS) -> None:
        """Wait until a text stands on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=timeout)

    def shot(self, name: str) -> None:
        """Take a picture of the whole page, where somebody named a folder for them."""
        if self.shots is not None:
            self.shots.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.shots / f"{name}.png", full_page=True)


DRAWN = """query => new URLSearchParams(location.search).get('q') === query
    && document.querySelector("[data-test-script-state='notRunning']")
    && document.querySelector("[class*='st-key-hit_']")"""
FIRST_STRONG = "cards => cards.map(card => card.querySelector('strong')?.innerText ?? '')"
