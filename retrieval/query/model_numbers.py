"""Model and part numbers in texts: what is typed as a code, however its pieces are kept apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from retrieval.keyword.tokens import STOPWORDS
from retrieval.query.english import common
from retrieval.query.units import measures
from retrieval.query.vocabulary import WORD
from retrieval.records import Product
from retrieval.text import clean_text, fold

_MOST_PIECES = 6
_LONGEST_CODE = 32
_LONGEST_RUN = 40
# Keys of attributes that hold a model or part number, without spaces and marks.
_MODEL_KEYS = frozenset(
    "model modelno modelnumber modelname modelcode itemmodel itemmodelno itemmodelnumber partno partnumber mpn "
    "itempartnumber manufacturerpartnumber mfrpartnumber oemnumber ean gtin upc isbn barcode asin articleno "
    "articlenumber productcode itemcode stylecode stylenumber".split()
)
# As in codes.codes: a dot between figures is a decimal mark.
_RUN = re.compile(r"[a-z0-9]+(?:(?:[-_]|(?<=[a-z])\.(?=\d)|(?<=\d)\.(?=[a-z]))[a-z0-9]+)*+")
_PIECE = re.compile(r"[a-z0-9]+")
_LEADING = re.compile(r"([a-z]{1,6})0+(\d+[a-z]?)")
_COUNTED = re.compile(r"\d+([a-z]{3,})")
_WORDED = re.compile(r"([a-z]{2,})\d{1,2}")
_MEASURED = re.compile(r"\d[a-z]+$")
# The last side of a dimension whose marks stand in between: 13.3"x15.7".
_SIDE = re.compile(r"(?:\d|[\"'″”′])\s?(?:in|inch|cm|mm|ft|m|w|h|l|d)?\s?$")
_YEAR = re.compile(r"(?:19[5-9]|20[0-4])\d")
# What says a count, size, resolution, ordinal, year or standard, whoever made the thing.
_PLAIN = re.compile(
    r"\d{1,2}[a-z]{1,3}|\d{3}[a-z]{1,2}|\d+(?:[ksxp]|st|nd|rd|th)|\d+in\d+|\d{3,4}[pi]|x\d{1,2}|\d+x\d+(?:x\d+)*[a-z]{0,2}|"
    r"[wl](?:2[4-9]|3\d|4[0-4])|w\d\dl\d\d|(?:eur?|uk|us)\d{1,2}|[a-z]{3,}(?:19[5-9]|20[0-4])\d|"
    r"mp[34]|usb\d+|cat\d[ae]?|ddr\d+x?|win(?:7|8|10|11)|windows\d+|ip[x56]\d|spf\d+|rj\d\d|rs(?:232|485)|[hx]26[45]|"
    r"[eb](?:12|14|17|22|26|27|40)|gu10|mr16|co2|h2o|wifi\d|bt\d|sata\d|pcie\d|gen\d+|vol\d+|no\d+|pack\d+|set\d+"
)
# Short words that stand before a number by chance.
_CHANCE = STOPWORDS | frozenset("no up pc pk tk rs bd uk us eu vs min max pcs set qty".split())


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a name from `start` to `end` of the folded text, as it is kept: `keys` are ways to write it."""

    start: int
    end: int
    keys: tuple[str, ...]


@lru_cache(maxsize=8192)
def _is_plain(piece: str) -> bool:
    """Tell whether letters and figures in one run say something else than a model: "16gb", "18x24", "2xl", "4port"."""
    if _PLAIN.fullmatch(piece) or (_MEASURED.search(piece) and measures(piece)):
        return True
    counted = _COUNTED.fullmatch(piece) or _WORDED.fullmatch(piece)
    return counted is not None and (counted[1] in _CHANCE or common(counted[1]))


@lru_cache(maxsize=8192)
def _leads(letters: str) -> bool:
    """Tell whether letters before a number may be a model's."""
    return len(letters) <= 12 and letters not in _CHANCE and not (len(letters) >= 3 and common(letters))


def _spans(pieces: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield (first, past the last, joined) of pieces that are a model number when joined, the longest from the left.

    One of them is letters and figures and not plain by itself, or letters and figures follow one another.
    """
    # Past which piece a model number is over that begins at a piece or later.
    over = [len(pieces) + _MOST_PIECES] * (len(pieces) + 1)
    for at in range(len(pieces) - 1, -1, -1):
        piece, after = pieces[at], pieces[at + 1] if at + 1 < len(pieces) else ""
        if piece.isalpha():
            opens = after.isdigit() and not _YEAR.fullmatch(after) and _leads(piece)
            over[at] = at + 2 if opens else over[at + 1]
        else:
            over[at] = over[at + 1] if piece.isdigit() or _is_plain(piece) else at + 1
    for first in range(len(pieces)):
        for last in range(min(first + _MOST_PIECES, len(pieces)), over[first] - 1, -1):
            code = "".join(pieces[first:last])
            if 3 <= len(code) <= _LONGEST_CODE and not _PLAIN.fullmatch(code):
                yield first, last, code


def _forms(code: str) -> tuple[str, ...]:
    short = _LEADING.fullmatch(code)
    bare = short[1] + short[2] if short else ""
    return (code, bare) if len(bare) >= 3 and not _PLAIN.fullmatch(bare) else (code,)


def code_candidates(folded: str) -> Iterator[Candidate]:
    """Yield what may be a model number typed as one, from the left, the longest first."""
    for match in _RUN.finditer(folded):
        run, at = match[0], match.start()
        if run.isdigit() and len(run) >= 5:
            yield Candidate(at, match.end(), (f"code:{run}",))
        if run.isalpha() or run.isdigit() or (run[0] == "x" and _SIDE.search(folded, max(0, at - 8), at)):
            continue
        pieces = list(_PIECE.finditer(run))
        if len(pieces) > _LONGEST_RUN or (len(pieces) > 1 and _PLAIN.fullmatch("".join(piece[0] for piece in pieces))):
            continue
        for first, last, code in _spans([piece[0] for piece in pieces]):
            keys = tuple(f"code:{form}" for form in _forms(code))
            yield Candidate(at + pieces[first].start(), at + pieces[last - 1].end(), keys)


def codes_of(folded: str) -> Iterator[str]:
    """Yield the model numbers of a title, also those written apart: "GTX1650 4G", "RTX 3060 Ti"."""
    for candidate in code_candidates(folded):
        yield from (key.removeprefix("code:") for key in candidate.keys if not key.removeprefix("code:").isdigit())
    near: list[list[str]] = []
    end = -1
    for match in _RUN.finditer(folded):
        pieces = _PIECE.findall(match[0])
        follows = not match[0].isalpha() or len(match[0]) <= 3
        near = [*near[-2:], pieces] if follows and folded[end : match.start()] == " " else [pieces]
        end = match.end()
        for first in range(len(near) - 1):
            joined = [piece for run in near[first:] for piece in run]
            # A word before a code is no part of it: "drone e88".
            if not joined[0].isdigit() and (not joined[0].isalpha() or (joined[1].isdigit() and _leads(joined[0]))):
                whole = "".join(joined)
                yield from (form for *_, code in _spans(joined) if code == whole for form in _forms(code))


def models_of(product: Product) -> Iterator[str]:
    """Yield the model and part numbers that the attributes tell."""
    for key, value in product.attributes.items():
        if "".join(WORD.findall(fold(key))) not in _MODEL_KEYS:
            continue
        for text in (value,) if isinstance(value, str) else value:
            folded = fold(clean_text(text))
            yield from codes_of(folded)
            code = "".join(_PIECE.findall(folded))
            if code.isdigit() and 5 <= len(code) <= _LONGEST_CODE:
                yield code
            elif 3 <= len(code) <= _LONGEST_CODE and not code.isalpha() and not _is_plain(code):
                yield from _forms(code)
