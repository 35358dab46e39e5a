from __future__ import annotations

import io
import re
import struct
import zipfile
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from evaluation.comparison import Comparison, compare
from evaluation.plots import alpha, differences, front, latency, pictures, swept
from evaluation.records import Query, Run
from evaluation.report import markdown, packed, verdict, write
from evaluation.systems import parse_all
from retrieval.errors import EvaluationError

HOSTILE = "<script>alert(1)</script> | `rm` [x](javascript:y) *bold* :material/home: $x$"
SYSTEMS = parse_all(["bm25", "dense", "hybrid", "hybrid:alpha=0", "hybrid:alpha=0.5", "hybrid:alpha=1"])
QRELS = {f"q{i:02d}": {"good": 3, "fair": 1, "bad": 0} for i in range(24)}


def system_run(name: str, share: float, milliseconds: float) -> Run:
    """Rank the good product first in a share of the queries, and third in the others."""
    random = np.random.default_rng(7)
    best, worst = ["good", "fair", "bad"], ["bad", "fair", "good"]
    orders = {query: best if random.random() < share else worst for query in QRELS}
    ranked = {q: [(product, 3.0 - i) for i, product in enumerate(order)] for q, order in orders.items()}
    return Run(name, ranked, dict.fromkeys(QRELS, milliseconds))


@pytest.fixture(scope="module")
def found() -> Comparison:
    shares = {"bm25": 0.2, "dense": 0.1, "hybrid": 0.9, "hybrid:alpha=0": 0.3, "hybrid:alpha=0.5": 0.8}
    runs = [system_run(s.label, shares.get(s.label, 0.2), 1.0 + 10 * i) for i, s in enumerate(SYSTEMS)]
    queries = [Query(q, f"{HOSTILE} {q}", "keyword" if i % 2 else "semantic") for i, q in enumerate(QRELS)]
    return compare(runs, queries, QRELS, systems=SYSTEMS, notes=("rerank was not measured: no model.",))


def figures(text: str, row: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| `{row}` |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_tables_hold_the_figures(found: Comparison) -> None:
    text = markdown(found, texts=True)
    mean = found.result("hybrid").means["nDCG@10"]
    assert figures(text, "hybrid")[1:3] == [f"{mean.value:.3f}", f"{mean.low:.3f} to {mean.high:.3f}"]
    against = found.result("hybrid").against["nDCG@10"]
    section = text.split("## Against")[1]
    assert figures(section, "hybrid")[1] == f"{against.difference:+.3f}"
    assert figures(section, "hybrid")[5:] == [str(against.wins), str(against.ties), str(against.losses)]
    for title in ("Means", "Which to take", "Quality and latency", "The weight of the words", "By type of query"):
        assert f"\n## {title}\n" in text
    assert "rerank was not measured" in text.replace("\\", "")
    # One table has one width: as many cells a row as its header.
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block


def test_what_a_query_says_is_read_as_text(found: Comparison) -> None:
    text = markdown(found, texts=True)
    assert r"\<script\>alert(1)\</script\> \| \`rm\` \[x\](javascript\:y) \*bold\* \:material/home\: \$x\$" in text
    assert not re.search(r"(?<!\\)<script|(?<!\\)\](?=\(javascript)", text)


def test_a_report_makes_no_link_of_bare_addresses_and_holds_nothing_unseen() -> None:
    query = Query("q1", "WWW.evil.example a@b.example \x1b[31mred\x9b \u202egpj.exe ক্‌ষ")
    runs = [Run("base", {"q1": [("a", 1.0)]}), Run("\x1b]0;x\x07run", {"q1": [("b", 1.0)]})]
    text = markdown(compare(runs, (query,), {"q1": {"a": 1}}), texts=True)
    assert r"| WWW\.evil.example a\@b.example \[31mred gpj.exe ক্‌ষ |" in text
    assert "| `]0;xrun` |" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_a_report_without_texts_holds_ids_and_figures_only(found: Comparison) -> None:
    text = markdown(found, texts=False)
    assert "script" not in text
    assert "rm" not in re.findall(r"[a-z]+", text)
    assert figures(text.split("## Against")[1], "dense")


def test_lost_queries_are_listed_with_both_values(found: Comparison) -> None:
    lost = found.duel("dense").losses
    text = markdown(found, texts=False).split("## Queries that are lost")[1]
    assert ("`dense` loses no query" in text) == (not lost)
    only = markdown(found, texts=False, lost=["hybrid"]).split("## Queries that are lost")[1]
    assert "`hybrid` loses" in only
    assert "`dense` loses" not in only


def test_the_verdict_says_whether_a_difference_can_be_told(found: Comparison) -> None:
    against = found.result("hybrid").against["nDCG@10"]
    assert verdict(found) == (
        f"hybrid beats bm25 by {against.difference:.3f} nDCG@10 (p = {against.adjusted:.3f} after correction) "
        "on 24 queries."
        if against.adjusted >= 0.001
        else f"hybrid beats bm25 by {against.difference:.3f} nDCG@10 (p < 0.001 after correction) on 24 queries."
    )
    same = compare([system_run("a", 0.5, 1), system_run("b", 0.5, 1)], (), QRELS)
    assert verdict(same).startswith("a has the highest nDCG@10")
    assert "of the 1 others 0 can be told to be worse" not in verdict(same)
    near = compare([system_run("a", 0.5, 1), system_run("b", 0.55, 1)], (), QRELS)
    assert verdict(near).startswith("No difference can be told: b has")
    alone = compare([system_run("a", 0.5, 1)], (), QRELS)
    assert verdict(alone).startswith("a reaches")
    worse = compare([system_run("a", 0.95, 1), system_run("b", 0.1, 1)], (), QRELS)
    assert verdict(worse).endswith("the other is worse by more than chance shows.")


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def test_pictures_are_drawn_and_the_same_each_time(found: Comparison) -> None:
    drawn = pictures(found)
    assert set(drawn) == {"latency", "alpha", "differences"}
    for png in drawn.values():
        assert size(png) == (1080, 630)
        assert len(png) > 8_000
    assert pictures(found) == drawn
    assert differences(found, "dense") != drawn["differences"]


def test_the_sweep_is_in_the_order_of_alpha(found: Comparison) -> None:
    assert [weight for weight, _ in swept(found)] == [0.0, 0.5, 1.0]


def test_nothing_as_quick_beats_what_is_on_the_front(found: Comparison) -> None:
    kept = front(found)
    for result in found.results:
        beaten = [
            other
            for other in found.results
            if other.latency.p50 <= result.latency.p50 and other.means["nDCG@10"].value > result.means["nDCG@10"].value
        ]
        equal_before = any(
            other.latency.p50 < result.latency.p50 and other.means["nDCG@10"].value == result.means["nDCG@10"].value
            for other in found.results
        )
        assert (result in kept) == (not beaten and not equal_before), result.label


def test_what_was_not_measured_is_not_drawn() -> None:
    single = compare([Run("a", {q: [("good", 1.0)] for q in QRELS})], (), QRELS)
    assert pictures(single) == {}
    for draw, said in ((latency, "no system was timed"), (alpha, "no two values"), (differences, "a single system")):
        with pytest.raises(EvaluationError, match=said):
            draw(single)
    assert "## Queries that are lost" not in markdown(single, texts=False)


def test_a_report_is_written_with_its_pictures_beside_it(found: Comparison, tmp_path: Path) -> None:
    written = write(found, tmp_path / "deep" / "out.md")
    names = ["out.md", "out-latency.png", "out-alpha.png", "out-differences.png"]
    assert [path.name for path in written] == names
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == sorted(names)
    text = written[0].read_text("utf-8")
    assert re.findall(r"!\[[^\]]*\]\(([^)]*)\)", text) == ["out-differences.png", "out-latency.png", "out-alpha.png"]


def test_pictures_are_found_whatever_the_reports_name(found: Comparison, tmp_path: Path) -> None:
    report, *pictures = write(found, tmp_path / "my report (1) #2.md")
    links = re.findall(r"!\[[^\]]*\]\(([^ )]*)\)", report.read_text("utf-8"))
    assert {unquote(link) for link in links} == {path.name for path in pictures}


def test_a_zip_holds_the_report_and_every_picture_it_names(found: Comparison) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(found, texts=False))) as archive:
        text = archive.read("report.md").decode()
        assert set(archive.namelist()) == {"report.md", *re.findall(r"\]\(([a-z]+\.png)\)", text)}
        assert "script" not in text
