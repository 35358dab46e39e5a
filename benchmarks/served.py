"""One catalogue as a benchmark asks it: searched through the engine, or ranked in bulk with parts of understanding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from evaluation.measures import score
from evaluation.records import Qrels, Query, Run
from evaluation.statistics import compare, interval
from retrieval import candidates
from retrieval.engine import SearchEngine
from retrieval.models import ModelSource
from retrieval.outcome import Request
from retrieval.query.understand import EVERYTHING, Features
from retrieval.records import Mode, Product
from retrieval.settings import Settings

T = TypeVar("T")
MEASURE = "nDCG@10"
DEPTH = 100
SEED = 0


@dataclass(frozen=True)
class Served:
    """A built catalogue with what is judged on it; without `queries` it is only asked."""

    name: str
    engine: SearchEngine
    settings: Settings
    models: ModelSource
    products: Sequence[Product]
    queries: Sequence[Query] = ()
    qrels: Qrels = field(default_factory=dict)

    @property
    def types(self) -> dict[str, list[str]]:
        """Query ids by type, those of all queries first."""
        found = {"all": [query.query_id for query in self.queries]}
        for query in self.queries:
            if query.type:
                found.setdefault(query.type, []).append(query.query_id)
        return found

    def run(
        self,
        name: str,
        queries: Iterable[Query],
        *,
        mode: Mode = "hybrid",
        features: Features | None = EVERYTHING,
        depth: int = DEPTH,
    ) -> Run:
        """Rank queries in bulk; `features` None takes them as they were typed."""
        return Run(
            name,
            {
                query.query_id: falling(
                    product_id
                    for product_id, _ in candidates.run(
                        self.engine.build, self.models, self.settings, asked(query.text, mode, features), depth
                    )
                )
                for query in queries
            },
        )


def falling(products: Iterable[str]) -> list[tuple[str, float]]:
    """Return products in their order with scores that say no more than it."""
    return [(product_id, float(-place)) for place, product_id in enumerate(products)]


def serve(name: str, settings: Settings, models: ModelSource, **judged: Any) -> Served:
    """Open the newest build of a catalogue; `judged` are `queries` and `qrels`."""
    # Every search is measured: none is answered from the cache, and none is cut short.
    open_for_all = settings.model_copy(update={"cache_ttl_s": 0, "time_budget_ms": 0})
    engine = SearchEngine.open(name, open_for_all, models)
    engine.warm_up()
    return Served(name, engine, open_for_all, models, engine.build.store.all_products(), **judged)


def asked(text: str, mode: Mode = "hybrid", features: Features | None = EVERYTHING) -> Request:
    """Return a query as a request; `features` None takes it as it was typed."""
    return Request(
        query=" ".join(text.split()), mode=mode, understand=features is not None, features=features or EVERYTHING
    )


def without_each() -> dict[str, Features]:
    """Return every part of understanding switched off in turn, by the part's name."""
    return {part.name: replace(EVERYTHING, **{part.name: False}) for part in fields(Features)}


def folders_of(data: Path | None, samples: Path) -> dict[str, Path]:
    """Return the judged catalogues' folders by name: those of `data`, else the sample shop."""
    if data is None:
        return {"sample": samples}
    return {path.parent.name: path.parent for path in sorted(data.glob("*/qrels.tsv"))}


def values(run: Run, qrels: Qrels, measure: str = MEASURE) -> dict[str, float]:
    """Return the measure's value by query id."""
    return dict(score(run, qrels, [measure]).values[measure])


def mean(found: dict[str, float], ids: Iterable[str]) -> dict[str, Any]:
    """Return the mean over some queries with its 95% bootstrap interval."""
    chosen = [found[query_id] for query_id in ids]
    return {"value": sum(chosen) / len(chosen), "interval": interval(chosen, seed=SEED), "queries": len(chosen)}


def difference(a: dict[str, float], b: dict[str, float], ids: Iterable[str]) -> dict[str, Any]:
    """Return the mean difference a - b over some queries, with its paired bootstrap interval and p-value."""
    chosen = list(ids)
    found = compare({q: a[q] for q in chosen}, {q: b[q] for q in chosen}, seed=SEED)
    return {"value": found.difference, "interval": (found.low, found.high), "p": found.p}


def shown(found: dict[str, Any], *, signed: bool = False) -> str:
    """Return a mean or a difference as a table has it."""
    low, high = found["interval"]
    form = "+.3f" if signed else ".3f"
    return f"{found['value']:{form}} ({low:{form}} to {high:{form}})"


def p_value(p: float) -> str:
    """Return a p-value as a table has it."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
