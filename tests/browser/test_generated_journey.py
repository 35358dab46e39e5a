"""The main job in a browser, with a catalogue made up for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.catalogues import generated
from tests.browser.conftest import App
from tests.browser.driver import Driver
from tests.browser.journey import journey

pytestmark = pytest.mark.browser
BEGINS_EMPTY = True


def test_from_upload_to_comparison(app: App, driver: Driver, chromium: Browser, tmp_path: Path) -> None:
    journey(app, driver, chromium, generated(tmp_path / "generated.md", 120), "generated")
