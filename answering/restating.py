"""Change what a question demands, in its own words: bounds, colours, sizes, brands, the thing itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from answering.asked import superlative
from answering.words import bare, telling
from retrieval.query.colours import names
from retrieval.query.line import Line
from retrieval.query.negation import find_negations
from retrieval.query.prices import find_prices
from retrieval.query.ratings import find_ratings
from retrieval.query.records import Kind, Part
from retrieval.query.sizes import find_sizes
from retrieval.query.units import measures, network

QUOTED = re.compile(r"“[^”]*”")
"""A title in a completed question."""
LETTERS = frozenset({"xs", "xl", "2xs", "3xs", *(f"{n}xl" for n in range(2, 7))})
"""Sizes that letters say without the word."""
_BEFORE = re.compile(
    r"(?:[\s,;]*\b(?:and|or|but|in|of|from|by|with|made by|the|a|an|colou?rs?|colou?red|sizes?|brand|that (?:is|are)|"
    r"which (?:is|are)))+[\s,;]*$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"^[\s-]*(?:colou?r(?:ed|s)?|sizes?|brand)\b", re.IGNORECASE)
_WANDERING = re.compile(
    r"[\s,;]*\b(?:and|or|but|with|in|that (?:is|are|costs?)|which (?:is|are|costs?)|for)[\s,;]*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a text demands, and the words that tell of anything beside."""

    parts: tuple[Part, ...]
    content: tuple[str, ...]

    def kinds(self) -> frozenset[Kind]:
        """Return the kinds of demand."""
        return frozenset(part.kind for part in self.parts)


def stated(text: str, brands: Iterable[str] = ()) -> Stated:
    """Return the demands of a text; `brands` are the names that it may hold."""
    line = Line.of(text)
    found: list[Part] = [Part("brand", *match.span(), match[0]) for match in QUOTED.finditer(text)]
    quoted = len(found)

    def masked() -> str:
        return line.masked([(part.start, part.end) for part in found])

    def take(parts: Iterable[Part]) -> None:
        found.extend(p for p in parts if all(p.end <= other.start or other.end <= p.start for other in found))

    take(find_ratings(line, masked()))
    take(find_prices(line, masked()))
    colours = frozenset(word for _, _, colour in names(masked()) for word in colour.split())
    take(find_negations(line, masked(), colours))
    take(find_sizes(line, masked(), LETTERS))
    take(_lone_sizes(line, masked()))
    take(
        line.part(one.kind, one.start, one.end, values=one.tokens, unit=_unit(one.tokens))
        for one in measures(masked())
        if not network(one)
    )
    take(_brands(text, brands))
    take(line.part("color", start, end, values=(colour,)) for start, end, colour in names(masked()))
    beside = list(text)
    for part in found:
        beside[part.start : part.end] = " " * (part.end - part.start)
    del found[:quoted]
    return Stated(tuple(sorted(found, key=lambda part: part.start)), tuple(telling("".join(beside))))


def _unit(tokens: Sequence[str]) -> str | None:
    unit = re.sub(r"[\d.]+", "", tokens[0]) if tokens else ""
    return unit or None


def _lone_sizes(line: Line, masked: str) -> Iterable[Part]:
    """Yield a size in one letter where nothing but it can be meant: "in L", "M?"."""
    for match in re.finditer(r"(?:^|\bin (?:an? )?|\bsize )([sml])(?=\s*(?:$|[,.?!]|\binstead\b|\bplease\b))", masked):
        yield line.part("size", *match.span(1), values=(match[1],))


def _brands(text: str, brands: Iterable[str]) -> Iterable[Part]:
    for brand in sorted({name.strip() for name in brands if name.strip()}, key=lambda name: (-len(name), name)):
        for match in re.finditer(rf"(?<!\w){re.escape(brand)}(?!\w)", text, re.IGNORECASE):
            yield Part("brand", *match.span(), match[0], values=(brand.casefold(),))


def without(text: str, parts: Iterable[Part]) -> str:
    """Return a text without some of its demands and the words that tie them to it."""
    for part in sorted(parts, key=lambda part: part.start, reverse=True):
        before = _BEFORE.sub("", text[: part.start]) if part.kind in ("color", "size", "brand") else text[: part.start]
        after = (
            _AFTER.sub("", text[part.end :], count=1) if part.kind in ("color", "size", "brand") else text[part.end :]
        )
        text = f"{_WANDERING.sub('', before) if not after.strip(' ,.?!') else before.rstrip(' ,')} {after.lstrip(' ,')}"
    return re.sub(r"\s+(?=[?.!,]|$)", "", " ".join(text.split()))


def replaced(parts: Iterable[Part], new: Iterable[Part]) -> tuple[Part, ...]:
    """Return those of the earlier demands that the new ones take the place of.

    A bound on the other side of a price or a rating stays where both can hold; what is not wanted adds up.
    """
    later = tuple(new)
    return tuple(part for part in parts if any(_displaces(one, part) for one in later))


def _displaces(new: Part, old: Part) -> bool:
    if new.kind == "negation":
        return old.kind in ("color", "brand", "size") and bool(set(new.values) & set(old.values))
    if old.kind == "negation":
        return bool(set(new.values) & set(old.values))
    if new.kind != old.kind:
        return False
    if new.kind in ("quantity", "dimension"):
        return new.unit == old.unit
    if new.kind not in ("price", "rating", "rating_count"):
        return True
    if (old.low is not None and old.high is not None) or (new.low is not None and new.high is not None):
        return True
    same_side = (new.low is None) == (old.low is None)
    low, high = (new.low, old.high) if new.low is not None else (old.low, new.high)
    return same_side or low is None or high is None or low > high


def joined(base: str, phrase: str) -> str:
    """Return a question with one more demand at its end, its question mark kept."""
    stem = base.rstrip(" .!,;")
    mark = "?" if stem.endswith("?") else ""
    return f"{stem.rstrip(' ?.!,;')} {phrase.strip(' ,.?!')}{mark}"


def thing(text: str) -> str:
    """Return the words of a question for the thing itself, as they stand in it, "" where it has none."""
    if not text:
        return ""
    left = without(text, stated(text).parts)
    extreme = superlative(left)
    if extreme is not None:
        pieces = [bare(piece) for piece in extreme.rest.split(" , ")] if " , " in extreme.rest else [bare(extreme.rest)]
        left = max(pieces, key=lambda piece: len(telling(piece)))
    left = bare(re.sub(r"^how many\b(?: different)?", "", left.strip(" ?.!"), flags=re.IGNORECASE))
    return left if telling(left) else ""
