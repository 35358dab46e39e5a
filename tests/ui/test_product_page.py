"""The product page: one product whole, none, and an id that is not there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from retrieval.records import Product
from tests.hostile import TEXTS
from tests.ui.conftest import Shop
from ui import detail
from ui.safe_text import plain

Start = Callable[..., AppTest]
PAGE = "pages/product.py"


def opened(start: Start, product_id: str) -> AppTest:
    app = start()
    app.query_params["id"] = product_id
    app.switch_page(PAGE)
    return app.run()


def test_every_field_attribute_and_passage_is_shown(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = opened(start, "p12")
    assert not app.exception
    product = products[12]
    assert app.header[0].value == plain(product.title)
    fields = next(m.value for m in app.markdown if "| Id |" in m.value)
    assert "| Id | p12 |" in fields
    assert "| Price | 22 |" in fields  # 10 + 12
    assert "| Rating | 4\\.2 |" in fields  # 3 + 12/10
    assert "| Colours | wooden |" in fields
    assert "| Part number | :gray[–] |" in fields
    attributes = next(m.value for m in app.markdown if "| Material |" in m.value)
    assert "| Tags | lamp, first |" in attributes
    assert any(caption.value == plain("p12#0") for caption in app.caption)
    assert any(product.description.split(".")[0] in m.value for m in app.markdown)


def test_the_address_names_catalogue_and_product_alone(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="lamp", mode="bm25")
    app.query_params.clear()
    app.query_params["id"] = "p12"
    app.switch_page(PAGE).run()
    assert dict(app.query_params) == {"catalogue": "shop", "id": "p12"}


@pytest.mark.parametrize(("product_id", "said"), [("gone", "No product “gone”"), ("", "No product is named")])
def test_an_id_that_is_not_there_is_said(
    shop: Shop, products: list[Product], start: Start, product_id: str, said: str
) -> None:
    shop.build(products)
    app = opened(start, product_id)
    assert not app.exception
    assert said in app.info[0].value


def test_without_a_catalogue_it_says_so(start: Start) -> None:
    app = opened(start, "p1")
    assert not app.exception
    assert "No product is named" in app.info[0].value


def test_a_card_leads_to_similar_products_when_asked(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = start(q="wooden lamp")
    assert not app.exception
    labels = [link.proto.label for link in app.get("page_link")]
    assert labels.count("All details") == 10
    assert len(labels) == 10  # nothing similar is looked for before it is asked for


@pytest.mark.parametrize("text", TEXTS)
def test_a_cell_of_the_table_is_one_cell(text: str) -> None:
    assert "\n" not in detail.value((text, text))
    assert "|" not in detail.value(text).replace("\\|", "")


def test_missing_values_are_dashes() -> None:
    assert [detail.value(field) for field in (None, "", ())] == [":gray[–]"] * 3
    assert detail.value(0) == "0"
    assert detail.value(1250.5) == "1\\,250\\.5"
