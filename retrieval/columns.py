"""What filters, facets, sorting and collapsing need of every product, as arrays by product position."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.records import Product
from retrieval.text import fold, listing_key


@dataclass(frozen=True, slots=True)
class Coded:
    """A text field with any number of values a product, as a CSR matrix of codes.

    Product `i` has `codes[indptr[i]:indptr[i + 1]]`; `labels[code]` is the value as first written and `keys[code]` its
    folded form, by which values are compared.
    """

    labels: NDArray[np.str_]
    keys: NDArray[np.str_]
    indptr: NDArray[np.int32]
    codes: NDArray[np.int32]

    @classmethod
    def from_values(cls, rows: Iterable[Iterable[str]]) -> Coded:
        """Code the values of each row; a value repeated within a row counts once."""
        by_key: dict[str, int] = {}
        labels: list[str] = []
        indptr, codes = [0], []
        for values in rows:
            seen: set[int] = set()
            for value in values:
                key = fold(value).strip()
                if not key:
                    continue
                code = by_key.setdefault(key, len(by_key))
                if code == len(labels):
                    labels.append(value.strip())
                if code not in seen:
                    seen.add(code)
                    codes.append(code)
            indptr.append(len(codes))
        return cls(
            np.array(labels, dtype=np.str_),
            np.array(list(by_key), dtype=np.str_),
            np.array(indptr, dtype=np.int32),
            np.array(codes, dtype=np.int32),
        )

    def owners(self) -> NDArray[np.int32]:
        """Return the product position of every entry of `codes`."""
        return np.repeat(np.arange(len(self.indptr) - 1, dtype=np.int32), np.diff(self.indptr))

    def having(self, values: Iterable[str]) -> NDArray[np.bool_]:
        """Return which products have any of the values."""
        wanted = np.isin(self.keys, [fold(value).strip() for value in values])
        mask = np.zeros(len(self.indptr) - 1, dtype=np.bool_)
        mask[self.owners()[wanted[self.codes]]] = True
        return mask


@dataclass(frozen=True, slots=True)
class Columns:
    """One entry a product position; NaN in `price` and `rating` stands for unknown, -1 in the counts.

    `id_rank` is the place of the product's id in the order of all ids (ties are broken by it), `group` numbers
    identical listings (same normalised title and brand), `attribute` holds entries of the form `key=value`.
    """

    ids: NDArray[np.str_]
    id_rank: NDArray[np.int32]
    group: NDArray[np.int32]
    price: NDArray[np.float64]
    rating: NDArray[np.float32]
    rating_count: NDArray[np.int32]
    sales: NDArray[np.int32]
    category: Coded
    brand: Coded
    color: Coded
    size: Coded
    attribute: Coded

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def from_products(cls, products: Sequence[Product]) -> Columns:
        """Lay out the products' fields, position by position."""
        ids = np.array([p.product_id for p in products], dtype=np.str_)
        id_rank = np.empty(len(products), dtype=np.int32)
        id_rank[np.argsort(ids, kind="stable")] = np.arange(len(products), dtype=np.int32)
        groups: dict[str, int] = {}
        return cls(
            ids=ids,
            id_rank=id_rank,
            group=np.array(
                [groups.setdefault(listing_key(p.title, p.brand), len(groups)) for p in products], dtype=np.int32
            ),
            price=np.array([np.nan if p.price is None else p.price for p in products], dtype=np.float64),
            rating=np.array([np.nan if p.rating is None else p.rating for p in products], dtype=np.float32),
            rating_count=_counts(p.rating_count for p in products),
            sales=_counts(p.sales for p in products),
            category=Coded.from_values([p.category] if p.category else [] for p in products),
            brand=Coded.from_values([p.brand] if p.brand else [] for p in products),
            color=Coded.from_values(p.colors for p in products),
            size=Coded.from_values(p.sizes for p in products),
            attribute=Coded.from_values(_attribute_entries(p) for p in products),
        )

    def save(self, path: Path) -> None:
        """Write all arrays into one `.npz` file."""
        arrays: dict[str, Any] = {}
        for column in fields(self):
            value = getattr(self, column.name)
            if isinstance(value, Coded):
                arrays |= {f"{column.name}.{part.name}": getattr(value, part.name) for part in fields(value)}
            else:
                arrays[column.name] = value
        with path.open("wb") as stream:
            np.savez(stream, **arrays)

    @classmethod
    def load(cls, path: Path) -> Columns:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            coded = {name.split(".")[0] for name in stored.files if "." in name}
            columns: dict[str, Any] = {
                column.name: Coded(**{part.name: stored[f"{column.name}.{part.name}"] for part in fields(Coded)})
                if column.name in coded
                else stored[column.name]
                for column in fields(cls)
            }
            return cls(**columns)


def _counts(values: Iterable[int | None]) -> NDArray[np.int32]:
    limit = int(np.iinfo(np.int32).max)
    return np.array([-1 if value is None else min(value, limit) for value in values], dtype=np.int32)


def attribute_entry(key: str, value: str) -> str:
    """Return the form under which a key and its value are stored and looked up."""
    return f"{key.strip()}={value.strip()}"


def _attribute_entries(product: Product) -> Iterable[str]:
    for key, value in product.attributes.items():
        for one in (value,) if isinstance(value, str) else value:
            yield attribute_entry(key, one)
    if product.seller:
        yield attribute_entry("seller", product.seller)
    if product.sku:
        yield attribute_entry("sku", product.sku)
    if product.currency:
        yield attribute_entry("currency", product.currency)
