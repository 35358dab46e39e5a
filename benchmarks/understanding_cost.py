"""What does understanding cost a search? Milliseconds that it adds, all of it and each part, at three sizes."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.record import table
from benchmarks.served import Served, asked, without_each
from evaluation.typos import misspell
from retrieval.models import ReadyModels
from retrieval.outcome import Request
from retrieval.pipeline import Pipeline
from retrieval.protocols import Encoder, FloatArray
from retrieval.query.understand import EVERYTHING, Features
from retrieval.records import Mode, ParseReport, Product

LARGE = 100_000
ROUNDS = 3
QUERIES = 30
"""Judged queries that are taken, and as many of every other kind."""
SEED = 5
STAGES = ("understand", "keyword", "ngram", "filter", "fusion", "arrange")
"""Those that understanding can lengthen."""
ALLOWED_MS = {10_000: 5.0, LARGE: 10.0}
_BOUNDS = (
    "under 2000",
    "500 to 1500 tk",
    "rated 4.5 or above",
    "over 900",
    "without remote",
    "4 star",
    "black",
    "16gb",
    "xl size",
)
_COLOURS = ("black", "white", "red", "blue", "green", "grey", "pink", "gold")


class Remembered:
    """An encoder that encodes a text once: what a search waits for beside it can be measured without its noise."""

    def __init__(self, encoder: Encoder) -> None:
        self.id, self.window = encoder.id, encoder.window
        self._encoder = encoder
        self._known: dict[tuple[str, bool], FloatArray] = {}

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self._encoder.dimension

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return one row a text, as the encoder gave it the first time."""
        for text in texts:
            if (text, query) not in self._known:
                self._known[text, query] = self._encoder.encode([text], query=query)[0]
        return np.stack([self._known[text, query] for text in texts])

    def count_tokens(self, text: str) -> int:
        """Return the number of model tokens of a text."""
        return self._encoder.count_tokens(text)


def recombined(products: Sequence[Product], count: int = LARGE, seed: int = SEED) -> ParseReport:
    """Return `count` products under new ids, their titles made of the beginning of one and the end of another.

    Every one has a price, most a rating and a colour, so that there is something to understand.
    """
    drawn = random.Random(seed)
    words = [product.title.split() for product in products]
    made = []
    for number in range(count):
        source = products[number % len(products)]
        first, second = words[number % len(words)], words[drawn.randrange(len(words))]
        rated = drawn.random() < 0.7
        made.append(
            replace(
                source,
                product_id=f"n{number}",
                title=" ".join(first[: max(1, len(first) // 2)] + second[len(second) // 2 :]) or source.title,
                price=float(round(10 ** drawn.uniform(1.5, 4))),
                rating=round(drawn.uniform(2.5, 5), 1) if rated else None,
                rating_count=drawn.randrange(1, 200) if rated else 0,
                colors=(drawn.choice(_COLOURS),) if drawn.random() < 0.6 else (),
            )
        )
    return ParseReport(tuple(made), (), len(made), "recombined", "0" * 64)


def queries_of(texts: Sequence[str], seed: int = SEED) -> dict[str, list[str]]:
    """Return some judged queries as they are, with a bound or an attribute, and misspelt."""
    drawn = random.Random(seed)
    chosen = drawn.sample(texts, min(QUERIES, len(texts)))
    mistakes = (misspell(text, str(number), seed=seed) for number, text in enumerate(chosen))
    return {
        "judged": chosen,
        "with a constraint": [f"{text} {drawn.choice(_BOUNDS)}" for text in chosen],
        "misspelt": [typo.text for typo in mistakes if typo is not None],
    }


def measure(served: Served, texts: Sequence[str], mode: Mode) -> dict[str, Any]:
    """Return what understanding adds to a search: on minus off, and with each part switched off in turn.

    Each figure is of the medians of a query over the rounds, in which all ways take turns; vectors of queries are
    remembered, so that the encoder's time is no part of it.
    """
    record = served.engine.build.manifest.encoder
    remembered = None if record is None else Remembered(served.models.encoder(record.source))
    pipeline = Pipeline(served.engine.build, served.settings, ReadyModels(remembered, None))
    ways: Mapping[str, Features | None] = {"on": EVERYTHING, "off": None, **without_each()}
    kinds = queries_of(texts)
    try:
        pipeline.warm_up()
        took = {kind: _taken(pipeline, own, ways, mode) for kind, own in kinds.items()}
    finally:
        pipeline.close()
    added = {kind: own["whole"]["on"] - own["whole"]["off"] for kind, own in took.items()}
    together = np.concatenate(list(added.values()))
    return {
        "products": len(served.products),
        "mode": mode,
        "queries": {kind: len(own) for kind, own in kinds.items()},
        "rounds": ROUNDS,
        "added_ms": {"all": _spread(together), **{kind: _spread(own) for kind, own in added.items()}},
        "search_off_ms": _spread(np.concatenate([own["whole"]["off"] for own in took.values()])),
        "stages_ms": {
            stage: _spread(
                np.concatenate([own["stages"]["on"][stage] - own["stages"]["off"][stage] for own in took.values()])
            )
            for stage in STAGES
        },
        "parts_ms": {
            part: _spread(np.concatenate([own["whole"]["on"] - own["whole"][part] for own in took.values()]))
            for part in without_each()
        },
    }  # fmt: skip


def _taken(pipeline: Pipeline, texts: Sequence[str], ways: Mapping[str, Features | None], mode: Mode) -> dict[str, Any]:
    """Return the milliseconds a query, whole and by stage, of each way: medians over the rounds, shape (queries,)."""
    whole = {way: np.empty((ROUNDS, len(texts))) for way in ways}
    stages = {way: {stage: np.zeros((ROUNDS, len(texts))) for stage in STAGES} for way in ways}
    requests = {way: [_request(text, mode, features) for text in texts] for way, features in ways.items()}
    order = list(ways)
    for place in range(len(texts)):
        for way in order:
            pipeline.run(requests[way][place])
    for turn in range(ROUNDS):
        for place in range(len(texts)):
            # Whoever comes first in a turn finds colder caches: each way comes first now and then.
            start = (turn + place) % len(order)
            for way in order[start:] + order[:start]:
                began = time.perf_counter()
                outcome = pipeline.run(requests[way][place])
                whole[way][turn, place] = (time.perf_counter() - began) * 1000
                for stage in STAGES:
                    stages[way][stage][turn, place] = outcome.timings_ms.get(stage, 0.0)
    return {
        "whole": {way: np.median(own, axis=0) for way, own in whole.items()},
        "stages": {way: {stage: np.median(own, axis=0) for stage, own in s.items()} for way, s in stages.items()},
    }


def _request(text: str, mode: Mode, features: Features | None) -> Request:
    return replace(asked(text, mode, features), cutoff=features is not None)


def _spread(found: np.ndarray[Any, Any]) -> dict[str, float]:
    return {"p50": float(np.percentile(found, 50)), "p95": float(np.percentile(found, 95))}


def markdown(found: Sequence[dict[str, Any]]) -> list[str]:
    """Return the part of the report about cost."""
    parts = [
        "## Cost\n",
        "Milliseconds that understanding adds to a search: the query read, the words' leg widened, products raised, "
        "bounds, fusion by intent, the verdict whether anything fits; a search with it minus the same one without. "
        f"{sum(found[0]['queries'].values())} queries: {QUERIES} judged ones, the same with a constraint, the same "
        f"misspelt; medians of {found[0]['rounds']} rounds a query. Queries' vectors are at hand, so that encoding "
        "is no part.\n",
    ]  # fmt: skip
    rows = []
    for one in found:
        size, added = min(ALLOWED_MS, key=lambda allowed: abs(allowed - one["products"])), one["added_ms"]
        rows.append(
            [
                f"{one['products']:,}",
                one["mode"],
                *(_ms(own) for own in added.values()),
                f"{ALLOWED_MS[size]:g}",
                _ms(one["search_off_ms"]),
            ]
        )
    kinds = list(found[0]["added_ms"])
    header = ["products", "mode", *(f"added, {kind}" for kind in kinds), "wanted p50, all", "the rest of the search"]
    parts += ["p50 / p95 in milliseconds.\n", table(header, rows), "### By stage\n"]
    parts.append(_by(found, "stages_ms", "stage"))
    parts += ["### By part\n", "With everything minus without the part; what lies within the noise may be below 0.\n"]
    return [*parts, _by(found, "parts_ms", "part")]


def _by(found: Sequence[dict[str, Any]], key: str, what: str) -> str:
    header = [what, *(f"{one['products']:,}, {one['mode']}" for one in found)]
    return table(header, [[name, *(_ms(one[key][name]) for one in found)] for name in found[0][key]])


def _ms(own: Mapping[str, float]) -> str:
    return f"{own['p50']:.2f} / {own['p95']:.2f}"
