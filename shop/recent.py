"""The searches that were made last: kept on this machine, or not at all where that is switched off."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from shop.database import connected

KEPT = 50
PATIENCE_S = 0.5
"""How long keeping a search waits for somebody else's writing: the search itself was found and should be seen."""
_SWITCH = "keep_recent_searches"


@dataclass(frozen=True, slots=True)
class RecentSearch:
    """A query put to a catalogue, the `address` (query string) that asks it again, and when (Unix seconds)."""

    catalogue: str
    query: str
    address: str
    searched: float


def kept(data_dir: Path) -> bool:
    """Return whether searches are kept; they are until that is switched off."""
    with connected(data_dir, write=False) as db:
        row = db.execute("SELECT value FROM preferences WHERE name = ?", (_SWITCH,)).fetchone()
    return row is None or row["value"] == "on"


def switch(data_dir: Path, on: bool) -> None:
    """Keep searches from now on, or keep none and forget those that were."""
    with connected(data_dir) as db:
        db.execute("INSERT OR REPLACE INTO preferences VALUES (?, ?)", (_SWITCH, "on" if on else "off"))
        if not on:
            db.execute("DELETE FROM recent_searches")


def add(data_dir: Path, catalogue: str, query: str, address: str) -> bool:
    """Keep a search as the newest, in the place of an earlier one of the same words; return whether it was kept."""
    with connected(data_dir, patience=PATIENCE_S) as db:
        row = db.execute("SELECT value FROM preferences WHERE name = ?", (_SWITCH,)).fetchone()
        if row is not None and row["value"] != "on":
            return False
        db.execute(
            "INSERT OR REPLACE INTO recent_searches VALUES (?, ?, ?, ?)", (catalogue, query, address, time.time())
        )
        db.execute(
            "DELETE FROM recent_searches WHERE rowid NOT IN "
            "(SELECT rowid FROM recent_searches ORDER BY searched DESC, rowid DESC LIMIT ?)",
            (KEPT,),
        )
    return True


def listed(data_dir: Path, limit: int = KEPT) -> list[RecentSearch]:
    """Return the kept searches, newest first."""
    with connected(data_dir, write=False) as db:
        rows = db.execute("SELECT * FROM recent_searches ORDER BY searched DESC, rowid DESC LIMIT ?", (limit,))
        return [RecentSearch(**row) for row in rows]


def clear(data_dir: Path) -> None:
    """Forget every kept search."""
    with connected(data_dir) as db:
        db.execute("DELETE FROM recent_searches")
