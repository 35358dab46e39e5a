"""The browser's Back and Forward, between searches, to a product and between pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

import compose
from tests.browser.catalogues import generated
from tests.browser.conftest import WORDS_ALONE, App, settings_of
from tests.browser.driver import Driver

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app_environment() -> dict[str, str]:
    return WORDS_ALONE


def shows(driver: Driver, query: str, word: str) -> None:
    """Wait until a search is in the address, in the box and in the results."""
    driver.address_says("q", query)
    expect(driver.page.get_by_label("Search products").first).to_have_value(query)
    expect(driver.cards.first.locator("strong").first).to_contain_text(word)
    driver.settled()  # the other cards are drawn after the first
    assert all(word in title for title in driver.titles())


def test_back_and_forward_lead_through_searches_products_and_pages(app: App, driver: Driver, tmp_path: Path) -> None:
    compose.build(generated(tmp_path / "shelf.md", 60), "shelf", settings_of(app), embedder="none")
    page = driver.page
    driver.open("/?catalogue=shelf")
    driver.expect_cards()
    driver.search("kettle")
    shows(driver, "kettle", "kettle")
    driver.search("backpack")
    shows(driver, "backpack", "backpack")

    page.go_back()
    shows(driver, "kettle", "kettle")
    page.go_forward()
    shows(driver, "backpack", "backpack")

    title = driver.titles()[0]
    driver.cards.first.get_by_text("All details").click()
    page.wait_for_url("**/product?*")
    expect(driver.main.get_by_text(title).first).to_be_visible()
    driver.settled()
    page.go_back()
    shows(driver, "backpack", "backpack")
    page.go_forward()
    page.wait_for_url("**/product?*")
    expect(driver.main.get_by_text(title).first).to_be_visible()
    driver.settled()
    page.go_back()
    shows(driver, "backpack", "backpack")

    page.get_by_test_id("stSidebarNavLink").filter(has_text="Compare").click()
    page.wait_for_url("**/compare?*")
    driver.settled()
    page.go_back()
    if "/compare" in page.url:  # the page's address before the search was written into it
        page.go_back()
    shows(driver, "backpack", "backpack")
