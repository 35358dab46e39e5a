"""The stages of a search over one build: legs, fusion, rerank, sort, collapse, facets; and what stands in for what.

A stage that is missing, fails or is over its time leaves the result of the stage before, and is named in `degraded`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StageTimeout
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval import filters as filtering
from retrieval.errors import IndexStoreError, ModelUnavailable
from retrieval.facets import FacetCounter
from retrieval.fusion import resolve_alpha
from retrieval.heads import Reranked, head_of, rerank_head
from retrieval.legs import BM25, DENSE_LEGS, NGRAM, Legs, dense_legs, keyword_leg
from retrieval.loading import LoadedBuild, Vectors
from retrieval.models import ModelLoading, ModelSource
from retrieval.ordering import Ranking, collapse, sort_hits
from retrieval.outcome import Outcome, Request
from retrieval.protocols import Encoder
from retrieval.query.synonyms import shipped
from retrieval.reading import Reading, read
from retrieval.records import Mode
from retrieval.rules import Plan
from retrieval.rules import plan as plan_rules
from retrieval.search_state import Reranker, SearchState
from retrieval.settings import Settings
from retrieval.shelf import look
from retrieval.verdict import NEAREST, fits

logger = logging.getLogger(__name__)
T = TypeVar("T")
_STAGE_THREADS = 4
# Misspelt, and with a word in Bangla script: what reading such words needs is made at the first one.
_WARM_UP = "wram-up লাল wram"


class Pipeline:
    """Runs searches over one build."""

    def __init__(self, build: LoadedBuild, settings: Settings, models: ModelSource) -> None:
        self._build = build
        self._settings = settings
        self._models = models
        self._stages = ThreadPoolExecutor(_STAGE_THREADS, thread_name_prefix="search-stage")
        self._facets = FacetCounter(build.columns)
        self._failed_keyword: set[str] = set()
        self._lock = threading.Lock()
        self.warm = False

    def close(self) -> None:
        """End the stage threads; for when no search uses the pipeline any more."""
        self._stages.shutdown(wait=False, cancel_futures=True)

    def default_mode(self) -> Mode:
        """Return the best mode of which every part is there."""
        try:
            self._models.scorer(self._build.manifest.name)
        except ModelUnavailable:
            return "hybrid"
        return "rerank"

    def warm_up(self) -> None:
        """Load every index and model that is there and compile the scoring."""
        self.warm = True
        try:
            for index in (self._build.keyword()[0], self._build.ngram(), self._build.units()):
                compile_scoring = getattr(index, "warm_up", None)
                if compile_scoring is not None:
                    compile_scoring()
            self._build.reader().read(_WARM_UP, shipped())
            self._build.vectors()
        except (IndexStoreError, ModelUnavailable) as error:
            logger.info("not warmed up: %s", error)
        record = self._build.manifest.encoder
        for load in (
            (lambda: self._models.encoder(record.source).encode(["warm-up"], query=True)) if record else None,
            lambda: self._models.scorer(self._build.manifest.name).score("warm-up", ["warm-up"]),
        ):
            try:
                if load is not None:
                    load()
            except ModelUnavailable as error:
                logger.info("not warmed up: %s", error)

    def reranker(self, request: Request) -> Reranker:
        """Return what a search may rerank with, asked once a search: another may serve a moment later."""
        if request.mode != "rerank" or not request.query:
            return Reranker()
        try:
            return Reranker(self._models.scorer(self._build.manifest.name))
        except ModelUnavailable as error:
            return Reranker(error=error)

    def run(self, request: Request, reranker: Reranker | None = None) -> Outcome:
        """Return all hits of a search; never raises for a missing or failing part while another can stand in.

        `reranker` is what `reranker(request)` returned.
        """
        with_it = reranker or self.reranker(request)
        run = SearchState(self._settings.time_budget_ms)
        columns = self._build.columns
        reading = self._read(request, run)
        began = time.perf_counter()
        masks = filtering.conditions(columns, request.filters)
        passing = filtering.combine(masks, len(columns))
        run.timings["filter"] = _ms(began)
        plan = self._plan(request, reading, run)
        nothing_fits = False
        if reading.text:
            legs, mode_used = self._legs(request, reading, run)
            began = time.perf_counter()
            legs, nothing_fits = self._fitting(request, reading, legs, plan)
            matched = legs.found(len(columns))
            ranking = self._ranked(request, reading, legs.within(passing))
            run.timings["fusion"] = _ms(began)
            run.degraded.extend(reading.missing)
        else:
            mode_used = request.mode
            matched = reading.within(np.ones(len(columns), dtype=np.bool_))
            positions = np.flatnonzero(passing & matched).astype(np.int64)
            ranking = Ranking(positions, np.zeros(len(columns)), {}, {}, None)
        ordering = ranking.ordering
        head: Reranked | None = None
        if mode_used == "rerank" and reading.text:
            ordering, head, mode_used = self._rerank(reading, ranking, with_it, run)
        began = time.perf_counter()
        if request.sort == "relevance":
            ordering = reading.arranged(ordering, ranking.fused)
        run.timings["arrange"] = _ms(began)
        began = time.perf_counter()
        if plan:
            matched = reading.within(plan.matched(matched, pins=request.sort == "relevance"))
            ordering = self._ruled(request, plan, ordering, passing & matched, reading.named)
        ordering = sort_hits(ordering, columns, request.sort)
        sizes = np.ones(len(ordering), dtype=np.int64)
        if request.collapse:
            ordering, sizes = collapse(ordering, columns.group)
        run.timings["sort"] = _ms(began)
        began = time.perf_counter()
        counted = self._facets.count(matched, masks, request.filters, collapse=request.collapse)
        run.timings["facets"] = _ms(began)
        vectors_used = any(name in DENSE_LEGS for name in ranking.leg_ranks)
        weighted = request.fusion == "weighted" and len(ranking.leg_ranks) > 1
        return Outcome(
            mode_used=mode_used,
            degraded=tuple(run.degraded),
            ordering=ordering,
            group_sizes=sizes,
            fused=ranking.fused[ordering],
            leg_ranks={name: values[ordering] for name, values in ranking.leg_ranks.items()},
            leg_scores={name: values[ordering] for name, values in ranking.leg_scores.items()},
            best_chunk=None if ranking.best_chunk is None else ranking.best_chunk[ordering],
            reranked={} if head is None else _by_position(head.positions, head.scores),
            blended={} if head is None else _by_position(head.positions, head.blended),
            facets=counted,
            timings_ms=run.timings,
            alpha=resolve_alpha(request.alpha, reading.text) if weighted else None,
            estimated=vectors_used and not self._exact(),
            transient=run.transient,
            understood=reading.understood,
            named=reading.named,
            no_good_match=nothing_fits,
            plan=plan or None,
        )

    def _read(self, request: Request, run: SearchState) -> Reading:
        """Read the query where that is wanted and can be done; else it is searched as it was typed."""
        shelf = request.shelf or look(None)
        run.degraded.extend(shelf.faults)
        if not request.query or not request.understand:
            return Reading(self._build, request.query, None, request.features)
        began = time.perf_counter()
        try:
            return read(self._build, request.query, shelf.synonyms, dropped=request.dropped, features=request.features)
        except IndexStoreError as error:
            run.note("understanding", str(error), "the query as it was typed")
            return Reading(self._build, request.query, None, request.features)
        finally:
            run.timings["understand"] = _ms(began)

    def _plan(self, request: Request, reading: Reading, run: SearchState) -> Plan:
        """Return what the shop's rules do for the query as it was typed, or as it was understood."""
        shelf = request.shelf
        if not request.rules or shelf is None or not shelf.rules:
            return Plan()
        began = time.perf_counter()
        also = () if reading.understood is None else (reading.understood.rest, reading.understood.words)
        made = plan_rules(shelf.rules, request.query, shelf.today, self._build.columns, also)
        run.timings["rules"] = _ms(began)
        return made

    def _ruled(
        self,
        request: Request,
        plan: Plan,
        ordering: NDArray[np.int64],
        passing: NDArray[np.bool_],
        named: tuple[int, ...],
    ) -> NDArray[np.int64]:
        if request.sort != "relevance":
            return ordering[passing[ordering]]
        group = self._build.columns.group if request.collapse else None
        return plan.ordering(ordering, passing, exact=named, group=group)

    def _fitting(self, request: Request, reading: Reading, legs: Legs, plan: Plan) -> tuple[Legs, bool]:
        """Return the legs within the query's bounds, of the nearest products alone where nothing fits; and whether."""
        kept = reading.bounded(legs)
        if not request.cutoff or reading.understood is None or reading.named or plan.pins:
            return kept, False
        size = len(self._build.columns)
        # Where nothing keeps to the bounds, it still tells whether they are what is in the way.
        judged = kept if kept.found(size).any() else legs
        if fits(self._build, judged, reading, self._settings.dense_cutoff):
            return kept, False
        nearest = self._ranked(request, reading, kept).ordering
        groups = self._build.columns.group[nearest]
        firsts = np.sort(np.unique(groups, return_index=True)[1])[:NEAREST]
        mask = np.zeros(size, dtype=np.bool_)
        mask[nearest[firsts]] = True
        return kept.within(mask), True

    def _ranked(self, request: Request, reading: Reading, legs: Legs) -> Ranking:
        return reading.rank(legs, fusion=request.fusion, alpha=request.alpha, rrf_k=self._settings.rrf_k)

    def _exact(self) -> bool:
        vectors = self._build.vectors()
        return vectors is None or (vectors.titles.exact and vectors.chunks.exact)

    def _legs(self, request: Request, reading: Reading, run: SearchState) -> tuple[Legs, Mode]:
        """Return the legs of the mode, and the mode that they amount to."""
        mode = request.mode
        # The encoder works in a thread of its own, and the words are scored meanwhile.
        started = self._start_dense(reading.meaning, run, fallback="bm25") if mode != "bm25" else None
        words = self._keyword(reading, run) if mode != "dense" else None
        parts = self._ngram(reading.spelt, run) if words and started and request.fusion == "rrf" else None
        dense = started() if started else None
        if words is None and dense is None:
            return self._last_resort(request, reading, run)
        if dense is None:
            return words or Legs(), "bm25"
        if words is None:
            return dense, "dense"
        return (parts.beside(words) if parts else words).beside(dense), mode

    def _last_resort(self, request: Request, reading: Reading, run: SearchState) -> tuple[Legs, Mode]:
        """Try the other side where everything that the mode names is missing; raise where that is missing too."""
        if request.mode == "dense":
            words = self._keyword(reading, run)
            if words is not None:
                return words, "bm25"
        if request.mode == "bm25":
            started = self._start_dense(reading.meaning, run, fallback="nothing")
            dense = started() if started else None
            if dense is not None:
                return dense, "dense"
        reasons = "; ".join(f"{d.what}: {d.why}" for d in run.degraded)
        raise IndexStoreError(f"{self._build.manifest.name!r} cannot be searched. {reasons}")

    def _keyword(self, reading: Reading, run: SearchState) -> Legs | None:
        """Return the keyword leg by the first backend that works, None where none does."""
        began = time.perf_counter()
        while True:
            try:
                index, missing = self._build.keyword(without=frozenset(self._failed_keyword))
            except IndexStoreError as error:
                run.note("keyword index", str(error), "dense")
                return None
            try:
                leg = Legs({BM25: reading.words(index)})
            except Exception:  # third-party code: recorded, and the next backend tried
                logger.exception("keyword backend %s failed", index.name)
                run.degraded = [d for d in run.degraded if not d.what.startswith("keyword backend")]
                with self._lock:
                    self._failed_keyword.add(index.name)
                continue
            run.degraded.extend(missing)
            run.timings["keyword"] = _ms(began)
            return leg

    def _ngram(self, query: str, run: SearchState) -> Legs:
        """Return the trigram leg, or no leg where a build lacks it."""
        began = time.perf_counter()
        try:
            leg = keyword_leg(self._build.ngram(), query, NGRAM)
        except (IndexStoreError, ImportError) as error:
            run.note("trigram index", str(error), "words and vectors alone")
            return Legs()
        run.timings["ngram"] = _ms(began)
        return leg

    def _start_dense(self, query: str, run: SearchState, fallback: str) -> Callable[[], Legs | None] | None:
        """Start scoring by meaning and return what waits for it; None where there is no encoder or no vectors."""
        try:
            vectors = self._build.vectors()
            record = self._build.manifest.encoder
            if vectors is None or record is None:
                run.note("vectors", self._build.manifest.why or "this build has none", fallback)
                return None
            encoder = self._loaded(run, lambda: self._models.encoder(record.source))
        except ModelLoading as error:
            run.note("encoder", str(error), fallback, transient=True)
            return None
        except ModelUnavailable as error:
            run.note("encoder", str(error), fallback)
            return None
        except IndexStoreError as error:
            run.note("vectors", str(error), fallback)
            return None
        if encoder.id != record.id:
            run.note(
                "encoder",
                f"the index was built with {record.id} but {encoder.id} lies there now; rebuild the index",
                fallback,
            )
            return None
        return self._start("dense", run, lambda: self._score_dense(encoder, vectors, query, run), fallback)

    def _score_dense(self, encoder: Encoder, vectors: Vectors, query: str, run: SearchState) -> Legs:
        began = time.perf_counter()
        vector = encoder.encode([query], query=True)[0]
        run.timings["encode"] = _ms(began)
        began = time.perf_counter()
        legs = dense_legs(vectors, vector, self._settings.dense_cutoff)
        run.timings["vectors"] = _ms(began)
        return legs

    def _rerank(
        self, reading: Reading, ranking: Ranking, reranker: Reranker, run: SearchState
    ) -> tuple[NDArray[np.int64], Reranked | None, Mode]:
        """Return the ordering with its head read by the cross-encoder, that head, and the mode that this makes."""
        scorer = reranker.scorer
        if scorer is None:
            loading = isinstance(reranker.error, ModelLoading)
            run.note("reranker", str(reranker.error), "hybrid", transient=loading)
            return ranking.ordering, None, "hybrid"
        if not len(ranking.ordering):
            return ranking.ordering, None, "rerank"
        began = time.perf_counter()
        # What is read must be what an evaluation reads: what the query names, before what it does not want.
        arranged = replace(ranking, ordering=reading.arranged(ranking.ordering, ranking.fused))

        def read_head() -> Reranked:
            return rerank_head(scorer, head_of(self._build, reading.text, arranged, self._settings.rerank_depth))

        done = self._start("rerank", run, read_head, "hybrid")()
        if done is None:
            return ranking.ordering, None, "hybrid"
        run.timings["rerank"] = _ms(began)
        return done.ordering(arranged.ordering, self._build.columns.id_rank), done, "rerank"

    def _loaded(self, run: SearchState, load: Callable[[], T]) -> T:
        """Return a model; the wait for it is not the search's."""
        began = time.perf_counter()
        try:
            return load()
        finally:
            run.pause(time.perf_counter() - began)

    def _start(self, name: str, run: SearchState, work: Callable[[], T], fallback: str) -> Callable[[], T | None]:
        """Start a stage and return what gives its result within the time that is left; else None, with the reason.

        The stage runs in a thread of its own, so that one that hangs cannot hold the search up.
        """
        what = {"dense": "encoder", "rerank": "reranker"}[name]
        left = run.left()
        if left is not None and left <= 0:
            run.note(what, self._late(name, "was left out: the time was spent before it"), fallback, transient=True)
            return lambda: None
        future = self._stages.submit(work)

        def finish() -> T | None:
            left = run.left()
            try:
                return future.result(timeout=None if left is None else max(left, 0))
            except StageTimeout:
                future.cancel()
                run.note(what, self._late(name, "did not finish"), fallback, transient=True)
            except Exception as error:  # third-party code: recorded and shown
                logger.exception("stage %s failed", name)
                run.note(what, f"{type(error).__name__}: {error}", fallback, transient=True)
            return None

        return finish

    def _late(self, name: str, what: str) -> str:
        return f"the stage {name} {what} (TIME_BUDGET_MS={self._settings.time_budget_ms})"


def _by_position(positions: NDArray[np.int64], values: NDArray[np.float64]) -> dict[int, float]:
    return dict(zip(positions.tolist(), values.tolist(), strict=True))


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
