"""A merchandiser's afternoon: queries made from a catalogue, three pools judged, rankings compared, a report."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, TimeoutError, expect

import compose
from shop import judgements, query_sets
from tests.browser.catalogues import generated
from tests.browser.conftest import App, settings_of
from tests.browser.driver import BUILD_MS, PATIENCE_MS, WORD_JOINER, Driver

pytestmark = pytest.mark.browser
BEGINS_EMPTY = True

PRODUCTS = 120
POOLS = 3
JUDGED = re.compile(r"^([\d,]+) of ([\d,]+) judged")
SET = "silver-test"


def section(driver: Driver, label: str) -> None:
    """Open a section of the page."""
    driver.main.get_by_test_id("stButtonGroup").first.get_by_text(label, exact=True).click()
    driver.settled()


def choose(driver: Driver, box: Locator, value: str) -> None:
    """Choose a value of a list; what is drawn or moves in the meantime closes the list, and it is opened again."""
    option = driver.page.get_by_role("option", name=value, exact=True)
    for last in (False, False, True):
        box.click()
        try:
            option.click(timeout=PATIENCE_MS if last else 5_000)
            break
        except TimeoutError:
            driver.page.keyboard.press("Escape")
            driver.settled()
    expect(box).to_have_value(value)
    driver.settled()


def progress(driver: Driver) -> tuple[int, int]:
    """Return how many products of the pool are judged, and how many there are."""
    text = driver.main.get_by_text(JUDGED).first.inner_text()
    found = JUDGED.match(text)
    assert found, text
    done, whole = (int(number.replace(",", "")) for number in found.groups())
    return done, whole


def shown(place: Locator) -> str:
    """Return the text of a place without what keeps Markdown from reading it."""
    return place.inner_text().replace(WORD_JOINER, "")


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def judge_all(driver: Driver) -> int:
    """Judge the whole pool by keyboard: 3 where the product has every word of the query, else 0; return how many."""
    done, whole = progress(driver)
    assert done == 0
    for number in range(1, whole + 1):
        query = shown(driver.main.locator("h5").first).removeprefix("search")  # the icon
        title = shown(driver.main.locator(".st-key-judge_product strong").first)
        driver.page.keyboard.press("3" if words(query) <= words(title) else "0")
        if number < whole:
            expect(driver.main.get_by_text(re.compile(rf"^{number} of {whole} judged")).first).to_be_visible()
            driver.settled()
    driver.see("Everything in this pool is judged")
    return whole


def test_a_merchandisers_afternoon(app: App, driver: Driver, tmp_path: Path) -> None:
    settings = settings_of(app)
    page, main = driver.page, driver.main

    compose.build(generated(tmp_path / "shelf.md", PRODUCTS), "shelf", settings)
    driver.open("/?catalogue=shelf")
    driver.expect_cards()
    driver.ready()

    page.get_by_test_id("stSidebarNavLink").filter(has_text="Evaluate").click()
    driver.see("No queries yet")
    driver.settled()
    main.get_by_role("button", name="Make silver queries").click()
    driver.see("Silver queries are made", timeout=BUILD_MS)
    driver.settled()
    driver.shot("evaluate-1-queries")
    held = query_sets.load(settings.data_dir, "shelf", SET)
    assert held.queries
    assert held.qrels

    section(driver, "Judge")
    choose(driver, main.get_by_role("combobox", name="Set of queries"), f"silver test · {len(held.queries)} queries")
    name = main.get_by_role("textbox", name="Who judges")
    name.fill("Rima")
    name.press("Enter")
    expect(main.get_by_role("button", name="Make the pool")).to_be_visible()
    driver.settled()
    main.get_by_role("slider").first.press("ArrowLeft")
    queries = main.get_by_role("spinbutton", name="Queries to judge")
    queries.fill(str(POOLS))
    queries.press("Tab")
    main.get_by_role("button", name="Make the pool").click()
    expect(main.get_by_text(JUDGED).first).to_be_visible(timeout=BUILD_MS)
    driver.settled()
    driver.shot("evaluate-2-judge")
    judged = judge_all(driver)
    driver.shot("evaluate-3-judged")
    by_hand = judgements.listed(settings.data_dir, "shelf", judge="Rima")
    assert len(by_hand) == judged
    assert len({one.query for one in by_hand}) == POOLS
    assert {one.grade for one in by_hand} == {0, 3}

    section(driver, "Compare")
    main.get_by_role("button", name=f"Compare 3 rankings on {len(held.queries)} queries").click()
    expect(main.get_by_role("button", name="Open the result")).to_be_visible(timeout=BUILD_MS)
    driver.settled()
    driver.shot("evaluate-4-compared")
    main.get_by_role("button", name="Open the result").click()
    driver.see("Query by query")
    expect(main.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()  # nothing moves now
    driver.settled()
    info = compose.comparisons(settings, "shelf")[0]
    found = compose.comparison(settings, "shelf", info.id)
    assert set(found.labels) == {"bm25", "dense", "hybrid"}
    assert len(found.queries) == len(held.queries)
    assert shown(main.get_by_role("heading", level=3).first) == info.verdict

    # The queries that meaning alone loses, or where it loses none wins or ties; the first with both rankings open.
    choose(driver, main.get_by_role("combobox", name="Ranking to set against bm25"), "dense")
    duel = found.duel("dense")
    kinds = {"Loses": duel.losses, "Wins": duel.wins, "Ties": duel.ties}
    assert sum(map(len, kinds.values())) == len(held.queries)
    for kind, own in kinds.items():
        label = re.compile(rf"^{kind}\s*{len(own)}$")
        expect(main.get_by_test_id("stButtonGroup").get_by_text(label)).to_be_visible()
    worst = found.query(next(own for own in kinds.values() if own)[0][0])
    expect(main.get_by_text(f"{worst.text} {worst.query_id} ·")).to_be_visible()
    for place, label in enumerate(("dense", "bm25")):
        ranking = main.locator(f".st-key-duel_ranking_{place}")
        expect(ranking.get_by_text(label, exact=True)).to_be_visible()
        badges = ranking.locator(".stMarkdownBadge").all_inner_texts()
        grades = [found.grades[worst.query_id].get(product) for product in found.ranked[label][worst.query_id][:10]]
        assert badges == ["?" if grade is None else str(grade) for grade in grades]
    driver.shot("evaluate-5-lost-query")

    main.get_by_role("button", name="Download the report").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Markdown and plots (ZIP)").click()
    report = tmp_path / "report.zip"
    download.value.save_as(report)
    with zipfile.ZipFile(report) as archive:
        names = set(archive.namelist())
        text = archive.read("report.md").decode()
        assert all(archive.read(name).startswith(b"\x89PNG") for name in names - {"report.md"})
    assert {"report.md", "latency.png", "differences.png"} <= names
    assert "`dense`" in text
    page.keyboard.press("Escape")

    section(driver, "History")
    assert info.verdict in shown(main.locator(f".st-key-comparison_{info.id}"))
    driver.shot("evaluate-6-history")
