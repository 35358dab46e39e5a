"""A query as it is searched: its texts for the legs, and what was understood of it at work on a ranking."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sized
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexStoreError
from retrieval.filters import Mask
from retrieval.legs import DENSE_LEGS, Legs
from retrieval.loading import LoadedBuild
from retrieval.ordering import Ranking, rank
from retrieval.protocols import FloatArray, KeywordIndex
from retrieval.query.intent import LEG_WEIGHTS, RRF_K, TUNED_LEG_WEIGHTS, intent_of
from retrieval.query.records import Understood
from retrieval.query.synonyms import Synonyms
from retrieval.query.understand import EVERYTHING, Features
from retrieval.records import Degraded, Fusion
from retrieval.text import clean_text
from retrieval.trained import is_tuned
from retrieval.understanding import (
    RAISE,
    RAISE_COSINE,
    arranged,
    holding,
    named_first,
    raised,
    unwanted,
    widened,
    within_bounds,
)

logger = logging.getLogger(__name__)
UNITS = "units index"
_AS_WRITTEN = "numbers as they are written"


def read(
    build: LoadedBuild,
    query: str,
    synonyms: Synonyms,
    *,
    dropped: Collection[str] = (),
    features: Features = EVERYTHING,
) -> Reading:
    """Return a query read against a build's catalogue; raise IndexDamaged where what that needs cannot be used."""
    began = time.perf_counter()
    understood = build.reader().read(query, synonyms, dropped=dropped, features=features)
    made = Reading(build, query, understood, features)
    made.milliseconds = (time.perf_counter() - began) * 1000
    return made


class _Guarded:
    """An index whose evidence a search can do without: where it fails it finds nothing, which `missing` notes once."""

    def __init__(self, index: KeywordIndex, missing: list[Degraded], what: str, fallback: str) -> None:
        self.name = index.name
        self._index = index
        self._missing = missing
        self._what = what
        self._fallback = fallback

    def score(self, query: str) -> FloatArray:
        """Return one score a product position; -inf where nothing of the query occurs."""
        try:
            return self._index.score(query)
        except Exception as error:  # third-party code: recorded and shown
            if all(part.what != self._what for part in self._missing):
                logger.exception("the %s failed", self._what)
                self._missing.append(Degraded(self._what, f"{type(error).__name__}: {error}", self._fallback))
            return np.full(len(self), -np.inf, dtype=np.float32)

    def __len__(self) -> int:
        return len(cast(Sized, self._index))

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        self._index.save(folder)


class Reading:
    """One query against one build; `understood` None searches it as it was typed."""

    def __init__(self, build: LoadedBuild, query: str, understood: Understood | None, features: Features) -> None:
        self._build = build
        self._features = features
        self.understood = understood
        self.milliseconds = 0.0
        """How long it took to read the query."""
        self._index: KeywordIndex | None = None
        self.missing: list[Degraded] = []
        """What of understanding could not be used, once the query has been searched."""
        self.text = query if understood is None else understood.words
        self.spelt = query if understood is None else understood.said
        if understood is not None and understood.intent == "exact" and not self._names:
            self.understood = replace(understood, intent=intent_of(understood.rest))
        self.meaning = query if understood is None else self._meaning(understood)

    def _meaning(self, understood: Understood) -> str:
        """Return the text for the encoder: a part number means nothing to it, so that the title it names goes with it.

        What is like that product then follows it.
        """
        # Whatever its bounds: what is found must not depend on them.
        if not self._names:
            return understood.meaning
        (title,) = self._build.store.titles(self._names[0][:1])
        return understood.meaning if len(title) <= len(understood.rest) else f"{understood.meaning} {clean_text(title)}"

    @cached_property
    def _bounds(self) -> Mask | None:
        return None if self.understood is None else within_bounds(self.understood, self._build.columns)

    @cached_property
    def _units(self) -> KeywordIndex | None:
        """The index of what is said in numbers; None where it is not wanted or cannot be used."""
        if not self._features.units:
            return None
        try:
            return _Guarded(self._build.units(), self.missing, UNITS, _AS_WRITTEN)
        except IndexStoreError as error:
            self.missing.append(Degraded(UNITS, str(error), _AS_WRITTEN))
            return None

    @cached_property
    def _raised(self) -> FloatArray | None:
        if self.understood is None or not self._features.attributes:
            return None
        lexicon = self._build.reader().lexicon
        return raised(self.understood, self._build.columns, lexicon, self.index, self._units)

    @property
    def index(self) -> KeywordIndex | None:
        """The index that scored the words; where a mode scores none the build's own, None where it has none."""
        if self._index is None:
            try:
                self._index = _Guarded(self._build.keyword()[0], self.missing, "keyword index", "meaning alone")
            except IndexStoreError as error:
                if all(part.what != "keyword index" for part in self.missing):
                    self.missing.append(Degraded("keyword index", str(error), "meaning alone"))
        return self._index

    @cached_property
    def _names(self) -> tuple[tuple[int, ...], ...]:
        """The products that the query names: a tuple a name, the surest name first."""
        if self.understood is None:
            return ()
        store, rest = self._build.store, self.understood.rest
        mentioned = (holding(positions, rest, store) for positions in self.understood.mentioned)
        return (*self.understood.named, *(positions for positions in mentioned if positions))

    @property
    def named(self) -> tuple[int, ...]:
        """The positions of the products that the query names outright, but what breaks a bound of it."""
        named = (position for own in self._names for position in own)
        return tuple(position for position in named if self._bounds is None or self._bounds[position])

    def words(self, index: KeywordIndex) -> FloatArray:
        """Return the score of every product by the query's words."""
        found = index.score(self.text) if self.understood is None else widened(index, self._units, self.understood)
        self._index = index  # one that fails while it scores is not asked again
        return found

    def within(self, mask: Mask) -> Mask:
        """Return a mask without what breaks a bound of the query."""
        return mask if self._bounds is None else mask & self._bounds

    def bounded(self, legs: Legs) -> Legs:
        """Return the legs with the products that the query names, and without what breaks a bound of it."""
        if self.named:
            named = np.zeros(len(self._build.columns), dtype=np.bool_)
            named[list(self.named)] = True
            legs = Legs(legs.scores, legs.best_chunk, named)
        return legs if self._bounds is None else legs.within(self._bounds)

    def rank(
        self, legs: Legs, *, fusion: Fusion, alpha: float | Literal["rule"], rrf_k: int, weigh: bool = True
    ) -> Ranking:
        """Fuse the legs; reciprocal ranks with the intent's own weights and k where the query is understood.

        `weigh` False keeps to `rrf_k` and equal weights.
        """
        weights = None
        if weigh and self.understood is not None and self._features.weights and fusion == "rrf":
            encoder = self._build.manifest.encoder
            by_intent = TUNED_LEG_WEIGHTS if encoder is not None and is_tuned(encoder.id) else LEG_WEIGHTS
            weights, rrf_k = by_intent[self.understood.intent], RRF_K
        shares = self._raised
        if shares is not None:
            shares = shares * np.float32(RAISE_COSINE if all(leg in DENSE_LEGS for leg in legs.scores) else RAISE)
        return rank(
            legs,
            self._build.columns.id_rank,
            query=self.text,
            fusion=fusion,
            alpha=alpha,
            rrf_k=rrf_k,
            weights=weights,
            raised=shares,
        )

    def arranged(self, ordering: NDArray[np.int64], scores: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return hits with what the query names first, and what it does not want last."""
        if self.understood is None:
            return ordering
        named = named_first(self._names, scores, self._build.columns.id_rank)
        last = unwanted(self.understood, ordering, self._build.store, self._build.reader().vocabulary)
        return arranged(ordering, named, last)
