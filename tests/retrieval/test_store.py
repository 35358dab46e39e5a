"""Both stores keep one contract: what went in comes out, in the order asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import IndexDamaged
from retrieval.records import Chunk, Problem, Product
from retrieval.store import MemoryStore, SqliteStore, product_from_dict, write_store
from tests.support import sample_products

Store = SqliteStore | MemoryStore
PRODUCTS = sample_products(30)
PROBLEMS = [Problem(3, "bad-price", "p1", "no number in 'abc'"), Problem(9, "text-outside", None, "prose")]


def chunks_of(product: Product, count: int) -> list[Chunk]:
    return [
        Chunk(f"{product.product_id}#{n}", product.product_id, product.title, f"passage {n} of {product.title}")
        for n in range(count)
    ]


# 0, 1 and 2 chunks a product in turn.
CHUNKS = [chunks_of(product, i % 3) for i, product in enumerate(PRODUCTS)]


def on_disk(tmp_path: Path) -> Store:
    path = tmp_path / "a folder with ? and #" / "000001-aaaaaa" / "catalogue.sqlite"
    path.parent.mkdir(parents=True)
    write_store(path, PRODUCTS, CHUNKS, PROBLEMS)
    return SqliteStore(path)


def in_memory(tmp_path: Path) -> Store:
    return MemoryStore(PRODUCTS, CHUNKS, PROBLEMS)


@pytest.fixture(params=[on_disk, in_memory])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    make: Callable[[Path], Store] = request.param
    return make(tmp_path)


def test_what_went_in_comes_out(store: Store) -> None:
    assert len(store) == 30
    assert store.all_products() == PRODUCTS
    assert store.all_chunks() == [chunk for own in CHUNKS for chunk in own]
    assert store.chunk_count() == sum(map(len, CHUNKS))
    assert store.problems() == PROBLEMS


def test_any_order_and_repetition_is_kept(store: Store) -> None:
    wanted = [7, 0, 29, 7, 3]
    assert [p.product_id for p in store.products(wanted)] == ["p7", "p0", "p29", "p7", "p3"]
    assert store.products([]) == []
    rows = [5, 0, 5]
    everything = store.all_chunks()
    assert store.chunks(rows) == [everything[5], everything[0], everything[5]]


def test_numpy_numbers_are_positions_too(store: Store) -> None:
    import numpy as np

    assert [p.product_id for p in store.products(np.array([2, 1], dtype=np.int32))] == ["p2", "p1"]  # type: ignore[arg-type]


def test_chunk_rows_are_contiguous_and_ascend(store: Store) -> None:
    following = 0
    for position, own in enumerate(CHUNKS):
        rows = store.chunk_rows(position)
        assert rows == range(following, following + len(own))
        assert store.chunks(rows) == own
        following = rows.stop
    assert following == store.chunk_count()


def test_positions_are_found_by_id(store: Store) -> None:
    assert [store.position(f"p{i}") for i in range(30)] == list(range(30))
    assert store.position("P1") is None
    assert store.position("") is None


@pytest.mark.parametrize("number", [-1, 30, 10_000])
def test_numbers_outside_are_errors(store: Store, number: int) -> None:
    with pytest.raises(IndexError):
        store.products([0, number])
    with pytest.raises(IndexError):
        store.chunk_rows(number)
    with pytest.raises(IndexError):
        store.chunks([number])


def test_many_threads_read_at_once(store: Store) -> None:
    def read(seed: int) -> bool:
        positions = [(seed * 7 + i * 3) % 30 for i in range(10)]
        return [p.product_id for p in store.products(positions)] == [f"p{i}" for i in positions]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(200)))
    store.close()


def test_a_store_on_disk_cannot_be_written_and_leaves_no_file_beside_it(tmp_path: Path) -> None:
    store = on_disk(tmp_path)
    assert isinstance(store, SqliteStore)
    store.all_products()
    with store._connection() as db, pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("DELETE FROM products")
    store.close()
    assert [f.name for f in store.path.parent.iterdir()] == ["catalogue.sqlite"]


def test_a_damaged_file_is_named_with_the_command(tmp_path: Path) -> None:
    store = on_disk(tmp_path)
    assert isinstance(store, SqliteStore)
    store.close()
    content = store.path.read_bytes()
    store.path.write_bytes(content[:100] + b"\0" * (len(content) - 100))
    with pytest.raises(IndexDamaged, match=r"catalogue\.sqlite.*product-search index FILE --name"):
        store.all_products()
    with pytest.raises(IndexDamaged):
        SqliteStore(tmp_path / "missing.sqlite")


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        write_store(tmp_path / "twice.sqlite", [PRODUCTS[0], PRODUCTS[0]], [[], []], [])


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
NUMBER = st.none() | st.floats(0, 1e9)


@given(
    st.builds(
        Product,
        product_id=TEXT,
        title=TEXT,
        category=st.none() | TEXT,
        price=NUMBER,
        price_max=NUMBER,
        rating=st.none() | st.floats(0, 5),
        rating_count=st.none() | st.integers(0, 10**9),
        colors=TEXTS,
        sizes=TEXTS,
        images=TEXTS,
        description=TEXT,
        attributes=st.dictionaries(TEXT, TEXT | TEXTS, max_size=3),
        line=st.none() | st.integers(1, 10**6),
    )
)
def test_any_product_survives_its_record(product: Product) -> None:
    import json

    assert product_from_dict(json.loads(json.dumps(product.to_dict(), ensure_ascii=False))) == product
