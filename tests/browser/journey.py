"""The main job, as a visitor does it: upload, watch, search, filter, switch the ranking, compare."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import compose
from retrieval.catalogue import parse_file
from retrieval.records import ParseReport
from shop import database
from tests.browser.conftest import App, settings_of
from tests.browser.driver import BUILD_MS, Driver


def pause_while_embedding(app: App, name: str) -> int:
    """Wait until the keyword-only build is committed, stop the job's process and return its id: to look in peace."""
    settings = settings_of(app)
    deadline = time.monotonic() + BUILD_MS / 1000
    while time.monotonic() < deadline:
        built = [info for info in compose.catalogues(settings) if info.name == name]
        if built:
            job = compose.jobs(settings, name)[0]
            assert job.pid is not None
            assert built[0].keyword_only, "the build was over before it could be looked at"
            os.kill(job.pid, signal.SIGSTOP)
            if not writing(app):
                return job.pid
            os.kill(job.pid, signal.SIGCONT)  # nobody could write for as long as it stood still
        time.sleep(0.02)  # between two looks
    pytest.fail(f"no keyword-only build of {name} after {BUILD_MS / 1000:.0f} s")


def writing(app: App) -> bool:
    """Return whether somebody stands in the midst of writing to the app's database."""
    with closing(sqlite3.connect(app.data_dir / database.FILE, timeout=0.2, isolation_level=None)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        db.execute("ROLLBACK")
    return False


def common_word(report: ParseReport) -> str:
    """Return the word that stands in most titles, of five letters or more."""
    words = Counter(
        word for product in report.products for word in set(re.findall(r"[a-z]{5,}", product.title.casefold()))
    )
    return min(words, key=lambda word: (-words[word], word))


def journey(app: App, driver: Driver, chromium: Browser, source: Path, name: str) -> None:
    """Go the whole way with one catalogue."""
    report = parse_file(source)
    word = common_word(report)
    page = driver.page

    driver.open()
    driver.see("No catalogue yet")
    driver.shot(f"{name}-1-empty")

    driver.upload(source)
    driver.see(f"{len(report.products)} products read")
    expect(driver.sidebar.get_by_test_id("stProgress").first).to_be_visible()
    driver.shot(f"{name}-2-building")

    pid = pause_while_embedding(app, name)
    try:
        driver.expect_cards()
        driver.see("search by meaning is still being built")
        driver.search(word)
        expect(driver.main.get_by_text("products · BM25")).to_be_visible()
        assert all(word in card.casefold() for card in driver.cards.all_inner_texts())
        assert {text.casefold() for text in driver.marked()} >= {word}
        driver.shot(f"{name}-3-keyword-only")
        other = chromium.new_context()
        try:
            second = Driver(other.new_page(), driver.url, driver.shots)
            second.open(f"/?q={word}&mode=bm25")
            second.expect_cards()
            assert second.titles() == driver.titles()
        finally:
            other.close()
    finally:
        os.kill(pid, signal.SIGCONT)
    expect(driver.main.get_by_text("search by meaning is still being built")).to_have_count(0, timeout=BUILD_MS)

    driver.ready()
    for mode, label in (("dense", "Dense"), ("hybrid", "Hybrid")):
        driver.choose_mode(mode)
        expect(driver.main.get_by_text(f"· {label} ·").first).to_be_visible(timeout=BUILD_MS)
        assert len(driver.titles()) == 10
    driver.shot(f"{name}-4-hybrid")
    driver.choose_mode("rerank")
    driver.see("Not everything that was asked for is available")
    assert driver.titles()
    driver.choose_mode("bm25")
    expect(driver.main.get_by_text("· BM25").first).to_be_visible()

    category = Counter(p.category for p in report.products if p.category and word in p.title.casefold())
    wanted = category.most_common(1)[0][0]
    driver.filter_by("categories", "Category", wanted)
    counted = driver.total()
    assert 0 < counted <= sum(category.values()) + len(report.products)
    badges = driver.cards.locator(".stMarkdownBadge").all_inner_texts()
    assert wanted in badges
    driver.shot(f"{name}-5-filtered")
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_role("button", name="Clear filters")).to_have_count(0)

    page.get_by_test_id("stSidebarNavLink").filter(has_text="Compare").click()
    driver.see("Overlap")
    driver.settled()
    expect(page.get_by_test_id("stMetric")).to_have_count(3)
    expect(driver.main.get_by_text("Places are compared with")).to_be_visible()
    expect(driver.main.locator("[class*='st-key-ranking_']")).to_have_count(3)
    driver.shot(f"{name}-6-compare")
