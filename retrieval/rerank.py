"""Reordering the head of a ranking by a cross-encoder (pure but for the scorer handed in)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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


def score_passages(scorer: Scorer, query: str, passages: Sequence[str]) -> FloatArray:
    """Return one score a passage for the query clipped to 64 words, shape (len(passages),)."""
    return scorer.score(clip(query, QUERY_WORDS), passages)


def reorder(ordering: NDArray[np.int64], scores: FloatArray, id_rank: IntArray) -> NDArray[np.int64]:
    """Return the ordering with its first `len(scores)` positions sorted by falling score, ties by rising id."""
    head = ordering[: len(scores)]
    return np.concatenate((head[np.lexsort((id_rank[head], -scores))], ordering[len(scores) :]))
