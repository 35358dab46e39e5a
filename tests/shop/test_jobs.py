from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from retrieval.errors import JobError
from shop import jobs, processes
from shop.data_folder import log_path
from shop.database import connected
from shop.reporter import Reporter, time_left

ROOT = Path(__file__).resolve().parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT)}

# A job's process that reports, starts a process of its own, and then takes its time.
WORKER = """
import subprocess, sys, time
from pathlib import Path
from shop.reporter import Reporter
with Reporter(Path(sys.argv[1]), sys.argv[2]) as report:
    report("embed", 5, 20)
    child = subprocess.Popen(["sleep", "60"])
    Path(sys.argv[1], "child").write_text(str(child.pid))
    print("working", flush=True)
    time.sleep(60)
"""


def queue(data_dir: Path, job_id: str, catalogue: str = "shop", created: float = 1.0) -> None:
    with connected(data_dir) as db:
        db.execute(
            "INSERT INTO jobs (id, kind, catalogue, source, state, created) "
            "VALUES (?, 'build', ?, 's.md', 'queued', ?)",
            (job_id, catalogue, created),
        )


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.02)


def started_worker(data_dir: Path) -> subprocess.Popen[bytes]:
    queue(data_dir, "j", created=time.time())
    command = [sys.executable, "-c", WORKER, str(data_dir), "j"]
    process = processes.spawn(command, log_path(data_dir, "j"), ENV)
    until(lambda: b"working" in log_path(data_dir, "j").read_bytes())
    return process


def test_jobs_are_listed_newest_first_and_by_catalogue(tmp_path: Path) -> None:
    now = time.time()
    for job_id, catalogue, age in (("a", "shoes", 3), ("b", "lamps", 2), ("c", "shoes", 1)):
        queue(tmp_path, job_id, catalogue, now - age)
    assert [job.id for job in jobs.listed(tmp_path)] == ["c", "b", "a"]
    assert [job.id for job in jobs.listed(tmp_path, "shoes")] == ["c", "a"]
    assert jobs.listed(tmp_path, "hats") == []


def test_a_job_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no job nobody"):
        jobs.get(tmp_path, "nobody")


@pytest.mark.parametrize(
    ("elapsed", "done", "total", "left"),
    [(10.0, 5, 20, 10 / 5 * (20 - 5)), (3.0, 20, 20, 0.0), (3.0, 0, 20, None), (3.0, 1, 0, None), (1.0, 9, 4, 0.0)],
)
def test_time_left_is_the_pace_so_far_times_the_rest(elapsed: float, done: int, total: int, left: float | None) -> None:
    assert time_left(elapsed, done, total) == left


def test_progress_is_written_at_the_ends_and_seldom_in_between(tmp_path: Path) -> None:
    queue(tmp_path, "j")
    with Reporter(tmp_path, "j") as report:
        first = jobs.get(tmp_path, "j")
        assert (first.state, first.stage, first.pid) == ("running", "", os.getpid())
        for done in range(100):
            report("chunk", done, 100)
        between = jobs.get(tmp_path, "j")
        assert (between.stage, between.total) == ("chunk", 100)
        assert between.done < 99
        report("chunk", 100, 100)
        assert jobs.get(tmp_path, "j").done == 100
        report("embed", 0, 7)
        assert (jobs.get(tmp_path, "j").stage, jobs.get(tmp_path, "j").total) == ("embed", 7)
        report.done({"products": 3, "name": "দোকান"}, "built")
    ended = jobs.get(tmp_path, "j")
    assert (ended.state, ended.message, ended.summary) == ("done", "built", {"products": 3, "name": "দোকান"})
    assert ended.finished is not None
    assert not ended.active


def test_a_job_is_taken_over_once(tmp_path: Path) -> None:
    queue(tmp_path, "j")
    with Reporter(tmp_path, "j") as report:
        with pytest.raises(JobError, match="not waiting"), Reporter(tmp_path, "j"):
            pass
        report.failed("line 3: nothing to index")
    assert (jobs.get(tmp_path, "j").state, jobs.get(tmp_path, "j").message) == ("failed", "line 3: nothing to index")


def test_the_heartbeat_goes_on_while_a_job_is_silent(tmp_path: Path) -> None:
    queue(tmp_path, "j")
    with Reporter(tmp_path, "j") as report:
        before = jobs.get(tmp_path, "j").heartbeat
        assert before is not None
        until(lambda: (jobs.get(tmp_path, "j").heartbeat or 0.0) > before)
        report.done({})


def test_a_killed_job_is_shown_as_died_with_the_end_of_its_log(tmp_path: Path) -> None:
    process = started_worker(tmp_path)
    running = jobs.get(tmp_path, "j")
    assert (running.state, running.stage, running.done, running.total) == ("running", "embed", 5, 20)
    os.kill(process.pid, signal.SIGKILL)
    until(lambda: not processes.alive(process.pid, running.birth))
    died = jobs.get(tmp_path, "j")
    assert died.state == "died"
    assert died.message.endswith("Last in its log: working")
    assert died.finished is not None
    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)


def test_cancel_ends_the_job_and_what_it_started(tmp_path: Path) -> None:
    process = started_worker(tmp_path)
    child = int((tmp_path / "child").read_text())
    assert processes.birth_of(child) is not None
    assert jobs.cancel(tmp_path, "j").state == "cancelled"
    until(lambda: processes.birth_of(process.pid) is None and processes.birth_of(child) is None)
    assert jobs.get(tmp_path, "j").state == "cancelled"


def test_cancel_leaves_a_job_that_has_ended_as_it_is(tmp_path: Path) -> None:
    queue(tmp_path, "j")
    with Reporter(tmp_path, "j") as report:
        report.done({"products": 1})
    assert jobs.cancel(tmp_path, "j").state == "done"


def test_a_job_cancelled_before_it_began_does_not_begin(tmp_path: Path) -> None:
    queue(tmp_path, "j", created=time.time())
    assert jobs.cancel(tmp_path, "j").state == "cancelled"
    with pytest.raises(JobError, match="cancelled"), Reporter(tmp_path, "j"):
        pass


def test_a_job_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    queue(tmp_path, "j", created=time.time())
    starter = (
        "import os, sys, time; from pathlib import Path; from shop import jobs, processes; data = Path(sys.argv[1]); "
        "processes.spawn([sys.executable, '-c', sys.argv[2], str(data), 'j'], data / 'j.log', os.environ)\n"
        "while jobs.get(data, 'j').stage != 'embed': time.sleep(0.02)"
    )
    subprocess.run([sys.executable, "-c", starter, str(tmp_path), WORKER], env=ENV, check=True, timeout=60)
    until(lambda: not jobs.get(tmp_path, "j").active)
    ended = jobs.get(tmp_path, "j")
    assert (ended.state, ended.resumable) == ("cancelled", True)
    assert ended.message.startswith("ended with the app that had asked for it; resume it")
    until(lambda: processes.birth_of(ended.pid or 0) is None)
    until(lambda: processes.birth_of(int((tmp_path / "child").read_text())) is None)


def test_a_later_process_of_the_same_number_is_another(tmp_path: Path) -> None:
    birth = processes.birth_of(os.getpid())
    assert processes.alive(os.getpid(), birth)
    assert not processes.alive(os.getpid(), "1")


def test_a_zombie_is_not_alive() -> None:
    process = subprocess.Popen(["sleep", "60"])
    birth = processes.birth_of(process.pid)
    assert processes.alive(process.pid, birth)
    process.kill()
    until(lambda: not processes.alive(process.pid, birth))  # nobody has waited for it yet
    process.wait()


def test_a_process_that_cannot_be_started_fails_its_job(tmp_path: Path) -> None:
    with connected(tmp_path):
        pass
    (tmp_path / ".jobs").write_text("a file where the log's folder should be")
    with pytest.raises(JobError, match="could not be started"):
        jobs.start(tmp_path, "build", "shop", "s.md", {}, ENV)
    assert [job.state for job in jobs.listed(tmp_path)] == ["failed"]
