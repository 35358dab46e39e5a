"""Whether anything in the catalogue fits a query, or only lies nearest to it.

Judged by meaning where the encoder's cosines are known: the nearest title's and the nearest passage's together, less
being asked of a query of many words, which no title repeats. Otherwise by words: how much of the query the best
products hold. Both limits were set on the development halves of benchmarks/queries (reports/understanding.md).
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

NEAREST = 6
"""Products that are shown where nothing fits."""
LEAST_COSINES = {"all-MiniLM-L6-v2": 1.18}
"""By the encoder's name: from which sum of the two best cosines, and PER_WORD for every word, something fits."""
PER_WORD = 0.06
MOST_WORDS = 8
LEAST_SHARE = 0.35
"""Of the query's summed idf that one of the best products holds, in its title or, for half as much, elsewhere."""
_PRODUCTS_READ = 10
_ELSEWHERE = 0.5
_TOKENIZER = Tokenizer()


def fits(build: LoadedBuild, legs: Legs, understood: Understood, floor: float) -> bool:
    """Return whether the best of a query's legs, before filters, is a good match; `floor` is their least cosine."""
    encoder = build.manifest.encoder
    least = None if encoder is None else LEAST_COSINES.get(encoder.id.partition("@")[0])
    if least is not None and DENSE_TITLE in legs.scores and DENSE_CHUNK in legs.scores:
        cosines = sum(max(_best(legs.scores[leg]), floor) for leg in (DENSE_TITLE, DENSE_CHUNK))
        return cosines + PER_WORD * min(len(_words(understood.words)), MOST_WORDS) >= least
    if BM25 in legs.scores:
        return _share(build, legs.scores[BM25], understood) >= LEAST_SHARE
    return True


def _best(scores: FloatArray) -> float:
    return float(scores.max(initial=-np.inf))


def _words(rest: str) -> list[str]:
    words = split(rest)
    return [word for word in words if word not in STOPWORDS] or words


def _share(build: LoadedBuild, scores: FloatArray, understood: Understood) -> float:
    """Return how much of the query's summed idf the best of the best titles hold, in any spelling or synonym."""
    weights = _weights(_words(understood.words), build.reader().vocabulary, len(build.columns))
    best = np.argsort(-scores, kind="stable")[:_PRODUCTS_READ]
    best = best[scores[best] > -np.inf]
    shares = []
    for product in build.store.products(best.tolist()):
        title = _held(set(_TOKENIZER(product.title)), weights, understood)
        everywhere = _held(
            set(_TOKENIZER(" ".join(product_texts(product, "", only_passage=False)))), weights, understood
        )
        shares.append(title + _ELSEWHERE * (everywhere - title))
    return max(shares, default=0.0)


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
