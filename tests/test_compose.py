from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import compose
from retrieval.artifacts import current
from retrieval.errors import CatalogueError, JobError, ModelUnavailable, SettingsError
from retrieval.models import PACKAGED, ModelBroken, ModelPool, locate
from retrieval.settings import Settings
from shop import processes
from shop.jobs import JobRecord

TEXT = "<!--DOC:START id=p1 category=lamps-->\n## Reading lamp\n**Price:** ৳ 900\n<!--DOC:END-->\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        index_dir=tmp_path / "index",
        data_dir=tmp_path / "data",
        models_dir=tmp_path / "models",
        sample_catalogue=tmp_path / "sample.md",
        embedder="none",
    )


def ended(settings: Settings, job_id: str, seconds: float = 180.0) -> JobRecord:
    deadline = time.monotonic() + seconds
    while (job := compose.job(settings, job_id)).active:
        assert time.monotonic() < deadline, job
        time.sleep(0.05)
    return job


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("products.md", "products"),
        ("My Shop (2024).MD", "my-shop-2024"),
        ("Café_übersicht.csv", "cafe_ubersicht"),
        ("C:\\Users\\me\\list.jsonl", "list"),
        ("../../etc/passwd.md", "passwd"),
        ("archive.tar.md", "archive-tar"),
        ("-_-weird-_-.md", "weird"),
        ("x" * 200 + ".md", "x" * 48),
        ("দোকান.md", "catalogue-" + hashlib.sha256("দোকান".encode()).hexdigest()[:8]),
    ],
)
def test_a_catalogue_is_named_after_its_file(filename: str, name: str) -> None:
    assert compose.catalogue_name(filename) == name


def test_an_upload_takes_the_place_of_the_earlier_one(settings: Settings) -> None:
    first = compose.save_upload(b"old", "My Shop.md", settings)
    assert first == settings.data_dir / "my-shop/source.md"
    second = compose.save_upload(b'{"title": "new"}', "my shop.JSONL", settings)
    assert second.read_bytes() == b'{"title": "new"}'
    assert [path.name for path in second.parent.iterdir()] == ["source.jsonl"]
    assert compose.kept_source("my-shop", settings) == second


def test_an_upload_of_another_kind_or_too_large_is_refused(settings: Settings) -> None:
    with pytest.raises(CatalogueError, match=r"virus\.exe"):
        compose.save_upload(b"x", "virus.exe", settings)
    small = settings.model_copy(update={"max_upload_mb": 1})
    compose.save_upload(b"x" * 2**20, "fits.md", small)
    with pytest.raises(CatalogueError, match="MAX_UPLOAD_MB"):
        compose.save_upload(b"x" * (2**20 + 1), "big.md", small)
    assert not (settings.data_dir / "big").exists()


def test_a_background_build_becomes_a_catalogue_that_answers(settings: Settings) -> None:
    source = compose.save_upload(TEXT.encode(), "lamps.md", settings)
    job_id = compose.start_build(source, "lamps", settings)
    job = ended(settings, job_id)
    assert (job.state, job.catalogue, job.source) == ("done", "lamps", str(source)), job.message
    assert job.summary is not None
    assert job.summary["products"] == 1
    assert job.finished is not None
    assert job.started is not None
    assert job.created <= job.started <= job.finished
    (info,) = compose.catalogues(settings)
    assert (info.name, info.products, info.keyword_only, info.error) == ("lamps", 1, True, None)
    assert info.source == str(source)
    engine = compose.open_engine("lamps", settings, ModelPool(settings))
    assert [hit.product_id for hit in engine.search("lamp", mode="bm25").hits] == ["p1"]
    engine.close()
    assert [j.id for j in compose.jobs(settings, "lamps")] == [job_id]


def test_a_build_that_cannot_be_done_says_why(settings: Settings) -> None:
    source = compose.save_upload(b"no product in here", "empty.md", settings)
    job = ended(settings, compose.start_build(source, "empty", settings))
    assert job.state == "failed"
    assert "holds no product" in job.message
    assert compose.catalogues(settings) == []


def test_a_killed_build_is_shown_as_died_and_can_be_started_again(settings: Settings) -> None:
    source = compose.save_upload(TEXT.encode(), "lamps.md", settings)
    job_id = compose.start_build(source, "lamps", settings)
    pid = compose.job(settings, job_id).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert ended(settings, job_id).state == "died"
    assert ended(settings, compose.start_build(source, "lamps", settings)).state == "done"


def test_a_cancelled_build_leaves_no_process(settings: Settings) -> None:
    source = compose.save_upload(TEXT.encode(), "lamps.md", settings)
    job_id = compose.start_build(source, "lamps", settings)
    cancelled = compose.cancel_job(settings, job_id)
    assert cancelled.state == "cancelled"
    assert cancelled.pid is not None
    assert not processes.alive(cancelled.pid, None)


def test_what_cannot_be_started_is_refused_at_once(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="catalogue's name"):
        compose.start_build(Path("x.md"), "../up", settings)
    with pytest.raises(JobError, match="no job"):
        compose.cancel_job(settings, "nobody")


def test_a_job_of_an_unknown_kind_fails(settings: Settings) -> None:
    from shop import jobs

    job_id = jobs.start(settings.data_dir, "dance", "lamps", "x.md", {}, compose.job_environment(settings))
    job = ended(settings, job_id)
    assert (job.state, "'dance'" in job.message) == ("failed", True)


def test_a_job_sees_the_settings_of_whoever_started_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = settings.model_copy(update={"rrf_k": 7, "embedder": "none", "fusion_alpha": 0.25})
    for name, value in compose.job_environment(chosen).items():
        monkeypatch.setenv(name, value)
    assert Settings(_env_file=None) == chosen  # type: ignore[call-arg]


def test_an_index_that_cannot_be_served_is_listed_with_its_error(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "lamps.md"
    source.write_text(TEXT, "utf-8")
    compose.build(source, "lamps", settings)
    assert compose.damage("lamps", settings) is None
    (settings.index_dir / "lamps/manifest.json").write_text("{}")
    (info,) = compose.catalogues(settings)
    assert info.name == "lamps"
    assert "manifest.json" in (info.error or "")
    assert "--name lamps" in (compose.damage("lamps", settings) or "")


def test_the_sample_is_built_once_and_again_when_it_changed(settings: Settings) -> None:
    settings.sample_catalogue.write_text(TEXT, "utf-8")
    stages: list[str] = []
    assert compose.ensure_sample(settings, lambda stage, done, total: stages.append(stage)) is not None
    assert stages[0] == "parse"
    assert compose.ensure_sample(settings) is None
    settings.sample_catalogue.write_text(TEXT.replace("p1", "p2"), "utf-8")
    assert compose.ensure_sample(settings) is not None
    assert compose.ensure_sample(settings) is None
    assert compose.kept_source("sample", settings) == settings.sample_catalogue


def test_a_keyword_only_sample_is_completed_when_an_encoder_is_there(settings: Settings) -> None:
    settings.sample_catalogue.write_text(TEXT, "utf-8")
    compose.ensure_sample(settings)
    with_encoder = settings.model_copy(update={"embedder": "auto"})
    assert compose.needs_build(settings.sample_catalogue, "sample", with_encoder)


def test_an_encoder_that_does_not_load_leaves_keywords_unless_it_was_asked_for(
    settings: Settings, tmp_path: Path
) -> None:
    source = tmp_path / "lamps.md"
    source.write_text(TEXT, "utf-8")
    broken = settings.models_dir / "embedder-ft"
    broken.mkdir(parents=True)
    (broken / "config.json").write_text("{}")
    summary = compose.build(source, "lamps", settings.model_copy(update={"embedder": "auto"}))
    assert summary.keyword_only
    assert "embedder-ft" in summary.why
    with pytest.raises(ModelUnavailable):
        compose.build(source, "lamps", settings, embedder=str(broken))


def test_keyword_search_serves_before_the_model_library_is_imported(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "lamps.md"
    source.write_text(TEXT, "utf-8")
    script = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "import compose\n"
        "from retrieval.artifacts import current\n"
        "from retrieval.settings import Settings\n"
        "settings = Settings(_env_file=None)\n"
        "def watch(stage, done, total):\n"
        "    if stage == 'write' and done == total:\n"
        "        print(json.dumps([current(settings.index_dir, 'lamps').keyword_only, 'torch' in sys.modules]))\n"
        "compose.build(Path(sys.argv[1]), 'lamps', settings, progress=watch)\n"
    )
    chosen = settings.model_copy(update={"embedder": "auto"})
    done = subprocess.run(
        [sys.executable, "-c", script, str(source)],
        env=compose.job_environment(chosen),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [[True, False], [False, True]]


def test_weights_that_turn_out_damaged_leave_keywords_unless_they_were_asked_for(
    settings: Settings, tmp_path: Path
) -> None:
    source = tmp_path / "lamps.md"
    source.write_text(TEXT, "utf-8")
    good = locate(PACKAGED, settings)
    assert good is not None
    damaged = settings.models_dir / "embedder-ft"
    shutil.copytree(good, damaged, ignore=shutil.ignore_patterns("*.safetensors"))
    (damaged / "model.safetensors").write_bytes((good / "model.safetensors").read_bytes()[:100_000])
    chosen = settings.model_copy(update={"embedder": "auto"})
    summary = compose.build(source, "lamps", chosen)
    assert summary.keyword_only
    assert "embedder-ft cannot be loaded" in summary.why
    assert current(settings.index_dir, "lamps").why == summary.why
    with pytest.raises(ModelBroken, match="embedder-ft cannot be loaded"):
        compose.build(source, "named", chosen, embedder=str(damaged))
    assert current(settings.index_dir, "named").keyword_only
