"""A trained cross-encoder measured as it would serve, at its own weight and at others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.served import difference, mean, values
from benchmarks.training_room import Asked, Catalogue, Trained, forget, tell, trained
from compose.proving import WithScorer
from compose.ranking import EngineRanker
from evaluation.records import Run
from evaluation.systems import System
from retrieval.models import Resolved, load_scorer
from shop import synonyms
from training import queries as learning
from training.options import sizes

if TYPE_CHECKING:
    from compose.training import TrainedModel
    from retrieval.loading import LoadedBuild
    from retrieval.models import ModelSource
    from retrieval.protocols import FloatArray, Scorer
    from training.options import TrainingOptions

FIRST, OWN = "first stage", "tuned"
BLENDS: Mapping[str, float | None] = {OWN: None, "cross-encoder alone": 1.0, "even": 0.5}
"""Weights of the cross-encoder by name; None: the one on its card, which was tuned on the dev queries."""


class AtWeight:
    """A cross-encoder at another weight; `known` keeps its scores, so that several weights have each head read once."""

    def __init__(self, scorer: Scorer, weight: float, known: dict[tuple[str, tuple[str, ...]], FloatArray]) -> None:
        self.id = scorer.id
        self.weight = weight
        self._scorer = scorer
        self._known = known

    def score(self, query: str, passages: Sequence[str]) -> FloatArray:
        """Return the cross-encoder's scores, shape (len(passages),)."""
        read = (query, tuple(passages))
        if read not in self._known:
            self._known[read] = self._scorer.score(query, passages)
        return self._known[read]


def ranker(catalogue: Catalogue, build: LoadedBuild, models: ModelSource | None = None) -> EngineRanker:
    """Return what ranks on a catalogue's build with these models, its own where none are given."""
    said = synonyms.load(catalogue.settings.data_dir, catalogue.name)
    return EngineRanker(build, catalogue.settings, models or catalogue.models, synonyms=said)


def blended(
    catalogue: Catalogue, build: LoadedBuild, model: TrainedModel, asked: Asked, weights: Mapping[str, float | None]
) -> dict[str, Run]:
    """Return a run a weight of a cross-encoder, and that of the first stage that it reorders (`FIRST`)."""
    scorer = load_scorer(Resolved(str(model.folder), model.version, "trained"), catalogue.settings)
    known: dict[tuple[str, tuple[str, ...]], FloatArray] = {}
    found = {FIRST: ranker(catalogue, build).rank([System("hybrid", name=FIRST)], asked.queries)[0]}
    for name, weight in weights.items():
        at = AtWeight(scorer, scorer.weight if weight is None else weight, known)
        ranks = ranker(catalogue, build, WithScorer(catalogue.models, at))
        found[name] = ranks.rank([System("rerank", name=name)], asked.queries)[0]
    return found


def silver_dev(catalogue: Catalogue, options: TrainingOptions) -> Asked:
    """Return the silver dev queries that a training with these options chooses on."""
    with catalogue.build() as build:
        drawn = learning.silver(build.store.all_products(), options.seed)["dev"]
    return Asked.of(learning.draw(drawn, sizes(options).dev_queries, options.seed))


def tried(
    catalogue: Catalogue,
    options: TrainingOptions,
    run: str,
    sets: Mapping[str, Asked],
    weights: Mapping[str, float | None],
) -> dict[str, Any]:
    """Train a cross-encoder, measure it and forget it; JSON-ready.

    `values` are nDCG@10 by query id by weight by set of queries.
    """
    done = trained(catalogue, options, run)
    model = done.models["reranker"]
    found: dict[str, dict[str, Mapping[str, float]]] = {}
    with catalogue.build() as build:
        for name, asked in sets.items():
            tell(f"{run}: ranks {name} queries")
            runs = blended(catalogue, build, model, asked, weights)
            found[name] = {label: values(each, asked.qrels) for label, each in runs.items()}
    row = {**facts(done), "values": found}
    forget(catalogue, run)
    return row


def facts(done: Trained) -> dict[str, Any]:
    """Return what a training of a cross-encoder learned from and took, and its weight."""
    model = done.models["reranker"]
    return {
        "rows": model.card.data["rows"],
        "train_queries": model.card.data["train"],
        "weight": model.card.weight,
        "seconds": done.seconds,
        "training_seconds": sum(
            seconds for stage, seconds in done.summary["seconds"].items() if stage.startswith("reranker")
        ),
    }


def compared(
    own: Mapping[str, Mapping[str, float]], other: Mapping[str, float] | None = None, label: str = OWN
) -> dict[str, Any]:
    """Return the means of every weight over a set of queries, and how far `label` is above the first stage.

    Where `other` is given, another model's values on the same queries, `change` is how far it is above that.
    """
    ids = list(own[FIRST])
    found = {name: mean(dict(each), ids) for name, each in own.items()}
    against = difference(dict(own[label]), dict(own[FIRST]), ids)
    changed = {} if other is None else {"change": difference(dict(own[label]), dict(other), ids)}
    return {"means": found, "gain": against, **changed}
