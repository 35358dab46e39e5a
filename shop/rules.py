"""A catalogue's merchandising rules, kept in SQLite: what they do is retrieval/rules.py's; no rebuild touches them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from retrieval.artifacts import check_name
from retrieval.errors import DataError
from retrieval.rules import Rule
from shop import data_folder
from shop.database import opened

FILE = "rules.sqlite"
MOST_RULES = 2_000

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE rules (
            rule_id INTEGER PRIMARY KEY AUTOINCREMENT,
            action TEXT NOT NULL CHECK (action IN ('pin', 'boost', 'bury', 'hide')),
            target TEXT NOT NULL CHECK (target IN ('product', 'category', 'brand')),
            value TEXT NOT NULL,
            match TEXT NOT NULL CHECK (match IN ('exact', 'contains', 'any')),
            pattern TEXT NOT NULL,
            start TEXT,
            until TEXT,
            position INTEGER,
            "on" INTEGER NOT NULL CHECK ("on" IN (0, 1))
        ) STRICT
        """,
    ),
)
"""Statements that lead from schema version n to n + 1. Never edit one that was released: append."""


def path(data_dir: Path, catalogue: str) -> Path:
    """Return where a catalogue's rules are kept, whether there are any or not."""
    return data_dir / check_name(catalogue) / FILE


def listed(data_dir: Path, catalogue: str) -> tuple[Rule, ...]:
    """Return every rule of a catalogue, the oldest first, which is the order in which they win; raise DataError."""
    if not path(data_dir, catalogue).exists():
        return ()  # looking makes no file
    with _connected(data_dir, catalogue, write=False) as db:
        return tuple(_rule(row, catalogue) for row in db.execute("SELECT * FROM rules ORDER BY rule_id"))


def add(data_dir: Path, catalogue: str, rule: Rule) -> Rule:
    """Keep a new rule and return it with its id; raise DataError for one that makes no sense."""
    made = rule.checked()
    with _connected(data_dir, catalogue) as db:
        if db.execute("SELECT count(*) FROM rules").fetchone()[0] >= MOST_RULES:
            raise DataError(f"{catalogue!r} has {MOST_RULES:,} rules, which is the most; delete some that are over")
        found = db.execute(
            'INSERT INTO rules (action, target, value, match, pattern, start, until, position, "on") '
            "VALUES (:action, :target, :value, :match, :pattern, :start, :until, :position, :on)",
            _row(made),
        )
        return replace(made, rule_id=int(found.lastrowid or 0))


def change(data_dir: Path, catalogue: str, rule: Rule) -> Rule:
    """Put a rule in the place of the kept one with its id; raise DataError for an unknown id or a senseless rule."""
    made = rule.checked()
    with _connected(data_dir, catalogue) as db:
        found = db.execute(
            "UPDATE rules SET action = :action, target = :target, value = :value, match = :match, pattern = :pattern, "
            'start = :start, until = :until, position = :position, "on" = :on WHERE rule_id = :rule_id',
            _row(made),
        )
        if not found.rowcount:
            raise DataError(f"{catalogue!r} has no rule {rule.rule_id}; it may have been deleted. Add it anew.")
    return made


def remove(data_dir: Path, catalogue: str, rule_id: int) -> bool:
    """Delete a rule and return whether there was one; raise DataError."""
    with _connected(data_dir, catalogue) as db:
        return db.execute("DELETE FROM rules WHERE rule_id = ?", (rule_id,)).rowcount > 0


def _row(rule: Rule) -> dict[str, Any]:
    return {**rule.to_dict(), "on": int(rule.on)}


def _rule(row: sqlite3.Row, catalogue: str) -> Rule:
    values = dict(row)
    for name in ("start", "until"):
        try:
            values[name] = None if values[name] is None else date.fromisoformat(values[name])
        except ValueError as error:
            raise DataError(
                f"rule {values['rule_id']} of {catalogue!r}: {name} is {values[name]!r}, which is no day; write it as "
                f"2026-01-31 into {FILE}, or delete the rule there"
            ) from error
    return Rule(**{**values, "on": bool(values["on"])})


@contextmanager
def _connected(data_dir: Path, catalogue: str, *, write: bool = True) -> Iterator[sqlite3.Connection]:
    file = path(data_dir, catalogue)
    try:
        data_folder.prepare(data_dir)
        file.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise DataError(f"{file}: cannot be made ({error}); check that DATA_DIR may be written to") from error
    with opened(file, MIGRATIONS, DataError, write=write) as db:
        yield db
