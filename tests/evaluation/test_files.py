from __future__ import annotations

import math
import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.files import (
    read_qrels,
    read_queries,
    read_run,
    trec_lines,
    write_qrels,
    write_queries,
    write_run,
)
from evaluation.records import Query, Run
from evaluation.runs import check, tie_free
from retrieval.errors import EvaluationError


def single(score: str) -> float:
    """Return a score as a reader in single precision sees it."""
    return float(struct.unpack("f", struct.pack("f", float(score)))[0])


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


def refused(read: object, path: Path) -> str:
    assert callable(read)
    with pytest.raises(EvaluationError) as error:
        read(path)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no query"),
        ('{"query_id": "a", "text": "x"}\nnonsense\n', "q.jsonl:2: not JSON"),
        ('["a", "x"]\n', "q.jsonl:1: not a JSON object"),
        ("[" * 100_000, "q.jsonl:1: not JSON"),
        ('\n{"query_id": "a"}\n', "q.jsonl:2: 'text'"),
        ('{"query_id": 7, "text": "x"}\n', "q.jsonl:1: 'query_id'"),
        ('{"query_id": "a", "text": " "}\n', "q.jsonl:1: 'text'"),
        ('{"query_id": "a b", "text": "x"}\n', "q.jsonl:1: query_id 'a b' holds a space"),
        ('{"query_id": "a", "text": "x", "type": 3}\n', "q.jsonl:1: 'type'"),
        ('{"query_id": "a", "text": "\\ud83d"}\n', "q.jsonl:1: holds half a letter"),
        (
            '{"query_id": "a", "text": "x"}\n{"query_id": "a", "text": "y"}\n',
            "q.jsonl:2: query_id 'a' stands on line 1",
        ),
    ],
)
def test_a_bad_queries_file_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(read_queries, written(tmp_path, "q.jsonl", text))


@pytest.mark.parametrize("read", [read_queries, read_qrels, read_run])
def test_a_file_that_is_not_utf8_or_not_there_is_named(tmp_path: Path, read: object) -> None:
    (tmp_path / "x").write_bytes(b'{"query_id": "a", "text": "caf\xe9"}')
    assert "x: not a UTF-8" in refused(read, tmp_path / "x")
    assert "gone: cannot be read (No such file or directory)" in refused(read, tmp_path / "gone")


def test_queries_keep_their_order_type_and_other_keys(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "q.jsonl",
        '\ufeff{"query_id": "b", "text": "x\u2028y", "type": "keyword", "max_price": 20}\r\n'
        '{"query_id": "a", "text": "\\ud83d\\udc5f জুতা", "type": null}',
    )
    found = read_queries(path)
    assert found == (Query("b", "x\u2028y", "keyword", {"max_price": 20}), Query("a", "👟 জুতা"))
    write_queries(tmp_path / "again.jsonl", found)
    assert read_queries(tmp_path / "again.jsonl") == found
    assert "জুতা" in (tmp_path / "again.jsonl").read_text("utf-8")


def test_our_qrels_and_those_of_trec_are_the_same(tmp_path: Path) -> None:
    ours = written(tmp_path, "a.tsv", "\ufeffquery_id\tproduct_id\trelevance\r\nq1\ta\t3\r\n\nq1\tb\t0\r\nq2\ta\t12\n")
    trec = written(tmp_path, "b.qrels", "q1 0 a 3\nq1\t0\tb\t0\nq2  Q0  a  12\n")
    assert read_qrels(ours) == read_qrels(trec) == {"q1": {"a": 3, "b": 0}, "q2": {"a": 12}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no judgement"),
        ("query_id\tproduct_id\trelevance\n", "holds no judgement"),
        ("query_id\tproduct_id\trelevance\nq1\ta\n", "x:2: 2 columns where query_id, product_id and relevance"),
        ("query_id\tproduct_id\trelevance\nq1\t\t1\n", "x:2: 3 columns"),
        ("query_id\tproduct_id\trelevance\nq1\ta\t-1\n", "x:2: the grade is -1"),
        ("q1 0 a -2\n", "x:1: the grade is -2"),
        ("q1 0 a 1\nq1 0 b 1.5\n", "x:2: the grade is 1.5"),
        ("q1 0 a ১\n", "x:1: the grade is ১"),
        ("q1 0 a 1001\n", "x:1: the grade is 1001"),
        ("q1\ta\t1\n", "x:1: 3 columns where four columns of TREC qrels, or a first line"),
        ("q1 0 a 1\nq2 0 a 1\nq1 0 a 2\n", "x:3: product 'a' was judged for query 'q1' on line 1"),
    ],
)
def test_bad_qrels_are_named_with_their_line(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(read_qrels, written(tmp_path, "x", text))


odd_ids = st.text(st.characters(exclude_characters="\t\r\n", exclude_categories=("Cs",)), min_size=1).filter(str.strip)


@settings(deadline=None)
@given(st.dictionaries(odd_ids, st.dictionaries(odd_ids, st.integers(0, 1000), min_size=1), min_size=1))
def test_qrels_of_any_ids_come_back(tmp_path_factory: pytest.TempPathFactory, qrels: dict[str, dict[str, int]]) -> None:
    path = tmp_path_factory.mktemp("qrels") / "q.tsv"
    write_qrels(path, qrels)
    assert read_qrels(path) == qrels


@pytest.mark.parametrize("name", ["a\tb", "a\nb", "a\r", "", " "])
def test_qrels_with_an_id_that_tsv_cannot_hold_are_not_written(tmp_path: Path, name: str) -> None:
    for qrels in ({name: {"p": 1}}, {"q": {name: 1}}):
        with pytest.raises(EvaluationError, match="TSV file cannot"):
            write_qrels(tmp_path / "q.tsv", qrels)
    assert list(tmp_path.iterdir()) == []


def test_a_run_keeps_its_order_and_takes_its_name_from_the_tag(tmp_path: Path) -> None:
    path = written(tmp_path, "r.trec", "q1 Q0 b 1 0.9 bm25\nq2 Q0 a 0 -1e-3 bm25\r\nq1\tQ0\tক'\"\t2\t.5\tbm25\n")
    assert read_run(path) == Run("bm25", {"q1": [("b", 0.9), ("ক'\"", 0.5)], "q2": [("a", -0.001)]})
    assert read_run(path, "mine").name == "mine"
    assert read_run(written(tmp_path, "two.trec", "q Q0 a 1 2 x\nq Q0 b 2 1 y\n")).name == "two"


@pytest.mark.parametrize(
    ("text", "line", "said", "mended"),
    [
        ("q Q0 b 1 2 t\nq Q0 a 2 2 t\n", 2, "ties with the one before", ["a", "b"]),
        # 2**24 and 2**24 + 1 are one number in single precision; mended, the higher one stays in front.
        ("q Q0 b 1 16777217 t\nq Q0 a 2 16777216 t\n", 2, "ties with the one before", ["b", "a"]),
        ("q Q0 a 1 1 t\nz Q0 a 1 9 t\nq Q0 b 2 2 t\n", 3, "rises from 1.0 to 2.0", ["b", "a"]),
        ("q Q0 a 1 3 t\nq Q0 b 2 2 t\nq Q0 a 3 1 t\n", 3, "'a' stands on place 1 already", ["a", "b"]),
        ("q Q0 a 2 3 t\nq Q0 b 1 2 t\n", 2, "rank 1 comes after rank 2", ["a", "b"]),
        ("q Q0 a 1 1e300 t\nq Q0 b 2 1e299 t\n", 1, "1e+300, which no single-precision number holds", ["a", "b"]),
    ],
)
def test_a_run_out_of_order_is_refused_or_mended(
    tmp_path: Path, text: str, line: int, said: str, mended: list[str]
) -> None:
    path = written(tmp_path, "r", text)
    message = refused(read_run, path)
    assert f"r:{line}: query 'q': " in message
    assert said in message
    run = read_run(path, mend=True)
    assert [product_id for product_id, _ in run.ranked["q"]] == mended
    check(run)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no result"),
        ("q Q0 a 1 0.5\n", "r:1: 5 columns, not the six"),
        ("q Q0 a 1 0.5 t\nq Q0 two words 2 0.4 t\n", "r:2: 7 columns"),
        ("q Q0 a first 0.5 t\n", "r:1: the rank is 'first'"),
        ("q Q0 a 1 high t\n", "r:1: the score is 'high'"),
        ("q Q0 a 1 nan t\n", "r:1: the score is 'nan'"),
        ("q Q0 a 1 0.5 t\nq Q0 b 2 -inf t\n", "r:2: the score is '-inf'"),
    ],
)
@pytest.mark.parametrize("mend", [False, True])
def test_a_run_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, text: str, said: str, mend: bool) -> None:
    path = written(tmp_path, "r", text)
    assert said in refused(lambda path: read_run(path, mend=mend), path)


trec_ids = st.text(st.characters(exclude_categories=("Cs", "Z", "Cc")), min_size=1, max_size=8)


@settings(deadline=None)
@given(
    st.dictionaries(
        trec_ids, st.lists(st.tuples(trec_ids, st.floats(-1e30, 1e30)), min_size=1, max_size=20), min_size=1, max_size=5
    )
)
def test_a_run_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, ranked: dict[str, list[tuple[str, float]]]
) -> None:
    run = Run("two words", {query_id: tie_free(pairs) for query_id, pairs in ranked.items()})
    path = tmp_path_factory.mktemp("run") / "r.trec"
    write_run(path, run)
    read = read_run(path)
    assert read.name == "two_words"
    assert {
        query_id: [(product_id, np.float32(score)) for product_id, score in found]
        for query_id, found in read.ranked.items()
    } == run.ranked


def test_ties_become_the_least_step_down() -> None:
    lines = [line.split(" ") for line in trec_lines("q", [("a", 0.5), ("b", 0.5), ("c", 0.5), ("d", 0.25)], "bm25")]
    assert [line[4] for line in lines][::3] == ["0.5", "0.25"]
    # Below 1/2 a single-precision number has 24 bits: the next one down is 2**-25 away.
    assert [single(line[4]) for line in lines] == [0.5, 0.5 - 2**-25, 0.5 - 2 * 2**-25, 0.25]


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), max_size=40))
def test_scores_fall_strictly_for_a_reader_in_single_precision(scores: list[float]) -> None:
    ranked = [(f"p{i}", score) for i, score in enumerate(sorted(scores, reverse=True))]
    read = [single(line.split(" ")[4]) for line in trec_lines("q", ranked, "tag")]
    assert len(read) == len(scores)
    assert all(a > b for a, b in pairwise(read))
    assert all(map(math.isfinite, read))


@pytest.mark.parametrize("name", ["two words", " lead", "trail ", "tab\tbed", ""])
def test_an_id_that_the_format_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(EvaluationError, match="holds a space"):
        list(trec_lines("q", [(name, 1.0)], "tag"))
    with pytest.raises(EvaluationError, match="holds a space"):
        list(trec_lines(name, [("a", 1.0)], "tag"))


def test_a_product_ranked_twice_is_refused() -> None:
    with pytest.raises(EvaluationError, match="ranked twice"):
        list(trec_lines("q", [("a", 2.0), ("a", 1.0)], "tag"))


def test_a_run_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = written(tmp_path, "r.trec", "before")
    with pytest.raises(EvaluationError):
        write_run(path, Run("x", {"q": [("a", 1.0), ("b c", 0.5)]}))
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
