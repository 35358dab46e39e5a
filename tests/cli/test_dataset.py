from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from cli import dataset
from cli.main import run
from evaluation import loaders
from evaluation.files import read_qrels, read_run
from evaluation.measures import score

PASSAGES = {
    "p1": "A weir is a low dam across a river.",
    "p2": "Locks lift boats past a weir.",
    "p3": "A ferry crosses where there is no bridge.",
    "p4": "Coots nest in reeds.",
    "p5": "Limpets hold fast to the rock.",
}


def make_beir(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    rows = [json.dumps({"_id": key, "title": "", "text": text, "metadata": {}}) for key, text in PASSAGES.items()]
    (folder / "corpus.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
    (folder / "queries.jsonl").write_text('{"_id": "1", "text": "ferry"}\n{"_id": "2", "text": "coots"}\n', "utf-8")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\tp3\t1\n2\tp4\t1\n2\tp1\t0\n", "utf-8")
    return folder


def test_a_data_set_is_indexed_answered_and_measured(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_beir(place / "river talk")
    assert run(["dataset", "beir", "river talk", "--output", "my set"]) == 0
    said = capsys.readouterr().out
    assert "river talk: 5 products, 2 queries, 3 judgements in my set\ngrades: 0 x 1, 1 x 2\n" in said
    index, compare = [shlex.split(line) for line in said.split("next:\n")[1].splitlines()]
    assert index == ["product-search", "index", "my set/catalogue.jsonl", "--name", "river-talk"]
    assert compare[:4] == ["product-search", "compare", "--index", "river-talk"]
    assert run([*index[1:], "--embedder", "none"]) == 0
    arguments = ["--index", "river-talk", "--queries", compare[compare.index("--queries") + 1], "--mode", "bm25"]
    assert run(["run", *arguments, "--output", "out.trec"]) == 0
    qrels = read_qrels(Path(compare[compare.index("--qrels") + 1]))
    # Each query names a word that stands in its one right passage alone.
    assert score(read_run(Path("out.trec")), qrels).mean("MRR@10") == 1.0


def test_the_report_as_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_beir(place / "set")
    assert run(["dataset", "beir", "set", "-o", "out", "--sample", "1", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["products"], said["queries"], said["judgements"], said["grades"]) == (4, 2, 3, {"0": 1, "1": 2})
    assert [(p["code"], p["count"]) for p in said["problems"]] == [("undrawn-product", 1)]
    assert Path(said["catalogue"]).read_text("utf-8").count("\n") == 4
    assert len(said["next"]) == 2
    assert run(["dataset", "beir", "set", "-o", "out", "--only-judged"]) == 0
    assert Path(said["catalogue"]).read_text("utf-8").count("\n") == 3
    assert "note: products were not drawn: 2\n" in capsys.readouterr().out


def test_foreign_tables_by_mapping_and_grades(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = place / "lamps"
    folder.mkdir()
    (folder / "products.csv").write_text("sku,Name\nL-1,Oak lamp\nL-2,Tin lamp\n", "utf-8")
    (folder / "queries.csv").write_text("qid,words\n1,oak\n", "utf-8")
    (folder / "labels.csv").write_text("qid,sku,verdict\n1,L-1,Exact\n1,L-2,No\n", "utf-8")
    command = "dataset custom lamps -o out --map product_id=sku --map title=Name --map query_id=qid --map text=words"
    command += " --map relevance=verdict --grade Exact=3"
    assert run(shlex.split(command)) == 2
    assert "labels.csv:3: the grade is No" in capsys.readouterr().err
    assert run(shlex.split(command + " --grade No=0")) == 0
    assert read_qrels(place / "out" / "qrels.tsv") == {"1": {"L-1": 3, "L-2": 0}}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("beir set", "Missing option '--output'"),
        ("beir nowhere -o out", "nowhere: no such folder"),
        ("beir set -o out --split dev", "the splits there are test"),
        ("beir set -o out --sample 3 --only-judged", "contradict each other"),
        ("beir set -o out --map title=Name", "--map and --grade are for custom files"),
        ("beir set -o set", "would be overwritten"),
        ("custom set -o out --map title", "'title' is no pair; write --map FIELD=COLUMN"),
        ("custom set -o out --map title=a --map title=b", "'title' is said twice"),
        ("custom set -o out --grade good=high", "the grade must be a whole number from 0 to 1000"),
        ("custom set -o out --grade good=1001", "the grade must be a whole number from 0 to 1000"),
        ("custom set -o out --grade good=" + "9" * 5000, "the grade must be a whole number from 0 to 1000"),
        ("netflix set -o out", "'netflix' is not one of"),
    ],
)
def test_mistakes_are_one_line(place: Path, capsys: pytest.CaptureFixture[str], arguments: str, said: str) -> None:
    make_beir(place / "set")
    assert run(["dataset", *arguments.split()]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (place / "out").exists()


def test_judgements_of_what_is_not_there_are_left_out_on_request(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_beir(place / "set")
    with (folder / "qrels" / "test.tsv").open("a", encoding="utf-8") as file:
        file.write("1\tp9\t1\n")
    assert run(["dataset", "beir", "set", "-o", "out"]) == 2
    assert "set/qrels/test.tsv:5: product 'p9' is judged, but it is not in the catalogue" in capsys.readouterr().err
    assert run(["dataset", "beir", "set", "-o", "out", "--drop-unknown"]) == 0
    assert "note: judgements of products that are not there were left out: 1 (set/qrels/test.tsv:5)" in (
        capsys.readouterr().out
    )


def test_every_kind_is_offered() -> None:
    assert dataset.KINDS == loaders.KINDS
