"""The whole way of a training: from the catalogue's products to models that proved themselves, stage by stage.

What a stage gave is written down before the next one begins, and models are trained from their last checkpoint on, so
that a training that was killed goes on where it was. Nothing that serves is touched before a model passed its gate.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compose import training_inputs as inputs
from compose.training_data import EXAMPLES, TRIPLETS, Learnt
from retrieval.errors import TrainingError
from retrieval.models import PACKAGED
from training import runs
from training.cards import Card, Kind, new_version, read_card, write_card
from training.material import gather, read_material, read_pools, write_material, write_pools
from training.options import TrainingOptions
from training.runs import Work

if TYPE_CHECKING:
    from compose.proving import Proof
    from retrieval.loading import LoadedBuild
    from retrieval.protocols import Progress
    from retrieval.settings import Settings
    from training.gate import Verdict

QUERIES, DEV_POOLS = "queries.jsonl", "dev-pools.jsonl"


def train(settings: Settings, name: str, options: TrainingOptions, run: str, progress: Progress) -> dict[str, Any]:
    """Train as asked for in this process, or go on with the run of that name, and return a job's summary.

    The summary holds `run`, a row a model (`kind`, `version`, `promoted`, `gate`), and the seconds of each stage.
    """
    from retrieval.artifacts import current
    from shop import data_folder

    current(settings.index_dir, name)  # a catalogue that was deleted meanwhile gets no folder again
    data_folder.prepare(settings.data_dir)
    work = Work.begin(settings.data_dir, name, run, options.to_dict())
    if work.outcome("data") is None:
        inputs.check(settings, name, options)
    return _Way(settings, name, options, work, progress).go()


class _Way:
    """One training under way."""

    def __init__(self, settings: Settings, name: str, options: TrainingOptions, work: Work, progress: Progress) -> None:
        from retrieval.models import ModelPool
        from shop import synonyms

        self._settings = settings
        self._name = name
        self._options = options
        self._sizes = inputs.sizes_here(options)
        self._work = work
        self._progress = progress
        self._models = ModelPool(settings)
        self._synonyms = synonyms.load(settings.data_dir, name)

    def go(self) -> dict[str, Any]:
        """Do every stage that is not over yet, and return the summary."""
        parts = self._options.parts
        self._stage("data", self._gather)
        self._material = read_material(self._work.data(QUERIES))
        self._learnt = Learnt(self._settings, self._options, self._models, self._synonyms, self._material, self._work)
        if parts in ("both", "embedder", "data"):
            self._stage("triplets", self._make_triplets)
        if parts in ("both", "embedder"):
            self._stage("embedder", self._train_embedder)
            self._stage("index", self._index_aside)
            self._stage("prove", self._prove_embedder)
            self._stage("swap", lambda: self._promote("embedder", "prove", "swap"))
        if parts in ("both", "reranker", "data"):
            self._stage("mine", self._mine)
        if parts in ("both", "reranker"):
            self._stage("reranker", self._train_reranker)
            for number in range(2, self._sizes.rounds + 1):
                self._stage(f"mine {number}", self._mine_again)
                self._stage(f"reranker {number}", self._train_reranker)
            self._stage("blend", self._blend)
            self._stage("gate", self._prove_reranker)
            self._stage("promote", lambda: self._promote("reranker", "gate", "gate"))
        return self._summary()

    def _stage(self, stage: str, do: Callable[[], Mapping[str, Any]]) -> None:
        """Do a stage unless it is over, and write down what came of it."""
        if self._work.outcome(stage) is None:
            began = time.perf_counter()
            outcome = do()
            self._work.finish(stage, {**outcome, "seconds": round(time.perf_counter() - began, 1)})

    def _outcome(self, stage: str) -> Mapping[str, Any]:
        found = self._work.outcome(stage)
        if found is None:
            raise TrainingError(f"the stage {stage!r} of {self._work.folder} did not come to its end; start anew")
        return found

    def _as(self, name: str) -> Progress:
        """Return what tells the progress of a part under a stage's name."""

        outer = self._progress

        def tell(stage: str, done: int, total: int) -> None:
            outer(name, done, total)

        return tell

    @contextmanager
    def _build(self) -> Iterator[LoadedBuild]:
        """Yield the build that serves now."""
        from retrieval.loading import open_build

        build = open_build(self._settings.index_dir, self._name, self._settings)
        try:
            yield build
        finally:
            build.close()

    def _gather(self) -> Mapping[str, Any]:
        self._progress("data", 0, 1)
        with self._build() as build:
            products = build.store.all_products()
            serving = build.manifest.build
        judged = inputs.judged_queries(self._settings, self._name, self._options)
        material = gather(products, judged, self._options.use_judged, self._sizes, self._options.seed)
        write_material(self._work.data(QUERIES), material)
        self._progress("data", 1, 1)
        return {"build": serving, "products": len(products), **material.counts()}

    def _make_triplets(self) -> Mapping[str, Any]:
        with self._build() as build:
            counts = self._learnt.triplets(build, self._as("triplets"))
        return {**counts, "version": new_version()}

    def _train_embedder(self) -> Mapping[str, Any]:
        from training.embedder import train_embedder

        source, base = inputs.base_of("embedder", self._options.embedder_base, self._settings)
        chosen = inputs.embedder_settings(self._options)
        with self._build() as build:
            dev = self._learnt.dense_dev(build)
        trained = train_embedder(
            self._learnt.read_triplets(), base, self._work.heavy("embedder"), chosen, self._as("embedder"), dev=dev
        )
        self._put("embedder", trained.folder, trained.measures, chosen.to_dict(), source, base)
        return {"best_step": trained.best_step, "measures": dict(trained.measures)}

    def _index_aside(self) -> Mapping[str, Any]:
        """Embed the catalogue by the new embedder: the vectors are kept, and nothing serves them yet."""
        from retrieval.dense.encoders.half import HalfPrecision
        from retrieval.embedding_cache import CACHE_FILE, EmbeddingCache
        from retrieval.variants import with_encoder
        from training.trainer import has_bf16

        source = str(self._folder("embedder"))
        encoder = self._models.encoder(source)
        if has_bf16():
            encoder = HalfPrecision(encoder)
        with self._build() as build, EmbeddingCache(self._settings.data_dir / CACHE_FILE) as cache:
            made = with_encoder(build, encoder, source, self._settings, cache, self._as("index")).manifest.counts
        return {"encoder": encoder.id, "vectors": made.title_vectors + made.chunk_vectors}

    def _prove_embedder(self) -> Mapping[str, Any]:
        with self._build() as build:
            verdict = self._proof(build, "prove").embedder(str(self._folder("embedder")))
        return self._judge("embedder", verdict)

    def _mine(self) -> Mapping[str, Any]:
        """Look up what serving finds for each query, and write down what is learnt from it and chosen on."""
        with self._build() as build:
            if build.manifest.keyword_only and self._options.parts != "data":
                raise TrainingError(
                    f"{self._name!r} has no vectors ({build.manifest.why or 'keyword-only build'}), and a reranker "
                    "reads what hybrid search finds; build its index with an encoder first"
                )
            write_pools(self._work.data(DEV_POOLS), self._learnt.dev_pools(build, self._as("pools")))
            counts = self._learnt.examples(build, self._as("pools"), self._as("mine"))
        return {**counts, "version": new_version()}

    def _reranker_base(self) -> tuple[str, Path]:
        """Return what the cross-encoder begins with: the shop's own embedder in the place of the packaged one.

        That of this training, whether it serves or not, else the one that serves: it knows the catalogue's words.
        """
        from retrieval.trained import serving_folder, versions

        source, base = inputs.base_of("reranker", self._options.reranker_base, self._settings)
        if source != PACKAGED or self._options.reranker_base:
            return source, base
        own = serving_folder(self._settings.models_dir, "embedder", self._name)
        if self._work.outcome("swap") is not None:
            version = self._version("embedder")
            kept = versions(self._settings.models_dir, "embedder", self._name)
            places = [self._folder("embedder"), *(each.folder for each in kept if each.version == version)]
            own = next((place for place in places if place.is_dir()), own)
        return (source, base) if own is None else (f"embedder {own.name}", own)

    def _mine_again(self) -> Mapping[str, Any]:
        """Mine once more by the cross-encoder as it is now, which knows better what is wrong."""
        from training.reranker import open_base

        model = open_base(self._trained_reranker(), inputs.reranker_settings(self._options).max_length)
        with self._build() as build:
            return self._learnt.examples(build, self._as("pools"), self._as("mine"), model)

    def _train_reranker(self) -> Mapping[str, Any]:
        from training.reranker import train_reranker

        _, base = self._reranker_base()
        trained = train_reranker(
            self._learnt.read_examples(),
            read_pools(self._work.data(DEV_POOLS)),
            base,
            self._work.heavy("reranker"),
            inputs.reranker_settings(self._options),
            self._as("reranker"),
        )
        return {
            "folder": trained.folder.relative_to(self._work.folder).as_posix(),
            "best_step": trained.best_step,
            "measures": dict(trained.measures),
        }

    def _trained_reranker(self) -> Path:
        return self._work.folder / str(self._outcome("reranker")["folder"])

    def _blend(self) -> Mapping[str, Any]:
        """Find the cross-encoder's share on the dev queries, and put the model with its card aside."""
        from training.blending import MEASURE, blend_curve, plateau
        from training.reranker import open_base, score_pools

        self._progress("blend", 0, 1)
        chosen = inputs.reranker_settings(self._options)
        source, base = self._reranker_base()
        folder, pools = self._trained_reranker(), read_pools(self._work.data(DEV_POOLS))
        last = f"reranker {self._sizes.rounds}" if self._sizes.rounds > 1 else "reranker"
        measures, curve, weight = dict(self._outcome(last)["measures"]), {}, 1.0
        if pools:
            curve = blend_curve(pools, score_pools(open_base(folder, chosen.max_length), pools))
            weight = plateau(curve)
            measures |= {f"first stage {MEASURE}": curve[0.0], f"blended {MEASURE}": curve[weight]}
        card = self._put("reranker", folder, measures, chosen.to_dict(), source, base)
        write_card(self._folder("reranker"), replace(card, weight=weight, max_length=chosen.max_length))
        self._progress("blend", 1, 1)
        return {"weight": weight, "curve": {f"{share:.2f}": value for share, value in curve.items()}}

    def _prove_reranker(self) -> Mapping[str, Any]:
        from retrieval.models import Resolved, load_scorer

        folder = self._folder("reranker")
        scorer = load_scorer(Resolved(str(folder), folder.name, "trained"), self._settings)
        with self._build() as build:
            verdict = self._proof(build, "gate").reranker(scorer)
        return self._judge("reranker", verdict)

    def _proof(self, build: LoadedBuild, stage: str) -> Proof:
        from compose.proving import Proof

        held = {"silver": self._material.silver, "judged": self._material.judged}
        if self._options.decide_on == "judged":
            held = dict(reversed(held.items()))
        return Proof(build, self._settings, self._models, self._synonyms, held, self._as(stage), self._options.seed)

    def _judge(self, kind: Kind, verdict: Verdict) -> Mapping[str, Any]:
        """Write a verdict into the model's card."""
        folder = self._folder(kind)
        write_card(folder, replace(read_card(folder), gate=verdict.to_dict()))
        return {"gate": verdict.to_dict()}

    def _promote(self, kind: Kind, judged_in: str, stage: str) -> Mapping[str, Any]:
        """Let a model serve that passed its gate, where that was asked for; one that failed stays aside."""
        from compose.promotion import promote

        if not (self._outcome(judged_in)["gate"]["passed"] and self._options.promote):
            return {"promoted": False}
        promote(self._settings, self._name, kind, self._version(kind), self._as(stage))
        shutil.rmtree(self._folder(kind), ignore_errors=True)  # it lies in MODELS_DIR now
        return {"promoted": True}

    def _version(self, kind: Kind) -> str:
        return str(self._outcome("triplets" if kind == "embedder" else "mine")["version"])

    def _folder(self, kind: Kind) -> Path:
        return runs.candidate(self._work, kind, self._version(kind))

    def _put(
        self, kind: Kind, model: Path, measures: Mapping[str, float], chosen: Mapping[str, Any], source: str, base: Path
    ) -> Card:
        """Put a trained model aside with its card, which has no verdict yet."""
        from retrieval.artifacts import hash_file
        from retrieval.dense.encoders.sentence_transformers import fingerprint
        from retrieval.trained import keep

        learnt, counted = (TRIPLETS, "triplets") if kind == "embedder" else (EXAMPLES, "mine")
        counts = {name: value for name, value in self._outcome(counted).items() if name not in ("version", "seconds")}
        card = Card(
            kind=kind,
            version=self._version(kind),
            catalogue=self._name,
            base=source,
            base_fingerprint=fingerprint(base),
            data_sha256=hash_file(self._work.data(learnt)).sha256,
            data={**counts, **self._material.counts()},
            settings={**chosen, "run": self._work.state.run, "options": self._options.to_dict()},
            measures=dict(measures),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        write_card(keep(model, runs.home(self._work, kind), card.version), card)
        return card

    def _summary(self) -> dict[str, Any]:
        """Return a job's summary of what every stage gave."""
        ends: tuple[tuple[Kind, str, str], ...] = (("embedder", "prove", "swap"), ("reranker", "gate", "promote"))
        return {
            "run": self._work.state.run,
            "models": [
                {
                    "kind": kind,
                    "version": self._version(kind),
                    "promoted": self._outcome(promoted)["promoted"],
                    "gate": self._outcome(proved)["gate"],
                }
                for kind, proved, promoted in ends
                if self._work.outcome(promoted) is not None
            ],
            "data": dict(self._outcome("data")),
            "seconds": {stage: outcome["seconds"] for stage, outcome in self._work.state.stages.items()},
        }
