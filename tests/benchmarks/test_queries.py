"""The queries that are kept beside the benchmarks: each stands once, and no half gives the other away."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from retrieval.query import bangla

QUERIES = Path(__file__).parents[2] / "benchmarks" / "queries"
HALVES = {"development", "test"}


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (QUERIES / name).read_text("utf-8").splitlines()]


def test_out_of_catalogue_halves() -> None:
    rows = read("out_of_catalogue.jsonl")
    assert Counter(row["half"] for row in rows) == {"development": 200, "test": 200}
    assert len({row["query_id"] for row in rows}) == len({row["text"].casefold() for row in rows}) == 400
    assert all(row["text"] == " ".join(row["text"].split()) for row in rows)
    heads = {half: {row["head"] for row in rows if row["half"] == half} for half in HALVES}
    assert not heads["development"] & heads["test"]


def test_both_catalogues_have_a_hundred_to_be_out_of_in_each_half() -> None:
    rows = read("out_of_catalogue.jsonl")
    for catalogue in ("daraz", "crowdflower"):
        counts = Counter(row["half"] for row in rows if catalogue in row.get("catalogues", [catalogue]))
        assert all(counts[half] >= 100 for half in HALVES), counts


def test_little_of_it_is_gibberish() -> None:
    assert sum(row["head"].startswith("gibberish") for row in read("out_of_catalogue.jsonl")) <= 0.05 * 400


@pytest.mark.parametrize("name", ["bangla_pairs.jsonl", "bangla_pairs_test.jsonl"])
def test_a_pair_is_one_thing_in_two_scripts(name: str) -> None:
    rows = read(name)
    assert len(rows) >= 30
    assert len({row["query_id"] for row in rows}) == len(rows)
    assert all(bangla.script(row["bangla"]) and row["latin"].isascii() for row in rows)


def test_no_pair_stands_in_both_halves() -> None:
    pairs = [*read("bangla_pairs.jsonl"), *read("bangla_pairs_test.jsonl")]
    assert len({row["bangla"] for row in pairs}) == len({row["latin"] for row in pairs}) == len(pairs)
