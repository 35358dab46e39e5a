"""The very first visit to an app that has just started: no session has told it its pages yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import WORDS_ALONE, App, started
from tests.browser.driver import Driver

pytestmark = pytest.mark.browser


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """Start an app for this visit alone."""
    with started(tmp_path, WORDS_ALONE) as running:
        yield running


def test_a_first_visit_straight_to_a_page_is_inside_of_the_app(driver: Driver) -> None:
    driver.open("/compare")
    driver.see("Upload a catalogue")
    driver.see("No catalogue yet")
    assert driver.main.get_by_role("heading", name="Compare").count() == 1
