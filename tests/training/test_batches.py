"""Batches hold every row once an epoch and never a right text in the place of a wrong one."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.batches import TOGETHER, DistinctBatches, beside_each_other, key
from training.records import Triplet

TEXTS = st.sampled_from(
    [f"{colour} {thing}" for colour in ("red", "blue", "Red ") for thing in ("lamp", "saree", "cup")]
)
TRIPLETS = st.lists(
    st.builds(Triplet, anchor=TEXTS, positive=TEXTS, negatives=st.lists(TEXTS, max_size=2).map(tuple)),
    min_size=1,
    max_size=40,
)


def clashes(triplets: list[Triplet], batch: list[int]) -> list[tuple[int, int]]:
    """Return the pairs of rows of which one holds a right text for the other's anchor, by the definition."""
    right: dict[str, set[str]] = {}
    for triplet in triplets:
        right.setdefault(key(triplet.anchor), {key(triplet.anchor)}).add(key(triplet.positive))
    found = []
    for one in batch:
        for other in batch:
            documents = {key(text) for text in (triplets[other].positive, *triplets[other].negatives)}
            anchor = key(triplets[one].anchor)
            if one != other and (documents & right[anchor] or anchor == key(triplets[other].anchor)):
                found.append((one, other))
    return found


@given(triplets=TRIPLETS, size=st.integers(1, 9), seed=st.integers(0, 3))
def test_every_row_stands_once_an_epoch_beside_none_that_it_contradicts(
    triplets: list[Triplet], size: int, seed: int
) -> None:
    batches = DistinctBatches(triplets, size, epochs=2, seed=seed)
    for epoch in range(2):
        batches.set_epoch(epoch)
        dealt = list(batches)
        assert len(dealt) == len(batches)
        assert Counter(number for batch in dealt for number in batch) == Counter(range(len(triplets)))
        for batch in dealt:
            assert 1 <= len(batch) <= size
            assert not clashes(triplets, batch)
            assert len({len(triplets[number].negatives) for number in batch}) == 1


def test_rows_that_share_nothing_fill_their_batches() -> None:
    batches = DistinctBatches([Triplet(f"query {n}", f"title {n}") for n in range(100)], 32, epochs=2, seed=1)
    # 100 rows in batches of 32 are 4 batches, of 25 each: dealt in turn.
    assert [len(batch) for batch in batches] == [25, 25, 25, 25]


def test_a_right_product_of_one_row_is_no_wrong_one_of_another() -> None:
    triplets = [
        Triplet("red saree", "Silk saree in red"),
        Triplet("red saree", "Crimson wedding saree"),
        Triplet("wedding saree", "crimson  WEDDING saree"),
        Triplet("blue lamp", "Lamp, blue"),
    ]
    batches = DistinctBatches(triplets, 4, epochs=1, seed=0)
    # "Crimson wedding saree" is right for "red saree" (row 1), so rows 0, 1 and 2 need a batch each.
    assert len(batches) == 3
    assert all(len({0, 1, 2} & set(batch)) == 1 for batch in batches)


def test_a_batch_holds_texts_of_like_length() -> None:
    words = [1, 24, 25, 64, 65, 200]
    rows = [Triplet(f"query {n}", f"{n} " + "word " * (count - 1)) for n, count in enumerate(words)]
    mixed = Triplet("a query", "short", ("negative " * 30,))
    batches = [sorted(batch) for batch in DistinctBatches([*rows, mixed], 8, epochs=1, seed=0)]
    assert sorted(batches) == [[0, 1], [2, 3], [4, 5], [6]]


def test_two_rows_may_share_a_wrong_text() -> None:
    triplets = [Triplet(f"query {n}", f"title {n}", ("the same wrong title",)) for n in range(4)]
    assert [sorted(batch) for batch in DistinctBatches(triplets, 4, epochs=1, seed=0)] == [[0, 1, 2, 3]]


def test_epochs_differ_and_the_seed_decides_them() -> None:
    triplets = [Triplet(f"query {n}", f"title {n}") for n in range(40)]

    def epochs(seed: int) -> list[list[list[int]]]:
        batches = DistinctBatches(triplets, 8, epochs=2, seed=seed)
        drawn = []
        for epoch in range(2):
            batches.set_epoch(epoch)
            drawn.append(list(batches))
        return drawn

    assert epochs(5) == epochs(5)
    assert epochs(5)[0] != epochs(5)[1]
    assert epochs(5)[0] != epochs(6)[0]


@pytest.mark.parametrize(("one", "other"), [("Red  lamp", "red lamp"), ("STRASSE", "straße")])
def test_case_and_white_space_make_no_other_text(one: str, other: str) -> None:
    assert key(one) == key(other)


def test_rows_of_one_group_share_batches_and_the_batches_stay_mixed():
    triplets = [Triplet(f"query {n}", f"title {n}", group=f"group {n % 20}") for n in range(640)]
    epochs = DistinctBatches(triplets, 32, epochs=2, seed=3)
    whole = []
    for epoch in range(2):
        epochs.set_epoch(epoch)
        batches = list(epochs)
        whole.append(batches)
        assert sorted(number for batch in batches for number in batch) == list(range(640))
        shared = [Counter(triplets[number].group for number in batch) for batch in batches]
        assert sum(max(counts.values()) >= TOGETHER for counts in shared) >= len(batches) * 0.9
        assert all(len(counts) >= 3 for counts in shared)
    assert whole[0] != whole[1]


@given(st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=1, max_size=80), st.integers(1, 9))
def test_an_order_by_groups_holds_every_row_once(groups: list[str], batches: int):
    order = list(range(len(groups)))[::-1]
    assert sorted(beside_each_other(order, groups, batches)) == sorted(order)
