from __future__ import annotations

from evaluation.records import Query
from evaluation.silver.fits import FitIndex, Wanted, fits, wanted_of
from retrieval.records import Product

KETTLE = Product(
    "k", "Steel Kettles, tall", category="kitchen", brand="Oak & Co", price=950.0, currency="BDT",
    colors=("Sky Blue",), sizes=("XL ", "42"), description="A lovely whistling pot.",
)  # fmt: skip


def wanted(*stems: str, **bounds: object) -> Wanted:
    return Wanted(frozenset(stems), **bounds)  # type: ignore[arg-type]


def test_every_word_must_stand_in_title_brand_category_or_colours() -> None:
    assert fits(wanted("steel", "kettl", "kitchen", "oak", "sky"), KETTLE)
    assert not fits(wanted("kettl", "whistl"), KETTLE)
    assert not fits(wanted("kettl", "42"), KETTLE)


def test_a_bound_is_kept_up_to_itself_and_in_its_currency() -> None:
    assert fits(wanted("kettl", max_price=950.0, currency="BDT"), KETTLE)
    assert not fits(wanted("kettl", max_price=949.99, currency="BDT"), KETTLE)
    assert not fits(wanted("kettl", max_price=1000.0, currency="USD"), KETTLE)
    assert not fits(wanted("kettl", max_price=1000.0), Product("n", "kettle"))


def test_a_size_is_compared_whole_without_letter_case() -> None:
    assert fits(wanted("kettl", size="xl"), KETTLE)
    assert not fits(wanted("kettl", size="l"), KETTLE)


def test_the_index_counts_up_to_a_number() -> None:
    index = FitIndex([KETTLE, Product("b", "kettle"), Product("c", "lamp")])
    assert index.right(wanted("kettl")) == [0, 1]
    assert index.few(wanted("kettl"), 2)
    assert not index.few(wanted("kettl"), 1)
    assert not index.few(wanted("chair"), 9)
    assert index.right(wanted()) == []


def test_what_a_query_asks_for_comes_back_from_its_details() -> None:
    details = {"words": "steel kettles", "max_price": 1000.0, "currency": "BDT", "size": "xl"}
    assert wanted_of(Query("q", "steel kettles under 1000 tk", "constraint", details)) == Wanted(
        frozenset({"steel", "kettl"}), 1000.0, "BDT", "xl"
    )
