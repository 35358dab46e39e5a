from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import compose
from compose import merchandising
from compose.merchandising import ShopMerchandising
from retrieval.errors import DataError
from retrieval.models import ModelPool
from retrieval.query.synonyms import shipped
from retrieval.rules import Rule
from shop import backups, rules, synonyms
from shop.sources import listing
from shop.sources import remove as remove_files
from tests.support import settings_in

PIN = Rule("pin", "product", "p1", "contains", "red lamp", position=2)
HIDE = Rule("hide", "brand", "Lumo")


@pytest.fixture
def asked(tmp_path: Path) -> ShopMerchandising:
    return ShopMerchandising(tmp_path / "data", "shop")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what notes every reading of a file."""
    noted: list[str] = []
    for module, name in ((rules, "listed"), (synonyms, "text")):
        real = getattr(module, name)

        def counted(*arguments: Any, _real: Any = real, _name: str = name) -> Any:
            noted.append(_name)
            return _real(*arguments)

        monkeypatch.setattr(module, name, counted)
    return noted


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every file for one whose time of change says everything."""
    monkeypatch.setattr(merchandising, "SETTLED_S", -1.0)


def test_a_shop_that_said_nothing_has_shipped_synonyms_alone(asked: ShopMerchandising, tmp_path: Path) -> None:
    assert asked.synonyms() is shipped()
    assert asked.rules() == (0, ())
    assert list(tmp_path.iterdir()) == []


def test_what_is_saved_holds_for_the_next_search(asked: ShopMerchandising, tmp_path: Path) -> None:
    data = tmp_path / "data"
    asked.rules(), asked.synonyms()
    pin = rules.add(data, "shop", PIN)
    assert asked.rules() == (1, (pin,))
    hide = rules.add(data, "shop", HIDE)
    assert asked.rules() == (2, (pin, hide))
    off = rules.change(data, "shop", replace(pin, on=False))
    assert asked.rules() == (3, (off, hide))
    rules.remove(data, "shop", hide.rule_id)
    assert asked.rules() == (4, (off,))
    synonyms.save(data, "shop", "zorb, globe")
    assert asked.synonyms().expand(["zorb"]) == (("zorb", ("globe",)),)
    synonyms.save(data, "shop", "zorb, plate")
    assert asked.synonyms().expand(["zorb"]) == (("zorb", ("plate",)),)
    synonyms.save(data, "shop", "")
    assert asked.synonyms() is shipped()


def test_an_open_engine_heeds_them_and_keeps_no_result_of_before(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, embedder="none")
    source = tmp_path / "shop.csv"
    source.write_text("product_id,title,brand\np1,Oak table,Lumo\np2,Reading lamp,Lumo\np3,Floor lamp,Fjord\n", "utf-8")
    compose.build(source, "shop", settings)
    engine = compose.open_engine("shop", settings, ModelPool(settings))
    try:

        def found(query: str) -> list[str]:
            return [hit.product_id for hit in engine.search(query, mode="bm25", cutoff=False).hits]

        assert sorted(found("lamp")) == ["p2", "p3"]
        assert found("zorb") == []
        pin = rules.add(settings.data_dir, "shop", replace(PIN, pattern="lamp", position=1))
        hide = rules.add(settings.data_dir, "shop", replace(HIDE, value="Fjord"))
        assert found("lamp") == ["p1", "p2"]
        rules.change(settings.data_dir, "shop", replace(hide, on=False))
        assert found("lamp")[0] == "p1"
        assert sorted(found("lamp")) == ["p1", "p2", "p3"]
        rules.remove(settings.data_dir, "shop", pin.rule_id)
        assert sorted(found("lamp")) == ["p2", "p3"]
        synonyms.save(settings.data_dir, "shop", "zorb => table")
        assert found("zorb") == ["p1"]
        synonyms.save(settings.data_dir, "shop", "")
        assert found("zorb") == []
    finally:
        engine.close()


def test_other_catalogues_are_others(asked: ShopMerchandising, tmp_path: Path) -> None:
    rules.add(tmp_path / "data", "other", PIN)
    synonyms.save(tmp_path / "data", "other", "zorb, globe")
    assert asked.rules() == (0, ())
    assert asked.synonyms() is shipped()


def test_every_change_is_seen_however_fast_they_follow(asked: ShopMerchandising, tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = rules.add(data, "shop", PIN)
    for position in range(1, 60):
        moved = rules.change(data, "shop", replace(made, position=position))
        assert asked.rules()[1] == (moved,)
        synonyms.save(data, "shop", f"zorb, word{position:02}")
        assert asked.synonyms().expand(["zorb"])[0][1] == (f"word{position:02}",)


def test_a_change_in_the_log_alone_is_seen(asked: ShopMerchandising, tmp_path: Path, settled: None) -> None:
    data = tmp_path / "data"
    rules.add(data, "shop", PIN)
    file = rules.path(data, "shop")
    with closing(sqlite3.connect(file)) as held:
        held.execute("BEGIN")
        held.execute("SELECT count(*) FROM rules").fetchone()  # as long as it reads, nothing leaves the log
        assert len(asked.rules()[1]) == 1
        before = file.stat()
        hide = rules.add(data, "shop", HIDE)
        assert (file.stat().st_mtime_ns, file.stat().st_size) == (before.st_mtime_ns, before.st_size)
        assert asked.rules()[1][1:] == (hide,)


def test_nothing_is_read_while_nothing_changes(
    asked: ShopMerchandising, tmp_path: Path, reads: list[str], settled: None
) -> None:
    data = tmp_path / "data"
    rules.add(data, "shop", PIN)
    synonyms.save(data, "shop", "zorb, globe")
    reads.clear()
    for _ in range(5):
        first, again = (asked.rules(), asked.synonyms()), (asked.rules(), asked.synonyms())
        assert first[0] is again[0]
        assert first[1] is again[1]
    assert sorted(reads) == ["listed", "text"]


def test_what_was_changed_just_now_is_read_again_and_stays_the_same(
    asked: ShopMerchandising, tmp_path: Path, reads: list[str]
) -> None:
    data = tmp_path / "data"
    rules.add(data, "shop", PIN)
    synonyms.save(data, "shop", "zorb, globe")
    reads.clear()
    before = asked.rules(), asked.synonyms()
    after = asked.rules(), asked.synonyms()
    assert sorted(reads) == ["listed", "listed", "text", "text"]
    assert after[0] is before[0]
    assert after[1] is before[1]


def test_a_file_of_before_that_comes_back_under_its_old_time_is_seen(
    asked: ShopMerchandising, tmp_path: Path, settled: None
) -> None:
    data = tmp_path / "data"
    synonyms.save(data, "shop", "zorb, globe")
    file = synonyms.path(data, "shop")
    asked.synonyms()
    old = file.stat()
    while file.stat().st_ctime_ns == old.st_ctime_ns:  # until the file system's clock has gone on
        file.write_text("zorb, plate\n", "utf-8")
        os.utime(file, ns=(old.st_atime_ns, old.st_mtime_ns))
    assert asked.synonyms().expand(["zorb"])[0][1] == ("plate",)


def test_another_programs_change_is_seen(asked: ShopMerchandising, tmp_path: Path) -> None:
    asked.rules()
    code = (
        "import sys; from pathlib import Path; from retrieval.rules import Rule; from shop import rules; "
        "rules.add(Path(sys.argv[1]), 'shop', Rule('hide', 'brand', 'Lumo'))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "data")], check=True)
    assert [rule.value for rule in asked.rules()[1]] == ["Lumo"]


def test_deleted_and_restored_rules_have_another_number(asked: ShopMerchandising, tmp_path: Path) -> None:
    data = tmp_path / "data"
    kept = rules.add(data, "shop", PIN)
    numbers = [asked.rules()[0]]
    backups.backup(data, tmp_path / "b.tar.gz")
    remove_files(data, "shop", listing(data, "shop"))
    assert asked.rules()[1] == ()
    numbers.append(asked.rules()[0])
    backups.restore(data, tmp_path / "b.tar.gz", force=True)
    assert asked.rules()[1] == (kept,)
    numbers.append(asked.rules()[0])
    assert len(set(numbers)) == 3


def test_damage_is_said_each_time_until_it_is_mended(asked: ShopMerchandising, tmp_path: Path, settled: None) -> None:
    data = tmp_path / "data"
    made = rules.add(data, "shop", PIN)
    synonyms.save(data, "shop", "zorb, globe")
    good = asked.rules(), asked.synonyms()
    file = rules.path(data, "shop")
    whole = file.read_bytes()
    file.write_bytes(b"no database" * 1000)
    synonyms.path(data, "shop").write_text("alone\n", "utf-8")
    for _ in range(3):
        with pytest.raises(DataError, match=str(file)):
            asked.rules()
        with pytest.raises(DataError, match=r"synonyms\.txt: line 1"):
            asked.synonyms()
    file.write_bytes(whole)
    synonyms.path(data, "shop").write_text("zorb, globe\n", "utf-8")
    assert asked.rules() == good[0]
    assert asked.rules()[1] == (made,)
    assert asked.synonyms() is good[1]


def test_a_folder_that_cannot_be_looked_into_is_named(asked: ShopMerchandising, tmp_path: Path) -> None:
    deep = tmp_path
    while len(str(deep)) < 4_200:  # longer than a path may be, for whoever asks
        deep = deep / ("x" * 200)
    with pytest.raises(DataError, match="cannot be looked at"):
        ShopMerchandising(deep, "shop").rules()


def test_threads_see_whole_rules_that_never_go_back(asked: ShopMerchandising, tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = rules.add(data, "shop", replace(PIN, position=1))
    ended = threading.Event()

    def look() -> list[tuple[int, int | None]]:
        seen = []
        while not ended.is_set():
            number, (rule,) = asked.rules()
            seen.append((number, rule.position))
        return seen

    with ThreadPoolExecutor(4) as pool:
        looking = [pool.submit(look) for _ in range(4)]
        try:
            for position in range(2, 30):
                rules.change(data, "shop", replace(made, position=position))
                time.sleep(0.002)  # lets the others look in between
        finally:
            ended.set()
        found = [one.result(30) for one in looking]
    for seen in found:
        assert seen == sorted(seen, key=lambda pair: (pair[0], pair[1] or 0))
    by_number = {number: position for seen in found for number, position in seen}
    assert {pair for seen in found for pair in seen} == set(by_number.items())
    assert asked.rules()[1][0].position == 29
