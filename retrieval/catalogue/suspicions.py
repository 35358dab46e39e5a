"""What looks wrong in a catalogue: prices, brands, and text that is spam or markup."""

from __future__ import annotations

import math
import re
import statistics
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from retrieval.records import Product
from retrieval.text import fold, once

OUTLIER_LEAST = 12
OUTLIER_DEVIATIONS = 4.0
OUTLIER_TIMES = 8.0
OUTLIER_COMPANY = 2
NO_BRAND = frozenset({"", "no brand", "nobrand", "none", "n/a", "na", "generic", "unbranded", "not specified", "-"})
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_FOREIGN = frozenset({"for", "compatible", "fits", "fit", "like", "replacement", "with", "to", "vs", "style"})
_TAG = re.compile(
    r"【[^】]{0,60}】|[\[({*#<]\s*(?:new|hot|sale|hot sale|best seller|best deal|offer|flash sale|ready stock|limited)"
    r"(?:\s+(?:arrival|offer|item|deal|price|product)s?)?\s*[!]*\s*[\])}*#>]|[🔥💥⚡]|!!+",
    re.IGNORECASE,
)
_HASHTAG = re.compile(r"(?<![\w&/])#(?=[^\W\d])\w{2,}")
_MARKUP = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|i|img|li|ol|p|script|span|strong|style|table|tbody|td|tr|u|ul)\b[^<>]{0,2000}/?>"
    r"|&(?:nbsp|amp|lt|gt|quot|#\d{2,5});|<!--|\{\s*(?:[a-z-]{2,30}\s*:\s*[^{};]{1,200};\s*)+\}",
    re.IGNORECASE,
)
_PART = re.compile(r"\s[-–—|/]+|[-–—|/]+\s|\s*[|,;।]\s*")
_COMMON = frozenset({"for", "and", "the", "with", "piece", "pcs", "inch"})
_SENTENCE = re.compile(r"[^.!?।\n]{40,}")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may be wrong: what kind of thing, the products it is about, and a sentence."""

    kind: str
    product_ids: tuple[str, ...]
    message: str


def prices(products: Sequence[Product]) -> Iterator[Finding]:
    """Yield prices of zero, ranges and discounts that are upside down, and outliers within a category.

    An outlier's logarithm lies four robust deviations (1.4826 times the median absolute deviation) from its category's
    median, the price a factor of eight, and at most two other prices within a factor of two of it: a category may hold
    several kinds of things. Categories of fewer than twelve prices in a currency are not judged.
    """
    groups: dict[tuple[str, str], list[tuple[float, Product]]] = defaultdict(list)
    for product in products:
        price, most, before = product.price, product.price_max, product.original_price
        if price is None:
            continue
        if price == 0:
            yield Finding("price-zero", (product.product_id,), f"{short_title(product)} costs nothing.")
        elif product.category:
            groups[fold(product.category), product.currency or ""].append((price, product))
        if most is not None and most < price:
            message = f"{short_title(product)} costs {_amount(price)} at least but only {_amount(most)} at most."
            yield Finding("price-range", (product.product_id,), message)
        if before is not None and before < price:
            message = (
                f"{short_title(product)} costs {_amount(price)} now, more than the {_amount(before)} it cost before."
            )
            yield Finding("price-original", (product.product_id,), message)
    for group in groups.values():
        yield from _outliers(group)


def _outliers(group: Sequence[tuple[float, Product]]) -> Iterator[Finding]:
    if len(group) < OUTLIER_LEAST:
        return
    logs = [math.log(price) for price, _ in group]
    middle = statistics.median(logs)
    deviation = 1.4826 * statistics.median([abs(value - middle) for value in logs])
    limit = max(OUTLIER_DEVIATIONS * deviation, math.log(OUTLIER_TIMES))
    usual, ordered = math.exp(middle), sorted(logs)
    for value, (price, product) in zip(logs, group, strict=True):
        if abs(value - middle) <= limit:
            continue
        company = bisect_right(ordered, value + math.log(2)) - bisect_left(ordered, value - math.log(2)) - 1
        if company <= OUTLIER_COMPANY:
            times = math.exp(abs(value - middle))
            how = "more" if value > middle else "less"
            message = (
                f"{short_title(product)} costs {_amount(price)}, {times:,.0f} times {how} than the usual "
                f"{_amount(usual)} of {product.category!r}."
            )
            yield Finding("price-outlier", (product.product_id,), message)


def brands(products: Sequence[Product]) -> Iterator[Finding]:
    """Yield products whose title names a brand of the catalogue while their own brand is none or another, by brand.

    A word counts as a brand where a fair share of the titles that hold it are of that brand; `for Samsung` names what a
    product is for, and counts as nothing.
    """
    known = _known_brands(products)
    missing: dict[str, list[Product]] = defaultdict(list)
    other: dict[tuple[str, str], list[Product]] = defaultdict(list)
    for product in products:
        named = _brands_in(product.title, known)
        own = _brand(product)
        if not named or own in named:
            continue
        if own in NO_BRAND:
            missing[named[0]].append(product)
        elif not _says(product.title, own) and not any(own in brand or brand in own for brand in named):
            other[named[0], own].append(product)
    for brand, found in missing.items():
        ids = tuple(product.product_id for product in found)
        example = next((p for p in found if fold(p.title).startswith(brand)), found[0])
        message = f"{known[brand]} stands in the title of {_many(found)} without a brand, e.g. {short_title(example)}."
        yield Finding("brand-missing", ids, message)
    for (brand, _), found in other.items():
        ids = tuple(product.product_id for product in found)
        message = (
            f"{known[brand]} stands in the title of {_many(found)} of the brand {found[0].brand!r}, whose name does "
            f"not: {short_title(found[0])}."
        )
        yield Finding("brand-other", ids, message)


def _brand(product: Product) -> str:
    return " ".join(fold(product.brand or "").split())


def _known_brands(products: Sequence[Product]) -> dict[str, str]:
    """Return folded -> written name of the brands that their own titles confirm."""
    written: dict[str, str] = {}
    of_brand: Counter[str] = Counter()
    for product in products:
        own = _brand(product)
        if own not in NO_BRAND and len(own) >= 2 and not own.isdigit():
            written.setdefault(own, (product.brand or "").strip())
            of_brand[own] += _says(product.title, own)
    held: Counter[str] = Counter()
    for product in products:
        held.update(set(_brands_in(product.title, written)))
    return {b: name for b, name in written.items() if of_brand[b] >= 2 and of_brand[b] >= 0.3 * held[b]}


def _brands_in(title: str, known: Mapping[str, str]) -> list[str]:
    """Return the known brands that a title names, from its start, but not behind a word such as `for`."""
    found = _WORD.findall(fold(title))
    named = []
    for start in range(len(found)):
        for size in (3, 2, 1):
            phrase = " ".join(found[start : start + size])
            if phrase in known and not set(found[max(0, start - 3) : start]) & _FOREIGN:
                named.append(phrase)
    return named


def _says(title: str, brand: str) -> bool:
    return f" {' '.join(_WORD.findall(brand))} " in f" {' '.join(_WORD.findall(fold(title)))} "


def texts(products: Sequence[Product]) -> Iterator[Finding]:
    """Yield titles with shouting tags, repeated keywords or hashtags, and descriptions with markup or repeats."""
    for product in products:
        for kind, message in _about_text(product):
            yield Finding(kind, (product.product_id,), f"{short_title(product)} {message}")


def _about_text(product: Product) -> Iterator[tuple[str, str]]:
    title, text = product.title, product.description
    tag = _TAG.search(title)
    if tag:
        yield "spam-tag", f"has {tag[0]!r} in its title."
    word, times = _repeated_word(title)
    if word:
        yield "keyword-tail", f"says {word!r} {times} times in its title."
    tags = _HASHTAG.findall(f"{title}\n{text}")
    if len(tags) >= 3:
        yield "hashtags", f"has {len(tags)} hashtags, from {tags[0]!r} on."
    for written in (title, text):
        if markup := _MARKUP.search(written):
            around = " ".join(written[max(0, markup.start() - 20) : markup.end() + 20].split())
            yield "markup", f"has markup in its text: {around[:80]!r}."
            break
    if len(once(text)) < 0.75 * len(text.strip()):
        yield "repeated-text", "has a description that is one text repeated."
    else:
        sentence, times = _repeated_sentence(text)
        if times >= 3:
            yield "repeated-text", f"says {sentence[:60]!r} {times} times in its description."


def _repeated_word(title: str) -> tuple[str, int]:
    """Return a word that stands in three parts of a title or more, or four times in all, and how often; else "", 0.

    Parts are what dashes, bars, slashes and commas separate; a plural is its singular.
    """
    parts = [[_singular(word) for word in _WORD.findall(part)] for part in _PART.split(fold(title))]
    total = Counter(word for part in parts for word in part if word not in _COMMON and len(word) > 2 and word.isalpha())
    spread = Counter(word for part in parts for word in set(part))
    for word, times in total.most_common():
        if times >= 4 or (times >= 3 and spread[word] >= 3):
            return word, times
    return "", 0


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 and not word.endswith("ss") else word


def _repeated_sentence(text: str) -> tuple[str, int]:
    counts = Counter(" ".join(sentence.split()) for sentence in _SENTENCE.findall(text))
    return counts.most_common(1)[0] if counts else ("", 0)


def short_title(product: Product) -> str:
    """Return a product's title on one line, cut at 78 characters."""
    title = " ".join(product.title.split())
    return f"{title[:77]}…" if len(title) > 78 else title


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 1000 else f"{value:,.2f}"


def _many(products: Sequence[Product]) -> str:
    return "1 product" if len(products) == 1 else f"{len(products):,} products"
