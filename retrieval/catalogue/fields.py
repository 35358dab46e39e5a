"""Read ratings, counts, percentages, links and lists as people write them."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from decimal import Decimal

from retrieval.catalogue.prices import parse_number, plain

_COUNT = r"\d[\d,.]*\s*(?:k|m|lakh|lac)?\s*\+?"
_RATING = re.compile(
    r"(?P<value>[-+−]?\d+(?:[.,]\d+)?)\s*(?:(?:/|out of|of)\s*(?P<scale>\d+(?:\.\d+)?))?\s*(?:stars?|★|⭐)?"
)
_RATING_COUNT = re.compile(
    rf"\(?\s*(?P<count>{_COUNT})\s*(?:(?:customer|user|verified|global)\s+)*(?:ratings?|reviews?|votes?|রেটিং|রিভিউ)?\s*\)?"
)
_NO_RATING = re.compile(r"(?:no (?:customer )?(?:ratings?|reviews?)|not (?:yet )?rated|unrated)(?: yet)?[.!]?")
_SALES = re.compile(r"(?:sold\s*:?\s*)?(?P<number>\d[\d,.]*)\s*(?P<times>k|m|lakh|lac)?\s*\+?(?:\s+[^\W\d][^\d]*)?")
_TIMES = {None: 1, "k": 1_000, "m": 1_000_000, "lakh": 100_000, "lac": 100_000}
_PERCENT = re.compile(r"[-+−]?\s*(\d+(?:[.,]\d+)?)\s*%")
_BARE_NUMBER = re.compile(r"[-−]?\s*\d+(?:[.,]\d+)?")
_URL = re.compile(r"https?://[\w-](?:[\w.-]*[\w-])?\.?(?::\d{1,5})?(?:[/?#][^\s<>\"\\\x00-\x1f\x7f]*)?", re.IGNORECASE)
_LINK = re.compile(r"!?\[(?P<text>[^\[\]]*)\]\(\s*<?(?P<target>[^)>\s]*)>?(?:\s+[\"'][^)]*)?\s*\)")
_LARGEST_COUNT = 10**12


@dataclass(frozen=True, slots=True)
class RatingReading:
    """A rating on a scale of 0-5 and how many gave it; `readable` False where either could not be read."""

    value: float | None
    count: int | None
    readable: bool


def parse_count(text: str) -> int | None:
    """Return the number in `1,031`, `1.6K sold`, `33 sold`, `12.0`; None where there is no whole number to read."""
    match = _SALES.fullmatch(plain(text))
    if match is None:
        return None
    digits = match["number"].rstrip(".,")
    value = parse_number(digits)
    if value is None:
        return None
    # Decimal, because 1.6 * 1000 must be 1600 and not a hair above it.
    exact = Decimal(str(value)) * _TIMES[match["times"]]
    return int(exact) if exact == exact.to_integral_value() and exact <= _LARGEST_COUNT else None


def parse_rating(text: str) -> RatingReading:
    """Read `4.1/5 (1,031 ratings)`, `4.3/5`, `4.3`, `no ratings yet`; a value of 0 is left for the caller to judge."""
    text = plain(text)
    if not text.strip("-–— ") or text in ("n/a", "na", "none", "null"):
        return RatingReading(None, None, True)
    if _NO_RATING.fullmatch(text):
        return RatingReading(None, 0, True)
    match = _RATING.match(text)
    rest = text[match.end() :].strip() if match else text
    count = None
    readable = True
    if rest:
        found = _RATING_COUNT.fullmatch(rest)
        count = parse_count(found["count"]) if found else None
        readable = count is not None
    if match is None:
        # "(0 ratings)" alone says that nobody rated; any other count without a value is half a rating.
        return RatingReading(None, count, readable and count == 0)
    value = float(match["value"].replace(",", ".").replace("−", "-"))
    if not 0 <= value <= 5 or (match["scale"] and float(match["scale"]) != 5):
        return RatingReading(None, count, False)
    return RatingReading(value, count, readable)


def parse_discount(text: str) -> float | None:
    """Return the percentage in `7%`, `-35%`, `35% Off` or a bare number from 0 to 100; None where there is none."""
    text = plain(text)
    found = _PERCENT.findall(text)
    if len(found) == 1:
        value = float(found[0].replace(",", "."))
    elif _BARE_NUMBER.fullmatch(text):
        value = abs(float(text.replace(",", ".").replace("−", "-").replace(" ", "")))
    else:
        return None
    return value if value <= 100 else None


def unwrap_link(text: str) -> str:
    """Return the address inside `[text](address)`, `![alt](address)`, `<address>` or backticks; else the text."""
    text = text.strip().strip("`").strip()
    match = _LINK.fullmatch(text)
    if match:
        return match["target"]
    return text[1:-1].strip() if text.startswith("<") and text.endswith(">") else text


def parse_url(text: str) -> str | None:
    """Return an http or https address, None for anything else."""
    address = unwrap_link(text)
    return address if _URL.fullmatch(address) else None


def split_seller(text: str) -> tuple[str, str | None]:
    """Return a seller's name and shop address from `Name`, `Name [Store Link](address)` or `[Name](address)`.

    Text of which a link would be left stays as it is, for it would be split again when it is read again.
    """
    match = _LINK.search(text)
    if match is None:
        return text.strip(), None
    name = " ".join((text[: match.start()] + " " + text[match.end() :]).split())
    if _LINK.search(name):
        return text.strip(), None
    return name or match["text"].strip(), parse_url(match["target"])


def _literal_list(text: str) -> list[str] | None:
    """Return the strings of a JSON array, or of a list as Python prints it (what a data frame writes into CSV)."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return None
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return [str(item) for item in value]
    return None


def _split_outside_brackets(text: str, separator: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        elif character == separator and (depth == 0 or ")" not in text[position : position + 80]):
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def split_list(text: str) -> list[str]:
    """Return the items of a JSON array, else of text separated by `|`, else by `;`, else by commas.

    A comma inside parentheses (`Blue (dark, navy)`) separates nothing. Items are stripped; empty ones are left out.
    """
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        literal = _literal_list(text)
        if literal is not None:
            return [item.strip() for item in literal if item.strip()]
    separator = "|" if "|" in text else ";" if ";" in text and "," not in text else ","
    parts = _split_outside_brackets(text, separator) if "(" in text else text.split(separator)
    return [part.strip() for part in parts if part.strip()]


def split_images(text: str) -> list[str]:
    """Return the addresses of a JSON array, else of text separated by spaces, `|`, or by `,` or `;` before `http`."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        literal = _literal_list(text)
        if literal is not None:
            return [item.strip() for item in literal if item.strip()]
    text = _LINK.sub(lambda match: f" {match['target']} ", text)
    parts = re.split(r"\s*\|\s*|\s*[,;]\s*(?=https?:)|[,;]?\s+", text)
    return [part.strip(",;") for part in parts if part.strip(",;")]


def unique(items: list[str]) -> tuple[str, ...]:
    """Return the items in order, each once."""
    return tuple(dict.fromkeys(items))
