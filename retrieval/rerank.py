"""Reordering the head of a ranking by a cross-encoder and the first stage (pure but for the scorer handed in)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import ModelUnavailable
from retrieval.protocols import FloatArray, IntArray, Scorer

QUERY_WORDS = 64
PASSAGE_WORDS = 160


def clip(text: str, words: int) -> str:
    """Return the first `words` words of a text."""
    parts = text.split()
    return text if len(parts) <= words else " ".join(parts[:words])


def passage(title: str, chunk: str) -> str:
    """Return what the cross-encoder reads of a product: title and best chunk, the chunk clipped to 160 words."""
    return f"{title}\n{clip(chunk, PASSAGE_WORDS)}" if chunk.strip() else title


def title_of(text: str) -> str:
    """Return the title of what `passage` made: its first line."""
    return text.split("\n", 1)[0]


def score_passages(scorer: Scorer, query: str, passages: Sequence[str]) -> FloatArray:
    """Return one score a passage for the query clipped to 64 words, shape (len(passages),).

    Raises ModelUnavailable where a score is no finite number: no order can be made of those.
    """
    scores = scorer.score(clip(query, QUERY_WORDS), passages)
    if not np.isfinite(scores).all():
        raise ModelUnavailable(
            f"the reranker {scorer.id} gave scores that are no finite numbers; its weights are damaged"
        )
    return scores


def standardised(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return values with their mean taken away, in units of their standard deviation; zeros where all are equal."""
    exact = values.astype(np.float64)
    # Compared, not measured: the deviation of equal numbers need not come out as nothing; that of tiny ones may.
    if not len(exact) or (exact == exact[0]).all() or not exact.std():
        return np.zeros(len(exact))
    return np.asarray((exact - exact.mean()) / exact.std())


def blend(scores: NDArray[np.floating], first: NDArray[np.floating], weight: float) -> NDArray[np.float64]:
    """Return what the head of a ranking is ordered by: `weight * z(scores) + (1 - weight) * z(first)`.

    `scores` are the cross-encoder's and `first` the first stage's, one a product, and z standardises them over the
    head. At weight 1 the cross-encoder orders alone, and its scores are returned as they are.
    """
    if weight == 1:
        return scores.astype(np.float64)
    return weight * standardised(scores) + (1 - weight) * standardised(first)


def reorder(ordering: NDArray[np.int64], scores: NDArray[np.floating], id_rank: IntArray) -> NDArray[np.int64]:
    """Return the ordering with its first `len(scores)` positions sorted by falling score, ties by rising id."""
    head = ordering[: len(scores)]
    return np.concatenate((head[np.lexsort((id_rank[head], -scores))], ordering[len(scores) :]))
