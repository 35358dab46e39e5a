"""What was understood of a query, in a shopper's words, and the words by which a changed bound is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from retrieval.query.line import Line
from retrieval.query.numbers import AMOUNT
from retrieval.query.prices import find_prices
from retrieval.query.ratings import find_ratings
from ui.formats import count, money
from ui.safe_text import clean, plain, shorten
from ui.state import exactly

LABEL_LENGTH = 40
TEXT_LENGTH = 60
BOUNDED = ("price", "rating", "rating_count")
PREFIXES = {"brand": "Brand", "color": "Colour", "size": "Size", "quantity": "Quantity", "dimension": "Dimensions"}
SHOWN_SYNONYMS = 3
SYNONYMS_LENGTH = 32

_AMOUNT = re.compile(AMOUNT)
_SIZE = re.compile(r"^size[\s:]+(?=\S)|(?<=\S)\s+size$", re.IGNORECASE)

Understood = Mapping[str, Any]
"""One entry of `SearchResult.understood`: a part, a correction, or a term with its synonyms."""


def label(part: Understood) -> str:
    """Return a part in plain words, as safe Markdown: `Under 2,000`, `Rated 4.5 or better`, `Without remote`."""
    return plain(words(part), LABEL_LENGTH)


def words(part: Understood) -> str:
    """Return a part in plain words, not escaped."""
    kind, low, high = part["kind"], part["low"], part["high"]
    if kind == "price":
        return _price(low, high, part["unit"], bool(part["exact"]))
    if kind == "rating":
        return _rating(low, high, bool(part["exact"]))
    if kind == "rating_count":
        return f"{count(int(low), 'rating')} or more" if low is not None else f"{count(int(high), 'rating')} at most"
    if kind == "negation":
        return f"Without {' '.join(part['values'])}"
    said = part["values"][0] if kind == "color" and part["values"] else part["text"]
    return f"{PREFIXES[kind]}: {_SIZE.sub('', said) if kind == 'size' else said}"


def _price(low: float | None, high: float | None, currency: str | None, exact: bool) -> str:
    if low is not None and high is not None:
        if not exact:
            return f"About {money((low + high) / 2, currency)}"
        return f"{money(low, currency)} – {money(high, currency)}" if low < high else f"Exactly {money(low, currency)}"
    return f"Under {money(high, currency)}" if high is not None else f"From {money(low or 0.0, currency)}"


def _rating(low: float | None, high: float | None, exact: bool) -> str:
    if not exact:
        return "Well rated"
    if low is not None and high is not None:
        return f"Rated {low:g} – {high:g}" if low < high else f"Rated {low:g}"
    return f"Rated {high:g} or less" if high is not None else f"Rated {low or 0.0:g} or better"


def beside(synonyms: Sequence[Understood]) -> str:
    """Return what is searched beside the query's terms, as safe Markdown: `Also: couch, settee +3`."""
    # The first of each term before the second of any.
    others = [word for words in zip_longest(*(one["also"] for one in synonyms)) for word in words if word]
    names = [clean(word) for word in dict.fromkeys(others)]
    shown = names[:1]
    while len(shown) < min(len(names), SHOWN_SYNONYMS) and len(", ".join(names[: len(shown) + 1])) <= SYNONYMS_LENGTH:
        shown.append(names[len(shown)])
    more = f" +{len(names) - len(shown)}" if len(names) > len(shown) else ""
    return plain(f"Also: {shorten(', '.join(shown), SYNONYMS_LENGTH)}{more}")


def corrected(text: str, corrections: Sequence[Understood]) -> tuple[str, str]:
    """Return a query as it was corrected, with what was changed in bold, and as it was typed; both as safe Markdown.

    Of a long query both are from the first word that was changed to the last.
    """
    ordered = sorted(corrections, key=lambda one: int(one["start"]))
    long = len(text) > TEXT_LENGTH
    first, last = (ordered[0]["start"], ordered[-1]["end"]) if long else (0, len(text))
    shown, at = [], first
    for correction in ordered:
        shown.append(_piece(text[at : correction["start"]]))
        shown.append(f"**{plain(correction['after'], LABEL_LENGTH)}**")
        at = correction["end"]
    shown.append(_piece(text[at:last]))
    return "".join(shown).strip(), plain(text[first:last], TEXT_LENGTH)


def _piece(text: str) -> str:
    """Return text literally as safe Markdown, with the blanks at its ends."""
    left, right = " " if text[:1].isspace() else "", " " if text[-1:].isspace() else ""
    middle = plain(text)
    return f"{left}{middle}{right}" if middle else left or right


def rewritten(text: str, start: int, end: int, said: str) -> str:
    """Return a query with other words from `start` to `end`, none where `said` is empty."""
    return " ".join(f"{text[:start]}{said or ' '}{text[end:]}".split())


def restated(text: str, part: Understood, low: float | None, high: float | None) -> str:
    """Return a query with the bounds of a price, rating or number of ratings changed; none takes the part out of it.

    The shopper's own words stay where they still say it, else the first plain ones that are read as just these bounds.
    """
    if low is not None and high is not None and low > high:
        low, high = high, low
    start, end = int(part["start"]), int(part["end"])
    if low is None and high is None:
        return rewritten(text, start, end, "")
    made = ""
    for said in _phrases(part, low, high):
        made = rewritten(text, start, end, said)
        if _reads(made, part["kind"], low, high):
            break
    return made


def _phrases(part: Understood, low: float | None, high: float | None) -> Iterator[str]:
    yield from _same_words(part, low, high)
    bounds = tuple(exactly(value) for value in (low, high) if value is not None)
    both = len(bounds) == 2
    if part["kind"] == "price":
        said = "between {} and {}" if both else "over {}" if high is None else "under {}"
        phrase = said.format(*bounds)
        if part["unit"]:
            yield f"{phrase} {part['unit'].lower()}"
        yield phrase
        yield f"price {phrase}"
    elif part["kind"] == "rating":
        said = "rated {} to {}" if both else "rated {} or better" if high is None else "rated at most {}"
        yield said.format(*bounds)
    else:
        yield ("at least {} ratings" if high is None else "at most {} ratings").format(*bounds)


def _same_words(part: Understood, low: float | None, high: float | None) -> Iterator[str]:
    """Yield the shopper's words with other amounts, where as many are stated as before."""
    wanted = [value for value in (low, high) if value is not None]
    stated = [value is not None for value in (part["low"], part["high"])]
    if part["exact"] and stated == [low is not None, high is not None]:
        amounts = iter(wanted)
        found = _AMOUNT.findall(part["text"])
        if len(found) == len(wanted):
            yield _AMOUNT.sub(lambda _: exactly(next(amounts)), part["text"])


def _reads(text: str, kind: str, low: float | None, high: float | None) -> bool:
    """Tell whether a query is read as stating these bounds."""
    line = Line.of(text)
    found = find_ratings(line, line.folded)
    if kind == "price":
        found = find_prices(line, line.masked([(part.start, part.end) for part in found]))
    return any((part.kind, part.low, part.high, part.exact) == (kind, low, high, True) for part in found)


def blocking(understood: Understood) -> list[Understood]:
    """Return the parts that keep products away: the stated bounds."""
    return [part for part in understood.get("parts", ()) if part["exact"]]


def keys(understood: Understood) -> list[str]:
    """Return the keys of everything that was understood."""
    return [entry["key"] for kind in ("parts", "corrections", "synonyms") for entry in understood.get(kind, ())]
