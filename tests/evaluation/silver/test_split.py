from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.silver.split import SHARES, Groups, deal, listings, near_pairs
from retrieval.records import Product

QUICK = settings(max_examples=150, deadline=None, derandomize=True)
QUERIES = st.lists(st.lists(st.integers(0, 59), min_size=1, max_size=5), max_size=9)
TITLES = st.lists(st.frozensets(st.sampled_from("abcdefghijkl"), max_size=10), max_size=25, unique=True)


@QUICK
@given(TITLES)
def test_near_pairs_are_all_pairs_that_counting_finds(titles: list[frozenset[str]]) -> None:
    expected = {
        (i, j)
        for (i, one), (j, other) in combinations(enumerate(titles), 2)
        if min(len(one), len(other)) >= 4 and 5 * len(one & other) >= 4 * len(one | other)
    }
    assert set(near_pairs(titles)) == expected


def test_joining_stops_at_the_size_given_and_changes_nothing_then() -> None:
    groups = Groups(5)
    assert groups.join([0, 1], 2)
    assert not groups.join([1, 2], 2)
    assert groups.join([2, 4])
    assert groups.members() == [[0, 1], [2, 4], [3]]


def test_listings_join_one_title_of_two_brands_and_near_titles_across_a_third() -> None:
    rows = ["a b c d e", "A, B - c D E!", "a b c d f", "a b c d e f", "x y", "x y z"]
    products = [Product(str(n), title, brand=f"Maker {n}") for n, title in enumerate(rows)]
    # 5 of 6 words are shared by the fourth with the first and with the third, which share 4 of 6 with each other.
    assert listings(products).members() == [[0, 1, 2, 3], [4], [5]]


@QUICK
@given(
    st.integers(1, 60), st.integers(0, 3), st.lists(st.lists(st.integers(0, 59), min_size=1, max_size=5), max_size=9)
)
def test_dealing_keeps_groups_whole_and_shares_as_near_as_the_groups_allow(
    count: int, seed: int, drawn: list[list[int]]
) -> None:
    groups = Groups(count)
    groups.join(position % count for position in (drawn[0] if drawn else [0]))
    right = [[position % count for position in positions] for positions in drawn]
    sides = deal(groups, right, seed)
    for group in groups.members():
        assert len({sides[position] for position in group}) == 1
    largest = max(len(group) for group in groups.members())
    for side, share in SHARES.items():
        assert sides.count(side) <= share * count + largest


def test_another_seed_deals_other_products() -> None:
    assert deal(Groups(50), [], 1) == deal(Groups(50), [], 1)
    assert deal(Groups(50), [], 1) != deal(Groups(50), [], 2)


def test_a_query_that_would_join_too_many_leaves_them_apart() -> None:
    sides = deal(Groups(100), [list(range(60))], 0)
    assert {sides.count(side) for side in SHARES} == {70, 15}
