"""How good a catalogue is: what its fields hold, how prices and ratings spread, and what looks wrong."""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from retrieval.catalogue import duplicates, suspicions
from retrieval.catalogue.suspicions import Finding, short_title
from retrieval.records import Problem, Product
from retrieval.text import fold

KINDS: Mapping[str, str] = {
    "duplicate": "Identical listings",
    "near-duplicate": "Nearly identical listings",
    "price-zero": "Prices of zero",
    "price-range": "Price ranges upside down",
    "price-original": "Prices above the one before",
    "price-outlier": "Prices far from their category's",
    "brand-missing": "Brands that stand in the title alone",
    "brand-other": "Brands that the title contradicts",
    "spam-tag": "Shouting tags in titles",
    "keyword-tail": "Titles that repeat keywords",
    "hashtags": "Runs of hashtags",
    "markup": "Leaked HTML or CSS",
    "repeated-text": "Descriptions that repeat themselves",
}
"""Every kind of finding, in the order in which they are listed, with a heading."""
RATING_EDGES = tuple(step / 2 for step in range(11))
_STEPS = (1.0, 2.0, 5.0)
_COVERED = tuple(field.name for field in fields(Product) if field.name not in ("product_id", "line"))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many products have a field; `share` is from 0 to 1."""

    field: str
    filled: int
    share: float


@dataclass(frozen=True, slots=True)
class Bin:
    """How many values lie from `low` to below `high` (in the last bin: to `high`)."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """How a number spreads over the products that have it; `unit` is a currency, or `of 5` for ratings."""

    unit: str
    count: int
    lowest: float
    median: float
    highest: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a catalogue.

    `prices` holds a distribution a currency, most products first ("" is no currency); `ratings` is None where nothing
    is rated; `categories` are (name, products), most products first, "" for those without; `problems` counts the
    problems of its file by code; `findings` come in the order of KINDS.
    """

    products: int
    coverage: tuple[Coverage, ...]
    prices: tuple[Distribution, ...]
    ratings: Distribution | None
    categories: tuple[tuple[str, int], ...]
    problems: Mapping[str, int]
    findings: tuple[Finding, ...]

    def of_kind(self, kind: str) -> tuple[Finding, ...]:
        """Return the findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind == kind)

    def counts(self) -> dict[str, int]:
        """Return how many products the findings of each kind are about, kinds without any left out."""
        found: dict[str, set[str]] = {}
        for finding in self.findings:
            found.setdefault(finding.kind, set()).update(finding.product_ids)
        return {kind: len(ids) for kind, ids in found.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values."""
        return {
            "products": self.products,
            "coverage": [asdict(entry) for entry in self.coverage],
            "prices": [asdict(entry) for entry in self.prices],
            "ratings": None if self.ratings is None else asdict(self.ratings),
            "categories": [{"name": name, "products": count} for name, count in self.categories],
            "problems": dict(self.problems),
            "findings": [
                {"kind": f.kind, "product_ids": list(f.product_ids), "message": f.message} for f in self.findings
            ],
        }


def health(products: Sequence[Product], problems: Sequence[Problem] = ()) -> Health:
    """Look over a catalogue; takes about two seconds for five thousand products."""
    amounts: dict[str, list[float]] = {}
    for product in products:
        if product.price is not None:
            amounts.setdefault(product.currency or "", []).append(product.price)
    spread = [_distribution(unit, values, price_edges(values)) for unit, values in amounts.items()]
    stars = [product.rating for product in products if product.rating is not None]
    order = list(KINDS)
    return Health(
        products=len(products),
        coverage=tuple(_coverage(products)),
        prices=tuple(sorted(spread, key=lambda d: (-d.count, d.unit))),
        ratings=_distribution("of 5", stars, RATING_EDGES) if stars else None,
        categories=_categories(products),
        problems=dict(Counter(problem.code for problem in problems).most_common()),
        findings=tuple(sorted(_findings(products), key=lambda finding: order.index(finding.kind))),
    )


def _coverage(products: Sequence[Product]) -> Iterator[Coverage]:
    for name in _COVERED:
        filled = sum(
            getattr(product, name) not in (None, "", ()) and bool(_value(product, name)) for product in products
        )
        yield Coverage(name, filled, filled / len(products) if products else 0.0)


def _value(product: Product, name: str) -> bool:
    """Tell whether a field that is not empty says something: `No Brand` names no brand, 0 ratings are a number."""
    if name == "brand":
        return " ".join(fold(product.brand or "").split()) not in suspicions.NO_BRAND
    return name != "attributes" or bool(product.attributes)


def _categories(products: Sequence[Product]) -> tuple[tuple[str, int], ...]:
    written: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for product in products:
        key = fold(product.category or "").strip()
        written.setdefault(key, (product.category or "").strip())
        counts[key] += 1
    return tuple(
        (written[key], count) for key, count in sorted(counts.items(), key=lambda found: (-found[1], found[0]))
    )


def price_edges(values: Sequence[float]) -> tuple[float, ...]:
    """Return two or more of the edges 1, 2, 5, 10, 20, 50, … that hold all the values; 0 first where one is zero."""
    above = [value for value in values if value > 0]
    lowest, highest = (min(above), max(above)) if above else (1.0, 1.0)
    exponent = math.floor(math.log10(lowest)) - 1
    edges: list[float] = []
    while not edges or edges[-1] <= highest or len(edges) < 2:
        edges += [float(f"{step}e{exponent}") for step in _STEPS]
        exponent += 1
    first = max(0, bisect_right(edges, lowest) - 1)
    last = bisect_right(edges, highest) + 1
    kept = edges[first:last]
    return (0.0, *kept) if len(above) < len(values) else tuple(kept)


def _distribution(unit: str, values: Sequence[float], edges: Sequence[float]) -> Distribution:
    counts = [0] * (len(edges) - 1)
    for value in values:
        counts[min(max(bisect_right(edges, value) - 1, 0), len(counts) - 1)] += 1
    bins = tuple(Bin(low, high, count) for low, high, count in zip(edges, edges[1:], counts, strict=False))
    return Distribution(unit, len(values), min(values), statistics.median(values), max(values), bins)


def _findings(products: Sequence[Product]) -> Iterator[Finding]:
    for group in duplicates.identical(products):
        yield Finding("duplicate", _ids(group), f"{short_title(group[0])} stands {len(group)} times.")
    for group in duplicates.near(products):
        message = f"{short_title(group[0])} has nearly the same title as {short_title(group[1])}"
        yield Finding("near-duplicate", _ids(group), message + (f" and {len(group) - 2} more." if group[2:] else "."))
    yield from suspicions.prices(products)
    yield from suspicions.brands(products)
    yield from suspicions.texts(products)


def _ids(group: Sequence[Product]) -> tuple[str, ...]:
    return tuple(product.product_id for product in group)
