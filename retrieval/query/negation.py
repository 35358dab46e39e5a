"""What a query does not want: "without remote", "but not red", "no laces", "ক্যামেরা ছাড়া"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from retrieval.query.line import AFTER, BARRIER, BEFORE, Line
from retrieval.query.records import Part
from retrieval.text import fold

_WORD = r"[^\W_]+(?:['’&-][^\W_]+)*"
_SURE = r"without(?:\s(?:any|a|an|the))?|w/o|excluding|except(?:\sfor)?|other\sthan|but\snot|but\sno|bina|বিনা"
_CUE = re.compile(rf"{BEFORE}(?:(?P<sure>{_SURE})|(?P<no>no|not(?:\s(?:a|an|any|the|in|made\sof))?))\s(?={_WORD})")
_NEXT = re.compile(rf"\s?({_WORD})")
_OR = re.compile(rf"\s(?:or|nor)(?:\s(?:any|a|the|no|without))?(?=\s{_WORD})")
_AFTERWARDS = re.compile(fold(r"(?<![\w\u0980-\u09ff])([\w\u0980-\u09ff]{2,})\s(?:ছাড়া|বাদে|ব্যতীত)(?![\w\u0980-\u09ff])"))
_NEEDED = re.compile(rf"\s(?:needed|required|necessary|please|pls|at all){AFTER}")
_OPENERS = re.compile(r"(?:^|[,;:(]|\b(?:but|and|or|with))\s*$")
# Verbs said with "not", and pronouns and helpers before it: the query tells how something behaves.
_HELPERS = re.compile(
    r"\b(?:will|would|can|could|does|do|did|is|are|was|were|be|has|have|had|should|must|may|might|it|i|they|we|you|that|which|"
    r"why|what|ca|wo|if|or)\s*$"
)
_NUMBERED = re.compile(
    r"\b(?:model|item|art|article|part|serial|ref|style|design|size|code|sl|lot|batch|colou?r|roll|bus|road|house|number)\s*$"
)
_NOT_THINGS = frozenset(
    "a an any the too very only just more less over under above below exceeding to so really even yet sure all for "
    "have has been being be get go do does want need included includes required available working work found start "
    "known at if as because that this it in on many much enough always ever never good bad new".split()
)
# "No show" socks and "no iron" shirts are sorts of socks and shirts.
_SORTS = frozenset(
    "show iron pull slip tie drill sew stick chip rinse touch spill fog rub crease wrinkle punch wash bake heat "
    "noise fuss drip bark one name limit mercy matter more less fear time game escape way doubt problem only need "
    "brand gi sugar smell stain glue nail contact leak damage skid peek slide scratch tangle frizz roll shed wait "
    "bra knead cook pain peeling".split()
)
_THINGS_IN_ING = frozenset("lining padding string earring piercing packaging wiring stuffing filling".split())
_OVER = frozenset(
    "and or but with for in on at from to under below above over within between of by nor without no not that "
    "which when please only than less more max min rating rated price size colour color".split()
)
_MOST_WORDS = 2


def _thing(masked: str, at: int, cue: str, stops: Collection[str]) -> tuple[list[str], int]:
    """Return what is not wanted, one or two words from `at` on, and where it ends; no words where it names nothing.

    A second word belongs to the first only where the phrase is over after it; words in `stops` are something else.
    """
    words: list[str] = []
    ends = [at]
    while len(words) <= _MOST_WORDS:
        match = _NEXT.match(masked, ends[-1])
        word = match[1] if match else ""
        if (
            not match
            or word in _OVER
            or word[0].isdigit()
            or (words and word in stops)
            or _NEEDED.match(masked, ends[-1])
        ):
            break
        words.append(word)
        ends.append(match.end())
    first = words[0] if words else ""
    if not first or first in _NOT_THINGS:
        return [], at
    # "without padding" lacks a thing; "without poking holes", "not going down" tell what happens.
    acts = first.endswith("ing") and len(first) > 4 and first not in _THINGS_IN_ING
    if acts and (len(words) > 1 or cue != "sure"):
        return [], at
    if cue != "sure" and (first in _SORTS or (first.endswith("ed") and first not in stops and len(first) > 3)):
        return [], at
    kept = 1 if len(words) > _MOST_WORDS or first in stops else len(words)
    return words[:kept], ends[kept]


def _wanted(masked: str, match: re.Match[str], words: list[str], end: int, stops: Collection[str]) -> bool:
    """Tell whether "no" or "not" before `words` is rather part of a name or a sentence."""
    before = masked[: match.start()]
    if _HELPERS.search(before) or _NUMBERED.search(before):
        return True
    if match["no"] != "no" and (_OPENERS.search(before) or words[0] in stops):
        return False
    # "No leak container", "No Boundaries": a name goes on or stands first; "drone, no camera" is over.
    follows = _NEXT.match(masked, end)
    return not before.strip(BARRIER + " ") or (
        follows is not None and follows[1] not in _OVER and not _NEEDED.match(masked, end)
    )


def find_negations(line: Line, masked: str, stops: Collection[str] = frozenset()) -> tuple[Part, ...]:
    """Return what the query does not want, one part a thing; `stops` are words of colours, brands and sizes, folded."""
    found: list[Part] = []
    for match in _CUE.finditer(masked):
        cue = "sure" if match["sure"] else match["no"][:3].strip()
        start, at = match.start(), match.end()
        first = True
        while True:
            words, end = _thing(masked, at, cue, stops)
            if not words or (first and cue != "sure" and _wanted(masked, match, words, end, stops)):
                break
            needed = _NEEDED.match(masked, end)
            end = needed.end() if needed else end
            part = line.part("negation", start, end, values=tuple(words))
            if any(part.start < other.end and other.start < part.end for other in found):
                break
            found.append(part)
            another = _OR.match(masked, end)
            if not another:
                break
            first, start, at = False, end + 1, another.end()
    for match in _AFTERWARDS.finditer(masked):
        part = line.part("negation", *match.span(), values=(match[1],))
        if all(part.end <= other.start or other.end <= part.start for other in found):
            found.append(part)
    return tuple(sorted(found, key=lambda part: part.start))


def asserts(text: str, words: Iterable[str]) -> bool:
    """Tell whether a text (a title) says that it has what a negation names.

    It does where the words stand in it side by side, other than after "no", "without", "non" and the like or before
    "free" or "less"; a plural counts as its singular.
    """
    phrase = r"[\s-]+".join(re.escape(re.sub(r"(?<=...)s$", "", fold(word))) + "(?:e?s)?" for word in words)
    if not phrase:
        return False
    has = re.compile(
        rf"(?P<no>{BEFORE}(?:no|not|non|without(?:\s(?:any|a|the))?|w/o|excluding|except)[\s-]+)?{BEFORE}{phrase}{AFTER}"
        rf"(?P<free>[\s-]*(?:free|less|ছাড়া){AFTER})?"
    )
    return any(not match["no"] and not match["free"] for match in has.finditer(fold(text)))
