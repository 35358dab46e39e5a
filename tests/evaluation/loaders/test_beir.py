from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from evaluation.loaders import Options, load
from retrieval.errors import EvaluationError

CORPUS = """{"_id": "doc7", "title": "Tide pool", "text": "Filled by the sea.\\nLeft at ebb.", "metadata": {}}
{"_id": "doc8", "title": "", "text": "Limpets hold fast to the rock when the water runs out and graze on algae."}
{"_id": "<dbpedia:Salt_marsh>", "title": null, "text": "Salt marsh plants bear salt.", "metadata": {"a": "b"}}
{"_id": "doc9", "text": "জোয়ার ভাটা"}
"""
QUERIES = """{"_id": "1", "text": "what fills a tide pool", "metadata": {"answer": "the sea"}}
{"_id": "2", "text": "what do limpets eat"}
{"_id": "3", "text": "which query is of another split"}
"""
TEST = "query-id\tcorpus-id\tscore\n2\tdoc8\t1\n1\tdoc7\t2\n1\t<dbpedia:Salt_marsh>\t0\n"
TRAIN = "query-id\tcorpus-id\tscore\n3\tdoc7\t1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shore"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(CORPUS, "utf-8")
    (folder / "queries.jsonl").write_text(QUERIES, "utf-8")
    (folder / "qrels" / "test.tsv").write_text(TEST, "utf-8")
    (folder / "qrels" / "train.tsv").write_text(TRAIN, "utf-8")
    return folder


def test_passages_become_products(folder: Path) -> None:
    found = load("beir", folder)
    assert found.name == "shore"
    assert [(p.product_id, p.title, p.description, p.line) for p in found.products] == [
        ("doc7", "Tide pool", "Filled by the sea.\nLeft at ebb.", 1),
        (
            "doc8",
            "Limpets hold fast to the rock when the water runs out and",
            "Limpets hold fast to the rock when the water runs out and graze on algae.",
            2,
        ),
        ("<dbpedia:Salt_marsh>", "Salt marsh plants bear salt.", "Salt marsh plants bear salt.", 3),
        ("doc9", "জোয়ার ভাটা", "জোয়ার ভাটা", 4),
    ]


def test_queries_and_judgements_are_those_of_the_split(folder: Path) -> None:
    found = load("beir", folder)
    assert [(q.query_id, q.text) for q in found.queries] == [
        ("1", "what fills a tide pool"),
        ("2", "what do limpets eat"),
    ]
    # As BEIR's own loader reads them: csv with tabs, the header skipped.
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    assert sorted((q, p, g) for q, row in found.qrels.items() for p, g in row.items()) == sorted(
        (q, p, int(g)) for q, p, g in rows
    )
    assert [(p.code, p.count) for p in found.problems] == [("unjudged-query", 1)]
    assert [q.query_id for q in load("beir", folder, Options(split="train")).queries] == ["3"]


def test_gzipped_files_read_the_same(folder: Path) -> None:
    plain = load("beir", folder)
    for path in (folder / "corpus.jsonl", folder / "queries.jsonl", folder / "qrels" / "test.tsv"):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    found = load("beir", folder)
    assert (found.products, found.queries, found.qrels) == (plain.products, plain.queries, plain.qrels)


def test_an_empty_passage_is_kept_under_its_id_and_named(folder: Path) -> None:
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"_id": "doc10", "title": " ", "text": ""}\n')
    found = load("beir", folder)
    assert found.products[-1].title == "doc10"
    problem = next(p for p in found.problems if p.code == "empty")
    assert (problem.count, problem.places) == (1, (f"{folder / 'corpus.jsonl'}:5",))


def test_a_query_that_stands_in_the_corpus_is_told_of(folder: Path) -> None:
    # As in ArguAna, where each query is a passage too.
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write(
            '{"_id": "1", "title": "", "text": "what fills a tide pool"}\n{"_id": "2", "text": "not the query"}\n'
        )
    found = load("beir", folder)
    assert [(p.code, p.count) for p in found.problems if p.code == "query-in-catalogue"] == [("query-in-catalogue", 1)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"_id": "a", "title": "t"}', r"corpus\.jsonl:5: 'text' must be a text, it is missing"),
        ('{"_id": "a", "title": 3, "text": "x"}', r"corpus\.jsonl:5: 'title' must be a text, it is 3"),
        ('{"title": "t", "text": "x"}', r"corpus\.jsonl:5: `_id` must be a text that is not empty, it is None"),
        ('{"_id": "a b", "text": "x"}', r"corpus\.jsonl:5: `_id` 'a b' holds a space"),
        ('{"_id": true, "text": "x"}', r"corpus\.jsonl:5: `_id` must be a text"),
        ("{", r"corpus\.jsonl:5: not JSON"),
    ],
)
def test_a_bad_passage_is_named(folder: Path, line: str, said: str) -> None:
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(EvaluationError, match=said):
        load("beir", folder)


def test_numbers_stand_for_ids(folder: Path) -> None:
    rows = [{"_id": 5, "title": "Kelp", "text": "A brown seaweed."}]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (folder / "queries.jsonl").write_text('{"_id": 1, "text": "seaweed"}\n', "utf-8")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\t5\t1\n", "utf-8")
    assert load("beir", folder).qrels == {"1": {"5": 1}}


def test_a_missing_split_names_those_there_and_a_missing_file_is_named(folder: Path) -> None:
    with pytest.raises(EvaluationError, match=r"holds no dev\.tsv; the splits there are test, train"):
        load("beir", folder, Options(split="dev"))
    (folder / "queries.jsonl").unlink()
    with pytest.raises(EvaluationError, match=r"shore: holds no queries\.jsonl"):
        load("beir", folder)
    with pytest.raises(EvaluationError, match="no such folder"):
        load("beir", folder / "nowhere")


def test_an_empty_query_is_named(folder: Path) -> None:
    (folder / "queries.jsonl").write_text('{"_id": "1", "text": ""}\n', "utf-8")
    with pytest.raises(EvaluationError, match=r"queries\.jsonl:1: the text of query '1' must not be empty"):
        load("beir", folder)
