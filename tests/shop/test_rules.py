from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from retrieval.errors import DataError
from retrieval.rules import Rule
from shop import backups, rules
from shop.sources import listing
from shop.sources import remove as remove_files

PIN = Rule("pin", "product", "p1", "contains", "red lamp", date(2026, 1, 1), date(2026, 1, 31), 2)
HIDE = Rule("hide", "brand", "Lumo")


def test_a_rule_is_kept_changed_and_deleted(tmp_path: Path) -> None:
    pin, hide = rules.add(tmp_path, "shop", PIN), rules.add(tmp_path, "shop", HIDE)
    assert rules.listed(tmp_path, "shop") == (replace(PIN, rule_id=pin.rule_id), replace(HIDE, rule_id=hide.rule_id))
    moved = rules.change(tmp_path, "shop", replace(pin, position=5, until=None, on=False))
    assert rules.listed(tmp_path, "shop") == (moved, hide)
    assert (moved.position, moved.until, moved.on) == (5, None, False)
    assert rules.remove(tmp_path, "shop", pin.rule_id)
    assert not rules.remove(tmp_path, "shop", pin.rule_id)
    assert rules.listed(tmp_path, "shop") == (hide,)


def test_the_id_of_a_deleted_rule_is_not_given_again(tmp_path: Path) -> None:
    first = rules.add(tmp_path, "shop", PIN)
    rules.remove(tmp_path, "shop", first.rule_id)
    assert rules.add(tmp_path, "shop", PIN).rule_id > first.rule_id


def test_looking_makes_no_file_and_catalogues_are_kept_apart(tmp_path: Path) -> None:
    assert rules.listed(tmp_path, "shop") == ()
    assert list(tmp_path.iterdir()) == []
    rules.add(tmp_path, "shop", HIDE)
    assert rules.listed(tmp_path, "other") == ()


def test_a_rule_that_makes_no_sense_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="from 1 to 100"):
        rules.add(tmp_path, "shop", replace(PIN, position=None))
    kept = rules.add(tmp_path, "shop", PIN)
    with pytest.raises(DataError, match="swap the dates"):
        rules.change(tmp_path, "shop", replace(kept, until=date(2025, 1, 1)))
    with pytest.raises(DataError, match="no rule 99"):
        rules.change(tmp_path, "shop", replace(kept, rule_id=99))
    assert rules.listed(tmp_path, "shop") == (kept,)


def test_there_is_a_most_of_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_RULES", 2)
    for _ in range(2):
        rules.add(tmp_path, "shop", HIDE)
    with pytest.raises(DataError, match="has 2 rules"):
        rules.add(tmp_path, "shop", HIDE)
    assert len(rules.listed(tmp_path, "shop")) == 2


def test_rules_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    rules.add(tmp_path, "shop", HIDE)
    with closing(sqlite3.connect(rules.path(tmp_path, "shop"))) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(DataError, match="newer version"):
        rules.listed(tmp_path, "shop")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    rules.add(tmp_path, "shop", HIDE)
    file = rules.path(tmp_path, "shop")
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match=str(file)):
        rules.listed(tmp_path, "shop")


def test_a_day_that_is_none_is_named(tmp_path: Path) -> None:
    kept = rules.add(tmp_path, "shop", PIN)
    with closing(sqlite3.connect(rules.path(tmp_path, "shop"))) as db, db:
        db.execute("UPDATE rules SET until = '31.1.'")
    with pytest.raises(DataError, match=rf"rule {kept.rule_id} of 'shop': until is '31\.1\.'"):
        rules.listed(tmp_path, "shop")


def test_a_backup_holds_the_rules_and_a_deletion_takes_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    kept = rules.add(data, "shop", PIN)
    backups.backup(data, tmp_path / "b.tar.gz")
    remove_files(data, "shop", listing(data, "shop"))
    assert rules.listed(data, "shop") == ()
    backups.restore(data, tmp_path / "b.tar.gz", force=True)
    assert rules.listed(data, "shop") == (kept,)
