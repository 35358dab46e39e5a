from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings

from retrieval.errors import TrainingError
from tests.training.shop import candidate, pool_of, query, shops
from training.examples import ExampleSettings, cap, mixed, reranker_examples, triplets
from training.negatives import mine_all
from training.pools import MiningPool
from training.records import Candidate, Example, Source, Triplet

QUICK = settings(max_examples=100, deadline=None, derandomize=True)


def graded(name: str, source: Source, grades: dict[str, int]) -> MiningPool:
    head = [candidate(product, f"{product} title\nits text", bm25=n) for n, product in enumerate(sorted(grades), 1)]
    return pool_of(query(grades, f"text of {name}", source, name), head)


def wrong(count: int) -> tuple[Candidate, ...]:
    return tuple(candidate(f"w{n}", f"w{n} title\nwrong text", bm25=n + 5) for n in range(count))


@given(shops())
@QUICK
def test_labels_are_grades_and_nothing_stands_twice(shop):
    products, pools = shop
    mined = mine_all(pools, products)
    examples = reranker_examples(pools, mined, rows=None)
    by_id = {pool.query.query_id: pool for pool in pools}
    for example in examples:
        pool = by_id[example.query_id]
        assert len(set(example.product_ids)) == len(example.product_ids) == len(example.passages)
        assert list(example.labels) == sorted(example.labels, reverse=True)
        assert example.labels[0] > example.labels[-1]
        passages = {c.product_id: c.passage for c in (*pool.found(), *pool.known)}
        for name, passage, label in zip(example.product_ids, example.passages, example.labels, strict=True):
            assert passages[name] == passage
            assert label == pool.query.grades.get(name, 0) / 3
    assert [e.query_id for e in examples] == [
        p.query.query_id for p in pools if p.query.query_id in {e.query_id for e in examples}
    ]


def test_silver_draws_right_products_and_judged_takes_the_grades_in_turn():
    silver = graded("s", "silver", {f"r{n}": 3 for n in range(9)})
    judged = graded("j", "judged", {"a": 3, "b": 2, **{f"c{n}": 0 for n in range(30)}})
    mined = {"s": wrong(12), "j": wrong(12)}
    chosen = ExampleSettings(positives=2, negatives=5, graded=6)
    first, second = reranker_examples([silver, judged], mined, chosen)
    assert first.labels == (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert first.query == "text of s"
    # Of six: one of grade 3, one of grade 2, and four of the thirty of grade 0; then five mined ones.
    assert second.labels == (1.0, pytest.approx(2 / 3), *[0.0] * 9)
    assert second.product_ids[:2] == ("a", "b")
    other = reranker_examples([silver], mined, chosen, seed=9)
    assert other[0].product_ids[:2] != first.product_ids[:2]


def test_a_group_of_one_label_is_left_out():
    lonely = graded("s", "silver", {"r": 3})
    hopeless = graded("j", "judged", {"a": 0, "b": 0})
    assert reranker_examples([lonely, hopeless], {"s": (), "j": wrong(3)}) == []


def test_the_sources_share_the_rows_and_pass_on_what_they_do_not_need():
    pools = [graded(f"s{n}", "silver", {"r": 3}) for n in range(60)]
    pools += [graded(f"j{n}", "judged", {"a": 3}) for n in range(5)]
    pools += [graded(f"l{n}", "loaded", {"a": 3}) for n in range(60)]
    mined = {pool.query.query_id: wrong(3) for pool in pools}
    found = reranker_examples(pools, mined, rows=300)  # of 4 passages each
    sizes = Counter(example.query_id[0] for example in found)
    # Judged queries need 20 of their 100; the other 280 are halved, 140 each.
    assert sizes == {"j": 5, "s": 35, "l": 35}
    assert sum(len(example.passages) for example in found) == 300
    assert found == reranker_examples(pools, mined, rows=300)
    assert len(reranker_examples(pools, mined, rows=None)) == 125


def test_a_cap_holds_and_keeps_the_order():
    rows = [Example(str(n), "", ("p",) * n, ("t",) * n, (0.0,) * n) for n in range(1, 20)]
    kept = cap(rows, 50, seed=3)
    assert 30 < sum(len(row.passages) for row in kept) <= 50
    assert kept == sorted(kept, key=lambda row: int(row.query_id))
    assert kept != cap(rows, 50, seed=4)
    assert cap(rows, 1_000) == rows
    texts = [Triplet(str(n), "") for n in range(9)]
    assert len(cap(texts, 4)) == 4


def test_triplets_are_of_titles_one_a_silver_query_and_more_where_people_judged():
    grades = {"a": 3, "b": 3, "c": 1}
    silver, judged = graded("s", "silver", grades), graded("j", "judged", grades)
    (only,) = triplets([silver], {"s": (*wrong(2), candidate("w9", "a title"), candidate("w10", "b title"))})
    assert only.anchor == silver.meaning
    right = only.positive
    assert right in {"a title", "b title"}  # a related product is no right answer
    other = ({"a title", "b title"} - {right}).pop()
    # What has the right one's title is no wrong answer.
    assert only.negatives == ("w0 title", "w1 title", other)
    assert [t.negatives for t in triplets([silver], {"s": wrong(5)}, negatives=3)] == [
        tuple(f"w{n} title" for n in range(3))
    ]
    found = triplets([judged], {})
    assert sorted(triplet.positive for triplet in found) == ["a title", "b title"]
    assert all(triplet.negatives == () for triplet in found)
    assert len(triplets([judged], {}, judged=1)) == 1
    assert triplets([replace(silver, meaning=" ")], {"s": wrong(5)}) == []


def test_a_third_of_an_embedders_rows_are_queries_where_there_is_enough_of_both():
    def rows(name: str, count: int) -> list[Triplet]:
        return [Triplet(f"{name}{n}", name) for n in range(count)]

    def counts(asked: int, said: int) -> tuple[int, int]:
        found = mixed(rows("asked", asked), rows("said", said), 90)
        own = Counter(row.positive for row in found)
        return own["asked"], own["said"]

    assert counts(500, 500) == (30, 60)
    assert counts(500, 20) == (70, 20)
    assert counts(10, 500) == (10, 80)
    assert counts(10, 20) == (10, 20)
    assert counts(500, 0) == (90, 0)
    once = mixed(rows("asked", 99), rows("said", 99), 60)
    assert once == mixed(rows("asked", 99), rows("said", 99), 60) != mixed(rows("asked", 99), rows("said", 99), 60, 8)


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(TrainingError, match="negatives=0"):
        ExampleSettings(negatives=0)
