"""How much of a reranked order the cross-encoder decides and how much the first stage, tuned on queries held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.measures import score
from evaluation.records import Run
from retrieval.errors import TrainingError
from retrieval.protocols import FloatArray
from retrieval.rerank import title_of
from retrieval.support import blend_supported
from training.records import Pool

MEASURE = "nDCG@10"
WEIGHTS: tuple[float, ...] = tuple(step / 20 for step in range(21))
TOLERANCE = 0.002


def rank(pool: Pool, scores: FloatArray, weight: float) -> list[str]:
    """Return a pool's product ids as serving orders them with these scores and this weight, ties by rising id.

    `scores` are the cross-encoder's, one a candidate; weight 0 is the first stage alone, 1 the cross-encoder alone.
    """
    ids = [each.product_id for each in pool.candidates]
    titles = [title_of(each.passage) for each in pool.candidates]
    first = np.array([each.fused for each in pool.candidates], dtype=np.float64)
    values = blend_supported(scores, titles, first, weight)
    return [ids[place] for place in sorted(range(len(ids)), key=lambda place: (-values[place], ids[place]))]


def ndcg_values(pools: Sequence[Pool], scores: Sequence[FloatArray], weight: float) -> list[float]:
    """Return nDCG@10 a pool, 0 where no known product is right; a right product that is no candidate is missed.

    Raises TrainingError for pools whose queries have no grades at all.
    """
    if not pools or not all(pool.query.grades for pool in pools):
        raise TrainingError("nothing can be measured on queries without known products; take others to develop on")
    # Numbered, for a misspelt query may go by the name of the one that it was made of.
    ranked = {
        str(number): [(product_id, float(-place)) for place, product_id in enumerate(rank(pool, values, weight))]
        for number, (pool, values) in enumerate(zip(pools, scores, strict=True))
    }
    qrels = {str(number): pool.query.grades for number, pool in enumerate(pools)}
    values = score(Run("reranked", ranked), qrels, (MEASURE,)).values[MEASURE]
    return [values[str(number)] for number in range(len(pools))]


def mean_ndcg(pools: Sequence[Pool], scores: Sequence[FloatArray], weight: float) -> float:
    """Return the mean of `ndcg_values`."""
    return float(np.mean(ndcg_values(pools, scores, weight)))


def blend_curve(
    pools: Sequence[Pool], scores: Sequence[FloatArray], weights: Sequence[float] = WEIGHTS
) -> dict[float, float]:
    """Return mean nDCG@10 by weight."""
    return {weight: mean_ndcg(pools, scores, weight) for weight in weights}


def tune_blend(pools: Sequence[Pool], scores: Sequence[FloatArray], weights: Sequence[float] = WEIGHTS) -> float:
    """Return the weight of the cross-encoder to serve with: the least of the plateau that the best weight stands on.

    See `plateau`. `scores` are the cross-encoder's, a row a pool.
    """
    return plateau(blend_curve(pools, scores, weights))


def plateau(curve: Mapping[float, float], tolerance: float = TOLERANCE) -> float:
    """Return the least of the unbroken run of weights about the best one that are at most `tolerance` worse.

    The best weight itself is often a chance peak of few queries. Silver queries are made of titles and flatter a
    cross-encoder that learnt from their kind, so that of what is as good the first stage's larger share is the safer.
    """
    weights = sorted(curve)
    best = max(range(len(weights)), key=lambda place: (curve[weights[place]], weights[place]))
    first = best
    while first > 0 and curve[weights[first - 1]] >= curve[weights[best]] - tolerance:
        first -= 1
    return weights[first]
