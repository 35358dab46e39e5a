from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.files import read_qrels, write_qrels
from evaluation.loaders.judgements import grade_of, read_judgements
from retrieval.errors import EvaluationError

WANTED = [("q1", "d1", 2), ("q1", "d2", 0), ("q2", "d1", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "query_id\tproduct_id\trelevance\nq1\td1\t2\nq1\td2\t0\nq2\td1\t1\n",  # ours
        "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\td1\t1\n",  # BEIR
        "corpus-id\tscore\tquery-id\nd1\t2\tq1\nd2\t0\tq1\nd1\t1\tq2\n",
        "q1 0 d1 2\nq1 Q0 d2 0\nq2 0 d1 1\n",  # TREC
        "q1\t0\td1\t2\r\nq1\t0\td2\t0\r\n\r\nq2\t0\td1\t1",  # MS MARCO
        "q1\td1\t2\nq1\td2\t0\nq2\td1\t1\n",
        "query-id\tcorpus-id\tscore\nq1\td1\t2.0\nq1\td2\t0.0\nq2\td1\t1.0\n",
    ],
)
def test_every_layout_gives_the_same_judgements(tmp_path: Path, text: str) -> None:
    (tmp_path / "q.tsv").write_text(text, "utf-8", newline="")
    assert [judgement[:3] for judgement in read_judgements(tmp_path / "q.tsv")] == WANTED


def test_a_judgement_knows_its_line(tmp_path: Path) -> None:
    (tmp_path / "q.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\n\nq1\td2\t0\n", "utf-8")
    assert [judgement.line for judgement in read_judgements(tmp_path / "q.tsv")] == [2, 4]


def test_an_id_with_quotation_marks_is_read_as_beir_writes_it(tmp_path: Path) -> None:
    # FEVER's ids are titles of pages, written by Python's csv module.
    (tmp_path / "q.tsv").write_text('query-id\tcorpus-id\tscore\n7\t"""Odd""_Al"\t1\n', "utf-8")
    assert [judgement.product_id for judgement in read_judgements(tmp_path / "q.tsv")] == ['"Odd"_Al']


@given(
    st.dictionaries(
        st.text("abc123<>:-", min_size=1, max_size=5),
        st.dictionaries(st.text("xyz_.~#", min_size=1, max_size=5), st.integers(0, 1000), min_size=1, max_size=5),
        min_size=1,
        max_size=5,
    )
)
def test_our_own_file_reads_as_the_strict_reader_reads_it(
    tmp_path_factory: pytest.TempPathFactory, qrels: dict[str, dict[str, int]]
) -> None:
    path = tmp_path_factory.mktemp("qrels") / "qrels.tsv"
    write_qrels(path, qrels)
    found: dict[str, dict[str, int]] = {}
    for judgement in read_judgements(path):
        found.setdefault(judgement.query_id, {})[judgement.product_id] = judgement.grade
    assert found == read_qrels(path) == qrels


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("query-id\tcorpus-id\tscore\nq1\td1\tgood\n", r"q\.tsv:2: the grade is good, not a whole number"),
        ("query-id\tcorpus-id\tscore\nq1\td1\t0.5\n", r"q\.tsv:2: the grade is 0\.5"),
        ("query-id\tcorpus-id\tscore\nq1\td1\t\n", r"q\.tsv:2: the grade is "),
        ("query-id\tcorpus-id\tscore\nq1\td1\n", r"q\.tsv:2: 2 columns where three should be"),
        ("query-id\tcorpus-id\tscore\nq1\td 1\t1\n", r"q\.tsv:2: the product's id 'd 1' holds a space"),
        ("query-id\tcorpus-id\tscore\n \td1\t1\n", r"q\.tsv:2: the query's id must be a text"),
        ("query-id\tdocument\tscore\nq1\td1\t1\n", r"q\.tsv:1: the header names no column for product_id"),
        ("query-id\tcorpus-id\tscore\n", r"q\.tsv: holds no judgement"),
        ("q1 0 d1 2\nq1 0 d2\n", r"q\.tsv:2: 3 columns where four of TREC"),
        ("q1 0 d1 1001\n", r"q\.tsv:1: the grade is 1001"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "q.tsv").write_text(text, "utf-8")
    with pytest.raises(EvaluationError, match=said):
        list(read_judgements(tmp_path / "q.tsv"))


def test_labels_stand_for_grades() -> None:
    labels = {"Exact": 2, "Partial": 1}
    assert [grade_of(text, "f:1", labels) for text in ("Exact", " Partial ", "0", 3)] == [2, 1, 0, 3]
    with pytest.raises(EvaluationError, match=r"f:1: the grade is Other.* Labels that are known: Exact, Partial\."):
        grade_of("Other", "f:1", labels)
    with pytest.raises(EvaluationError, match="f:1"):
        grade_of(True, "f:1")


@pytest.mark.usefixtures("default_limit")
def test_a_line_without_end_is_named(tmp_path: Path) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_text('q1\td1\t1\nq1\t"' + "d" * 200_000 + '"\t1\n', "utf-8")
    with pytest.raises(EvaluationError, match=r"qrels\.tsv:2: this line is no row of judgements"):
        list(read_judgements(path))
