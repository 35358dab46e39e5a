from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.columns import Columns
from retrieval.facets import FacetCounter, price_bands
from retrieval.filters import conditions
from retrieval.records import FacetValue, Filters, Product

PRODUCTS = [
    Product("a", "Lamp", category="Home", brand="Lumo", price=10, rating=4.5, colors=("Red", "Blue")),
    Product("b", "lamp", category="Office", brand="LUMO", price=90, rating=3.0, colors=("red",)),
    Product("c", "Chair", category="home", price=200, colors=("Green",)),
]
COLUMNS = Columns.from_products(PRODUCTS)
EVERYTHING = np.ones(3, dtype=bool)


def count(filters: Filters = Filters(), collapse: bool = False) -> dict[str, tuple[FacetValue, ...]]:  # noqa: B008
    return FacetCounter(COLUMNS).count(EVERYTHING, conditions(COLUMNS, filters), filters, collapse=collapse)


def counts(values: tuple[FacetValue, ...]) -> dict[str, int]:
    return {value.value: value.count for value in values}


def test_values_are_counted_without_regard_to_case():
    found = count()
    assert counts(found["category"]) == {"Home": 2, "Office": 1}
    assert counts(found["brand"]) == {"Lumo": 2}
    assert counts(found["colors"]) == {"Red": 2, "Blue": 1, "Green": 1}


def test_a_group_counts_once_under_every_value_of_its_members():
    found = count(collapse=True)
    assert counts(found["category"]) == {"Home": 2, "Office": 1}
    assert counts(found["colors"]) == {"Red": 1, "Blue": 1, "Green": 1}
    assert counts(found["rating"]) == {"4 and up": 1, "3 and up": 1, "2 and up": 1, "1 and up": 1}


def test_a_facets_own_filter_does_not_narrow_it_but_others_do():
    found = count(Filters(categories=("home",), max_price=100))
    assert counts(found["category"]) == {"Home": 1, "Office": 1}
    assert counts(found["brand"]) == {"Lumo": 1}


def test_unrated_products_count_where_they_are_let_in():
    assert counts(count(Filters(include_unrated=True))["rating"])["4 and up"] == 2


@given(st.lists(st.one_of(st.just(math.nan), st.floats(0, 1e9, width=32)), max_size=60))
def test_every_price_is_in_exactly_one_band(prices: list[float]):
    bands = price_bands(np.array(prices, dtype=np.float64))
    assert len(bands) <= 6 + 1
    for price in prices:
        inside = [band for band in bands if band[0] <= price <= band[1]]
        assert len(inside) == (0 if math.isnan(price) else 1)
