from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.pools import blind, items, pool, sample, upcoming
from evaluation.records import Run
from retrieval.errors import EvaluationError

IDS = st.lists(st.text("abcdefgh0123456789", min_size=1, max_size=4), unique=True, max_size=30)


def ranked(*ids: str) -> list[tuple[str, float]]:
    return [(product_id, float(len(ids) - place)) for place, product_id in enumerate(ids)]


def test_a_pool_is_what_any_run_has_among_its_best() -> None:
    words = Run("bm25", {"q1": ranked("c", "a", "x"), "q2": ranked("b")})
    meaning = Run("dense", {"q1": ranked("a", "d", "y"), "q3": []})
    assert pool([words, meaning], 2) == {"q1": ("a", "c", "d"), "q2": ("b",), "q3": ()}
    assert pool([words, meaning], 1) == {"q1": ("a", "c"), "q2": ("b",), "q3": ()}
    assert pool([]) == {}
    with pytest.raises(EvaluationError, match="depth 0"):
        pool([words], 0)


def test_the_order_of_a_pool_tells_nothing_of_the_runs() -> None:
    one, other = Run("a", {"q": ranked("x", "y", "z")}), Run("b", {"q": ranked("z", "w")})
    assert pool([one, other], 3) == pool([other, one], 3) == {"q": ("w", "x", "y", "z")}


def test_each_judge_and_query_has_an_order_of_its_own() -> None:
    products = [f"p{n}" for n in range(20)]
    orders = {blind(query, judge, products) for query in ("q1", "q2", "q3") for judge in ("Ann", "Bob")}
    assert len(orders) == 6
    assert all(sorted(order) == sorted(products) for order in orders)
    assert blind("q1", "Ann", reversed(products)) == blind("q1", "Ann", products)


def test_every_place_is_equally_likely() -> None:
    """Each of 4 products comes first in 1/4 of 4,000 orders: 1,000, five standard deviations sqrt(4000*3/16) = 27."""
    firsts = [blind(f"q{n}", "Ann", "abcd")[0] for n in range(4000)]
    assert all(abs(firsts.count(product) - 1000) < 5 * 27.4 for product in "abcd")


@given(IDS, IDS)
def test_a_pool_that_grows_keeps_its_order(first: list[str], more: list[str]) -> None:
    grown = blind("q", "Ann", {*first, *more})
    assert [product for product in grown if product in set(first)] == list(blind("q", "Ann", first))


@given(IDS, st.integers(0, 30), st.integers(0, 30))
def test_a_larger_sample_holds_a_smaller_one(ids: list[str], one: int, other: int) -> None:
    small, large = sorted((sample(ids, one), sample(ids, other)), key=len)
    assert set(small) <= set(large)
    assert len(large) == min(max(one, other), len(ids))
    assert list(large) == [query_id for query_id in ids if query_id in large]


def test_what_was_skipped_comes_again_at_the_end_in_its_order() -> None:
    todo = items({"q1": ("a", "b"), "q2": ("c",)}, "Ann")
    assert sorted(todo) == [("q1", "a"), ("q1", "b"), ("q2", "c")]
    assert todo[2] == ("q2", "c")
    one, two, three = todo
    assert upcoming(todo, set(), []) == one
    assert upcoming(todo, {one}, [two]) == three
    assert upcoming(todo, {three}, [two, one]) == two
    assert upcoming(todo, {two, three}, [two, one]) == one
    assert upcoming(todo, {one, two, three}, [two]) is None
    assert upcoming([], set(), [one]) is None


@given(st.data())
def test_whoever_goes_on_judges_everything_once(data: st.DataObject) -> None:
    todo = items({f"q{n}": ("a", "b", "c") for n in range(3)}, "Ann")
    judged: list[tuple[str, str]] = []
    skipped: list[tuple[str, str]] = []
    skips = 12
    for _ in range(len(todo) + skips):
        item = upcoming(todo, judged, skipped)
        if item is None:
            break
        if skips and data.draw(st.booleans()):
            skips -= 1
            skipped = [*(one for one in skipped if one != item), item]
        else:
            judged.append(item)
    assert upcoming(todo, judged, skipped) is None
    assert sorted(judged) == sorted(todo)
