"""Counting the values that hits can be narrowed to (pure functions over columns)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Coded, Columns
from retrieval.filters import Mask, combine
from retrieval.protocols import IntArray
from retrieval.records import FacetValue

FACETS = ("category", "brand", "colors", "sizes")
# The filter names under which a facet's own condition is stated.
_ALIASES = {"colors": ("colors", "color"), "sizes": ("sizes", "size")}


def count_values(field: Coded, hits: Mask, group: IntArray | None) -> NDArray[np.int64]:
    """Return the number of hits of each value; with `group`, of groups that have any hit with the value."""
    owners = field.owners()
    chosen = hits[owners]
    codes = field.codes[chosen]
    if group is not None:
        pairs = np.unique(codes.astype(np.int64) * (int(group.max(initial=0)) + 1) + group[owners[chosen]])
        codes = (pairs // (int(group.max(initial=0)) + 1)).astype(np.int32)
    return np.bincount(codes, minlength=len(field.labels))


def facets(
    columns: Columns, matched: Mask, masks: Mapping[str, Mask], *, collapse: bool, limit: int = 100
) -> dict[str, tuple[FacetValue, ...]]:
    """Return the most frequent values a facet with their counts, ties in alphabetical order.

    `matched` are the products that the query finds regardless of filters, `masks` one mask a filter condition. A
    facet's own condition does not narrow its counts: choosing the value instead of those chosen gives the count.
    """
    coded = {"category": columns.category, "brand": columns.brand, "colors": columns.color, "sizes": columns.size}
    group = columns.group if collapse else None
    everything = dict(masks)
    narrowed = matched & combine(everything, len(columns))
    result: dict[str, tuple[FacetValue, ...]] = {}
    for name in FACETS:
        own = [alias for alias in _ALIASES.get(name, (name,)) if alias in masks]
        hits = narrowed
        if own:
            others = {key: mask for key, mask in everything.items() if key not in own}
            hits = matched & combine(others, len(columns))
        field = coded[name]
        counts = count_values(field, hits, group)
        present = np.flatnonzero(counts)
        best = present[np.lexsort((field.keys[present], -counts[present]))][:limit]
        result[name] = tuple(FacetValue(str(field.labels[code]), int(counts[code])) for code in best)
    return result
