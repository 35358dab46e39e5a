"""Runs made fit to be measured: ordered by (-score, id), no product twice, scores strictly falling."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from evaluation.records import Qrels, Ranked, Run
from retrieval.errors import EvaluationError

_LARGEST = int(np.float32(np.finfo(np.float32).max).view(np.int32))


def tie_free(pairs: Iterable[tuple[str, float]]) -> Ranked:
    """Return the pairs by (-score, id), the best of a product's scores kept, scores made strictly falling.

    Raises EvaluationError for a score that is not finite.
    """
    best: dict[str, float] = {}
    for product_id, score in pairs:
        if not math.isfinite(score):
            raise EvaluationError(
                f"product {product_id!r} has the score {score}; a ranking needs finite scores, so rank again"
            )
        if product_id not in best or score > best[product_id]:
            best[product_id] = score
    ordered = sorted(best, key=lambda product_id: (-best[product_id], product_id))
    falling = strictly_falling(np.array([best[product_id] for product_id in ordered], dtype=np.float64))
    return list(zip(ordered, falling.tolist(), strict=True))


def strictly_falling(scores: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return finite scores, best first, as single-precision ones that fall strictly, each the nearest that does.

    trec_eval reads scores in single precision and orders ties its own way: a score that is not below the one before it
    takes the least step down from that. Scores too low for single precision are replaced by n, n - 1, ... 1.
    """
    # Floats of one sign are ordered as their bits are; numbered through zero, a step down is 1.
    with np.errstate(over="ignore"):
        bits = np.asarray(scores, dtype=np.float64).astype(np.float32).view(np.int32).astype(np.int64)
    numbers = np.where(bits >= 0, bits, -(bits + 2**31)).clip(max=_LARGEST)
    places = np.arange(len(numbers))
    # lowest[i] = min(number[i], lowest[i - 1] - 1), which is a running minimum once i is added on both sides.
    lowest = np.minimum.accumulate(numbers + places) - places if len(numbers) else numbers
    if len(lowest) and lowest[-1] < -_LARGEST:
        return np.arange(len(lowest), 0, -1, dtype=np.float32)
    return np.where(lowest >= 0, lowest, -lowest - 2**31).astype(np.int32).view(np.float32)


def check(run: Run) -> None:
    """Raise EvaluationError unless every ranking is finite, free of duplicates and strictly falling.

    Strictly falling is meant in single precision, which trec_eval reads scores in. The message names run, query, place.
    """
    for query_id, ranked in run.ranked.items():
        fault = first_fault([product_id for product_id, _ in ranked], [score for _, score in ranked])
        if fault is not None:
            place, what = fault
            raise EvaluationError(
                f"run {run.name!r}, query {query_id!r}, place {place + 1}: {what}; order it by evaluation.runs.tie_free"
            )


def first_fault(product_ids: Sequence[str], scores: Sequence[float]) -> tuple[int, str] | None:
    """Return place (from 0) and fault of the first entry for which a ranking cannot be measured, None if it can."""
    read = np.array(scores, dtype=np.float64)
    with np.errstate(over="ignore"):
        single = read.astype(np.float32)
    if np.isfinite(single).all() and (single[1:] < single[:-1]).all() and len(set(product_ids)) == len(product_ids):
        return None
    seen: dict[str, int] = {}
    for place, product_id in enumerate(product_ids):
        if not np.isfinite(single[place]):
            return (
                place,
                f"product {product_id!r} has the score {scores[place]}, which no single-precision number holds",
            )
        if product_id in seen:
            return place, f"product {product_id!r} stands on place {seen[product_id] + 1} already"
        if place and read[place] > read[place - 1]:
            return place, (
                f"the score of product {product_id!r} rises from {scores[place - 1]} to {scores[place]}, "
                "where the best comes first"
            )
        if place and single[place] >= single[place - 1]:
            return place, (
                f"product {product_id!r} ties with the one before it (score {scores[place]}), "
                "as trec_eval reads it, in single precision"
            )
        seen[product_id] = place
    return None


def condensed(run: Run, qrels: Qrels) -> Run:
    """Return the run without the products that were not judged for their query, the order kept (Sakai 2007)."""
    return replace(
        run,
        ranked={
            query_id: [entry for entry in ranked if entry[0] in qrels.get(query_id, {})]
            for query_id, ranked in run.ranked.items()
        },
    )
