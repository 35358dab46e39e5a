"""How should the legs be fused? Weights by intent against plain fusion, and what choosing weights gains unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.record import table
from benchmarks.served import DEPTH, SEED, Served, difference, falling, mean, p_value, shown, values
from evaluation.records import Run
from evaluation.statistics import compare
from retrieval import candidates
from retrieval.fusion import order, ranks, rrf
from retrieval.legs import BM25, DENSE_CHUNK, DENSE_TITLE, NGRAM
from retrieval.query.intent import LEG_WEIGHTS, RRF_K
from retrieval.query.synonyms import shipped
from retrieval.reading import Reading, read
from retrieval.records import Fusion
from retrieval.understanding import RAISE, raised

WEIGHTED = "weighted RRF by intent"
PLAIN = "plain RRF"
FUSIONS: Mapping[str, tuple[Fusion, candidates.Alpha, bool]] = {
    WEIGHTED: ("rrf", 0.5, True),
    PLAIN: ("rrf", 0.5, False),
    "alpha=0.5": ("weighted", 0.5, True),
    "alpha=rule": ("weighted", "rule", True),
}
"""Fusion, weight of BM25, and whether the reciprocal ranks are weighed."""
PLAIN_K = 60
KS = tuple(sorted({10, 20, 30, 60, 100, RRF_K}))
LEGS = (BM25, NGRAM, DENSE_TITLE, DENSE_CHUNK)
SHIPPED = {intent: tuple(weights[leg] for leg in LEGS) for intent, weights in LEG_WEIGHTS.items()}
WEIGHTS = tuple(
    dict.fromkeys(
        (
            *product((1.0,), (0.0, 0.5, 1.0), (0.5, 1.0, 1.5, 2.0, 2.5), (0.0, 0.25, 0.5, 0.75, 1.0)),
            *SHIPPED.values(),
        )
    )
)
"""Of each leg, that of BM25 being one; the shipped ones among them."""
EQUAL = (1.0, 1.0, 1.0, 1.0)
FOLDS = 5
REPEATS = 20
FIRST = 10


@dataclass(frozen=True)
class Grid:
    """nDCG@10 of every way to weigh: `values` has shape (k, weights, queries).

    `share` is what a query counts for, so that every catalogue counts alike; `strata` holds its catalogue and intent.
    """

    values: NDArray[np.float64]
    share: NDArray[np.float64]
    intents: NDArray[np.str_]
    strata: tuple[tuple[str, str], ...]

    def chosen(self, queries: NDArray[np.intp], *, by_intent: bool) -> dict[str, tuple[int, int]]:
        """Return (k, weights) as places in the grid by intent: the best on some queries.

        One k serves all intents; `by_intent` False takes one set of weights as well. An intent without a query gets
        equal weights.
        """
        every = sorted(set(self.intents.tolist()))
        groups = {name: queries[self.intents[queries] == name] for name in every} if by_intent else {"": queries}
        gains = {name: (self.values[:, :, own] * self.share[own]).sum(axis=2) for name, own in groups.items()}
        best_k = int(np.argmax(np.sum([own.max(axis=1) for own in gains.values()], axis=0)))
        picks = {
            name: int(np.argmax(own[best_k])) if len(groups[name]) else WEIGHTS.index(EQUAL)
            for name, own in gains.items()
        }
        return {name: (best_k, picks[name if by_intent else ""]) for name in every}

    def reached(self, chosen: Mapping[str, tuple[int, int]], queries: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the value of each query with what was chosen for its intent."""
        return np.array([self.values[(*chosen[str(self.intents[query])], query)] for query in queries])

    def mean(self, found: NDArray[np.float64]) -> float:
        """Return the mean in which every catalogue counts alike."""
        return float((found * self.share).sum())


def measure(all_served: Sequence[Served]) -> dict[str, Any]:
    """Return each fusion on each catalogue, and the cross-validation of the weights over the queries of all."""
    readings = {served.name: _readings(served) for served in all_served}
    fusions = {}
    for served in all_served:
        found = {label: values(_fused(served, readings[served.name], label), served.qrels) for label in FUSIONS}
        ids = [query.query_id for query in served.queries]
        kinds = served.types
        fusions[served.name] = {
            label: {
                "means": {kind: mean(own, members) for kind, members in kinds.items()},
                "against plain": difference(own, found[PLAIN], ids),
            }
            for label, own in found.items()
        }
    return {"fusions": fusions, "weights": _cross_validated(grid_of(all_served, readings))}


def _readings(served: Served) -> dict[str, candidates.Scored]:
    """Return the legs of every query, scored once."""
    build, synonyms = served.engine.build, shipped()
    return {
        query.query_id: candidates.score(
            build, served.models, read(build, " ".join(query.text.split()), synonyms), list(LEGS)
        )
        for query in served.queries
    }


def _fused(served: Served, scored: Mapping[str, candidates.Scored], label: str) -> Run:
    fusion, alpha, weigh = FUSIONS[label]
    legs = candidates.legs_of("hybrid", fusion)
    ids = served.engine.build.columns.ids
    ranked = {}
    for query_id, own in scored.items():
        ranking = candidates.fuse(own, legs, fusion=fusion, alpha=alpha, rrf_k=PLAIN_K, weigh=weigh)
        ranked[query_id] = falling(str(ids[i]) for i in ranking.ordering[:DEPTH])
    return Run(label, ranked)


def grid_of(all_served: Sequence[Served], readings: Mapping[str, Mapping[str, candidates.Scored]]) -> Grid:
    """Return the value of every query with every k and weights."""
    parts, strata = [], []
    for served in all_served:
        own = readings[served.name]
        firsts = {query.query_id: _weighed(served, own[query.query_id]) for query in served.queries}
        found = np.empty((len(KS), len(WEIGHTS), len(firsts)))
        for place in product(range(len(KS)), range(len(WEIGHTS))):
            run = Run("grid", {query_id: falling(ways[place]) for query_id, ways in firsts.items()})
            scores = values(run, served.qrels)
            found[place] = [scores[query_id] for query_id in firsts]
        parts.append(found)
        strata += [(served.name, _intent(own[query_id].reading)) for query_id in firsts]
    sizes = Counter(name for name, _ in strata)
    return Grid(
        values=np.concatenate(parts, axis=2),
        share=np.array([1 / (len(sizes) * sizes[name]) for name, _ in strata]),
        intents=np.array([intent for _, intent in strata]),
        strata=tuple(strata),
    )


def _intent(reading: Reading) -> str:
    return reading.understood.intent if reading.understood is not None else "keyword"


def _weighed(served: Served, scored: candidates.Scored) -> dict[tuple[int, int], list[str]]:
    """Return the first products with every k and weights, as the engine fuses them."""
    build, reading = served.engine.build, scored.reading
    legs = scored.legs[LEGS[0]]
    for leg in LEGS[1:]:
        legs = legs.beside(scored.legs[leg])
    legs = reading.bounded(legs)
    id_rank = build.columns.id_rank
    leg_ranks = [ranks(legs.scores[leg], id_rank) for leg in LEGS]
    found = np.flatnonzero(legs.found(len(id_rank)))
    shares = None
    if reading.understood is not None:
        shares = raised(reading.understood, build.columns, build.reader().lexicon, build.keyword()[0], build.units())
    ways = {}
    for (at_k, k), (at_weights, weights) in product(enumerate(KS), enumerate(WEIGHTS)):
        fused = rrf(leg_ranks, k, weights)
        if shares is not None:
            fused *= 1 + RAISE * shares
        ordering = reading.arranged(order(fused, id_rank, found), fused)
        ways[at_k, at_weights] = [str(build.columns.ids[i]) for i in ordering[:FIRST]]
    return ways


def _cross_validated(grid: Grid) -> dict[str, Any]:
    """Return what choosing weights reaches on the queries it chose by, and on those that it had not seen."""
    every = np.arange(len(grid.strata))
    equal = (KS.index(PLAIN_K), WEIGHTS.index(EQUAL))
    plain = grid.values[(*equal, every)]
    ways: dict[str, Any] = {}
    for label, by_intent in (("weights by intent", True), ("one set of weights", False)):
        best = grid.chosen(every, by_intent=by_intent)
        picks: Counter[str] = Counter()
        repeats = []
        for seed in range(REPEATS):
            held_out = np.empty(len(every))
            for own in _folds(grid, seed):
                chosen = grid.chosen(np.setdiff1d(every, own), by_intent=by_intent)
                held_out[own] = grid.reached(chosen, own)
                picks.update(_told(chosen, by_intent=by_intent))
            repeats.append(held_out)
        unseen = np.mean(repeats, axis=0)
        means = [grid.mean(held_out) for held_out in repeats]
        ways[label] = {
            "in sample": grid.mean(grid.reached(best, every)),
            "held out": float(np.mean(means)),
            "held out, least and most": (float(min(means)), float(max(means))),
            "against plain": _against(grid, unseen, plain),
            "best on all queries": _told(best, by_intent=by_intent),
            "picks": dict(picks.most_common(12)),
        }
    committed = {str(intent): (KS.index(RRF_K), WEIGHTS.index(weights)) for intent, weights in SHIPPED.items()}
    shipped_values = grid.reached(committed, every)
    return {
        "queries": dict(Counter(f"{name}, {intent}" for name, intent in grid.strata)),
        "folds": FOLDS,
        "repeats": REPEATS,
        "configurations": len(KS) * len(WEIGHTS),
        "plain": grid.mean(plain),
        "shipped": {
            "in sample": grid.mean(shipped_values),
            "against plain": _against(grid, shipped_values, plain),
            "weights": _told(committed, by_intent=True),
        },
        "ways": ways,
    }


def _folds(grid: Grid, seed: int) -> list[NDArray[np.intp]]:
    """Return the queries dealt out to the folds, those of each catalogue and intent evenly."""
    random = np.random.default_rng(seed)
    shuffled = random.permutation(len(grid.strata))
    dealt = sorted(shuffled.tolist(), key=lambda query: grid.strata[query])
    return [np.array(dealt[fold::FOLDS], dtype=np.intp) for fold in range(FOLDS)]


def _told(chosen: Mapping[str, tuple[int, int]], *, by_intent: bool) -> list[str]:
    """Return what was chosen in words."""
    if not by_intent:
        return [_named(next(iter(chosen.values())))]
    return [f"{intent}: {_named(place)}" for intent, place in chosen.items()]


def _named(place: tuple[int, int]) -> str:
    weights = " : ".join(f"{weight:g}" for weight in WEIGHTS[place[1]])
    return f"k = {KS[place[0]]}, {weights}"


def _against(grid: Grid, found: NDArray[np.float64], plain: NDArray[np.float64]) -> dict[str, Any]:
    """Return the difference by catalogue, with its paired bootstrap interval."""
    names = sorted({name for name, _ in grid.strata})
    result = {}
    for wanted in names:
        own = [place for place, (name, _) in enumerate(grid.strata) if name == wanted]
        tested = compare({str(q): found[q] for q in own}, {str(q): plain[q] for q in own}, seed=SEED)
        result[wanted] = {"value": tested.difference, "interval": (tested.low, tested.high), "p": tested.p}
    return result


def markdown(found: dict[str, Any]) -> list[str]:
    """Return the part of the report about fusion."""
    parts = ["## Fusing the legs\n"]
    for name, fusions in found["fusions"].items():
        kinds = list(fusions[PLAIN]["means"])
        rows = []
        for label, own in fusions.items():
            against = own["against plain"]
            rows.append(
                [label, shown(own["means"]["all"]), *(own["means"][kind]["value"] for kind in kinds if kind != "all")]
                + (["", ""] if label == PLAIN else [shown(against, signed=True), p_value(against["p"])])
            )
        header = ["fusion", "all", *(kind for kind in kinds if kind != "all"), "against plain RRF", "p"]
        parts += [f"### {name}: nDCG@10 of the same understood queries\n", table(header, rows)]
    return [*parts, *_weights_markdown(found["weights"])]


def _weights_markdown(found: dict[str, Any]) -> list[str]:
    counted = ", ".join(f"{count} of {what}" for what, count in sorted(found["queries"].items()))
    text = (
        f"{found['configurations']} ways to weigh {' : '.join(LEGS)} (k one of {', '.join(map(str, KS))}), chosen on "
        f"four folds and measured on the fifth, {found['repeats']} times over ({counted}). Every catalogue counts "
        "alike. Held out is what choosing reaches on queries it had not seen; in sample, on those it chose by.\n"
    )
    rows: list[list[object]] = [["plain RRF, nothing chosen", found["plain"], found["plain"], "", *_blank(found)]]
    for label, own in found["ways"].items():
        low, high = own["held out, least and most"]
        rows.append(
            [label, own["in sample"], own["held out"], f"{low:.3f} to {high:.3f}"]
            + [shown(own["against plain"][name], signed=True) for name in own["against plain"]]
        )
    as_shipped = found["shipped"]
    rows.append(
        ["weights by intent as shipped", as_shipped["in sample"], "", ""]
        + [shown(own, signed=True) for own in as_shipped["against plain"].values()]
    )
    catalogues = list(found["ways"]["weights by intent"]["against plain"])
    header = ["", "in sample", "held out", "over the repeats", *(f"{name}, against plain" for name in catalogues)]
    picks = [
        [label, what, count] for label, own in found["ways"].items() for what, count in list(own["picks"].items())[:6]
    ]
    return [
        "### Weights by cross-validation\n",
        text,
        table(header, rows),
        f"What was chosen most often ({FOLDS * REPEATS} choices each):\n",
        table(["", "k and weights", "times"], picks),
        f"As shipped: {'; '.join(as_shipped['weights'])}. They were set with all of these queries in sight, so that "
        "what they reach is in sample; what may be expected of weights on other queries is the column held out.\n",
    ]


def _blank(found: dict[str, Any]) -> list[str]:
    return [""] * len(found["ways"]["weights by intent"]["against plain"])
