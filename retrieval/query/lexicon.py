"""What a catalogue's products bear as brand, colour and size, and which of it a query's words may mean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from retrieval.columns import Coded, Columns
from retrieval.query.colours import NAMES, names
from retrieval.query.english import common
from retrieval.query.records import Part
from retrieval.query.sizes import same_size
from retrieval.text import fold

_NO_BRANDS = frozenset(
    "no brand|nobrand|no-brand|generic|unbranded|not specified|n/a|na|none|null|other|others|unknown|oem|local|"
    "original|imported|-".split("|")
)
_WORD = re.compile(r"[\w\u0980-\u09ff]+")
# A word is a brand's name where so many of the listings that hold it bear the brand; an English word is one only where
# most do: "power" is mostly a bank's.
_SOME = 0.1
_MOST = 0.6


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(fold(text)))


def _counts(coded: Coded) -> dict[str, int]:
    counts = np.bincount(coded.codes, minlength=len(coded.keys))
    return {str(key): int(count) for key, count in zip(coded.keys, counts, strict=True)}


class Lexicon:
    """The catalogue's brands, colours and sizes: folded values with the number of products that bear each.

    `sold` tells in how many listings a folded word stands (Vocabulary.sold); without it, a brand of one common English
    word is not read from a query.
    """

    def __init__(
        self,
        brands: Mapping[str, int],
        colours: Mapping[str, int],
        sizes: Mapping[str, int],
        sold: Callable[[str], int] | None = None,
    ) -> None:
        self.brands = {name: count for name, count in brands.items() if name not in _NO_BRANDS}
        self.colours = dict(colours)
        self.sizes = dict(sizes)
        self._brands: defaultdict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for name, count in self.brands.items():
            words = _words(name)
            if self._is_name(words, count, sold):
                self._brands[words[0]].append((words, name))
        for options in self._brands.values():
            options.sort(key=lambda option: (-len(option[0]), option[1]))

    @classmethod
    def from_columns(cls, columns: Columns, sold: Callable[[str], int] | None = None) -> Lexicon:
        """Count the values that the products bear."""
        return cls(_counts(columns.brand), _counts(columns.color), _counts(columns.size), sold)

    @staticmethod
    def _is_name(words: Sequence[str], count: int, sold: Callable[[str], int] | None) -> bool:
        if not words or not any(character.isalpha() for word in words for character in word):
            return False
        if len(words) > 1:
            return sum(map(len, words)) > 3
        word = words[0]
        if len(word) < 2 or word in NAMES:
            return False
        if sold is None:
            return not common(word)
        return count >= (_MOST if common(word) else _SOME) * sold(word)

    def find_brands(self, folded: str) -> tuple[tuple[int, int, str], ...]:
        """Return the brands that a folded text names, the longest from the left: start, end, brand."""
        if not self._brands:
            return ()
        matches = list(_WORD.finditer(folded))
        words = [match[0] for match in matches]
        found: list[tuple[int, int, str]] = []
        place = 0
        while place < len(words):
            step = 1
            for phrase, name in self._brands.get(words[place], ()):
                last = place + len(phrase) - 1
                if (
                    tuple(words[place : last + 1]) == phrase
                    and "," not in folded[matches[place].end() : matches[last].start()]
                ):
                    found.append((matches[place].start(), matches[last].end(), name))
                    step = len(phrase)
                    break
            place += step
        return tuple(found)

    @cached_property
    def _by_colour(self) -> dict[str, tuple[str, ...]]:
        """Return the catalogue's values that name each colour, bare or shaded."""
        meant: defaultdict[str, list[str]] = defaultdict(list)
        for value in self.colours:
            for _, _, colour in names(value):
                meant[colour].append(value)
                if " " in colour:
                    meant[colour.rsplit(" ", 1)[1]].append(value)
        return {colour: tuple(dict.fromkeys(values)) for colour, values in meant.items()}

    def colour_values(self, colour: str) -> tuple[str, ...]:
        """Return the catalogue's own values for a colour: "red" is "red", "chili red", "লাল"; a shade that it has not
        is the colour itself."""
        own = (colour,) if colour in self.colours else ()
        meant = self._by_colour.get(colour) or (
            self._by_colour.get(colour.rsplit(" ", 1)[1], ()) if " " in colour else ()
        )
        return tuple(dict.fromkeys([*own, *meant]))

    @cached_property
    def _by_size(self) -> dict[str, tuple[str, ...]]:
        meant: defaultdict[str, list[str]] = defaultdict(list)
        for value in self.sizes:
            one = same_size(value)
            span = re.fullmatch(r"(\d{1,2}(?:\.5)?)-(\d{1,2}(?:\.5)?)", one)
            trousers = re.fullmatch(r"w(\d\d)\s?l(\d\d)", one)
            meanings = [one]
            if span:
                meanings += span.groups()
            if trousers:
                meanings += [trousers[1], f"{trousers[1]}/{trousers[2]}"]
            for meaning in meanings:
                meant[meaning].append(value)
        return {size: tuple(values) for size, values in meant.items()}

    def size_values(self, size: str) -> tuple[str, ...]:
        """Return the catalogue's own values for a size: "2xl" is "xxl", "38" also "w38 l34"."""
        bed = tuple(value for value in self.sizes if size in _words(value)) if size.isalpha() and len(size) > 2 else ()
        return tuple(dict.fromkeys([*self._by_size.get(size, ()), *bed]))

    @cached_property
    def bare_sizes(self) -> frozenset[str]:
        """Return the sizes that the catalogue has, in one spelling each."""
        return frozenset(self._by_size)

    def column_values(self, part: Part) -> tuple[str, ...]:
        """Return the values of the catalogue's brand, colour or size column that a part means; () for other kinds."""
        meaning: dict[str, Callable[[str], Iterable[str]]] = {
            "brand": lambda value: (value,),
            "color": self.colour_values,
            "size": self.size_values,
        }
        read = meaning.get(part.kind)
        return tuple(dict.fromkeys(found for value in part.values for found in read(value))) if read else ()
