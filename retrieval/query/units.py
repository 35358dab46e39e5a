"""Quantities, dimensions and model codes in one spelling each, for queries and for the catalogue alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from retrieval.query.codes import codes
from retrieval.query.line import AFTER, BEFORE
from retrieval.query.numbers import FIGURE
from retrieval.query.sizes import bed_sizes
from retrieval.text import fold

# Canonical unit, how many of it one is, and how shoppers write it.
_TABLE: tuple[tuple[str, str, str], ...] = (
    ("gb", "1", "gb gigabyte gigabytes gigs জিবি"),
    ("gb", "1024", "tb terabyte terabytes টিবি"),
    ("mb", "1", "mb megabyte megabytes"),
    ("ml", "1", "ml millilitre millilitres milliliter milliliters মিলি মিলিলিটার এমএল"),
    ("ml", "1000", "l lt ltr ltrs liter liters litre litres লিটার লিটারের"),
    ("oz", "1", "oz ounce ounces"),
    ("gal", "1", "gallon gallons গ্যালন"),
    ("g", "1", "g gm gms gram grams গ্রাম"),
    ("g", "1000", "kg kgs kilo kilos kilogram kilograms কেজি"),
    ("mg", "1", "mg"),
    ("lb", "1", "lb lbs pound pounds"),
    ("in", "1", "inch inches inchs inchi in ইঞ্চি ইঞ্চির \" '' ” ″ ′′ ’’"),
    ("in", "12", "ft feet foot fit ফুট ফিট ' ′"),
    ("cm", "1", "cm cms centimeter centimeters centimetre centimetres সেমি"),
    ("cm", "0.1", "mm millimeter millimeters millimetre millimetres মিমি"),
    ("cm", "100", "m meter meters metre metres mtr মিটার"),
    ("yd", "1", "yard yards gaj goj gauj গজ"),
    ("w", "1", "w watt watts ওয়াট"),
    ("w", "1000", "kw kilowatt kilowatts"),
    ("v", "1", "v volt volts ভোল্ট"),
    ("mah", "1", "mah এমএএইচ"),
    ("wh", "1", "wh"),
    ("kv", "1", "kv"),
    ("hz", "1", "hz"),
    ("mhz", "1", "mhz"),
    ("ghz", "1", "ghz"),
    ("rpm", "1", "rpm"),
    ("dpi", "1", "dpi"),
    ("mp", "1", "mp megapixel megapixels"),
    ("gsm", "1", "gsm"),
    ("psi", "1", "psi"),
    ("lm", "1", "lumen lumens"),
    ("ton", "1", "ton tons টন"),
    ("btu", "1", "btu"),
    ("pcs", "1", "pcs pc piece pieces peice peices pec pecs pic pics pis pes pce পিস পিসের পিছ পিচ"),
    ("pcs", "12", "dozen dozens ডজন"),
    ("pair", "1", "pair pairs জোড়া"),
    ("seater", "1", "seater seaters"),
    ("burner", "1", "burner burners"),
    ("layer", "1", "layer layers"),
)
_UNITS = {fold(word): (unit, Decimal(times)) for unit, times, words in _TABLE for word in words.split()}
_MARKS = [word for word in _UNITS if not word[0].isalpha()]
_WORDS = sorted((word for word in _UNITS if word[0].isalpha()), key=len, reverse=True)
# Read only beside another length, or with a second thought: "in", "fit" and ' are mostly something else.
_DOUBTFUL = frozenset({"in", "fit", "'", fold("′")})
_LENGTHS = [word for word, (unit, _) in _UNITS.items() if unit in ("in", "cm", "yd")]


def _either(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_LENGTH = rf"(?:(?:{_either([w for w in _LENGTHS if w[0].isalpha()])})(?![^\W\d_x×]|[\u0980-\u09ff])|{_either(_MARKS)})"
_TIMES = r"(?:\s*[x×✕*х]\s*|\s+by\s+)"
_SIDE = rf"({FIGURE})(?:[\s-]?({_LENGTH}))?"
_DIMENSION = re.compile(
    rf"(?<![\w.,'\"/])(?<!\d[x×]){_SIDE}{_TIMES}{_SIDE}(?:{_TIMES}{_SIDE})?(?![\d.]\d|[^\W\d_]|[-/'\"]\d)"
)
_TAIL = r"(?:(?=(?:ssd|ram|rom|hdd|ddr|emmc|nvme)(?![^\W\d_]))|(?![^\W\d_]|[\u0980-\u09ff]))"
_LONG = _either([word for word in _WORDS if len(word) > 1 and word not in _DOUBTFUL])
_CLEAR_MARKS = _either([mark for mark in _MARKS if mark not in _DOUBTFUL])
# Text runs together: "RAM512GB", "8GBRAM"; in other words a unit is one only where the word ends with it.
_QUANTITY = re.compile(
    rf"(?<![\w.,])(?P<number>{FIGURE})(?:[\s-]?(?P<word>{_LONG}){_TAIL}|\s?(?P<letter>[lgwv]|(?<!\s)m){AFTER}"
    rf"|\s?(?P<mark>{_CLEAR_MARKS})|\s?(?P<inch>in)(?=\s*(?:$|[,;:!?|)\]])))"
    rf"|(?<=[^\W\d_])(?P<inner>{FIGURE})(?P<unit>{_LONG}){_TAIL}"
)
_COUNTS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
}
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(_COUNTS)})"
_PACK = re.compile(
    rf"{BEFORE}(?:(?:pack|set|box|packet)\sof\s{_COUNT}(?:\s?(?:pcs|pc|pieces?))?"
    rf"|{_COUNT.replace('count', 'packs')}[\s-]pack|(?P<spelt>{'|'.join(_COUNTS)})[\s-](?:pieces?|pcs|pc)){AFTER}"
)
# Generations of networks, not grams.
_NETWORKS = frozenset({"2g", "3g", "4g", "5g", "6g"})


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity or dimension from `start` to `end` of a folded text; `tokens` are its canonical forms."""

    start: int
    end: int
    tokens: tuple[str, ...]
    kind: Literal["quantity", "dimension"]


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimal(figure: str) -> Decimal:
    return Decimal(figure.replace(",", ""))


def _amount(figure: str, word: str) -> str:
    unit, times = _UNITS[word]
    return f"{_plain(_decimal(figure) * times)}{unit}"


def _dimension(match: re.Match[str]) -> Measure | None:
    sides = [(match[i], match[i + 1]) for i in (1, 3, 5) if match[i]]
    if all(unit is None for _, unit in sides) and _QUANTITY.match(match.string, match.start(len(sides) * 2 - 1)):
        # "2 x 500 ml" is no area.
        return None
    bare = "x".join(_plain(side) for side in sorted(_decimal(figure) for figure, _ in sides))
    last = next((unit for _, unit in reversed(sides) if unit), None)
    if last is None:
        return Measure(match.start(), match.end(), (bare,), "dimension")
    measured = [(_UNITS[unit or last], _decimal(figure)) for figure, unit in sides]
    if len({unit for (unit, _), _ in measured}) > 1:
        return Measure(match.start(), match.end(), (bare,), "dimension")
    sizes = "x".join(_plain(size) for size in sorted(figure * times for (_, times), figure in measured))
    return Measure(match.start(), match.end(), (f"{sizes}{measured[0][0][0]}", bare), "dimension")


def _closes_quotation(text: str, at: int) -> bool:
    """Tell whether the double quote at `at` ends a quotation ('"iphone 6"') rather than saying inches."""
    before = text[:at]
    opened = sum(1 for i, letter in enumerate(before) if letter == '"' and not before[i - 1 : i].isdigit())
    return opened % 2 == 1


def _quantity(match: re.Match[str]) -> Measure | None:
    if match["mark"] == '"' and _closes_quotation(match.string, match.start("mark")):
        return None
    word = match["word"] or match["letter"] or match["mark"] or match["inch"] or match["unit"]
    start = match.start("number") if match["number"] else match.start("inner")
    return Measure(start, match.end(), (_amount(match["number"] or match["inner"], word),), "quantity")


def _pack(match: re.Match[str]) -> Measure:
    said = match["count"] or match["packs"] or match["spelt"]
    return Measure(match.start(), match.end(), (f"{_COUNTS.get(said) or int(said)}pcs",), "quantity")


def measures(folded: str) -> tuple[Measure, ...]:
    """Return the quantities and dimensions of a folded text, in its order; none lies in another."""
    found: list[Measure] = []
    for pattern, read in ((_DIMENSION, _dimension), (_PACK, _pack), (_QUANTITY, _quantity)):
        for match in pattern.finditer(folded):
            measure = read(match)
            if measure and all(measure.end <= other.start or other.end <= measure.start for other in found):
                found.append(measure)
    return tuple(sorted(found, key=lambda measure: measure.start))


def network(measure: Measure) -> bool:
    """Tell whether a measure is rather a network's generation: "5g"."""
    return measure.tokens[0] in _NETWORKS


def unit_follows(folded: str, start: int, end: int) -> bool:
    """Tell whether the number from `start` to `end` of a folded text is a measure's."""
    near = folded[max(0, start - 24) : end + 32]
    shift = max(0, start - 24)
    return any(m.start + shift < end and start < m.end + shift for m in measures(near))


def canonical(text: str) -> tuple[str, ...]:
    """Return the canonical tokens of what a text says in numbers, each once.

    Quantities as number and unit ("1.5 L" and "1500ml": "1500ml"; "RAM512GB": "512gb"; "pack of 6": "6pcs"), dimensions
    with their sides in rising order, with and without unit (18x24", "24 by 18 inch": "18x24in", "18x24"), sizes of beds
    ("king size": "kingsize"), codes without separators ("GTX-1650-4G": "gtx16504g", "gtx1650").
    """
    folded = fold(text)
    read = measures(folded)
    tokens = [token for measure in read for token in measure.tokens]
    spans = [(measure.start, measure.end) for measure in read]
    return tuple(dict.fromkeys([*tokens, *bed_sizes(folded), *codes(folded, spans)]))
