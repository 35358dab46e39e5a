"""What a query says beside naming a thing: prices, ratings, what it does not want, brand, colour, size, measures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from retrieval.query.colours import NAMES, names
from retrieval.query.lexicon import Lexicon
from retrieval.query.line import Line
from retrieval.query.negation import find_negations
from retrieval.query.prices import find_prices
from retrieval.query.ratings import find_ratings
from retrieval.query.records import Kind, Part
from retrieval.query.sizes import find_sizes
from retrieval.query.units import measures, network

# Read out of the query: these no longer match as text.
REMOVED: frozenset[Kind] = frozenset({"price", "rating", "rating_count", "negation"})
# Stands where words on both sides of a span that fell out would otherwise read on into each other.
JOINT = ", "
_Reader = Callable[[Line, str], Iterable[Part]]
_JOINTS = frozenset({"and", "with", "having", "but"})
_MARKS = " \t\n,;:|/-–—"
_OPENING, _CLOSING = "([{", ")]}"


def _add(parts: Iterable[Part], found: list[Part]) -> None:
    """Add the parts that lie over none that was found before; one letter as typed may fold to several ("¼")."""
    for part in parts:
        if all(part.end <= other.start or other.end <= part.start for other in found):
            found.append(part)


def _removed(line: Line, lexicon: Lexicon) -> tuple[Part, ...]:
    """Return prices, ratings and negations, until none is left in what remains."""
    stops = frozenset(NAMES) | lexicon.bare_sizes
    readers: tuple[_Reader, ...] = (
        find_ratings,
        find_prices,
        lambda line, masked: find_negations(line, masked, stops),
    )
    found: list[Part] = []
    while True:
        before = len(found)
        for read in readers:
            _add(read(line, line.masked(gaps(line.text, found))), found)
        if len(found) == before:
            return tuple(found)


def _measures(line: Line, masked: str) -> Iterable[Part]:
    for measure in measures(masked):
        if not network(measure):
            yield line.part(measure.kind, measure.start, measure.end, values=measure.tokens)


def _colours(line: Line, masked: str, lexicon: Lexicon) -> Iterable[Part]:
    for start, end, colour in names(masked):
        if lexicon.colour_values(colour):
            yield line.part("color", start, end, values=(colour,))


def find(text: str, lexicon: Lexicon) -> tuple[Part, ...]:
    """Return what a query states, in its order; spans of the text as typed, none over another.

    Prices, ratings and numbers of ratings that are bounds are `exact`; everything else raises what fits. A colour is
    read only where the catalogue's colours have it.
    """
    line = Line.of(text)
    found = list(_removed(line, lexicon))
    readers: tuple[_Reader, ...] = (
        lambda line, masked: find_sizes(line, masked, lexicon.bare_sizes),
        _measures,
        lambda line, masked: (
            line.part("brand", start, end, values=(name,)) for start, end, name in lexicon.find_brands(masked)
        ),
        lambda line, masked: _colours(line, masked, lexicon),
    )
    for read in readers:
        spans = [(part.start, part.end) for part in found]
        _add(read(line, line.masked(spans)), found)
    return tuple(sorted(found, key=lambda part: part.start))


def pieces(text: str, parts: Iterable[Part]) -> list[tuple[int, int]]:
    """Return the spans of a query that still match as text: what is left beside prices, ratings and negations."""
    between = gaps(text, parts)
    if not between:
        return [(0, len(text))]
    starts = [0, *(end for _, end in between)]
    ends = [*(start for start, _ in between), len(text)]
    kept = []
    for start, end in zip(starts, ends, strict=True):
        inner = text[start:end]
        start += len(inner) - len(inner.lstrip(", \t\n"))
        end -= len(inner) - len(inner.rstrip(", \t\n"))
        if start < end:
            kept.append((start, end))
    return kept


def rest(text: str, parts: Iterable[Part]) -> str:
    """Return what of a query still matches as text: without the spans of prices, ratings and negations.

    `find` finds no price, rating or negation in it.
    """
    return JOINT.join(text[start:end] for start, end in pieces(text, parts))


def gaps(text: str, parts: Iterable[Part]) -> list[tuple[int, int]]:
    """Return what falls out of a query with its prices, ratings and negations: their spans with the marks and joining
    words beside them, in order, none touching another."""
    found: list[tuple[int, int]] = []
    for part in sorted(parts, key=lambda part: part.start):
        if part.kind not in REMOVED:
            continue
        left = text[: part.start].rstrip(_MARKS + _OPENING)
        while (last := re.split(r"\s", left[-8:])[-1]).lower() in _JOINTS:
            left = left[: -len(last)].rstrip(_MARKS + _OPENING)
        start, end = len(left), len(text) - len(text[part.end :].lstrip(_MARKS + _CLOSING))
        while found and start <= found[-1][1]:
            start, end = min(start, found[-1][0]), max(end, found[-1][1])
            found.pop()
        found.append((start, end))
    return found
