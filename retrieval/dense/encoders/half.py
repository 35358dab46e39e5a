"""Many passages at once in half precision: faster on processors that compute in bfloat16 by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.protocols import Encoder, FloatArray


class HalfPrecision:
    """An encoder that computes passages in bfloat16 on the processor; queries stay as exact as they are.

    Its vectors differ from the encoder's own by about a thousandth, far less than two passages do, and go by its id.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.id = encoder.id
        self.window = encoder.window

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self._encoder.dimension

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return one L2-normalised float32 row a text, shape (len(texts), dimension)."""
        import torch

        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=not query):
            return self._encoder.encode(texts, query=query)

    def count_tokens(self, text: str) -> int:
        """Return the number of model tokens of `text`, special tokens included."""
        return self._encoder.count_tokens(text)
