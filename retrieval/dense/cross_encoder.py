"""A cross-encoder over sentence-transformers, read from a folder on disk."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.dense.encoders.sentence_transformers import fingerprint
from retrieval.dense.pair_models import open_pair_model
from retrieval.errors import ModelUnavailable
from retrieval.protocols import FloatArray
from retrieval.trained import reading_of


class CrossEncoderScorer:
    """Reads query and passage together; scores are the model's raw logits.

    `weight` is what the model's card says, 1 without one; the card's length of input counts before the one handed in.
    """

    def __init__(self, folder: Path, name: str, *, max_length: int, batch_size: int = 32) -> None:
        """Load the model from `folder`, never from the hub; raise ModelUnavailable where that fails.

        `max_length` is in model tokens.
        """
        self.weight, learned = reading_of(folder)
        try:
            from transformers.utils.logging import disable_progress_bar

            disable_progress_bar()
            self._model: Any = open_pair_model(folder, learned or max_length)
        except ImportError as error:
            raise ModelUnavailable(
                f"the reranker {name} needs a missing package ({error}); run: pip install sentence-transformers"
            ) from error
        except Exception as error:  # damaged weights and tokenisers raise bare Exceptions of their libraries
            raise ModelUnavailable(f"the reranker in {folder} cannot be loaded: {error}") from error
        labels = int(getattr(self._model.config, "num_labels", 1))
        if labels != 1:
            raise ModelUnavailable(f"the reranker in {folder} gives {labels} scores a pair; one is needed.")
        self.id = f"{name}@{fingerprint(folder)}"
        self._batch_size = batch_size
        self._lock = threading.Lock()

    def score(self, query: str, passages: Sequence[str]) -> FloatArray:
        """Return one logit a passage, shape (len(passages),)."""
        if not passages:
            return np.empty(0, dtype=np.float32)
        with self._lock:
            scores = self._model.predict(
                [(query, passage) for passage in passages],
                batch_size=self._batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return np.asarray(scores, dtype=np.float32).reshape(len(passages))
