from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from cli.main import run
from retrieval.rules import Rule
from shop import rules


def test_run_writes_the_trec_format(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "shop.md", "--embedder", "none"]) == 0
    (place / "q.jsonl").write_text(
        '{"query_id": "k", "text": "kettle"}\n\n{"query_id": "n", "text": "zeppelin"}\n', "utf-8"
    )
    arguments = [
        "run",
        "--index",
        "shop",
        "--queries",
        "q.jsonl",
        "--mode",
        "bm25",
        "--top-k",
        "5",
        "--output",
        "r.trec",
    ]
    assert run(arguments) == 0
    assert "2 queries" in capsys.readouterr().err
    rows = [line.split(" ") for line in (place / "r.trec").read_text("utf-8").splitlines()]
    kettles = [row for row in rows if row[0] == "k"]
    assert {row[2] for row in kettles[:2]} == {"kettle-1", "kettle-2"}
    assert [(row[1], row[3], row[5]) for row in kettles] == [("Q0", str(i), "bm25") for i in range(1, len(kettles) + 1)]
    scores = [float(row[4]) for row in kettles]
    assert all(a > b for a, b in pairwise(scores))


def test_a_run_never_falls_back_in_silence(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "shop.md", "--embedder", "none"]) == 0
    (place / "q.jsonl").write_text('{"query_id": "k", "text": "kettle"}\n', "utf-8")
    capsys.readouterr()
    assert run(["run", "--index", "shop", "--queries", "q.jsonl", "--mode", "hybrid", "--output", "r.trec"]) == 0
    assert "The run is made with bm25 instead." in capsys.readouterr().err
    assert {line.split()[-1] for line in (place / "r.trec").read_text().splitlines()} == {"bm25"}


def test_a_run_reads_the_queries_unless_it_is_told_not_to(place: Path) -> None:
    assert run(["index", "shop.md", "--embedder", "none"]) == 0
    (place / "q.jsonl").write_text('{"query_id": "k", "text": "kettle under 1000"}\n', "utf-8")
    arguments = ["run", "--queries", "q.jsonl", "--mode", "bm25", "--output", "r.trec"]
    found = {}
    for option in ("--understand", "--no-understand"):
        assert run([*arguments, option]) == 0
        found[option] = {line.split()[2] for line in (place / "r.trec").read_text().splitlines()}
    assert found == {"--understand": {"kettle-2"}, "--no-understand": {"kettle-1", "kettle-2"}}


def test_rules_are_not_for_runs(place: Path) -> None:
    assert run(["index", "shop.md", "--embedder", "none"]) == 0
    (place / "q.jsonl").write_text('{"query_id": "k", "text": "kettle"}\n', "utf-8")
    arguments = ["run", "--queries", "q.jsonl", "--mode", "bm25", "--output", "r.trec"]
    assert run(arguments) == 0
    before = (place / "r.trec").read_text()
    rules.add(place / "data", "shop", Rule("hide", "brand", "Hearth"))
    rules.add(place / "data", "shop", Rule("pin", "product", "lamp-1", position=1))
    assert run(arguments) == 0
    assert (place / "r.trec").read_text() == before
