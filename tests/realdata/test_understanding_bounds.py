"""Bounds that a query states, on a real catalogue: nothing that breaks one is shown, and nothing else is lost.

What keeps to a bound is decided here, by a scan over the products, not by the engine's own filter.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from retrieval.catalogue import parse_file
from retrieval.engine import SearchEngine
from retrieval.loading import memory_build
from retrieval.models import ReadyModels
from retrieval.outcome import Request
from retrieval.pipeline import Pipeline
from retrieval.records import MODES, Mode, Product
from retrieval.settings import Settings
from tests.retrieval.test_engine import OverlapScorer
from tests.support import HashEncoder

pytestmark = pytest.mark.realdata
GENERATED = 500
IN_ONE_TEST = 50
SHOWN = 50
PAGE = 1_000
BOUND_KINDS = ("price", "rating", "rating_count")
THINGS = (
    "saree", "black jeans", "drone with camera", "water glass", "hijab", "laptop", "bed sheet", "t shirt for men",
    "sneakers", "linen palazzo", "kitchen faucet", "projector screen", "pillow cover", "16gb ram laptop", "cotton",
    "something to wear at home", "genji", "শাড়ি", "elctric ketle",
)  # fmt: skip


@dataclass(frozen=True)
class Bounds:
    """What a query states, both ends included."""

    low: float = -math.inf
    high: float = math.inf
    rating: float = 0.0
    ratings: int = 0

    def keeps(self, product: Product) -> bool:
        """Tell whether a product keeps to them; one without a price or rating keeps to no bound on it."""
        if (self.low, self.high) != (-math.inf, math.inf) and not (
            product.price is not None and self.low <= product.price <= self.high
        ):
            return False
        if self.rating and not (product.rating and product.rating_count != 0 and product.rating >= self.rating):
            return False
        return not self.ratings or (product.rating_count or 0) >= self.ratings


def plain(amount: int) -> str:
    return str(amount)


def grouped(amount: int) -> str:
    return f"{amount:,}"


def bangla(amount: int) -> str:
    return str(amount).translate({ord("0") + digit: 0x09E6 + digit for digit in range(10)})


def prices(rng: random.Random) -> tuple[str, Bounds]:
    """Return a price as shoppers state it."""
    low, high = sorted(rng.sample([*range(100, 2_000, 50), *range(2_000, 90_000, 500), 199, 499, 999, 1_499], 2))
    write: Callable[[int], str] = rng.choice((plain, plain, grouped))
    a, b = write(low), write(high)
    most = [f"under {b}", f"below {b} taka", f"less than {b} tk", f"within {b} taka", f"up to {b} tk", f"max {b} taka"]
    most += [f"price under {b}", f"{bangla(high)} টাকার মধ্যে", f"budget {b}", f"৳{b} or less", f"not more than {b} taka"]
    least = [
        f"over {a} taka",
        f"above {a}",
        f"more than {a} tk",
        f"from {a} taka",
        f"{a} tk or more",
        f"minimum {a} tk",
    ]
    both = [f"between {a} and {b}", f"{a} to {b} taka", f"{a}-{b} tk", f"from {a} to {b}", f"price {a} - {b}"]
    if not high % 1_000:
        most += [f"under {high // 1_000}k"]
    kind = rng.choice(("most", "most", "least", "both"))
    if kind == "both":
        return rng.choice(both), Bounds(low, high)
    return (rng.choice(most), Bounds(high=high)) if kind == "most" else (rng.choice(least), Bounds(low=low))


def ratings(rng: random.Random) -> tuple[str, Bounds]:
    """Return a rating, or a number of ratings, as shoppers state it."""
    if rng.random() < 0.25:
        count = rng.choice((7, 10, 25, 50, 100))
        return rng.choice((f"at least {count} reviews", f"{count}+ ratings", f"more than {count} reviews")), Bounds(
            ratings=count
        )
    stars = rng.choice((3, 3.5, 4, 4.1, 4.3, 4.5, 4.7, 5))
    said = [f"rated {stars} or above", f"{stars} star rating or better", f"at least {stars} stars", f"rating {stars}+"]
    return rng.choice(said), Bounds(rating=stars)


def joined(a: Bounds, b: Bounds) -> Bounds:
    return Bounds(max(a.low, b.low), min(a.high, b.high), max(a.rating, b.rating), max(a.ratings, b.ratings))


def generated(count: int, seed: int = 11) -> list[tuple[str, Bounds]]:
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        words, bounds = [rng.choice(THINGS)], Bounds()
        for state in {"price": (prices,), "rating": (ratings,), "both": (prices, ratings)}[
            rng.choice(("price", "price", "rating", "both"))
        ]:
            said, own = state(rng)
            words.append(said)
            bounds = joined(bounds, own)
        made.append((" ".join(words), bounds))
    return made


def judged(folder: Path) -> list[tuple[str, Bounds]]:
    """Return the judged queries that state a bound: prices as the data set says, stars as they stand in the text."""
    found = []
    for line in (folder / "queries.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        stars = re.search(r"(\d(?:\.\d)?)[ -]stars?\b", row["text"])
        low, high = row["min_price"], row["max_price"]
        bounds = Bounds(
            -math.inf if low is None else low, math.inf if high is None else high, float(stars[1]) if stars else 0.0
        )
        if bounds != Bounds():
            found.append((row["text"], bounds))
    return found


class Catalogue:
    """A real catalogue in memory, with hashed vectors and a scorer of shared words, so that every mode runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.products = {p.product_id: p for p in parse_file(folder / "products.md").products}
        settings = Settings(_env_file=None, time_budget_ms=0)
        encoder = HashEncoder(dimension=128, window=256)
        build = memory_build(list(self.products.values()), settings=settings, encoder=encoder, kind="flat")
        self.engine = SearchEngine(build, settings, ReadyModels(encoder, OverlapScorer()))

        self.pipeline = Pipeline(build, settings, ReadyModels(encoder, OverlapScorer()))

    def whole(self, text: str, mode: Mode, dropped: Sequence[str] = ()) -> list[str]:
        """Return the ids of all hits at once, as the stages of a search give them."""
        request = Request(" ".join(text.split()), mode, understand=True, dropped=tuple(dropped))
        return [str(self.engine.build.columns.ids[i]) for i in self.pipeline.run(request).ordering]

    def paged(self, text: str, mode: Mode) -> list[str]:
        """Return the ids of all hits, page after page to the end."""
        ids: list[str] = []
        while True:
            page = len(ids) // PAGE + 1
            result = self.engine.search(text, mode=mode, top_k=PAGE, page=page, cutoff=False, rules=False)
            ids += [hit.product_id for hit in result.hits]
            if not result.hits or len(ids) >= result.total:
                assert len(ids) == result.total == len(set(ids))
                return ids

    def check(self, text: str, bounds: Bounds, mode: Mode, *, to_the_end: bool) -> None:
        """Assert what is promised of one query in one mode; laying every page out takes the most time by far."""
        result = self.engine.search(text, mode=mode, top_k=SHOWN, cutoff=False)
        broken = [hit.product_id for hit in result.hits if not bounds.keeps(self.products[hit.product_id])]
        assert not broken, (text, mode, bounds, broken)
        stated = [part for part in result.understood["parts"] if part["kind"] in BOUND_KINDS and part["exact"]]
        assert stated, (text, result.understood)
        free = self.whole(text, mode, [part["key"] for part in stated])
        wanted = {product_id for product_id in free if bounds.keeps(self.products[product_id])}
        bounded = self.whole(text, mode)
        assert len(bounded) == result.total == len(wanted), (text, mode, bounds)
        assert set(bounded) == wanted, (text, mode, bounds)
        assert [hit.product_id for hit in result.hits] == bounded[:SHOWN]
        if to_the_end:
            assert self.paged(text, mode) == bounded


@pytest.fixture(scope="module")
def catalogue(realdata_dir: Path) -> Catalogue:
    return Catalogue(realdata_dir / "daraz")


@pytest.mark.parametrize(
    ("part", "mode"),
    [
        # Every query in one mode, the modes in turn; the long counts ask each in all of them.
        pytest.param(part, mode, marks=[] if MODES[part % len(MODES)] == mode else pytest.mark.soak)
        for part in range(GENERATED // IN_ONE_TEST)
        for mode in MODES
    ],
)
def test_generated_bounds_are_kept(catalogue: Catalogue, mode: Mode, part: int) -> None:
    for place, (text, bounds) in enumerate(generated(GENERATED)[part * IN_ONE_TEST : (part + 1) * IN_ONE_TEST]):
        catalogue.check(text, bounds, mode, to_the_end=place == 0)


@pytest.mark.parametrize("mode", MODES)
def test_judged_bounds_are_kept(catalogue: Catalogue, mode: Mode) -> None:
    queries = judged(catalogue.folder)
    assert len(queries) >= 10
    for text, bounds in queries:
        catalogue.check(text, bounds, mode, to_the_end=True)


def test_the_scan_lets_something_in_and_keeps_something_out(catalogue: Catalogue) -> None:
    """Bounds that every product kept, or none, would say nothing."""
    shares = [
        sum(bounds.keeps(product) for product in catalogue.products.values()) / len(catalogue.products)
        for _, bounds in generated(GENERATED)
    ]
    assert sum(0.02 < share < 0.98 for share in shares) >= GENERATED // 2
