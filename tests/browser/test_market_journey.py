"""The main job in a browser, with a part of a real marketplace's catalogue that is cut at test time."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.catalogues import first_blocks
from tests.browser.conftest import App
from tests.browser.driver import Driver
from tests.browser.journey import journey

pytestmark = [pytest.mark.browser, pytest.mark.realdata, pytest.mark.soak]
BEGINS_EMPTY = True


def test_from_upload_to_comparison(
    app: App, driver: Driver, chromium: Browser, tmp_path: Path, realdata_dir: Path
) -> None:
    journey(
        app,
        driver,
        chromium,
        first_blocks(realdata_dir / "daraz" / "products.md", tmp_path / "market.md", 300),
        "market",
    )
