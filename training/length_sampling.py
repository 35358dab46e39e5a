"""Batches of like length, so that little is padded, and optimiser steps that do not depend on how they are cut up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

POOL_STEPS = 20


def batches(
    lengths: Sequence[int], batch: int, accumulation: int, seed: int, pool: int = POOL_STEPS
) -> list[NDArray[np.int64]]:
    """Return the rows of one epoch's batches: shuffled, then sorted by length within each `pool` optimiser steps.

    A step's `batch * accumulation` rows are chosen before they are cut into batches, so 4 times 8 rows make the same
    step as 32. Every row stands in one batch; the steps come in random order, the short one of what is left over last.
    """
    generator = np.random.default_rng(seed)
    step = batch * accumulation
    order = generator.permutation(len(lengths))
    length = np.asarray(lengths, dtype=np.int64)
    steps: list[NDArray[np.int64]] = []
    for start in range(0, len(order), step * pool):
        part = order[start : start + step * pool]
        part = part[np.argsort(-length[part], kind="stable")]
        steps.extend(part[first : first + step] for first in range(0, len(part), step))
    whole = [rows for rows in steps if len(rows) == step]
    short = [rows for rows in steps if len(rows) < step]
    shuffled = [whole[place] for place in generator.permutation(len(whole))] + short
    return [rows[first : first + batch] for rows in shuffled for first in range(0, len(rows), batch)]


def length_sampler(lengths: Sequence[int], accumulation: int) -> Callable[..., Any]:
    """Return what sentence-transformers takes as `batch_sampler`: `batches` of a row's lengths, anew every epoch."""

    def make(dataset: Any, batch_size: int, seed: int = 0, **given: object) -> Any:
        from sentence_transformers.base.sampler import DefaultBatchSampler

        def order(self: Any) -> Iterator[list[int]]:
            # The epoch is part of the seed: a training that goes on from a checkpoint draws the same batches again.
            return (rows.tolist() for rows in batches(lengths, batch_size, accumulation, seed + self.epoch))

        def count(self: Any) -> int:
            return -(-len(lengths) // batch_size)

        made = type("LengthSampler", (DefaultBatchSampler,), {"__iter__": order, "__len__": count})
        return made(dataset, batch_size=batch_size, drop_last=False, seed=seed)

    return make


class EvenRows:
    """Stands before a cross-encoder Trainer's class: in an optimiser step every row counts the same.

    The Trainer averages the means of a step's batches, in which the rows of a shorter one would count more.
    """

    loss_is_scaled_for_ga = True

    def get_batch_samples(self, epoch_iterator: Any, num_batches: int, device: Any) -> tuple[list[Any], int]:
        """Return the next batches and the number of rows in them, for `compute_loss` to divide by."""
        taken, _ = super().get_batch_samples(epoch_iterator, num_batches, device)  # type: ignore[misc]
        return taken, sum(len(each["label"]) for each in taken)

    def compute_loss(
        self, model: Any, inputs: Mapping[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Return a batch's part of the mean over the rows of its optimiser step."""
        rows = len(inputs["label"])
        loss = super().compute_loss(model, inputs, return_outputs)  # type: ignore[misc]
        return loss * (rows / num_items_in_batch)
