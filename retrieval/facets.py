"""Counting the values that hits can be narrowed to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Coded, Columns
from retrieval.filters import Mask, combine
from retrieval.protocols import IntArray
from retrieval.records import FacetValue

# Facet name -> the filter names under which its own condition is stated.
FACETS: Mapping[str, tuple[str, ...]] = {
    "category": ("category",),
    "brand": ("brand",),
    "colors": ("colors", "color"),
    "sizes": ("sizes", "size"),
}
LIMIT = 100


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


class FacetCounter:
    """Counts the facets of searches over one build."""

    def __init__(self, columns: Columns) -> None:
        self._size = len(columns)
        fields = {"category": columns.category, "brand": columns.brand, "colors": columns.color, "sizes": columns.size}
        self._values = {name: _Values(fields[name], columns.group) for name in FACETS}

    def count(self, matched: Mask, masks: Mapping[str, Mask], *, collapse: bool) -> dict[str, tuple[FacetValue, ...]]:
        """Return the most frequent values of every facet with their counts.

        `matched` are the products that the query finds regardless of filters, `masks` one mask a filter condition. A
        facet's own condition does not narrow its counts: choosing the value instead of those chosen gives the count.
        """
        narrowed = matched & combine(masks, self._size)
        result: dict[str, tuple[FacetValue, ...]] = {}
        for name, aliases in FACETS.items():
            hits = narrowed
            if any(alias in masks for alias in aliases):
                others = {key: mask for key, mask in masks.items() if key not in aliases}
                hits = matched & combine(others, self._size)
            values = self._values[name]
            result[name] = values.most_frequent(values.count(hits, collapse=collapse))
        return result
