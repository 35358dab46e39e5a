"""What no kept build uses can go; what one uses, or a running build may, stays."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.commits import builder_lock, delete_catalogue
from retrieval.embedding_cache import CACHE_FILE, EmbeddingCache, digest, embed
from retrieval.embedding_pruning import EncoderVectors, cached_vectors, prune
from retrieval.errors import BuildError, DataError, IndexDamaged
from retrieval.indexing import build_index
from retrieval.settings import Settings
from tests.support import HashEncoder, report_of, sample_products, settings_in

PRODUCTS = sample_products(12)
VECTOR = 4 * 64
"""Bytes of a vector of HashEncoder(): 64 numbers of 4 bytes."""


def build(chosen: Settings, name: str = "shop", *, products: list = PRODUCTS, encoder: HashEncoder | None = None):
    return build_index(report_of(products), name, settings=chosen, encoder=encoder or HashEncoder())


def kept(chosen: Settings, texts: list[str], encoder: str = "hash-64") -> set[str]:
    """Return which texts have a vector."""
    with EmbeddingCache(chosen.data_dir / CACHE_FILE) as cache:
        there = cache.holds(encoder, [digest(text) for text in texts])
    return {text for text in texts if digest(text) in there}


def add(chosen: Settings, *texts: str, encoder: HashEncoder | None = None) -> None:
    with EmbeddingCache(chosen.data_dir / CACHE_FILE) as cache:
        embed(texts, encoder or HashEncoder(), cache, 64)


def test_without_a_cache_there_is_nothing_to_count_or_remove(tmp_path: Path) -> None:
    chosen = settings_in(tmp_path)
    assert cached_vectors(chosen).encoders == prune(chosen).encoders == ()
    assert not chosen.data_dir.exists()


def test_every_vector_of_a_build_is_in_use(tmp_path: Path) -> None:
    chosen = settings_in(tmp_path)
    made = build(chosen)
    found = cached_vectors(chosen)
    assert found.encoders == (EncoderVectors("hash-64", made.embedded_new, 0, 0),)
    assert found.vectors == made.embedded_new > len(PRODUCTS)
    assert found.bytes >= found.vectors * VECTOR
    assert prune(chosen) == found
    assert build(chosen).embedded_new == 0


def test_what_no_build_holds_goes_and_the_file_shrinks(tmp_path: Path) -> None:
    chosen = settings_in(tmp_path)
    made = build(chosen)
    stray = [f"stray {n}" for n in range(500)]
    add(chosen, *stray)
    before = cached_vectors(chosen)
    assert before.encoders == (EncoderVectors("hash-64", made.embedded_new + 500, 500, 500 * VECTOR),)
    assert kept(chosen, stray) == set(stray)  # counting changed nothing
    assert prune(chosen).encoders == before.encoders
    after = cached_vectors(chosen)
    assert after.encoders == (EncoderVectors("hash-64", made.embedded_new, 0, 0),)
    assert after.bytes < before.bytes - 400 * VECTOR
    assert kept(chosen, [*stray, PRODUCTS[0].title]) == {PRODUCTS[0].title}
    assert build(chosen).embedded_new == 0


def test_texts_of_an_earlier_build_stay_as_long_as_it_is_kept(tmp_path: Path) -> None:
    chosen = settings_in(tmp_path, keep_builds=2)
    first, later = sample_products(5), [replace(p, title=f"new {p.title}") for p in sample_products(5)]
    titles = [p.title for p in first]
    build(chosen, products=first)
    build(chosen, products=later)  # the third: the first one had an interim build
    assert cached_vectors(chosen).unused == 0
    build(chosen, products=later)
    assert cached_vectors(chosen).unused > 0
    prune(chosen)
    assert kept(chosen, titles) == set()
    assert kept(chosen, [p.title for p in later]) == {p.title for p in later}


def test_other_catalogues_count_and_a_deleted_one_does_not(tmp_path: Path) -> None:
    chosen = settings_in(tmp_path)
    build(chosen, "one", products=PRODUCTS[:6])
    build(chosen, "two", products=PRODUCTS[6:])
    assert prune(chosen).unused == 0
    delete_catalogue(chosen.index_dir, "one")
    prune(chosen)
    assert kept(chosen, [p.title for p in PRODUCTS]) == {p.title for p in PRODUCTS[6:]}


def test_other_encoders_go_only_when_that_is_asked_for(tmp_path: Path) -> None:
    chosen = settings_in(tmp_path)
    made = build(chosen)
    other = HashEncoder(16)
    add(chosen, PRODUCTS[0].title, "stray", encoder=other)
    assert prune(chosen).encoders == (
        EncoderVectors("hash-16", 2, 1, 4 * 16),
        EncoderVectors("hash-64", made.embedded_new, 0, 0),
    )
    assert kept(chosen, [PRODUCTS[0].title, "stray"], other.id) == {PRODUCTS[0].title}
    assert cached_vectors(chosen, other_encoders=True).encoders[0] == EncoderVectors("hash-16", 1, 1, 4 * 16)
    prune(chosen, other_encoders=True)
    assert cached_vectors(chosen).encoders == (EncoderVectors("hash-64", made.embedded_new, 0, 0),)


def test_a_build_cut_short_before_its_vectors_keeps_what_was_embedded(tmp_path: Path) -> None:
    chosen = settings_in(tmp_path)

    def killed(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("embed", 10):
            raise KeyboardInterrupt

    slow = chosen.model_copy(update={"embed_batch_size": 5})
    with pytest.raises(KeyboardInterrupt):
        build_index(report_of(PRODUCTS), "shop", settings=slow, encoder=HashEncoder(), progress=killed)
    assert cached_vectors(chosen).encoders == (EncoderVectors("hash-64", 10, 0, 0),)
    prune(chosen)
    assert build(chosen).reused == 10


def test_nothing_is_removed_while_a_build_runs(tmp_path: Path) -> None:
    chosen = settings_in(tmp_path)
    build(chosen)
    add(chosen, "of a running build")
    for name in ("shop", "another"):
        with builder_lock(chosen.index_dir, name), pytest.raises(BuildError, match=f"'{name}' is being built"):
            prune(chosen)
    assert kept(chosen, ["of a running build"]) == {"of a running build"}
    assert prune(chosen).unused == 1


def test_a_build_that_begins_while_texts_are_read_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval import embedding_pruning

    chosen = settings_in(tmp_path)
    build(chosen)
    reads = embedding_pruning.catalogue_names

    def meanwhile(index_dir: Path) -> list[str]:
        (index_dir / "another").mkdir()
        (index_dir / "another" / ".lock").touch()
        add(chosen, "of the new build")
        return reads(index_dir)

    monkeypatch.setattr(embedding_pruning, "catalogue_names", meanwhile)
    with pytest.raises(BuildError, match="'another' is being built"):
        prune(chosen)
    assert kept(chosen, ["of the new build"]) == {"of the new build"}


def test_an_open_cache_goes_on_after_the_file_was_made_smaller(tmp_path: Path) -> None:
    chosen = settings_in(tmp_path)
    build(chosen)
    with EmbeddingCache(chosen.data_dir / CACHE_FILE) as cache:
        embed([f"stray {n}" for n in range(300)], HashEncoder(), cache, 64)
        assert prune(chosen).unused == 300
        again = embed(["stray 1", PRODUCTS[0].title], HashEncoder(), cache, 64)
        assert (again.new, again.reused) == (1, 1)
        np.testing.assert_array_equal(again.vectors, HashEncoder().encode(["stray 1", PRODUCTS[0].title]))
        assert cache.notices == []


def test_a_build_that_cannot_be_read_stops_it(tmp_path: Path) -> None:
    chosen = settings_in(tmp_path)
    made = build(chosen)
    add(chosen, "stray")
    store = chosen.index_dir / "shop" / made.build / "catalogue.sqlite"
    store.write_bytes(b"no database" * 100)
    for look in (cached_vectors, prune):
        with pytest.raises(IndexDamaged, match=r"catalogue\.sqlite cannot be read"):
            look(chosen)
    assert kept(chosen, ["stray"]) == {"stray"}


@pytest.mark.parametrize("content", [b"no database" * 1000, None])
def test_a_cache_that_cannot_be_read_is_named_and_left_alone(content: bytes | None, tmp_path: Path) -> None:
    chosen = settings_in(tmp_path)
    path = chosen.data_dir / CACHE_FILE
    path.parent.mkdir()
    if content is None:
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version = 7")
        db.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    for look in (cached_vectors, prune):
        with pytest.raises(DataError, match=r"embeddings\.sqlite"):
            look(chosen)
    assert path.read_bytes() == before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kept_by=st.lists(st.sets(st.integers(0, 11), min_size=1), min_size=1, max_size=3),
    strays=st.sets(st.integers(0, 11)),
)
def test_what_stays_is_what_the_builds_hold(
    kept_by: list[set[int]], strays: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    chosen = settings_in(tmp_path_factory.mktemp("any"))
    titles = [p.title for p in PRODUCTS]
    add(chosen, *[titles[n] for n in strays], *[f"{titles[n]} no more" for n in strays], "none")
    for n, members in enumerate(kept_by):
        build(chosen, f"shop{n}", products=[PRODUCTS[m] for m in sorted(members)])
    prune(chosen)
    used = {titles[m] for members in kept_by for m in members}
    assert kept(chosen, [*titles, *(f"{title} no more" for title in titles), "none"]) == used
    assert cached_vectors(chosen).unused == 0
