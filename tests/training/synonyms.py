"""A language of synonyms that a tiny embedder can learn in seconds."""

from __future__ import annotations

from itertools import product

from training.dense_dev import DenseDev
from training.records import LearningQuery, Triplet

COLOURS = {"red": "crimson", "blue": "azure", "wooden": "oak", "folding": "collapsible", "quiet": "silent"}
THINGS = {"chair": "seat", "lamp": "light", "scarf": "shawl", "bicycle": "bike", "clock": "timepiece"}
NEXT = dict(zip(THINGS, [*list(THINGS)[1:], *list(THINGS)[:1]], strict=True))
PAIRS = list(product(COLOURS, THINGS))


def title(colour: str, thing: str) -> str:
    """Return what a product is called that a query asks for in other words."""
    return f"{COLOURS[colour]} {THINGS[thing]}"


def triplets() -> list[Triplet]:
    """Return a triplet a pair of words, every second one with the title of another thing as a hard negative."""
    return [
        Triplet(f"{colour} {thing}", title(colour, thing), (title(colour, NEXT[thing]),) if number % 2 else ())
        for number, (colour, thing) in enumerate(PAIRS)
    ]


def dev(shift: int = 0) -> DenseDev:
    """Return a query a pair of words, whose right product is the pair's own or the one `shift` pairs on."""
    queries = [
        LearningQuery(f"q{n}", f"{colour} {thing}", {f"p{(n + shift) % len(PAIRS)}": 2}, "silver")
        for n, (colour, thing) in enumerate(PAIRS)
    ]
    return DenseDev(tuple(queries), tuple((f"p{n}", title(*pair)) for n, pair in enumerate(PAIRS)))
