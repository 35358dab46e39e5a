"""Counting the values that hits can be narrowed to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Coded, Columns
from retrieval.filters import Mask, combine, price_between, rated_from
from retrieval.protocols import IntArray
from retrieval.records import FacetValue, Filters

FACETS = ("category", "brand", "colors", "sizes", "price", "rating")
LIMIT = 100
RATINGS = (4.0, 3.0, 2.0, 1.0)
PRICE_BANDS = 6
_ROUND = (1.0, 2.0, 5.0)


class _Values:
    """The entries of one coded column, with the distinct (value, group) pairs numbered once for all searches."""

    def __init__(self, field: Coded, group: IntArray) -> None:
        self._field = field
        self._owners = field.owners()
        groups = int(group.max(initial=0)) + 1
        pairs, self._pair = np.unique(field.codes.astype(np.int64) * groups + group[self._owners], return_inverse=True)
        self._code_of_pair = pairs // groups

    def count(self, hits: Mask, *, collapse: bool) -> NDArray[np.int64]:
        """Return the number of hits of each value; with `collapse`, of groups that have any hit with the value."""
        chosen = hits[self._owners]
        if not collapse:
            return np.bincount(self._field.codes[chosen], minlength=len(self._field.labels))
        present = np.zeros(len(self._code_of_pair), dtype=np.bool_)
        present[self._pair[chosen]] = True
        return np.bincount(self._code_of_pair[present], minlength=len(self._field.labels))

    def most_frequent(self, counts: NDArray[np.int64]) -> tuple[FacetValue, ...]:
        """Return the values that occur, most frequent first, ties in alphabetical order."""
        present = np.flatnonzero(counts)
        best = present[np.lexsort((self._field.keys[present], -counts[present]))][:LIMIT]
        return tuple(FacetValue(str(self._field.labels[code]), int(counts[code])) for code in best)


def price_bands(prices: NDArray[np.float64], bands: int = PRICE_BANDS) -> list[tuple[float, float]]:
    """Return up to `bands` price ranges (lowest and highest price of each) that hold about as many products each.

    They are parted at round numbers, but bounded by prices that occur, so that every price is in exactly one range,
    both ends included.
    """
    known = np.sort(prices[~np.isnan(prices)])
    if not len(known):
        return []
    positive = known[known > 0]
    exponents = np.arange(-2, 13)
    grid = np.outer(10.0**exponents, _ROUND).ravel()
    edges: list[float] = []
    if len(positive):
        wanted = np.quantile(positive, np.linspace(0, 1, bands + 1)[1:-1])
        edges = sorted({float(grid[np.argmin(np.abs(np.log(grid / quantile)))]) for quantile in wanted})
    cuts = [0, *(int(np.searchsorted(known, edge)) for edge in edges), len(known)]
    return [(float(known[a]), float(known[b - 1])) for a, b in pairwise(cuts) if a < b]


class FacetCounter:
    """Counts the facets of searches over one build."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        fields = {"category": columns.category, "brand": columns.brand, "colors": columns.color, "sizes": columns.size}
        self._values = {name: _Values(field, columns.group) for name, field in fields.items()}
        self._bands = price_bands(columns.price)

    def count(
        self, matched: Mask, masks: Mapping[str, Mask], filters: Filters, *, collapse: bool
    ) -> dict[str, tuple[FacetValue, ...]]:
        """Return the values of every facet with their counts.

        `matched` are the products that the query finds regardless of filters, `masks` one mask a filter condition. A
        facet's own condition does not narrow its counts: choosing the value instead of those chosen gives the count.
        """
        narrowed = matched & combine(masks, len(matched))
        result: dict[str, tuple[FacetValue, ...]] = {}
        for name in FACETS:
            hits = narrowed
            if name in masks:
                hits = matched & combine({key: mask for key, mask in masks.items() if key != name}, len(matched))
            if name in self._values:
                values = self._values[name]
                result[name] = values.most_frequent(values.count(hits, collapse=collapse))
            else:
                ranges = self._prices(filters) if name == "price" else self._ratings(filters)
                counted = ((value, self._size(hits & mask, collapse)) for value, mask in ranges)
                result[name] = tuple(replace(value, count=count) for value, count in counted if count)
        return result

    def _prices(self, filters: Filters) -> Iterator[tuple[FacetValue, Mask]]:
        """Yield each price band with the very condition that choosing it states."""
        for low, high in self._bands:
            label = f"{low:,.10g}" if low == high else f"{low:,.10g} - {high:,.10g}"
            yield FacetValue(label, 0, low, high), price_between(self._columns, low, high, filters.include_unpriced)

    def _ratings(self, filters: Filters) -> Iterator[tuple[FacetValue, Mask]]:
        """Yield each least rating with the very condition that choosing it states."""
        for rating in RATINGS:
            value = FacetValue(f"{rating:g} and up", 0, rating)
            yield value, rated_from(self._columns, rating, filters.include_unrated)

    def _size(self, hits: Mask, collapse: bool) -> int:
        return len(np.unique(self._columns.group[hits])) if collapse else int(hits.sum())
