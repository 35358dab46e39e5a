"""The whole way of a training with tiny real models: proved, refused, killed, resumed, cancelled."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import compose
from compose.training_way import train
from retrieval.artifacts import current
from retrieval.errors import (
    EvaluationError,
    IndexNotFound,
    ModelUnavailable,
    ProductSearchError,
    SettingsError,
    TrainingError,
)
from retrieval.models import ModelPool
from retrieval.records import Product
from retrieval.settings import Settings
from shop import query_sets
from tests import tiny_models
from tests.compose.shops import PRODUCTS, built, copied, ended, files, rankings, until
from training.cards import read_card
from training.options import LoaderChoice, TrainingOptions
from training.runs import Work

ALL_SEEN: Mapping[str, Any] = {"batch": 32, "bf16": False, "max_length": 48, "log_every": 1}
SMALL: Mapping[str, Any] = {
    "quick": True, "train_queries": 60, "dev_queries": 10, "gate_queries": 25, "depth": 10, "rows": 240,
    "triplets": 160,
}  # fmt: skip


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.encoder(tmp_path_factory.mktemp("models") / "base", 1, window=64, **tiny_models.WIDE)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, encoder: Path) -> Settings:
    return built(tmp_path_factory.mktemp("original") / "shop", encoder)


@pytest.fixture
def settings(tmp_path: Path, encoder: Path, original: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return copied(original, tmp_path / "shop", encoder)


def options(encoder: Path, rate: float = 5e-3, epochs: float = 2, **given: Any) -> TrainingOptions:
    """Return the options of a training of seconds; at a rate of next to nothing it learns nothing."""
    learning = {**ALL_SEEN, "learning_rate": rate, "epochs": epochs}
    base = {"embedder_base": str(encoder), "reranker_base": str(encoder)}
    return TrainingOptions(**{**SMALL, **base, "embedder": learning, "reranker": learning, **given})


class Watched:
    """Notes the stages as they come."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self.stages[-1:]:
            self.stages.append(stage)


def test_the_whole_way(settings: Settings, encoder: Path) -> None:
    before, old = rankings(settings), current(settings.index_dir, "shop")
    # An encoder so small puts all texts near each other; without a margin there are negatives to read all the same.
    asked, seen = options(encoder, mining={"margin": 0.0}), Watched()
    summary = train(settings, "shop", asked, "run1", seen)
    assert seen.stages == list(compose.TRAIN_STAGES)
    assert [model["kind"] for model in summary["models"]] == ["embedder", "reranker"]

    embedder, reranker = summary["models"]
    assert embedder["gate"]["passed"], embedder["gate"]["why"]
    assert embedder["promoted"]
    assert embedder["gate"]["p"] < 0.05
    assert [(each["on"], each["mode"]) for each in embedder["gate"]["evidence"]] == [
        ("silver", "dense"),
        ("silver", "hybrid"),
    ]
    assert embedder["gate"]["queries"] == 25
    now = current(settings.index_dir, "shop")
    assert now.encoder is not None
    assert now.encoder.source == f"models:embedder-ft/versions/{embedder['version']}"
    assert now.build != old.build

    models = {model.kind: model for model in compose.trained_models(settings, "shop")}
    assert models["embedder"].serving
    assert not models["embedder"].aside
    assert models["reranker"].serving == reranker["gate"]["passed"] == reranker["promoted"]
    for kind, model in models.items():
        card = model.card
        assert (card.kind, card.catalogue, card.base, model.run) == (kind, "shop", str(encoder), "run1")
        assert card.gate == next(each["gate"] for each in summary["models"] if each["kind"] == kind)
        assert card.measures["nDCG@10"] >= 0
        assert len(card.data_sha256) == 64
        assert card.data["train"] == 60
        assert not [path for path in model.folder.rglob("*") if path.suffix in {".bin", ".pt", ".pth", ".pkl"}]
        assert next(model.folder.glob("*.safetensors"), None) is not None
    assert models["reranker"].card.max_length == 48
    assert 0 <= (models["reranker"].card.weight or 0) <= 1

    steps = compose.training_steps(settings, "shop", "run1")
    assert all(len(steps[kind]) > 1 for kind in ("embedder", "reranker"))
    data = compose.dataset_card(settings, "shop")
    assert data is not None
    assert data["original"] == {"train": 148_037, "dev": 16_449}
    assert 0 < data["counts"]["pairs"] <= 240
    rows = compose.negatives(settings, "shop", 3)
    assert len(rows) == 3
    assert rows == compose.negatives(settings, "shop", 3)
    titles = {product.title for product in PRODUCTS}
    assert all({row.positive_title, row.negative_title} <= titles for row in rows)

    # What is over is not done again.
    work = files(settings.data_dir / "shop" / "training", settings.models_dir, settings.index_dir)
    assert train(settings, "shop", asked, "run1", again := Watched()) == summary
    assert again.stages == []
    assert files(settings.data_dir / "shop" / "training", settings.models_dir, settings.index_dir) == work

    for kind in ("reranker", "embedder"):
        if compose.can_roll_back(settings, "shop", kind):
            assert compose.roll_back_model(settings, "shop", kind).version is None
    assert rankings(settings) == before


def test_a_failed_gate_changes_nothing_that_serves(settings: Settings, encoder: Path) -> None:
    served = rankings(settings)
    untouched = files(settings.index_dir, settings.models_dir)
    summary = train(settings, "shop", options(encoder, rate=1e-12, epochs=1), "run1", Watched())
    assert [(model["promoted"], model["gate"]["passed"]) for model in summary["models"]] == [(False, False)] * 2
    assert all(model["gate"]["why"].startswith("It is ") for model in summary["models"])
    assert files(settings.index_dir, settings.models_dir) == untouched
    assert rankings(settings) == served
    # Both are kept aside with their verdict, and may serve all the same when that is asked for.
    aside = compose.trained_models(settings, "shop")
    assert sorted(model.kind for model in aside) == ["embedder", "reranker"]
    assert all(model.aside and not model.serving for model in aside)
    assert all(read_card(model.folder).gate == model.card.gate and model.card.gate for model in aside)
    reranker = next(model for model in aside if model.kind == "reranker")
    assert compose.promote_model(settings, "shop", "reranker", reranker.version) is None
    assert compose.can_roll_back(settings, "shop", "reranker")


def test_a_model_that_passes_stays_aside_where_that_is_asked_for(settings: Settings, encoder: Path) -> None:
    untouched = files(settings.index_dir, settings.models_dir)
    summary = train(settings, "shop", options(encoder, parts="embedder", promote=False), "run1", Watched())
    (model,) = summary["models"]
    assert (model["gate"]["passed"], model["promoted"]) == (True, False)
    assert files(settings.index_dir, settings.models_dir) == untouched


@pytest.mark.soak  # four processes that import what trains; tests/training/test_resume.py kills a training in every run
def test_a_job_that_is_cancelled_and_killed_in_two_stages_comes_to_its_end(settings: Settings, encoder: Path) -> None:
    untouched = files(settings.index_dir, settings.models_dir)
    asked = options(encoder, epochs=30, promote=False)  # long enough to be met in the midst of it
    job = first = compose.start_training("shop", settings, asked)
    until(lambda: compose.job(settings, job).stage == "triplets")
    record = compose.cancel_job(settings, job)
    assert (record.state, record.resumable) == ("cancelled", True)
    until(lambda: not alive(record.pid))
    kept: list[dict[str, Any]] = []
    for stage in ("embedder", "reranker"):
        job = compose.resume_job(settings, job)
        # In the midst of learning.
        until(partial(learning, settings, job, stage))
        kill(settings, job)
        assert compose.job(settings, job).state == "died"
        kept.append(state_of(settings, first))
    assert list(kept[0]) == ["data", "triplets"]
    assert list(kept[1]) == ["data", "triplets", "embedder", "index", "prove", "swap", "mine"]
    assert {name: kept[1][name] for name in kept[0]} == kept[0]
    job = compose.resume_job(settings, job)
    done = ended(settings, job)
    assert done.state == "done", done.message + compose.job_log(settings, job)
    assert done.summary is not None
    assert done.summary["run"] == first
    assert [model["kind"] for model in done.summary["models"]] == ["embedder", "reranker"]
    assert {name: state_of(settings, first)[name] for name in kept[1]} == kept[1]
    assert compose.training_runs(settings, "shop") == [first]
    steps = compose.training_steps(settings, "shop", job)
    for moments in steps.values():
        taken = [moment.step for moment in moments if moment.loss is not None]
        assert taken == sorted(set(taken))
    assert files(settings.index_dir, settings.models_dir) == untouched


def learning(settings: Settings, job: str, stage: str) -> bool:
    """Return whether a job has begun to learn in a stage."""
    now = compose.job(settings, job)
    return now.stage == stage and now.done >= 2


def alive(pid: int | None) -> bool:
    """Return whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def kill(settings: Settings, job: str) -> None:
    """Kill a job's process without a word."""
    pid = compose.job(settings, job).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid))


def state_of(settings: Settings, run: str) -> dict[str, Any]:
    """Return the stages of a run that are over."""
    return dict(Work.open(settings.data_dir, "shop", run).state.stages)


def called(number: int) -> str:
    """Return a word that no other product has."""
    return "".join(
        "bdfgklmnprstvz"[number // 5 ** (2 * place) % 14] + "aeiou"[number // 5**place % 5] for place in (0, 1, 2)
    )


TWINS: tuple[Product, ...] = tuple(
    replace(
        product,
        product_id=f"{number}-{kind}",
        title=f"{product.colors[0]} {product.category} {called(number)}",
        description=f"{kind} {kind} {kind}",
        attributes={},
        brand=None,
        price=None,
        colors=(),
    )
    for number, product in enumerate(PRODUCTS[:100])
    for kind in ("matt", "glossy")
)


def test_a_reranker_learns_from_judgements_what_search_cannot_know_and_serves(tmp_path: Path, encoder: Path) -> None:
    settings = built(tmp_path / "twins", encoder, TWINS)
    # Of every pair of products of one title, people want the one that search shows second.
    asked_for = {number: f"{PRODUCTS[number].category} {called(number)}" for number in range(100)}
    engine = compose.open_engine("shop", settings, ModelPool(settings))
    (first,) = engine.search(asked_for[0], top_k=1).hits
    engine.close()
    wrong = first.product.product_id.split("-")[1]
    query_sets.save(
        settings.data_dir,
        "shop",
        "Mine",
        [{"query_id": f"j{number}", "text": text} for number, text in asked_for.items()],
        {f"j{n}": {f"{n}-{kind}": 0 if kind == wrong else 3 for kind in ("matt", "glossy")} for n in asked_for},
        source="uploaded",
    )
    # Five silver queries can show no loss beyond chance: the smallest p of five is 2 / 2^5.
    given = {"parts": "reranker", "judged": "mine", "decide_on": "judged", "rows": 600, "gate_queries": 5}
    few = {"train_queries": 10, "dev_queries": 5, "mining": {"per_query": 1}}
    summary = train(settings, "shop", options(encoder, rate=2e-3, epochs=12, **given, **few), "run1", Watched())
    (model,) = summary["models"]
    assert summary["data"]["judged"] == 50
    gate = model["gate"]
    assert (gate["on"], gate["queries"], gate["present_system"]) == ("judged", 50, "hybrid")
    assert {each["on"] for each in gate["evidence"]} == {"judged", "silver"}
    assert gate["passed"], gate["why"]
    assert model["promoted"]
    assert rankings(settings, mode="rerank") != rankings(settings, mode="hybrid")
    assert compose.roll_back_model(settings, "shop", "reranker").version is None


def test_negatives_are_mined_again_and_another_data_set_is_learnt_from(
    settings: Settings, encoder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "catalogue.jsonl").write_text(
        "".join(
            json.dumps({"product_id": f"d{n}", "title": f"passage about topic {n} of {n % 7}"}) + "\n"
            for n in range(30)
        ),
        "utf-8",
    )
    (folder / "queries.jsonl").write_text(
        "".join(json.dumps({"query_id": f"q{n}", "text": f"topic {n}"}) + "\n" for n in range(12)), "utf-8"
    )
    (folder / "qrels.tsv").write_text(
        "query_id\tproduct_id\trelevance\n" + "".join(f"q{n}\td{n}\t1\n" for n in range(12)), "utf-8"
    )
    asked = options(
        encoder, rate=1e-3, epochs=1, parts="reranker", rounds=2, loader=LoaderChoice("own", str(folder)),
        train_queries=20, gate_queries=5,
    )  # fmt: skip
    summary = train(settings, "shop", asked, "run1", Watched())
    assert {"mine", "reranker", "mine 2", "reranker 2"} <= set(summary["seconds"])
    data = compose.dataset_card(settings, "shop", "run1")
    assert data is not None
    assert data["sources"]["loaded"] > 0
    assert data["sources"]["silver"] > 0


def test_a_catalogue_without_vectors_gets_an_embedder_but_no_reranker(tmp_path: Path, encoder: Path) -> None:
    settings = built(tmp_path / "words", encoder)
    compose.build(tmp_path / "words" / "shop.jsonl", "shop", settings, "none")
    with pytest.raises(TrainingError, match=r"has no vectors .* build its index with an encoder first"):
        train(settings, "shop", options(encoder, parts="reranker"), "run1", Watched())
    (model,) = train(settings, "shop", options(encoder, parts="embedder"), "run2", Watched())["models"]
    assert (model["gate"]["present_system"], model["gate"]["mode"]) == ("bm25", "hybrid")


@pytest.mark.parametrize(
    ("given", "error", "why"),
    [
        ({"judged": "nowhere"}, ProductSearchError, "no set of queries 'nowhere'"),
        ({"queries": "gone.jsonl", "qrels": "gone.tsv"}, EvaluationError, "cannot be read"),
        ({"loader": LoaderChoice("novels", ".")}, EvaluationError, "no kind of data set"),
        ({"embedder_base": "nobody/nothing"}, ModelUnavailable, "not on disk"),
        ({"reranker_base": "nobody/nothing"}, ModelUnavailable, "not on disk"),
        ({"embedder": {"speed": 1}}, SettingsError, "speed"),
        ({"reranker": {"loss": "hope"}}, SettingsError, "unknown loss 'hope'"),
        ({"mining": {"luck": 1}}, TrainingError, "unknown setting of mining"),
    ],
)
def test_what_cannot_be_done_is_refused_before_a_job_is_made(
    settings: Settings, encoder: Path, given: dict[str, Any], error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        compose.start_training("shop", settings, options(encoder, **given))
    assert compose.jobs(settings) == []
    assert compose.training_runs(settings, "shop") == []


def test_there_is_no_such_catalogue(settings: Settings) -> None:
    with pytest.raises(IndexNotFound):
        compose.start_training("nowhere", settings)


def test_models_are_measured_on_what_no_training_saw(settings: Settings, encoder: Path) -> None:
    asked = options(encoder, rate=1e-12, epochs=1)
    train(settings, "shop", asked, "run1", Watched())
    versions = {model.kind: model.version for model in compose.trained_models(settings, "shop")}
    found = compose.evaluate_models(settings, "shop", [*versions.values()], most=12)
    assert set(found.labels) == {
        "bm25", "dense", "hybrid", f"dense with {versions['embedder']}", f"hybrid with {versions['embedder']}",
        f"rerank with {versions['reranker']}",
    }  # fmt: skip
    assert found.baseline == "hybrid"
    assert len(found.queries) == 12
    assert any(note.startswith("rerank was not measured") for note in found.notes)
    held = {query.query_id for query in found.queries}
    seen = {json.loads(line)["query_id"] for line in lines(settings) if json.loads(line)["part"] in ("train", "dev")}
    assert not held & seen
    with pytest.raises(ModelUnavailable, match="no trained model"):
        compose.evaluate_models(settings, "shop", ["20260101-000000-0000"])


def lines(settings: Settings) -> list[str]:
    """Return the rows of the queries that a run dealt out, views left out."""
    path = settings.data_dir / "shop" / "training" / "run1" / "data" / "queries.jsonl"
    return [line for line in path.read_text("utf-8").splitlines() if json.loads(line)["part"] != "views"]
