"""Completions of what is typed: what comes, in which order, and that nothing makes it fail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.completions import PAST_FIRST, Completion, Completions
from retrieval.query.vocabulary import split
from retrieval.records import Product
from tests.hostile import TEXTS
from tests.support import sample_products

TITLES = (
    *(f"Table lamp, number {n} with a long tail of words that nobody types" for n in range(6)),
    *(f"Lamp shade, number {n} with a long tail of words that nobody types" for n in range(2)),
    *(f"Shoes for men, pair {n}, of the best leather that there is" for n in range(3)),
    *(f"Wireless mouse, {n} of many kinds and in all colours there are" for n in range(4)),
    "Lambskin rug",
    "Copper kettle",
)


def shop() -> Completions:
    return Completions.from_products(
        [Product(str(n), title, category="Home > Lighting > Lamps" if "amp" in title else None)
         for n, title in enumerate(TITLES)]
    )  # fmt: skip


def texts(found: tuple[Completion, ...], kind: str = "title") -> list[str]:
    return [each.text for each in found if each.kind == kind]


def test_past_searches_come_first_then_categories_then_titles() -> None:
    found = shop().complete("lam", past=["lamp for my desk", "kettle", "green lamp"])
    kinds = [each.kind for each in found]
    assert kinds == sorted(kinds, key=["past", "category", "title"].index)
    assert texts(found, "past") == ["lamp for my desk", "green lamp"]
    assert texts(found, "category") == ["Lamps"]  # the last step of the way to it
    # "lamp" says the same as the category; 6 titles against 4 times 2 of what begins so
    assert texts(found)[:3] == ["lamp shade", "table lamp", "lambskin"]


def test_words_may_be_typed_in_any_order_and_the_last_one_half() -> None:
    assert texts(shop().complete("lamp tab"))[0] == "table lamp"
    assert texts(shop().complete("mouse wir"))[0] == "wireless mouse"
    assert texts(shop().complete("men sho"))[0] == "shoes for men"


def test_a_finished_word_is_taken_whole() -> None:
    assert "lambskin" not in texts(shop().complete("lamp "))
    assert "table lamp" in texts(shop().complete("lamp "))
    assert texts(shop().complete("kettles ")) == ["Copper kettle"]  # "kettle" alone searches for the same


@pytest.mark.parametrize("typed", ["kettel", "ketle", "ketttle", "kattle", "kett;e"])
def test_one_slip_is_bridged_where_nothing_begins_so(typed: str) -> None:
    found = texts(shop().complete(typed))
    assert ("kettle" in found) == (typed != "kett;e")  # that is two words, and no word begins with e


def test_a_slip_in_a_short_word_or_a_number_is_not_bridged() -> None:
    assert shop().complete("kxt") == ()
    assert shop().complete("ke77le") == ()


def test_what_says_the_same_is_said_once_and_what_was_typed_not_at_all() -> None:
    known = Completions([], [("saree", 9), ("sarees", 4), ("saree for women", 3), ("women saree", 2)])
    assert texts(known.complete("sar")) == ["saree", "saree for women"]
    assert texts(known.complete("Saree")) == ["saree for women"]
    assert texts(known.complete("sar", past=["Sarees", "saree"]), "past") == ["Sarees"]


def test_kinds_leave_one_another_room_and_fill_what_is_left() -> None:
    known = Completions([(f"lamps {n}x", 1) for n in range(9)], [(f"lamp {n}y", 1) for n in range(2)])
    past = [f"lamp {n}z" for n in range(9)]
    found = known.complete("lam", past, limit=8)
    assert len(found) == 8
    assert len(texts(found)) == 2
    assert len(texts(found, "past")) == PAST_FIRST
    assert len(texts(found, "category")) == 3  # two, and what was left
    assert len(known.complete("lam", past, limit=3)) == 3
    assert known.complete("lam", past, limit=0) == ()


def test_with_nothing_typed_there_are_past_searches_alone() -> None:
    assert shop().complete("  ", past=["b", "a"]) == (Completion("b", "past"), Completion("a", "past"))
    assert shop().complete("") == ()
    assert shop().complete("%%", past=["a"]) == ()


def test_long_titles_are_no_completions_and_rated_ones_come_before_others() -> None:
    products = [
        Product("1", "Zinc bucket small"),
        Product("2", "Zinc bucket large", rating_count=7),
        Product("3", "Zinc " + " ".join(f"word{n}" for n in range(12))),
        Product("4", "ZINC bucket small"),
    ]
    found = texts(Completions.from_products(products).complete("zinc"), "title")
    assert found == ["zinc bucket", "Zinc bucket large", "ZINC bucket small"]
    assert "Zinc bucket large" in found


@pytest.mark.parametrize("category", ["Home > Zinc ware", "Home»Zinc  ware >", "Zinc ware", "> Zinc ware |"])
def test_a_category_is_the_last_step_of_the_way_to_it(category: str) -> None:
    known = Completions.from_products([Product("1", "Bucket", category=category), Product("2", "Pail", category=" > ")])
    assert known.complete("zin") == (Completion("Zinc ware", "category"),)


def test_equal_catalogues_complete_alike_whatever_their_order() -> None:
    products = sample_products(60)
    one, other = Completions.from_products(products), Completions.from_products(products[::-1])
    for typed in ("w", "la", "red c", "chiar", "chair r"):
        assert one.complete(typed) == other.complete(typed) == one.complete(typed)
        assert one.complete(typed)


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=6), st.integers(0, 9))
def test_nothing_typed_makes_it_fail(typed: str, past: list[str], limit: int) -> None:
    found = KNOWN.complete(typed, past, limit)
    assert len(found) <= limit
    assert len({each.text for each in found}) == len(found)
    assert all(each.text in past for each in found if each.kind == "past")


@given(st.sampled_from([w for t in TITLES for w in split(t)]), st.integers(1, 6))
def test_every_completion_of_a_beginning_holds_a_word_that_begins_so(word: str, length: int) -> None:
    typed = word[:length]
    for each in KNOWN.complete(typed):
        assert any(said.startswith(typed) for said in split(each.text))


def test_hostile_titles_are_completed_as_the_text_they_are() -> None:
    base = sample_products(1)[0]
    products = [replace(base, product_id=str(n), title=f"zebra {t}", category=t) for n, t in enumerate(TEXTS)]
    known = Completions.from_products(products)
    for found in (known.complete("zeb", limit=60), known.complete("zebra s", limit=60)):
        assert found
        for each in texts(found):
            assert each.startswith("zebra")


def test_an_empty_catalogue_completes_nothing() -> None:
    assert len(Completions((), ())) == 0
    assert Completions((), ()).complete("lamp", past=["lamp shade"]) == (Completion("lamp shade", "past"),)


KNOWN = shop()
