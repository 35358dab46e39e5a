"""Every build is counted against what came in; a loss in any part is seen, named, and not served."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval import indexing, keyword
from retrieval.artifacts import CHUNK_PRODUCT, COLUMNS, STORE, current
from retrieval.columns import Columns
from retrieval.errors import BuildError
from retrieval.indexing import build_index
from retrieval.reconcile import Reconciliation, reconcile
from retrieval.records import Product
from retrieval.settings import Settings
from tests.support import HashEncoder, report_of, sample_products, settings_in

PRODUCTS = sample_products(20)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of a folder where an older edition serves."""
    settings = settings_in(tmp_path)
    build_index(report_of(sample_products(20, edition="old")), "shop", settings=settings, encoder=HashEncoder())
    return settings


def refused(settings: Settings, match: str) -> None:
    """Build; what served goes on, and the build leaves nothing."""
    before = current(settings.index_dir, "shop")
    folders = sorted((settings.index_dir / "shop").iterdir())
    with pytest.raises(BuildError, match=match):
        build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=HashEncoder())
    assert current(settings.index_dir, "shop") == before
    assert sorted((settings.index_dir / "shop").iterdir()) == folders


def test_a_whole_build_counts_the_same_everywhere(tmp_path: Path) -> None:
    summary = build_index(report_of(PRODUCTS), "shop", settings=settings_in(tmp_path), encoder=HashEncoder())
    in_each = {"bm25s": 20, "rank_bm25": 20, "fts5": 20, "ngram": 20, "units": 20}
    assert summary.reconciliation == Reconciliation(20, 20, in_each, 20)
    assert summary.reconciliation.holds
    assert summary.reconciliation.text() == "20 in = 20 in SQLite = 20 in each of 5 keyword indexes = 20 with vectors"
    assert asdict(summary)["reconciliation"]["keyword"] == in_each


def test_a_keyword_only_build_counts_no_vectors(tmp_path: Path) -> None:
    summary = build_index(report_of(PRODUCTS), "shop", settings=settings_in(tmp_path), encoder=None)
    assert summary.reconciliation.with_vectors is None
    assert summary.reconciliation.text() == "20 in = 20 in SQLite = 20 in each of 5 keyword indexes"


@pytest.mark.parametrize("kind", ["flat", "ivf", "hnsw", "numpy"])
def test_every_kind_of_vector_index_is_counted(kind: str, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, vector_index=kind)
    products = sample_products(50)
    summary = build_index(report_of(products), "shop", settings=settings, encoder=HashEncoder())
    assert summary.reconciliation.with_vectors == 50


def test_a_difference_is_told_by_its_numbers() -> None:
    lost = Reconciliation(20, 19, {"bm25s": 20, "fts5": 18}, 17)
    assert not lost.holds
    assert lost.text() == "20 in; 19 in SQLite; 20 in bm25s, 18 in fts5; 17 with vectors"


def test_a_product_that_sqlite_lost_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write = indexing.write_store

    def lossy(path: Path, *parts: Any) -> None:
        write(path, *parts)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("DELETE FROM products WHERE product_id = 'p19'")
            db.execute("INSERT INTO products VALUES (20, 'p20', '{}')")

    # The count alone is right.
    monkeypatch.setattr(indexing, "write_store", lossy)
    refused(settings, r"catalogue\.sqlite holds 20 products, without 'p19', with 'p20' that did not come in")


def test_a_product_that_came_in_unseen_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write = indexing.write_store

    def generous(path: Path, *parts: Any) -> None:
        write(path, *parts)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("INSERT INTO products VALUES (20, 'extra', '{}')")

    monkeypatch.setattr(indexing, "write_store", generous)
    refused(settings, r"20 products came in, but .*holds 21 products, with 'extra' that did not come in")


@pytest.mark.parametrize("backend", list(keyword.INDEXES))
def test_a_product_that_a_keyword_index_lost_is_seen(
    backend: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = keyword.build

    def lossy(name: str, products: Sequence[Product], *rest: Any) -> Any:
        return build(name, products[:-1] if name == backend else products, *rest)

    monkeypatch.setattr(keyword, "build", lossy)
    refused(settings, rf"20 products came in, but .*keyword/{backend} holds 19 products")


@pytest.mark.parametrize(("part", "lost"), [("titles", "'p19'"), ("chunks", "'p19'")])
def test_a_product_without_its_vectors_is_named(
    part: str, lost: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = indexing.vector_index
    calls: list[int] = []

    def lossy(rows: Any, kind: str) -> Any:
        calls.append(len(rows))
        return index(rows[:-1] if (len(calls) == 1) == (part == "titles") else rows, kind)

    monkeypatch.setattr(indexing, "vector_index", lossy)
    refused(settings, rf"vectors holds the vectors of 19 products, without {lost}")


def test_a_vector_of_another_product_is_seen(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    owners = indexing.chunk_owners

    def swapped(chunks: Any) -> Any:
        found = owners(chunks)
        found[0] = 7
        return found

    monkeypatch.setattr(indexing, "chunk_owners", swapped)
    refused(settings, r"vectors holds the vectors of 19 products, without 'p0'")


def test_a_column_in_another_order_is_seen(settings: Settings, tmp_path: Path) -> None:
    serving = current(settings.index_dir, "shop")
    folder = settings.index_dir / "shop" / serving.build
    old = sample_products(20, edition="old")
    assert reconcile(folder, old, ["fts5"], settings, vectors="flat").holds
    Columns.from_products([*reversed(old)]).save(folder / COLUMNS)
    with pytest.raises(BuildError, match=r"columns\.npz holds 20 products, in another order"):
        reconcile(folder, old, ["fts5"], settings, vectors="flat")


def test_many_losses_are_told_by_three_names(settings: Settings) -> None:
    folder = settings.index_dir / "shop" / current(settings.index_dir, "shop").build
    more = [*sample_products(20), *(replace(PRODUCTS[0], product_id=f"new{i}") for i in range(5))]
    with pytest.raises(BuildError, match=r"25 products came in.*without 'new0', 'new1', 'new2' and 2 more") as caught:
        reconcile(folder, more, ["fts5"], settings, vectors=None)
    assert str(folder / STORE) in str(caught.value)
    assert "build it again" in str(caught.value)


def test_vectors_of_nothing_are_seen(settings: Settings) -> None:
    folder = settings.index_dir / "shop" / current(settings.index_dir, "shop").build
    owners = np.load(folder / CHUNK_PRODUCT)
    with (folder / CHUNK_PRODUCT).open("wb") as file:
        np.save(file, np.append(owners, 19))
    with pytest.raises(BuildError, match="holds the vectors of 0 products"):
        reconcile(folder, sample_products(20), ["fts5"], settings, vectors="flat")
