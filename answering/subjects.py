"""Which products a phrase names: by their title whole, in part, or with a slip of the pen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from answering.fitting import field_texts
from answering.words import joined, stem, stems, telling, words
from retrieval.query.edits import distance
from retrieval.query.english import common
from retrieval.records import Product
from retrieval.text import fold

_NAME = 0.6
"""Of a title's words that a phrase must hold to be its name where several titles hold the phrase."""
_FEW = 3
"""So few titles may hold all words of a phrase of at least as many, for it to name them."""
_ALIKE = 0.65


@dataclass(frozen=True, slots=True)
class Fit:
    """How a phrase fits a product's name: `missing` words of the phrase that it lacks, `share` of the title said."""

    product: Product
    missing: tuple[str, ...]
    share: float
    whole: bool = False


@lru_cache(maxsize=4096)
def _title(title: str) -> tuple[tuple[str, ...], frozenset[str], str, int]:
    own = tuple(dict.fromkeys(words(title)))
    return own, stems(title), joined(title), len(telling(title) or own)


@lru_cache(maxsize=100_000)
def _near(word: str, other: str) -> bool:
    """Tell whether two words may be one with a slip of the pen in it."""
    if min(len(word), len(other)) < 4 or abs(len(word) - len(other)) > 2:
        return False
    if word[0] != other[0] and word[-3:] != other[-3:]:
        return False
    if len(set(word) ^ set(other)) > 4 or any(letter.isdigit() for letter in word + other):
        return False
    return distance(word, other) <= (1.0 if len(word) < 8 else 2.0)


def _holds(word: str, own: Sequence[str], own_stems: frozenset[str], one: str) -> str | None:
    """Return the word of a title that a word stands for, None where it holds none such."""
    if word in own:
        return word
    if stem(word) in own_stems:
        return next((other for other in own if stem(other) == stem(word)), word)
    if len(word) >= 5 and word in one:
        return word
    return next((other for other in own if _near(word, other)), None)


def fit(phrase: str, product: Product) -> Fit:
    """Return how a phrase fits a product's title; words may stand in its other fields, but for the description."""
    own, own_stems, one, size = _title(product.title)
    said = telling(phrase) or words(phrase)
    if joined(phrase) == one and one:
        return Fit(product, (), 1.0, whole=True)
    found: set[str] = set()
    missing: list[str] = []
    for word in said:
        held = _holds(word, own, own_stems, one)
        if held is None:
            missing.append(word)
        else:
            found.add(held)
    if missing:
        elsewhere = set(words(" ".join(field_texts(product))))
        missing = [word for word in missing if word not in elsewhere]
    return Fit(product, tuple(missing), min(1.0, len(found) / max(1, size)))


def resolve(phrase: str, products: Iterable[Product]) -> tuple[Product, ...]:
    """Return the products that a phrase names, the surest first; () where it names none, or only a sort of thing."""
    said = telling(phrase) or words(phrase)
    fits = [fit(phrase, product) for product in products]
    whole = [one.product for one in fits if one.whole]
    if whole:
        return tuple(whole)
    full = [one for one in fits if not one.missing]
    if not full and len(said) >= 5:
        full = [one for one in fits if len(one.missing) == 1 and _slip(one.missing[0]) and one.share >= _NAME - 0.1]
    if not full:
        return ()
    best = max(one.share for one in full)
    chosen = [one for one in full if one.share >= best - 0.12]
    if best >= _NAME and len(said) >= 2:
        return tuple(one.product for one in sorted(chosen, key=lambda one: -one.share))
    if len(said) >= _FEW and len(full) <= _FEW and best >= 0.25:
        return tuple(one.product for one in sorted(full, key=lambda one: -one.share))
    return ()


def _slip(word: str) -> bool:
    return not any(letter.isdigit() for letter in word) and len(word) >= 4 and not common(word)


def nearest(phrase: str, products: Iterable[Product]) -> Fit | None:
    """Return the best fit of a phrase among products, None where there are none."""
    fits = [fit(phrase, product) for product in products]
    return min(fits, key=lambda one: (len(one.missing), -one.share), default=None)


def likeness(phrase: str, products: Iterable[Product]) -> float:
    """Return how well the best of some products fits a phrase as a name, 0 to 1, for choosing where to cut a text."""
    best = 0.0
    said = len(telling(phrase) or words(phrase))
    for product in products:
        one = fit(phrase, product)
        if one.whole:
            return 1.0
        held = 1 - len(one.missing) / max(1, said)
        best = max(best, 0.6 * held**2 + 0.39 * one.share * held)
    return best


def alike(one: str, other: str) -> bool:
    """Tell whether one spelling is so near to another that it may be meant: most of their letters in one order."""
    return SequenceMatcher(None, fold(one), fold(other)).ratio() >= _ALIKE


def strange(phrase: str, products: Sequence[Product], known: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the words of a phrase that no product of some holds anywhere, in any spelling, and that are names.

    A name is no common English word, or is written with a capital within the phrase. `known` are words that the search
    made something of.
    """
    capital = _capitals(phrase)
    passing = set(known)
    left = [word for word in telling(phrase) if len(word) >= 3 and word not in passing and word.isascii()]
    left = [word for word in left if (word in capital or not common(word) or _model(word)) and not word.isdigit()]
    for product in products:
        if not left:
            break
        own, own_stems, one, _ = _title(product.title)
        everywhere = set(words(" ".join([*field_texts(product), product.description])))
        left = [word for word in left if _holds(word, own, own_stems, one) is None and word not in everywhere]
    return tuple(left)


def _model(word: str) -> bool:
    return any(letter.isdigit() for letter in word) and any(letter.isalpha() for letter in word)


def _capitals(phrase: str) -> set[str]:
    typed = phrase.split()
    return {word for one in typed if one[:1].isupper() for word in words(one)}
