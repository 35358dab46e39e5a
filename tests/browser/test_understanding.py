"""What was understood, corrected by the shopper in the page: box, results and address follow, and a reload keeps it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

import compose
from tests.browser.catalogues import generated
from tests.browser.conftest import WORDS_ALONE, App, settings_of
from tests.browser.driver import Driver

pytestmark = pytest.mark.browser
CATALOGUE = "shelf"
TYPED = "ketle for a busy kitchen under 60"


@pytest.fixture(scope="module")
def app_environment() -> dict[str, str]:
    return WORDS_ALONE


@pytest.fixture(scope="module")
def shelf(app: App, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build a catalogue of words alone and return the address that opens it."""
    source = generated(tmp_path_factory.mktemp("shelf") / f"{CATALOGUE}.md", 300)
    compose.build(source, CATALOGUE, settings_of(app), embedder="none")
    return f"/?catalogue={CATALOGUE}"


def chip(driver: Driver, label: str) -> Locator:
    """Return the chip of this label: the button that opens it."""
    return driver.main.locator(".st-key-understood_chips").get_by_role("button", name=label)


def cross(driver: Driver, label: str) -> Locator:
    """Return the cross of the chip of this label."""
    half = driver.main.locator("[class*='_chip ']").filter(has=driver.page.get_by_role("button", name=label))
    return half.get_by_role("button", name="close icon")


def prices(driver: Driver) -> list[float]:
    """Return the prices on the cards."""
    found = [re.search(r"\$([\d,.]+)", text) for text in driver.cards.all_inner_texts()]
    return [float(price[1].replace(",", "")) for price in found if price]


def box(driver: Driver) -> Locator:
    """Return the search box."""
    return driver.page.get_by_label("Search products").first


def shows(driver: Driver, thing: str) -> None:
    """Wait until the first card is of this thing, and all of them are drawn."""
    expect(driver.cards.first.locator("strong").first).to_contain_text(thing)
    driver.settled()


def no_wider_than_the_window(driver: Driver) -> bool:
    """Return whether nothing has to be scrolled sideways."""
    return bool(driver.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_chip_is_edited_and_a_correction_taken_back(shelf: str, driver: Driver) -> None:
    page = driver.page
    driver.open(shelf)
    driver.search(TYPED)
    expect(driver.main.get_by_text("Showing results for kettle for a busy kitchen under 60")).to_be_visible()
    shows(driver, "kettle")
    assert max(prices(driver)) > 30
    assert max(prices(driver)) <= 60
    driver.shot("understood-1-chips")

    chip(driver, "Under 60").focus()
    page.keyboard.press("Enter")  # chips open without a mouse
    bound = page.get_by_test_id("stPopoverBody").get_by_label("Price to")
    expect(bound).to_have_value("60")
    bound.fill("30")
    bound.press("Enter")
    driver.address_says("q", "ketle for a busy kitchen under 30")
    expect(box(driver)).to_have_value("ketle for a busy kitchen under 30")
    expect(chip(driver, "Under 30")).to_be_visible()
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    shows(driver, "kettle")
    assert max(prices(driver)) <= 30
    driver.shot("understood-2-edited")

    driver.main.get_by_role("button", name="Search instead for").click()
    driver.address_says("dropped", "spelling:ketle")
    expect(driver.main.get_by_text("Showing results for")).to_have_count(0)
    expect(driver.cards.first.locator("strong").first).not_to_contain_text("kettle")
    driver.settled()
    assert max(prices(driver)) <= 30
    titles = driver.titles()
    driver.shot("understood-3-as-typed")

    page.reload()
    driver.expect_cards()
    driver.settled()
    driver.address_says("dropped", "spelling:ketle")
    expect(box(driver)).to_have_value("ketle for a busy kitchen under 30")
    expect(chip(driver, "Under 30")).to_be_visible()
    assert driver.titles() == titles

    driver.main.get_by_role("button", name="Understand the query again").click()
    expect(driver.main.get_by_text("Showing results for kettle for a busy kitchen under 30")).to_be_visible()
    shows(driver, "kettle")
    driver.main.get_by_role("button", name="Search instead for").click()
    driver.main.get_by_role("button", name="Did you mean kettle for a busy kitchen under 30?").click()
    expect(driver.main.get_by_text("Showing results for kettle for a busy kitchen under 30")).to_be_visible()


def test_with_everything_taken_back_the_words_are_searched_plainly(shelf: str, driver: Driver) -> None:
    page = driver.page
    page.set_viewport_size({"width": 400, "height": 800})
    driver.open(shelf)
    driver.search("desk lamp below 70 rated 4 or better")
    expect(chip(driver, "Rated 4 or better")).to_be_visible()
    assert no_wider_than_the_window(driver)
    driver.shot("understood-4-narrow")
    crosses = driver.main.locator(".st-key-understood_chips").get_by_role("button", name="close icon")
    left = crosses.count()
    while left:
        crosses.first.click()
        left -= 1
        expect(crosses).to_have_count(left)
        driver.settled()
    driver.address_says("plain", "1")
    driver.see("Searched for the words as you typed them")
    assert no_wider_than_the_window(driver)
    page.go_back()
    expect(crosses).to_have_count(1)
    page.go_forward()
    driver.see("Searched for the words as you typed them")
    page.reload()
    driver.see("Searched for the words as you typed them")
    driver.main.get_by_role("button", name="Understand the query again").click()
    expect(chip(driver, "Under 70")).to_be_visible()
    driver.search("backpack under 70")
    cross(driver, "Under 70").click()
    expect(chip(driver, "Under 70")).to_have_count(0)
    driver.search("suitcase under 70")  # another query is understood afresh
    expect(chip(driver, "Under 70")).to_be_visible()


def test_a_bound_that_leaves_nothing_is_taken_back_by_name(shelf: str, driver: Driver) -> None:
    driver.open(shelf)
    driver.search("kettle under 2 dollars")
    driver.see("Nothing found for")
    driver.main.get_by_role("button", name=re.compile(r"Take back .*Under \$2")).click()
    shows(driver, "kettle")
    driver.address_says("q", "kettle under 2 dollars")


def test_a_product_pinned_on_the_catalogue_page_stands_first(shelf: str, driver: Driver) -> None:
    page = driver.page
    driver.open(shelf)
    driver.search("rocking chair")
    shows(driver, "rocking chair")
    last = driver.titles()[-1]
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Catalogue").click()
    driver.settled()
    driver.main.get_by_text("Rules", exact=True).click()
    driver.main.get_by_label("Product: its id, or words of its title").fill(last)
    driver.main.get_by_label("Query", exact=True).fill("rocking chair")
    driver.main.get_by_role("button", name="Add").click()
    driver.see("Added:")

    page.get_by_test_id("stSidebarNavLink").filter(has_text="Search").click()
    driver.search("rocking chair for long evenings")
    expect(driver.cards.first).to_contain_text(last)
    driver.cards.first.get_by_text("Why it ranked").click()
    driver.see("pinned to place 1")
    driver.shot("understood-5-pinned")
    page.reload()
    driver.expect_cards()
    expect(driver.cards.first).to_contain_text(last)
    driver.address_says("q", "rocking chair for long evenings")
