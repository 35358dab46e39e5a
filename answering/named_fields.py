"""Categories and brands that a question names, sold here or not."""

from __future__ import annotations

import re

from answering.features import NO_COLOURS
from answering.mentions import Value, Values, values_in
from answering.records import Need
from answering.words import words
from retrieval.records import Filters
from retrieval.text import fold

_CUE_BEFORE_BRAND = re.compile(
    r"\b(?:(?:(?:under|in|of|from|by|for|within|with) (?:the )?)?brand(?:ed)?(?: is| name| called| named)?|by|"
    r"from|made by|maker|manufacturer|"
    r"of)(?: the)?(?: brand)?[\s:\"'“‘«]*$",
    re.I,
)
_CUE_BRAND = re.compile(r"\b(?:brand(?:ed)?(?: is| name| called| named)?|made by|by brand)(?: the)?[\s:\"'“‘«]*$", re.I)
_CUE_AFTER_BRAND = re.compile(r"^[\"'”’»\s]*(?:brand(?:ed)?)\b(?!\snew)", re.I)
_CUE_BEFORE_CATEGORY = re.compile(
    r"\b(?:(?:category|categories|section|department|aisle|under|in|among|within|from|of|across|"
    r"inside)(?: (?:the|your|our|all))?(?: (?:category|section|department|range)(?: of| called| named)?)?"
    r"(?: (?:the|all))?|categori[sz]ed (?:as|under|in))[\s:\"'“‘«]*$",
    re.I,
)
_CUE_AFTER_CATEGORY = re.compile(
    r"^[\"'”’»\s]*(?:categor(?:y|ies)|section|department|aisle|range|products|items)\b", re.I
)
_CUE_WORD = re.compile(r"\b(?:category|section|department)\b", re.I)
_UNKNOWN_BRAND = re.compile(
    r"\b(?:from |of |by )?(?:the )?brand(?:ed)?(?: called| named| is|"
    r":)? (?P<q>[\"'“‘«]?)(?P<name>[^\s,;?\"'”’»]+(?: [A-Z0-9][^\s,;?\"'”’»]*)*)"
    r"|\b(?:made |sold )?by (?P<by>[A-Z0-9][^\s,;?]*(?: [A-Z0-9][^\s,;?]*)*)"
    r"|\b(?:from|by) (?:the )?(?P<of>[^\s,;?]+(?: [^\s,;?]+)?) brand\b|"
    r"\bthe (?P<the>[^\s,;?]+(?: [A-Z0-9][^\s,;?]*)?) brand\b",
)
_UNKNOWN_CATEGORY = re.compile(
    r"\b(?:in|under|from|of) (?:the |your )?(?:category|section|department)(?: called| named|:|"
    r" of)? [\"'“‘«]?(?P<name>[^,;?\"'”’»]+?)"
    r"(?=$|[,;?\"'”’»]| (?:under|over|below|above|with|rated|that|costs?|between|for|less|more|priced|at|is|are|"
    r"and|do|does)\b)"
    r"|\b(?:in|from|under) (?:the |your )?[\"'“‘«]?(?P<before>[^,;?\"'”’»]+?)[\"'”’»]? (?:category|section|"
    r"department)\b",
    re.I,
)


_VERBS = frozenset("is are was were does do did has have can of for it".split())


def fields(text: str, values: Values) -> tuple[str, Filters, list[Need], list[Need]]:
    """Return the text without the categories and brands that it names as such, those, what may be one and what is none.

    A value that stands in a text without a word such as "brand" or "section" may be meant as one; a name that does
    stand with such a word, and that the catalogue does not have, is none.
    """
    categories: list[str] = []
    brands: list[str] = []
    loose: list[Need] = []
    unsold: list[Need] = []
    cut: list[tuple[int, int]] = []
    explicit_brand = [value for value in values_in(text, values.brands) if _is_brand(text, value)]
    for found in values_in(text, values.categories):
        if any(found.start < other.end and other.start < found.end for other in explicit_brand):
            continue
        before = _CUE_BEFORE_CATEGORY.search(text[: found.start])
        after = _CUE_AFTER_CATEGORY.match(text[found.end :])
        # One of several words is hardly said by chance.
        if before or after or len(words(found.value)) > 1:
            categories.append(found.value)
            tail = after if after and (_CUE_WORD.search(after[0]) or not before) else None
            cut.append((before.start() if before else found.start, found.end + (tail.end() if tail else 0)))
        else:
            loose.append(Need("category", found.value))
    for brand in values_in(text, values.brands):
        if any(brand.start < end and start < brand.end for start, end in cut):
            continue
        if _is_brand(text, brand):
            cue = _CUE_BEFORE_BRAND.search(text[: brand.start])
            after = _CUE_AFTER_BRAND.match(text[brand.end :])
            brands.append(brand.value)
            cut.append((cue.start() if cue else brand.start, brand.end + (after.end() if after else 0)))
        else:
            loose.append(Need("brand", brand.value))
    if not brands:
        for match in _UNKNOWN_BRAND.finditer(text):
            name = (match["name"] or match["by"] or match["of"] or match["the"] or "").strip("\"'“”‘’«»?.! ")
            if re.search(r"\b(?:what|which|whose)\s*$", text[: match.start()], re.I):
                continue
            if (
                name
                and not any(match.start() < end and start < match.end() for start, end in cut)
                and _may_be_brand(name)
            ):
                unsold.append(Need("brand", name))
                cut.append(match.span())
    if not categories:
        for match in _UNKNOWN_CATEGORY.finditer(text):
            name = (match["name"] or match["before"] or "").strip("\"'“”‘’«»?.! ")
            if (
                name
                and fold(name) not in NO_COLOURS
                and words(name)[:1]
                and words(name)[0] not in _VERBS
                and not any(match.start() < end and start < match.end() for start, end in cut)
            ):
                unsold.append(Need("category", name))
                cut.append(match.span())
    for start, end in sorted(cut, reverse=True):
        text = f"{text[:start].rstrip()} , {text[end:].lstrip()}"
    text = re.sub(r"(?:\s*,)+\s*$|^\s*(?:,\s*)+", "", re.sub(r"\s,(?:\s*,)*", ",", text))
    return (
        text,
        Filters(categories=tuple(dict.fromkeys(categories)), brands=tuple(dict.fromkeys(brands))),
        loose,
        unsold,
    )


def _is_brand(text: str, found: Value) -> bool:
    return bool(_CUE_BEFORE_BRAND.search(text[: found.start]) or _CUE_AFTER_BRAND.match(text[found.end :]))


def _may_be_brand(name: str) -> bool:
    return words(name)[:1] != [] and words(name)[0] not in {
        "is",
        "new",
        "of",
        "the",
        "a",
        "does",
        "do",
        "makes",
        "made",
        "has",
        "and",
        "or",
        "for",
        "with",
        "are",
        "name",
        "what",
        "which",
    }
