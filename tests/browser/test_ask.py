"""A question in the browser: asked, written word by word, stopped, cited, fallen back, followed up, loaded again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

import compose
from tests.answering.providers.openai_server import KEY, Behaviour, OpenAIServer, Play, serving
from tests.browser.catalogues import generated
from tests.browser.conftest import App, settings_of
from tests.browser.driver import Driver

pytestmark = pytest.mark.browser
CATALOGUE = "shelf"
MODEL = "drip-1"
WORDS = ("The kettle", " that fits", " best is", " the first", " one [1].", " The next", " one is", " near it [2].")
SAID = "".join(WORDS)


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    """Return a server of a language model on loopback, which answers as a test tells it."""
    with serving(OpenAIServer()) as running:
        yield running


@pytest.fixture(scope="module")
def app_environment(server: OpenAIServer) -> dict[str, str]:
    return {
        "EMBEDDER": "none",
        "RERANKER": "none",
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": server.url,
        "OPENAI_MODEL": MODEL,
        "OPENAI_RETRIES": "0",
        "ANSWER_TTL_S": "0",
    }


@pytest.fixture(scope="module")
def shelf(app: App, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build a catalogue of words alone and return the address that asks about it."""
    source = generated(tmp_path_factory.mktemp("shelf") / f"{CATALOGUE}.md", 300)
    compose.build(source, CATALOGUE, settings_of(app), embedder="none")
    return f"/ask?catalogue={CATALOGUE}"


def ask(driver: Driver, question: str) -> None:
    """Type a question and send it."""
    box = driver.main.get_by_test_id("stChatInput").locator("textarea")
    box.fill(question)
    box.press("Enter")
    expect(driver.main.get_by_test_id("stChatMessage")).to_contain_text(question)


def told(server: OpenAIServer, play: Play) -> None:
    """Let the server answer this way from now on."""
    server.plays[:] = [play]


def products(driver: Driver) -> Locator:
    """Return the cards of the products that the answer is made of."""
    return driver.main.locator("[class*='st-key-cite_']")


def written(driver: Driver) -> None:
    """Wait until the answer is whole and the page looks no more."""
    expect(driver.main.get_by_text("How this was made").first).to_be_visible()
    expect(driver.main.get_by_role("button", name="Stop")).to_have_count(0)
    driver.settled()


def fits(driver: Driver) -> bool:
    """Return whether nothing has to be scrolled sideways."""
    return bool(driver.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_an_answer_is_watched_while_it_is_written_and_its_citations_lead_to_the_cards(
    shelf: str, server: OpenAIServer, driver: Driver
) -> None:
    told(server, Behaviour.says(*WORDS, every_s=0.5))
    driver.open(shelf)
    ask(driver, "Which kettle is best for travelling?")
    expect(products(driver).first).to_contain_text("kettle")  # before a word is written
    stop = driver.main.get_by_role("button", name="Stop")
    expect(driver.main.get_by_text(f"{MODEL} is writing")).to_be_visible()
    expect(driver.main.get_by_text(re.compile(r"^The kettle that fits(?!.*near it)"))).to_be_visible()
    expect(stop).to_be_visible()
    driver.shot("ask-1-writing")
    expect(driver.main.get_by_text(SAID)).to_be_visible()
    written(driver)
    expect(driver.main.get_by_text("On this machine")).to_be_visible()
    driver.address_says("question", "Which kettle is best for travelling?")

    driver.page.set_viewport_size({"width": 390, "height": 500})
    link = driver.main.get_by_role("link", name="[2]").first
    card = products(driver).nth(1)
    expect(card).not_to_be_in_viewport()
    link.click()
    expect(card.locator("h3")).to_be_in_viewport()
    expect(driver.main.locator("h3:target")).to_have_count(1)
    assert card.locator("h3").inner_text().startswith("[2]")
    driver.shot("ask-2-cited")

    driver.page.reload()
    expect(driver.main.get_by_text(SAID)).to_be_visible()
    assert len(server.requests) == 1  # the answer was kept, not asked for again
    driver.main.get_by_text("How this was made").click()
    expect(driver.main.get_by_test_id("stCode")).to_contain_text("Which kettle is best for travelling?")
    assert KEY not in driver.page.content()
    assert fits(driver)


def test_an_answer_is_stopped_in_the_middle(shelf: str, server: OpenAIServer, driver: Driver) -> None:
    server.left.clear()
    told(server, Behaviour.drips("and more of it ", every_s=0.2))
    driver.open(shelf)
    ask(driver, "Which backpack is best for travelling?")
    expect(driver.main.get_by_text("and more of it").first).to_be_visible()
    driver.main.get_by_role("button", name="Stop").click()
    written(driver)
    expect(driver.main.get_by_text("stopped before its end")).to_be_visible()
    expect(driver.main.get_by_text("and more of it").first).to_be_visible()
    assert server.left.wait(20)


def test_who_goes_to_another_page_stops_the_writing(shelf: str, server: OpenAIServer, driver: Driver) -> None:
    server.left.clear()
    told(server, Behaviour.drips("and more of it ", every_s=0.2))
    driver.open(shelf)
    ask(driver, "Which suitcase is best for travelling?")
    expect(driver.main.get_by_text("and more of it").first).to_be_visible()
    driver.page.get_by_test_id("stSidebarNavLink").filter(has_text="Search").click()
    driver.expect_cards()
    assert server.left.wait(20)
    driver.page.get_by_test_id("stSidebarNavLink").filter(has_text="Ask").click()
    written(driver)
    expect(driver.main.get_by_text("stopped before its end")).to_be_visible()


def test_a_writer_that_fails_is_named_and_what_it_said_stays_marked(
    shelf: str, server: OpenAIServer, driver: Driver
) -> None:
    driver.open(shelf)
    told(server, Behaviour.fails(500, "out of order"))
    ask(driver, "Which bread knife is rated best?")
    written(driver)
    warning = driver.main.get_by_test_id("stAlert")
    expect(warning).to_contain_text("OpenAI or a compatible server")
    expect(warning).to_contain_text("The catalogue's facts answered instead")
    expect(driver.main.get_by_role("link", name="[1]").first).to_be_visible()
    driver.shot("ask-3-fallback")

    told(server, Behaviour.cuts_after("The knife of your choice ", "is the first one [1]. It "))
    driver.main.get_by_role("button", name=f"Answer with {MODEL}").click()
    expect(driver.main.get_by_text("said this before it broke off")).to_be_visible()
    written(driver)
    half = driver.main.locator("[class*='st-key-interrupted_']")
    expect(half).to_contain_text("The knife of your choice is the first one [1].")
    driver.page.set_viewport_size({"width": 390, "height": 844})
    driver.settled()
    assert fits(driver)
    driver.shot("ask-4-interrupted-phone")


def prices(driver: Driver) -> list[float]:
    """Return the prices on the cards."""
    found = [re.search(r"\$([\d,.]+)", text) for text in products(driver).all_inner_texts()]
    return [float(price[1].replace(",", "")) for price in found if price]


def test_a_follow_up_narrows_the_search_in_sight(shelf: str, server: OpenAIServer, driver: Driver) -> None:
    told(server, Behaviour.says("It is the first one [1]."))
    driver.open(shelf)
    ask(driver, "kettle for travelling?")
    written(driver)
    assert max(prices(driver)) > 40
    ask(driver, "anything under 40?")
    expect(driver.main.get_by_text("Searched for:")).to_contain_text("kettle")
    written(driver)
    assert prices(driver)
    assert max(prices(driver)) <= 40
    assert all("kettle" in text for text in products(driver).all_inner_texts())
    expect(driver.main.get_by_text("kettle for travelling?", exact=True)).to_be_visible()  # the first one, folded
    driver.shot("ask-5-follow-up")
    driver.main.get_by_role("button", name="Ask it as it stands").click()
    expect(driver.main.get_by_text("Searched for:")).to_have_count(0)
    written(driver)


def test_a_question_in_the_search_box_is_answered_and_leads_on(
    shelf: str, server: OpenAIServer, driver: Driver
) -> None:
    told(server, Behaviour.says("It is the first one [1]."))
    asked = len(server.requests)
    driver.open(f"/?catalogue={CATALOGUE}")
    driver.search("which kettle is the cheapest?")
    panel = driver.main.locator(".st-key-answer_panel")
    expect(panel.get_by_text("From the catalogue's facts, checked")).to_be_visible()
    driver.expect_cards()
    assert len(server.requests) == asked  # nothing was sent for it
    driver.shot("ask-6-panel")
    panel.get_by_text("Ask more").click()
    driver.page.wait_for_url("**/ask?*")
    expect(driver.main.get_by_test_id("stChatMessage")).to_contain_text("which kettle is the cheapest?")
    written(driver)
    assert len(server.requests) == asked + 1
    driver.page.go_back()
    if "/ask" in driver.page.url:  # the link's address, before the conversation was written into it
        driver.page.go_back()
    expect(panel).to_be_visible()
