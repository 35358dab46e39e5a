"""The search page: empty, filled, and when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import compose
from retrieval.records import Product
from retrieval.rules import Rule
from shop import recent, rules
from shop.database import connected
from tests.ui.conftest import Shop
from ui import results
from ui.safe_text import WORD_JOINER, plain

Start = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    """Return everything that is written on the page."""
    kinds = (app.header, app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def cards(app: AppTest) -> list[str]:
    """Return the title lines of the cards."""
    return [m.value for m in app.markdown if str(m.value).startswith(":gray[") and "] **" in str(m.value)]


def test_without_a_catalogue_the_page_says_how_to_begin(start: Start) -> None:
    app = start()
    assert not app.exception
    assert "No catalogue yet" in app.info[0].value
    assert "DOC:START" in app.code[0].value
    assert len(app.file_uploader) == 1
    assert not app.text_input


def test_an_empty_query_browses_the_catalogue(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start()
    assert not app.exception
    assert "**40 products** :gray[in the catalogue, identical ones grouped" in texts(app)  # four of 44 are copies
    assert len(cards(app)) == 10
    assert app.get("pagination")


def test_a_search_does_not_wait_for_somebody_who_writes(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start()
    with connected(shop.settings.data_dir):
        app.text_input(key="q").set_value("wooden lamp").run()
    assert not app.exception
    assert cards(app)
    assert "This search could not be kept" in texts(app)
    assert app.query_params["q"] == "wooden lamp"


def test_a_query_finds_marks_and_explains(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start()
    app.text_input(key="q").set_value("wooden lamp").run()
    assert not app.exception
    first = cards(app)[0]
    assert first.startswith(":gray[1] **")
    assert ":orange-background[wooden] :orange-background[lamp]" in first
    assert any("| BM25 | 1 |" in m.value for m in app.markdown)
    assert app.query_params["q"] == "wooden lamp"


def test_filters_narrow_and_are_taken_back(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start()
    app.multiselect(key="categories").set_value(["lamp"]).run()
    assert not app.exception
    assert "**10 products**" in texts(app)
    app.number_input(key="max_price").set_value(25.0).run()
    assert "**5 products**" in texts(app)  # 10 and 12 to 15; number 11 has no price
    app.button(key="clear_filters").click().run()
    assert not app.exception
    assert "**40 products**" in texts(app)
    assert app.multiselect(key="categories").value == []


def test_a_facet_value_counted_n_gives_n_hits(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start()
    option = app.multiselect(key="brands").options[0]
    name, number = option.rsplit(" (", 1)
    app.multiselect(key="brands").set_value([name]).run()
    assert f"**{number.rstrip(')')} products**" in texts(app)


def total(app: AppTest) -> int:
    """Return the number of products that the page says it found."""
    line = next(m.value for m in app.markdown if m.value.startswith("**") and " product" in m.value)
    return int(line.split(" product")[0].strip("*"))


def bounds(option: str) -> tuple[float, ...]:
    """Return the bounds that stand in the label of a price range."""
    return tuple(float(part) for part in option.rsplit(" (", 1)[0].split(" – "))


@pytest.mark.parametrize("query", ["", "model"])
@pytest.mark.parametrize("key", ["price_band", "min_rating"])
def test_every_price_range_and_rating_gives_its_count(
    shop: Shop, products: list[Product], start: Start, key: str, query: str
) -> None:
    shop.build(products)
    app = start(q=query, max_price="45") if key == "min_rating" else start(q=query)
    counted = [option for option in app.selectbox(key=key).options if option.endswith(")")]
    assert len(counted) > 1
    for option in counted:
        value = bounds(option) if key == "price_band" else float(option.split()[0])
        app.selectbox(key=key).set_value(value).run()
        assert not app.exception
        assert total(app) == int(option.rsplit("(", 1)[1].rstrip(")")), option
        # A facet's own condition narrows its counts no more than it did before.
        assert [o for o in app.selectbox(key=key).options if o.endswith(")")] == counted


def test_a_chosen_price_range_stands_in_the_bounds_and_is_taken_back(
    shop: Shop, products: list[Product], start: Start
) -> None:
    shop.build(products)
    app = start()
    everything = total(app)
    band = app.selectbox(key="price_band").options[1]
    low, high = bounds(band)
    app.selectbox(key="price_band").set_value((low, high)).run()
    assert app.number_input(key="min_price").value == low
    assert app.number_input(key="max_price").value == high
    app.number_input(key="min_price").set_value(low + 0.5).run()
    assert app.selectbox(key="price_band").value == ()
    app.selectbox(key="price_band").set_value((low, high)).run()
    app.selectbox(key="price_band").set_value(()).run()
    assert app.number_input(key="max_price").value is None
    assert total(app) == everything


def test_a_rating_that_no_list_holds_can_still_be_asked_for(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(min_rating="4.45")
    assert not app.exception
    assert app.selectbox(key="min_rating").value == 4.45
    rated = {p.title for p in products if p.rating is not None and p.rating >= 4.45}
    assert total(app) == len(rated)


def test_recent_searches_are_offered_and_asked_again(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start()
    app.text_input(key="q").set_value("wooden lamp").run()
    app.multiselect(key="categories").set_value(["lamp"]).run()
    app.text_input(key="q").set_value("**chair** :material/home:").run()
    app.session_state["recent"] = True
    app.run()
    assert [button.label for button in app.button if button.key.startswith("recent_") and button.key[-1].isdigit()] == [
        plain("**chair** :material/home:"),
        "wooden lamp",
    ]
    app.multiselect(key="categories").set_value([]).run()
    app.button(key="recent_1").click().run()
    assert not app.exception
    assert app.text_input(key="q").value == "wooden lamp"
    assert app.multiselect(key="categories").value == ["lamp"]
    assert app.query_params["q"] == "wooden lamp"


def test_recent_searches_are_cleared_and_switched_off(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="lamp")
    app.session_state["recent"] = True
    app.run()
    app.button(key="recent_clear").click().run()
    assert "No searches yet" in texts(app)
    app.toggle(key="keep_recent").set_value(False).run()
    app.text_input(key="q").set_value("chair").run()
    assert not app.exception
    assert "Searches are not kept" in texts(app)
    assert recent.listed(shop.settings.data_dir) == []


def test_a_search_is_reopened_from_its_address(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start()
    app.text_input(key="q").set_value("lamp").run()
    app.radio(key="mode").set_value("bm25").run()
    app.selectbox(key="sort").set_value("price_desc").run()
    app.select_slider(key="top_k").set_value(5).run()
    app.number_input(key="max_price").set_value(1234.0625).run()
    app.toggle(key="collapse").set_value(False).run()
    app.session_state["page"] = 2
    app.run()
    address = dict(app.query_params)
    assert address["max_price"] == "1234.0625"
    again = start(**address)
    assert dict(again.query_params) == address
    assert cards(again) == cards(app)
    assert cards(again)[0].startswith(":gray[6]")


def test_nothing_found_says_what_to_try(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="zzzqqq", categories=["lamp"])
    assert not app.exception
    assert "Nothing found" in app.info[0].value
    assert app.button(key="clear_filters_empty").label == "Clear all filters"
    assert not cards(app)


def test_what_was_asked_for_but_is_not_there_is_named(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="lamp", mode="rerank")
    assert not app.exception
    assert "Not everything that was asked for" in app.warning[0].value
    assert cards(app)


def test_identical_listings_stand_once_with_their_number(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="model 1")
    assert ":blue-badge[+2 identical listings]" in texts(app)
    app.toggle(key="collapse").set_value(False).run()
    assert not app.exception
    assert "identical listing" not in texts(app)


def test_a_damaged_index_is_named_with_the_way_out(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    build = compose.catalogues(shop.settings)[0].build
    for file in (shop.settings.index_dir / "shop" / build).rglob("*"):
        if file.is_file() and file.name != "manifest.json":
            Path(file).write_bytes(b"damaged")
    app = start(q="lamp")
    assert not app.exception
    assert "cannot be searched" in app.error[0].value
    assert not cards(app)


def test_bounds_that_exclude_each_other_say_so_and_can_be_corrected(
    shop: Shop, products: list[Product], start: Start
) -> None:
    shop.build(products)
    app = start(min_price="50", max_price="10")
    assert not app.exception
    assert app.error
    app.number_input(key="min_price").set_value(5.0).run()
    assert not app.error


def test_a_page_past_the_end_shows_the_last_one(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(page="99")
    assert not app.exception
    assert cards(app)[0].startswith(":gray[31]")


def test_no_text_of_the_catalogue_becomes_markup(shop: Shop, start: Start) -> None:
    evil = "# x <script>alert(1)</script> ![i](https://e.example/i.png) :red[r] $a$ [l](javascript:alert(1))"
    shop.build(
        [
            Product(
                "p1",
                evil,
                category=evil,
                brand=evil,
                url="javascript:alert(1)",
                description=evil,
                images=("https://e.example/i.png",),
            )
        ]
    )
    app = start(q="script", brands=[evil])
    assert not app.exception
    page = texts(app)
    assert "<script" not in page.replace("\\<", "")
    assert "](" not in page.replace("\\]", "").replace("\\(", "")
    assert not app.image


def test_pictures_are_loaded_only_when_switched_on(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build([Product("p1", "red chair", images=("https://shop.example/a.jpg",))])
    app = start(pictures="1")
    assert not app.image
    app.toggle(key="pictures").set_value(True).run()
    assert not app.exception
    assert len(app.image) == 1


def test_the_query_survives_a_look_at_the_other_page(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start()
    app.text_input(key="q").set_value("wooden lamp").run()
    app.multiselect(key="categories").set_value(["lamp"]).run()
    app.switch_page("pages/compare.py").run()
    assert app.text_input(key="q").value == "wooden lamp"
    app.switch_page("pages/search.py").run()
    assert not app.exception
    assert app.text_input(key="q").value == "wooden lamp"
    assert app.multiselect(key="categories").value == ["lamp"]


def chips(app: AppTest) -> list[str]:
    """Return the chips of what was understood, as they are read."""
    labels = [block.proto.popover.label for block in app.get("popover")]
    return [label.replace("\\", "").replace(WORD_JOINER, "") for label in labels if label not in {"Recent", "Download"}]


def take_back(app: AppTest, chip: str) -> None:
    """Press the cross of a chip."""
    crosses = [button for button in app.button if str(button.help).startswith("Take back: ")]
    next(button for button in crosses if plain(chip) in button.help).click().run()
    assert not app.exception


@pytest.mark.parametrize("patience", [0.0, results.PATIENCE_S])
def test_what_was_understood_is_searched_and_taken_back(
    shop: Shop, products: list[Product], start: Start, monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    monkeypatch.setattr(results, "PATIENCE_S", patience)  # at 0 a preview is drawn first: nothing may come twice
    shop.build(products)
    app = start(q="model under 45 rated 3.5 or better", mode="hybrid")
    assert not app.exception
    within = {p.title for p in products if p.price is not None and p.price <= 45 and (p.rating or 0) >= 3.5}
    assert {"Under 45", "Rated 3.5 or better"} <= set(chips(app))
    assert total(app) == len(within)
    take_back(app, "Rated 3.5 or better")
    assert "Rated 3.5 or better" not in chips(app)
    assert app.query_params["dropped"] == "rating:3.5-"
    app.session_state["page"] = 2
    app.run()
    assert cards(app)[0].startswith(":gray[11]")
    assert "Under 45" in chips(app)
    assert app.query_params["dropped"] == "rating:3.5-"
    again = start(**dict(app.query_params))
    assert chips(again) == chips(app)
    assert cards(again) == cards(app)


def test_a_search_without_any_of_what_was_understood_is_plain(
    shop: Shop, products: list[Product], start: Start
) -> None:
    shop.build(products)
    app = start(q="chair under 30")
    for chip in chips(app):
        take_back(app, chip)
    assert chips(app) == []
    assert app.query_params["plain"] == "1"
    assert "words as you typed them" in texts(app)
    app.text_input(key="q").set_value("lamp under 30").run()
    assert "Under 30" in chips(app)
    assert "plain" not in app.query_params


def test_a_mistake_is_mended_and_said(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="woden lamp")
    assert any(m.value.startswith("Showing results for **wooden** lamp") for m in app.markdown)
    next(button for button in app.button if button.label.startswith("Search instead for")).click().run()
    assert not app.exception
    assert not any(m.value.startswith("Showing results for") for m in app.markdown)
    assert any(button.label.startswith("Did you mean") for button in app.button)


def test_a_bound_that_no_product_keeps_is_taken_back_by_name(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="lamp under 2 dollars")
    assert "Nothing found" in app.info[0].value
    next(button for button in app.button if button.label.startswith("Take back")).click().run()
    assert not app.exception
    assert cards(app)


def test_a_pinned_product_stands_first_and_says_so(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    rules.add(shop.settings.data_dir, "shop", Rule("pin", "product", "p7", "contains", "lamp", position=1))
    app = start(q="wooden lamp")
    assert not app.exception
    assert "model 7" in cards(app)[0]
    assert any("pinned to place 1" in m.value for m in app.markdown)


def test_what_is_only_nearest_is_marked_as_such(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="hydraulic excavator lamp rental", categories=["lamp"])
    assert not app.exception
    assert "No good match for" in app.info[0].value
    assert "clearing the filters" in app.info[0].value
    assert "Nearest in this catalogue" in [heading.value for heading in app.subheader]
    assert "**No good match** :gray[· 6 nearest · " in texts(app)
    assert len(cards(app)) == 6
    assert texts(app).count("Nearest, no good match") == 6
    app.text_input(key="q").set_value("wooden lamp").run()
    assert "No good match" not in texts(app)
    assert not app.subheader
