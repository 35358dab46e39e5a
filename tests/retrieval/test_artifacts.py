"""The layout of a build, its commit, and how old builds go."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest

from retrieval.artifacts import (
    FORMAT_VERSION,
    MANIFEST,
    Counts,
    EncoderRecord,
    Manifest,
    VectorIndexRecord,
    catalogue_names,
    check_name,
    current,
    list_builds,
    verify,
)
from retrieval.commits import builder_lock, collect_garbage, commit, hold, new_build, seal, sweep
from retrieval.errors import IndexDamaged, IndexNotFound, IndexOutdated, SettingsError


def draft(name: str = "shop") -> Manifest:
    return Manifest(
        name=name,
        build="",
        created="2026-01-02T03:04:05+00:00",
        source="দোকান.md",
        source_sha256="ab" * 32,
        counts=Counts(2, 3, 2, 3, 1),
        keyword_backends=("bm25s", "fts5"),
        encoder=EncoderRecord("mini", "models/mini", 8, "it was there"),
        vector_index=VectorIndexRecord("flat", "small"),
        settings={"bm25_k1": 1.2, "tokenizer": "unicode"},
        files={},
        keyword_only=False,
    )


def make_build(index_dir: Path, content: str = "content", name: str = "shop") -> Manifest:
    """Commit a build of two small files."""
    from dataclasses import replace

    with builder_lock(index_dir, name), new_build(index_dir, name) as folder:
        (folder / "keyword" / "fts5").mkdir(parents=True)
        (folder / "keyword" / "fts5" / "a.bin").write_text(content)
        (folder / "catalogue.sqlite").write_text(content * 2)
        sealed = seal(folder, replace(draft(name), build=folder.name))
        commit(index_dir, sealed)
    return sealed


def read_or_message(index_dir: Path) -> Manifest | str:
    """Return the serving manifest, or which file the error about it names first."""
    try:
        return current(index_dir, "shop")
    except (IndexDamaged, IndexOutdated) as error:
        return str(error).split(" ")[0]


def folders(index_dir: Path, name: str = "shop") -> list[str]:
    return sorted(f.name for f in (index_dir / name).iterdir() if f.is_dir())


def test_a_committed_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    sealed = make_build(tmp_path)
    assert current(tmp_path, "shop") == sealed
    assert sorted(sealed.files) == ["catalogue.sqlite", "keyword/fts5/a.bin"]
    assert sealed.files["catalogue.sqlite"].bytes == len("contentcontent")
    assert sealed.under("keyword") == ["keyword/fts5/a.bin"]
    assert sealed.under("key") == []
    folder = tmp_path / "shop" / sealed.build
    assert (folder / MANIFEST).read_bytes() == (tmp_path / "shop" / MANIFEST).read_bytes()
    verify(folder, sealed, sealed.files)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../x", "-x", "_x", "a b", "a\n", "দোকান", "a" * 65, "a\0", ".x"]
)
def test_names_that_are_no_folder_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be a catalogue's name"):
        current(tmp_path, name)


@pytest.mark.parametrize("name", ["a", "Shop-1_b", "0", "a" * 64])
def test_names_of_letters_digits_dash_underscore_are_taken(name: str) -> None:
    assert check_name(name) == name


def test_a_missing_catalogue_names_those_there_and_the_command(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="No catalogue was built"):
        current(tmp_path / "nowhere", "shop")
    make_build(tmp_path, name="books")
    (tmp_path / "unbuilt").mkdir()
    assert catalogue_names(tmp_path) == ["books"]
    with pytest.raises(IndexNotFound, match=r"'shop'.*Catalogues there: books.*product-search index FILE --name shop"):
        current(tmp_path, "shop")


def test_another_format_is_outdated_even_without_a_checksum(tmp_path: Path) -> None:
    make_build(tmp_path)
    path = tmp_path / "shop" / MANIFEST
    payload = json.loads(path.read_bytes())
    payload["format_version"] = FORMAT_VERSION + 1
    del payload["digest"]
    path.write_text(json.dumps(payload))
    with pytest.raises(IndexOutdated, match=rf"format {FORMAT_VERSION + 1}.*product-search index FILE --name shop"):
        current(tmp_path, "shop")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'"text"'])
def test_a_manifest_that_is_none_is_damaged(content: bytes, tmp_path: Path) -> None:
    make_build(tmp_path)
    path = tmp_path / "shop" / MANIFEST
    path.write_bytes(content)
    with pytest.raises(IndexDamaged, match=r"manifest\.json.*--name shop"):
        current(tmp_path, "shop")


def test_no_flipped_bit_of_a_manifest_passes_for_another_manifest(tmp_path: Path) -> None:
    sealed = make_build(tmp_path)
    path = tmp_path / "shop" / MANIFEST
    content = path.read_bytes()
    for at in range(0, len(content), 3):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :])
        # A flip between two kinds of blank says the same.
        assert read_or_message(tmp_path) in (sealed, str(path))


def test_every_damage_to_a_file_is_named(tmp_path: Path) -> None:
    sealed = make_build(tmp_path)
    folder = tmp_path / "shop" / sealed.build
    path = folder / "keyword/fts5/a.bin"
    for damaged, message in ((b"contenu", "checksum"), (b"conten", "6 bytes instead of 7"), (b"", "0 bytes")):
        path.write_bytes(damaged)
        with pytest.raises(IndexDamaged, match=rf"a\.bin.*{message}.*product-search index FILE --name shop"):
            verify(folder, sealed, ["keyword/fts5/a.bin"])
        verify(folder, sealed, ["catalogue.sqlite"])
    path.unlink()
    with pytest.raises(IndexDamaged, match=r"a\.bin is missing"):
        verify(folder, sealed, ["keyword/fts5/a.bin"])
    with pytest.raises(IndexDamaged, match=r"b\.bin is not part"):
        verify(folder, sealed, ["keyword/fts5/b.bin"])


def test_the_last_builds_stay_and_older_ones_go(tmp_path: Path) -> None:
    builds = [make_build(tmp_path, str(i)).build for i in range(5)]
    assert builds == sorted(builds)
    assert collect_garbage(tmp_path, "shop", keep=3) == builds[:2]
    assert folders(tmp_path) == builds[2:]
    assert [m.build for m in list_builds(tmp_path, "shop")] == builds[2:]
    assert collect_garbage(tmp_path, "shop", keep=3) == []


def test_a_build_that_is_read_outlives_its_time(tmp_path: Path) -> None:
    builds = [make_build(tmp_path, str(i)).build for i in range(3)]
    held = hold(tmp_path / "shop" / builds[0])
    again = hold(tmp_path / "shop" / builds[0])
    assert held is not None
    assert again is not None
    assert collect_garbage(tmp_path, "shop", keep=1) == [builds[1]]
    os.close(held)
    assert collect_garbage(tmp_path, "shop", keep=1) == []
    os.close(again)
    assert collect_garbage(tmp_path, "shop", keep=1) == [builds[0]]
    assert hold(tmp_path / "shop" / builds[0]) is None
    assert folders(tmp_path) == [builds[2]]


def test_what_dead_builders_left_is_removed(tmp_path: Path) -> None:
    serving = make_build(tmp_path).build
    half = tmp_path / "shop" / "000002-aaaaaa"
    half.mkdir()
    (half / "catalogue.sqlite").write_text("half")
    sealed_only = tmp_path / "shop" / "000003-bbbbbb"
    sealed_only.mkdir()
    seal(sealed_only, draft())
    trash = tmp_path / "shop" / ".trash-000000-cccccc"
    trash.mkdir()
    (trash / "x").write_text("x")
    assert [m.build for m in list_builds(tmp_path, "shop")] == [serving]
    assert collect_garbage(tmp_path, "shop", keep=3) == [half.name, sealed_only.name]
    assert folders(tmp_path) == [serving]


def test_builds_beside_a_damaged_manifest_are_left_alone(tmp_path: Path) -> None:
    builds = [make_build(tmp_path, str(i)).build for i in range(2)]
    (tmp_path / "shop" / MANIFEST).write_text("{")
    assert collect_garbage(tmp_path, "shop", keep=3) == []
    assert folders(tmp_path) == builds


def test_a_build_given_up_leaves_nothing_and_changes_nothing(tmp_path: Path) -> None:
    serving = make_build(tmp_path).build

    def give_up() -> None:
        with new_build(tmp_path, "shop") as folder:
            (folder / "catalogue.sqlite").write_text("half")
            seal(folder, draft())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        give_up()
    assert folders(tmp_path) == [serving]
    assert current(tmp_path, "shop").build == serving


def test_builders_of_one_name_wait_for_each_other_and_say_so(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    order: list[str] = []
    inside, leave = threading.Event(), threading.Event()

    def first() -> None:
        with builder_lock(tmp_path, "shop"):
            inside.set()
            leave.wait(10)
            order.append("first")

    def second() -> None:
        with builder_lock(tmp_path, "shop", lambda *step: told.append(step)):
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    with builder_lock(tmp_path, "another"):
        pass
    deadline = time.monotonic() + 10
    while not told and time.monotonic() < deadline:
        time.sleep(0.01)
    assert collect_garbage(tmp_path, "shop", keep=1) == []
    leave.set()
    for thread in threads:
        thread.join(10)
    assert order == ["first", "second"]
    assert set(told) == {("waiting", 0, 1)}


def test_a_reader_racing_with_the_collector_gets_a_whole_build_or_none(tmp_path: Path) -> None:
    keep_going = threading.Event()
    broken: list[str] = []
    held_count = 0
    make_build(tmp_path)

    def read() -> None:
        nonlocal held_count
        while not keep_going.is_set():
            folder = tmp_path / "shop" / current(tmp_path, "shop").build
            held = hold(folder)
            if held is None:
                continue
            held_count += 1
            if not (folder / "keyword/fts5/a.bin").is_file():
                broken.append(folder.name)
            os.close(held)

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(40):
        make_build(tmp_path, str(i))
        sweep(tmp_path, "shop", 1)
    keep_going.set()
    reader.join(10)
    assert not broken
    assert held_count > 0
