"""Systems run on one build: every leg of a query is scored once, and fused as each system says."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from evaluation.records import Query, Ranked, Run
from evaluation.runs import strictly_falling
from evaluation.systems import System
from retrieval import candidates
from retrieval.errors import IndexStoreError, ModelUnavailable
from retrieval.legs import BM25, DENSE_LEGS
from retrieval.query.synonyms import Synonyms, shipped
from retrieval.reading import Reading, read

if TYPE_CHECKING:
    from retrieval.loading import LoadedBuild
    from retrieval.models import ModelSource
    from retrieval.protocols import Progress
    from retrieval.settings import Settings

DEPTH = 100
"""Products a query that a run holds."""
PROBE = "probe"


class EngineRanker:
    """Ranks queries by systems on one build; `build` is its id and `encoder` the id of what made its vectors."""

    def __init__(
        self,
        build: LoadedBuild,
        settings: Settings,
        models: ModelSource,
        depth: int = DEPTH,
        synonyms: Synonyms | None = None,
    ) -> None:
        """Rank on a build; `synonyms` are those of its catalogue, by default the shipped ones."""
        self._builds: dict[str | None, LoadedBuild] = {None: build}
        self._settings = settings
        self._models = models
        self._depth = depth
        self._synonyms = synonyms or shipped()
        self.build = build.manifest.build
        self.encoder = None if build.manifest.encoder is None else build.manifest.encoder.id

    def close(self) -> None:
        """Let the build go."""
        for build in self._builds.values():
            build.close()

    def missing(self, system: System) -> str | None:
        """Return why a system cannot be run on this build, None where it can."""
        try:
            if system.encoder is not None:
                self._models.encoder(system.encoder)
                legs = [leg for leg in self._legs(system) if leg not in DENSE_LEGS]
            else:
                legs = self._legs(system)
            candidates.score(self._builds[None], self._models, PROBE, legs)
            if system.mode == "rerank":
                self._models.scorer(self._builds[None].manifest.name)
        except (ModelUnavailable, IndexStoreError) as error:
            return str(error)
        return None

    def rank(
        self, systems: Sequence[System], queries: Sequence[Query], progress: Progress | None = None
    ) -> tuple[Run, ...]:
        """Return a run a system with its `depth` best products a query and the milliseconds that each query took.

        A query's time is that of encoding it, of the legs that its system uses, of fusing them and of reranking, one
        after the other. Systems with an encoder of their own have the catalogue embedded first (vectors are cached).
        Raises ModelUnavailable or IndexStoreError rather than fall back.
        """
        tell = progress or _untold
        ranked: dict[str, dict[str, Ranked]] = {system.label: {} for system in systems}
        took: dict[str, dict[str, float]] = {system.label: {} for system in systems}
        for encoder, own in _by_encoder(systems).items():
            build = self._with_encoder(encoder, tell)
            legs = list(dict.fromkeys(leg for system in own for leg in self._legs(system)))
            # What is loaded or compiled at the first use is no query's time.
            candidates.score(build, self._models, PROBE, legs)
            build.reader()
            stage = "rank" if encoder is None else f"rank with {encoder}"
            for done, query in enumerate(queries):
                tell(stage, done, len(queries))
                scored = {
                    understand: candidates.score(build, self._models, self._reading(build, query, understand), legs)
                    for understand in {system.understand for system in own}
                }
                for system in own:
                    ranked[system.label][query.query_id], took[system.label][query.query_id] = self._one(
                        build, scored[system.understand], system
                    )
            tell(stage, len(queries), len(queries))
        return tuple(Run(system.label, ranked[system.label], took[system.label]) for system in systems)

    def _reading(self, build: LoadedBuild, query: Query, understand: bool) -> Reading:
        if not understand:
            return candidates.plainly(build, query.text)
        return read(build, " ".join(query.text.split()), self._synonyms)

    def _legs(self, system: System) -> list[str]:
        """Return the names of a system's legs as `candidates.score` knows them."""
        return [
            candidates.backend_leg(system.backend) if leg == BM25 and system.backend else leg for leg in system.uses
        ]

    def _one(self, build: LoadedBuild, scored: candidates.Scored, system: System) -> tuple[Ranked, float]:
        began = time.perf_counter()
        legs = self._legs(system)
        ranking = candidates.fuse(
            scored,
            legs,
            fusion=system.fusion,
            alpha=self._alpha(system),
            rrf_k=system.rrf_k or self._settings.rrf_k,
            weigh=system.rrf_k is None,
        )
        ordering, scores = ranking.ordering, ranking.fused[ranking.ordering]
        if system.mode == "rerank":
            ordering, scores = candidates.rerank(build, self._models, self._settings, scored.reading, ranking)
        chosen = ordering[: self._depth]
        falling = strictly_falling(scores[: self._depth]).tolist()
        milliseconds = (time.perf_counter() - began) * 1000 + scored.milliseconds_of(legs)
        return list(zip((str(build.columns.ids[i]) for i in chosen), falling, strict=True)), milliseconds

    def _alpha(self, system: System) -> candidates.Alpha:
        if all(leg in DENSE_LEGS for leg in system.uses):
            return 0.0
        if not any(leg in DENSE_LEGS for leg in system.uses):
            return 1.0
        return self._settings.fusion_alpha if system.alpha is None else system.alpha

    def _with_encoder(self, encoder: str | None, progress: Progress) -> LoadedBuild:
        if encoder not in self._builds:
            from retrieval.embedding_cache import CACHE_FILE, EmbeddingCache
            from retrieval.variants import with_encoder

            loaded = self._models.encoder(encoder or "")
            with EmbeddingCache(self._settings.data_dir / CACHE_FILE) as cache:
                self._builds[encoder] = with_encoder(
                    self._builds[None], loaded, encoder or "", self._settings, cache, progress
                )
        return self._builds[encoder]


def _by_encoder(systems: Sequence[System]) -> Mapping[str | None, list[System]]:
    found: dict[str | None, list[System]] = {}
    for system in systems:
        found.setdefault(system.encoder, []).append(system)
    return found


def _untold(stage: str, done: int, total: int) -> None:
    """Take progress that nobody watches."""
