from __future__ import annotations

import math
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.main import run
from cli.run import Query, read_queries, trec_lines
from retrieval.errors import QueryError


def single(score: str) -> float:
    """Return a score as a reader in single precision sees it."""
    return float(struct.unpack("f", struct.pack("f", float(score)))[0])


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no query"),
        ('{"query_id": "a", "text": "x"}\nnonsense\n', "q.jsonl:2: not JSON"),
        ('["a", "x"]\n', "q.jsonl:1: not a JSON object"),
        ('\n{"query_id": "a"}\n', "q.jsonl:2: 'text'"),
        ('{"query_id": 7, "text": "x"}\n', "q.jsonl:1: 'query_id'"),
        ('{"query_id": "a", "text": " "}\n', "q.jsonl:1: 'text'"),
        ('{"query_id": "a b", "text": "x"}\n', "q.jsonl:1: query_id 'a b' holds a space"),
        (
            '{"query_id": "a", "text": "x"}\n{"query_id": "a", "text": "y"}\n',
            "q.jsonl:2: query_id 'a' stands on line 1",
        ),
    ],
)
def test_a_bad_queries_file_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "q.jsonl").write_text(text, "utf-8")
    with pytest.raises(QueryError) as error:
        read_queries(tmp_path / "q.jsonl")
    assert said in str(error.value)


def test_queries_that_are_not_utf8_are_named(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_bytes(b'{"query_id": "a", "text": "caf\xe9"}')
    with pytest.raises(QueryError, match=r"q\.jsonl: not a UTF-8"):
        read_queries(tmp_path / "q.jsonl")


def test_queries_keep_their_order_and_may_hold_more(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text(
        '\ufeff{"query_id": "b", "text": "x\u2028y", "type": "keyword"}\r\n{"query_id": "a", "text": "জুতা"}', "utf-8"
    )
    assert read_queries(tmp_path / "q.jsonl") == [Query("b", "x\u2028y"), Query("a", "জুতা")]


def test_ties_become_the_least_step_down() -> None:
    lines = [line.split(" ") for line in trec_lines("q", [("a", 0.5), ("b", 0.5), ("c", 0.5), ("d", 0.25)], "bm25")]
    assert [line[4] for line in lines][::3] == ["0.5", "0.25"]
    # Below 1/2 a single-precision number has 24 bits: the next one down is 2**-25 away.
    assert [single(line[4]) for line in lines] == [0.5, 0.5 - 2**-25, 0.5 - 2 * 2**-25, 0.25]


@given(st.lists(st.floats(-1e6, 1e6), max_size=40))
def test_scores_fall_strictly_for_a_reader_in_single_precision(scores: list[float]) -> None:
    ranked = [(f"p{i}", score) for i, score in enumerate(sorted(scores, reverse=True))]
    read = [single(line.split(" ")[4]) for line in trec_lines("q", ranked, "tag")]
    assert len(read) == len(scores)
    assert all(a > b for a, b in pairwise(read))
    assert all(map(math.isfinite, read))


@pytest.mark.parametrize("product_id", ["two words", " lead", "trail ", "tab\tbed", ""])
def test_an_id_that_the_format_cannot_hold_is_refused(product_id: str) -> None:
    with pytest.raises(QueryError, match="holds a space"):
        list(trec_lines("q", [(product_id, 1.0)], "tag"))


def test_a_product_ranked_twice_is_refused() -> None:
    with pytest.raises(QueryError, match="ranked twice"):
        list(trec_lines("q", [("a", 2.0), ("a", 1.0)], "tag"))
