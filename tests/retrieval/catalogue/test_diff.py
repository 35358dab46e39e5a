from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from retrieval.catalogue.diff import diff
from retrieval.records import Product
from tests.support import report_of, sample_products


def test_added_changed_removed_and_unchanged_are_told_apart() -> None:
    old = sample_products(6)
    cheaper = replace(old[1], price=1.0, title="Renamed", line=999)
    other = replace(old[2], attributes={"Material": "red", "Fit": "slim"})
    moved = replace(old[3], line=1)
    fresh = Product("new-1", "Fresh")
    found = diff(old, report_of([fresh, moved, other, cheaper, old[5]]))
    assert found.added == (fresh,)
    assert [(c.product_id, c.fields) for c in found.changed] == [
        ("p2", ("attributes.Material", "attributes.Tags", "attributes.Fit")),
        ("p1", ("title", "price")),
    ]
    assert found.changed[1].values("price") == (old[1].price, 1.0)
    assert found.changed[0].values("attributes.Fit") == (None, "slim")
    assert found.removed == (old[0], old[4])
    assert found.unchanged == 2
    assert [p.code for p in found.problems] == ["text-outside"]
    assert not found.empty


def test_the_same_catalogue_differs_in_nothing() -> None:
    products = sample_products(5)
    found = diff(products, report_of(products))
    assert (found.empty, found.unchanged) == (True, 5)


def test_as_json_it_names_both_values() -> None:
    old, new = Product("1", "A", price=5.0), Product("1", "A", price=7.0, colors=("red",), line=3)
    assert diff([old], report_of([new])).to_dict()["changed"] == [
        {
            "product_id": "1",
            "title": "A",
            "line": 3,
            "fields": {"price": {"before": 5.0, "after": 7.0}, "colors": {"before": (), "after": ("red",)}},
        }
    ]


PRODUCTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2)).map(
    lambda found: [Product(key, f"title {value}") for key, value in found.items()]
)


@given(PRODUCTS, PRODUCTS)
def test_every_product_is_counted_once_and_the_other_way_round_mirrors(old: list[Product], new: list[Product]) -> None:
    there, back = diff(old, report_of(new)), diff(new, report_of(old))
    assert len(there.added) + len(there.changed) + there.unchanged == len(new)
    assert len(there.removed) + len(there.changed) + there.unchanged == len(old)
    assert {p.product_id for p in there.added} == {p.product_id for p in back.removed}
    assert {c.product_id for c in there.changed} == {c.product_id for c in back.changed}
