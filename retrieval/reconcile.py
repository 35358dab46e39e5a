"""Count what came in against what a build holds on disk, product by product where the file allows it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Sized
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from retrieval import keyword
from retrieval.artifacts import CHUNK_PRODUCT, CHUNK_VECTORS, COLUMNS, KEYWORD, STORE, TITLE_VECTORS, VECTORS
from retrieval.columns import Columns
from retrieval.dense import indexes
from retrieval.errors import BuildError
from retrieval.protocols import IntArray
from retrieval.records import Product
from retrieval.settings import Settings
from retrieval.store import SqliteStore

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How many products came in, and how many of them each part of a build holds.

    `keyword` counts by index; `with_vectors` are products whose title and every passage have a vector, None in a
    keyword-only build.
    """

    products_in: int
    stored: int
    keyword: Mapping[str, int]
    with_vectors: int | None

    def text(self) -> str:
        """Return the counts as one line."""
        alike = len(set(self.keyword.values())) == 1
        words = (
            f"{next(iter(self.keyword.values())):,} in each of {len(self.keyword)} keyword indexes"
            if alike
            else ", ".join(f"{count:,} in {name}" for name, count in self.keyword.items())
        )
        parts = [f"{self.products_in:,} in", f"{self.stored:,} in SQLite", words]
        if self.with_vectors is not None:
            parts.append(f"{self.with_vectors:,} with vectors")
        return " = ".join(parts) if self.holds else "; ".join(parts)

    @property
    def holds(self) -> bool:
        """Return whether all counts are the same."""
        counts = {self.stored, *self.keyword.values()}
        if self.with_vectors is not None:
            counts.add(self.with_vectors)
        return counts == {self.products_in}


def reconcile(
    folder: Path, products: Sequence[Product], keywords: Sequence[str], settings: Settings, *, vectors: str | None
) -> Reconciliation:
    """Count a build's parts as they stand in `folder`; raise BuildError naming the part and products that differ.

    `keywords` are the keyword indexes it should hold, `vectors` the kind of its vector indexes, None for none.
    """
    ids = [product.product_id for product in products]
    wrong: list[str] = []
    with closing(SqliteStore(folder / STORE)) as store:
        stored = store.product_ids()
        owners = np.repeat(
            np.arange(len(stored), dtype=np.int32), [len(store.chunk_rows(i)) for i in range(len(stored))]
        )
    if stored != ids:
        wrong.append(f"{folder / STORE} holds {len(stored):,} products" + _differing(ids, stored))
    columns = Columns.load(folder / COLUMNS).ids.tolist()
    if columns != ids:
        wrong.append(f"{folder / COLUMNS} holds {len(columns):,} products" + _differing(ids, columns))
    by_index: dict[str, int] = {}
    for name in keywords:
        path = folder / KEYWORD / name
        by_index[name] = _keyword_rows(name, path, settings)
        if by_index[name] != len(ids):
            wrong.append(f"{path} holds {by_index[name]:,} products")
    with_vectors = None
    if vectors is not None:
        whole = _with_vectors(folder, vectors, len(ids), owners)
        with_vectors = int(whole.sum())
        if with_vectors != len(ids):
            without = [ids[i] for i in np.flatnonzero(~whole)]
            wrong.append(f"{folder / VECTORS} holds the vectors of {with_vectors:,} products, without {_list(without)}")
    found = Reconciliation(len(ids), len(set(stored) & set(ids)), by_index, with_vectors)
    if wrong:
        raise BuildError(
            f"{len(ids):,} products came in, but {'; '.join(wrong)}. The build is not used; build it again, and report "
            "this if it stays."
        )
    return found


def _keyword_rows(name: str, folder: Path, settings: Settings) -> int:
    if name == "rank_bm25":
        # Loading it computes the whole index anew; its file is one list of words a product.
        return len(json.loads((folder / "tokens.json").read_text("utf-8")))
    return len(cast(Sized, keyword.load(name, folder, settings)))


def _with_vectors(folder: Path, kind: str, products: int, owners: IntArray) -> NDArray[np.bool_]:
    """Return by product position whether its title and all its passages have a vector; `owners` as stored."""
    titles = len(cast(Sized, indexes.load(kind, folder / TITLE_VECTORS)))
    rows = len(cast(Sized, indexes.load(kind, folder / CHUNK_VECTORS)))
    written = np.load(folder / CHUNK_PRODUCT, allow_pickle=False)
    reach = min(rows, len(written), len(owners))
    good = np.zeros(len(owners), dtype=np.bool_)
    good[:reach] = written[:reach] == owners[:reach]
    whole = np.arange(products) < titles
    lost = owners[~good]
    whole[lost[lost < products]] = False
    if max(rows, len(written)) > len(owners) or titles > products:
        whole[:] = False  # vectors of nothing: rows cannot be told apart any more
    return whole


def _differing(wanted: Sequence[str], found: Sequence[str]) -> str:
    missing, added = sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted))
    said = f", without {_list(missing)}" if missing else ""
    if added:
        said += f", with {_list(added)} that did not come in"
    return said or ", in another order"


def _list(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return ", ".join(repr(i) for i in ids[:_NAMED]) + more
