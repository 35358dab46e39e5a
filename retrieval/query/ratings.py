"""Ratings and numbers of ratings that a query asks for."""

from __future__ import annotations

import re

from retrieval.query.line import AFTER, BEFORE, END, Line
from retrieval.query.numbers import AMOUNT, value
from retrieval.query.records import Part
from retrieval.query.units import unit_follows
from retrieval.text import fold

# "Top rated" says no number; four and better is what shops show for it.
_WELL_RATED = 4.0
_VALUE = r"[0-5](?:\.\d{1,2})?"
_SCALE = r"(?:(?:\s?/\s?5|\s(?:out\s)?of\s5)(?!\d))"
_FREE = r"(?<![\w./#\u0980-\u09ff-])(?<!\d,)"
_LEAD = rf"(?:{BEFORE}(?:with|having|and|of|at|a|an|the|has|have|is|in|customer|user|average)\s){{0,4}}"
_AT_LEAST = (
    "at least|(?:a )?minimum(?: of)?|min\\.?|above|over|(?:more|greater|better|higher) than(?: or equal to)?|from|"
    "equal to or (?:more|greater|better|higher) than|(?:not|no) (?:less|lower|worse) than|not (?:below|under)|"
    "exceeding|>=?|≥|অন্তত|কমপক্ষে"
)
_AT_MOST = (
    "at (?:the )?most|(?:a )?maximum(?: of)?|max\\.?|up ?to|under|below|(?:less|lower) than(?: or equal to)?|"
    "equal to or (?:less|lower) than|(?:not|no) (?:more|higher|greater) than|not (?:above|over)|<=?|≤"
)
_OR_MORE = fold(
    r"\s?\+|\s?(?:or|and|&)\s(?:more|better|above|higher|over|up(?:wards?)?)|\s?(?:plus|upwards?)(?![\w\u0980-\u09ff])|"
    r"\s(?:er\s|বা\s|এর\s|theke\s)?(?:upore|beshi|তার বেশি|উপরে|বেশি)"
)
_OR_LESS = r"\s(?:or|and)\s(?:less|below|lower|under|worse)"
_STAR = fold(r"(?:[\s-]?(?:stars?(?:es)?|★|⭐|স্টার|তারকা|তারা)(?![\w\u0980-\u09ff]))")
_RATED = fold(r"(?:rat(?:ing|ings|ed|eing)|reting|scor(?:ed|ing)|রেটিং|রেটিংয়ের|রেটেড)")
_BOUND = rf"(?:(?P<least>{_AT_LEAST})\s?|(?P<most>{_AT_MOST})\s?)"
_TAIL = rf"(?:(?P<more>{_OR_MORE})|(?P<less>{_OR_LESS}))"
_STOP = r"(?![\d%]|\.\d|[^\W\d_])"

_PATTERNS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(_LEAD + pattern)
    for pattern in (
        # "rating between 3 and 4", "3 to 4 stars", "rated 3-4"
        rf"{BEFORE}{_RATED}\s(?:is\s|of\s)?(?:between\s|from\s)?(?P<low>{_VALUE})\s?(?:-|to|and)\s?(?P<high>{_VALUE}){_STAR}?{_STOP}",
        rf"(?:{BEFORE}between\s|{BEFORE}from\s|{_FREE})(?P<low>{_VALUE})\s?(?:-|to|and)\s?(?P<high>{_VALUE}){_STAR}(?:\s{_RATED})?{_STOP}",
        # "minimum rating 4", "max. rating of 3"
        rf"{BEFORE}(?:(?P<least>min(?:imum)?\.?)|(?P<most>max(?:imum)?\.?))\s(?:customer\s|average\s)?{_RATED}(?:\s?[:=]|\s(?:is|of))*"
        rf"\s?(?P<value>{_VALUE}){_SCALE}?{_STAR}?{_STOP}",
        # "rating of at least 4", "rated 4.5 or above", "rating: 4.5+"
        rf"{BEFORE}{_RATED}(?:\s?[:=]|\s(?:is|of|as))*\s?{_BOUND}?(?P<value>{_VALUE}){_SCALE}?{_STAR}?{_TAIL}?{_STOP}",
        # "at least 4 stars", "4 star rating or better", "4.5+ rating", "4 out of 5"
        rf"(?:{BEFORE}{_BOUND})?{_FREE}(?P<value>{_VALUE}){_SCALE}?{_STAR}?(?P<early>{_OR_MORE})?{_STAR}?\s?{_RATED}{_TAIL}?{_STOP}",
        rf"(?:{BEFORE}{_BOUND})?{_FREE}(?P<value>{_VALUE})(?:{_SCALE}{_STAR}|\sout\sof\s5|{_STAR}|\s?\+{_STAR}){_TAIL}?{_STOP}",
        # "4.5+"; a whole number and a plus is an age as often.
        rf"(?P<bare>(?<![\w./#+-])(?<!\d,)(?P<value>[1-4]\.\d|5\.0)(?:\s?\+|\s(?:or|and)\s(?:more|better|above|up)))(?!\s?\w*[\d%]){_STOP}",
    )
)
_WELL = re.compile(
    rf"{_LEAD}{BEFORE}(?:(?:top|highly|best|well|high)[\s-]rated|(?:high|good|best|top)\sratings?){AFTER}"
)
_COUNT = rf"(?P<count>{AMOUNT})"
_MANY = fold(r"(?:(?:customer|user|verified)\s)?(?:ratings|reviews?|votes|রিভিউ|জন রেটিং)")
_COUNTED = re.compile(
    rf"{_LEAD}(?:{BEFORE}(?:(?P<least>{_AT_LEAST})|(?P<most>{_AT_MOST}))\s?)?{_FREE}{_COUNT}(?P<more>{_OR_MORE})?\s?{_MANY}"
    rf"(?P<after>{_OR_MORE})?{AFTER}"
)
_VERSION = re.compile(
    r"(?:android|bluetooth|bt|ios|usb|version|ver|v|hdmi|windows|wifi|wi-fi|inch|gen|size|ddr|kitkat|type)\s*$"
)
# A "5 star" air conditioner saves power, a "4 star" hotel has a name to lose: nobody rated either.
_NOT_RATED = re.compile(
    r"\s(?:hotel|chocolate|candy|ac|acs|air|inverter|energy|fridge|refrigerator|freezer|fan|ceiling|ball|dragon|general|flag|"
    r"badge|tattoo|resort|restaurant|bee|beld|fish|anise|wars|trek|light|lights|projector|split|geyser|power|dragonball)\b"
)
_GOES_ON = re.compile(rf"{END}|\s(?:and|with|under|below|within|between|for|in|or|less|from|over|max|up|price|\d)")


def _bounds(match: re.Match[str]) -> tuple[float | None, float | None]:
    said = match.groupdict()
    if said.get("low"):
        low, high = sorted((float(said["low"]), float(said["high"])))
        return low, high
    stars = float(said["value"])
    return (None, stars) if said.get("most") or said.get("less") else (stars, None)


def _is_rating(text: str, match: re.Match[str]) -> bool:
    said = match.groupdict()
    if unit_follows(text, *match.span("high" if said.get("high") else "value")):
        return False
    if said.get("bare"):
        return not _VERSION.search(text[: match.start("value")])
    highest = said.get("high") or said["value"]
    if float(highest) > 5 or float(said.get("low") or said["value"]) == 0:
        return False
    if re.search(_RATED, match[0]) or said.get("low"):
        return True
    if _NOT_RATED.match(text, match.end()):
        return False
    bounded = (
        any(said.get(name) for name in ("least", "most", "more", "less")) or "+" in match[0] or " of 5" in match[0]
    )
    # Lone: "5 star noodles" and "1 star" are names; "4 star earphones" are earphones with four stars.
    named = float(highest) in (1, 2, 5) and not bounded
    return not named or bool(_GOES_ON.match(text, match.end()))


def _free(part: Part, found: list[Part]) -> bool:
    return all(part.end <= other.start or other.end <= part.start for other in found)


def find_ratings(line: Line, masked: str) -> tuple[Part, ...]:
    """Return the ratings and numbers of ratings stated in `masked`: bounds exact on a scale of 0-5, both ends included.

    "Top rated" raises what is rated 4 or better.
    """
    found: list[Part] = []
    for match in _COUNTED.finditer(masked):
        count = value(match["count"])
        # "4+ ratings" is about stars.
        if count is None or count <= 5:
            continue
        low, high = (None, count) if match["most"] else (count, None)
        part = line.part("rating_count", *match.span(), low=low, high=high, exact=True)
        if _free(part, found):
            found.append(part)
    for pattern in _PATTERNS:
        for match in pattern.finditer(masked):
            if not _is_rating(masked, match):
                continue
            low, high = _bounds(match)
            part = line.part("rating", *match.span(), low=low, high=high, exact=True)
            if _free(part, found):
                found.append(part)
    for match in _WELL.finditer(masked):
        part = line.part("rating", *match.span(), low=_WELL_RATED)
        if _free(part, found):
            found.append(part)
    return tuple(sorted(found, key=lambda part: part.start))
