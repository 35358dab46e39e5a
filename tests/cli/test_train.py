"""`train`: the whole way by one command, and every step of it; models listed, promoted, rolled back and measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import compose
from cli.main import run
from retrieval.settings import Settings, load_settings
from tests.compose.shops import aside, built
from tests.tiny_models import WIDE, cross_encoder, encoder

VERSION = "20261121-101500-0a1b"
TINY = (
    "--quick", "--rows", "100", "--triplets", "60", "--train-queries", "30", "--dev-queries", "6", "--gate-queries",
    "20", "--depth", "8",
)  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {
        "base": encoder(folder / "base", 1, window=64, **WIDE),
        "better": encoder(folder / "better", 2, window=64, **WIDE),
        "cross": cross_encoder(folder / "cross", 1),
    }


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, models: dict[str, Path]) -> Settings:
    return built(tmp_path_factory.mktemp("original") / "shop", models["base"])


@pytest.fixture
def shop(place: Path, models: dict[str, Path], original: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("EMBEDDER", str(models["base"]))
    monkeypatch.setenv("THREADS", "1")
    shutil.copytree(original.index_dir.parent, place, dirs_exist_ok=True)
    return load_settings()


def learning(models: dict[str, Path], rate: str = "5e-3") -> list[str]:
    """Return the options of a training of seconds."""
    settings = [f"{part}.{name}" for part in ("embedder", "reranker") for name in (
        f"learning_rate={rate}", "epochs=1", "bf16=false", "max_length=48", "log_every=1"
    )]  # fmt: skip
    bases = ["--embedder-base", str(models["base"]), "--reranker-base", str(models["base"])]
    return [*TINY, *bases, *(word for setting in settings for word in ("--set", setting))]


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_the_whole_way_by_one_command(
    shop: Settings, models: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", "all", "--index", "shop", *learning(models), "--json"]) == 0
    summary = said(capsys)
    assert [model["kind"] for model in summary["models"]] == ["embedder", "reranker"]
    assert compose.job(shop, summary["job"]).state == "done"
    assert summary["run"] == summary["job"]

    assert run(["train", "list", "--json"]) == 0
    listed = said(capsys)
    assert {row["kind"]: row["serving"] for row in listed} == {
        model["kind"]: model["promoted"] for model in summary["models"]
    }
    assert all(row["card"]["gate"]["why"] and row["run"] == summary["run"] for row in listed)
    assert run(["train", "list"]) == 0
    out = capsys.readouterr().out
    for model in summary["models"]:
        assert f"{model['version']}  {'serves' if model['promoted'] else 'aside'}" in out
        assert model["gate"]["why"] in out

    assert run(["train", "negatives", "-n", "3", "--json"]) == 0
    rows = said(capsys)
    assert [set(row) for row in rows] == [{"query", "positive_title", "negative_title", "id"}] * 3
    assert run(["train", "negatives", "-n", "1", "--seed", "9"]) == 0
    out = capsys.readouterr().out
    assert "  right: " in out
    assert "  wrong: " in out

    assert run(["train", "evaluate", "--most", "8", "--version", listed[0]["version"], "--json"]) == 0
    found = said(capsys)
    assert len(found["queries"]) == 8
    assert any(listed[0]["version"] in result["label"] for result in found["results"])


def test_data_alone_trains_nothing(shop: Settings, models: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "data", *learning(models)]) == 0
    out = capsys.readouterr().out
    assert "shop: learnt from 30 queries, chosen on 6, proved on 20 silver and 0 judged" in out
    assert compose.trained_models(shop, "shop") == []
    card = compose.dataset_card(shop, "shop")
    assert card is not None
    assert card["counts"]["pairs"] > 0
    assert card["counts"]["triplets"] > 0
    # It was a job like any other, as is one in the background, which the command does not wait for.
    (job,) = [job for job in compose.jobs(shop, "shop") if job.kind == compose.TRAIN]
    assert job.state == "done"
    assert run(["train", "data", *learning(models), "--background", "--json"]) == 0
    assert compose.cancel_job(shop, said(capsys)["job"]).state == "cancelled"


def test_models_are_promoted_and_rolled_back(
    shop: Settings, models: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    aside(shop, "reranker", models["cross"], VERSION, weight=0.5)
    aside(shop, "embedder", models["better"], VERSION)
    capsys.readouterr()
    for kind in ("reranker", "embedder"):
        assert run(["train", "promote", kind, VERSION, "--index", "shop"]) == 0
        assert f"{kind} {VERSION} serves shop; back: " in capsys.readouterr().out
        assert compose.can_roll_back(shop, "shop", kind)
        assert run(["train", "rollback", kind, "--json"]) == 0
        done = said(capsys)
        assert (done["kind"], done["before"], done["version"], done["job"]) == (kind, VERSION, None, None)
        assert not compose.can_roll_back(shop, "shop", kind)
    assert run(["train", "promote", "reranker", VERSION, "--json"]) == 0
    assert said(capsys) == {"kind": "reranker", "version": VERSION, "serving": True, "job": None}
    assert run(["train", "rollback", "reranker"]) == 0
    assert f"what there was before training serves again in the place of {VERSION}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["all", "--set", "reranker.speed=3"], "speed"),
        (["all", "--set", "loss=bce"], "'loss=bce' is no setting; write --set embedder.|reranker.|mining."),
        (["all", "--queries", "q.jsonl"], "give both files, or neither"),
        (["all", "--rows", "3"], "--rows"),
        (["all", "--decide-on", "judged"], "only where some are given"),
        (["embedder", "--embedder-base", "nobody/nothing"], "is not on disk"),
        (["reranker", "--loader", "novels", "."], "no kind of data set"),
        (["promote", "reranker", VERSION], "has no trained reranker"),
        (["rollback", "embedder"], "nothing to roll back"),
        (["evaluate", "--version", VERSION], "has no trained model"),
        (["evaluate", "--queries", "q.jsonl"], "go together"),
        (["promote", "slm", VERSION], "slm"),
    ],
)
def test_a_mistake_is_one_line_and_2(
    shop: Settings, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    capsys.readouterr()
    assert run(["train", *arguments]) == 2
    err = capsys.readouterr().err
    assert why in err
    assert err.count("\n") == 1


def test_nothing_was_trained_or_mined_yet(shop: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["train", "list"]) == 0
    assert "no model was trained on shop yet" in capsys.readouterr().out
    assert run(["train", "negatives"]) == 0
    assert "nothing was mined yet" in capsys.readouterr().out
