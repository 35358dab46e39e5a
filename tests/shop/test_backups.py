from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import sqlite3
import tarfile
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from retrieval.embedding_cache import CACHE_FILE, EmbeddingCache, digest
from retrieval.errors import DataError, JobError
from shop import backups, data_folder, jobs, judgements
from shop.backups import EMBEDDINGS, backup, holds_data, restore
from shop.data_folder import swap_folder
from shop.database import FILE, connected
from tests.support import HashEncoder

TEXTS = ["red chair", "blue lamp"]


def fill(data: Path, note: str = "first") -> None:
    """Make a data folder with a catalogue, a job, a log and two vectors."""
    with connected(data) as db:
        db.execute(
            "INSERT INTO jobs (id, kind, catalogue, source, state, created, message) "
            "VALUES (?, 'build', 'shop', 's.md', 'done', 1, ?)",
            (note, note),
        )
    (data / "shop").mkdir(exist_ok=True)
    (data / "shop" / "source.md").write_text(f"## Lamp {note}", "utf-8")
    data_folder.log_path(data, note).parent.mkdir(exist_ok=True)
    data_folder.log_path(data, note).write_text("12:00:00 done")
    with EmbeddingCache(data / CACHE_FILE) as cache:
        cache.put("hash-64", [digest(text) for text in TEXTS], HashEncoder().encode(TEXTS))


def content(data: Path) -> tuple[list[str], str, int]:
    """Return what the folder holds: its job ids, its catalogue's text, how many vectors."""
    ids = [job.id for job in jobs.listed(data)]
    with EmbeddingCache(data / CACHE_FILE) as cache:
        vectors = len(cache.get("hash-64", [digest(text) for text in TEXTS], 64))
    return ids, (data / "shop" / "source.md").read_text("utf-8"), vectors


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def pack(file: Path, parts: dict[str, bytes], *more: tarfile.TarInfo) -> Path:
    with tarfile.open(file, "w:gz") as tar:
        for info in more:
            tar.addfile(info, io.BytesIO(b"x" * info.size))
        for name, data in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Return the backup of a filled folder `data`."""
    fill(tmp_path / "data")
    return backup(tmp_path / "data", tmp_path / "b.tar.gz").file


def test_what_was_backed_up_comes_back(tmp_path: Path, made: Path) -> None:
    assert sorted(members(made)) == [
        ".jobs/first.log",
        FILE,
        "backup.json",
        EMBEDDINGS,
        "shop/source.md",
        "version.json",
    ]
    elsewhere = tmp_path / "new" / "data"
    back = restore(elsewhere, made)
    assert (back.files, back.catalogues, back.before, back.notes) == (5, ("shop",), None, ())
    assert content(elsewhere) == content(tmp_path / "data") == (["first"], "## Lamp first", 2)
    assert [path.name for path in elsewhere.parent.iterdir()] == ["data"]


def test_a_folder_with_data_is_replaced_only_by_force_and_then_kept(tmp_path: Path, made: Path) -> None:
    data = tmp_path / "data"
    fill(data, "second")
    with pytest.raises(DataError, match=r"holds data.*--force"):
        restore(data, made)
    assert content(data)[0] == ["second", "first"]
    back = restore(data, made, force=True)
    assert content(data) == (["first"], "## Lamp first", 2)
    assert back.before is not None
    assert content(back.before) == (["second", "first"], "## Lamp second", 2)


def test_a_folder_that_was_only_looked_at_holds_no_data(tmp_path: Path, made: Path) -> None:
    fresh = tmp_path / "fresh"
    assert not holds_data(fresh)
    assert jobs.listed(fresh) == []
    assert not holds_data(fresh)
    restore(fresh, made)
    assert holds_data(fresh)


@pytest.mark.parametrize("what", ["catalogue", "row", "vectors", "unreadable"])
def test_a_folder_with_anything_in_it_holds_data(what: str, tmp_path: Path) -> None:
    with connected(tmp_path) as db:
        if what == "row":
            db.execute("INSERT INTO preferences VALUES ('a', 'b')")
    if what == "catalogue":
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop" / "source.md").write_text("x")
    if what == "vectors":
        (tmp_path / EMBEDDINGS).write_bytes(b"")
    if what == "unreadable":
        (tmp_path / FILE).write_bytes(b"no database" * 1000)
    assert holds_data(tmp_path)


def test_a_backup_while_everything_is_written_to_is_consistent(tmp_path: Path) -> None:
    data = tmp_path / "data"
    fill(data)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with connected(data) as db:  # two rows a transaction: a backup holds both or neither
                for half in "ab":
                    db.execute("INSERT INTO preferences VALUES (?, ?)", (f"{number}{half}", "x" * 500))
            temporary = data / "shop" / f".source-{number}"
            temporary.write_bytes(bytes([number % 256]) * 200_000)
            temporary.replace(data / "shop" / "source.md")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(6):
            made = backup(data, tmp_path / f"{number}.tar.gz")
            back = tmp_path / f"back{number}"
            restore(back, made.file)
            source = (back / "shop" / "source.md").read_bytes()
            assert source == b"## Lamp first" or source == source[:1] * 200_000
            with connected(back, write=False) as db:
                rows = [name for (name,) in db.execute("SELECT name FROM preferences")]
            assert len(rows) % 2 == 0
            assert all("source-" not in path.name for path in back.rglob("*"))
    finally:
        stop.set()
        writer.join(20)
    assert len(rows) > 0


def test_the_embeddings_may_be_left_out(tmp_path: Path) -> None:
    fill(tmp_path / "data")
    made = backup(tmp_path / "data", tmp_path / "b.tar.gz", embeddings=False)
    assert made.notes == ("the cache of embeddings was left out, as asked",)
    restore(tmp_path / "back", made.file)
    assert not (tmp_path / "back" / EMBEDDINGS).exists()
    assert content(tmp_path / "back") == (["first"], "## Lamp first", 0)


def test_a_damaged_cache_is_left_out_and_a_damaged_database_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    fill(data)
    (data / EMBEDDINGS).write_bytes(b"no database" * 1000)
    made = backup(data, tmp_path / "b.tar.gz")
    assert "embeddings.sqlite was left out, for it is damaged" in made.notes[0]
    assert EMBEDDINGS not in members(made.file)
    (data / FILE).write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match=r"app\.sqlite cannot be backed up.*nothing was written"):
        backup(data, tmp_path / "c.tar.gz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar.gz", "data"]


def test_where_a_backup_may_not_stand(tmp_path: Path, made: Path) -> None:
    data = tmp_path / "data"
    with pytest.raises(DataError, match="is there already"):
        backup(data, made)
    backup(data, made, force=True)
    with pytest.raises(DataError, match="lies within"):
        backup(data, data / "shop" / "b.tar.gz")
    with pytest.raises(DataError, match="nothing to back up"):
        backup(tmp_path / "nowhere", tmp_path / "c.tar.gz")
    assert not (tmp_path / "nowhere").exists()


def untouched(tmp_path: Path, file: Path, match: str) -> None:
    """Try to restore over a filled folder; it stays as it is, and nothing is left behind."""
    data = tmp_path / "data"
    before, beside = content(data), sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(DataError, match=match):
        restore(data, file, force=True)
    assert content(data) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == beside


@pytest.mark.parametrize(
    "name",
    ["/etc/evil", "../evil", "shop/../../evil", "shop//source.md", "./version.json", "shop\\..\\evil", "shop/.hidden",
     "app.sqlite-wal", ".lock", "evil"],
)  # fmt: skip
def test_a_path_that_has_no_place_in_a_backup_is_refused(name: str, tmp_path: Path, made: Path) -> None:
    parts = members(made)
    file = pack(tmp_path / "evil.tar.gz", {name: b"evil", **parts})
    untouched(tmp_path, file, "has no place in a backup")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_what_is_no_regular_file_is_refused(kind: bytes, tmp_path: Path, made: Path) -> None:
    info = tarfile.TarInfo("shop/link")
    info.type, info.linkname = kind, "/etc/passwd"
    untouched(tmp_path, pack(tmp_path / "evil.tar.gz", members(made), info), "has no place in a backup")


def test_a_file_twice_is_refused(tmp_path: Path, made: Path) -> None:
    info = tarfile.TarInfo("shop/source.md")
    info.size = 3
    untouched(tmp_path, pack(tmp_path / "evil.tar.gz", members(made), info), "is there twice")


def changed(parts: dict[str, bytes], **index: object) -> dict[str, bytes]:
    return {**parts, "backup.json": json.dumps({**json.loads(parts["backup.json"]), **index}).encode()}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda p: {**p, "shop/source.md": b"## Lamp frist"}, r"shop/source\.md fails its checksum"),
        (lambda p: {k: v for k, v in p.items() if k != "app.sqlite"}, r"app\.sqlite is missing"),
        (lambda p: {**p, "hats/source.md": b"x"}, r"hats/source\.md was added"),
        (lambda p: {k: v for k, v in p.items() if k != "backup.json"}, r"lacks its backup\.json"),
        (lambda p: {**p, "backup.json": b"{"}, "is damaged or no backup"),
        (lambda p: {**p, "backup.json": b"[]"}, r"lacks its backup\.json"),
        (lambda p: changed(p, format=2), r"is of format 2, this version reads format 1"),
    ],
)
def test_a_backup_that_does_not_match_its_checksums_is_refused(
    change: Callable[[dict[str, bytes]], dict[str, bytes]], match: str, tmp_path: Path, made: Path
) -> None:
    untouched(tmp_path, pack(tmp_path / "other.tar.gz", change(members(made))), match)


def test_a_backup_of_a_newer_version_is_refused(tmp_path: Path, made: Path) -> None:
    with connected(tmp_path / "newer"):
        pass
    with closing(sqlite3.connect(tmp_path / "newer" / FILE)) as db:
        db.execute("PRAGMA user_version = 99")
    newer = backup(tmp_path / "newer", tmp_path / "newer.tar.gz").file
    with pytest.raises(JobError, match="newer version"):
        restore(tmp_path / "data", newer, force=True)
    assert content(tmp_path / "data")[0] == ["first"]
    parts = members(made)
    layout = json.dumps({"version": 99}).encode()
    index = json.loads(parts["backup.json"])
    index["files"]["version.json"] = {"sha256": hashlib.sha256(layout).hexdigest(), "bytes": len(layout)}
    file = pack(tmp_path / "layout.tar.gz", changed({**parts, "version.json": layout}, files=index["files"]))
    untouched(tmp_path, file, "written by a newer version")


def same_content(file: Path, other: Path) -> bool:
    try:
        return gzip.decompress(file.read_bytes()) == gzip.decompress(other.read_bytes())
    except (OSError, EOFError, zlib.error):
        return False


def test_a_cut_or_flipped_archive_is_refused(tmp_path: Path, made: Path) -> None:
    whole = made.read_bytes()
    rng = random.Random(5)
    file, refused = tmp_path / "damaged.tar.gz", 0
    for number in range(24):
        at = rng.randrange(24, len(whole))  # before that stands gzip's name of the file
        flipped = whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :]
        file.write_bytes(whole[:at] if number % 2 else flipped)
        if same_content(file, made):  # some bits of a compressed stream say nothing
            continue
        refused += 1
        untouched(tmp_path, file, "damaged|lacks|checksum|no place|missing|added|format")
    assert refused > 20
    for nothing in (b"", b"text", gzip.compress(b"text")):
        file.write_bytes(nothing)
        untouched(tmp_path, file, "damaged or no backup|lacks")
    with pytest.raises(FileNotFoundError):
        restore(tmp_path / "data", tmp_path / "nowhere.tar.gz", force=True)


def test_a_full_disk_is_said_before_anything_changes(
    tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=60_000))
    untouched(tmp_path, made, r"not enough disk space.*nothing was changed")


def test_nothing_is_restored_while_a_job_is_at_work(tmp_path: Path, made: Path) -> None:
    data = tmp_path / "data"
    with connected(data) as db:
        db.execute(
            "INSERT INTO jobs (id, kind, catalogue, source, state, created) VALUES ('j', 'x', 'hats', '', 'queued', 1)"
        )
    untouched(tmp_path, made, "a job is at work on 'hats'.*jobs cancel j")


def test_an_unreadable_folder_can_be_replaced(tmp_path: Path, made: Path) -> None:
    (tmp_path / "data" / FILE).write_bytes(b"no database" * 1000)
    back = restore(tmp_path / "data", made, force=True)
    assert "could not be seen" in back.notes[0]
    assert content(tmp_path / "data")[0] == ["first"]


def test_jobs_of_another_time_do_not_start_by_themselves(tmp_path: Path) -> None:
    data = tmp_path / "data"
    fill(data)
    with connected(data) as db:
        for state, pid in (("queued", None), ("running", os.getpid())):
            db.execute(
                "INSERT INTO jobs (id, kind, catalogue, source, state, created, pid) VALUES (?, 'x', 'c', '', ?, ?, ?)",
                (state, state, time.time(), pid),
            )
    made = backup(data, tmp_path / "b.tar.gz")
    restore(tmp_path / "back", made.file)
    states = {job.id: (job.state, job.resumable) for job in jobs.listed(tmp_path / "back")}
    assert states == {"first": ("done", False), "queued": ("cancelled", True), "running": ("cancelled", True)}


def test_a_restore_killed_between_its_renames_comes_to_its_end(
    tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    fill(data, "second")

    def killed(folder: Path) -> None:
        if swap_folder(folder).exists():
            raise KeyboardInterrupt

    monkeypatch.setattr(backups.data_folder, "finish_swap", killed)
    with pytest.raises(KeyboardInterrupt):
        restore(data, made, force=True)
    monkeypatch.undo()
    assert not data.exists()
    assert content(data) == (["first"], "## Lamp first", 2)


def test_judgements_come_back_whatever_was_open_when_they_were_backed_up(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "b.tar.gz"
    judgements.record(data, "shop", "Ann", "red lamp", "p1", 3)
    with closing(sqlite3.connect(data / "shop" / judgements.FILE, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM judgements").fetchall()
        # With a reader at work nothing is moved out of the write-ahead log: the file alone lacks what follows.
        judgements.record(data, "shop", "Ann", "red lamp", "p2", 1)
        assert (data / "shop" / f"{judgements.FILE}-wal").stat().st_size > 0
        backup(data, file)
    assert sorted(name for name in members(file) if name.startswith("shop/")) == [f"shop/{judgements.FILE}"]
    elsewhere = tmp_path / "elsewhere"
    back = restore(elsewhere, file)
    assert back.catalogues == ("shop",)
    assert judgements.qrels(elsewhere, "shop", {"q": "red lamp"}) == {"q": {"p1": 3, "p2": 1}}
    judgements.record(elsewhere, "shop", "Ann", "red lamp", "p1", 0)
    assert judgements.held(elsewhere, "shop").judgements == 2


def test_judgements_are_written_while_they_are_backed_up(tmp_path: Path) -> None:
    """Each transaction keeps two judgements; a backup between them would hold an odd number."""
    data, file = tmp_path / "data", tmp_path / "b.tar.gz"
    stop = threading.Event()

    def judge() -> None:
        number = 0
        while not stop.is_set():
            judgements.record_all(data, "shop", "Ann", {f"query {number}": {"a": 1, "b": 2}})
            number += 1

    judgements.record_all(data, "shop", "Ann", {"first": {"a": 1, "b": 2}})
    worker = threading.Thread(target=judge)
    worker.start()
    try:
        for turn in range(5):
            backup(data, file, force=True)
            restored = tmp_path / f"restored{turn}"
            restore(restored, file)
            found = judgements.held(restored, "shop").judgements
            assert found >= 2
            assert found % 2 == 0
    finally:
        stop.set()
        worker.join()


def test_damaged_judgements_stop_a_backup_and_a_restore(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "b.tar.gz"
    judgements.record(data, "shop", "Ann", "red lamp", "p1", 3)
    backup(data, file)
    parts = members(file)
    (data / "shop" / judgements.FILE).write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match=rf"shop/{judgements.FILE} cannot be backed up"):
        backup(data, tmp_path / "second.tar.gz")
    index = json.loads(parts["backup.json"])
    bad = parts[f"shop/{judgements.FILE}"][:5000].ljust(5000, b"x")
    index["files"][f"shop/{judgements.FILE}"] = {"sha256": hashlib.sha256(bad).hexdigest(), "bytes": len(bad)}
    forged = {**parts, f"shop/{judgements.FILE}": bad, "backup.json": json.dumps(index).encode()}
    with pytest.raises(DataError, match=rf"shop/{judgements.FILE} of the backup is damaged"):
        restore(tmp_path / "new", pack(tmp_path / "forged.tar.gz", forged))
    assert not (tmp_path / "new").exists()
