"""Searches that are kept for the reports: each once, and only those that a shopper made."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from retrieval.records import Product
from retrieval.settings import load_settings
from shop import query_log
from tests.ui.conftest import Shop
from ui import engines

Start = Callable[..., AppTest]


@pytest.fixture
def built(shop: Shop, products: list[Product]) -> Shop:
    shop.build(products)
    return shop


def kept(shop: Shop, name: str = "shop") -> list[tuple[str, int, int]]:
    """Return each query with how often it was kept and what it found the last time, in the order of its letters."""
    engines.query_log().flush()
    found = query_log.report(shop.settings.data_dir, name)
    return sorted((one.query, one.times, one.total) for one in found)


def search(app: AppTest, query: str) -> None:
    app.text_input(key="q").set_value(query).run()
    assert not app.exception


def test_a_search_is_kept_once_with_what_it_found(built: Shop, start: Start) -> None:
    app = start()
    assert kept(built) == []  # browsing
    search(app, "wooden lamp")
    app.run()
    app.run()
    ((query, times, total),) = kept(built)
    assert (query, times) == ("wooden lamp", 1)
    assert f"**{total} products**" in "\n".join(str(m.value) for m in app.markdown)
    (asked,) = query_log.report(built.settings.data_dir, "shop")
    assert asked.ms > 0
    assert not asked.no_good_match


def test_pages_filters_order_and_other_pages_of_the_app_are_no_new_search(built: Shop, start: Start) -> None:
    app = start(q="wooden", page="2")
    assert kept(built) == []
    app = start(q="wooden")
    before = kept(built)
    assert [row[:2] for row in before] == [("wooden", 1)]
    app.multiselect(key="categories").set_value(["lamp"]).run()
    app.selectbox(key="sort").set_value("price_asc").run()
    app.toggle(key="collapse").set_value(False).run()
    app.switch_page("pages/compare.py").run()
    app.switch_page("pages/search.py").run()
    assert not app.exception
    assert kept(built) == before


def test_another_ranking_or_another_query_is_a_search(built: Shop, start: Start) -> None:
    app = start(q="wooden")
    app.radio(key="mode").set_value("hybrid").run()
    assert [row[:2] for row in kept(built)] == [("wooden", 2)]
    search(app, "lamp")
    search(app, "wooden")
    assert [row[:2] for row in kept(built)] == [("lamp", 1), ("wooden", 3)]


def test_what_nothing_fits_is_kept_as_such(built: Shop, start: Start) -> None:
    app = start()
    search(app, "zzzzqq xxkjw")
    ((query, _, total),) = kept(built)
    assert (query, total) == ("zzzzqq xxkjw", 0)
    assert [one.query for one in query_log.report(built.settings.data_dir, "shop", "zero")] == ["zzzzqq xxkjw"]


def test_each_catalogue_has_its_own(built: Shop, products: list[Product], start: Start) -> None:
    built.build(products[:9], "other")
    start(q="wooden", catalogue="shop")
    start(q="lamp", catalogue="other")
    assert [row[0] for row in kept(built)] == ["wooden"]
    assert [row[0] for row in kept(built, "other")] == ["lamp"]


def test_comparing_keeps_nothing(built: Shop, start: Start) -> None:
    app = start()
    app.switch_page("pages/compare.py").run()
    search(app, "wooden")
    assert kept(built) == []


@pytest.mark.parametrize("way", ["setting", "switch"])
def test_switched_off_nothing_is_kept(built: Shop, start: Start, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    if way == "setting":
        monkeypatch.setenv("QUERY_LOG", "off")
        load_settings.cache_clear()
    else:
        query_log.switch(built.settings.data_dir, False)
    search(start(), "wooden")
    assert kept(built) == []
    assert not query_log.path(built.settings.data_dir, "shop").exists()
