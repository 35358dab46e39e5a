from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from cli.main import run
from shop import synonyms

QRELS = "query_id\tproduct_id\trelevance\nk\tkettle-1\t3\nk\tkettle-2\t1\nl\tlamp-1\t2\nn\tlamp-1\t1\n"
QUERIES = (
    '{"query_id": "k", "text": "blue kettle", "type": "keyword"}\n'
    '{"query_id": "l", "text": "a lamp for the desk", "type": "semantic"}\n'
    '{"query_id": "n", "text": "zeppelin", "type": "keyword"}\n'
)
BASE = "k Q0 kettle-2 1 2.0 base\nk Q0 kettle-1 2 1.0 base\nl Q0 lamp-1 1 1.0 base\n"
BETTER = "k Q0 kettle-1 1 2.0 better\nk Q0 kettle-2 2 1.0 better\nl Q0 lamp-1 1 1.0 better\nn Q0 lamp-1 1 1 better\n"


@pytest.fixture
def judged(place: Path) -> Path:
    for name, text in (("q.jsonl", QUERIES), ("qrels.tsv", QRELS), ("base.trec", BASE), ("better.trec", BETTER)):
        (place / name).write_text(text, "utf-8")
    return place


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    found = run(list(arguments))
    out, err = capsys.readouterr()
    assert found == status, err
    return out, err


def test_evaluate_measures_runs_against_judgements(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(
        capsys, "evaluate", "--qrels", "qrels.tsv", "--run", "base.trec", "--run", "better.trec",
        "--queries", "q.jsonl", "--json",
    )  # fmt: skip
    found = json.loads(out)
    k = (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))
    assert found["values"]["base"]["nDCG@10"] == pytest.approx({"k": k, "l": 1.0, "n": 0.0})
    assert found["values"]["better"]["nDCG@10"] == pytest.approx({"k": 1.0, "l": 1.0, "n": 1.0})
    against = found["results"][1]["against"]["nDCG@10"]
    assert against["difference"] == pytest.approx((1 - k + 1) / 3)
    assert (against["wins"], against["ties"], against["losses"]) == (2, 1, 0)
    assert found["baseline"] == "base"


def test_evaluate_prints_tables_and_what_is_lost(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(
        capsys, "evaluate", "--qrels", "qrels.tsv", "--run", "better.trec", "--run", "base.trec",
        "--queries", "q.jsonl", "--measure", "nDCG@10", "--measure", "MRR@10",
    )  # fmt: skip
    assert out.startswith("better has the highest nDCG@10 (1.000) on 3 queries")
    row = next(line for line in out.splitlines() if line.startswith(" better"))
    assert row.split()[1] == "1.000"
    assert "base loses 2 queries against better" in out
    assert "-1.000  n  zeppelin" in out


def test_evaluate_without_queries_names_ids(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "evaluate", "--qrels", "qrels.tsv", "--run", "base.trec")
    assert out.startswith("base reaches")
    assert "on 3 queries" in out


def test_the_grade_that_counts_is_the_callers(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("evaluate", "--qrels", "qrels.tsv", "--run", "base.trec", "--measure", "MRR@10", "--json")
    one, three = (
        json.loads(said(capsys, *arguments, "--relevant", grade)[0])["values"]["base"]["MRR@10"] for grade in "13"
    )
    assert one == {"k": 1.0, "l": 1.0, "n": 0.0}
    assert three == {"k": 0.5, "l": 0.0, "n": 0.0}


def test_a_run_out_of_order_is_refused_and_mended_on_demand(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (judged / "tied.trec").write_text(BASE.replace("2 1.0 base", "2 2.0 base"), "utf-8")
    arguments = ("evaluate", "--qrels", "qrels.tsv", "--run", "tied.trec")
    _, err = said(capsys, *arguments, status=2)
    assert "tied.trec:2" in err
    out, _ = said(capsys, *arguments, "--mend", "--json")
    # Of equal scores the smaller id comes first: kettle-1.
    assert json.loads(out)["values"]["base"]["nDCG@10"]["k"] == 1.0


def test_runs_of_one_name_are_told_apart_by_their_files(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (judged / "other.trec").write_text(BETTER.replace(" better", " base"), "utf-8")
    out, _ = said(capsys, "evaluate", "--qrels", "qrels.tsv", "--run", "base.trec", "--run", "other.trec", "--json")
    assert [row["label"] for row in json.loads(out)["results"]] == ["base", "other"]
    _, err = said(capsys, "evaluate", "--qrels", "qrels.tsv", "--run", "base.trec", "--run", "base.trec", status=2)
    assert "different names" in err
    (judged / "old").mkdir()
    (judged / "old/base.trec").write_text(BETTER.replace(" better", " base"), "utf-8")
    (judged / "tagged.trec").write_text(BETTER.replace(" better", " other"), "utf-8")
    runs = ("base.trec", "old/base.trec", "other.trec", "tagged.trec")
    arguments = [part for name in runs for part in ("--run", name)]
    out, _ = said(capsys, "evaluate", "--qrels", "qrels.tsv", *arguments, "--json")
    assert [row["label"] for row in json.loads(out)["results"]] == ["base.trec", "old/base.trec", "other.trec", "other"]


def test_a_report_is_written_with_its_plots(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (
        "evaluate", "--qrels", "qrels.tsv", "--run", "better.trec", "--run", "base.trec", "--queries", "q.jsonl"
    )  # fmt: skip
    _, err = said(capsys, *arguments, "--report", "out/report.md")
    assert "report.md" in err
    assert sorted(path.name for path in (judged / "out").iterdir()) == ["report-differences.png", "report.md"]
    assert "zeppelin" in (judged / "out/report.md").read_text("utf-8")
    out, _ = said(capsys, *arguments, "--report", "out/report.md", "--no-texts")
    assert "zeppelin" not in (judged / "out/report.md").read_text("utf-8") + out
    out, _ = said(capsys, *arguments, "--no-texts", "--json")
    assert "zeppelin" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--run", "base.trec", "--baseline", "other"), "the baseline 'other' is none of the runs"),
        (("--run", "missing.trec"), "missing.trec"),
        (("--run", "base.trec", "--measure", "Magic@3"), "unknown measure 'Magic@3'"),
        (("--run", "base.trec", "--seed", "-1"), "'--seed'"),
        (("--run", "base.trec", "--relevant", "3000000000"), "take 1 to 1000"),
        ((), "Missing option '--run'"),
    ],
)
def test_mistakes_are_one_line(
    judged: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    _, err = said(capsys, "evaluate", "--qrels", "qrels.tsv", *arguments, status=2)
    assert message in err
    assert len(err.splitlines()) == 1


def test_compare_ranks_and_measures_systems(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "index", "shop.md", "--embedder", "none")
    arguments = ("compare", "--index", "shop", "--queries", "q.jsonl", "--qrels", "qrels.tsv")
    out, err = said(capsys, *arguments, "--modes", "bm25,bm25:backend=fts5,dense", "--json")
    assert "dense was not measured: 'shop' has no vectors" in err
    found = json.loads(out)
    assert [row["label"] for row in found["results"]] == ["bm25", "bm25:backend=fts5"]
    assert found["ranked"]["bm25"]["k"][0] == "kettle-1"
    assert found["ranked"]["bm25"]["n"] == []
    assert found["values"]["bm25"]["MRR@10"] == {"k": 1.0, "l": 1.0, "n": 0.0}
    assert all(row["latency"]["p50"] > 0 for row in found["results"])
    assert found["notes"][0].startswith("dense was not measured")
    text, _ = said(capsys, *arguments, "--modes", "bm25:backend=fts5, bm25", "--baseline", "bm25", "--report", "r.md")
    assert "p50 ms" in text
    assert "against bm25" in text
    assert (judged / "r-latency.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_that_was_written_measures_as_the_comparison_says(
    judged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "index", "shop.md", "--embedder", "none")
    # A bound, a word of the shop's own and a query of plain words: each ranks otherwise when it is understood.
    (judged / "q.jsonl").write_text(QUERIES + '{"query_id": "b", "text": "brewer under 1000"}\n', "utf-8")
    (judged / "qrels.tsv").write_text(QRELS + "b\tkettle-2\t3\n", "utf-8")
    synonyms.save(judged / "data", "shop", "brewer => kettle")
    asked = ("--queries", "q.jsonl")
    found = {}
    for system, options in (("bm25", ()), ("bm25:understand=off", ("--no-understand",))):
        said(capsys, "run", *asked, "--mode", "bm25", "--output", "bm25.trec", *options)
        out, _ = said(capsys, "compare", *asked, "--qrels", "qrels.tsv", "--modes", system, "--json")
        again, _ = said(capsys, "evaluate", "--qrels", "qrels.tsv", "--run", "bm25.trec", "--json")
        found[system] = json.loads(out)["values"][system]
        assert json.loads(again)["values"] == {"bm25": found[system]}
    assert found["bm25"]["nDCG@10"]["b"] == 1.0
    assert found["bm25:understand=off"]["nDCG@10"]["b"] == 0.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--measure", "Magic@3"), "unknown measure 'Magic@3'"),
        (("--baseline", "dense"), "the baseline 'dense' is none of the systems; choose one of bm25"),
    ],
)
def test_compare_ranks_nothing_where_its_outcome_could_not_be_measured(
    judged: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    # There is no index of that name: looking for it would be the first step of ranking.
    _, err = said(
        capsys, "compare", "--index", "none-there", "--queries", "q.jsonl", "--qrels", "qrels.tsv", "--modes", "bm25",
        *arguments, status=2,
    )  # fmt: skip
    assert message in err


def test_nothing_that_can_be_run_is_an_error(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "index", "shop.md", "--embedder", "none")
    arguments = ("compare", "--queries", "q.jsonl", "--qrels", "qrels.tsv")
    _, err = said(capsys, *arguments, "--modes", "dense", status=2)
    assert "none of the systems can be run" in err
    _, err = said(capsys, *arguments, "--modes", "bm25,magic", status=2)
    assert "'magic' is no mode" in err
