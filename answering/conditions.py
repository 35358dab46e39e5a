"""What a question demands of its products: bounds, colours, sizes, what it does not want, categories and brands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from answering import bounds, features, named_fields
from answering.bounds import NOT, merged
from answering.mentions import Values
from answering.records import Need
from retrieval.query import constraints
from retrieval.query.records import Part
from retrieval.records import Filters

__all__ = ["NOT", "Conditions", "merged", "read"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a question demands, and the text that is left of it; `worded` is the same with its colours and sizes.

    `unsold` are a brand or a category that was named
    and that no product bears: (field, value). `loose` are categories and brands that may as well be words of the thing.
    """

    rest: str
    worded: str = ""
    filters: Filters = field(default_factory=Filters)
    needs: tuple[Need, ...] = ()
    unsold: tuple[Need, ...] = ()
    loose: tuple[Need, ...] = ()
    impossible: bool = False


def read(text: str, values: Values, *, fields: bool = True) -> Conditions:
    """Return what a text demands; `fields` False reads no category or brand (in a comparison they are names' words)."""
    filters, needs, unsold, loose = Filters(), [], [], []  # type: Filters, list[Need], list[Need], list[Need]
    if fields:
        text, filters, loose, unsold = named_fields.fields(text, values)
    text, counted = bounds.counts(bounds.rewritten(text))
    for need in counted:
        least = re.fullmatch(r"(at least|more than) (\d+)", need.value)
        if need.field == "rating_count" and least:
            filters = replace(filters, min_rating_count=int(least[2]) + (least[1] == "more than"))
        else:
            needs.append(need)
    parts = constraints.find(text, values.lexicon)
    removed = [part for part in parts if part.kind in constraints.REMOVED]
    filters, bounded, impossible = bounds.bounds(filters, removed, text)
    needs += bounded
    rest = constraints.rest(text, removed) if removed else text
    rest = "" if len(removed) and not _left(text, removed) else rest
    worded = " ".join(rest.split())
    rest, sized = features.sizes(rest, values)
    rest, coloured = features.colours(rest, values)
    return Conditions(
        " ".join(rest.split()),
        worded,
        filters,
        tuple(dict.fromkeys([*needs, *coloured, *sized])),
        tuple(unsold),
        tuple(loose),
        impossible,
    )


def _left(text: str, removed: Sequence[Part]) -> bool:
    return bool(constraints.gaps(text, removed)) and any(
        text[start:end].strip(" ,;:.?!") for start, end in _between(text, constraints.gaps(text, removed))
    )


def _between(text: str, gaps: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    starts = [0, *(end for _, end in gaps)]
    ends = [*(start for start, _ in gaps), len(text)]
    return list(zip(starts, ends, strict=True))
