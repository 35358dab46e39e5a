"""Colours and sizes that a question demands."""

from __future__ import annotations

import re

from answering.bounds import NOT
from answering.mentions import Values
from answering.records import Need
from retrieval.query.colours import NAMES, names
from retrieval.query.line import Line
from retrieval.query.sizes import find_sizes, same_size
from retrieval.text import fold

_COMES_IN = re.compile(
    r"\b(?:comes?|available|have (?:it|them|this|that|one)|has it|get (?:it|them|one)|offered|made|sold|"
    r"buy (?:it|them|one)|exist) in\s+"
    r"(?:the |a )?(?:colou?rs? )?(?P<value>[^\W\d_]+(?:[\s-][^\W\d_]+)?)(?: colou?rs?)?\s*\??$",
    re.I,
)
_COMES_IN_SIZE = re.compile(
    r"\b(?:comes?|available|have (?:it|them|this|that|one)|get (?:it|them|one)|offered|made|sold|buy (?:it|them|"
    r"one)) in (?:a |the )?"
    r"(?P<value>[^,;?]{1,24}?)\s*\??$",
    re.I,
)
_SYSTEMS = ("uk", "us", "eu")
_A_SIZE = re.compile(r"x{0,5}[sl]|m|[2-9]xl|\d{2}(?:\.5)?", re.I)
_IN_COLOUR = re.compile(
    r"\bin (?:the )?(?:colou?r )?(?P<value>[^\W\d_]{3,}(?:[\s-][^\W\d_]+)?)(?= colou?r\b|$|[,;?]| (?:under|"
    r"below|for|with|over)\b)",
    re.I,
)
_COLOUR_WORD = re.compile(
    r"\b(?:in |of )?(?:the )?colou?rs? (?P<value>[^\W\d_]{3,})\b|\b(?P<before>[^\W\d_]{3,})[ -]colou?r(?:ed)?\b", re.I
)
_NAMED_IN = re.compile(
    r"[\ue000-\uf8ff]\s*in (?:the |a )?(?:colou?r )?(?P<value>[^\W\d_]{3,}(?:[\s-][^\W\d_]+)?)\s*\??$", re.I
)
_BEFORE_NAMED = re.compile(r"\b(?:an?|the|any|your) (?P<value>[^\W\d_]{3,})\s+[\ue000-\uf8ff]", re.I)
NO_COLOURS = frozenset(
    "taka tk bdt rupees rs money cash stock store shop sale box set pack pair bulk time general total size "
    "sizes colour color colours colors any "
    "every other which what many "
    "the this that your and different various all more full solid one single same of does is are do it "
    "available options option "
    "have has come comes price category brand catalogue catalog cotton silk leather wood metal plastic".split()
)
_SIZE_WORD = re.compile(
    r"\b(?:in |of |a |the )*sizes? (?:is |of |in |number )?(?P<value>\d{1,3}(?:\.\d)?|[a-z]{1,3}|\dxl|small|"
    r"medium|large)\b(?!-)",
    re.I,
)
_SIZE_NOT = frozenset("of is it in do are the for and or to a an can has by on as at be".split())
_WORDS_OF_SIZES = {"small": "s", "medium": "m", "large": "l"}


def colours(text: str, values: Values) -> tuple[str, list[Need]]:
    """Return the text without its colours, and those."""
    line = Line.of(text)
    spans: list[tuple[int, int, str]] = []
    for start, end, colour in names(line.folded):
        # "Gold-plated" and "red-hot" say no colour.
        if not re.match(r"-\w", line.folded[end:]):
            spans.append((line.starts[start], line.ends[end - 1], colour))
    taken = [(start, end) for start, end, _ in spans]
    for pattern in (_NAMED_IN, _BEFORE_NAMED):
        for match in pattern.finditer(text):
            said = fold(match["value"])
            start, end = match.span("value")
            sure = pattern is _NAMED_IN or said in values.colours or bool(names(f"{said} colour"))
            if sure and not set(said.split()) & NO_COLOURS and all(end <= a or b <= start for a, b in taken):
                spans.append((start, end, said))
                taken.append((start, end))
    for pattern in (_COMES_IN, _IN_COLOUR, _COLOUR_WORD):
        for match in pattern.finditer(text):
            group = "value" if match.groupdict().get("value") else "before"
            said = fold(match[group]).strip()
            start, end = match.span(group)
            if any(start < other and begin < end for begin, other in taken) or set(said.split()) & NO_COLOURS:
                continue
            if pattern is _COMES_IN or said in values.colours or (pattern is _COLOUR_WORD and said in NAMES):
                spans.append((start, end, said))
                taken.append((start, end))
    needs = []
    for start, end, colour in sorted(spans, reverse=True):
        before = re.sub(
            r"\b(?:in|of|and|or|the colou?rs?|in colou?rs?|colou?rs?)\s*$", "", text[:start], flags=re.I
        ).rstrip()
        after = re.sub(r"^\s*colou?r(?:ed|s)?\b", "", text[end:], flags=re.I)
        negated = re.search(r"\b(?:not|no|without|except|excluding)\s*(?:in\s*)?$", text[:start], re.I)
        text = f"{before} {after}"
        needs.append(Need("colors", f"{NOT}{colour}" if negated else colour))
    return text, needs[::-1]


def sizes(text: str, values: Values) -> tuple[str, list[Need]]:
    """Return the text without the sizes that it asks for, and those as needs."""
    line = Line.of(text)
    found = [
        (part.start, part.end, f"{part.unit} {part.values[0]}" if part.unit in _SYSTEMS else part.values[0])
        for part in find_sizes(line, line.folded, values.lexicon.bare_sizes)
    ]
    for match in _SIZE_WORD.finditer(text):
        said = fold(match["value"])
        if said not in _SIZE_NOT and all(match.end() <= start or end <= match.start() for start, end, _ in found):
            found.append((match.start(), match.end(), _WORDS_OF_SIZES.get(said, said)))
    ending = _COMES_IN_SIZE.search(text)
    if ending and not found and (fold(ending["value"]) in values.sizes or _A_SIZE.fullmatch(ending["value"])):
        found.append((*ending.span("value"), same_size(ending["value"])))
    needs = []
    for start, end, size in sorted(found, reverse=True):
        before = re.sub(r"\b(?:in|of|a|the|size|sizes)\s*$", "", text[:start].rstrip(), flags=re.I)
        text = f"{before} {text[end:]}"
        needs.append(Need("sizes", size))
    return text, needs[::-1]
