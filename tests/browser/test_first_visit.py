"""The very first visit to a fresh app."""

from __future__ import annotations

import pytest

from tests.browser.driver import Driver

pytestmark = pytest.mark.browser
BEGINS_EMPTY = True


@pytest.fixture(scope="module")
def app_environment() -> dict[str, str]:
    return {"EMBEDDER": "none", "RERANKER": "none"}


def test_a_first_visit_straight_to_a_page_is_inside_of_the_app(driver: Driver) -> None:
    driver.open("/compare")
    driver.see("Upload a catalogue")
    driver.see("No catalogue yet")
    assert driver.main.get_by_role("heading", name="Compare").count() == 1
