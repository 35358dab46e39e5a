"""The recipe `silver-v1`: up to three short queries a product. Documented in docs/silver-queries.md; not to be changed.

A change to what is drawn is a new version: gains are measured on sets that stay as they were.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Literal, TypeVar

import regex

from evaluation.silver.fits import FitIndex, Wanted, size_keys
from evaluation.silver.words import Word, folded, may_be_noun, phrase_end, stems, title_words, usable, words
from retrieval.records import Product

VERSION = "silver-v1"
MOST_RIGHT = 10
"""A query that more products fit is not kept: nobody could call one ranking of them right."""
RAREST = 6
LEAST_TRUST = 0.2
"""A category names its products only where one of its words stands in this share of their titles."""
LEAST_OF_A_COLOUR = 3
Type = Literal["title", "kind", "constraint"]
TYPES: tuple[Type, ...] = ("title", "kind", "constraint")
T = TypeVar("T")

_NO_BRAND = frozenset(
    {"", "no brand", "nobrand", "no-brand", "none", "n/a", "na", "generic", "not specified", "unbranded", "null", "-"}
)
_NO_COLOUR = frozenset(
    "assorted any as clear color colour default design mixed multi multicolor multicolored multicolour not "
    "other picture random shown size specified".split()
)
_SIZE = regex.compile(r"\d{2}|x{0,4}[sl]|m|[2-6]xl")
_ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_MONEY = {"BDT": " tk", "INR": " rupees", "PKR": " rupees", "USD": " dollars", "EUR": " euro", "GBP": " pounds"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A query before judging and splitting; `plain` is its text without the bound, as the bound is kept in `wanted`."""

    type: Type
    text: str
    plain: str
    wanted: Wanted


class Recipe:
    """Draws queries for the products of one catalogue."""

    def __init__(self, products: Sequence[Product], seed: int) -> None:
        self._seed = seed
        self.index = FitIndex(products)
        self._nouns = Counter(end for product in products if (end := phrase_end(product.title)) is not None)
        self._category_words = _trusted(products)
        self._colours = Counter(colour for p in products for colour in {folded(c).strip() for c in p.colors})

    def drafts(self, position: int, types: Sequence[Type] = TYPES) -> Iterator[Draft | None]:
        """Yield a product's query of each type, None where none can be made."""
        product = self.index.products[position]
        found = title_words(product.title)
        # Identical listings draw alike, so that they give one query and not one each.
        key = f"{self._seed}\x1f{' '.join(folded(product.title).split())}\x1f{folded(product.brand or '')}"
        noun = self._noun(product, found)
        for type_ in types:
            if noun is None:
                yield None
            elif type_ == "title":
                yield self._title(found, noun, key)
            elif type_ == "kind":
                yield self._kind(product, found, noun, key)
            else:
                yield self._constraint(product, found, noun, key)

    def _noun(self, product: Product, found: Sequence[Word]) -> Word | None:
        """Return what a title names: the last word of its category's name, else the likeliest noun, else any word.

        The likeliest noun is the word at which most titles of the catalogue end their first phrase, weighed by the
        share of its titles that do so.
        """
        called = words(product.category or "")[-1:]
        if called and called[0] in self._category_words.get(product.category or "", ()):
            for word in words(product.title):
                if word.stem == called[0].stem and may_be_noun(word):
                    return word
        nouns = [word for word in found if may_be_noun(word)] or found
        ends = phrase_end(product.title)
        return max(nouns, key=lambda word: (self._ending(word.stem), word.stem == ends, word.stem), default=None)

    def _ending(self, stem: str) -> float:
        return self._nouns[stem] ** 2 / max(1, self.index.frequency[stem])

    def _title(self, found: Sequence[Word], noun: Word, key: str) -> Draft | None:
        """Return the noun with one to three of the rarest words of the title, more where too many products fit."""
        others = sorted((w for w in found if w.stem != noun.stem), key=lambda w: (self.index.frequency[w.stem], w.stem))
        drawn = _drawn(others[:RAREST], f"{key}\x1ftitle", lambda word: word.stem)
        least = min(len(drawn), 1 + _number(f"{key}\x1flength", 3))
        for count in range(least, len(drawn) + 1):
            draft = _draft("title", _in_order(found, [noun, *drawn[:count]]))
            if self.index.few(draft.wanted, MOST_RIGHT):
                return draft
        return None

    def _kind(self, product: Product, found: Sequence[Word], noun: Word, key: str) -> Draft | None:
        """Return the brand, else words of the category, with the noun; with words of the title where too many fit."""
        front = self._front(product, found)
        for chosen in self._narrowed(found, noun, f"{key}\x1fkind"):
            shown = {word.stem for word in front}
            draft = _draft("kind", [*front, *(word for word in chosen if word.stem not in shown)])
            if self.index.few(draft.wanted, MOST_RIGHT):
                return draft
        return None

    def _front(self, product: Product, found: Sequence[Word]) -> list[Word]:
        brand = "" if folded(product.brand or "").strip() in _NO_BRAND else product.brand or ""
        named = words(brand)
        if 1 <= len(named) <= 3:
            return list({word.stem: word for word in named}.values())
        have = {word.stem for word in found}
        return [word for word in self._category_words.get(product.category or "", ()) if word.stem not in have][:1]

    def _constraint(self, product: Product, found: Sequence[Word], noun: Word, key: str) -> Draft | None:
        """Return the noun, with words of the title where too many fit, under a bound that leaves some product out."""
        bounds = [*_price_bound(product), *_size_bounds(product), *self._colour_bounds(product)]
        for bound in _drawn(bounds, f"{key}\x1f{product.price}\x1fconstraint", lambda bound: bound.text):
            for chosen in self._narrowed(found, noun, f"{key}\x1f{bound.text}"):
                plain = [word for word in chosen if word.stem not in bound.words]
                if not plain:
                    continue
                draft = bound.on(plain)
                if self.index.few(draft.wanted, MOST_RIGHT) and self._leaves_out(plain, draft.wanted):
                    return draft
        return None

    def _leaves_out(self, plain: Sequence[Word], wanted: Wanted) -> bool:
        held = self.index.holding(word.stem for word in plain)
        return any(not (wanted.words <= self.index.words[p] and self.index.within(wanted, p)) for p in held)

    def _narrowed(self, found: Sequence[Word], noun: Word, key: str) -> Iterator[list[Word]]:
        """Yield the noun alone, with each other word of the title, and with each two, in title order."""
        others = _drawn([word for word in found if word.stem != noun.stem], key, lambda word: word.stem)
        more = chain([()], ((word,) for word in others), combinations(others[:RAREST], 2))
        for extra in more:
            yield _in_order(found, [noun, *extra])

    def _colour_bounds(self, product: Product) -> Iterator[_Bound]:
        for colour in dict.fromkeys(folded(colour).strip() for colour in product.colors):
            named = words(colour)
            clean = all(len(w.surface) >= 3 and w.surface.isalpha() and w.surface not in _NO_COLOUR for w in named)
            if 1 <= len(named) <= 2 and clean and self._colours[colour] >= LEAST_OF_A_COLOUR:
                yield _Bound(" ".join(w.surface for w in named), tuple(named))


@dataclass(frozen=True, slots=True)
class _Bound:
    """A light constraint and how it is said; a colour is said in words that stand in front."""

    text: str
    colour: tuple[Word, ...] = ()
    max_price: float | None = None
    currency: str | None = None
    size: str | None = None

    @property
    def words(self) -> frozenset[str]:
        return frozenset(word.stem for word in self.colour)

    def on(self, plain: Sequence[Word]) -> Draft:
        """Return the query for these words under this bound."""
        said = " ".join(word.surface for word in (*self.colour, *plain))
        wanted = Wanted(stems([said]), self.max_price, self.currency, self.size)
        return Draft("constraint", said if self.colour else f"{said} {self.text}", said, wanted)


def _in_order(found: Sequence[Word], chosen: Sequence[Word]) -> list[Word]:
    """Return the chosen words as they follow in the title; a noun from behind its first part comes last."""
    place = {word.stem: number for number, word in enumerate(found)}
    return sorted(chosen, key=lambda word: place.get(word.stem, len(place)))


def _draft(type_: Type, chosen: Sequence[Word]) -> Draft:
    text = " ".join(word.surface for word in chosen)
    return Draft(type_, text, text, Wanted(stems([text])))


def _price_bound(product: Product) -> Iterator[_Bound]:
    if product.price is not None and product.price > 0:
        limit = round_up(product.price)
        said = f"{limit:.0f}" if limit == int(limit) else f"{limit:.2f}"
        bound = f"under {said}{_MONEY.get(product.currency or '', '')}"
        yield _Bound(bound, max_price=limit, currency=product.currency)


def _size_bounds(product: Product) -> Iterator[_Bound]:
    for size in sorted(size_keys(product)):
        if _SIZE.fullmatch(size):
            yield _Bound(f"size {size}", size=size)


def round_up(price: float) -> float:
    """Return the least of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is not below a price above 0."""
    exponent = len(str(int(price))) - 1 if price >= 1 else -2
    while True:
        for digit in _ROUND:
            limit = round(digit * 10.0**exponent, 6)
            if limit >= price:
                return limit
        exponent += 1


def _trusted(products: Iterable[Product]) -> dict[str, tuple[Word, ...]]:
    """Return the words of each category that enough of its titles hold: what it is called, not where it was put."""
    titles: dict[str, list[frozenset[str]]] = defaultdict(list)
    for product in products:
        if product.category:
            titles[product.category].append(stems([product.title]))
    return {
        category: tuple(
            word
            for word in words(category)
            if usable(word) and sum(word.stem in title for title in held) >= LEAST_TRUST * len(held)
        )
        for category, held in titles.items()
    }


def _number(key: str, count: int) -> int:
    """Return a number below `count` that follows from the key, on every machine and version of Python."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") % count


def _drawn(values: Iterable[T], key: str, name: Callable[[T], str]) -> list[T]:
    """Return the values, told apart by their names, in an order that follows from the key."""
    return sorted(values, key=lambda value: (_number(f"{key}\x1f{name(value)}", 1 << 63), name(value)))
