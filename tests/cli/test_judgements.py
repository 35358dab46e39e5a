"""`judgements`: in, out, agreement - and what a deletion says of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import compose
from cli.main import run
from retrieval.settings import load_settings
from shop import judgements, query_log, query_sets, synonyms

HEADER = "query_id\tproduct_id\trelevance\n"
QUERIES = '{"query_id": "q1", "text": "red kettle"}\n{"query_id": "q2", "text": "lamp", "type": "short"}\n'


@pytest.fixture
def shop(place: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Build the small catalogue, write a file of queries, and return the folder of data."""
    assert run(["index", "shop.md", "--name", "shop", "--embedder", "none"]) == 0
    Path("queries.jsonl").write_text(QUERIES, "utf-8")
    capsys.readouterr()
    return load_settings().data_dir


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert run(arguments) == status
    captured = capsys.readouterr()
    return captured.err if status else captured.out


def bring(judge: str, *grades: tuple[str, str, int], more: tuple[str, ...] = ()) -> int:
    text = HEADER + "".join(f"{query}\t{product}\t{grade}\n" for query, product, grade in grades)
    Path("in.tsv").write_text(text, "utf-8")
    return run(["judgements", "import", "in.tsv", "--set", "week-one", "--judge", judge, *more])


def test_judgements_go_in_and_come_out_as_the_median(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = (("q1", "kettle-1", 1), ("q1", "kettle-2", 3))
    assert bring("Ann", *first, more=("--queries", "queries.jsonl")) == 0
    assert bring("Bob", ("q1", "kettle-2", 2), ("q2", "lamp-1", 3)) == 0
    out = capsys.readouterr().out
    assert "shop: 2 judgements by Ann for week-one" in out
    assert said(capsys, "judgements", "export", "--set", "week-one") == (
        HEADER + "q1\tkettle-1\t1\nq1\tkettle-2\t2\nq2\tlamp-1\t3\n"
    )
    said(capsys, "judgements", "export", "--set", "week-one", "--judge", "Ann", "-o", "ann.tsv")
    assert Path("ann.tsv").read_text("utf-8") == HEADER + "q1\tkettle-1\t1\nq1\tkettle-2\t3\n"
    assert query_sets.load(shop, "shop", "week-one").queries[1]["type"] == "short"


def test_trec_qrels_are_read_and_a_grade_given_again_is_replaced(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring("Ann", ("q1", "kettle-1", 1), more=("--queries", "queries.jsonl"))
    Path("trec.txt").write_text("q1 0 kettle-1 2\nq1 0 kettle-2 0\n", "utf-8")
    capsys.readouterr()
    out = said(capsys, "judgements", "import", "trec.txt", "--set", "week-one", "--judge", "Ann")
    assert out == "shop: 2 judgements by Ann for week-one, 1 of them in place of another grade\n"
    assert judgements.qrels(shop, "shop", {"q1": "red kettle"}) == {"q1": {"kettle-1": 2, "kettle-2": 0}}


def test_agreement_by_hand(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two common products, (0, 0) and (3, 1): by squares 1 - 4 / ((9 + 1 + 4) / 2); plain (1/2 - 1/4) / (3/4)."""
    bring("Ann", ("q1", "kettle-1", 0), ("q1", "kettle-2", 3), more=("--queries", "queries.jsonl"))
    capsys.readouterr()
    assert "two judges" in said(capsys, "judgements", "agreement")
    bring("Bob", ("q1", "kettle-1", 0), ("q1", "kettle-2", 1), ("q2", "lamp-1", 1))
    capsys.readouterr()
    (pair,) = json.loads(said(capsys, "judgements", "agreement", "--set", "week-one", "--json"))
    assert pair["judges"] == ["Ann", "Bob"]
    assert pair["items"] == 2
    assert pair["kappa_quadratic"] == pytest.approx(1 - 4 / 7)
    assert pair["kappa_plain"] == pytest.approx(1 / 3)
    assert pair["matrix"][3][1] == pair["matrix"][0][0] == 1
    assert f"{1 - 4 / 7:.3f}" in said(capsys, "judgements", "agreement")


def test_what_cannot_be_kept_leaves_nothing_behind(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring("Ann", ("q9", "kettle-1", 1), more=("--queries", "queries.jsonl")) == 2
    assert "'q9'" in capsys.readouterr().err
    assert query_sets.names(shop, "shop") == []
    assert bring("Ann", ("q1", "kettle-1", 4), more=("--queries", "queries.jsonl")) == 2
    assert "the grade is 4" in capsys.readouterr().err
    assert bring(" ", ("q1", "kettle-1", 3), more=("--queries", "queries.jsonl")) == 2
    assert "needs a name" in capsys.readouterr().err
    assert judgements.held(shop, "shop").judgements == 0
    assert bring("Ann", ("q1", "kettle-1", 1)) == 2
    assert "no set of queries 'week-one'" in capsys.readouterr().err
    assert bring("Ann", ("q1", "kettle-1", 1), more=("--index", "shpo", "--queries", "queries.jsonl")) == 2
    assert "shpo" in capsys.readouterr().err
    assert not (shop / "shpo").exists()


def test_nothing_judged_is_nothing_to_export(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query_sets.save(shop, "shop", "week-one", query_sets.typed("red kettle"), source="typed")
    assert "nobody has judged" in said(capsys, "judgements", "export", "--set", "week-one", status=2)
    assert "'Ann' has not judged" in said(
        capsys, "judgements", "export", "--set", "week-one", "--judge", "Ann", status=2
    )
    # What a shell hands over where an argument is no UTF-8.
    assert "a judge needs a name" in said(
        capsys, "judgements", "export", "--set", "week-one", "--judge", "\udcff", status=2
    )


def test_a_rebuild_keeps_judgements_and_a_deletion_says_what_goes(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring("Ann", ("q1", "kettle-1", 1), ("q1", "kettle-2", 3), more=("--queries", "queries.jsonl"))
    assert run(["index", "shop.md", "--name", "shop", "--embedder", "none"]) == 0
    assert judgements.held(shop, "shop").judges == {"Ann": 2}
    capsys.readouterr()
    asked = said(capsys, "delete", "shop", status=2)
    assert "2 judgements by 1 judge, 1 set of queries" in asked
    assert judgements.held(shop, "shop").judgements == 2
    gone = said(capsys, "delete", "shop", "--yes")
    assert gone == "shop: deleted its index, and with it 2 judgements by 1 judge, 1 set of queries\n"
    assert not (shop / "shop").exists()


def test_a_deletion_counts_the_files_that_it_was_built_from_alone(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compose.save_upload(Path("shop.md").read_bytes(), "shop.md", load_settings())
    synonyms.save(shop, "shop", "kettle, boiler")
    search = query_log.Search("shop", "kettle", "bm25", 1, no_good_match=False, ms=1.0, at=1.0)
    query_log.write(shop, "shop", [search])
    gone = said(capsys, "delete", "shop", "--yes")
    assert gone == "shop: deleted its index and 1 file it was built from, and with it 1 line of synonyms\n"
    assert not (shop / "shop").exists()


def test_damaged_judgements_keep_nobody_from_deleting(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bring("Ann", ("q1", "kettle-1", 1), more=("--queries", "queries.jsonl"))
    judgements.path(shop, "shop").write_bytes(b"no database" * 1000)
    capsys.readouterr()
    assert "cannot be counted" in said(capsys, "delete", "shop", status=2)
    assert "cannot be counted" in said(capsys, "delete", "shop", "--yes")
    assert not (shop / "shop").exists()


def test_hand_work_in_words(shop: Path) -> None:
    assert compose.hand_work(load_settings(), "shop").parts() == ()
    assert compose.HandWork(1, 1, 2, 1).parts() == ("1 judgement by 1 judge", "2 sets of queries", "1 comparison")
    assert compose.HandWork(1200, 3, 0, 0).parts() == ("1,200 judgements by 3 judges",)
