"""Whatever a catalogue holds is shown as text: nothing runs, nothing is linked or loaded, nothing is laid out."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, expect

from retrieval.records import Product
from tests.browser.conftest import WORDS_ALONE, App
from tests.browser.driver import Driver
from tests.hostile import TEXTS
from ui.safe_text import clean, shorten

pytestmark = pytest.mark.browser

WORD = "lamp"
WHOLE = "every-text"
FOREIGN = (
    "script, iframe, object, embed, form, img, svg, video, audio, style, link, em, code, pre, del, s, u, b, i, ul, ol, "
    "input, h4, h5, h6, hr, sup, blockquote, details, .katex, [role=img], [data-testid=stIconMaterial], "
    "[style*='display: none'], section, a[href^='javascript'], a[href^='data'], a[href^='mailto']"
)

OWN = "[data-testid=stHeaderActionElements], [data-testid=stSidebar], [data-testid=stAlertContainer]"
"""What the app itself draws with icons, beside the two icons below."""
OWN_ICONS = (">timer</span>", ">check_circle</span>")


@pytest.fixture(scope="module")
def app_environment() -> dict[str, str]:
    """Return what keeps models out: this is about text."""
    return WORDS_ALONE


def catalogue(path: Path) -> Path:
    """Write a product a text, which holds it in every field, and one product that holds all of them."""
    products = [
        Product(
            f"h{number:02}",
            f"{WORD} {text}",
            category=f"c{number:02} {text}",
            brand=f"b{number:02} {text}",
            price=10.0 + number,
            currency="USD",
            url=f"https://shop.example/{number}" if "http" in text else text,
            description=f"{text}\n{WORD} again",
            images=(text,),
            colors=(text,),
            attributes={"Note": text},
        )
        for number, text in enumerate(TEXTS)
    ]
    whole = replace(
        products[0],
        product_id=WHOLE,
        title=f"{WORD} {WHOLE}",
        description="\n".join(TEXTS),
        sizes=TEXTS,
        attributes={f"{number} {text}": text for number, text in enumerate(TEXTS)},
    )
    rows = [json.dumps(product.to_dict()) for product in [*products, whole]]
    path.write_text("\n".join([*rows, '{"product_id": "bad<script>", "title": ""}']) + "\n", encoding="utf-8")
    return path


def seen(text: str) -> str:
    """Return a text as a reader sees it: on one line, without what has no ink."""
    kept = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cc"} or char in "\n\t")
    return " ".join(kept.split())


def all_seen(places: Locator) -> list[str]:
    """Return what is seen at every place."""
    return [seen(text) for text in places.evaluate_all("places => places.map(place => place.textContent)")]


@dataclass
class Watched:
    """A session on the hostile catalogue, and every foreign address that it asked for."""

    driver: Driver
    foreign: list[str]

    def nothing_happened(self) -> None:
        """Check that no text ran, asked another host, or became an element of what shows catalogue text."""
        assert self.driver.page.evaluate("window.hacked") is None
        assert not self.foreign
        texts = self.driver.page.get_by_test_id("stMarkdownContainer")
        found = texts.evaluate_all(
            f"""places => places.filter(place => !place.closest("{OWN}")).flatMap(
                place => [...place.querySelectorAll("{FOREIGN}")].filter(element => !element.closest("{OWN}"))
            ).map(element => element.outerHTML)"""
        )
        assert [html for html in found if not html.endswith(OWN_ICONS)] == []
        links = self.driver.main.locator("a").evaluate_all("links => links.map(link => link.href)")
        assert [link for link in links if not link.startswith((self.driver.url, "https://shop.example/"))] == []


@pytest.fixture
def watched(app: App, driver: Driver, tmp_path: Path) -> Iterator[Watched]:
    """Return a session that has the catalogue; uploaded once for the module's app."""
    session = Watched(driver, [])
    driver.page.on(
        "request",
        lambda request: (
            None if request.url.startswith((driver.url, "data:", "blob:")) else session.foreign.append(request.url)
        ),
    )
    if not (app.index_dir / "hostile").exists():
        driver.open()
        driver.upload(catalogue(tmp_path / "hostile.jsonl"))
        driver.expect_cards()
        driver.built()
        driver.see("problem")
        driver.page.get_by_role("button", name="problem").click()
        expect(driver.page.get_by_test_id("stDataFrame")).to_be_visible()
        session.nothing_happened()
        driver.page.keyboard.press("Escape")
    yield session
    session.nothing_happened()


def test_cards_chips_and_lists_show_text(watched: Watched) -> None:
    driver = watched.driver
    wanted = {"catalogue": "hostile", "top_k": "50", "mode": "bm25", "sort": "price_asc"}
    driver.open(f"/?{urlencode(wanted)}")
    expect(driver.cards).to_have_count(50)
    shown = [seen(text) for text in driver.titles()]
    expected = [seen(shorten(clean(f"{WORD} {text}"), 160)) for text in TEXTS]
    assert len(set(shown) & set(expected)) >= 49  # the fifty-first product stands among the fifty cards
    assert set(shown) <= {*expected, f"{WORD} {WHOLE}"}
    badges = all_seen(driver.cards.locator(".stMarkdownBadge"))
    assert {seen(shorten(clean(f"b{n:02} {text}"), 40)) for n, text in enumerate(TEXTS[:40])} <= set(badges)
    watched.nothing_happened()

    options = all_seen(driver.open_list("categories"))
    assert len(options) >= 4
    known = {seen(shorten(clean(f"c{n:02} {text}"), 48)) for n, text in enumerate(TEXTS)}
    assert {option.rsplit(" (", 1)[0] for option in options} <= {*known, "Select all"}
    watched.nothing_happened()
    driver.shot("hostile")

    categories = [f"c{n:02} {text}" for n, text in enumerate(TEXTS)]
    driver.open(f"/?{urlencode({**wanted, 'categories': categories[:49]}, doseq=True)}")
    chips = driver.main.locator("[class*='st-key-chip_']").filter(has=driver.page.locator("button"))
    expect(chips).to_have_count(49)
    # A button with a hint stands in the page twice, for pointers and for fingers.
    labels = chips.evaluate_all("chips => chips.map(chip => chip.querySelector('button').textContent)")
    labels = [seen(label).removeprefix("close") for label in labels]
    assert labels == [seen(f"Category: {shorten(clean(text), 40)}") for text in categories[:49]]
    assert driver.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_comparison_shows_text(watched: Watched) -> None:
    driver = watched.driver
    driver.open(f"/compare?{urlencode({'catalogue': 'hostile', 'q': WORD, 'top_k': '50'})}")
    ranking = driver.main.locator(".st-key-ranking_bm25 [data-testid=stMarkdownContainer]")
    driver.see("Overlap")
    driver.settled()
    lines = all_seen(ranking)
    for text in TEXTS:
        short = seen(shorten(clean(f"{WORD} {text}"), 90))
        found = sum(short in line for line in lines)
        assert found == 1 or f"{WORD} {WHOLE}" in " ".join(lines), text
    assert sum(seen(shorten(clean(f"{WORD} {t}"), 90)) in " ".join(lines) for t in TEXTS) >= 49


def test_a_products_page_shows_text(watched: Watched) -> None:
    driver = watched.driver
    driver.open(f"/product?{urlencode({'catalogue': 'hostile', 'id': WHOLE})}")
    driver.see("Searched passages")
    driver.settled()
    tables = driver.main.locator("table")
    expect(tables).to_have_count(2)
    cells = [
        [seen(cell) for cell in row]
        for row in tables.nth(1).evaluate(
            "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent))"
        )
    ]
    assert cells == [[seen(f"{number} {text}"), seen(text)] for number, text in enumerate(TEXTS)]
    paragraphs = all_seen(driver.main.locator("p"))
    start = paragraphs.index(seen(TEXTS[0]))
    assert paragraphs[start : start + len(TEXTS)] == [seen(text) for text in TEXTS]
    watched.nothing_happened()
    assert driver.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    driver.page.set_viewport_size({"width": 390, "height": 844})
    driver.settled()
    assert driver.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    driver.shot("hostile-product")


def test_queries_and_downloads_keep_text(watched: Watched) -> None:
    driver = watched.driver
    for query in ("<img src=x onerror=window.hacked=1> zz", "![x](https://evil.example/q.png) :material/home: $x$"):
        driver.open(f"/?{urlencode({'catalogue': 'hostile', 'mode': 'bm25', 'q': query})}")
        driver.settled()
    driver.open(f"/?{urlencode({'catalogue': 'hostile', 'q': WORD})}")
    driver.expect_cards()
    driver.page.get_by_role("button", name="Recent").click()
    recent = driver.page.locator("[class*='st-key-recent_'] button")
    expect(recent.filter(has_text="evil.example")).to_have_count(1)
    watched.nothing_happened()
    driver.page.keyboard.press("Escape")
    files = {}
    for kind in ("CSV", "JSON"):
        driver.page.get_by_role("button", name="Download").first.click()
        with driver.page.expect_download() as started:
            driver.page.get_by_role("button", name=kind, exact=True).click()
        assert started.value.suggested_filename == f"hostile-{WORD}.{kind.lower()}"
        files[kind] = Path(started.value.path()).read_bytes()
        driver.page.keyboard.press("Escape")
    rows = list(csv.DictReader(io.StringIO(files["CSV"].decode("utf-8-sig"), newline="")))
    answer = json.loads(files["JSON"])
    assert len(rows) == len(answer["hits"]) == answer["total"] == 51
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())
    titles = {seen(hit["title"]) for hit in answer["hits"]}
    assert titles == {seen(row["title"]) for row in rows} == {seen(f"{WORD} {t}") for t in (*TEXTS, WHOLE)}


def test_answers_show_text(watched: Watched) -> None:
    driver = watched.driver
    driver.open(f"/ask?{urlencode({'catalogue': 'hostile', 'mode': 'bm25', 'question': f'which {WORD} is cheapest?'})}")
    driver.see("How this was made")
    driver.settled()
    assert driver.page.evaluate("window.hacked") is None
    assert not watched.foreign
    made = driver.main.locator("[class*='st-key-answer_'] [data-testid=stMarkdownContainer]")
    foreign = "script, iframe, img, svg, form, .katex, code, em, h1, h2, [data-testid=stIconMaterial]"
    found = made.locator(foreign).evaluate_all(
        f"""elements => elements.filter(element => !element.closest("{OWN}")).map(element => element.outerHTML)"""
    )
    assert found == []
    links = driver.main.locator("a").evaluate_all("links => links.map(link => link.href)")
    assert links
    assert [link for link in links if not link.startswith((driver.url, "https://shop.example/"))] == []
    assert driver.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    driver.shot("hostile-answer")
    driver.open(f"/?{urlencode({'catalogue': 'hostile', 'mode': 'bm25'})}")
    driver.expect_cards()
