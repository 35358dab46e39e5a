"""Whether anything in the catalogue fits a query, or only lies nearest to it.

Judged by meaning where the encoder's cosines are known: the nearest title's and the nearest passage's together, less
being asked of a query of many words, which no title repeats, or where several titles hold all of its words. Otherwise
by words alone: how much of the query the best products hold. The limits were set on the development halves of
benchmarks/queries (reports/understanding.md).
"""

from __future__ import annotations

from math import log1p

import numpy as np

from retrieval.explain import product_texts
from retrieval.keyword.tokens import STOPWORDS, Tokenizer
from retrieval.legs import BM25, DENSE_CHUNK, DENSE_TITLE, Legs
from retrieval.loading import LoadedBuild
from retrieval.protocols import FloatArray
from retrieval.query.records import Understood
from retrieval.query.vocabulary import Vocabulary, split
from retrieval.reading import Reading

NEAREST = 6
"""Products that are shown where nothing fits."""
LEAST_COSINES = {"all-MiniLM-L6-v2": 1.18}
"""By the encoder's name: from which sum of the two best cosines, and PER_WORD for every word, something fits."""
PER_WORD = 0.06
MOST_WORDS = 8
NEARLY = 0.25
"""So far below, it still fits where SEVERAL of the best titles hold WHOLE of the query's summed idf."""
SEVERAL = 3
WHOLE = 0.9
LEAST_SHARE = 0.35
"""By words alone: of the query's summed idf that one of the best products holds, for half as much out of its title."""
_PRODUCTS_READ = 10
_ELSEWHERE = 0.5
_TOKENIZER = Tokenizer()


def fits(build: LoadedBuild, legs: Legs, reading: Reading, floor: float) -> bool:
    """Return whether the best of a query's legs, before filters, is a good match; `floor` is their least cosine."""
    understood = reading.understood
    if understood is None:
        return True
    encoder = build.manifest.encoder
    least = None if encoder is None else LEAST_COSINES.get(encoder.id.partition("@")[0])
    if least is not None and DENSE_TITLE in legs.scores and DENSE_CHUNK in legs.scores:
        cosines = sum(max(_best(legs.scores[leg]), floor) for leg in (DENSE_TITLE, DENSE_CHUNK))
        reached = cosines + PER_WORD * min(len(_words(understood.words)), MOST_WORDS)
        # A word or two say too little for their meaning to lie close to a whole title; several titles may hold them.
        return reached >= least or (reached >= least - NEARLY and _held_whole(build, legs, reading) >= SEVERAL)
    if BM25 in legs.scores:
        return max(_shares(build, legs.scores[BM25], understood, elsewhere=_ELSEWHERE), default=0.0) >= LEAST_SHARE
    return True


def _held_whole(build: LoadedBuild, legs: Legs, reading: Reading) -> int:
    """Return how many of the best titles by words hold the whole query; where a mode has no words, they are scored."""
    if reading.understood is None:
        return 0
    scores = legs.scores.get(BM25)
    if scores is None and reading.index is not None:
        scores = reading.words(reading.index)
    if scores is None:
        return 0
    return sum(share >= WHOLE for share in _shares(build, scores, reading.understood, elsewhere=0.0))


def _best(scores: FloatArray) -> float:
    return float(scores.max(initial=-np.inf))


def _words(rest: str) -> list[str]:
    words = split(rest)
    return [word for word in words if word not in STOPWORDS] or words


def _shares(build: LoadedBuild, scores: FloatArray, understood: Understood, *, elsewhere: float) -> list[float]:
    """Return how much of the query's summed idf each of the best products holds, in any spelling or synonym.

    What stands outside of the title counts by `elsewhere`.
    """
    weights = _weights(_words(understood.words), build.reader().vocabulary, len(build.columns))
    best = np.argsort(-scores, kind="stable")[:_PRODUCTS_READ]
    shares = []
    for product in build.store.products(best[scores[best] > -np.inf].tolist()):
        share = _held(set(_TOKENIZER(product.title)), weights, understood)
        if elsewhere:
            texts = " ".join(product_texts(product, "", only_passage=False))
            share += elsewhere * (_held(set(_TOKENIZER(texts)), weights, understood) - share)
        shares.append(share)
    return shares


def _weights(words: list[str], vocabulary: Vocabulary, products: int) -> dict[str, float]:
    """Return the idf of each stem (as in keyword/bm25f.py, by listings that hold the word)."""
    weights: dict[str, float] = {}
    for word in words:
        held = min(vocabulary.sold(word), products)
        for stem in _TOKENIZER(word):
            weights[stem] = max(weights.get(stem, 0.0), log1p((products - held + 0.5) / (held + 0.5)))
    return weights


def _held(title: set[str], weights: dict[str, float], understood: Understood) -> float:
    others = [*understood.spellings, *understood.beside]
    held = {stem for stem in weights if stem in title}
    for term, also in others:
        if any(set(_TOKENIZER(other)) <= title for other in also):
            held.update(stem for stem in _TOKENIZER(term) if stem in weights)
    return sum(weights[stem] for stem in held) / max(sum(weights.values()), 1e-9)
