"""A product's facts in words: as clauses of a sentence, as cells of a table, as lines of a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from answering.defuse import inline
from answering.records import Card
from retrieval.money import amount
from retrieval.records import Product

TITLE = 120
"""Characters of a title in a sentence or list."""
VALUE = 80
VALUES = 12
"""Values of a list field that are named; some products have hundreds."""
QUOTE = 220
"""Characters that are quoted of a description."""
PLAIN = ("price", "rating")
"""What is said of every product."""
LABELS = {
    "price": "Price",
    "original_price": "Price before",
    "discount": "Discount",
    "rating": "Rating",
    "rating_count": "Ratings",
    "sales": "Sold",
    "brand": "Brand",
    "category": "Category",
    "colors": "Colours",
    "sizes": "Sizes",
    "seller": "Seller",
    "sku": "SKU",
    "url": "Page",
    "description": "Description",
}
_CLAIMS = re.compile(r"[.!?।]\s|[৳$€£₹¥]|\d/5")
_QUOTES = str.maketrans("“”", "''")
_END = re.compile(r"[.!?।]\s+|[\r\n•]+\s*")


def joined(parts: Sequence[str], by: str = "and") -> str:
    """Return `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {by} {parts[-1]}" if parts else ""


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 product`, `2,000 products`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def score(rating: float) -> str:
    """Return a rating on its scale: `4.5/5`, with as many decimals as it has, one at least."""
    return f"{rating:.1f}/5" if round(rating, 1) == rating else f"{rating:g}/5"


def cited(cards: Iterable[Card]) -> str:
    """Return the citations of cards: `[1][2]`."""
    return "".join(f"[{card.n}]" for card in cards)


def title(card: Card, limit: int = TITLE) -> str:
    """Return a product's title in bold; where nothing of it can be shown, its id stands in."""
    shown = inline(card.product.title, limit) or inline(card.product.product_id, limit)
    return f"**{shown}**" if shown else "This product"


def label(field: str) -> str:
    """Return what a field is called before its value."""
    return LABELS.get(field) or inline(field, VALUE)


def name(field: str) -> str:
    """Return what a field is called within a sentence; a key of a product's attributes as it stands."""
    if field in LABELS:
        return LABELS[field] if field == "sku" else LABELS[field].lower()
    return inline(field, VALUE) or "other details"


def price(product: Product) -> str | None:
    """Return the price or the range of prices, None where none is stated."""
    if product.price is None:
        return None
    low = amount(product.price, product.currency)
    wide = product.price_max is not None and product.price_max > product.price
    return f"{low} to {amount(product.price_max or 0.0, product.currency)}" if wide else low


def rating(product: Product) -> str:
    """Return `4.5/5 (31 ratings)`, or that nobody has rated it."""
    if product.rating is None:
        return "not rated yet"
    number = product.rating_count
    return score(product.rating) + (f" ({count(number, 'rating')})" if number is not None else "")


def value(product: Product, field: str) -> str | None:
    """Return a field's value in words; None where the catalogue is silent."""
    known = _VALUES.get(field)
    if known is not None:
        return known(product)
    wanted = field.casefold()
    for key, stated in product.attributes.items():
        if key.casefold() == wanted:
            return _listed((stated,) if isinstance(stated, str) else stated)
    return None


def clause(product: Product, field: str) -> str | None:
    """Return a fact as what follows `it`: `costs ৳450`; None where the catalogue is silent."""
    stated = value(product, field)
    if stated is None:
        return None
    if field in ("rating", "rating_count") and product.rating is None:
        return "is not rated yet"
    if field == "rating_count":
        return f"has {count(product.rating_count or 0, 'rating')}"
    if field in ("colors", "sizes"):
        several = len(product.colors if field == "colors" else product.sizes) > 1
        one = "colour" if field == "colors" else "size"
        return f"is listed in the {one}{'s' if several else ''} {stated}"
    return _CLAUSES[field].format(stated) if field in _CLAUSES else f"gives its {label(field)} as {stated}"


def clauses(product: Product, fields: Iterable[str]) -> list[str]:
    """Return the facts that are known of some fields as clauses, each once."""
    asked = list(dict.fromkeys(fields))
    if "rating" in asked and "rating_count" in asked:
        asked.remove("rating_count")
    return list(dict.fromkeys(fact for field in asked if (fact := clause(product, field)) is not None))


def plainly(cards: Iterable[Card]) -> tuple[str, ...]:
    """Return what is said of every product: of price and rating what any has, for some catalogues hold none at all."""
    shown = tuple(cards)
    return tuple(field for field in PLAIN if any(stated(card.product, field) for card in shown))


def items(cards: Sequence[Card], fields: Iterable[str] = (), *, among: Iterable[Card] = ()) -> str:
    """Return products as a list in Markdown: title, price, rating, and the fields that were asked for.

    A price or a rating that no product of the list nor of those `among` which it stands has is left out.
    """
    asked, plain = tuple(dict.fromkeys(fields)), plainly((*cards, *among))
    return "\n".join(_item(card, plain, asked) for card in cards)


def stated(product: Product, field: str) -> bool:
    """Return whether the catalogue says something of a field; that nobody has rated a product is nothing."""
    return product.rating is not None if field == "rating" else value(product, field) is not None


def _item(card: Card, plain: Sequence[str], asked: Sequence[str]) -> str:
    product = card.product
    rated = rating(product)
    facts = [price(product) or "price not stated"] if "price" in plain else []
    if "rating" in plain:
        facts.append(rated if product.rating is None else f"rated {rated}")
    for field in asked:
        told = None if field in ("price", "rating", "rating_count", "description") else value(product, field)
        if told is not None:
            facts.append(f"{label(field)}: {told}")
    return f"- {title(card)}{' – ' if facts else ''}{', '.join(facts)} [{card.n}]"


def holding(product: Product, words: str) -> tuple[str, ...]:
    """Return the fields whose value has some words in it, the most telling first."""
    pattern = re.compile(rf"(?<!\w){re.escape(words.strip())}(?!\w)", re.IGNORECASE)
    fields = ("sizes", "colors", "brand", "seller", "category", *product.attributes)
    return tuple(field for field in fields if words.strip() and pattern.search(value(product, field) or ""))


def quote(card: Card, words: str = "") -> str:
    """Return the passage or description from the sentence on that has the words, as far as it fits; "" for none."""
    for text in (card.passage, card.product.description):
        if not words and text.strip():
            return inline(text[: 4 * QUOTE], QUOTE)
        found = re.search(rf"\b{re.escape(words)}", text, re.IGNORECASE) if words else None
        if found is not None:
            starts = [0, *(end.end() for end in _END.finditer(text, 0, found.start()))]
            # Descriptions without full stops are one sentence: what is asked for may stand far behind its start.
            start = starts[-1] if found.end() - starts[-1] <= QUOTE else found.start()
            return inline(text[start : start + 4 * QUOTE], QUOTE)
    return ""


def _listed(values: Iterable[str]) -> str | None:
    """Return values that have a letter or a digit; some catalogues fill empty fields with dots."""
    telling = [one for one in values if any(char.isalnum() for char in one)]
    more = len(telling) - VALUES
    return (", ".join(map(_own, telling[:VALUES])) + (f" and {more} more" if more > 0 else "")) or None


def _text(stated: str | None) -> str | None:
    return _own(stated) if stated and stated.strip() else None


def _own(stated: str) -> str:
    """Return a seller's words, in “ ” where they are sentences or prices, which must not pass for the answer's own."""
    # A full stop after a value would end the sentence that it stands in.
    shown = inline(stated, VALUE).rstrip(" .,;:!?।") or inline(stated, VALUE)
    return f"“{shown.translate(_QUOTES)}”" if _CLAIMS.search(shown) else shown


def _before(product: Product) -> str | None:
    return None if product.original_price is None else amount(product.original_price, product.currency)


def discount(product: Product) -> float | None:
    """Return by how many percent a product is reduced: as stated, else from the price before; None where it is not."""
    if product.discount is not None:
        return product.discount
    before, now = product.original_price, product.price
    return None if now is None or before is None or before <= now else float(round(100 * (1 - now / before)))


def _discount(product: Product) -> str | None:
    off = discount(product)
    return None if off is None else f"{off:g}%"


def _ratings(product: Product) -> str | None:
    if product.rating is None:
        return "not rated yet"
    return None if product.rating_count is None else f"{product.rating_count:,}"


_VALUES: dict[str, Callable[[Product], str | None]] = {
    "price": price,
    "original_price": _before,
    "discount": _discount,
    "rating": rating,
    "rating_count": _ratings,
    "sales": lambda product: None if product.sales is None else f"{product.sales:,}",
    "brand": lambda product: _text(product.brand),
    "category": lambda product: _text(product.category),
    "colors": lambda product: _listed(product.colors),
    "sizes": lambda product: _listed(product.sizes),
    "seller": lambda product: _text(product.seller),
    "sku": lambda product: _text(product.sku),
    "url": lambda product: "linked in the sources" if product.url else None,
}
_CLAUSES = {
    "price": "costs {}",
    "original_price": "cost {} before",
    "discount": "is {} off",
    "rating": "is rated {}",
    "sales": "has been sold {} times",
    "brand": "is listed under the brand {}",
    "category": "is in the category {}",
    "seller": "is sold by {}",
    "sku": "has the SKU {}",
    "url": "has a page of its own, {}",
}
