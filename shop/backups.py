"""Backups of the data folder: one `.tar.gz` that is consistent while the program is in use, and the way back.

The archive holds the files under their paths within the folder, each database as SQLite's own backup of it, and last
`backup.json` with the checksum of every file, so that a cut-off archive is known as such.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from retrieval.errors import DataError, JobError
from shop import data_folder, jobs
from shop.database import FILE as DATABASE
from shop.database import connected

FORMAT = 1
INDEX = "backup.json"
EMBEDDINGS = "embeddings.sqlite"
_BLOCK = 1 << 20
_BESIDE_DATABASES = (".sqlite-wal", ".sqlite-shm", ".sqlite-journal")
"""What SQLite keeps beside an open database; a backup holds the database as it stands with them."""
_SPARE = 50_000_000
_ARCHIVE_ERRORS = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError)


@dataclass(frozen=True, slots=True)
class Backup:
    """What stands in a backup; `size` is that of the archive in bytes, `notes` tell what was left out and why."""

    file: Path
    files: int
    size: int
    catalogues: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back; `created` (UTC, ISO 8601) is when it was backed up, `before` where the replaced folder stands."""

    files: int
    created: str
    catalogues: tuple[str, ...]
    before: Path | None
    notes: tuple[str, ...] = ()


def backup(data_dir: Path, file: Path, *, embeddings: bool = True, force: bool = False) -> Backup:
    """Write a backup of the data folder, whole or not at all.

    Without `embeddings` their cache is left out: smaller, and all is embedded again after a restore. Raises DataError
    where there is nothing to keep, the file is there already (unless `force`) or a database is damaged; OSError.
    """
    if file.exists() and not force:
        raise DataError(f"{file} is there already; choose another name, or replace it with --force")
    if file.resolve().is_relative_to(data_dir.resolve()):
        raise DataError(f"{file} lies within {data_dir}, which is what is backed up; choose another folder")
    if data_folder.version(data_dir) is None and not data_dir.is_dir():
        raise DataError(f"{data_dir} is not there: nothing to back up. Set DATA_DIR to the folder that is meant.")
    data_folder.prepare(data_dir)
    file.parent.mkdir(parents=True, exist_ok=True)
    notes: list[str] = []
    written: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}-") as temporary:
        archive = Path(temporary) / "archive"
        # Level 1: vectors hardly shrink, and higher levels take many times as long.
        with tarfile.open(archive, "w:gz", compresslevel=1, format=tarfile.PAX_FORMAT) as tar:
            for relative in _wanted_files(data_dir):
                if relative == EMBEDDINGS and not embeddings:
                    notes.append("the cache of embeddings was left out, as asked")
                    continue
                path = data_dir / relative
                if _is_database(relative):
                    path = Path(temporary) / "snapshot"
                    try:
                        _snapshot(data_dir / relative, path)
                    except sqlite3.DatabaseError as error:
                        if not (data_dir / relative).exists():
                            notes.append(f"{relative} was removed meanwhile")
                            continue
                        if relative != EMBEDDINGS:
                            raise DataError(
                                f"{data_dir / relative} cannot be backed up ({error}); nothing was written"
                            ) from error
                        notes.append(f"{relative} was left out, for it is damaged ({error}); it is computed again")
                        continue
                try:
                    written[relative] = _add(tar, relative, path)
                except FileNotFoundError:
                    notes.append(f"{relative} was removed meanwhile")
            index = {
                "format": FORMAT,
                "data_version": data_folder.version(data_dir),
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "files": written,
            }
            listing = Path(temporary) / "listing"
            listing.write_text(json.dumps(index, ensure_ascii=False, indent=1), "utf-8")
            _add(tar, INDEX, listing)
        with archive.open("rb") as stream:
            os.fsync(stream.fileno())
        archive.replace(file)
    return Backup(file, len(written), file.stat().st_size, _catalogues(written), tuple(notes))


def _wanted_files(data_dir: Path) -> Iterator[str]:
    for path in sorted(data_dir.rglob("*")):
        relative = path.relative_to(data_dir).as_posix()
        if path.is_file() and not path.is_symlink() and _is_kept(relative):
            yield relative


def _is_kept(relative: str) -> bool:
    """Return whether a file of the folder belongs into a backup: no locks, temporary files and damaged databases."""
    first, *rest = PurePosixPath(relative).parts
    if not rest:
        return _is_database(first) or first == data_folder.VERSION
    hidden = any(part.startswith(".") for part in (*rest, *((first,) if first != data_folder.LOGS else ())))
    return not hidden and not relative.endswith(_BESIDE_DATABASES)


def _is_database(relative: str) -> bool:
    return relative.endswith(".sqlite")


def _snapshot(source: Path, target: Path) -> None:
    """Copy a database as it stands between two transactions; raise sqlite3.DatabaseError where it is damaged."""
    target.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True, timeout=60)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        _check_database(copy)


def _check_database(db: sqlite3.Connection) -> None:
    said = "; ".join(str(row[0]) for row in db.execute("PRAGMA quick_check(3)"))
    if said != "ok":
        raise sqlite3.DatabaseError(said)


class _Hashing:
    """Reads a file and hashes what was read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self.hash.update(block)
        return block


def _add(tar: tarfile.TarFile, name: str, path: Path) -> dict[str, Any]:
    # One open file from first to last: an upload that takes its place meanwhile is another file.
    with path.open("rb") as stream:
        status = os.fstat(stream.fileno())
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = status.st_size, int(status.st_mtime), 0o600
        reader = _Hashing(stream)
        tar.addfile(info, reader)
    return {"sha256": reader.hash.hexdigest(), "bytes": info.size}


def _catalogues(files: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({f.split("/")[0] for f in files if "/" in f} - {data_folder.LOGS}))


def restore(data_dir: Path, file: Path, *, force: bool = False) -> Restored:
    """Put a backup in the place of the data folder, all or nothing; the folder replaced is kept beside it.

    Everything is read, checked and safely on disk before anything is replaced. Jobs that were waiting or running when
    the backup was made come back as cancelled. Raises DataError where the backup is damaged, unsafe or newer, where
    the folder holds data (unless `force`) or a job is at work; OSError.
    """
    data_dir = data_dir.resolve()
    notes: list[str] = []
    data_folder.finish_swap(data_dir)
    if not force and holds_data(data_dir):
        raise DataError(
            f"{data_dir} holds data; back it up first if it is needed, then restore over it with --force (the replaced "
            "folder is kept beside it)"
        )
    _refuse_while_working(data_dir, notes)
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=data_dir.parent, prefix=f".{data_dir.name}.restoring-"))
    try:
        index = _extract(file, staging)
        _settle(staging)
        _sync_tree(staging)
        before = _swap(staging, data_dir)
    finally:
        if staging.exists():
            shutil.rmtree(staging)
    files = index["files"]
    return Restored(len(files), str(index.get("created", "")), _catalogues(files), before, tuple(notes))


def holds_data(data_dir: Path) -> bool:
    """Return whether a data folder holds anything that was put or written there."""
    if not data_dir.is_dir():
        return False
    names = [relative for relative in _wanted_files(data_dir) if relative != data_folder.VERSION]
    if set(names) - {DATABASE}:
        return True
    if not names:
        return False
    try:
        with connected(data_dir, write=False) as db:
            tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            return any(db.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone() for table in tables)  # noqa: S608
    except JobError:
        return True  # it cannot be read, so it may hold anything


def _refuse_while_working(data_dir: Path, notes: list[str]) -> None:
    if not (data_dir / DATABASE).exists():
        return
    try:
        active = [job for job in jobs.listed(data_dir) if job.active]
    except (JobError, DataError) as error:
        notes.append(f"whether jobs are at work could not be seen: {error}")
        return
    if active:
        raise DataError(
            f"a job is at work on {active[0].catalogue!r}; wait for its end, or end it with: "
            f"product-search jobs cancel {active[0].id}"
        )


def _extract(file: Path, staging: Path) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    index: Any = None
    try:
        with gzip.open(file) as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            for member in tar:
                name = _checked_name(member, file, found)
                source = tar.extractfile(member)
                if source is None:
                    raise DataError(f"{file}: {name} holds no content; this is no backup made by this program")
                if name == INDEX:
                    index = json.loads(source.read(64 * _BLOCK))
                    continue
                _check_room(member.size, staging)
                found[name] = _write(source, staging / name)
            while stream.read(_BLOCK):  # to the end, where gzip keeps its own checksum
                pass
    except _ARCHIVE_ERRORS as error:
        raise DataError(f"{file} is damaged or no backup ({error}); nothing was changed") from error
    return _checked_index(index, found, file)


def _checked_name(member: tarfile.TarInfo, file: Path, found: dict[str, dict[str, Any]]) -> str:
    """Return a member's path; raise DataError for all that a backup never holds."""
    name = member.name
    parts = name.split("/")
    safe = member.isreg() and not any(part in ("", ".", "..") for part in parts) and not set(name) & {"\\", "\0"}
    if not safe or (name != INDEX and not _is_kept(name)):
        raise DataError(f"{file}: {name!r} has no place in a backup (a link, or a path out of it); nothing was changed")
    if name in found:
        raise DataError(f"{file}: {name!r} is there twice; nothing was changed")
    return name


def _check_room(size: int, staging: Path) -> None:
    free = shutil.disk_usage(staging).free
    if free < size + _SPARE:
        raise DataError(
            f"not enough disk space in {staging.parent}: {(size + _SPARE) / 1e6:,.0f} MB are needed, "
            f"{free / 1e6:,.0f} MB are free. Free some and restore again; nothing was changed."
        )


def _write(source: IO[bytes], target: Path) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True)
    reader = _Hashing(source)
    with target.open("xb") as stream:
        shutil.copyfileobj(reader, stream, _BLOCK)
    return {"sha256": reader.hash.hexdigest(), "bytes": target.stat().st_size}


def _checked_index(index: Any, found: dict[str, dict[str, Any]], file: Path) -> dict[str, Any]:
    if not isinstance(index, dict) or not isinstance(index.get("files"), dict):
        raise DataError(f"{file} lacks its {INDEX}: it is cut off, or no backup; nothing was changed")
    if index.get("format") != FORMAT:
        raise DataError(
            f"{file} is of format {index.get('format')!r}, this version reads format {FORMAT}; restore it with the "
            "version that wrote it"
        )
    wanted = index["files"]
    for name in sorted({*wanted, *found}):
        if wanted.get(name) != found.get(name):
            what = "is missing" if name not in found else "was added" if name not in wanted else "fails its checksum"
            raise DataError(f"{file}: {name} {what}; nothing was changed")
    return index


def _settle(staging: Path) -> None:
    """Bring a restored folder to the present version, and let no job of another time start by itself."""
    for path in sorted(staging.rglob("*.sqlite")):
        try:
            with closing(sqlite3.connect(path)) as db:
                _check_database(db)
        except sqlite3.DatabaseError as error:
            raise DataError(
                f"{path.relative_to(staging)} of the backup is damaged ({error}); nothing was changed"
            ) from error
    with connected(staging) as db:
        db.execute(
            "UPDATE jobs SET state = 'cancelled', finished = ?, pid = NULL, eta_s = NULL, "
            "message = 'was not finished when the backup was made; resume it to go on' "
            "WHERE state IN ('queued', 'running')",
            (time.time(),),
        )


def _sync_tree(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _swap(staging: Path, data_dir: Path) -> Path | None:
    waiting = data_folder.swap_folder(data_dir)
    if waiting.exists():  # of a restore that was cut short before it cleared the place
        shutil.rmtree(waiting)
    staging.chmod(data_dir.stat().st_mode & 0o777 if data_dir.exists() else 0o755)
    staging.rename(waiting)
    before = None
    if data_dir.exists():
        before = data_dir.with_name(f"{data_dir.name}.before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}")
        with _undone_on_failure(waiting):
            data_dir.rename(before)
    # From here on the restored folder takes the place, even if this process ends now: `prepare` sees to it.
    data_folder.finish_swap(data_dir)
    return before


@contextmanager
def _undone_on_failure(waiting: Path) -> Iterator[None]:
    try:
        yield
    except OSError:
        shutil.rmtree(waiting)
        raise
