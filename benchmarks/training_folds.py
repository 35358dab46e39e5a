"""Cross-validation over judged queries: what reranking gains on queries whose judgements were not learnt from."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.record import table
from benchmarks.served import difference, mean, p_value, shown, values
from benchmarks.training_ranked import FIRST, OWN, blended, facts, ranker
from benchmarks.training_room import Asked, Catalogue, Ledger, forget, minutes, tell, trained
from evaluation.files import write_qrels, write_queries
from evaluation.records import Query
from evaluation.systems import System
from training.options import TrainingOptions

TUNED = ("dense, trained", "hybrid, trained")


def deal(queries: Sequence[Query], folds: int, seed: int) -> list[list[Query]]:
    """Return the queries dealt out to folds by lot; their sizes differ by one at most."""
    drawn = random.Random(seed).sample(list(queries), len(queries))
    return [drawn[fold::folds] for fold in range(folds)]


def learning_from(
    catalogue: Catalogue, options: TrainingOptions, queries: Sequence[Query], folder: Path, name: str
) -> TrainingOptions:
    """Return the options with these judged queries to learn from, all of them, written into files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    asked, judged = folder / f"{name}-queries.jsonl", folder / f"{name}-qrels.tsv"
    qrels = catalogue.judged.qrels
    write_queries(asked, queries)
    write_qrels(judged, {query.query_id: qrels[query.query_id] for query in queries})
    return replace(
        options, queries=str(asked.absolute()), qrels=str(judged.absolute()), use_judged="learn", promote=False
    )


def measure(catalogue: Catalogue, options: TrainingOptions, folds: int, folder: Path, ledger: Ledger) -> dict[str, Any]:
    """Return nDCG@10 of hybrid search and of reranking on every judged query, by models that did not learn from it."""
    dealt = deal(catalogue.judged.queries, folds, options.seed)
    rows = []
    for number, held_out in enumerate(dealt):
        others = [query for other in dealt if other is not held_out for query in other]
        asked = learning_from(catalogue, options, others, folder, f"fold-{number}")
        step = f"fold-{number}"
        rows.append(
            {
                "queries": len(held_out),
                "learnt": len(others),
                **ledger.once(step, partial(_fold, catalogue, asked, ledger.run(step), held_out)),
            }
        )
    every = {
        name: {query_id: value for row in rows for query_id, value in row["values"][name].items()}
        for name in rows[0]["values"]
    }
    ids = [query.query_id for query in catalogue.judged.queries]
    for row in rows:
        own = row.pop("values")
        row["means"] = {name: mean(found, list(found)) for name, found in own.items()}
        row["gain"] = difference(own[OWN], own[FIRST], list(own[OWN]))
    return {
        "catalogue": catalogue.name,
        "parts": options.parts,
        "folds": rows,
        "queries": len(ids),
        "means": {name: mean(found, ids) for name, found in every.items()},
        "gains": {name: difference(found, every[FIRST], ids) for name, found in every.items() if name != FIRST},
    }


def _fold(catalogue: Catalogue, options: TrainingOptions, run: str, held_out: Sequence[Query]) -> dict[str, Any]:
    qrels = catalogue.judged.qrels
    asked = Asked(tuple(held_out), {query.query_id: qrels[query.query_id] for query in held_out})
    done = trained(catalogue, options, run)
    tell(f"{run}: ranks {len(held_out)} queries")
    with catalogue.build() as build:
        runs = blended(catalogue, build, done.models["reranker"], asked, {OWN: None})
        embedder = done.models.get("embedder")
        if embedder is not None:
            dense, hybrid = (System(mode, encoder=str(embedder.folder)) for mode in ("dense", "hybrid"))
            ranked = ranker(catalogue, build).rank([dense, hybrid], asked.queries)
            runs |= dict(zip(TUNED, ranked, strict=True))
    row = {**facts(done), "values": {name: values(each, asked.qrels) for name, each in runs.items()}}
    forget(catalogue, run)
    return row


def markdown(found: Mapping[str, Any]) -> list[str]:
    """Return the part of the report about cross-validation."""
    labels = {FIRST: "hybrid", OWN: "rerank, trained"}
    rows = [
        [
            labels.get(name, name),
            shown(value),
            *(
                (shown(found["gains"][name], signed=True), p_value(found["gains"][name]["p"]))
                if name in found["gains"]
                else ("", "")
            ),
        ]
        for name, value in found["means"].items()
    ]
    folds = [
        [
            str(number),
            row["queries"],
            row["learnt"],
            f"{row['rows']:,}",
            f"{row['weight']:g}",
            row["means"][FIRST]["value"],
            row["means"][OWN]["value"],
            shown(row["gain"], signed=True),
            minutes(row["seconds"]),
        ]
        for number, row in enumerate(found["folds"], start=1)
    ]
    return [
        f"The {found['queries']} judged queries of {found['catalogue']} in {len(found['folds'])} folds, dealt out by "
        "lot: each fold is ranked by a model that learnt from the judgements of the others and from silver queries, "
        "and that chose its step and blend on some of those. nDCG@10 of all folds' queries together:\n",
        table(["system", "nDCG@10", "difference to hybrid", "p"], rows),
        table(
            ["fold", "queries", "learnt from", "rows", "weight", "hybrid", "rerank", "difference", "minutes"],
            folds,
        ),
    ]
