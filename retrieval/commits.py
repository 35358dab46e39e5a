"""How builds come and go: one builder a name at a time, commit by rename, and no build taken from under a reader."""

from __future__ import annotations

import errno
import fcntl
import math
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from retrieval.artifacts import (
    MANIFEST,
    FileRecord,
    Manifest,
    build_folder,
    build_folders,
    catalogue_folder,
    current,
    hash_file,
    sequence,
)
from retrieval.errors import BuildError, IndexNotFound, IndexStoreError
from retrieval.protocols import Progress

READERS = ".readers"
LOCK = ".lock"
_TRASH = ".trash-"
_DELETED = ".deleted"
_POLL_S = 0.1


@contextmanager
def builder_lock(index_dir: Path, name: str, progress: Progress | None = None, *, wait: bool = True) -> Iterator[None]:
    """Hold the right to build or delete a catalogue; report stage `waiting` while somebody else holds it.

    The lock is the kernel's, so that it ends with the process, however that ends. Raises BuildError where it is held
    and `wait` is False.
    """
    folder = catalogue_folder(index_dir, name)
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        lock = _open_lock(folder)
        if lock is None:
            continue
        try:
            while not _try_lock(lock, fcntl.LOCK_EX):
                if not wait:
                    raise BuildError(
                        f"the catalogue {name!r} is being built or deleted; wait for its end or cancel that, then try "
                        "again."
                    )
                if progress:
                    progress("waiting", 0, 1)
                time.sleep(_POLL_S)
            # A deletion takes the lock's file with it: whoever locked a removed one begins again.
            if _is_at(lock, folder / LOCK):
                yield
                return
        finally:
            os.close(lock)


def _open_lock(folder: Path) -> int | None:
    try:
        return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except FileNotFoundError:  # the folder was deleted in between
        return None


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def new_build(index_dir: Path, name: str) -> Iterator[Path]:
    """Make an empty build folder, to be filled and committed within the block; else it is removed at the end.

    The caller holds `builder_lock`.
    """
    numbers = [sequence(folder.name) or 0 for folder in build_folders(index_dir, name)]
    serving = serving_build(index_dir, name)
    if serving is not None:
        numbers.append(sequence(serving) or 0)
    folder = build_folder(index_dir, name, f"{max(numbers, default=0) + 1:06d}-{secrets.token_hex(3)}")
    folder.mkdir()
    try:
        (folder / READERS).touch()
        yield folder
    finally:
        if not _is_committed(folder, _newest_committed(index_dir, name)):
            shutil.rmtree(folder)


def serving_build(index_dir: Path, name: str) -> str | None:
    """Return the id of the build that serves; None where there is none that this version can serve."""
    try:
        return current(index_dir, name).build
    except IndexStoreError:
        return None


def seal(folder: Path, manifest: Manifest) -> Manifest:
    """Bring a finished build safely to disk, write its own manifest, and return it with the files' checksums."""
    files: dict[str, FileRecord] = {}
    folders = {folder}
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            folders.add(path)
        elif path.name not in (MANIFEST, READERS):
            files[path.relative_to(folder).as_posix()] = hash_file(path)
            _sync(path)
    sealed = replace(manifest, files=files)
    own = folder / MANIFEST
    own.write_bytes(sealed.to_bytes())
    _sync(own)
    for inner in folders:
        _sync(inner)
    return sealed


def commit(index_dir: Path, manifest: Manifest) -> None:
    """Let a sealed build serve: rename its manifest into place, all or nothing."""
    folder = catalogue_folder(index_dir, manifest.name)
    temporary = folder / f".{MANIFEST}.new"
    try:
        temporary.write_bytes(manifest.to_bytes())
        _sync(temporary)
        temporary.replace(folder / MANIFEST)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(folder)


def collect_garbage(index_dir: Path, name: str, keep: int) -> list[str]:
    """Remove all but the last `keep` committed builds, and what dead builders left; return the removed builds' ids.

    Builds that somebody reads stay until the next call. While another builder is at work nothing is done, for that
    builder collects at its end.
    """
    folder = catalogue_folder(index_dir, name)
    lock = _open_lock(folder) if folder.is_dir() else None
    if lock is None:
        return []
    try:
        mine = _try_lock(lock, fcntl.LOCK_EX) and _is_at(lock, folder / LOCK)
        return sweep(index_dir, name, keep) if mine else []
    finally:
        os.close(lock)


def sweep(index_dir: Path, name: str, keep: int) -> list[str]:
    """Do what `collect_garbage` does for a caller who holds `builder_lock`."""
    folder = catalogue_folder(index_dir, name)
    _remove_trash(folder)
    if (folder / _DELETED).exists():
        # A deletion that was cut short: without their manifests its builds are leftovers.
        _disown_builds(index_dir, name)
        (folder / _DELETED).unlink()
    newest = _newest_committed(index_dir, name)
    committed: list[Path] = []
    leftovers: list[Path] = []
    for build in build_folders(index_dir, name):
        (committed if _is_committed(build, newest) else leftovers).append(build)
    serving = serving_build(index_dir, name)
    old = [build for build in committed[: max(0, len(committed) - keep)] if build.name != serving]
    return [build.name for build in leftovers + old if _remove_unread(build)]


def delete_catalogue(index_dir: Path, name: str, progress: Progress | None = None) -> list[str]:
    """Delete a catalogue's builds; return the ids of those that stay for a while because somebody reads them.

    Renaming the manifest away is the commit: before it the catalogue serves as it did, after it there is none. What a
    deletion that was cut short left is removed by the next one of any catalogue, or by the next build of this one.
    Stages are `waiting` (for a builder) and `delete`.
    """
    folder = catalogue_folder(index_dir, name)
    if folder.is_dir():
        with builder_lock(index_dir, name, progress):
            if (folder / MANIFEST).exists():
                (folder / MANIFEST).replace(folder / _DELETED)
            else:
                (folder / _DELETED).touch()
            _sync(folder)
            _remove_deleted(index_dir, name, progress)
    finish_deletions(index_dir)
    return [build.name for build in build_folders(index_dir, name)]


def finish_deletions(index_dir: Path) -> None:
    """Remove what deletions left behind that were cut short or had readers, where nobody is at work."""
    for marker in sorted(index_dir.glob(f"*/{_DELETED}")):
        name = marker.parent.name
        lock = _open_lock(catalogue_folder(index_dir, name))
        if lock is None:
            continue
        try:
            if _try_lock(lock, fcntl.LOCK_EX) and _is_at(lock, marker.with_name(LOCK)) and marker.exists():
                _remove_deleted(index_dir, name, None)
        finally:
            os.close(lock)


def _remove_deleted(index_dir: Path, name: str, progress: Progress | None) -> None:
    folder = catalogue_folder(index_dir, name)
    _disown_builds(index_dir, name)
    _remove_trash(folder)
    builds = build_folders(index_dir, name)
    left = 0
    for done, build in enumerate(builds):
        if progress:
            progress("delete", done, len(builds))
        left += not _remove_unread(build)
    if progress:
        progress("delete", len(builds), len(builds))
    if left:
        return
    for path in (folder / f".{MANIFEST}.new", folder / _DELETED, folder / LOCK):
        path.unlink(missing_ok=True)
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:  # a builder that has just begun, or a file that is not ours
            raise


def _disown_builds(index_dir: Path, name: str) -> None:
    """Take the builds' own manifests away, so that no later commit counts them as committed."""
    for build in build_folders(index_dir, name):
        (build / MANIFEST).unlink(missing_ok=True)


def _remove_trash(folder: Path) -> None:
    for trash in folder.glob(f"{_TRASH}*"):
        shutil.rmtree(trash)


def hold(folder: Path) -> int | None:
    """Keep a build from being removed; return the file descriptor whose closing lets go, None where it is gone."""
    path = folder / READERS
    try:
        held = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        # The collector renames the folder under its lock: whoever locked a renamed file was too late.
        if _try_lock(held, fcntl.LOCK_SH) and _is_at(held, path):
            return held
    except BaseException:
        os.close(held)
        raise
    os.close(held)
    return None


def _newest_committed(index_dir: Path, name: str) -> float:
    """Return the number of the serving build: 0 where nothing was committed, infinity where that cannot be read."""
    try:
        return sequence(current(index_dir, name).build) or 0
    except IndexNotFound:
        return 0
    except IndexStoreError:
        # The builds beside a damaged manifest may be all that is left: they count as committed.
        return math.inf


def _is_committed(folder: Path, newest: float) -> bool:
    # A build above the serving one was given up between its own manifest and the commit.
    return (folder / MANIFEST).is_file() and (sequence(folder.name) or 0) <= newest


def _remove_unread(folder: Path) -> bool:
    lock = os.open(folder / READERS, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _try_lock(lock, fcntl.LOCK_EX):
            return False
        trash = folder.rename(folder.with_name(_TRASH + folder.name))
        shutil.rmtree(trash)
        return True
    finally:
        os.close(lock)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
