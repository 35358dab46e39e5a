"""Batches of like length that make the same optimiser steps however they are cut up."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.length_sampling import batches, length_sampler

LENGTHS = st.lists(st.integers(1, 500), min_size=1, max_size=300)


@given(LENGTHS, st.integers(1, 16), st.integers(1, 5), st.integers(0, 3))
def test_every_row_stands_in_one_batch(lengths: list[int], batch: int, accumulation: int, seed: int):
    found = batches(lengths, batch, accumulation, seed, pool=3)
    assert sorted(row for rows in found for row in rows) == list(range(len(lengths)))
    assert len(found) == -(-len(lengths) // batch)
    # Only the last one is short, so no step but the last is.
    assert all(len(rows) == batch for rows in found[:-1])


@given(LENGTHS, st.integers(1, 4), st.integers(1, 5), st.integers(0, 3))
def test_a_step_has_the_same_rows_however_it_is_cut(lengths: list[int], batch: int, accumulation: int, seed: int):
    small = batches(lengths, batch, accumulation, seed)
    large = batches(lengths, batch * accumulation, 1, seed)
    joined = [
        np.concatenate(small[first : first + accumulation]).tolist() for first in range(0, len(small), accumulation)
    ]
    assert joined == [rows.tolist() for rows in large]


def test_a_batch_is_padded_little_and_epochs_differ():
    lengths = np.random.default_rng(1).integers(10, 400, 2000).tolist()

    def padded(found: list) -> int:
        return sum(max(lengths[row] for row in rows) * len(rows) for rows in found)

    shuffled = np.random.default_rng(2).permutation(2000)
    by_chance = [shuffled[first : first + 16] for first in range(0, 2000, 16)]
    # Of 2,000 rows of 205 characters on average, a random batch of 16 pads to nearly 400.
    assert padded(by_chance) > 1.75 * sum(lengths)
    assert padded(batches(lengths, 16, 1, 3)) < 1.06 * sum(lengths)
    firsts = [lengths[rows[0]] for rows in batches(lengths, 16, 1, 3)]
    assert np.abs(np.corrcoef(firsts[:-1], firsts[1:])[0, 1]) < 0.3


def test_the_sampler_draws_anew_every_epoch_and_the_same_again():
    lengths = [1] * 40
    first, second = (length_sampler(lengths, 2)(lengths, batch_size=4, drop_last=False, seed=5) for _ in range(2))
    assert len(first) == 10
    assert list(first) == list(first) == list(second)
    before = list(first)
    for sampler in (first, second):
        sampler.set_epoch(1)
    assert list(first) == list(second) != before
