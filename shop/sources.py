"""The files that a catalogue is built from: known by identity, so that a deletion never takes a newer upload."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

FileIdentity = tuple[str, int, int]
"""Path relative to the catalogue's folder, inode, time of the last change in nanoseconds."""


def listing(data_dir: Path, name: str) -> list[FileIdentity]:
    """Return every file of a catalogue's folder."""
    folder = data_dir / name
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue  # SQLite keeps files beside a database only while somebody has it open
            found.append((path.relative_to(folder).as_posix(), status.st_ino, status.st_mtime_ns))
    return found


def remove(data_dir: Path, name: str, files: Sequence[FileIdentity]) -> list[str]:
    """Remove just these files of a catalogue, and its folder where that leaves it empty; return what was removed.

    A file that took the place of a listed one since is another file, and stays.
    """
    folder = data_dir / name
    there = set(listing(data_dir, name))
    gone = [relative for relative, inode, changed in files if (relative, inode, changed) in there]
    for relative in gone:
        (folder / relative).unlink(missing_ok=True)
    if folder.is_dir() and not folder.is_symlink():
        inner = sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True)
        for empty in (*inner, folder):
            try:
                empty.rmdir()
            except OSError as error:
                if error.errno != errno.ENOTEMPTY:
                    raise
    return gone
