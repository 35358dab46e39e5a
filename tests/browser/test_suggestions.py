"""Suggestions while typing: by keyboard and pointer, from past searches, and from titles that mean harm."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, expect

import compose
from retrieval.records import Product
from shop import recent
from tests.browser.catalogues import generated
from tests.browser.conftest import WORDS_ALONE, App, settings_of
from tests.browser.driver import Driver
from tests.hostile import TEXTS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app_environment() -> dict[str, str]:
    return WORDS_ALONE


@pytest.fixture(scope="module", autouse=True)
def catalogues(app: App, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Build a catalogue of invented products, and one whose titles mean harm."""
    folder = tmp_path_factory.mktemp("catalogues")
    compose.build(generated(folder / "shelf.md", 120), "shelf", settings_of(app), embedder="none")
    hostile = folder / "hostile.jsonl"
    products = [Product(f"h{number:02}", text, category=text) for number, text in enumerate(TEXTS)]
    hostile.write_text("".join(json.dumps(product.to_dict()) + "\n" for product in products), encoding="utf-8")
    compose.build(hostile, "hostile", settings_of(app), embedder="none")


@pytest.fixture(autouse=True)
def nothing_past(app: App, catalogues: None) -> None:
    """Forget what an earlier test, or an earlier try of this one, searched for."""
    recent.clear(app.data_dir)


def box(driver: Driver) -> Locator:
    return driver.page.get_by_role("combobox", name="Search products")


def lines(driver: Driver) -> Locator:
    return driver.page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def type_in(driver: Driver, text: str) -> None:
    """Type into the box until there are suggestions; a list may take until the catalogue's were made."""
    box(driver).click()
    box(driver).fill("")
    driver.page.keyboard.type(text, delay=40)
    expect(lines(driver).first).to_be_visible()


def searched(driver: Driver, query: str) -> None:
    """Wait until a search is in the address, in the box and in the results, and its list is gone."""
    driver.address_says("q", query)
    expect(box(driver)).to_have_value(query)
    expect(box(driver)).to_have_attribute("aria-expanded", "false")
    expect(lines(driver)).to_have_count(0)
    driver.expect_cards()


def test_a_suggestion_is_chosen_by_keyboard_and_searched_at_once(driver: Driver) -> None:
    driver.open("/?catalogue=shelf&page=2")
    type_in(driver, "lam")
    expect(box(driver)).to_have_attribute("aria-expanded", "true")
    texts = [text.split("\n")[0] for text in lines(driver).all_inner_texts()]
    assert all("lam" in text for text in texts)
    assert len(texts) == len(set(texts)) > 2
    driver.shot("suggestions")
    driver.page.keyboard.press("ArrowDown")
    driver.page.keyboard.press("ArrowDown")
    expect(lines(driver).nth(1)).to_have_attribute("aria-selected", "true")
    expect(box(driver)).to_have_attribute("aria-activedescendant", lines(driver).nth(1).get_attribute("id") or "")
    expect(box(driver)).to_have_value("lam")  # what is typed stays until Enter
    driver.page.keyboard.press("ArrowUp")
    driver.page.keyboard.press("ArrowUp")
    expect(driver.page.locator("[role=option][aria-selected=true]")).to_have_count(0)
    driver.page.keyboard.press("ArrowUp")
    expect(lines(driver).last).to_have_attribute("aria-selected", "true")
    driver.page.keyboard.press("Enter")
    searched(driver, texts[-1])
    assert "page=" not in driver.page.url
    assert all(word in driver.titles()[0].casefold() for word in texts[-1].casefold().split())


def test_a_suggestion_is_chosen_by_pointer(driver: Driver) -> None:
    driver.open("/?catalogue=shelf")
    type_in(driver, "ket")
    text = lines(driver).first.locator("span").inner_text()
    lines(driver).first.click()
    searched(driver, text)
    driver.page.go_back()
    expect(box(driver)).to_have_value("")


def test_escape_closes_the_list_and_enter_searches_what_is_typed(driver: Driver) -> None:
    driver.open("/?catalogue=shelf")
    type_in(driver, "lam")
    driver.page.keyboard.press("Escape")
    expect(lines(driver)).to_have_count(0)
    expect(box(driver)).to_have_value("lam")
    driver.page.keyboard.press("ArrowDown")
    expect(lines(driver).first).to_be_visible()
    driver.page.keyboard.type("p")
    driver.page.keyboard.press("Enter")  # before an answer to the last letter can be there
    searched(driver, "lamp")
    # An answer to it comes to a box that is done with.
    expect(lines(driver)).to_have_count(0)


def test_past_searches_come_up_after_a_search(driver: Driver) -> None:
    driver.open("/?catalogue=shelf")
    driver.search("lamp for the blue room")
    driver.search("backpack")
    type_in(driver, "lam")
    expect(lines(driver).first).to_have_text("lamp for the blue roomSearched before")
    box(driver).fill("")
    expect(lines(driver)).to_have_count(0)
    driver.page.keyboard.press("ArrowDown")  # in an empty box they come when asked for
    expect(lines(driver)).to_have_text(["backpackSearched before", "lamp for the blue roomSearched before"])
    driver.page.keyboard.press("ArrowDown")
    driver.page.keyboard.press("ArrowDown")
    driver.page.keyboard.press("Enter")
    searched(driver, "lamp for the blue room")


def test_the_list_lies_below_the_box_at_every_width(driver: Driver) -> None:
    driver.open("/?catalogue=shelf")
    for width in (1280, 400):
        driver.page.set_viewport_size({"width": width, "height": 850})
        driver.open("/?catalogue=shelf")
        type_in(driver, "lam")
        around = driver.page.get_by_role("listbox", name="Suggestions").bounding_box()
        field = driver.page.locator(".st-key-q [data-testid=stTextInputRootElement]").bounding_box()
        assert around is not None
        assert field is not None
        assert around["y"] >= field["y"] + field["height"]
        assert abs(around["x"] - field["x"]) < 1
        assert abs(around["width"] - field["width"]) < 1
        assert driver.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        lines(driver).last.click(trial=True)  # nothing lies over it


def test_another_page_has_a_plain_box(driver: Driver) -> None:
    driver.open("/?catalogue=shelf")
    type_in(driver, "lam")
    box(driver).fill("")
    driver.page.get_by_test_id("stSidebarNavLink").filter(has_text="Compare").click()
    driver.page.wait_for_url("**/compare?*")
    driver.settled()
    expect(driver.page.get_by_role("searchbox", name="Search products")).to_be_visible()
    driver.page.get_by_test_id("stSidebarNavLink").filter(has_text="Search").click()
    driver.expect_cards()
    type_in(driver, "lam")


def test_hostile_titles_are_texts(driver: Driver) -> None:
    foreign: list[str] = []
    driver.page.on(
        "request",
        lambda asked: None if asked.url.startswith((driver.url, "data:", "blob:")) else foreign.append(asked.url),
    )
    driver.open(f"/?{urlencode({'catalogue': 'hostile'})}")
    seen: set[str] = set()
    for typed in ("svg", "script", "bold", "hacked", "closing", "link"):
        type_in(driver, typed)
        seen |= set(lines(driver).locator("span").all_text_contents())
        tags = lines(driver).evaluate_all(
            "lines => lines.flatMap(line => [...line.querySelectorAll('*')].map(part => part.tagName))"
        )
        assert set(tags) <= {"SPAN", "SMALL"}
        assert driver.page.evaluate("window.hacked") is None
        driver.page.keyboard.press("Escape")
    assert "<svg onload=window.hacked=1></svg>" in seen
    type_in(driver, "svg")
    lines(driver).filter(has_text="<svg").first.click()
    searched(driver, "<svg onload=window.hacked=1></svg>")
    driver.search("<img src=x onerror=window.hacked=1> lamp")
    type_in(driver, "lam")
    expect(lines(driver).first.locator("span")).to_have_text("<img src=x onerror=window.hacked=1> lamp")
    assert driver.page.evaluate("window.hacked") is None
    assert foreign == []
