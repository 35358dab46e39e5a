"""Products that are alike lend each other support: a cross-encoder's scores, smoothed over a head.

Diaz, Regularizing Ad Hoc Retrieval Scores, CIKM 2005: what one listing is worth tells of its near twins, and a score
that stands alone among those of its kind is likelier a mistake.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.keyword.tokens import Tokenizer
from retrieval.protocols import FloatArray
from retrieval.rerank import blend, standardised

SUPPORT = 0.5
"""How much the others' scores count beside a product's own."""
SPREAD = 0.1
"""How fast support falls with likeness: a title whose Dice coefficient is so much lower counts a third of another.

Both were chosen on the development halves.
"""


def likeness(titles: Sequence[str]) -> NDArray[np.float64]:
    """Return the Dice coefficient of every two titles' tokens, shape (n, n); 0 for a title without tokens."""
    split = Tokenizer()
    sets = [frozenset(split(title)) for title in titles]
    words = {word: place for place, word in enumerate(sorted(frozenset().union(*sets)))}
    held = np.zeros((len(sets), max(1, len(words))))
    for row, own in enumerate(sets):
        held[row, [words[word] for word in own]] = 1
    sizes = held.sum(axis=1)
    both = sizes[:, None] + sizes[None, :]
    return np.asarray(np.divide(2 * (held @ held.T), both, out=np.zeros_like(both), where=both > 0))


def supported(scores: FloatArray, titles: Sequence[str]) -> NDArray[np.float64]:
    """Return scores in standard deviations, each with the mean of the others beside it, weighed by likeness.

    `scores` and `titles` have one entry a product: z_i + 0.5 * sum_j w_ij z_j, where w_ij goes with
    exp((dice_ij - 1) / 0.1), sums to 1 over j, and leaves i itself out.
    """
    own = standardised(scores)
    if len(own) < 2:
        return own
    weights: NDArray[np.float64] = np.exp((likeness(titles) - 1) / SPREAD)
    np.fill_diagonal(weights, 0)
    others: NDArray[np.float64] = (weights @ own) / weights.sum(axis=1)
    return own + SUPPORT * others


def blend_supported(
    scores: FloatArray, titles: Sequence[str], first: NDArray[np.floating], weight: float
) -> NDArray[np.float64]:
    """Return what the head of a ranking is ordered by: `blend` with scores that have the support of their like.

    At weight 1 the cross-encoder orders alone, and its scores are returned as they are.
    """
    return blend(scores if weight == 1 else supported(scores, titles), first, weight)
