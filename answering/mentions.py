"""What a question names outright: products by title, SKU or id, and categories and brands by their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from answering.protocols import Catalogue
from answering.words import join, joined
from retrieval.query.lexicon import Lexicon
from retrieval.query.vocabulary import WORD
from retrieval.records import Product
from retrieval.text import clean_text, fold

_LONGEST = 12
_FIRST = 0xE000
"""Named products stand as one letter of Unicode's private use area in a masked text."""
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_ID = re.compile(
    r"(?:\b(?:product|item|article|listing|id|doc\s?id|number|no\.?)\s*[:#]?\s*|#\s?)([\w.-]*\d[\w.-]*)", re.I
)


@dataclass(frozen=True, slots=True)
class Values:
    """The values that a catalogue's products bear, by their words as one (`words.joined`)."""

    categories: Mapping[str, str]
    brands: Mapping[str, str]
    colours: frozenset[str]
    sizes: frozenset[str]
    lexicon: Lexicon = field(compare=False)

    @classmethod
    def of(
        cls, categories: Sequence[str], brands: Sequence[str], colours: Sequence[str], sizes: Sequence[str]
    ) -> Values:
        """Index values as they are written."""
        return cls(
            _by_words(categories),
            _by_words(brands),
            frozenset(map(fold, colours)),
            frozenset(map(fold, sizes)),
            Lexicon({}, dict.fromkeys(map(fold, colours), 1), dict.fromkeys(map(fold, sizes), 1)),
        )


def _by_words(values: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values:
        key = joined(value)
        if key:
            found.setdefault(key, value)
            found.setdefault(singular(key), value)
    return found


def singular(key: str) -> str:
    """Return words as one without a final s."""
    return key[:-1] if key.endswith("s") and not key.endswith("ss") and len(key) > 4 else key


class KnownValues:
    """The values of catalogues, read once a build; safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Catalogue, tuple[str, Values]] = WeakKeyDictionary()

    def of(self, catalogue: Catalogue, build: str) -> Values:
        """Return the values of a catalogue's build."""
        kept = self._kept.get(catalogue)
        if kept is not None and kept[0] == build:
            return kept[1]
        values = Values.of(
            catalogue.values("category"),
            catalogue.values("brand"),
            catalogue.values("colors"),
            catalogue.values("sizes"),
        )
        self._kept[catalogue] = (build, values)
        return values


@dataclass(frozen=True, slots=True)
class Named:
    """Products that a text names from `start` to `end`, all listings of that name."""

    start: int
    end: int
    products: tuple[Product, ...]


def tokens(text: str) -> list[tuple[int, int, str]]:
    """Return the words of a text with where they start and end: (start, end, folded)."""
    found = []
    for match in WORD.finditer(text):
        folded = fold(match[0])
        if folded:
            found.append((match.start(), match.end(), folded))
    return found


def locate(name: str, text: str) -> tuple[int, int] | None:
    """Return where a name stands in a text, word by word, whatever its punctuation; None where it does not."""
    wanted = joined(name)
    if not wanted:
        return None
    said = tokens(text)
    for first in range(len(said)):
        made: list[str] = []
        for last in range(first, len(said)):
            made.append(said[last][2])
            one = join(made)
            if one == wanted:
                return said[first][0], said[last][1]
            if len(one) >= len(wanted) or not wanted.startswith(one):
                break
    return None


def named(text: str, products: Iterable[Product], catalogue: Catalogue) -> tuple[Named, ...]:
    """Return the products that a text names by whole title, SKU or id, in its order; the longest of two that "
    "overlap."""
    found: dict[tuple[int, int], list[Product]] = {}
    for product in products:
        spans = [locate(name, text) for name in dict.fromkeys((product.title, clean_text(product.title)))]
        spans += [locate(product.sku, text)] if product.sku and len(joined(product.sku)) >= 4 else []
        for span in filter(None, spans):
            if product not in found.setdefault(span, []):
                found[span].append(product)
    for match in _ID.finditer(text):
        by_id = catalogue.get(match[1].rstrip(".-"))
        if by_id is not None:
            found.setdefault((match.start(), match.end()), []).append(by_id)
    chosen: list[Named] = []
    for start, end in sorted(found, key=lambda span: (span[0] - span[1], span[0])):
        if all(end <= other.start or other.end <= start for other in chosen):
            chosen.append(Named(start, end, _exactly(text[start:end], found[start, end])))
    return tuple(sorted(chosen, key=lambda name: name.start))


def _exactly(said: str, products: Sequence[Product]) -> tuple[Product, ...]:
    """Return the products whose title is written just as it is said; all of them where none is."""
    written = fold(" ".join(said.split()))
    own = tuple(product for product in products if written in fold(" ".join(product.title.split())))
    return own or tuple(products)


def masked(text: str, names: Sequence[Named]) -> str:
    """Return a text with one private letter in the place of each name, by its number."""
    pieces, place = [], 0
    for number, name in enumerate(names):
        pieces += [text[place : name.start], f" {chr(_FIRST + number)} "]
        place = name.end
    return " ".join("".join([*pieces, text[place:]]).split())


def plain(text: str) -> str:
    """Return a text without letters of the private use area, which mean nothing, on one line."""
    return " ".join(_PRIVATE.sub(" ", text).split())


def numbers(text: str) -> list[int]:
    """Return the numbers of the names in a masked text, in order."""
    return [ord(match[0]) - _FIRST for match in _PRIVATE.finditer(text)]


def unmasked(text: str, names: Sequence[str]) -> str:
    """Return a masked text with the names back in their places."""
    return " ".join(_PRIVATE.sub(lambda match: f" {names[ord(match[0]) - _FIRST]} ", text).split())


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a catalogue's field in a text, from `start` to `end`."""

    start: int
    end: int
    value: str


def values_in(text: str, known: Mapping[str, str]) -> tuple[Value, ...]:
    """Return the values that a text holds word by word, the longest from the left."""
    said = tokens(text)
    found: list[Value] = []
    place = 0
    while place < len(said):
        step = 1
        for last in range(min(place + _LONGEST, len(said)) - 1, place - 1, -1):
            key = join([word for *_, word in said[place : last + 1]])
            value = known.get(key) or known.get(singular(key))
            if value is not None:
                found.append(Value(said[place][0], said[last][1], value))
                step = last - place + 1
                break
        place += step
    return tuple(found)
