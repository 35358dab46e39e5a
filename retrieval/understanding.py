"""What an understood query does to a search: the words' leg widened, products raised, put first, put last or left out.

Pure functions over one build's columns and indexes; reading the query is retrieval/query/understand.py's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Columns
from retrieval.filters import Mask, price_between, rated_from
from retrieval.keyword.tokens import STOPWORDS, Tokenizer
from retrieval.protocols import FloatArray, KeywordIndex, ProductStore
from retrieval.query.lexicon import Lexicon
from retrieval.query.negation import asserts
from retrieval.query.records import Understood
from retrieval.query.vocabulary import Vocabulary, split

_TOKENIZER = Tokenizer()
SPELLING_WEIGHT = 0.7
"""Of another spelling of a word, against the word."""
SYNONYM_WEIGHT = 0.5
UNIT_WEIGHT = 0.6
RAISE = 1.0
"""A product that has every stated attribute counts so much more than one of which nothing is known."""
RAISE_COSINE = 0.15
"""The same for vectors alone, whose scores lie close together."""
_BESIDE_FIGURES = re.compile(r"(?:[^\W\d_]+\s+)?\S*\d\S*(?:\s+[^\W\d_]+)?")
NEGATED_READ = 300
"""Hits whose titles are read for what is not wanted, the best first."""


def within_bounds(understood: Understood, columns: Columns) -> Mask | None:
    """Return which products keep to every stated price, rating and number of ratings; None where none is stated.

    What has no price or rating keeps to no bound on it.
    """
    exact = [part for part in understood.parts if part.exact]
    if not exact:
        return None
    mask = np.ones(len(columns), dtype=np.bool_)
    for part in exact:
        if part.kind == "price":
            mask &= price_between(columns, part.low, part.high, include_unpriced=False)
        elif part.kind == "rating":
            mask &= rated_from(columns, part.low or 0.0, include_unrated=False)
            if part.high is not None:
                mask &= columns.rating <= np.float32(part.high)
        else:
            mask &= columns.rating_count >= (part.low or 0)
            if part.high is not None:
                mask &= columns.rating_count <= part.high
    return mask


def widened(index: KeywordIndex, units: KeywordIndex | None, understood: Understood) -> FloatArray:
    """Return the words' scores with those of other spellings, synonyms and numbers in other notations.

    A word counts once: as itself or, at a fraction, as the best of what stands for it.
    """
    own = index.score(understood.words)
    found = own > -np.inf
    # Okapi's scores (rank_bm25) of what is found may lie below zero.
    scores = np.where(found, own, np.float32(0.0)).astype(np.float32)
    for word, share in understood.emphasis:
        scores += np.float32(share) * _summed(index, word)
    for weight, terms in (
        (SPELLING_WEIGHT, understood.spellings),
        (SYNONYM_WEIGHT, understood.beside),
    ):
        for term, others in terms:
            best = np.maximum.reduce([_summed(index, other) for other in others])
            scores += np.maximum(0.0, weight * best - _summed(index, term))
    if units is not None:
        numbers = _summed(units, understood.words)
        if numbers.any():
            said = _summed(index, " ".join(_BESIDE_FIGURES.findall(understood.words)))
            scores += np.maximum(0.0, UNIT_WEIGHT * numbers - said).astype(np.float32)
    return np.where(found | (scores > 0), scores, np.float32(-np.inf)).astype(np.float32)


def _summed(index: KeywordIndex, text: str) -> FloatArray:
    scores = index.score(text)
    return np.maximum(scores, np.float32(0.0), out=scores)


def raised(
    understood: Understood, columns: Columns, lexicon: Lexicon, index: KeywordIndex | None, units: KeywordIndex | None
) -> FloatArray | None:
    """Return by product the share (0-1) of the stated attributes that it has; None where none is stated.

    A product that says nothing of an attribute, or something else, is not lowered. One whose words have nothing of the
    query but the attributes (red cushions for a red kettle) is not raised; `index` scores words.
    """
    shares: list[NDArray[np.bool_]] = []
    coded = {"brand": columns.brand, "color": columns.color, "size": columns.size}
    for part in understood.parts:
        if part.kind in coded:
            values = lexicon.column_values(part)
            if values:
                shares.append(coded[part.kind].having(values))
        elif part.kind in ("quantity", "dimension") and units is not None:
            shares.append(units.score(part.text) > -np.inf)
        elif part.kind == "price" and not part.exact:
            shares.append(price_between(columns, part.low, part.high, include_unpriced=False))
        elif part.kind == "rating" and not part.exact:
            shares.append(rated_from(columns, part.low or 0.0, include_unrated=False))
    if not shares:
        return None
    share: FloatArray = (np.sum(shares, axis=0) / len(shares)).astype(np.float32)
    thing = _beside_attributes(understood)
    if index is not None and thing:
        share[~(index.score(" ".join(thing)) > -np.inf)] = 0
    return share


def _beside_attributes(understood: Understood) -> list[str]:
    """Return the words of the query, and what stands for them, but those of its attributes."""
    stated = {word for part in understood.parts for word in split(part.text)}
    own = [word for word in split(understood.words) if word not in stated]
    for term, others in (*understood.spellings, *understood.beside):
        if not stated.intersection(split(term)):
            own += [word for other in others for word in split(other)]
    return own if any(word not in STOPWORDS for word in own) else []


def unwanted(
    understood: Understood, ordering: NDArray[np.int64], store: ProductStore, vocabulary: Vocabulary
) -> NDArray[np.int64]:
    """Return which of the first NEGATED_READ hits have titles that say they have what is not wanted, in their order."""
    negated = [part.values for part in understood.parts if part.kind == "negation"]
    negated += [(other,) for words in negated if len(words) == 1 for other in vocabulary.spellings(words[0])]
    if not negated:
        return np.empty(0, dtype=np.int64)
    read = ordering[:NEGATED_READ]
    titles = store.titles(read.tolist())
    return read[[any(asserts(title, words) for words in negated) for title in titles]]


def arranged(ordering: NDArray[np.int64], first: Sequence[int], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return hits with those named outright first, the surest of them foremost, and what is not wanted last."""
    if not len(first) and not len(last):
        return ordering
    there = set(ordering.tolist())
    head = np.array([position for position in first if position in there], dtype=np.int64)
    tail = last[~np.isin(last, head)]
    middle = ordering[~np.isin(ordering, np.concatenate([head, tail]))]
    return np.concatenate([head, middle, tail])


def holding(positions: Sequence[int], words: str, store: ProductStore) -> tuple[int, ...]:
    """Return the products whose title holds one of the words; all of them where there is no word without a figure."""
    wanted = {stem for stem in _TOKENIZER(words) if not any(letter.isdigit() for letter in stem)}
    if not wanted:
        return tuple(positions)
    titles = store.titles(positions)
    return tuple(p for p, title in zip(positions, titles, strict=True) if wanted & set(_TOKENIZER(title)))


def named_first(
    named: Iterable[Sequence[int]], scores: NDArray[np.floating], id_rank: NDArray[np.int32]
) -> tuple[int, ...]:
    """Return the products that the query names: the surest name's first, and those by falling score."""
    found = (sorted(own, key=lambda position: (-float(scores[position]), int(id_rank[position]))) for own in named)
    return tuple(dict.fromkeys(position for own in found for position in own))
