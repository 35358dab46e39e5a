"""The learning curve of the cross-encoder: what more rows to learn from are worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks.record import table
from benchmarks.served import p_value, shown
from benchmarks.training_ranked import FIRST, OWN, compared, silver_dev, tried
from benchmarks.training_room import HELD_OUT, Catalogue, Ledger, minutes
from training.options import TrainingOptions, sizes

SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
SETS = {"silver": "silver dev", "judged": "judged"}


def plain(options: TrainingOptions) -> TrainingOptions:
    """Return the options of a cross-encoder's training alone, of which nothing serves and no verdict is read."""
    return replace(options, parts="reranker", promote=False, gate_queries=HELD_OUT)


def smaller(options: TrainingOptions, rows: int) -> TrainingOptions:
    """Return the options of a cross-encoder's training on so many rows, with as large a share of the queries."""
    usual = sizes(options)
    queries = math.ceil(usual.train_queries * rows / usual.rows)
    return replace(plain(options), rows=rows, train_queries=max(HELD_OUT, queries))


def measure(
    catalogue: Catalogue, options: TrainingOptions, ledger: Ledger, shares: Sequence[float] = SHARES
) -> dict[str, Any]:
    """Return what models are worth that learnt from these shares of the options' rows."""
    sets = {"silver": silver_dev(catalogue, options), "judged": catalogue.judged}
    sets = {name: asked for name, asked in sets.items() if asked.queries}
    points = []
    for share in shares:
        rows = round(sizes(options).rows * share)
        step = f"rows-{rows}"
        train = partial(tried, catalogue, smaller(options, rows), ledger.run(step), sets, {OWN: None})
        row = dict(ledger.once(step, train))
        own = row.pop("values")
        points.append({"share": share, **row, "sets": {name: compared(own[name]) for name in sets}})
    return {
        "catalogue": catalogue.name,
        "queries": {name: len(asked.queries) for name, asked in sets.items()},
        "points": points,
    }


def markdown(found: Mapping[str, Any]) -> list[str]:
    """Return the part of the report about the learning curve."""
    names = list(found["queries"])
    first = ["hybrid, no reranking", "", "", ""]
    for name in names:
        first += [shown(found["points"][0]["sets"][name]["means"][FIRST]), "", ""]
    rows: list[list[object]] = [[*first, ""]]
    for point in found["points"]:
        row: list[object] = [f"{point['share']:.3g}", f"{point['rows']:,}", f"{point['train_queries']:,}"]
        row.append(f"{point['weight']:g}")
        for name in names:
            own = point["sets"][name]
            row += [shown(own["means"][OWN]), shown(own["gain"], signed=True), p_value(own["gain"]["p"])]
        rows.append([*row, minutes(point["seconds"])])
    header = ["share of the default", "rows", "queries learnt from", "weight"]
    for name in names:
        header += [f"{SETS[name]} ({found['queries'][name]})", "gain over hybrid", "p"]
    return [
        f"nDCG@10 on {found['catalogue']} of the cross-encoder blended with the first stage, by how many rows of "
        "query and passage it learnt from; silver queries to learn from were drawn in the same share. Step and blend "
        "were chosen on the silver dev queries.\n",
        table([*header, "minutes"], rows),
    ]
