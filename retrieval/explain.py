"""What a hit shows: the words that matched and the passage where they stand (pure functions)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from retrieval.keyword.tokens import Tokenizer
from retrieval.records import Chunk, Product
from retrieval.text import fold

SNIPPET_WORDS = 40
_ELLIPSIS = "…"


def matched_terms(texts: Iterable[str], query_tokens: frozenset[str], tokenizer: Tokenizer) -> tuple[str, ...]:
    """Return the words of the texts, folded and each once, that have a token in common with the query.

    Later texts are read only for query tokens that no earlier one has.
    """
    found: dict[str, None] = {}
    missing = set(query_tokens)
    for text in texts:
        if not missing:
            break
        for word in tokenizer.matches(text, query_tokens):
            found[word.surface] = None
            missing.discard(word.token)
    return tuple(found)


def product_texts(product: Product, passage: str, *, only_passage: bool) -> tuple[str, ...]:
    """Return the texts of a product in which keyword search looks, what a card shows of it first.

    `only_passage` says that the passage is the whole description.
    """
    values = (value for many in product.attributes.values() for value in ((many,) if isinstance(many, str) else many))
    short = (product.brand, product.category, product.sku, *product.colors, *product.sizes, *values)
    return (
        product.title,
        passage,
        "\n".join(text for text in short if text),
        "" if only_passage else product.description,
    )


def snippet(text: str, terms: Iterable[str], size: int = SNIPPET_WORDS) -> str:
    """Return the `size` words of a text in which most distinct terms stand, the earliest such window.

    `terms` are folded words, as `matched_terms` gives them.
    """
    words = text.split()
    if len(words) <= size:
        return " ".join(words)
    start = _densest(words, list(terms), size)
    head = _ELLIPSIS if start else ""
    tail = _ELLIPSIS if start + size < len(words) else ""
    return head + " ".join(words[start : start + size]) + tail


def _densest(words: Sequence[str], terms: Sequence[str], size: int) -> int:
    """Return the start of the window that holds most distinct terms, 0 where none holds any."""
    folded = fold("\n".join(words)).split("\n")
    held = [(place, term) for place, word in enumerate(folded) for term in terms if term in word]
    # The best window may as well begin at a term, or end with the text.
    starts = dict.fromkeys(min(place, len(words) - size) for place, _ in held)
    return max(starts, key=lambda start: len({t for p, t in held if start <= p < start + size}), default=0)


def best_chunk_by_words(chunks: Sequence[Chunk], query_tokens: frozenset[str], tokenizer: Tokenizer) -> int:
    """Return the index of the chunk that holds most distinct query words, the first among equals."""
    if len(chunks) == 1:
        return 0
    counts = [len(query_tokens.intersection(tokenizer(chunk.text))) for chunk in chunks]
    return counts.index(max(counts))
