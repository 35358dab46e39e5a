"""One change at a time against a common small setting: what each choice of a cross-encoder's training is worth."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

from benchmarks.record import table
from benchmarks.served import p_value, shown
from benchmarks.training_curve import SETS
from benchmarks.training_folds import deal, learning_from
from benchmarks.training_ranked import BLENDS, FIRST, OWN, compared, silver_dev, tried
from benchmarks.training_room import Asked, Catalogue, Ledger, base_named, minutes
from compose import training_inputs as inputs
from retrieval.models import PACKAGED, locate
from retrieval.settings import Settings
from training.heads import HEADS
from training.losses import LOSSES
from training.negatives import From
from training.options import LoaderChoice, TrainingOptions
from training.reranker import RerankerSettings

COMMON = "common setting"
NEW = ("auto", "interaction")
"""Two names of one head, on an encoder of sentences that can take it."""
NOTHING = 1e-12
"""A learning rate of next to nothing: weights stay as they were put together."""


@dataclass(frozen=True)
class Variant:
    """A training that is told apart from the common one by what `label` says, in a group of such."""

    group: str
    label: str
    options: TrainingOptions


def variants(
    common: TrainingOptions, settings: Settings, loader: Path | None, tuned: Path | None = None
) -> tuple[list[Variant], list[str]]:
    """Return the trainings that are compared, the common one first, and notes of what cannot be compared here.

    `tuned` is an embedder of the catalogue's own, `loader` a data set to learn from as well.
    """
    notes = []

    def changed(**further: Any) -> TrainingOptions:
        return replace(common, reranker={**common.reranker, **further})

    started, _ = inputs.base_of("reranker", common.reranker_base, settings)
    named, plain = base_named(started), common.reranker_base or PACKAGED
    found = [Variant("base and head", f"{named} ({COMMON})", common)]
    untrained = {each.name: NOTHING for each in fields(RerankerSettings) if each.name.endswith("learning_rate")}
    still = changed(max_steps=1, **untrained)
    found.append(Variant("base and head", f"{named}, not trained", still))
    if plain != started:
        found.append(
            Variant("base and head", f"{base_named(plain)}, interaction head", replace(common, reranker_base=plain))
        )
        label = f"{base_named(plain)}, interaction head, not trained"
        found.append(Variant("base and head", label, replace(still, reranker_base=plain)))
    for head in HEADS:
        if head not in NEW:
            own = replace(changed(head=head), reranker_base=plain)
            found.append(Variant("base and head", f"{base_named(plain)}, {head} head", own))
    if tuned is not None:
        own = replace(common, reranker_base=str(tuned.absolute()))
        found.append(Variant("base and head", "the embedder of the whole way", own))
    if common.reranker_base is None and locate(inputs.BASES["reranker"], settings) is None:
        notes.append(f"{inputs.BASES['reranker']} is not on this machine, so that no training began with it.")
    found += [Variant("loss", loss, changed(loss=loss)) for loss in LOSSES]
    for source in get_args(From):
        found.append(Variant("negatives", source, replace(common, mining={**common.mining, "source": source})))
    found.append(Variant("data", "silver queries alone", replace(common, loader=None)))
    if loader is not None:
        choice = LoaderChoice("own", str(loader.absolute()))
        found.append(Variant("data", f"and judgements of {loader.name}", replace(common, loader=choice)))
    return found, notes


def judged_variants(
    catalogue: Catalogue, common: TrainingOptions, folder: Path, least: int
) -> tuple[list[Variant], Asked]:
    """Return trainings on silver queries, on judged ones and on both, and the half of the judged that is held out.

    Silver queries are always learnt from: beside the judged ones alone stand as few of them as may be.
    """
    held_out, learnt = deal(catalogue.judged.queries, 2, common.seed)
    both = learning_from(catalogue, common, learnt, folder, "half")
    found = [
        Variant("data", "silver queries alone", common),
        Variant("data", f"judged queries alone ({least} silver ones beside)", replace(both, train_queries=least)),
        Variant("data", "silver and judged queries", both),
    ]
    qrels = catalogue.judged.qrels
    return found, Asked(tuple(held_out), {query.query_id: qrels[query.query_id] for query in held_out})


def key_of(options: TrainingOptions, settings: Settings) -> str:
    """Return what a training is known by: the same for options that say the same, however they say it."""
    said = {
        **options.to_dict(),
        "reranker": inputs.reranker_settings(options).to_dict(),
        "mining": asdict(inputs.mining_settings(options)),
        "reranker_base": inputs.base_of("reranker", options.reranker_base, settings)[0],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:10]


def measure(
    catalogue: Catalogue,
    several: Sequence[Variant],
    ledger: Ledger,
    *,
    held_out: Asked | None = None,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Return what each variant is worth, set against the first one; `held_out` are the judged queries to measure on.

    Variants that say the same are trained once.
    """
    common = several[0].options
    sets = {"silver": silver_dev(catalogue, common), "judged": held_out or catalogue.judged}
    sets = {name: asked for name, asked in sets.items() if asked.queries}
    rows: list[dict[str, Any]] = []
    first: dict[str, Any] = {}
    for variant in several:
        step = f"{catalogue.name}-{key_of(variant.options, catalogue.settings)}"
        train = partial(tried, catalogue, variant.options, ledger.run(step), sets, BLENDS)
        row = dict(ledger.once(step, train))
        own = row.pop("values")
        first = first or own
        rows.append(
            {
                "group": variant.group,
                "label": variant.label,
                **row,
                "sets": {name: compared(own[name], first[name][OWN]) for name in sets},
            }
        )
    blends = {
        label: {name: compared(first[name], first[name][OWN], label) for name in sets} for label in (FIRST, *BLENDS)
    }
    return {
        "catalogue": catalogue.name,
        "queries": {name: len(asked.queries) for name, asked in sets.items()},
        "rows": rows,
        "blends": blends,
        "weight": rows[0]["weight"],
        "notes": list(notes),
    }


def markdown(found: Mapping[str, Any], *, blends: bool = True) -> list[str]:
    """Return the part of the report about the ablations on one catalogue."""
    names = list(found["queries"])
    sets = [part for name in names for part in (f"{SETS[name]} ({found['queries'][name]})", "change", "p")]
    parts = [f"{note}\n" for note in found["notes"]]
    for group in dict.fromkeys(row["group"] for row in found["rows"]):
        rows = [
            [
                row["label"],
                f"{row['rows']:,}",
                f"{row['weight']:g}",
                *_cells(row["sets"], names, OWN),
                minutes(row["training_seconds"]),
                minutes(row["seconds"]),
            ]
            for row in found["rows"]
            if row["group"] == group
        ]
        parts += [
            f"### {found['catalogue']}: {group}\n",
            table([group, "rows", "weight", *sets, "minutes of learning", "minutes in all"], rows),
        ]
    if blends:
        rows = [
            [f"{label} ({found['weight']:g})" if label == OWN else label, *_cells(own, names, label)]
            for label, own in found["blends"].items()
        ]
        parts += [f"### {found['catalogue']}: blending, of the {COMMON}\n", table(["order by", *sets], rows)]
    return parts


def _cells(sets: Mapping[str, Any], names: Sequence[str], label: str) -> list[str]:
    cells = []
    for name in names:
        own = sets[name]
        cells += [shown(own["means"][label]), shown(own["change"], signed=True), p_value(own["change"]["p"])]
    return cells
