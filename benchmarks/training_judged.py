"""What trained models are worth on judged queries that no training saw: every mode, all queries and each type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.record import table
from benchmarks.served import difference, mean, p_value, shown, values
from benchmarks.training_ranked import OWN, blended, ranker
from benchmarks.training_room import Catalogue, of_way
from evaluation.systems import System

UNTRAINED = "hybrid"
BASE = (System("bm25"), System("dense"), System("hybrid"))
RERANK = "rerank, trained"


def measure(base: Catalogue, room: Catalogue) -> dict[str, Any]:
    """Return nDCG@10 of every mode before and after the whole way, by type of query, and the differences.

    `base` is the catalogue with nothing trained, `room` the one that the whole way was gone on.
    """
    models, asked = of_way(room), base.judged
    embedder, reranker = models.get("embedder"), models["reranker"]
    with base.build() as build:
        found = {run.name: run for run in ranker(base, build).rank(BASE, asked.queries)}
    serving: dict[str, bool] = {}
    first = UNTRAINED
    with room.build() as build:
        if embedder is not None:
            # Where it serves, the build's own vectors are its; else the catalogue is embedded by it here.
            source = None if embedder.serving else str(embedder.folder)
            tuned = [System(mode, encoder=source, name=f"{mode}, trained") for mode in ("dense", "hybrid")]
            for run in ranker(room, build).rank(tuned, asked.queries):
                found[run.name], serving[run.name] = run, embedder.serving
            if embedder.serving:
                first = "hybrid, trained"
        found[RERANK] = blended(room, build, reranker, asked, {OWN: None})[OWN]
        serving[RERANK] = reranker.serving
    scores = {name: values(run, asked.qrels) for name, run in found.items()}
    types = asked.types()
    pairs = [(name, "dense" if name.startswith("dense") else UNTRAINED) for name in serving]
    if first != UNTRAINED:
        pairs.append((RERANK, first))
    return {
        "catalogue": base.name,
        "queries": {kind: len(ids) for kind, ids in types.items()},
        "serving": serving,
        "first_stage": first,
        "weight": reranker.card.weight,
        "means": {name: {kind: mean(own, ids) for kind, ids in types.items()} for name, own in scores.items()},
        "differences": [
            {
                "of": name,
                "against": other,
                "by": {kind: difference(scores[name], scores[other], ids) for kind, ids in types.items()},
            }
            for name, other in pairs
        ],
    }


def markdown(found: Mapping[str, Any]) -> list[str]:
    """Return the part of the report about judged queries."""
    kinds = list(found["queries"])
    header = [f"{kind} ({count})" for kind, count in found["queries"].items()]
    names = {name: f"{name} (serves)" if found["serving"].get(name) else name for name in found["means"]}
    rows = [[names[name], *(shown(own[kind]) for kind in kinds)] for name, own in found["means"].items()]
    against = [
        [f"{row['of']} – {row['against']}", *(_told(row["by"][kind]) for kind in kinds)] for row in found["differences"]
    ]
    return [
        f"The judged queries of {found['catalogue']}, of which no training saw one, after the whole way: nDCG@10 with "
        f"its 95% interval. What is not called trained is what the product does untrained. The trained reranker "
        f"reorders what `{found['first_stage']}` finds, with the weight {found['weight']:g} beside it; what was kept "
        "aside by its gate is measured all the same, and only what says so serves.\n",
        table(["mode", *header], rows),
        "Differences over the same queries, with 95% interval and p of the paired randomisation test:\n",
        table(["", *header], against),
    ]


def _told(found: Mapping[str, Any]) -> str:
    return f"{shown(dict(found), signed=True)}, p {_p(found['p'])}"


def _p(p: float) -> str:
    told = p_value(p)
    return told if told.startswith("<") else f"= {told}"
