from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings

from retrieval.errors import TrainingError
from tests.training.shop import candidate, pool_of, query, shops
from training.examples import ExampleSettings, cap, reranker_examples, triplets
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


def test_triplets_take_titles_and_passages_in_turn_and_negatives_in_the_same_form():
    pool = graded("s", "silver", {"a": 3, "b": 3, "c": 1})
    found = triplets([pool], {"s": wrong(5)}, positives=2, negatives=3)
    forms = {"title": [], "passage": []}
    for triplet in found:
        assert triplet.anchor == pool.meaning
        form = "passage" if "\n" in triplet.positive else "title"
        forms[form].append(triplet.positive[0])
        text = "\nwrong text" if form == "passage" else ""
        assert triplet.negatives == tuple(f"w{n} title{text}" for n in range(3))
    assert {len(own) for own in forms.values()} == {1}
    assert sorted(forms["title"] + forms["passage"]) == ["a", "b"]  # a related product is no right answer
    bare = triplets([pool], {}, positives=9)
    assert len(bare) == 2
    assert all(triplet.negatives == () for triplet in bare)
    assert triplets([replace(pool, meaning=" ")], {"s": wrong(5)}) == []


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(TrainingError, match="negatives=0"):
        ExampleSettings(negatives=0)
