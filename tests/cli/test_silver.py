from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import run
from evaluation.files import read_qrels, read_queries
from retrieval.indexing import build_index
from retrieval.settings import load_settings
from tests.support import report_of, sample_products

SIDES = ("train", "dev", "test")


@pytest.fixture
def shop(place: Path) -> Path:
    build_index(report_of(sample_products(100)), "shop", settings=load_settings(), encoder=None)
    return place


def test_silver_writes_three_sides_and_a_card(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["silver", "shop", "--output", "out", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card == json.loads((shop / "out" / "card.json").read_text("utf-8"))
    assert (card["version"], card["seed"], card["per_product"]) == ("silver-v1", 7, 3)
    for side in SIDES:
        queries, qrels = (shop / "out" / side / name for name in ("queries.jsonl", "qrels.tsv"))
        assert len(read_queries(queries)) == card["counts"][side]["queries"] == card["leak"][side]["queries"]
        assert sum(map(len, read_qrels(qrels).values())) == card["counts"][side]["pairs"]


def test_the_seed_and_the_number_of_queries_are_heeded(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, options in (("a", []), ("b", []), ("c", ["--seed", "8"]), ("d", ["--per-product", "1"])):
        assert run(["silver", "-o", folder, *options]) == 0
    texts = {folder: (shop / folder / "train" / "queries.jsonl").read_text("utf-8") for folder in "abcd"}
    assert texts["a"] == texts["b"] != texts["c"]
    assert {json.loads(line)["type"] for line in texts["d"].splitlines()} == {"title"}


def test_the_counts_are_printed(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["silver", "-o", "out"]) == 0
    lines = capsys.readouterr().out.splitlines()
    card = json.loads((shop / "out" / "card.json").read_text("utf-8"))
    for side, line in zip(SIDES, lines, strict=False):
        assert line.startswith(f"{side}: {card['counts'][side]['queries']} quer")
        assert f"drawn from {card['counts'][side]['products']} products" in line
        assert f"nDCG@10 {card['leak'][side]['rank_bm25']['nDCG@10']:.3f} by rank_bm25" in line
    assert lines[-1] == "silver-v1, seed 7: out"


def test_a_catalogue_that_gives_no_query_is_told_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "one.md").write_text("## 12\n**DocID:** 1\n", "utf-8")
    assert run(["index", "one.md", "--name", "one", "--embedder", "none"]) == 0
    capsys.readouterr()
    assert run(["silver", "one", "-o", "out"]) == 0
    out = capsys.readouterr().out
    assert "test: 0 queries, 0 pairs" in out
    assert "left out, not made" in out


@pytest.mark.parametrize("options", [["--per-product", "4"], ["--per-product", "0"], ["--seed", "x"]])
def test_numbers_out_of_range_are_a_users_mistake(shop: Path, options: list[str]) -> None:
    assert run(["silver", "-o", "out", *options]) == 2
    assert not (shop / "out").exists()


def test_a_catalogue_that_is_not_there_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["silver", "nowhere", "-o", "out"]) == 2
    assert "nowhere" in capsys.readouterr().err
