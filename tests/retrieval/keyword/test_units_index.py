"""What is said in numbers is found in whatever notation it is said, also where text runs together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval import keyword
from retrieval.keyword.units_index import UnitsIndex
from retrieval.records import Product
from retrieval.settings import Settings

SETTINGS = Settings(_env_file=None)
PRODUCTS = [
    Product("phone", "Smart phone RAM8GB ROM512GB dual SIM"),
    Product("kettle", "Electric kettle 1.5 Litre", description="Draws 1500 W."),
    Product("cloth", 'Table cloth 18"x24" cotton'),
    Product("card", "Graphics card GTX-1650-4G"),
    Product("cups", "Paper cups pack of 6", attributes={"Capacity": "250ml"}),
    Product("sheet", "Bed sheet king size"),
    Product("fan", "Table fan", sku="TF-900", description="Weighs 1.5 kg."),
    Product("plain", "Cotton saree"),
]


@pytest.fixture(params=["built", "loaded"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> UnitsIndex:
    built = UnitsIndex.build(PRODUCTS, SETTINGS)
    if request.param == "built":
        return built
    built.save(tmp_path)
    return UnitsIndex.load(tmp_path, SETTINGS)


def found(index: UnitsIndex, query: str) -> set[str]:
    scores = index.score(query)
    assert scores.shape == (len(PRODUCTS),)
    assert scores.dtype == np.float32
    assert (scores[scores > -np.inf] > 0).all()
    return {PRODUCTS[place].product_id for place in np.flatnonzero(scores > -np.inf)}


@pytest.mark.parametrize(
    ("queries", "products"),
    [
        (("512gb", "512 GB phone", "phone512GB", "rom512gb", "512 gigabyte", "0.5tb"), {"phone"}),
        (("8gb ram", "8GBRAM", "RAM8GB"), {"phone"}),
        (("1500ml", "1.5 l kettle", "1.5 litre", "1,500 ml", "১.৫ লিটার"), {"kettle"}),
        (("1500 watt", "1.5kw", "1500W"), {"kettle"}),
        (("18x24 inch", '24" x 18"', "24 by 18 inch", "24x18", "18 x 24 in", "1.5 x 2 ft"), {"cloth"}),
        (("gtx16504g", "GTX-1650-4G", "gtx_1650_4g"), {"card"}),
        (("pack of 6", "6 pcs", "6pcs cups", "six pieces"), {"cups"}),
        (("250 ml", "0.25 litre"), {"cups"}),
        (("king size", "king-size sheet"), {"sheet"}),
        (("tf900", "TF-900"), {"fan"}),
        (("1500g", "1.5kg"), {"fan"}),
        (("cotton saree", "", "5g phone", "table", "18x30", "512mb"), set()),
    ],
)
def test_one_amount_in_any_notation(index: UnitsIndex, queries: tuple[str, ...], products: set[str]) -> None:
    for query in queries:
        assert found(index, query) == products, query


def test_what_says_more_of_the_numbers_comes_first(index: UnitsIndex) -> None:
    scores = index.score("512gb and 8gb or 1500ml")
    assert int(np.argmax(scores)) == 0
    assert found(index, "512gb and 8gb or 1500ml") == {"phone", "kettle"}


def test_a_number_in_the_title_outweighs_one_in_the_description() -> None:
    products = [Product("body", "Bottle", description="Holds 750 ml."), Product("title", "Bottle 750ml")]
    assert int(np.argmax(UnitsIndex.build(products, SETTINGS).score("750 ml"))) == 1


def test_saved_and_built_scores_are_equal(tmp_path: Path) -> None:
    built = keyword.build("units", PRODUCTS, SETTINGS)
    built.save(tmp_path)
    loaded = keyword.load("units", tmp_path, SETTINGS)
    assert isinstance(loaded, UnitsIndex)
    assert (loaded.name, len(loaded)) == ("units", len(PRODUCTS))
    for query in ("512gb 1500ml", "18x24", "saree"):
        assert np.array_equal(loaded.score(query), built.score(query))


def test_a_catalogue_without_numbers_has_nothing_to_find(tmp_path: Path) -> None:
    index = UnitsIndex.build([Product("a", "Cotton saree"), Product("b", "Silk saree")], SETTINGS)
    index.save(tmp_path)
    for one in (index, UnitsIndex.load(tmp_path, SETTINGS)):
        one.warm_up()
        assert one.score("512gb").tolist() == [-np.inf, -np.inf]
