"""The one door for searches: `SearchEngine`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from retrieval.components import Component, components
from retrieval.documents import to_products
from retrieval.errors import DataError, QueryError
from retrieval.filters import check
from retrieval.keyword.tokens import Tokenizer
from retrieval.loading import LoadedBuild, memory_build, open_build
from retrieval.models import ModelSource, ReadyModels, on_its_way
from retrieval.outcome import Ask, Outcome, Request
from retrieval.page import lay_out
from retrieval.pipeline import Pipeline
from retrieval.protocols import Encoder, Merchandising, Scorer
from retrieval.query.records import Understood
from retrieval.records import (
    FUSIONS,
    MODES,
    SORTS,
    Degraded,
    Filters,
    Fusion,
    Mode,
    Product,
    SearchResult,
    Sort,
)
from retrieval.result_cache import ResultCache
from retrieval.settings import Settings, load_settings
from retrieval.shelf import SYNONYMS, look

MAX_PAGE_SIZE = 1_000
MAX_QUERY_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class _Serving:
    """What one search uses from start to end, whatever is swapped meanwhile."""

    build: LoadedBuild
    pipeline: Pipeline

    def close(self) -> None:
        """Let the build go; no search may use it any more."""
        self.pipeline.close()
        self.build.close()


class SearchEngine:
    """Searches one catalogue; safe to use from several threads, also while a new build is swapped in."""

    def __init__(
        self,
        build: LoadedBuild,
        settings: Settings,
        models: ModelSource,
        reopen: Callable[[str], LoadedBuild | None] | None = None,
        merchandising: Merchandising | None = None,
    ) -> None:
        """Serve a build; `reopen` gets the served build's id and returns a newer one, or None.

        `merchandising` is asked for synonyms and rules at every search; without it the shipped synonyms are used alone.
        """
        self._settings = settings
        self._models = models
        self._reopen = reopen
        self._merchandising = merchandising
        self._tokenizer = Tokenizer(settings.tokenizer)
        self._serving = _Serving(build, Pipeline(build, settings, models))
        self._next: _Serving | None = None
        self._swap = threading.Lock()
        self._cache = ResultCache(settings.cache_mb * 2**20, settings.cache_ttl_s)

    @classmethod
    def open(
        cls, name: str, settings: Settings, models: ModelSource, merchandising: Merchandising | None = None
    ) -> SearchEngine:
        """Serve the newest build of a catalogue; raise IndexNotFound, IndexDamaged or IndexOutdated."""
        from retrieval.artifacts import current

        def reopen(served: str) -> LoadedBuild | None:
            if current(settings.index_dir, name).build == served:
                return None
            return open_build(settings.index_dir, name, settings)

        return cls(open_build(settings.index_dir, name, settings), settings, models, reopen, merchandising)

    @classmethod
    def from_documents(
        cls,
        documents: Sequence[str | Mapping[str, Any]],
        *,
        encoder: Encoder | Literal["auto"] | None = "auto",
        scorer: Scorer | None = None,
        keyword_backend: Literal["bm25s", "rank_bm25", "fts5"] = "bm25s",
        vector_index: Literal["auto", "flat", "ivf", "hnsw", "numpy"] = "numpy",
        settings: Settings | None = None,
    ) -> SearchEngine:
        """Index strings, or mappings with a product's fields, in memory and serve them.

        A mapping needs at least `title` or `text` (taken as the description); `product_id` or `id` is made up where
        missing. `encoder` is `auto` (what the settings choose; keyword only where none can be loaded), None, or one of
        your own.
        """
        chosen = (settings or load_settings()).model_copy(
            update={"keyword_backend": keyword_backend, "vector_index": vector_index}
        )
        ready = ReadyModels.choose(encoder, scorer, chosen)
        build = memory_build(to_products(documents), settings=chosen, encoder=ready.loaded, kind=vector_index)
        return cls(build, chosen, ready)

    @property
    def build(self) -> LoadedBuild:
        """The build that serves new searches."""
        return self._serving.build

    def refresh(self) -> bool:
        """Swap in a newer build where one was committed, and say whether; searches under way end on the old one.

        One with another encoder is swapped in by a later call, once that is loaded: no search shall miss it.
        """
        if self._reopen is None:
            return False
        with self._swap:
            newer = self._reopen((self._next or self._serving).build.manifest.build)
            if newer is not None:
                if self._next is not None:
                    self._next.close()
                self._next = _Serving(newer, Pipeline(newer, self._settings, self._models))
            if self._next is None or self._encoder_on_its_way(self._next.build):
                return False
            # A process that was warm stays warm: the first query after a swap is not the slow one.
            if self._serving.pipeline.warm:
                self._next.pipeline.warm_up()
            self._serving, self._next = self._next, None
            return True

    def _encoder_on_its_way(self, newer: LoadedBuild) -> bool:
        old, new = self.build.manifest.encoder, newer.manifest.encoder
        if old is None or new is None or old.source == new.source:
            return False
        return on_its_way(self._models, new.source, instead_of=old.source)

    def warm_up(self) -> None:
        """Load and compile what the first search would otherwise wait for (seconds)."""
        self._serving.pipeline.warm_up()

    def close(self) -> None:
        """Let the build go; the engine must not be used afterwards."""
        for held in (self._serving, self._next):
            if held is not None:
                held.close()

    def components(self) -> list[Component]:
        """Return the state of every part: keyword index, vectors, encoder, reranker."""
        return components(self.build, self._models, self._settings)

    def default_mode(self) -> Mode:
        """Return `rerank` where a cross-encoder is ready, else `hybrid`."""
        return self._serving.pipeline.default_mode()

    def available_mode(self, mode: Mode) -> tuple[Mode, tuple[Degraded, ...]]:
        """Return the mode that a run in `mode` can be made in, and what is missing where that is another one."""
        from retrieval.candidates import available

        return available(self.build, self._models, mode)

    def search(
        self,
        query: str,
        *,
        mode: Mode | None = None,
        top_k: int = 10,
        page: int = 1,
        filters: Filters | None = None,
        sort: Sort = "relevance",
        fusion: Fusion = "rrf",
        alpha: float | Literal["rule"] | None = None,
        collapse: bool = False,
        understand: bool = True,
        dropped: Sequence[str] = (),
        cutoff: bool = True,
        rules: bool = True,
        passages: bool = True,
    ) -> SearchResult:
        """Return page `page` (from 1) of `top_k` hits; an empty query browses the catalogue in its own order.

        `mode` None is the best that is there; `alpha` (weight of BM25, 0-1, or `rule`) belongs to `weighted` fusion.
        With `understand` the query is read first (see `SearchResult.understood`), without what is taken back by its key
        in `dropped`; with `cutoff` only the nearest few are returned where nothing fits; `rules` are the shop's own;
        hits without `passages` come quicker, bare of snippet and matched terms.
        Raises QueryError for parameters that make no sense; whatever is missing is named in `degraded`.
        """
        return self.answer(
            Ask(
                query,
                mode=mode,
                top_k=top_k,
                page=page,
                filters=filters or Filters(),
                sort=sort,
                fusion=fusion,
                alpha=alpha,
                collapse=collapse,
                understand=understand,
                dropped=tuple(dropped),
                cutoff=cutoff,
                rules=rules,
                passages=passages,
            )
        )

    def answer(self, ask: Ask) -> SearchResult:
        """Return what `search` returns for the same parameters, stated in one piece."""
        began = time.perf_counter()
        serving = self._serving
        request = Request(
            query=" ".join(ask.query.split()),
            mode=ask.mode or serving.pipeline.default_mode(),
            filters=ask.filters,
            sort=ask.sort,
            fusion=ask.fusion,
            alpha=self._settings.fusion_alpha if ask.alpha is None else ask.alpha,
            collapse=ask.collapse,
            understand=ask.understand,
            dropped=tuple(sorted(set(ask.dropped))),
            cutoff=ask.cutoff and ask.understand,
            rules=ask.rules,
            shelf=look(self._merchandising),
        )
        top_k, page = ask.top_k, ask.page
        _validate(request, top_k, page)
        reranker = serving.pipeline.reranker(request)
        key = (serving.build.manifest.build, request.key(), reranker.key)
        outcome = self._cache.get(key, page)
        cached = outcome is not None
        if outcome is None:
            outcome = serving.pipeline.run(request, reranker)
            self._cache.put(key, outcome)
        laid_out = time.perf_counter()
        start = (page - 1) * top_k
        places = range(start, max(start, min(start + top_k, len(outcome.ordering))))
        words = _words_of(request, outcome)
        hits = lay_out(serving.build.store, outcome, words, self._tokenizer, places, passages=ask.passages)
        now = time.perf_counter()
        timings = dict(outcome.timings_ms)
        timings["page"] = round((now - laid_out) * 1000, 3)
        timings["total"] = round((now - began) * 1000, 3)
        return SearchResult(
            query=ask.query,
            mode=request.mode,
            mode_used=outcome.mode_used,
            degraded=outcome.degraded,
            total=len(outcome.ordering),
            facets=outcome.facets,
            timings_ms=timings,
            hits=hits,
            page=page,
            page_size=top_k,
            sort=ask.sort,
            fusion=ask.fusion,
            alpha=outcome.alpha,
            collapsed=ask.collapse,
            estimated=outcome.estimated,
            from_cache=cached,
            build=serving.build.manifest.build,
            understood=self._told(serving, outcome),
        )

    @staticmethod
    def _told(serving: _Serving, outcome: Outcome) -> dict[str, Any]:
        """Return what people are told of how the query was understood, {} where it was searched plainly."""
        if outcome.understood is None:
            return {}
        ids = serving.build.columns.ids
        return {
            **outcome.understood.to_dict(),
            "named": [str(ids[position]) for position in outcome.named],
            "no_good_match": outcome.no_good_match,
        }

    def run(
        self,
        query: str,
        *,
        mode: Mode = "hybrid",
        top_k: int = 100,
        fusion: Fusion = "rrf",
        alpha: float | Literal["rule"] | None = None,
        understand: bool = True,
    ) -> list[tuple[str, float]]:
        """Return (product id, score) of the best `top_k`, scores strictly falling, for evaluation.

        No filters but the query's own bounds, no collapsing, paging, match cut-off, rules, cache or time budget. Raises
        ModelUnavailable, IndexStoreError or (for synonyms) DataError rather than fall back: a run must hold what its
        name says (`available_mode` tells beforehand).
        """
        from retrieval.candidates import run

        chosen = self._settings.fusion_alpha if alpha is None else alpha
        shelf = look(self._merchandising)
        for fault in shelf.faults:
            if understand and fault.what == SYNONYMS:
                raise DataError(fault.why)
        request = Request(
            query=" ".join(query.split()),
            mode=mode,
            fusion=fusion,
            alpha=chosen,
            understand=understand,
            shelf=shelf,
        )
        _validate(request, top_k, 1)
        return run(self.build, self._models, self._settings, request, top_k)

    def get(self, product_id: str) -> Product | None:
        """Return a product by its id, None where there is none."""
        store = self.build.store
        position = store.position(product_id)
        return None if position is None else store.products([position])[0]

    def values(self, field: Literal["category", "brand", "colors", "sizes"]) -> tuple[str, ...]:
        """Return every value of a field that the catalogue has, as first written."""
        columns = self.build.columns
        coded = {"category": columns.category, "brand": columns.brand, "colors": columns.color, "sizes": columns.size}
        return tuple(map(str, coded[field].labels))

    def similar(self, product_id: str, top_k: int = 6) -> SearchResult:
        """Return the products most like one, by its title, without itself and its identical listings.

        Raises QueryError for an unknown id.
        """
        product = self.get(product_id)
        if product is None:
            raise QueryError(f"there is no product {product_id!r} in {self.build.manifest.name!r}.")
        found = self.search(product.title, mode="hybrid", top_k=top_k + 1, collapse=True, understand=False, rules=False)
        columns = self.build.columns
        own = self.build.store.position(product_id)
        others = [
            hit
            for hit in found.hits
            if own is None or columns.group[self.build.store.position(hit.product_id) or 0] != columns.group[own]
        ]
        return replace(found, hits=tuple(others[:top_k]))


def _words_of(request: Request, outcome: Outcome) -> str:
    """Return the words that hits are marked with: those of the query that are searched, and what stands for them."""
    read: Understood | None = outcome.understood
    if read is None:
        return request.query
    others = [other for _, many in read.spellings for other in many]
    others += [other for _, many in read.beside for other in many]
    return " ".join([read.rest, read.words, *others])


def _validate(request: Request, top_k: int, page: int) -> None:
    for name, value, allowed in (
        ("mode", request.mode, MODES),
        ("sort", request.sort, SORTS),
        ("fusion", request.fusion, FUSIONS),
    ):
        if value not in allowed:
            raise QueryError(f"{name}={value!r} is unknown; use one of {', '.join(allowed)}.")
    if not 1 <= top_k <= MAX_PAGE_SIZE:
        raise QueryError(f"top_k={top_k} is out of range; ask for 1 to {MAX_PAGE_SIZE} hits a page.")
    if page < 1:
        raise QueryError(f"page={page} is out of range; pages count from 1.")
    if len(request.query) > MAX_QUERY_CHARACTERS:
        raise QueryError(
            f"the query has {len(request.query):,} characters; shorten it to {MAX_QUERY_CHARACTERS:,} or fewer."
        )
    if isinstance(request.alpha, str) and request.alpha != "rule":
        raise QueryError(f"alpha={request.alpha!r} is unknown; give a number from 0 to 1, or rule.")
    if not isinstance(request.alpha, str) and not 0 <= request.alpha <= 1:
        raise QueryError(f"alpha={request.alpha} is out of range; give a number from 0 to 1, or rule.")
    check(request.filters)
