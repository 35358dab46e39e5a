"""What a user chose once and finds again: short texts by name, kept in `app.sqlite`."""

from __future__ import annotations

from pathlib import Path

from shop.database import connected

JUDGE = "judge"
"""The name under which judgements were last made."""


def load(data_dir: Path, name: str) -> str | None:
    """Return what was kept under a name, None where nothing was."""
    with connected(data_dir, write=False) as db:
        row = db.execute("SELECT value FROM preferences WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["value"])


def save(data_dir: Path, name: str, value: str) -> None:
    """Keep a value under a name in place of an earlier one."""
    with connected(data_dir) as db:
        db.execute("INSERT OR REPLACE INTO preferences VALUES (?, ?)", (name, value))
