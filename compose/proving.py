"""The gate's evidence: the new model and what serves now rank the same held-out queries, as serving would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from compose.ranking import EngineRanker
from evaluation.records import Query, Run
from evaluation.systems import System
from training.gate import MEASURE, Evidence, Verdict, decide, measured
from training.records import LearningQuery

if TYPE_CHECKING:
    from retrieval.loading import LoadedBuild
    from retrieval.models import ModelSource
    from retrieval.protocols import Encoder, Progress, Scorer
    from retrieval.query.synonyms import Synonyms
    from retrieval.settings import Settings

HeldOut = Mapping[str, Sequence[LearningQuery]]
"""Queries that no training saw, by what they are: `silver`, `judged`. The first decides."""


class WithScorer:
    """Hands out the models of another source, and one cross-encoder in the place of its own."""

    def __init__(self, models: ModelSource, scorer: Scorer) -> None:
        self._models = models
        self._scorer = scorer

    def encoder(self, source: str) -> Encoder:
        """Return the encoder of that source."""
        return self._models.encoder(source)

    def scorer(self, catalogue: str | None = None) -> Scorer:
        """Return the one cross-encoder, whatever the catalogue."""
        return self._scorer


class Proof:
    """Ranks held-out queries on one build, each system once; evidence is drawn from pairs of them."""

    def __init__(
        self,
        build: LoadedBuild,
        settings: Settings,
        models: ModelSource,
        synonyms: Synonyms,
        held_out: HeldOut,
        progress: Progress,
        seed: int = 0,
    ) -> None:
        self._build = build
        self._settings = settings
        self._models = models
        self._synonyms = synonyms
        self._held_out = {on: queries for on, queries in held_out.items() if queries}
        self._progress = progress
        self._seed = seed

    def embedder(self, source: str) -> Verdict:
        """Return whether the encoder of that source may serve: better by meaning alone, in no serving mode worse.

        On a build without vectors, hybrid search with it is set against the words alone.
        """
        ranker = self._ranker(self._models)
        dense, hybrid = System("dense", encoder=source), System("hybrid", encoder=source)
        pairs = [(dense, System("dense")), (hybrid, System("hybrid"))]
        if self._build.manifest.keyword_only:
            pairs = [(hybrid, System("bm25"))]
        elif ranker.missing(System("rerank")) is None:
            pairs.append((System("rerank", encoder=source), System("rerank")))
        systems = list(dict.fromkeys(system for pair in pairs for system in pair))
        return self._verdict([(ranker, systems)], pairs)

    def reranker(self, scorer: Scorer) -> Verdict:
        """Return whether this cross-encoder may serve: better than the present one, or than hybrid search without one.

        Where there is a present one, it may not be worse than hybrid search either.
        """
        now = self._ranker(self._models)
        new = System("rerank", name="rerank with the new model")
        hybrid, present = System("hybrid"), System("rerank", name="rerank as it serves")
        has_one = now.missing(present) is None
        pairs = [(new, present), (new, hybrid)] if has_one else [(new, hybrid)]
        before = [hybrid, present] if has_one else [hybrid]
        return self._verdict([(now, before), (self._ranker(WithScorer(self._models, scorer)), [new])], pairs)

    def _ranker(self, models: ModelSource) -> EngineRanker:
        return EngineRanker(self._build, self._settings, models, synonyms=self._synonyms)

    def _verdict(
        self, rankers: Sequence[tuple[EngineRanker, Sequence[System]]], pairs: Sequence[tuple[System, System]]
    ) -> Verdict:
        evidence: list[Evidence] = []
        for on, queries in self._held_out.items():
            values = self._values(rankers, queries)
            evidence += [
                measured(
                    values[new.label],
                    values[present.label],
                    on=on,
                    mode=new.mode,
                    candidate_system=_named(new),
                    present_system=_named(present),
                    seed=self._seed,
                )
                for new, present in pairs
            ]
        return decide(evidence[0] if evidence else None, evidence[1:])

    def _values(
        self, rankers: Sequence[tuple[EngineRanker, Sequence[System]]], queries: Sequence[LearningQuery]
    ) -> dict[str, Mapping[str, float]]:
        """Return the measure by query by system's label."""
        from evaluation.measures import score

        asked = [Query(query.query_id, query.text, query.type) for query in queries]
        qrels = {query.query_id: query.grades for query in queries}
        runs: list[Run] = []
        for ranker, systems in rankers:
            runs.extend(ranker.rank(systems, asked, self._progress))
        return {run.name: score(run, qrels, [MEASURE]).values[MEASURE] for run in runs}


def _named(system: System) -> str:
    """Return what a system is called in a verdict; a new encoder's folder says nothing to a reader."""
    return f"{system.mode} with the new model" if system.encoder else system.label
