"""Judging by the keyboard: grades, a step back, a reload that goes on, a name that is typed and grades nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

import compose
from retrieval.settings import Settings
from shop import judgements, query_sets
from tests.browser.catalogues import generated
from tests.browser.conftest import WORDS_ALONE, App, settings_of
from tests.browser.driver import Driver

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app_environment() -> dict[str, str]:
    return WORDS_ALONE


@pytest.fixture
def settings(app: App, tmp_path: Path) -> Settings:
    """Return the settings of an app with a small catalogue of words alone and a set of two queries."""
    found = settings_of(app)
    compose.build(generated(tmp_path / "shelf.md", 150, seed=3), "shelf", found, embedder="none")
    query_sets.save(found.data_dir, "shelf", "keys", query_sets.typed("red desk lamp\nblue kettle"), source="typed")
    return found


def progress(driver: Driver, done: int) -> None:
    """Wait until so many are judged."""
    expect(driver.main.get_by_test_id("stProgress").filter(has_text=f"{done} of 20 judged")).to_be_visible()
    driver.settled()


def product(driver: Driver) -> Locator:
    """Return the line that names the product on the screen."""
    return driver.main.locator(".st-key-judge_product").get_by_text("Product g", exact=False)


def test_a_pool_is_judged_by_the_keyboard(settings: Settings, driver: Driver) -> None:
    driver.open("/evaluate?catalogue=shelf")
    driver.main.get_by_text("Judge", exact=True).click()
    name = driver.main.get_by_label("Who judges", exact=True)
    name.press_sequentially("Ann 0123 sb")
    name.press("Enter")
    driver.main.get_by_role("button", name="Make the pool").click()
    progress(driver, 0)
    assert judgements.held(settings.data_dir, "shelf").judgements == 0  # what was typed graded nothing
    driver.page.evaluate("document.activeElement.blur()")
    for done, key in enumerate("3210", start=1):
        driver.page.keyboard.press(key)
        progress(driver, done)
    grades = [one.grade for one in judgements.listed(settings.data_dir, "shelf", judge="Ann 0123 sb")]
    assert grades == [0, 1, 2, 3]
    here = product(driver).inner_text()
    driver.page.keyboard.press("b")
    expect(product(driver)).not_to_have_text(here)
    driver.settled()
    driver.page.keyboard.press("3")
    expect(product(driver)).to_have_text(here)
    driver.settled()
    progress(driver, 4)
    assert judgements.listed(settings.data_dir, "shelf")[0].grade == 3

    driver.open("/evaluate?catalogue=shelf")
    driver.main.get_by_text("Judge", exact=True).click()
    expect(name).to_have_value("Ann 0123 sb")
    progress(driver, 4)
    expect(product(driver)).to_have_text(here)
