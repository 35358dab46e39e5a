"""Sizes of clothes, shoes and beds as shoppers state them."""

from __future__ import annotations

import re

from retrieval.query.line import AFTER, BEFORE, Line
from retrieval.query.records import Part
from retrieval.text import fold

_BEDS = "king|queen|double|single|twin|super king|semi double"
_BED = re.compile(rf"{BEFORE}({_BEDS})[\s-]?size(?:d)?{AFTER}")
_LETTERS = r"(?:[xX]{1,6}[ls]|[2-9]xl|[2-4]xs|[sml])"
_SHOE = r"(?:eu|eur|uk|us)"
_NUMBER = r"\d{1,2}(?:\.5)?"
_AGES = r"(?:yrs?|years?|y|months?|mon)"
_SIZE_WORD = r"(?:sizes?|saiz|সাইজের|সাইজ)"
_TAKEN = r"(?!\s?(?:%|[\"'″/]|x\s?\d|\d)|-\w)"
_JOIN = r"(?:\s|\s?[:-]\s?)"
_PATTERNS: tuple[re.Pattern[str], ...] = (
    re.compile(rf"{BEFORE}w(?P<waist>\d\d)\s?[/-]?\s?l(?P<leg>\d\d){AFTER}"),
    re.compile(rf"{BEFORE}(?:waist|komor|কোমর)(?:\s{_SIZE_WORD})?[\s:-]?\s?(?P<waist>\d\d){AFTER}{_TAKEN}"),
    re.compile(rf"{BEFORE}(?P<waist>\d\d)[\s-](?:inch(?:es)?\s)?(?:waist|komor|কোমর){AFTER}"),
    re.compile(
        rf"{BEFORE}(?:shoe\s)?(?:{_SIZE_WORD}{_JOIN})?(?P<system>{_SHOE})[\s-]?(?P<shoe>{_NUMBER}){AFTER}{_TAKEN}"
    ),
    re.compile(rf"{BEFORE}{_SIZE_WORD}{_JOIN}(?P<plain>{_LETTERS}|{_NUMBER}){AFTER}{_TAKEN}"),
    re.compile(rf"{BEFORE}(?<![/.])(?P<plain>{_LETTERS}|{_NUMBER})[\s-](?:size|saiz|সাইজের|সাইজ){AFTER}(?!{_JOIN}\d)"),
    re.compile(rf"{BEFORE}(?P<bed>{_BEDS}|free|one|plus)[\s-]?sized?{AFTER}"),
    re.compile(
        rf"{BEFORE}(?P<low>\d{{1,2}})\s?(?:-|to)\s?(?P<high>\d{{1,2}})\s?(?P<age>{_AGES}){AFTER}(?:\sold{AFTER})?"
    ),
)
# Letters that say a size without the word; a lone m or l may be anything.
_BARE = re.compile(rf"{BEFORE}(?:[xX]{{1,6}}[ls]|[2-9]xl|[2-4]xs){AFTER}")
_MANY = re.compile(r"x{2,6}([ls])")


def same_size(value: str) -> str:
    """Return a size in one spelling: "XXL" and "2xl" are "2xl", "6-7 years" is "6-7y"."""
    value = " ".join(fold(value).split())
    many = _MANY.fullmatch(value)
    if many:
        return f"{len(value) - 1}x{many[1]}"
    age = re.fullmatch(rf"(\d{{1,2}})\s?-\s?(\d{{1,2}})\s?({_AGES})", value)
    return f"{age[1]}-{age[2]}{age[3][0]}" if age else value


def bed_sizes(folded: str) -> tuple[str, ...]:
    """Return the sizes of beds in a folded text as one word each: "kingsize"."""
    return tuple(dict.fromkeys(f"{match[1].replace(' ', '')}size" for match in _BED.finditer(folded)))


def _read(match: re.Match[str]) -> tuple[str, str | None]:
    """Return the size in one spelling and what it is a size of, None where the query does not say."""
    said = {name: text for name, text in match.groupdict().items() if text}
    if "waist" in said:
        return f"{said['waist']}" + (f"/{said['leg']}" if "leg" in said else ""), "waist"
    if "shoe" in said:
        return said["shoe"], said["system"][:2]
    if "age" in said:
        return same_size(f"{said['low']}-{said['high']} {said['age']}"), "age"
    return same_size(said.get("plain") or said["bed"]), None


def find_sizes(line: Line, masked: str, bare: frozenset[str]) -> tuple[Part, ...]:
    """Return the sizes that a query states; without the word "size" only those among `bare`, in one spelling each."""
    found: list[tuple[int, int, str, str | None]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(masked):
            if all(match.end() <= start or end <= match.start() for start, end, *_ in found):
                found.append((match.start(), match.end(), *_read(match)))
    for match in _BARE.finditer(masked):
        known = same_size(match[0]) in bare
        if known and all(match.end() <= start or end <= match.start() for start, end, *_ in found):
            found.append((match.start(), match.end(), same_size(match[0]), None))
    return tuple(line.part("size", start, end, values=(value,), unit=unit) for start, end, value, unit in sorted(found))
