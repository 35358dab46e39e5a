"""Whatever a catalogue holds is shown as text: nothing runs, nothing is linked or loaded, nothing is laid out."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.catalogues import HOSTILE
from tests.browser.driver import WORD_JOINER, Driver

pytestmark = pytest.mark.browser

SHOWN = [
    "Lamp <script>window.hacked=1</script> **bold** [link](javascript:window.hacked=1) "
    "![pic](https://evil.example/x.png)",
    "Acme :red[brand] $x^2$",
    "<b>bold</b> **cat**",
    "Lamp :rainbow[shiny] `code` ~~old~~ a -> b gnp.exe",
    "<iframe src=//evil.example></iframe>",
]


@pytest.fixture(scope="module")
def app_environment() -> dict[str, str]:
    """Return what keeps models out: this is about text."""
    return {"EMBEDDER": "none"}


def test_a_hostile_catalogue_is_only_text(driver: Driver, tmp_path: Path) -> None:
    source = tmp_path / "hostile.md"
    source.write_text(HOSTILE, encoding="utf-8")
    foreign: list[str] = []
    driver.page.on(
        "request", lambda request: None if request.url.startswith(driver.url) else foreign.append(request.url)
    )
    driver.open()
    driver.upload(source)
    driver.expect_cards()
    driver.built()
    driver.search("lamp")
    expect(driver.cards).to_have_count(2)
    text = " ".join(driver.main.inner_text().replace(WORD_JOINER, "").split())
    for expected in SHOWN:
        assert expected in text
    cards = driver.cards
    texts = cards.get_by_test_id("stMarkdownContainer")
    assert texts.locator("script, iframe, img, em, code, del, h1, h2, h3, ul, ol, .katex").count() == 0
    addresses = cards.locator("a").evaluate_all("links => links.map(link => link.href)")
    assert addresses == ["https://shop.example/a%29b%3Amaterial/home%3A"]
    options = [option.replace(WORD_JOINER, "") for option in driver.open_list("categories").all_inner_texts()]
    assert any("<b>bold</b> **cat**" in option for option in options), options
    driver.shot("hostile")
    assert driver.page.evaluate("window.hacked") is None
    assert not [url for url in foreign if not url.startswith(("data:", "blob:"))]
