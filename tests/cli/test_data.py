"""Builds, roll-back, deletion, backup and restore from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import compose
from cli.main import run
from retrieval.artifacts import current
from retrieval.errors import IndexNotFound
from retrieval.loading import open_build
from retrieval.settings import Settings, load_settings


@pytest.fixture
def settings(place: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of a place of its own, without models."""
    monkeypatch.setenv("EMBEDDER", "none")
    load_settings.cache_clear()
    return load_settings()


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert run(list(arguments)) == status
    out, err = capsys.readouterr()
    return out if status == 0 else err


def products(settings: Settings) -> int:
    return current(settings.index_dir, "shop").counts.products


def index_twice(place: Path) -> None:
    assert run(["index", "shop.md"]) == 0
    text = (place / "shop.md").read_text("utf-8")
    (place / "shop.md").write_text(text[: text.index("<!--DOC:START id=lamp-1")], "utf-8")
    assert run(["index", "shop.md"]) == 0


def test_a_build_prints_its_counts(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert "counted again: 3 in = 3 in SQLite = 3 in each of 5 keyword indexes\n" in said(capsys, "index", "shop.md")
    summary = json.loads(said(capsys, "index", "shop.md", "--json"))
    assert summary["reconciliation"]["products_in"] == summary["reconciliation"]["keyword"]["ngram"] == 3


def test_builds_and_the_way_back(settings: Settings, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index_twice(place)
    newer, older = json.loads(said(capsys, "builds", "shop", "--json"))
    assert (newer["serving"], newer["products"], older["serving"], older["products"]) == (True, 2, False, 3)
    lines = said(capsys, "builds", "shop").splitlines()
    assert lines[0].startswith(f"* {newer['build']}  {newer['created']}  2 products, 2 chunks, 0 vectors")
    assert lines[1].startswith(f"  {older['build']}")
    assert f"from shop.md ({older['source_sha256'][:12]})" in lines[1]
    assert said(capsys, "rollback", "shop").startswith(f"shop: {older['build']} serves again as ")
    assert products(settings) == 3
    assert f"{older['build']} again" in said(capsys, "builds", "shop")
    said(capsys, "rollback", "shop", newer["build"])
    assert products(settings) == 2
    assert "has no build 'nothing'" in said(capsys, "rollback", "shop", "nothing", status=2)
    assert "no catalogue 'hats'" in said(capsys, "rollback", "hats", status=2)
    assert "no catalogue 'hats'" in said(capsys, "builds", "hats", status=2)


def test_a_roll_back_is_seen_by_an_open_engine(settings: Settings, place: Path) -> None:
    from retrieval.models import ModelPool

    index_twice(place)
    engine = compose.open_engine("shop", settings, ModelPool(settings))
    assert engine.search("", mode="bm25").total == 2
    compose.roll_back(settings, "shop")
    assert engine.refresh()
    assert engine.search("", mode="bm25").total == 3
    engine.close()


def test_a_catalogue_is_deleted_with_its_files_when_that_is_meant(
    settings: Settings, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compose.save_upload((place / "shop.md").read_bytes(), "shop.md", settings)
    index_twice(place)
    assert "--yes" in said(capsys, "delete", "shop", status=2)
    assert products(settings) == 2
    assert said(capsys, "delete", "shop", "--yes") == "shop: deleted its index and 1 file it was built from\n"
    assert compose.catalogues(settings) == []
    assert not (settings.index_dir / "shop").exists()
    assert not (settings.data_dir / "shop").exists()
    assert (place / "shop.md").exists()
    assert "no catalogue 'shop'" in said(capsys, "delete", "shop", "--yes", status=2)
    assert "cannot be a catalogue's name" in said(capsys, "delete", "../shop", "--yes", status=2)


def test_a_catalogue_that_somebody_reads_is_gone_for_everybody_else(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["index", "shop.md"]) == 0
    reader = open_build(settings.index_dir, "shop", settings)
    assert "1 build still read by a running app" in said(capsys, "delete", "shop", "--yes")
    with pytest.raises(IndexNotFound):
        current(settings.index_dir, "shop")
    assert len(reader.store.all_products()) == 3
    reader.close()


def test_a_deletion_in_the_background_leaves_a_newer_upload(settings: Settings, place: Path) -> None:
    from tests.cli.test_jobs import ended, stuck

    first = compose.save_upload((place / "shop.md").read_bytes(), "shop.md", settings)
    compose.build(first, "shop", settings)
    with stuck(settings, "other"):
        deletion = compose.start_deletion("shop", settings)
        compose.save_upload((place / "shop.md").read_bytes() + b"\n", "shop.md", settings)
        build = compose.start_build(first, "shop", settings)
    jobs = ended(settings, deletion, build)
    assert [(job.kind, job.state) for job in jobs] == [("delete", "done"), ("build", "done")]
    assert jobs[0].summary == {"name": "shop", "files": [], "builds_left": []}
    assert first.exists()
    assert [info.serving for info in compose.builds(settings, "shop")] == [True]
    with pytest.raises(IndexNotFound):
        compose.start_deletion("hats", settings)


def test_a_deletion_that_was_cancelled_is_resumed(settings: Settings, place: Path) -> None:
    from retrieval.commits import builder_lock
    from tests.cli.test_jobs import ended, until

    source = compose.save_upload((place / "shop.md").read_bytes(), "shop.md", settings)
    compose.build(source, "shop", settings)
    with builder_lock(settings.index_dir, "shop"):
        deletion = compose.start_deletion("shop", settings)
        until(lambda: compose.job(settings, deletion).stage == "waiting")
        compose.cancel_job(settings, deletion)
    assert products(settings) == 3
    assert source.exists()
    (job,) = ended(settings, compose.resume_job(settings, deletion))
    assert job.state == "done"
    assert job.summary is not None
    assert job.summary["files"] == ["source.md"]
    assert compose.catalogues(settings) == []
    assert not source.exists()


def test_user_data_survives_and_comes_back(settings: Settings, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = compose.save_upload((place / "shop.md").read_bytes(), "shop.md", settings)
    before = source.read_bytes()
    for _ in range(2):
        assert run(["index", str(source), "--name", "shop"]) == 0
    assert source.read_bytes() == before
    assert said(capsys, "backup", "b.tar.gz").startswith("b.tar.gz: ")
    assert "is there already" in said(capsys, "backup", "b.tar.gz", status=2)
    assert "holds data" in said(capsys, "restore", "b.tar.gz", status=2)
    assert run(["delete", "shop", "--yes"]) == 0
    out = said(capsys, "restore", "b.tar.gz", "--force")
    assert "of 1 catalogue, backed up 2" in out
    assert "what was there before stands in " in out
    assert f"build its index: product-search index {Path('data/shop/source.md')} --name shop" in out
    assert source.read_bytes() == before
    assert run(["index", "data/shop/source.md", "--name", "shop"]) == 0
    assert products(settings) == 3
    assert len(list(place.glob("data.before-restore-*"))) == 1
    assert "nothing.tar.gz" in said(capsys, "restore", "nothing.tar.gz", "--force", status=2)


def test_old_formats_are_refused_with_the_command_that_builds_them_anew(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["index", "shop.md"]) == 0
    path = settings.index_dir / "shop" / "manifest.json"
    payload = json.loads(path.read_bytes())
    payload["format_version"] = 0
    del payload["digest"]
    path.write_text(json.dumps(payload))
    for verb in (["search", "kettle", "--index", "shop"], ["builds", "shop"], ["rollback", "shop"]):
        message = said(capsys, *verb, status=2)
        assert "is of format 0" in message
        assert "product-search index FILE --name shop" in message
    assert run(["index", "shop.md"]) == 0
    assert products(settings) == 3


def test_data_of_a_newer_version_is_refused_by_every_way_in(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "version.json").write_text('{"version": 99}')
    for verb in (["index", "shop.md"], ["jobs"], ["backup", "b.tar.gz"]):
        assert "written by a newer version" in said(capsys, *verb, status=2)
    assert sorted(path.name for path in settings.data_dir.iterdir()) == [".lock", "version.json"]
