"""A shop's synonyms and rules as its search asks for them: kept in memory, read again once their files changed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from retrieval.errors import DataError
from shop import rules, synonyms

if TYPE_CHECKING:
    from retrieval.query.synonyms import Synonyms
    from retrieval.rules import Rule

SETTLED_S = 2.0
"""A file that was changed less than so many seconds before it was read is read again the next time: file systems tell
the time in steps, and a second change within one leaves no trace in it."""

T = TypeVar("T")
Stamp = tuple[tuple[int, ...] | None, ...]


class ShopMerchandising:
    """What a catalogue's owner says about its searches; a `Merchandising`. One lives as long as the engine it serves.

    Asking costs a look at three files' times; what is read is shared by all threads. What cannot be read raises
    DataError each time until it is mended.
    """

    def __init__(self, data_dir: Path, name: str) -> None:
        """Watch the files of the catalogue `name` in `data_dir`; they may be missing, and come and go."""
        self._data_dir = data_dir
        self._name = name
        listed, said = rules.path(data_dir, name), synonyms.path(data_dir, name)
        # What was written last may stand in SQLite's write-ahead log alone.
        self._rules = _Watched((listed, listed.with_name(f"{listed.name}-wal")), self._read_rules)
        self._synonyms = _Watched((said,), self._read_synonyms)

    def synonyms(self) -> Synonyms:
        """Return the catalogue's synonyms on top of those that come with the program."""
        return self._synonyms.value()[1]

    def rules(self) -> tuple[int, tuple[Rule, ...]]:
        """Return how often other rules were found since this was made, and the rules, the oldest first."""
        return self._rules.value()

    def _read_rules(self, before: tuple[int, tuple[Rule, ...]] | None) -> tuple[int, tuple[Rule, ...]]:
        found = rules.listed(self._data_dir, self._name)
        if before is None:
            return 0, found
        number, known = before
        return before if found == known else (number + 1, found)

    def _read_synonyms(self, before: tuple[str, Synonyms] | None) -> tuple[str, Synonyms]:
        said = synonyms.text(self._data_dir, self._name)
        if before is not None and said == before[0]:
            return before
        return said, synonyms.parsed(self._data_dir, self._name, said)


class _Watched(Generic[T]):
    """A value that is made from files, and made again once one of them is another; safe with several threads."""

    def __init__(self, files: Sequence[Path], read: Callable[[T | None], T]) -> None:
        """Watch `files`; `read` is given the value made before, None at first."""
        self._files = tuple(map(os.fspath, files))
        self._read = read
        self._lock = threading.Lock()
        self._kept: tuple[Stamp, bool, T] | None = None

    def value(self) -> T:
        """Return what the files say now; raise DataError where they cannot be read."""
        kept = self._kept
        if kept is not None and kept[1] and kept[0] == self._stamp():
            return kept[2]
        with self._lock:
            # Before reading: what is written meanwhile is seen the next time.
            stamp, now = self._stamp(), time.time_ns()
            kept = self._kept
            if kept is not None and kept[1] and kept[0] == stamp:  # another thread was first
                return kept[2]
            made = self._read(None if kept is None else kept[2])
            settled = all(one is None or now - one[-1] > SETTLED_S * 1e9 for one in stamp)
            self._kept = stamp, settled, made
            return made

    def _stamp(self) -> Stamp:
        return tuple(map(_stamp, self._files))


def _stamp(file: str) -> tuple[int, ...] | None:
    """Return what changes with a file's content, its time of change in nanoseconds last; None where it holds nothing.

    SQLite makes and removes an empty log whenever somebody reads.
    """
    try:
        found = os.stat(file)  # noqa: PTH116 - a Path made for every search costs more than the look
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DataError(f"{file}: cannot be looked at ({error}); check that DATA_DIR may be read") from error
    if not found.st_size:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
