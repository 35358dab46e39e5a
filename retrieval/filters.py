"""Which products pass a search's filters (pure functions over columns)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Coded, Columns, attribute_entry
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


def coded_field(columns: Columns, name: str) -> Coded | None:
    """Return the coded column behind a facet or filter name; None where the name is a product attribute."""
    return {
        "category": columns.category,
        "brand": columns.brand,
        "colors": columns.color,
        "color": columns.color,
        "sizes": columns.size,
        "size": columns.size,
    }.get(name.strip().casefold())


def conditions(columns: Columns, filters: Filters) -> dict[str, Mask]:
    """Return one mask a stated condition, shape (products,), by the name of the facet that it belongs to."""
    masks: dict[str, Mask] = {}
    if filters.categories:
        masks["category"] = columns.category.having(filters.categories)
    if filters.brands:
        masks["brand"] = columns.brand.having(filters.brands)
    if filters.min_price is not None or filters.max_price is not None:
        low = -math.inf if filters.min_price is None else filters.min_price
        high = math.inf if filters.max_price is None else filters.max_price
        inside = (columns.price >= low) & (columns.price <= high)
        masks["price"] = inside | np.isnan(columns.price) if filters.include_unpriced else inside
    if filters.min_rating is not None:
        # Ratings are stored as float32: 4.1 as float64 would lie above the stored 4.1.
        enough = columns.rating >= np.float32(filters.min_rating)
        masks["rating"] = enough | np.isnan(columns.rating) if filters.include_unrated else enough
    if filters.min_rating_count is not None:
        counted = columns.rating_count >= max(filters.min_rating_count, 0)
        masks["rating_count"] = counted | np.isnan(columns.rating) if filters.include_unrated else counted
    for key, values in filters.attributes.items():
        field = coded_field(columns, key)
        mask = (
            columns.attribute.having([attribute_entry(key, value) for value in values])
            if field is None
            else field.having(values)
        )
        name = key.strip().casefold()
        masks[name] = masks[name] & mask if name in masks else mask
    return masks


def combine(masks: Mapping[str, Mask], size: int) -> Mask:
    """Return which products meet every condition, shape (size,)."""
    passing = np.ones(size, dtype=np.bool_)
    for mask in masks.values():
        passing &= mask
    return passing
