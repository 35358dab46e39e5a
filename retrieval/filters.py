"""Which products pass a search's filters (pure functions over columns)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Columns, attribute_entry
from retrieval.errors import QueryError
from retrieval.records import Filters

Mask = NDArray[np.bool_]


def check(filters: Filters) -> None:
    """Raise QueryError for bounds that no product could meet by mistake of the caller."""
    for name in ("min_price", "max_price", "min_rating"):
        value = getattr(filters, name)
        if value is not None and not math.isfinite(value):
            raise QueryError(f"{name}={value} is not a number; give a finite one.")
    if filters.min_rating is not None and not 0 <= filters.min_rating <= 5:
        raise QueryError(f"min_rating={filters.min_rating} is outside the scale; give a rating of 0 to 5.")
    if filters.min_price is not None and filters.max_price is not None and filters.min_price > filters.max_price:
        raise QueryError(f"min_price={filters.min_price} is above max_price={filters.max_price}; swap them.")


def price_between(columns: Columns, low: float | None, high: float | None, include_unpriced: bool) -> Mask:
    """Return which products cost from `low` to `high`, both included, None for no bound."""
    inside = (columns.price >= (-math.inf if low is None else low)) & (
        columns.price <= (math.inf if high is None else high)
    )
    return inside | np.isnan(columns.price) if include_unpriced else inside


def rated_from(columns: Columns, low: float, include_unrated: bool) -> Mask:
    """Return which products are rated `low` or better."""
    # Ratings are stored as float32: 4.1 as float64 would lie above the stored 4.1.
    enough = columns.rating >= np.float32(low)
    return enough | np.isnan(columns.rating) if include_unrated else enough


def conditions(columns: Columns, filters: Filters) -> dict[str, Mask]:
    """Return one mask a stated condition, shape (products,), by the name of the facet that it belongs to."""
    masks: dict[str, Mask] = {}
    if filters.categories:
        masks["category"] = columns.category.having(filters.categories)
    if filters.brands:
        masks["brand"] = columns.brand.having(filters.brands)
    if filters.min_price is not None or filters.max_price is not None:
        masks["price"] = price_between(columns, filters.min_price, filters.max_price, filters.include_unpriced)
    if filters.min_rating is not None:
        masks["rating"] = rated_from(columns, filters.min_rating, filters.include_unrated)
    if filters.min_rating_count is not None:
        counted = columns.rating_count >= max(filters.min_rating_count, 0)
        masks["rating_count"] = counted | np.isnan(columns.rating) if filters.include_unrated else counted
    for key, values in filters.attributes.items():
        name, mask = _attribute(columns, key, values)
        masks[name] = masks[name] & mask if name in masks else mask
    return masks


def _attribute(columns: Columns, key: str, values: tuple[str, ...]) -> tuple[str, Mask]:
    """Return the condition's name and mask; colours and sizes are facets, every other key stands for itself."""
    folded = key.strip().casefold()
    if folded in ("colors", "color"):
        return "colors", columns.color.having(values)
    if folded in ("sizes", "size"):
        return "sizes", columns.size.having(values)
    if folded in ("category", "brand"):
        field = columns.category if folded == "category" else columns.brand
        return f"attribute:{folded}", field.having(values)
    return f"attribute:{folded}", columns.attribute.having([attribute_entry(key, value) for value in values])


def combine(masks: Mapping[str, Mask], size: int) -> Mask:
    """Return which products meet every condition, shape (size,)."""
    passing = np.ones(size, dtype=np.bool_)
    for mask in masks.values():
        passing &= mask
    return passing
