from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import TrainingError
from retrieval.records import Product
from tests.training.shop import candidate, pool_of, query, shops
from training.duplicates import Duplicates
from training.mentions import Mentions
from training.negatives import MiningSettings, mine, mine_all, sample_negatives
from training.pools import MiningPool
from training.records import Source

QUICK = settings(max_examples=150, deadline=None, derandomize=True)
LOOSE = MiningSettings(per_query=50, margin=0, skip_top=0, mentions=False)


def words_of(text: str) -> list[str]:
    """Return the words of a text by hand: letters, marks and digits in a row."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in folded).split()


def overlap(one: Collection[object], other: Collection[object]) -> float:
    """Return the Jaccard similarity by hand."""
    both = set(one) | set(other)
    return sum(item in one and item in other for item in both) / len(both) if both else 0.0


def shingled(text: str) -> set[str]:
    found = words_of(text)
    return {" ".join(found[at : at + 3]) for at in range(len(found) - 2)}


def alike(one: Product, other: Product) -> bool:
    """Tell by hand whether two products are nearly the same."""
    first, second = words_of(one.title), words_of(other.title)
    bodies = shingled(one.description), shingled(other.description)
    return first == second or overlap(first, second) >= 0.8 or (min(map(len, bodies)) >= 8 and overlap(*bodies) >= 0.8)


def leading(pool: MiningPool, count: int) -> set[str]:
    unjudged = [c.product_id for c in pool.pool.candidates if c.product_id not in pool.query.grades]
    return set(unjudged[:count])


@given(shops(), st.sampled_from(["bm25", "dense", "both", "hybrid"]), st.integers(0, 3), st.integers(1, 6))
@QUICK
def test_every_guard_holds_whatever_the_pools(shop, source, skip_top, per_query):
    products, pools = shop
    by_id = {product.product_id: product for product in products}
    chosen = MiningSettings(per_query=per_query, source=source, skip_top=skip_top, margin=0.1)
    mined = mine_all(pools, products, chosen)
    mentions = Mentions(products)
    for pool in pools:
        grades, own = pool.query.grades, mined[pool.query.query_id]
        names = [c.product_id for c in own]
        assert len(names) == len(set(names)) <= per_query
        present = [c.product_id for c in pool.known]
        positives = [by_id[name] for name in present if grades[name] > 0]
        right = [pool.cosines[name] for name in present if grades[name] >= 2]
        for name in names:
            assert grades.get(name, 0) == 0
            assert not any(alike(by_id[name], positive) for positive in positives)
            if name not in grades:
                assert right
                assert pool.cosines[name] <= min(right) - 0.1
                assert not mentions.all(pool.pool.text, name)
                if pool.query.source == "judged":
                    assert name not in leading(pool, skip_top)


@given(shops(), st.randoms(use_true_random=False))
@QUICK
def test_scores_take_the_place_of_the_cosines(shop, drawn):
    products, pools = shop
    scores = {pool.query.query_id: {product.product_id: drawn.uniform(-5, 5) for product in products} for pool in pools}
    chosen = MiningSettings(margin=0.5, score_margin=1.0, skip_top=0)
    mined = mine_all(pools, products, chosen, scores=scores)
    for pool in pools:
        own = scores[pool.query.query_id]
        right = [own[c.product_id] for c in pool.known if pool.query.grades[c.product_id] >= 2]
        for found in mined[pool.query.query_id]:
            if found.product_id not in pool.query.grades:
                assert own[found.product_id] <= min(right) - 1.0


@given(shops(), st.integers(0, 99))
@QUICK
def test_the_same_seed_mines_the_same_and_only_what_it_may(shop, seed):
    products, pools = shop
    allowed = {product.product_id for product in products[::2]}
    once = mine_all(pools, products, seed=seed, among=allowed)
    assert once == mine_all(pools[::-1], products, seed=seed, among=allowed)
    assert {c.product_id for own in once.values() for c in own} <= allowed


def shelf(*names: str) -> list[Product]:
    """Return products that share no word."""
    return [Product(name, f"{name}1 {name}2 {name}3 {name}4") for name in names]


def test_the_margin_is_taken_from_the_lowest_right_product():
    names = ("hit", "late", "near", "edge", "far")
    cosines = {"hit": 0.9, "late": 0.625, "near": 0.51, "edge": 0.5, "far": 0.2}
    head = [candidate(name, bm25=place) for place, name in enumerate(names, start=1)]
    pool = pool_of(query({"hit": 3, "late": 2}), head, cosines=cosines)
    chosen = MiningSettings(margin=0.125, mentions=False)
    # 0.625 - 0.125 = 0.5: `edge` is just far enough, `near` is not, though both are far below `hit`.
    found = mine(pool, duplicates=Duplicates(shelf(*names)), settings=chosen)
    assert [c.product_id for c in found] == ["edge", "far"]


def test_a_related_product_is_no_negative_and_sets_no_margin():
    names = ("hit", "related", "other")
    cosines = {"hit": 0.9, "related": 0.1, "other": 0.5}
    head = [candidate(name, bm25=place) for place, name in enumerate(names, start=1)]
    pool = pool_of(query({"hit": 3, "related": 1}, source="judged"), head, cosines=cosines)
    found = mine(pool, duplicates=Duplicates(shelf(*names)), settings=LOOSE)
    assert [c.product_id for c in found] == ["other"]


def test_what_people_called_wrong_needs_no_guard_and_what_nobody_judged_does():
    names = ("hit", "wrong", "unread1", "unread2", "unread3")
    cosines = {"hit": 0.5, "wrong": 0.9, "unread1": 0.1, "unread2": 0.1, "unread3": 0.9}
    head = [candidate(name, bm25=place) for place, name in enumerate(names, start=1)]
    pool = pool_of(query({"hit": 3, "wrong": 0}, source="judged"), head, cosines=cosines)
    chosen = MiningSettings(skip_top=1, margin=0.05, mentions=False)
    found = mine(pool, duplicates=Duplicates(shelf(*names)), settings=chosen)
    assert [c.product_id for c in found] == ["wrong", "unread2"]  # unread1 is skipped, unread3 scores too high


def test_what_people_left_out_is_wrong_where_they_judged_much():
    shelf_of = shelf("hit", "twin", "no", "unread1", "unread2")
    products = [*shelf_of[:1], Product("twin", shelf_of[0].title), *shelf_of[2:]]
    cosines = {"hit": 0.5, "twin": 0.5, "no": 0.9, "unread1": 0.9, "unread2": 0.1}
    head = [candidate(name, bm25=place) for place, name in enumerate(cosines, start=1)]
    chosen = MiningSettings(well_judged=2)

    def found(source: Source) -> list[str]:
        pool = pool_of(query({"hit": 3, "no": 0}, source=source), head, cosines=cosines)
        return [c.product_id for c in mine(pool, duplicates=Duplicates(products), settings=chosen)]

    assert found("judged") == found("loaded") == ["no", "unread1", "unread2"]  # but not the twin of a right one
    assert found("silver") == ["no", "unread2"]
    few = replace(chosen, well_judged=3)
    pool = pool_of(query({"hit": 3, "no": 0}, source="judged"), head, cosines=cosines)
    assert [c.product_id for c in mine(pool, duplicates=Duplicates(products), settings=few)] == ["no"]
    unknown = pool_of(query({"hit": 0, "no": 0}, source="judged"), head, cosines=cosines)
    assert [c.product_id for c in mine(unknown, duplicates=Duplicates(products), settings=chosen)] == ["hit", "no"]


def test_a_query_without_a_right_product_gives_only_what_was_judged():
    head = [candidate("wrong", bm25=1), candidate("unread", bm25=2)]
    pool = pool_of(query({"wrong": 0}, source="judged"), head, cosines={"wrong": 0.1, "unread": 0.1})
    found = mine(pool, duplicates=Duplicates(shelf("wrong", "unread")), settings=LOOSE)
    assert [c.product_id for c in found] == ["wrong"]


def test_the_legs_take_turns_and_their_depth_ends_them():
    head = [
        candidate("hit", bm25=1, dense_title=1),
        candidate("a", bm25=2, dense_title=9),
        candidate("b", bm25=3, dense_chunk=2, dense_title=8),
        candidate("c", dense_title=3),
        candidate("d", bm25=4),
        candidate("e", bm25=5),
    ]
    pool = pool_of(query({"hit": 3}), head)

    def found(source: str, depth: int = 50) -> str:
        chosen = MiningSettings(per_query=9, source=source, depth=depth, mentions=False)  # type: ignore[arg-type]
        names = ("hit", "a", "b", "c", "d", "e")
        return "".join(c.product_id for c in mine(pool, duplicates=Duplicates(shelf(*names)), settings=chosen))

    assert found("bm25") == "abde"
    assert found("dense") == "bca"
    # By words hit a b d e, by vectors hit b c a, in turn.
    assert found("both") == "abcde"
    assert found("bm25", depth=3) == "ab"
    assert found("hybrid", depth=4) == "abc"


def test_most_come_from_the_top_and_the_others_are_drawn_from_below():
    names = ["hit", *(f"n{place:02}" for place in range(40))]
    head = [candidate(name, bm25=place) for place, name in enumerate(names, start=1)]
    pool = pool_of(query({"hit": 3}), head)
    chosen = MiningSettings(per_query=8, hardest=0.75, mentions=False)
    duplicates = Duplicates(shelf(*names))
    found = [[c.product_id for c in mine(pool, duplicates=duplicates, settings=chosen, seed=s)] for s in (1, 2)]
    for own in found:
        assert own[:6] == ["n00", "n01", "n02", "n03", "n04", "n05"]  # 8 * 0.75
        assert own == sorted(own)
        assert len(own) == 8
    assert found[0][6:] != found[1][6:]


def test_a_product_that_the_cross_encoder_did_not_read_is_not_mined_and_a_right_one_must_be():
    head = [candidate("hit", bm25=1), candidate("read", bm25=2), candidate("unread", bm25=3)]
    pool = pool_of(query({"hit": 3}), head)
    duplicates = Duplicates(shelf("hit", "read", "unread"))
    found = mine(pool, duplicates=duplicates, settings=LOOSE, scores={"hit": 1.0, "read": 0.0})
    assert [c.product_id for c in found] == ["read"]
    with pytest.raises(TrainingError, match="query 'q': the right product 'hit' has no score"):
        mine(pool, duplicates=duplicates, settings=LOOSE, scores={"read": 0.0})


def test_settings_that_make_no_sense_are_refused():
    wrong = (
        {"per_query": 0},
        {"source": "x"},
        {"depth": 0},
        {"hardest": 1.5},
        {"skip_top": -1},
        {"margin": -0.1},
        {"well_judged": 0},
    )
    for values in wrong:
        with pytest.raises(TrainingError, match=next(iter(values))):
            MiningSettings(**values)  # type: ignore[arg-type]


def test_a_sample_to_read_takes_each_query_once_before_any_twice():
    head = [candidate(name, f"the {name}\nits text", bm25=place) for place, name in enumerate(("hit", "a", "b"), 1)]
    pools = [pool_of(query({"hit": 3}, name=f"q{number}"), head) for number in range(6)]
    mined = mine_all(pools, shelf("hit", "a", "b"), LOOSE)
    rows = sample_negatives(pools, mined, n=6, seed=3)
    assert sorted(row.id.split(":")[0] for row in rows) == [f"q{number}" for number in range(6)]
    assert {row.positive_title for row in rows} == {"the hit"}
    assert all(re.fullmatch(rf"the {row.id.split(':')[1]}", row.negative_title) for row in rows)
    assert rows == sample_negatives(pools[::-1], mined, n=6, seed=3)
    assert rows != sample_negatives(pools, mined, n=6, seed=4)
    assert len(sample_negatives(pools, mined, n=50)) == 12
