"""`data/`, the folder of what the user owns: its version, and what leads from one version to the next.

version.json         the version of the folder's layout
app.sqlite           jobs and whatever else is kept in tables; has migrations of its own
embeddings.sqlite    vectors by content; can be computed again
<catalogue>/         the files a catalogue is built from, and what was made for it: judgements.sqlite, sets/, ...
.jobs/<id>.log       what the processes of jobs said
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import DataError
from retrieval.files import replace_text

VERSION = "version.json"
LOGS = ".jobs"
_LOCK = ".lock"


def _logs_in_one_folder(data_dir: Path) -> None:
    """1: logs stand beside each other, so that deleting a catalogue leaves them."""
    (data_dir / LOGS).mkdir(exist_ok=True)
    for log in data_dir.glob("*/job.log"):
        log.replace(data_dir / LOGS / f"{log.parent.name}.log")


MIGRATIONS: tuple[Callable[[Path], None], ...] = (_logs_in_one_folder,)
"""Steps that lead from version n to n + 1, each safe to repeat after it was cut short. Never edit a released one."""


def log_path(data_dir: Path, job_id: str) -> Path:
    """Return where the output of a job stands."""
    return data_dir / LOGS / f"{job_id}.log"


def prepare(data_dir: Path, migrations: Sequence[Callable[[Path], None]] = MIGRATIONS) -> None:
    """Make the folder, or bring it to the present version; raise DataError where it is newer or cannot be read.

    A restore that was cut short between its two renames is brought to its end first.
    """
    wanted = len(migrations)
    if version(data_dir) == wanted:
        return
    finish_swap(data_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    with _locked(data_dir):
        found = version(data_dir)  # again: another process may have been first
        if found is None:
            found = 0 if any(path.name != _LOCK for path in data_dir.iterdir()) else wanted
            if found == wanted:
                stamp(data_dir, wanted)
        if found > wanted:
            raise DataError(
                f"{data_dir / VERSION}: written by a newer version of this program (layout {found}, this one knows "
                f"{wanted}); get that version, or set DATA_DIR to another folder"
            )
        for number, migration in enumerate(migrations[found:], found + 1):
            migration(data_dir)
            stamp(data_dir, number)


def version(data_dir: Path) -> int | None:
    """Return the version of a data folder, None where none is written; raise DataError where that cannot be read."""
    path = data_dir / VERSION
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        found = json.loads(text)["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(path) from error
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise _unreadable(path)
    return found


def _unreadable(path: Path) -> DataError:
    return DataError(
        f'{path} cannot be read; restore a backup, or write {{"version": {len(MIGRATIONS)}}} into it if the folder was '
        "last used by this version"
    )


def stamp(data_dir: Path, number: int) -> None:
    """Write a folder's version, whole or not at all."""
    replace_text(data_dir / VERSION, json.dumps({"version": number}))


def swap_folder(data_dir: Path) -> Path:
    """Return where a restored folder, whole and checked, waits to become `data_dir`."""
    return data_dir.with_name(f".{data_dir.name}.restored")


def finish_swap(data_dir: Path) -> None:
    """Put a restored folder into the place that was already cleared for it; do nothing where there is none."""
    waiting = swap_folder(data_dir)
    if waiting.is_dir() and not data_dir.exists():
        try:
            waiting.rename(data_dir)
        except FileNotFoundError:
            if not data_dir.exists():  # else another process was first
                raise


@contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    lock = os.open(data_dir / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
