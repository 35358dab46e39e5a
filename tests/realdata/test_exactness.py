"""Counts, pages, filters, sorts and collapsing on the real catalogues: exact, whatever is asked."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.catalogue import parse_file
from retrieval.engine import SearchEngine
from retrieval.loading import memory_build
from retrieval.models import ReadyModels
from retrieval.ordering import shrunk_rating
from retrieval.passages import title_text
from retrieval.records import MODES, SORTS, FacetValue, Filters, Product, SearchResult
from retrieval.settings import Settings
from retrieval.text import fold, listing_key
from tests.retrieval.test_engine import OverlapScorer, choose
from tests.support import HashEncoder

pytestmark = pytest.mark.realdata
CATALOGUES = ("crowdflower", "daraz")
# Whole lists are compared with pages, so a page must be able to hold every hit asked for.
MOST = 1_000


class Catalogue:
    """A real catalogue, served from memory with hashed vectors, and its queries."""

    def __init__(self, folder: Path) -> None:
        self.products = {p.product_id: p for p in parse_file(folder / "products.md").products}
        self.queries = [json.loads(line)["text"] for line in (folder / "queries.jsonl").read_text("utf-8").splitlines()]
        settings = Settings(_env_file=None, time_budget_ms=0)
        encoder = HashEncoder(dimension=128, window=256)
        build = memory_build(list(self.products.values()), settings=settings, encoder=encoder, kind="flat")
        self.engine = SearchEngine(build, settings, ReadyModels(encoder, OverlapScorer()))

    def values(self, rng: random.Random, field: str) -> tuple[str, ...]:
        """Return one or two values of a field as products hold them."""
        found = [v for p in rng.sample(list(self.products.values()), 20) if (v := getattr(p, field))]
        if not found:
            return ()
        chosen = rng.sample(found, min(len(found), rng.choice((1, 2))))
        return tuple(v if isinstance(v, str) else rng.choice(v) for v in chosen)


@pytest.fixture(scope="module", params=CATALOGUES)
def catalogue(request: pytest.FixtureRequest, realdata_dir: Path) -> Catalogue:
    return Catalogue(realdata_dir / request.param)


def random_filters(rng: random.Random, catalogue: Catalogue) -> Filters:
    """Return filters of which each condition is stated now and then."""
    low, high = sorted(rng.choice((0, 100, 500, 999.5, 2_000, 10_000, 60_000)) for _ in range(2))
    attributes = {key: catalogue.values(rng, key) for key in ("colors", "sizes") if rng.random() < 0.15}
    return Filters(
        categories=catalogue.values(rng, "category") if rng.random() < 0.25 else (),
        brands=catalogue.values(rng, "brand") if rng.random() < 0.2 else (),
        min_price=low if rng.random() < 0.25 else None,
        max_price=high if rng.random() < 0.3 else None,
        min_rating=rng.choice((1, 3.5, 4.1, 5)) if rng.random() < 0.25 else None,
        min_rating_count=rng.choice((0, 1, 30)) if rng.random() < 0.15 else None,
        include_unpriced=rng.random() < 0.3,
        include_unrated=rng.random() < 0.3,
        attributes={key: values for key, values in attributes.items() if values},
    )


def passes(product: Product, filters: Filters) -> bool:
    """Return whether a product passes, written anew from the meaning of the filters."""

    def among(values: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
        return bool({fold(v).strip() for v in values} & {fold(w).strip() for w in wanted})

    if filters.categories and not among((product.category or "",), filters.categories):
        return False
    if filters.brands and not among((product.brand or "",), filters.brands):
        return False
    if filters.min_price is not None or filters.max_price is not None:
        if product.price is None:
            if not filters.include_unpriced:
                return False
        elif not (filters.min_price or -math.inf) <= product.price <= (filters.max_price or math.inf):
            return False
    if filters.min_rating is not None:
        if product.rating is None:
            if not filters.include_unrated:
                return False
        elif product.rating < filters.min_rating:
            return False
    let_in = filters.include_unrated and product.rating is None
    counted = -1 if product.rating_count is None else product.rating_count
    if filters.min_rating_count is not None and not let_in and counted < filters.min_rating_count:
        return False
    return all(among(getattr(product, key), values) for key, values in filters.attributes.items())


def keeps_to(product: Product, parts: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether a product satisfies every exact part, as a reader of the file would; what is unknown does not."""
    fields = {"price": product.price, "rating": product.rating, "rating_count": product.rating_count}
    for part in parts:
        if not part["exact"]:
            continue
        value = fields[part["kind"]]
        if value is None:
            return False
        if (part["low"] is not None and value < part["low"]) or (part["high"] is not None and value > part["high"]):
            return False
    return True


def check_sorted(result: SearchResult, catalogue: Catalogue) -> None:
    """Assert that the hits stand in the order asked for, unknown values last."""
    if result.sort == "relevance":
        named = [hit.named for hit in result.hits]
        assert named == sorted(named, reverse=True)
        if any(part["kind"] == "negation" for part in result.understood.get("parts", ())):
            return  # what is not wanted stands last, whatever its score
        hits = [hit for hit in result.hits if not hit.named]
        keys = [-(h.rerank_score if h.rerank_score is not None else -math.inf) for h in hits]
        head = [h for h in hits if h.rerank_score is not None]
        rest = [h.score for h in hits if h.rerank_score is None]
        assert keys[: len(head)] == sorted(keys[: len(head)])
        assert rest == sorted(rest, reverse=True)
        return
    columns = catalogue.engine.build.columns
    shrunk = dict(zip(columns.ids.tolist(), shrunk_rating(columns).tolist(), strict=True))
    known = {
        "price_asc": lambda p: p.price,
        "price_desc": lambda p: None if p.price is None else -p.price,
        "rating": lambda p: None if p.rating is None else -shrunk[p.product_id],
        "sales": lambda p: None if p.sales is None else -p.sales,
    }[result.sort]
    values = [known(hit.product) for hit in result.hits]
    present = [value for value in values if value is not None]
    assert values == sorted(present) + [None] * (len(values) - len(present))


def check(catalogue: Catalogue, rng: random.Random) -> None:
    """Assert everything that is promised of one random search."""
    engine = catalogue.engine
    query = rng.choice([*catalogue.queries, "", "…", "zzzqx"])
    asked = {
        "mode": rng.choice(MODES),
        "sort": rng.choice(SORTS),
        "filters": random_filters(rng, catalogue),
        "fusion": rng.choice(("rrf", "weighted")),
        "understand": rng.random() < 0.7,
        "cutoff": rng.random() < 0.5,
    }
    plain = engine.search(query, **asked, top_k=MOST)
    assert all(passes(hit.product, asked["filters"]) for hit in plain.hits)
    assert all(keeps_to(hit.product, plain.understood.get("parts", ())) for hit in plain.hits)
    assert len(plain.hits) == min(plain.total, MOST)
    check_sorted(plain, catalogue)

    size = rng.choice((7, 10, 48))
    last = max(1, -(-plain.total // size))
    for page in {1, 2, rng.randint(1, max(1, len(plain.hits) // size))}:
        part = engine.search(query, **asked, top_k=size, page=page)
        assert part.total == plain.total
        assert [h.product_id for h in part.hits] == [h.product_id for h in plain.hits[(page - 1) * size : page * size]]
    assert len(engine.search(query, **asked, top_k=size, page=last).hits) == plain.total - (last - 1) * size
    assert engine.search(query, **asked, top_k=size, page=last + 1).hits == ()

    folded = engine.search(query, **asked, top_k=MOST, collapse=True)
    if plain.total <= MOST:
        groups = Counter(listing_key(h.product.title, h.product.brand) for h in plain.hits)
        assert folded.total == len(groups)
        assert {listing_key(h.product.title, h.product.brand): h.group_size for h in folded.hits} == groups

    for collapse, result in ((False, plain), (True, folded)):
        choices: list[tuple[str, FacetValue]] = [(name, v) for name, values in result.facets.items() for v in values]
        for name, value in rng.sample(choices, k=min(4, len(choices))):
            chosen = choose(asked["filters"], name, value)
            found = engine.search(query, **{**asked, "filters": chosen}, top_k=1, collapse=collapse)
            assert found.total == value.count, (query, asked, name, value, collapse)


@pytest.mark.parametrize("seed", range(25))
def test_random_searches_are_exact(catalogue: Catalogue, seed: int) -> None:
    check(catalogue, random.Random(seed))


@pytest.mark.soak
def test_many_random_searches_are_exact(catalogue: Catalogue) -> None:
    for seed in range(1_000, 1_250):
        check(catalogue, random.Random(seed))


def test_dense_scores_equal_brute_force(catalogue: Catalogue) -> None:
    encoder = HashEncoder(dimension=128, window=256)
    for query in catalogue.queries[:5]:
        vector = encoder.encode([query])[0]
        for hit in catalogue.engine.search(query, mode="dense", top_k=20, understand=False).hits:
            if "dense_title" in hit.legs:
                row = encoder.encode([title_text(hit.product.title)])[0]
                assert hit.legs["dense_title"].score == pytest.approx(float(np.dot(row, vector)), abs=1e-5)
