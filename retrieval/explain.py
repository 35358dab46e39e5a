"""What a hit shows: the words that matched and the passage where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from retrieval.keyword.tokens import Tokenizer
from retrieval.records import Chunk, Product

SNIPPET_WORDS = 40
_ELLIPSIS = "…"


def matched_terms(texts: Iterable[str], query_tokens: frozenset[str], tokenizer: Tokenizer) -> tuple[str, ...]:
    """Return the words of the texts, folded and each once, that have a token in common with the query."""
    found: dict[str, None] = {}
    if query_tokens:
        for text in texts:
            found.update((word.surface, None) for word in tokenizer.words(text) if word.token in query_tokens)
    return tuple(found)


def product_texts(product: Product) -> tuple[str, ...]:
    """Return the texts of a product in which keyword search looks."""
    values = (value for many in product.attributes.values() for value in ((many,) if isinstance(many, str) else many))
    return (
        product.title,
        product.brand or "",
        product.category or "",
        product.sku or "",
        " ".join((*product.colors, *product.sizes, *values)),
        product.description,
    )


def snippet(text: str, query_tokens: frozenset[str], tokenizer: Tokenizer, size: int = SNIPPET_WORDS) -> str:
    """Return the `size` words of a text in which most distinct query words stand, the earliest such window."""
    words = text.split()
    if len(words) <= size:
        return " ".join(words)
    tokens = [frozenset(tokenizer(word)) & query_tokens for word in words]
    start = max(range(0, len(words) - size + 1), key=lambda i: (_distinct(tokens[i : i + size]), -i))
    if _distinct(tokens[start : start + size]) == 0:
        start = 0
    return (
        (_ELLIPSIS if start else "")
        + " ".join(words[start : start + size])
        + (_ELLIPSIS if start + size < len(words) else "")
    )


def _distinct(tokens: Sequence[frozenset[str]]) -> int:
    return len(frozenset().union(*tokens))


def best_chunk_by_words(chunks: Sequence[Chunk], query_tokens: frozenset[str], tokenizer: Tokenizer) -> int:
    """Return the index of the chunk that holds most distinct query words, the first among equals."""
    if len(chunks) == 1:
        return 0
    counts = [len(query_tokens.intersection(tokenizer(chunk.text))) for chunk in chunks]
    return counts.index(max(counts))
