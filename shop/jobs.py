"""Background jobs: their records, how they are started, watched and ended.

A job is a process of its own, `python -m cli.job JOB_ID`, that reports into its record; any process may read along.
States: queued -> running -> done | failed | cancelled | died. `failed` is an error that the job reported itself,
`died` a process that ended without a word (killed, out of memory, power cut).
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from retrieval.errors import JobError
from shop import processes
from shop.database import connected

State = Literal["queued", "running", "done", "failed", "cancelled", "died"]
ACTIVE: tuple[State, ...] = ("queued", "running")
UPDATE_SECONDS = 0.25
HEARTBEAT_SECONDS = 1.0
START_SECONDS = 30.0
LOG = "job.log"


@dataclass(frozen=True, slots=True)
class JobRecord:
    """What is known of a job. Times are seconds since 1970 (UTC), `eta_s` is seconds left of the present stage."""

    id: str
    kind: str
    catalogue: str
    source: str
    params: Mapping[str, Any]
    state: State
    stage: str
    done: int
    total: int
    eta_s: float | None
    created: float
    started: float | None
    finished: float | None
    heartbeat: float | None
    pid: int | None
    birth: str | None
    message: str
    summary: Mapping[str, Any] | None

    @property
    def active(self) -> bool:
        """Return whether the job is still to do or being done."""
        return self.state in ACTIVE


def _record(row: sqlite3.Row) -> JobRecord:
    values = dict(row)
    values["params"] = json.loads(values["params"])
    values["summary"] = None if values["summary"] is None else json.loads(values["summary"])
    return JobRecord(**values)


def log_path(data_dir: Path, catalogue: str) -> Path:
    """Return where the output of a catalogue's last job stands."""
    return data_dir / catalogue / LOG


def start(
    data_dir: Path, kind: str, catalogue: str, source: str, params: Mapping[str, Any], env: Mapping[str, str]
) -> str:
    """Record a job, start its process and return its id; raise JobError where it cannot be started."""
    job_id = uuid.uuid4().hex[:12]
    with connected(data_dir) as db:
        db.execute(
            "INSERT INTO jobs (id, kind, catalogue, source, params, state, created) "
            "VALUES (?, ?, ?, ?, ?, 'queued', ?)",
            (job_id, kind, catalogue, source, json.dumps(dict(params)), time.time()),
        )
    try:
        process = processes.spawn([sys.executable, "-m", "cli.job", job_id], log_path(data_dir, catalogue), env)
    except OSError as error:
        message = f"the process of job {job_id} could not be started: {error}"
        _finish(data_dir, job_id, "failed", message, None)
        raise JobError(message) from error
    with connected(data_dir) as db:
        db.execute(
            "UPDATE jobs SET pid = ?, birth = ? WHERE id = ?", (process.pid, processes.birth_of(process.pid), job_id)
        )
    return job_id


def get(data_dir: Path, job_id: str) -> JobRecord:
    """Return a job's record, its state true to whether its process lives; raise JobError when there is no such job."""
    reap(data_dir)
    with connected(data_dir, write=False) as db:
        row = db.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        raise JobError(f"no job {job_id} in {data_dir}")
    return _record(row)


def listed(data_dir: Path, catalogue: str | None = None) -> list[JobRecord]:
    """Return all jobs, or those of one catalogue, newest first; their states true to whether their processes live."""
    reap(data_dir)
    with connected(data_dir, write=False) as db:
        rows = db.execute(
            "SELECT * FROM jobs WHERE ?1 IS NULL OR catalogue = ?1 ORDER BY created DESC, rowid DESC", (catalogue,)
        ).fetchall()
    return [_record(row) for row in rows]


def reap(data_dir: Path) -> list[str]:
    """Mark jobs whose process is gone as died, with the end of their log, and return their ids."""
    with connected(data_dir, write=False) as db:
        rows = db.execute("SELECT * FROM jobs WHERE state IN ('queued', 'running')").fetchall()
    gone = [record for record in map(_record, rows) if _is_gone(record)]
    for record in gone:
        tail = _tail(log_path(data_dir, record.catalogue))
        message = "the process ended without a word (killed, or out of memory); start it again"
        _finish(data_dir, record.id, "died", message + (f". Last in its log: {tail}" if tail else ""), None)
    return [record.id for record in gone]


def _is_gone(record: JobRecord) -> bool:
    if record.pid is None:  # its starter has not come so far yet, or was ended in between
        return time.time() - record.created > START_SECONDS
    return not processes.alive(record.pid, record.birth)


def _tail(log: Path, limit: int = 300) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 4 * limit))
        return " ".join(file.read().decode("utf-8", "replace").split())[-limit:]


def cancel(data_dir: Path, job_id: str) -> JobRecord:
    """End a job and everything it started, and return its record; a job that has ended stays as it is."""
    record = get(data_dir, job_id)
    if record.active:
        # First the record, then the process: a job never overwrites a state that is final.
        _finish(data_dir, job_id, "cancelled", "cancelled", None)
        if record.pid is not None:
            processes.end_group(record.pid, record.birth)
    return get(data_dir, job_id)


def _finish(data_dir: Path, job_id: str, state: State, message: str, summary: Mapping[str, Any] | None) -> bool:
    packed = None if summary is None else json.dumps(dict(summary), ensure_ascii=False)
    with connected(data_dir) as db:
        done = db.execute(
            "UPDATE jobs SET state = ?, message = ?, summary = ?, finished = ?, eta_s = NULL "
            "WHERE id = ? AND state IN ('queued', 'running')",
            (state, message, packed, time.time(), job_id),
        )
    return done.rowcount == 1


class Reporter:
    """Within a job's process: takes the job over, writes its progress and heartbeat, and says how it ended.

    Use as a context manager. Its process ends at once when the job is cancelled, or when the process that started the
    job is gone: nobody would see the result.
    """

    def __init__(self, data_dir: Path, job_id: str) -> None:
        self._data_dir = data_dir
        self._job_id = job_id
        self._stop = threading.Event()
        self._beat = threading.Thread(target=self._watch, name="heartbeat", daemon=True)
        self._stage = ""
        self._stage_began = 0.0
        self._next_write = 0.0

    def __enter__(self) -> Reporter:
        pid, now = os.getpid(), time.time()
        with connected(self._data_dir) as db:
            taken = db.execute(
                "UPDATE jobs SET state = 'running', pid = ?, birth = ?, started = ?, heartbeat = ? "
                "WHERE id = ? AND state = 'queued'",
                (pid, processes.birth_of(pid), now, now, self._job_id),
            )
        if taken.rowcount != 1:
            raise JobError(f"job {self._job_id} is not waiting to be started (cancelled in the meantime?)")
        self._beat.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._beat.join()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Write how far a stage has come: its start and end always, in between a few times a second."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._stage_began, self._next_write = stage, now, 0.0
        if now < self._next_write and done < total:
            return
        self._next_write = now + UPDATE_SECONDS
        eta = time_left(now - self._stage_began, done, total)
        with connected(self._data_dir) as db:
            db.execute(
                "UPDATE jobs SET stage = ?, done = ?, total = ?, eta_s = ?, heartbeat = ? "
                "WHERE id = ? AND state = 'running'",
                (stage, done, total, eta, time.time(), self._job_id),
            )

    def done(self, summary: Mapping[str, Any], message: str = "") -> None:
        """Say that the job came to its end, and what came of it."""
        _finish(self._data_dir, self._job_id, "done", message, summary)

    def failed(self, message: str) -> None:
        """Say why the job could not be done."""
        _finish(self._data_dir, self._job_id, "failed", message, None)

    def _watch(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            if processes.orphaned():
                _finish(self._data_dir, self._job_id, "cancelled", "ended with the app that had started it", None)
                processes.end_own_group()
            with connected(self._data_dir) as db:
                beat = db.execute(
                    "UPDATE jobs SET heartbeat = ? WHERE id = ? AND state = 'running'", (time.time(), self._job_id)
                )
            if beat.rowcount != 1 and get(self._data_dir, self._job_id).state == "cancelled":
                processes.end_own_group()


def time_left(elapsed: float, done: int, total: int) -> float | None:
    """Return the seconds that the rest takes at the pace so far, None while there is no pace yet."""
    if done <= 0 or total <= 0:
        return None
    return elapsed / done * max(0, total - done)
