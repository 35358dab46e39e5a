"""Search results as files: every hit, and nothing that a spreadsheet would calculate."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.engine import SearchEngine
from retrieval.outcome import Ask
from retrieval.records import Filters, Product
from retrieval.settings import load_settings
from tests.hostile import TEXTS
from tests.support import sample_products
from ui import downloads

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx")


def ask(**values: Any) -> Ask:
    stated: dict[str, Any] = {
        "query": "",
        "mode": "bm25",
        "fusion": "rrf",
        "alpha": None,
        "top_k": 5,
        "sort": "relevance",
        "page": 2,
        "filters": Filters(),
        "collapse": False,
    }
    return Ask(**{**stated, **values})


def engine(products: list[Product]) -> SearchEngine:
    return SearchEngine.from_documents([p.to_dict() for p in products], encoder=None, settings=load_settings())


def read(data: bytes) -> list[Mapping[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_what_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert downloads.cell(text) == "'" + text


@given(st.text(), st.sampled_from(["", *FORMULAS]))
def test_no_cell_begins_like_a_formula_and_no_text_is_lost(text: str, start: str) -> None:
    cell = downloads.cell(start + text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == (start + text).removeprefix("'")


def test_the_file_holds_every_hit_and_not_the_page_alone() -> None:
    shop = engine(sample_products(40))
    lamps = ask(query="lamp", filters=Filters(categories=("lamp",)))
    rows = read(downloads.as_csv(downloads.all_hits(shop, lamps)))
    assert [row["rank"] for row in rows] == [str(n) for n in range(1, 11)]
    assert {row["category"] for row in rows} == {"lamp"}
    answer = json.loads(downloads.as_json(downloads.all_hits(shop, lamps), lamps))
    assert [hit["product_id"] for hit in answer["hits"]] == [row["product_id"] for row in rows]
    assert answer["total"] == 10
    assert answer["filters"]["categories"] == ["lamp"]
    assert answer["hits"][0]["legs"]["bm25"]["rank"] == 1


def test_no_more_than_a_thousand_hits() -> None:
    result = downloads.all_hits(engine(sample_products(1_005)), ask())
    assert result.total == 1_005
    assert len(read(downloads.as_csv(result))) == 1_000


def test_hostile_texts_come_back_as_they_are() -> None:
    products = [
        Product(f"h{n}", text, brand=text, description=f"{text}\nsecond line", colors=(text, "red"))
        for n, text in enumerate(TEXTS)
    ]
    shop = engine(products)
    result = downloads.all_hits(shop, ask())
    rows = read(downloads.as_csv(result))
    answer = json.loads(downloads.as_json(result, ask()))
    assert len(rows) == len(TEXTS) == 50
    for product, row, hit in zip(products, rows, answer["hits"], strict=True):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
        assert row["title"].removeprefix("'") == hit["title"] == hit["product"]["title"] == product.title
        assert row["description"].removeprefix("'") == hit["product"]["description"] == product.description


def test_half_a_surrogate_pair_is_written_as_json_knows_it() -> None:
    result = downloads.all_hits(engine([Product("p", "lamp")]), ask(query="lamp \ud800"))
    assert json.loads(downloads.as_json(result, ask()))["query"] == "lamp \ud800"


@pytest.mark.parametrize(
    ("query", "name"),
    [("red chair", "shop-red-chair.csv"), ("", "shop.csv"), ("../../etc", "shop-etc.csv"), ("চেয়ার", "shop-চ-য-র.csv")],
)
def test_file_names(query: str, name: str) -> None:
    assert downloads.filename("shop", query, ".csv") == name
