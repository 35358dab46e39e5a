"""The queries of a training: dealt out without overlap, kept and read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.errors import DataError, TrainingError
from tests.support import sample_products
from training.material import gather, read_material, read_pools, write_material, write_pools
from training.options import Sizes
from training.records import Candidate, LearningQuery, Pool

PRODUCTS = sample_products(120)
SIZES = Sizes(100, 100, 60, 20, 20, 10, 1)
JUDGED = [
    LearningQuery(f"j{number}", f"{product.category} for {number}", {product.product_id: 3}, "judged", "keyword")
    for number, product in enumerate(PRODUCTS[:9])
]


def test_no_query_and_no_silver_product_is_on_two_sides() -> None:
    found = gather(PRODUCTS, JUDGED, "both", SIZES)
    parts = {"train": found.train, "dev": found.dev, "silver": found.silver, "judged": found.judged}
    ids = [query.query_id for queries in parts.values() for query in queries]
    assert len(ids) == len(set(ids))
    products = {
        name: {product for query in queries if query.source == "silver" for product in query.grades}
        for name, queries in parts.items()
    }
    assert not products["train"] & products["silver"]
    assert not products["train"] & products["dev"]
    assert not products["dev"] & products["silver"]
    assert len(found.dev) <= 20 + len(JUDGED)
    assert len(found.silver) <= 20
    # What products say of themselves is of all of them, and is no query of any side.
    assert {view.positive for view in found.views} <= {product.title for product in PRODUCTS}
    asked = {query.text for queries in parts.values() for query in queries}
    assert not asked & {view.anchor for view in found.views}


@pytest.mark.parametrize(
    ("use", "learnt", "chosen_on", "proved"), [("learn", 8, 1, 0), ("gate", 0, 0, 9), ("both", 4, 0, 5)]
)
def test_judged_queries_are_dealt_out_as_asked_for(use: str, learnt: int, chosen_on: int, proved: int) -> None:
    found = gather(PRODUCTS, JUDGED, use, SIZES)  # type: ignore[arg-type]
    assert sum(query.source == "judged" for query in found.train) == learnt
    assert sum(query.source == "judged" for query in found.dev) == chosen_on
    assert len(found.judged) == proved
    assert gather(PRODUCTS, list(reversed(JUDGED)), use, SIZES).counts() == found.counts()  # type: ignore[arg-type]


def test_too_few_queries_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"give \d queries to learn from, and 10 are the least"):
        gather(PRODUCTS[:2], [], "both", SIZES)


def test_material_reads_back(tmp_path: Path) -> None:
    found = gather(PRODUCTS, JUDGED, "both", SIZES)
    write_material(tmp_path / "queries.jsonl", found)
    assert read_material(tmp_path / "queries.jsonl") == found
    with pytest.raises(DataError, match="is gone"):
        read_material(tmp_path / "other.jsonl")
    (tmp_path / "queries.jsonl").write_text('{"part": "train"}\n', "utf-8")
    with pytest.raises(DataError, match=r"queries\.jsonl:1 cannot be read"):
        read_material(tmp_path / "queries.jsonl")


def test_pools_read_back(tmp_path: Path) -> None:
    candidates = (Candidate("p1", "red\u2028chair\nchair", 0.5, {"bm25": 1}), Candidate("p2", "\ud800", 0.25))
    pools = [Pool(JUDGED[0], "red chair", candidates), Pool(JUDGED[1], "lamp", ())]
    write_pools(tmp_path / "pools.jsonl", pools)
    assert read_pools(tmp_path / "pools.jsonl") == pools
