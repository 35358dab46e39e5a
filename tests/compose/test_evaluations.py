"""Comparisons and silver queries as jobs: made, listed, opened, deleted, cancelled."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import compose
from evaluation.files import read_qrels, read_queries
from evaluation.measures import score
from evaluation.records import Run
from evaluation.runs import tie_free
from retrieval.errors import DataError, EvaluationError
from retrieval.models import ModelPool
from retrieval.settings import Settings
from shop import comparisons, judgements, processes, query_sets
from shop.jobs import JobRecord
from tests.support import sample_products, settings_in

PRODUCTS = sample_products(60)
QUERIES = [
    {"query_id": f"q{i}", "text": text, "type": "keyword"}
    for i, text in enumerate(("red chair", "blue lamp", "quiet clock", "tiny pillow", "heavy kettle", "bright scarf",
                              "wooden notebook", "folding speaker", "woollen scarf", "wireless speaker"))
]  # fmt: skip
QRELS = {
    row["query_id"]: {p.product_id: 3 if all(w in p.title for w in row["text"].split()) else 0 for p in PRODUCTS[:40]}
    for row in QUERIES
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    made = settings_in(tmp_path, embedder="none")
    source = tmp_path / "shop.jsonl"
    source.write_text("".join(json.dumps(product.to_dict()) + "\n" for product in PRODUCTS), "utf-8")
    compose.build(source, "shop", made)
    return made


def until(true: Callable[[], object], seconds: float = 180.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.05)


def ended(settings: Settings, job_id: str) -> JobRecord:
    until(lambda: not compose.job(settings, job_id).active)
    return compose.job(settings, job_id)


def test_a_comparison_is_made_listed_opened_and_deleted(settings: Settings) -> None:
    query_sets.save(settings.data_dir, "shop", "Mine", QUERIES, QRELS, source="uploaded")
    job = ended(
        settings,
        compose.start_comparison(
            settings,
            "shop",
            "mine",
            ("bm25:backend=fts5", "bm25", "dense"),
            baseline="bm25",
            measures=("ndcg@5", "MRR@10"),
            relevant=2,
        ),
    )
    assert job.state == "done", job.message
    assert job.summary is not None
    (info,) = compose.comparisons(settings, "shop")
    assert info.id == job.summary["comparison"]
    assert (info.query_set, info.queries, info.baseline, info.measure) == ("mine", 10, "bm25", "nDCG@5")
    assert info.systems == ("bm25:backend=fts5", "bm25")
    assert info.verdict == job.summary["verdict"]
    found = compose.comparison(settings, "shop", info.id)
    assert any(note.startswith("dense was not measured: ") for note in found.notes)
    engine = compose.open_engine("shop", settings, ModelPool(settings))
    run = Run("bm25", {q["query_id"]: tie_free(engine.run(q["text"], mode="bm25", top_k=100)) for q in QUERIES})
    engine.close()
    expected = score(run, QRELS, ["nDCG@5", "MRR@10"], relevant=2).values
    assert found.values["bm25"] == {name: pytest.approx(dict(values)) for name, values in expected.items()}
    assert {q: list(ids) for q, ids in found.ranked["bm25"].items()} == {
        q: [product for product, _ in ranked[:20]] for q, ranked in run.ranked.items()
    }
    assert all(result.latency for result in found.results)
    with zipfile.ZipFile(io.BytesIO(compose.comparison_zip(settings, "shop", info.id, texts=False))) as archive:
        assert "red chair" not in archive.read("report.md").decode()
    assert compose.delete_comparison(settings, "shop", info.id)
    assert compose.comparisons(settings, "shop") == []
    with pytest.raises(DataError, match="no comparison"):
        compose.comparison(settings, "shop", info.id)


@pytest.mark.parametrize("card", ["{", "{}", '{"systems": 3}', None])
def test_a_damaged_comparison_hides_no_other_and_can_be_deleted(tmp_path: Path, card: str | None) -> None:
    made = settings_in(tmp_path)
    whole = {
        "id": "b", "created": "2026-01-02T03:04:05+00:00", "query_set": "mine", "build": "b1", "encoder": None,
        "queries": 2, "systems": ["bm25"], "baseline": "bm25", "measure": "nDCG@10", "best": "bm25", "value": 0.5,
        "verdict": "well",
    }  # fmt: skip
    for name in ("a", "b", "c"):
        comparisons.save(made.data_dir, "shop", name, whole, {})
    for name in ("a", "c"):
        text = json.dumps({**whole, "value": "much"}) if card is None else card
        (made.data_dir / f"shop/evaluations/{name}.card.json").write_text(text)
    fine, *damaged = compose.comparisons(made, "shop")
    assert (fine.id, fine.systems, fine.value, fine.verdict, fine.error) == ("b", ("bm25",), 0.5, "well", None)
    assert [info.id for info in damaged] == ["c", "a"]
    assert all(info.error and info.id in info.error and "delete it" in info.error for info in damaged)
    assert [info.verdict for info in damaged] == [info.error for info in damaged]
    assert compose.hand_work(made, "shop").comparisons == 3
    assert all(compose.delete_comparison(made, "shop", info.id) for info in damaged)
    assert compose.comparisons(made, "shop") == [fine]


def test_a_running_comparison_is_cancelled_with_its_process(settings: Settings) -> None:
    many = [{"query_id": f"q{i}", "text": f"red chair {i}"} for i in range(20_000)]
    query_sets.save(settings.data_dir, "shop", "many", many, {q["query_id"]: {"p0": 1} for q in many}, source="typed")
    job_id = compose.start_comparison(settings, "shop", "many", ("bm25:backend=fts5",))
    until(lambda: compose.job(settings, job_id).stage == "rank" and compose.job(settings, job_id).done > 0)
    running = compose.job(settings, job_id)
    assert running.total == 20_000
    job = compose.cancel_job(settings, job_id)
    assert (job.state, job.resumable) == ("cancelled", True)
    assert not processes.alive(running.pid or 0, running.birth)
    assert compose.comparisons(settings, "shop") == []


def test_what_cannot_be_compared_is_refused_before_a_job_is_made(settings: Settings) -> None:
    with pytest.raises(DataError, match="no set of queries 'nope'"):
        compose.start_comparison(settings, "shop", "nope")
    query_sets.save(settings.data_dir, "shop", "mine", QUERIES, QRELS, source="typed")
    with pytest.raises(EvaluationError, match="'magic' is no mode"):
        compose.start_comparison(settings, "shop", "mine", ("magic",))
    with pytest.raises(EvaluationError, match="baseline 'dense' is none of the systems"):
        compose.start_comparison(settings, "shop", "mine", ("bm25",), baseline="dense")
    with pytest.raises(EvaluationError, match=r"Magic@10"):
        compose.start_comparison(settings, "shop", "mine", ("bm25",), measures=("Magic@10",))
    query_sets.save(settings.data_dir, "shop", "unjudged", QUERIES, source="typed")
    with pytest.raises(EvaluationError, match="nothing of the set 'unjudged' was judged"):
        compose.start_comparison(settings, "shop", "unjudged", ("bm25",))
    assert compose.jobs(settings, "shop") == []


def test_judgements_by_people_count_before_those_of_the_set(settings: Settings) -> None:
    query_sets.save(settings.data_dir, "shop", "mine", QUERIES, {"q0": {"p0": 3, "p1": 3}}, source="uploaded")
    judgements.record(settings.data_dir, "shop", "Ada", "red chair", "p1", 0)
    judgements.record(settings.data_dir, "shop", "Ada", "blue lamp", "p11", 2)
    queries, qrels, notes = compose.judged_set(settings, "shop", "mine")
    assert qrels == {"q0": {"p0": 3, "p1": 0}, "q1": {"p11": 2}}
    assert [q.text for q in queries] == [row["text"] for row in QUERIES]
    assert notes == ("2 judgements by people count before those of the set.",)


def test_silver_queries_become_sets_that_are_compared_on(settings: Settings, tmp_path: Path) -> None:
    job = ended(settings, compose.start_silver(settings, "shop", "silver", seed=3, per_product=2))
    assert job.state == "done", job.message
    assert job.summary is not None
    assert set(job.summary["sets"]) == {"silver-train", "silver-dev", "silver-test"}
    for name, count in job.summary["counts"].items():
        kept = query_sets.load(settings.data_dir, "shop", name)
        assert len(kept.queries) == kept.card.queries == count
        assert set(kept.qrels) == set(kept.texts)
        assert (kept.card.source, kept.card.details["seed"]) == ("silver", 3)
        folder = settings.data_dir / "shop/sets" / name
        assert len(read_queries(folder / "queries.jsonl")) == count
        assert read_qrels(folder / "qrels.tsv") == kept.qrels
    with pytest.raises(DataError, match="'silver-train' already"):
        compose.start_silver(settings, "shop", "silver")
    with pytest.raises(EvaluationError, match="1 to 3"):
        compose.start_silver(settings, "shop", "other", per_product=9)
    made = ended(settings, compose.start_comparison(settings, "shop", "silver-test", ("bm25",)))
    assert made.state == "done", made.message
