"""The catalogue page as its owner uses it: map, replace, look, go back, export, delete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

import compose
from retrieval.catalogue import parse_file
from retrieval.catalogue.diff import diff
from retrieval.models import ModelPool
from retrieval.records import Product
from tests.browser.catalogues import generated
from tests.browser.conftest import WORDS_ALONE, App, settings_of
from tests.browser.driver import BUILD_MS, Driver

pytestmark = pytest.mark.browser
BEGINS_EMPTY = True

PRODUCTS = 40
FOREIGN = "Artikel-Nr.;Bezeichnung;Name;Preis\n1;Lampe;x;9.50\n2;Stuhl;y;12.00\n3;Tisch;z;40.00\n"


@pytest.fixture(scope="module")
def app_environment() -> dict[str, str]:
    return WORDS_ALONE


def section(driver: Driver, label: str) -> None:
    driver.main.get_by_test_id("stButtonGroup").get_by_text(label, exact=True).click()
    driver.settled()


def give(driver: Driver, file: Path) -> None:
    """Hand a file to the import; nothing is built by that."""
    driver.main.locator("input[type=file]").set_input_files(file)
    driver.see("What was read")
    driver.settled()


def confirm(driver: Driver, label: str) -> None:
    """Take the file that was given, and wait until its build has ended."""
    button = driver.main.get_by_role("button", name=label)
    button.click()
    expect(button).to_have_count(0)  # from here on the sidebar shows the job, until it has ended
    driver.built()


def listed(driver: Driver, text: str) -> None:
    """Wait until the list of catalogues says something of one."""
    expect(driver.main.locator(".st-key-catalogues").get_by_text(text)).to_be_visible(timeout=BUILD_MS)


def choose_column(driver: Driver, field: str, column: str) -> None:
    box = driver.main.locator(f"[class*='_foreign_{field}'] input").first
    option = driver.page.get_by_role("option", name=column, exact=True)
    box.click()
    try:
        expect(option).to_be_visible(timeout=5_000)
    except AssertionError:  # the page was drawn anew between the click and the list, which closes it
        box.click()
    option.click()
    expect(box).to_have_value(column)
    driver.settled()


def test_a_catalogue_from_its_import_to_its_deletion(app: App, driver: Driver, tmp_path: Path) -> None:
    settings = settings_of(app)
    page = driver.page
    file = generated(tmp_path / "shelf.md", PRODUCTS)
    wanted = parse_file(file).products

    driver.open("/catalogue")
    driver.see("No catalogue yet")
    give(driver, file)
    confirm(driver, "Build shelf")
    listed(driver, "40 products")

    # Fewer products, one of them dearer, under the same name: first shown, then done.
    text = file.read_text(encoding="utf-8")
    blocks = text.split("\n\n")
    assert len(blocks) == PRODUCTS
    blocks[1] = blocks[1].replace("**Brand:** ", "**Brand:** New ")
    shorter = tmp_path / "again" / "shelf.md"
    shorter.parent.mkdir()
    shorter.write_text("\n\n".join(blocks[:30]) + "\n", encoding="utf-8")
    give(driver, shorter)
    driver.see("What would change in shelf")
    numbers = page.get_by_test_id("stMetricValue").all_inner_texts()
    assert [n.strip() for n in numbers] == ["0", "1", "10", "29"]
    assert compose.builds(settings, "shelf")[0].products == 40
    driver.shot("catalogue-1-diff")
    confirm(driver, "Replace shelf")
    listed(driver, "30 products")

    section(driver, "Builds")
    driver.shot("catalogue-2-builds")
    page.get_by_role("button", name="Roll back to this build").first.click()
    listed(driver, "40 products")
    assert compose.builds(settings, "shelf")[0].products == 40

    section(driver, "Export")
    for label, suffix in (("Markdown", ".md"), ("JSON Lines", ".jsonl"), ("CSV", ".csv")):
        with page.expect_download() as download:
            driver.main.get_by_role("button", name=label, exact=False).click()
        target = tmp_path / f"copy{suffix}"
        download.value.save_as(target)
        changes = diff(wanted, parse_file(target))
        assert (changes.empty, changes.unchanged) == (True, PRODUCTS)

    section(driver, "Import")
    give(driver, tmp_path / "copy.csv")
    confirm(driver, "Build copy")
    again = diff(served(app, "copy"), parse_file(file))
    assert (again.empty, again.unchanged) == (True, PRODUCTS)

    foreign = tmp_path / "foreign.csv"
    foreign.write_text(FOREIGN, encoding="utf-8")
    driver.main.locator("input[type=file]").set_input_files(foreign)
    driver.see("3 rows, 4 columns")
    choose_column(driver, "title", "Bezeichnung")
    choose_column(driver, "price", "Preis")
    choose_column(driver, "product_id", "Artikel-Nr.")
    driver.see("What was read")
    driver.shot("catalogue-3-mapping")
    confirm(driver, "Build foreign")
    assert [(p.product_id, p.title, p.price) for p in served(app, "foreign")] == [
        ("1", "Lampe", 9.5),
        ("2", "Stuhl", 12.0),
        ("3", "Tisch", 40.0),
    ]

    section(driver, "Report")
    driver.settled()
    section(driver, "Jobs")
    driver.see("Build of foreign")
    driver.shot("catalogue-4-jobs")

    section(driver, "Delete")
    box = driver.main.locator(".st-key-delete_typed input")
    box.fill("foreign")
    box.press("Enter")
    driver.settled()
    driver.main.get_by_role("button", name="Delete this catalogue").click()
    # All that stay, not the one that goes: whenever the page is drawn anew the list is empty for a moment.
    expect(driver.main.locator(".st-key-catalogues strong")).to_have_text(["copy", "shelf"], timeout=BUILD_MS)
    assert [info.name for info in compose.catalogues(settings)] == ["copy", "shelf"]


def test_health_shows_what_looks_wrong_and_how_full_the_fields_are(app: App, driver: Driver, tmp_path: Path) -> None:
    text = generated(tmp_path / "ward.md", PRODUCTS).read_text(encoding="utf-8")
    blocks = text.rstrip("\n").split("\n\n")
    blocks.append(blocks[0].replace("id=g0000", "id=twice"))
    blocks.append("<!--DOC:START id=bare -->\n## A bare thing\n<!--DOC:END-->")
    source = tmp_path / "ward.md"
    source.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    compose.build(source, "ward", settings_of(app), embedder="none")

    driver.open("/catalogue?catalogue=ward")
    section(driver, "Health")
    for heading in ("What looks wrong", "Fields", "Prices in USD", "Ratings", "Categories"):
        expect(driver.main.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    prices = [float(price) for price in re.findall(r"\*\*Price:\*\* \$([\d.]+)", "\n".join(blocks))]
    assert len(prices) == PRODUCTS + 1
    driver.see(f"{PRODUCTS + 1} products, from {min(prices):.2f} to {max(prices):.2f}")
    cells = driver.main.get_by_test_id("stDataFrame").nth(0).locator("[role=gridcell]")
    ids = cells.filter(has_text="twice")
    expect(ids).to_have_text("g0000, twice")
    fields = driver.main.get_by_test_id("stDataFrame").nth(1).locator("[role=row]")
    for field, filled in (("Title", PRODUCTS + 2), ("Brand", PRODUCTS + 1), ("Part number", 0)):
        expect(fields.filter(has_text=field).locator("[role=gridcell]").nth(1)).to_have_text(str(filled))
    driver.shot("catalogue-5-health")


def served(app: App, name: str) -> list[Product]:
    """Return the products of a catalogue's newest build."""
    settings = settings_of(app)
    engine = compose.open_engine(name, settings, ModelPool(settings))
    try:
        return engine.build.store.all_products()
    finally:
        engine.close()
