"""The queue of background jobs, from the command line and from other processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import compose
from cli.main import run
from retrieval.artifacts import catalogue_names
from retrieval.commits import builder_lock
from retrieval.errors import JobError
from retrieval.settings import Settings, load_settings
from shop import processes
from shop.database import connected
from shop.jobs import JobRecord

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings(place: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of a place of its own, without models."""
    monkeypatch.setenv("EMBEDDER", "none")
    load_settings.cache_clear()
    return load_settings()


def until(true: Callable[[], object], seconds: float = 180.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.05)


@contextmanager
def stuck(settings: Settings, *names: str) -> Iterator[list[str]]:
    """Start the builds of catalogues of which the first cannot go on within the block; yield the jobs' ids."""
    with builder_lock(settings.index_dir, names[0]):
        ids = [compose.start_build(Path("shop.md"), name, settings) for name in names]
        until(lambda: compose.job(settings, ids[0]).stage == "waiting")
        yield ids


def ended(settings: Settings, *ids: str) -> list[JobRecord]:
    until(lambda: not any(compose.job(settings, i).active for i in ids))
    return [compose.job(settings, i) for i in ids]


def kill(job: JobRecord) -> None:
    assert job.pid is not None
    os.kill(job.pid, signal.SIGKILL)
    until(lambda: not processes.alive(job.pid or 0, job.birth))


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert run(list(arguments)) == status
    out, err = capsys.readouterr()
    return out if status == 0 else err


def as_json(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in json.loads(said(capsys, "jobs", "--json"))}


def test_one_job_runs_and_the_others_follow_in_order(settings: Settings) -> None:
    with stuck(settings, "a", "b", "c") as ids:
        states = [compose.job(settings, i) for i in ids]
        assert [(job.state, job.ahead) for job in states] == [("running", 0), ("queued", 1), ("queued", 2)]
        assert [job.pid is None for job in states] == [False, True, True]
        assert [job.id for job in compose.jobs(settings)] == ids[::-1]
    # Nobody looks: each starts the next by itself.
    until(lambda: catalogue_names(settings.index_dir) == ["a", "b", "c"])
    jobs = ended(settings, *ids)
    assert [job.state for job in jobs] == ["done"] * 3
    for one, other in pairwise(jobs):
        assert one.finished is not None
        assert other.started is not None
        assert one.finished <= other.started
    assert jobs[0].summary is not None
    assert jobs[0].summary["reconciliation"]["stored"] == 3


def test_many_readers_start_a_queue_that_stands_still_once(settings: Settings, tmp_path: Path) -> None:
    with stuck(settings, "a", "b", "c") as ids:
        kill(compose.job(settings, ids[0]))
        code = "import compose; from retrieval.settings import load_settings as s; compose.jobs(s())"
        env = {**compose.job_environment(settings), processes.OWNER: processes.NOBODY}
        readers = [subprocess.Popen([sys.executable, "-c", code], env=env) for _ in range(4)]
        assert [reader.wait(180) for reader in readers] == [0] * 4
        died, *others = ended(settings, *ids)
    assert (died.state, died.resumable) == ("died", True)
    assert "resume it" in died.message
    assert [job.state for job in others] == ["done", "done"]
    assert (others[0].finished or 0) <= (others[1].started or 0)


def test_waiting_and_running_jobs_are_cancelled_and_the_queue_goes_on(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with stuck(settings, "a", "b", "c") as ids:
        assert said(capsys, "jobs", "cancel", ids[1]) == "cancelled build of b\n"
        assert compose.job(settings, ids[1]).pid is None
        running = compose.job(settings, ids[0])
        assert said(capsys, "jobs", "cancel", ids[0]) == "cancelled build of a\n"
        assert not processes.alive(running.pid or 0, running.birth)
        assert "nothing to cancel" in said(capsys, "jobs", "cancel", ids[0])
        until(lambda: not compose.job(settings, ids[2]).active)
        assert [compose.job(settings, i).state for i in ids] == ["cancelled", "cancelled", "done"]
    assert catalogue_names(settings.index_dir) == ["c"]


def test_a_killed_job_is_resumed_once(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with stuck(settings, "a") as (old,):
        kill(compose.job(settings, old))
        row = as_json(capsys)[old]
        assert (row["state"], row["resumable"], row["active"]) == ("died", True, False)
        assert f"-> product-search jobs resume {old}" in said(capsys, "jobs")
        assert "goes on with it and has started" in said(capsys, "jobs", "resume", old)
        (new,) = (job.id for job in compose.jobs(settings) if job.resumes == old)
        assert f"goes on as {new}" in said(capsys, "jobs")
    (job,) = ended(settings, new)
    assert (job.state, job.kind, job.catalogue, job.params) == ("done", "build", "a", {"embedder": "auto"})
    assert f"goes on as job {new} already" in said(capsys, "jobs", "resume", old, status=2)
    assert "is done; only" in said(capsys, "jobs", "resume", new, status=2)
    assert not compose.job(settings, old).resumable


def test_a_build_of_a_file_that_is_gone_is_resumed_from_the_kept_one(settings: Settings, place: Path) -> None:
    with stuck(settings, "shop") as (old,):
        compose.cancel_job(settings, old)
    moved = (place / "shop.md").rename(place / "elsewhere.md")
    with pytest.raises(JobError, match=r"shop\.md is gone; upload"):
        compose.resume_job(settings, old)
    kept = compose.save_upload(moved.read_bytes(), "shop.md", settings)
    (job,) = ended(settings, compose.resume_job(settings, old))
    assert (job.state, job.source) == ("done", str(kept.absolute()))


def test_the_log_tells_the_stages(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    (job,) = ended(settings, compose.start_build(Path("shop.md"), "a", settings))
    lines = said(capsys, "jobs", "log", job.id).splitlines()
    assert [line.split()[1] for line in lines if "0 of" in line] == [
        "parse", "encoder", "chunk", "keyword", "write"
    ]  # fmt: skip
    assert lines[-1].endswith("done")
    assert compose.job_log(settings, job.id, lines=1) == lines[-1]
    assert "no job nobody" in said(capsys, "jobs", "log", "nobody", status=2)


def test_a_waiting_job_has_no_log_yet(settings: Settings) -> None:
    with stuck(settings, "a", "b") as ids:
        assert compose.job_log(settings, ids[1]) == ""
        compose.cancel_job(settings, ids[1])


def test_a_job_is_done_with_the_settings_it_was_asked_for_with(settings: Settings, place: Path) -> None:
    elsewhere = settings.model_copy(update={"index_dir": place / "elsewhere", "openai_base_url": "http://one"})
    with stuck(elsewhere, "a") as first:
        second = compose.start_build(Path("shop.md"), "b", settings)
    assert [job.state for job in ended(settings, *first, second)] == ["done", "done"]
    assert catalogue_names(place / "elsewhere") == ["a"]
    assert catalogue_names(settings.index_dir) == ["b"]


def test_secrets_reach_the_process_and_are_written_nowhere(settings: Settings) -> None:
    secret = settings.model_copy(update={"openai_api_key": SecretStr("sk-very-secret")})
    assert compose.job_environment(secret)["OPENAI_API_KEY"] == "sk-very-secret"
    assert "OPENAI_API_KEY" not in compose.job_settings(secret)
    ended(secret, compose.start_build(Path("shop.md"), "a", secret))
    for path in settings.data_dir.rglob("*"):
        assert path.is_dir() or b"sk-very-secret" not in path.read_bytes(), path


def asks(settings: Settings, *, outlives: bool) -> str:
    """Let another process ask for a build, and end; return the job's id."""
    code = (
        "import sys, time; from pathlib import Path; import compose; from retrieval.settings import load_settings\n"
        f"if {outlives}: compose.outlive_commands()\n"
        "job = compose.start_build(Path('shop.md'), 'a', load_settings())\n"
        "while compose.job(load_settings(), job).stage != 'waiting': time.sleep(0.05)\n"
        "print(job)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=compose.job_environment(settings),
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    return done.stdout.strip()


def test_a_job_ends_with_the_app_and_can_be_resumed(settings: Settings) -> None:
    with builder_lock(settings.index_dir, "a"):
        old = asks(settings, outlives=False)
        (job,) = ended(settings, old)
        assert (job.state, job.resumable) == ("cancelled", True)
        assert job.message.startswith("ended with the app that had asked for it; resume it")
        new = compose.resume_job(settings, old)
    assert ended(settings, new)[0].state == "done"


def test_a_job_outlives_the_command_that_asked_for_it(settings: Settings) -> None:
    with builder_lock(settings.index_dir, "a"):
        job_id = asks(settings, outlives=True)
        time.sleep(2.5)  # two heartbeats: it had time to notice
        assert compose.job(settings, job_id).state == "running"
    assert ended(settings, job_id)[0].state == "done"


def test_a_full_disk_is_said_before_a_job_is_made(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from retrieval.errors import BuildError

    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    with pytest.raises(BuildError, match=r"not enough disk space.*INDEX_DIR"):
        compose.start_build(Path("shop.md"), "a", settings)
    assert compose.jobs(settings) == []


def test_the_list_is_short_and_says_so(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "jobs") == "no jobs yet\n"
    with connected(settings.data_dir) as db:
        for number in range(25):
            db.execute(
                "INSERT INTO jobs (id, kind, catalogue, source, state, created, finished, message) "
                "VALUES (?, 'build', ?, '', 'failed', ?, ?, ?)",
                (f"j{number}", "x[red]y" if number == 24 else "b", number, number, "line 1\nline 2\x1b[31m"),
            )
    short = said(capsys, "jobs")
    assert short.splitlines()[0].startswith("j24  failed     build x[red]y, ended 1970-01-01")
    assert "line 1 line 2[31m" in short
    assert short.splitlines()[-1] == "and 5 older; see: product-search jobs --all"
    assert said(capsys, "jobs", "--all").count("build") == 25
    assert said(capsys, "jobs", "--index", "x[red]y").count("build") == 1
    assert len(as_json(capsys)) == 25


@pytest.mark.soak
def test_a_resumed_build_reuses_what_was_embedded(settings: Settings, place: Path) -> None:
    text = "".join(
        f"<!--DOC:START id=p{i}-->\n## Lamp number {i}\nA lamp for desk {i * i}.\n<!--DOC:END-->\n" for i in range(1500)
    )
    (place / "many.md").write_text(text, "utf-8")
    full = settings.model_copy(update={"embedder": "auto", "threads": 1})
    old = compose.start_build(Path("many.md"), "many", full)
    until(lambda: compose.job(full, old).stage == "embed" and compose.job(full, old).done > 200, 180)
    job = compose.job(full, old)
    kill(job)
    (info,) = compose.catalogues(full)
    assert info.keyword_only
    new = compose.resume_job(full, old)
    until(lambda: not compose.job(full, new).active, 300)
    summary = compose.job(full, new).summary
    assert summary is not None
    assert summary["reused"] >= job.done
    assert summary["embedded_new"] + summary["reused"] == 3000
    assert summary["reconciliation"]["with_vectors"] == 1500
