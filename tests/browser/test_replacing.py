"""A catalogue replaced from the sidebar: what would change is shown first, and only a yes changes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

import compose
from tests.browser.catalogues import generated
from tests.browser.conftest import WORDS_ALONE, App, settings_of
from tests.browser.driver import BUILD_MS, Driver

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app_environment() -> dict[str, str]:
    return WORDS_ALONE


def test_an_upload_that_replaces_is_shown_and_confirmed(app: App, driver: Driver, tmp_path: Path) -> None:
    settings = settings_of(app)
    file = generated(tmp_path / "shelf.md", 40)
    driver.open()
    driver.upload(file)
    driver.see("40 products read")
    driver.built()
    driver.expect_cards()

    blocks = file.read_text(encoding="utf-8").split("\n\n")
    blocks[1] = blocks[1].replace("**Brand:** ", "**Brand:** New ")
    shorter = "\n\n".join(blocks[:30]) + "\n"

    def offer(folder: str) -> None:
        """Upload the shorter file in a fresh session and wait for the question."""
        driver.open("/?catalogue=shelf")
        again = tmp_path / folder / "shelf.md"
        again.parent.mkdir()
        again.write_text(shorter, encoding="utf-8")
        driver.upload(again)
        expect(question.get_by_text("Replace shelf?")).to_be_visible()
        expect(question.get_by_test_id("stMetricValue")).to_have_text(["0", "1", "10", "29"])
        driver.settled()

    question = driver.page.get_by_role("dialog")
    for way_out in ("Cancel", "Close"):
        offer(way_out)
        driver.shot("replace")
        question.get_by_role("button", name=way_out).click()
        expect(question).to_have_count(0)
        expect(driver.sidebar.get_by_test_id("stFileUploaderFile")).to_have_count(0)
        driver.settled()
    assert len(compose.jobs(settings, "shelf")) == 1

    offer("Replace")
    question.get_by_role("button", name="Replace").click()
    expect(question).to_have_count(0)
    driver.see("30 products read")
    driver.built()
    chosen = driver.sidebar.locator(".st-key-catalogue input")
    expect(chosen).to_have_value("shelf · 30 products", timeout=BUILD_MS)
    assert [info.products for info in compose.builds(settings, "shelf")] == [30, 40]
