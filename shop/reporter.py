"""Within a job's process: what it says about its progress, and when it has to end."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shop import jobs, processes
from shop.database import connected

UPDATE_SECONDS = 0.25
HEARTBEAT_SECONDS = 1.0
LOG_SECONDS = 10.0


class Reporter:
    """Takes the job over, writes its progress and heartbeat, and says how it ended; the log gets a line now and then.

    Use as a context manager. Its process ends at once when the job is cancelled, or when the process it works for is
    gone.
    """

    def __init__(self, data_dir: Path, job_id: str) -> None:
        self._data_dir = data_dir
        self._job_id = job_id
        self._stop = threading.Event()
        self._beat = threading.Thread(target=self._watch, name="heartbeat", daemon=True)
        self._stage = ""
        self._stage_began = 0.0
        self._next_write = 0.0
        self._next_line = 0.0

    def __enter__(self) -> Reporter:
        jobs.take_over(self._data_dir, self._job_id)
        self._beat.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._beat.join()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Write how far a stage has come: its start and end always, in between a few times a second."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._stage_began, self._next_write, self._next_line = stage, now, 0.0, 0.0
        if now < self._next_write and done < total:
            return
        self._next_write = now + UPDATE_SECONDS
        elapsed = now - self._stage_began
        if now >= self._next_line or done >= total:
            self._next_line = now + LOG_SECONDS
            _log(f"{stage} {done:,} of {total:,}" + (f", {elapsed:.1f} s" if done >= total else ""))
        with connected(self._data_dir) as db:
            db.execute(
                "UPDATE jobs SET stage = ?, done = ?, total = ?, eta_s = ?, heartbeat = ? "
                "WHERE id = ? AND state = 'running'",
                (stage, done, total, time_left(elapsed, done, total), time.time(), self._job_id),
            )

    def done(self, summary: Mapping[str, Any], message: str = "") -> None:
        """Say that the job came to its end, and what came of it."""
        _log("done" + (f": {message}" if message else ""))
        jobs.finish(self._data_dir, self._job_id, "done", message, summary)

    def failed(self, message: str) -> None:
        """Say why the job could not be done."""
        _log(f"failed: {message}")
        jobs.finish(self._data_dir, self._job_id, "failed", message, None)

    def _watch(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            if processes.orphaned():
                why = "ended with the app that had asked for it; resume it to go on: what was embedded is kept"
                _log(why)
                jobs.finish(self._data_dir, self._job_id, "cancelled", why, None)
                processes.end_own_group()
            with connected(self._data_dir) as db:
                beat = db.execute(
                    "UPDATE jobs SET heartbeat = ? WHERE id = ? AND state = 'running'", (time.time(), self._job_id)
                )
            if beat.rowcount != 1 and jobs.get(self._data_dir, self._job_id).state == "cancelled":
                processes.end_own_group()


def _log(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def time_left(elapsed: float, done: int, total: int) -> float | None:
    """Return the seconds that the rest takes at the pace so far, None while there is no pace yet."""
    if done <= 0 or total <= 0:
        return None
    return elapsed / done * max(0, total - done)
