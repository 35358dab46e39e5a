"""A build watched, cancelled and resumed on the Catalogue page, across a reload and by another visitor."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import compose
from tests.browser.catalogues import generated
from tests.browser.conftest import App, settings_of
from tests.browser.driver import BUILD_MS, Driver
from tests.browser.journey import pause_while_embedding
from tests.browser.test_catalogue_page import section

pytestmark = pytest.mark.browser

PRODUCTS = 120


def test_a_build_is_cancelled_and_resumed_after_a_reload(
    app: App, driver: Driver, chromium: Browser, tmp_path: Path
) -> None:
    settings = settings_of(app)
    driver.open()
    driver.upload(generated(tmp_path / "shelf.md", PRODUCTS))
    pid = pause_while_embedding(app, "shelf")
    try:
        driver.open("/catalogue?catalogue=shelf")
        section(driver, "Jobs")
        row = driver.main.locator("[class*='st-key-joblist_']").first
        expect(row.get_by_text("running", exact=True)).to_be_visible()
        expect(row.get_by_test_id("stProgress")).to_be_visible()

        driver.page.reload()
        driver.settled()
        section(driver, "Jobs")
        expect(row.get_by_text("running", exact=True)).to_be_visible()
        expect(driver.sidebar.get_by_text("Building shelf")).to_be_visible()
        driver.shot("jobs-running")
        context = chromium.new_context()
        try:
            other = Driver(context.new_page(), driver.url, driver.shots)
            other.open()
            expect(other.sidebar.get_by_text("Building shelf")).to_be_visible()
        finally:
            context.close()

        row.get_by_role("button", name="Cancel").click()
        expect(row.get_by_text("cancelled", exact=True)).to_be_visible(timeout=BUILD_MS)
    finally:
        if compose.jobs(settings, "shelf")[0].active:
            os.kill(pid, signal.SIGCONT)
    (job,) = compose.jobs(settings, "shelf")
    assert (job.state, job.pid) == ("cancelled", pid)
    assert compose.catalogues(settings)[0].keyword_only, "words stay searchable"

    driver.page.reload()
    driver.settled()
    section(driver, "Jobs")
    expect(row.get_by_text("cancelled", exact=True)).to_be_visible()
    row.get_by_role("button", name="Resume").click()
    expect(driver.main.get_by_text("Goes on as job")).to_be_visible()
    driver.built()
    expect(row.get_by_text("done", exact=True)).to_be_visible(timeout=BUILD_MS)
    expect(driver.main.get_by_text("keyword and meaning")).to_be_visible()
    newest, first = compose.jobs(settings, "shelf")
    assert (newest.state, newest.resumes, first.resumed_by) == ("done", first.id, newest.id)
    assert compose.builds(settings, "shelf")[0].products == PRODUCTS
    driver.shot("jobs-resumed")
