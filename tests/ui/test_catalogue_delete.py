"""What the catalogue page says before a catalogue is deleted."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from retrieval.records import Product
from retrieval.rules import Rule
from shop import judgements, query_sets, rules, synonyms
from tests.ui.conftest import Shop


def opened(start: Callable[..., AppTest]) -> AppTest:
    app = start()
    app.switch_page("pages/catalogue.py").run()
    app.segmented_control(key="catalogue_section").set_value("delete").run()
    assert not app.exception
    return app


def test_a_deletion_names_what_people_made(shop: Shop, products: list[Product], start: Callable[..., AppTest]) -> None:
    shop.build(products)
    assert not opened(start).error
    data = shop.settings.data_dir
    query_sets.save(data, "shop", "one", query_sets.typed("red lamp"), source="typed")
    judgements.record_all(data, "shop", "Ann", {"red lamp": {"p1": 1, "p2": 2}})
    judgements.record(data, "shop", "Bob", "red lamp", "p1", 3)
    rules.add(data, "shop", Rule("hide", "brand", "Maker1"))
    synonyms.save(data, "shop", "# mine\nlamp, lantern")
    (said,) = [error.value for error in opened(start).error]
    assert "3 judgements by 2 judges, 1 set of queries, 1 rule of ranking, 2 lines of synonyms" in said


def test_what_cannot_be_counted_is_said(shop: Shop, products: list[Product], start: Callable[..., AppTest]) -> None:
    shop.build(products)
    judgements.record(shop.settings.data_dir, "shop", "Ann", "red lamp", "p1", 1)
    judgements.path(shop.settings.data_dir, "shop").write_bytes(b"no database" * 1000)
    app = opened(start)
    assert "uncounted" in app.error[0].value
    app.text_input(key="delete_typed").set_value("shop").run()
    assert not app.button(key="delete_catalogue").disabled
