"""What embedding a catalogue would take, before anything is sent anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.embedding_cache import CACHE_FILE, EmbeddingCache, digest
from retrieval.models import SERVED
from retrieval.passages import chunk_within, passage_text, title_text
from retrieval.protocols import Encoder
from retrieval.records import Product
from retrieval.settings import Settings


@dataclass(frozen=True, slots=True)
class Estimate:
    """The distinct texts of a build, and the tokens of those that are not embedded yet, rather too many.

    `known` counts the texts that were embedded before and cost nothing. `price` is in the currency of
    EMBEDDING_PRICE_PER_MILLION: 0 for an encoder on this machine, None where the price of a served one is not set.
    """

    encoder: str
    served: bool
    texts: int
    known: int
    tokens: int
    price: float | None

    @property
    def new(self) -> int:
        """Return how many texts have to be embedded."""
        return self.texts - self.known


def estimate(products: Sequence[Product], encoder: Encoder, source: str, settings: Settings) -> Estimate:
    """Count what a build of these products would have to embed with an encoder."""
    from retrieval.dense.encoders.openai import estimated_tokens

    texts = dict.fromkeys(title_text(product.title) for product in products)
    for product in products:
        texts.update(dict.fromkeys(passage_text(chunk) for chunk in chunk_within(product, settings, encoder)))
    by_key = {digest(text): text for text in texts}
    known: set[bytes] = set()
    if (settings.data_dir / CACHE_FILE).is_file():
        with EmbeddingCache(settings.data_dir / CACHE_FILE) as cache:
            known = cache.holds(encoder.id, list(by_key))
    tokens = sum(estimated_tokens(text) for key, text in by_key.items() if key not in known)
    served = source.startswith(SERVED)
    rate = settings.embedding_price_per_million if served else 0.0
    price = None if rate is None else tokens / 1_000_000 * rate
    return Estimate(encoder.id, served, len(by_key), len(known), tokens, price)
