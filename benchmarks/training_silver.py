"""The original's table: how much of the way from keyword search to an ideal ordering does reranking close?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.record import table
from benchmarks.served import difference, mean, p_value, shown
from benchmarks.silver import SYSTEMS
from benchmarks.training_ranked import FIRST, OWN, blended, ranker
from benchmarks.training_room import Asked, Catalogue, of_way
from compose.training_way import QUERIES
from evaluation.measures import score
from evaluation.records import Qrels, Run
from evaluation.silver.leak import oracle
from evaluation.silver.split import Side
from evaluation.systems import System
from training import queries as learning
from training.material import read_material
from training.options import TrainingOptions
from training.runs import Work

MEASURES = ("Recall@1", "MRR@10", "nDCG@10")
SIDES: tuple[Side, ...] = ("dev", "test")
PLAIN = SYSTEMS[0].label
UNTRAINED, FOUND, RERANK = "hybrid, untrained", "hybrid that is reranked", "rerank, trained"
ORACLE, IDEAL = "oracle on the same candidates", "oracle on the whole catalogue"
ORIGINAL: Mapping[str, str] = {"Recall@1": "+32 %", "MRR@10": "+0.097", "nDCG@10": "+0.081"}
"""What reranking gained in the system that this one follows, as its own report gives it; Recall@1 relatively."""
MOST = 300
"""Queries a side that are asked."""


def measure(base: Catalogue, room: Catalogue, most: int = MOST) -> dict[str, Any]:
    """Return the figures of the silver dev and test queries after the whole way.

    `base` is the catalogue with nothing trained, `room` the one that the whole way was gone on.
    """
    models = of_way(room)
    work = Work.open(room.settings.data_dir, room.name, str(models["reranker"].run))
    seed = TrainingOptions.from_dict(work.state.options).seed
    material = read_material(work.data(QUERIES))
    used = {query.query_id for query in (*material.dev, *material.silver)}
    found: dict[str, Any] = {"catalogue": base.name, "most": most, "depth": room.settings.rerank_depth, "sides": {}}
    with base.build() as before, room.build() as build:
        sides = learning.silver(before.store.all_products(), seed)
        for side in SIDES:
            asked = Asked.of(learning.draw(sides[side], most, seed))
            if not asked.queries:
                continue
            systems = [SYSTEMS[0], System("bm25"), System("hybrid", name=UNTRAINED)]
            runs = {run.name: run for run in ranker(base, before).rank(systems, asked.queries)}
            tuned = blended(room, build, models["reranker"], asked, {OWN: None})
            runs |= {FOUND: tuned[FIRST], RERANK: tuned[OWN]}
            runs[ORACLE] = best_order(tuned[FIRST], asked.qrels, room.settings.rerank_depth)
            runs[IDEAL] = oracle(asked.qrels)
            found["sides"][side] = {
                "queries": len(asked.queries),
                "of": len(sides[side]),
                "used": sum(query_id in used for query_id in asked.ids),
                **_figures(runs, asked),
            }
    return found


def best_order(run: Run, qrels: Qrels, depth: int) -> Run:
    """Return the first `depth` products of a run in the best order that there is: by falling grade."""
    ranked = {}
    for query_id, hits in run.ranked.items():
        grades = qrels.get(query_id, {})
        head = sorted((product_id for product_id, _ in hits[:depth]), key=lambda name: -grades.get(name, 0))
        ranked[query_id] = [(product_id, float(-place)) for place, product_id in enumerate(head)]
    return Run(ORACLE, ranked)


def share(low: float, reached: float, high: float) -> float | None:
    """Return how much of the way from `low` to `high` was gone, None where there is none."""
    return (reached - low) / (high - low) if high > low else None


def _figures(runs: Mapping[str, Run], asked: Asked) -> dict[str, Any]:
    scores = {name: score(run, asked.qrels, MEASURES).values for name, run in runs.items()}
    means = {name: {m: mean(dict(own[m]), asked.ids) for m in MEASURES} for name, own in scores.items()}
    gaps: dict[str, dict[str, Any]] = {}
    for measure_name in MEASURES:
        low, reached = means[PLAIN][measure_name]["value"], means[RERANK][measure_name]["value"]
        gaps[measure_name] = {name: share(low, reached, means[name][measure_name]["value"]) for name in (ORACLE, IDEAL)}
    return {
        "means": means,
        "closed": gaps,
        "gains": {
            name: {m: difference(dict(scores[RERANK][m]), dict(scores[name][m]), asked.ids) for m in MEASURES}
            for name in (PLAIN, FOUND)
        },
    }


def markdown(found: Mapping[str, Any]) -> list[str]:
    """Return the part of the report about silver queries."""
    parts = [
        f"Silver queries of {found['catalogue']} (docs/silver-queries.md), {found['most']} a side at most, drawn by "
        "seed, asked after the whole way. Reranked are the first "
        f"{found['depth']} products that hybrid search finds; the oracle has the same ones in the best order that "
        "there is.\n"
    ]
    for side, own in found["sides"].items():
        chosen = "checkpoints and blend were chosen on" if side == "dev" else "the gate looked at"
        parts.append(f"### {side}: {own['queries']} of {own['of']:,} queries\n")
        parts.append(f"Of these, {chosen} {own['used']}; nothing was learnt from any.\n")
        rows = [[name, *(shown(values[m]) for m in MEASURES)] for name, values in own["means"].items()]
        parts.append(table(["system", *MEASURES], rows))
        closed = [
            [
                f"share of the gap from {PLAIN} to the {name} that rerank closes",
                *(_share(own["closed"][m][name]) for m in MEASURES),
            ]
            for name in (ORACLE, IDEAL)
        ]
        gains = [[f"gain of rerank over {name}", *(_gain(own, name, m) for m in MEASURES)] for name in own["gains"]]
        theirs = ["gain of the original's reranking, by its own report", *(ORIGINAL[m] for m in MEASURES)]
        parts.append(table(["", *MEASURES], [*closed, *gains, theirs]))
    return parts


def _share(value: float | None) -> str:
    return "no gap" if value is None else f"{value:.0%}"


def _gain(own: Mapping[str, Any], name: str, measure_name: str) -> str:
    gain = own["gains"][name][measure_name]
    before = own["means"][name][measure_name]["value"]
    relative = f" ({gain['value'] / before:+.0%})" if before else ""
    p = p_value(gain["p"])
    return f"{gain['value']:+.3f}{relative}, p {p if p.startswith('<') else f'= {p}'}"
