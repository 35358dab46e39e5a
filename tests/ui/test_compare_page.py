"""The compare page: empty, filled, and when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import compose
from retrieval.engine import SearchEngine
from retrieval.records import Product
from tests.ui.conftest import Shop
from ui import comparison

Start = Callable[..., AppTest]
COMPARE = "pages/compare.py"


def test_without_a_catalogue_it_says_how_to_begin(start: Start) -> None:
    app = start().switch_page(COMPARE).run()
    assert not app.exception
    assert "No catalogue yet" in app.info[0].value


def test_without_a_query_it_asks_for_one(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start().switch_page(COMPARE).run()
    assert not app.exception
    assert "Type a query" in app.info[0].value


def test_rankings_stand_side_by_side(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start().switch_page(COMPARE).run()
    app.text_input(key="q").set_value("wooden lamp").run()
    assert not app.exception
    assert [metric.label for metric in app.metric] == ["BM25 ∩ Dense", "BM25 ∩ Hybrid", "Dense ∩ Hybrid"]
    assert app.metric[1].value == "10 of 10"  # without an encoder, hybrid is BM25
    assert "Not everything that was asked for" in app.warning[0].value
    assert len(app.progress) == 3


def test_one_ranking_alone_compares_with_nothing(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="lamp").switch_page(COMPARE).run()
    app.pills(key="compared").set_value(["bm25"]).run()
    assert not app.exception
    assert "at least two" in app.info[0].value


def test_a_damaged_index_is_named_with_the_way_out(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    build = compose.catalogues(shop.settings)[0].build
    for file in (shop.settings.index_dir / "shop" / build).rglob("*"):
        if file.is_file() and file.name != "manifest.json":
            Path(file).write_bytes(b"damaged")
    app = start(q="lamp").switch_page(COMPARE).run()
    assert not app.exception
    assert "cannot be searched" in app.error[0].value


def test_a_kept_ranking_shows_what_its_stages_took(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    result = SearchEngine.from_documents([p.to_dict() for p in products], encoder=None, settings=shop.settings).search(
        "lamp", mode="bm25"
    )
    stages = {stage: spent for stage, spent in result.timings_ms.items() if stage != "total"}
    assert stages
    assert comparison.computing_ms(result) == pytest.approx(sum(stages.values()))


def test_the_query_is_understood_once_for_all_rankings(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="woden lamp under 15").switch_page(COMPARE).run()
    assert not app.exception
    assert sum(m.value.startswith("Showing results for **wooden** lamp") for m in app.markdown) == 1
    next(button for button in app.button if str(button.help).endswith("Under 15")).click().run()
    assert not app.exception
    assert app.query_params["dropped"] == "price:-15"
    assert not [button for button in app.button if str(button.help).endswith("Under 15")]


def test_a_ranking_without_a_good_match_says_so(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="hydraulic excavator lamp rental").switch_page(COMPARE).run()
    assert not app.exception
    assert sum(str(caption.value).startswith("No good match · 6 nearest · ") for caption in app.caption) == 3
