"""Background jobs: their records, their one queue, and how they are started, cancelled and resumed.

A job is a process of its own, `python -m cli.job JOB_ID`, that reports into its record; any process may read along.
One job runs at a time, whoever shares the data folder. The others wait, first come first served: a job that ends starts
the next one, and so does whoever finds the queue standing still.

States: queued -> running -> done | failed | cancelled | died. `failed` is an error that the job reported itself,
`died` a process that ended without a word (killed, out of memory, power cut). A job works for the process that asked
for it and ends with it, unless that was a command that lets its jobs outlive it; what has not come to its end can be
resumed.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from retrieval.errors import JobError
from shop import processes
from shop.data_folder import log_path
from shop.database import connected

State = Literal["queued", "running", "done", "failed", "cancelled", "died"]
ACTIVE: tuple[State, ...] = ("queued", "running")
RESUMABLE: tuple[State, ...] = ("failed", "cancelled", "died")
LINGER_SECONDS = 30.0
KEPT_LOGS = 100
_LOG_BYTES = 1_000_000
_COLUMNS = (
    "id, kind, catalogue, source, params, state, stage, done, total, eta_s, created, started, finished, heartbeat, "
    "pid, birth, message, summary, resumes, resumed_by, "
    "(SELECT count(*) FROM jobs AS other WHERE other.rowid < jobs.rowid AND jobs.state = 'queued' "
    "AND other.state IN ('queued', 'running')) AS ahead"
)


@dataclass(frozen=True, slots=True)
class JobRecord:
    """What is known of a job.

    Times are seconds since 1970 (UTC), `eta_s` is seconds left of the present stage. `ahead` counts the jobs before a
    queued one; `resumes` and `resumed_by` are ids of the job that this one goes on with, and that goes on with it.
    """

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
    resumes: str | None = None
    resumed_by: str | None = None
    ahead: int = 0

    @property
    def active(self) -> bool:
        """Return whether the job is still to do or being done."""
        return self.state in ACTIVE

    @property
    def resumable(self) -> bool:
        """Return whether the job ended before its end, and nobody has gone on with it."""
        return self.state in RESUMABLE and self.resumed_by is None


def _record(row: sqlite3.Row) -> JobRecord:
    values = dict(row)
    values["params"] = json.loads(values["params"])
    values["summary"] = None if values["summary"] is None else json.loads(values["summary"])
    return JobRecord(**values)


def enqueue(
    data_dir: Path, kind: str, catalogue: str, source: str, params: Mapping[str, Any], context: Mapping[str, str]
) -> str:
    """Record a job at the end of the queue and return its id.

    `context` are the variables of the environment that the job's process gets from this call, whoever starts it. It is
    written down: no secrets.
    """
    with connected(data_dir) as db:
        return _insert(db, kind, catalogue, source, params, context)


def _insert(
    db: sqlite3.Connection,
    kind: str,
    catalogue: str,
    source: str,
    params: Mapping[str, Any],
    context: Mapping[str, str],
    resumes: str | None = None,
) -> str:
    job_id = uuid.uuid4().hex[:12]
    kept = {"env": dict(context), "folder": str(Path.cwd())}
    db.execute(
        "INSERT INTO jobs (id, kind, catalogue, source, params, state, created, context, owner, resumes) "
        "VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?)",
        (
            job_id,
            kind,
            catalogue,
            source,
            json.dumps(dict(params)),
            time.time(),
            json.dumps(kept),
            processes.owner(),
            resumes,
        ),
    )
    return job_id


def start(
    data_dir: Path,
    kind: str,
    catalogue: str,
    source: str,
    params: Mapping[str, Any],
    env: Mapping[str, str],
    context: Mapping[str, str] | None = None,
) -> str:
    """Record a job, start it where none is running, and return its id; raise JobError where it cannot be started."""
    job_id = enqueue(data_dir, kind, catalogue, source, params, context or {})
    advance(data_dir, env)
    record = get(data_dir, job_id)
    if record.state == "failed" and record.started is None:
        raise JobError(record.message)
    return job_id


def resume(
    data_dir: Path, job_id: str, source: str, env: Mapping[str, str], context: Mapping[str, str] | None = None
) -> str:
    """Record a job that does again what an ended one had not finished, start it or let it wait, and return its id.

    Raises JobError where there is nothing to go on with.
    """
    get(data_dir, job_id)  # a job whose process is gone is known as such from here on
    with connected(data_dir) as db:
        old = _record(db.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", (job_id,)).fetchone())  # noqa: S608
        if old.resumed_by is not None:
            raise JobError(f"job {job_id} goes on as job {old.resumed_by} already")
        if not old.resumable:
            raise JobError(f"job {job_id} is {old.state}; only a job that failed, died or was cancelled can be resumed")
        new = _insert(db, old.kind, old.catalogue, source, old.params, context or {}, resumes=job_id)
        db.execute("UPDATE jobs SET resumed_by = ? WHERE id = ?", (new, job_id))
    advance(data_dir, env)
    return new


def get(data_dir: Path, job_id: str) -> JobRecord:
    """Return a job's record, its state true to whether its process lives; raise JobError when there is no such job."""
    reap(data_dir)
    with connected(data_dir, write=False) as db:
        row = db.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", (job_id,)).fetchone()  # noqa: S608
    if row is None:
        raise JobError(f"no job {job_id} in {data_dir}; see those there with: product-search jobs")
    return _record(row)


def listed(data_dir: Path, catalogue: str | None = None) -> list[JobRecord]:
    """Return all jobs, or those of one catalogue, newest first; their states true to whether their processes live."""
    reap(data_dir)
    with connected(data_dir, write=False) as db:
        rows = db.execute(
            f"SELECT {_COLUMNS} FROM jobs WHERE ?1 IS NULL OR catalogue = ?1 ORDER BY rowid DESC",  # noqa: S608
            (catalogue,),
        ).fetchall()
    return [_record(row) for row in rows]


def tend(data_dir: Path, env: Mapping[str, str]) -> str | None:
    """Start the next job where some wait and none runs; return its id. Cheap where there is nothing to do."""
    reap(data_dir)
    with connected(data_dir, write=False) as db:
        pids = [pid for (pid,) in db.execute("SELECT pid FROM jobs WHERE state IN ('queued', 'running')")]
    return advance(data_dir, env) if pids and set(pids) == {None} else None


def advance(data_dir: Path, env: Mapping[str, str]) -> str | None:
    """Start the process of the job that waits longest, where none runs; return its id, None where none was started.

    `env` is the environment of the process, beneath the job's own context.
    """
    reap(data_dir)
    with connected(data_dir) as db:
        while not _busy(db):
            row = db.execute(
                "SELECT id, context, owner FROM jobs WHERE state = 'queued' AND pid IS NULL ORDER BY rowid LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            # Within the transaction: a starter that dies before it is written leaves the job in the queue, and the
            # process that it started takes over by itself.
            if _launch(db, data_dir, row, env):
                return str(row["id"])
    return None


def _launch(db: sqlite3.Connection, data_dir: Path, row: sqlite3.Row, env: Mapping[str, str]) -> bool:
    job_id, context = row["id"], json.loads(row["context"])
    log = log_path(data_dir, job_id)
    folder = context.get("folder")
    # Whoever asked for it may be gone since; then it works for whoever starts it.
    owner = row["owner"] if processes.lives(row["owner"]) else processes.owner()
    try:
        process = processes.spawn(
            [sys.executable, "-m", "cli.job", job_id],
            log,
            {**env, **context.get("env", {})},
            owned_by=owner,
            folder=folder if folder and Path(folder).is_dir() else None,
        )
        _forget_logs(log.parent)
    except OSError as error:
        db.execute(
            "UPDATE jobs SET state = 'failed', message = ?, finished = ? WHERE id = ?",
            (f"the process of job {job_id} could not be started: {error}", time.time(), job_id),
        )
        return False
    birth = processes.birth_of(process.pid) or "gone"
    db.execute(
        "UPDATE jobs SET pid = ?, birth = ?, owner = ? WHERE id = ?",
        (process.pid, birth, owner, job_id),
    )
    return True


def _forget_logs(folder: Path) -> None:
    logs = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in logs[KEPT_LOGS:]:
        old.unlink(missing_ok=True)


def _busy(db: sqlite3.Connection, own: str = "") -> bool:
    """Return whether a job's process is at work: one that runs, is starting, or is still being ended."""
    rows = db.execute(
        "SELECT pid, birth FROM jobs WHERE id != ? AND pid IS NOT NULL AND (state IN ('queued', 'running') "
        "OR (state = 'cancelled' AND finished > ?))",
        (own, time.time() - LINGER_SECONDS),
    ).fetchall()
    return any(processes.alive(pid, birth) for pid, birth in rows)


def take_over(data_dir: Path, job_id: str) -> None:
    """Make this process the one that does a queued job; raise JobError where the job or the queue does not allow it."""
    pid, now = os.getpid(), time.time()
    with connected(data_dir) as db:
        waits = _busy(db, own=job_id)
        if waits:
            db.execute("UPDATE jobs SET pid = NULL, birth = NULL WHERE id = ? AND pid = ?", (job_id, pid))
        taken = (
            None
            if waits
            else db.execute(
                "UPDATE jobs SET state = 'running', pid = ?, birth = ?, started = ?, heartbeat = ? "
                "WHERE id = ? AND state = 'queued'",
                (pid, processes.birth_of(pid), now, now, job_id),
            )
        )
    if taken is None:
        raise JobError(f"job {job_id} has to wait: another job is running")
    if taken.rowcount != 1:
        raise JobError(f"job {job_id} is not waiting to be started (cancelled in the meantime?)")


def reap(data_dir: Path) -> list[str]:
    """Mark jobs whose process is gone as died, with the end of their log, and return their ids."""
    with connected(data_dir, write=False) as db:
        rows = db.execute(
            "SELECT id, pid, birth FROM jobs WHERE state IN ('queued', 'running') AND pid IS NOT NULL"
        ).fetchall()
    gone = [job_id for job_id, pid, birth in rows if not processes.alive(pid, birth)]
    for job_id in gone:
        last = log_tail(data_dir, job_id, 1)
        message = "its process ended without a word (killed, or out of memory); resume it: what was embedded is kept"
        finish(data_dir, job_id, "died", message + (f". Last in its log: {last[-300:]}" if last else ""), None)
    return gone


def log_tail(data_dir: Path, job_id: str, lines: int) -> str:
    """Return the last lines of what a job's process said that are not blank; empty where it said nothing."""
    try:
        with log_path(data_dir, job_id).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _LOG_BYTES))
            said = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join([line for line in said if line.strip()][-lines:])


def cancel(data_dir: Path, job_id: str) -> JobRecord:
    """End a job and everything it started, and return its record; a job that has ended stays as it is."""
    record = get(data_dir, job_id)
    if record.active:
        # First the record, then the process: a job never overwrites a state that is final. The process may have been
        # started since the record was read.
        finish(data_dir, job_id, "cancelled", "cancelled; resume it to go on: what was embedded is kept", None)
        record = get(data_dir, job_id)
        if record.pid is not None and record.state == "cancelled":
            processes.end_group(record.pid, record.birth)
    return get(data_dir, job_id)


def finish(data_dir: Path, job_id: str, state: State, message: str, summary: Mapping[str, Any] | None) -> bool:
    """Write how a job ended and return True, or False where that was written before."""
    packed = None if summary is None else json.dumps(dict(summary), ensure_ascii=False)
    with connected(data_dir) as db:
        done = db.execute(
            "UPDATE jobs SET state = ?, message = ?, summary = ?, finished = ?, eta_s = NULL "
            "WHERE id = ? AND state IN ('queued', 'running')",
            (state, message, packed, time.time(), job_id),
        )
    return done.rowcount == 1
