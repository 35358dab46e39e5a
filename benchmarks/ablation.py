"""What is each part of understanding worth? All of it, none of it, and each part switched off in turn."""

from __future__ import annotations

from typing import Any

from benchmarks.record import table
from benchmarks.served import Served, difference, mean, p_value, shown, values, without_each
from retrieval.query.understand import EVERYTHING
from retrieval.records import Mode

ON, OFF = "on", "off"
MODES: tuple[Mode, ...] = ("bm25", "dense", "hybrid")


def measure(served: Served) -> dict[str, Any]:
    """Return nDCG@10 by type of query: with everything, with nothing and without each part, and the differences.

    A difference is what a part is worth: with everything minus without it. Hybrid but for `modes`, which has on and off
    in each mode.
    """
    variants = {ON: EVERYTHING, OFF: None, **without_each()}
    found = {
        name: values(served.run(name, served.queries, features=features), served.qrels)
        for name, features in variants.items()
    }
    types = served.types
    modes: dict[str, Any] = {}
    for mode in MODES:
        on, off = (
            values(served.run(name, served.queries, mode=mode, features=variants[name]), served.qrels)
            for name in (ON, OFF)
        )
        modes[mode] = {
            kind: {"on": mean(on, ids), "off": mean(off, ids), "difference": difference(on, off, ids)}
            for kind, ids in types.items()
        }
    return {
        "queries": {kind: len(ids) for kind, ids in types.items()},
        "means": {name: {kind: mean(own, ids) for kind, ids in types.items()} for name, own in found.items()},
        "worth": {
            name: {kind: difference(found[ON], own, ids) for kind, ids in types.items()}
            for name, own in found.items()
            if name != ON
        },
        "modes": modes,
    }


def markdown(name: str, found: dict[str, Any]) -> list[str]:
    """Return the part of the report about one catalogue."""
    kinds = list(found["queries"])
    header = ["", *(f"{kind} ({count})" for kind, count in found["queries"].items())]
    labels = {ON: "everything", OFF: "nothing (as typed)"}
    rows = [
        [labels.get(variant, f"without {variant}"), *(own[kind]["value"] for kind in kinds)]
        for variant, own in found["means"].items()
    ]
    rows.insert(
        1, ["– its 95% interval", *("{:.3f} to {:.3f}".format(*found["means"][ON][k]["interval"]) for k in kinds)]
    )
    worth = [
        [labels.get(variant, variant), *(shown(own[kind], signed=True) for kind in kinds), p_value(own["all"]["p"])]
        for variant, own in found["worth"].items()
    ]
    modes = [
        [mode, *(f"{own[k]['on']['value']:.3f} / {own[k]['off']['value']:.3f}" for k in kinds),
         shown(own["all"]["difference"], signed=True), p_value(own["all"]["difference"]["p"])]
        for mode, own in found["modes"].items()
    ]  # fmt: skip
    return [
        f"### {name}: nDCG@10 by type of query\n",
        table(header, rows),
        f"### {name}: what each part is worth\n",
        "With everything minus without the part, by type of query; more than 0 where the part helps.\n",
        table(["part", *kinds, "p (all)"], worth),
        f"### {name}: everything / nothing, in each mode\n",
        table(["mode", *kinds, "difference (all)", "p"], modes),
    ]
