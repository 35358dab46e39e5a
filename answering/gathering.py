"""Searches that a question needs: the products that fit best, all that satisfy it, and what they took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from answering.fitting import field_texts, has, within
from answering.protocols import Catalogue
from answering.records import Extreme, Need
from answering.words import GENERIC, stem, stems, telling
from retrieval.outcome import Ask
from retrieval.query.vocabulary import split
from retrieval.records import Degraded, Filters, Hit, Mode, Product, SearchResult

PAGE = 1000
_READ_WHOLE = 300
MOST_CONSIDERED = 20_000
"""Of products that a superlative or a count is made over; more are named as left out."""


@dataclass(slots=True)
class Searches:
    """The searches of one question: what they found missing and how long they took."""

    catalogue: Catalogue
    mode: Mode | None
    spent_ms: float = 0.0
    degraded: list[Degraded] = field(default_factory=list)
    build: str = ""

    def ask(self, ask: Ask) -> SearchResult:
        """Search, and remember what was missing and the time."""
        began = time.perf_counter()
        result = self.catalogue.answer(ask)
        self.spent_ms += (time.perf_counter() - began) * 1000
        self.degraded += [part for part in result.degraded if part not in self.degraded]
        self.build = result.build
        return result

    def words(self, text: str, count: int = 20) -> SearchResult:
        """Search by words alone, for what a text names, whatever bounds it states; identical listings are told once."""
        ask = Ask(text, mode="bm25", top_k=count, collapse=True, cutoff=False, rules=False)
        result = self.ask(ask)
        bounds = tuple(part["key"] for part in result.understood.get("parts", ()) if part["exact"])
        return self.ask(replace(ask, dropped=bounds)) if bounds else result

    def named(self, text: str, filters: Filters, count: int) -> SearchResult:
        """Search by words within filters, whatever lies behind the first."""
        return self.ask(Ask(text, mode="bm25", top_k=count, filters=filters, collapse=True, cutoff=False, rules=False))

    def best(self, text: str, filters: Filters, count: int) -> SearchResult:
        """Search as a shopper would, by what is best there."""
        sort = "relevance" if text else "rating"
        return self.ask(Ask(text, mode=self.mode, top_k=count, filters=filters, sort=sort, collapse=True))  # type: ignore[arg-type]

    def number(self, filters: Filters, count: int) -> SearchResult:
        """Return how many products satisfy filters, with the best rated of them."""
        ask = Ask(
            "", mode="bm25", top_k=count, filters=filters, sort="rating", understand=False, cutoff=False, rules=False
        )
        return self.ask(ask)

    def rarest(self, subject: str, filters: Filters) -> str:
        """Return the telling word of a subject that the fewest products hold; what holds all of them holds it too."""
        said = [word for word in telling(subject) if word not in GENERIC]
        if len(said) < 2:
            return " ".join(said)
        counted = []
        for word in said:
            ask = Ask(
                word, mode="bm25", top_k=1, filters=filters, understand=False, cutoff=False, rules=False, passages=False
            )
            counted.append((self.ask(ask).total, word))
        return min(counted)[1]

    def all(self, text: str, filters: Filters) -> tuple[Product, ...]:
        """Return every product that satisfies filters and holds a word of a text, by rising price."""
        found: list[Product] = []
        page = 1
        while True:
            result = self.ask(
                Ask(
                    text,
                    mode="bm25",
                    top_k=PAGE,
                    page=page,
                    filters=filters,
                    sort="price_asc",
                    understand=False,
                    cutoff=False,
                    rules=False,
                    passages=False,
                )
            )
            found += [hit.product for hit in result.hits]
            if page * PAGE >= result.total:
                return tuple(found)
            if len(found) >= MOST_CONSIDERED:
                self.degraded.append(
                    Degraded(
                        "products considered",
                        f"{result.total:,} products meet the conditions",
                        f"the {len(found):,} cheapest of them",
                    )
                )
                return tuple(found)
            page += 1


def holding(products: Sequence[Product], subject: str) -> tuple[Product, ...]:
    """Return the products whose titles hold every telling word of a subject; where none does, those that hold them
    anywhere."""
    wanted = {stem(word) for word in telling(subject) if word not in GENERIC}
    if not wanted:
        return tuple(products)
    titled = tuple(product for product in products if wanted <= stems(product.title) | _brand(product))
    if titled:
        return titled
    fielded = tuple(p for p in products if wanted <= stems(" ".join([p.title, *field_texts(p)])))
    if fielded or len(products) > _READ_WHOLE:
        return fielded
    return tuple(product for product in products if has(product, Need("text", " ".join(sorted(wanted)))))


def _brand(product: Product) -> frozenset[str]:
    return stems(product.brand) if product.brand else frozenset()


def satisfying(products: Sequence[Product], filters: Filters, needs: Sequence[Need]) -> tuple[Product, ...]:
    """Return the products that satisfy filters and every need."""
    return tuple(p for p in products if within(p, filters) and all(has(p, need) for need in needs))


def value_of(product: Product, name: str) -> float | None:
    """Return a number of a product, None where it is unknown; what nobody rated has no rating."""
    own = getattr(product, name, None)
    if name == "rating" and not product.rating_count and product.rating_count is not None:
        return None
    if name == "discount" and own is None and product.original_price and product.price is not None:
        return (
            round(100 * (1 - product.price / product.original_price), 2)
            if product.original_price > product.price
            else None
        )
    return float(own) if isinstance(own, int | float) else None


def ranked(products: Sequence[Product], extreme: Extreme, *, best: bool = False) -> tuple[list[Product], int]:
    """Return the products by what is asked for, those that tie for it first, and how many these are.

    Ties are ordered by falling number of ratings, then by id; with `best` a rating by more shoppers is better,
    not equal. Products whose value is unknown are left out.
    """
    known = [(value, product) for product in products if (value := value_of(product, extreme.field)) is not None]

    def count(product: Product) -> int:
        return product.rating_count or 0

    sign = -1 if extreme.most else 1
    known.sort(key=lambda pair: (sign * pair[0], -count(pair[1]), pair[1].product_id))
    if not known:
        return [], 0

    def key(pair: tuple[float, Product]) -> tuple[float, int]:
        return pair[0], count(pair[1]) if best else 0

    last = key(known[min(extreme.count, len(known)) - 1])
    winners = 0
    for place, pair in enumerate(known):
        if place < extreme.count or key(pair) == last:
            winners = place + 1
        else:
            break
    return [product for _, product in known], winners


def stated(filters: Filters) -> list[str]:
    """Return the names of the conditions that filters state."""
    bounds = ("min_price", "max_price", "min_rating", "min_rating_count")
    return [
        *(name for name in bounds if getattr(filters, name) is not None),
        *(name for name in ("brands", "categories") if getattr(filters, name)),
    ]


Judge = Callable[[Hit], bool]


def relevance(subject: str, result: SearchResult) -> Judge:
    """Return what tells whether a hit is the thing that a search's subject names, and not merely near it.

    A thing holds the last word of the subject or half of its words, in any spelling that the search knows; what meaning
    alone puts among the first counts where the subject describes rather than names.
    """
    wanted = {stem(word) for word in telling(subject) if word not in GENERIC}
    descriptive = result.understood.get("intent") == "descriptive"
    also = {
        stem(word) for one in result.understood.get("synonyms", ()) for other in one["also"] for word in split(other)
    }
    corrected = {stem(word) for one in result.understood.get("corrections", ()) for word in split(one["after"])}
    aside = {stem(word) for word in split(result.query)} - wanted
    last = next((stem(word) for word in reversed(telling(subject)) if word not in GENERIC), "")

    def judge(hit: Hit) -> bool:
        if not wanted or hit.named:
            return True
        own = (
            stems(hit.product.title)
            | _brand(hit.product)
            | (stems(hit.product.category) if hit.product.category else frozenset())
        )
        held = own & (wanted | also | corrected)
        if last in own or held & (also | corrected) or 2 * len(held) >= len(wanted):
            return True
        matched = {stem(term) for term in hit.matched_terms} - aside
        if descriptive:
            return hit.rank <= 10
        return 2 * len(matched & own) >= len(wanted)

    return judge
