from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.errors import DataError
from shop import query_sets
from shop.pools import FILE, Pool, load, save

POOL = Pool(("bm25", "dense"), 10, "b-1", "2030-01-01T00:00:00+00:00", {"q1": ("p2", "p1"), "q2": ()})


def test_a_pool_is_kept_beside_its_set_and_replaced(tmp_path: Path) -> None:
    query_sets.save(tmp_path, "shop", "one", query_sets.typed("red lamp\nblue chair"), source="typed")
    assert load(tmp_path, "shop", "one") is None
    save(tmp_path, "shop", "one", POOL)
    assert load(tmp_path, "shop", "one") == POOL
    assert POOL.size == 2
    smaller = Pool(("bm25",), 1, "b-2", POOL.created, {"q1": ("p1",)})
    save(tmp_path, "shop", "one", smaller)
    assert load(tmp_path, "shop", "one") == smaller
    query_sets.delete(tmp_path, "shop", "one")
    assert not (tmp_path / "shop" / "sets" / "one").exists()


def test_no_set_no_pool(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no set of queries 'one'"):
        save(tmp_path, "shop", "one", POOL)
    with pytest.raises(DataError, match="cannot be the name"):
        load(tmp_path, "shop", "../one")


@pytest.mark.parametrize("content", ["", "[]", '{"version": 2}', '{"version": 1, "products": {"q": 1}}'])
def test_a_damaged_pool_is_named(content: str, tmp_path: Path) -> None:
    about = query_sets.save(tmp_path, "shop", "one", query_sets.typed("red lamp"), source="typed")
    (query_sets.folder(tmp_path, "shop", about.name) / FILE).write_text(content)
    with pytest.raises(DataError, match=r"pool\.json cannot be read"):
        load(tmp_path, "shop", "one")
