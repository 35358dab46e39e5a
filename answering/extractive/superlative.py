"""Who is the cheapest, best rated, most sold ... of a set, and out of how many."""

from __future__ import annotations

from answering.extractive.phrases import PLAIN, cited, clauses, count, discount, items, joined, title, value
from answering.extractive.scope import scope
from answering.records import Evidence, Extreme
from retrieval.records import Product

WORDS = {
    ("price", False): "cheapest",
    ("price", True): "most expensive",
    ("rating", True): "best rated",
    ("rating", False): "lowest rated",
    ("rating_count", True): "most rated",
    ("rating_count", False): "least rated",
    ("sales", True): "best selling",
    ("sales", False): "least sold",
    ("discount", True): "most reduced",
    ("discount", False): "least reduced",
}


def named(extreme: Extreme) -> str:
    """Return what a product is called that is an extreme: `cheapest`; by its field where it has no word of its own."""
    word = WORDS.get((extreme.field, extreme.most))
    return word or f"{'highest' if extreme.most else 'lowest'} in {extreme.field}"


def write(evidence: Evidence, extreme: Extreme) -> str:
    """Return the winners in Markdown: all that share the first place, or as many as were asked for."""
    question, cards = evidence.question, evidence.cards
    word = named(extreme)
    considered = evidence.considered or tuple(card.product for card in cards)
    among = f"{count(len(considered), 'product')}{scope(question, cards)}"
    fields = dict.fromkeys([extreme.field, *PLAIN, *question.wants])
    if extreme.count > 1:
        shown = cards[: extreme.count]
        listed = items(shown, fields)
        return f"The {len(shown)} {word} of {among} {cited(shown)}:\n\n{listed}"
    best = _measure(cards[0].product, extreme.field)
    shown = tuple(card for card in cards if _measure(card.product, extreme.field) == best)
    if len(shown) == 1:
        first = shown[0]
        facts = joined(clauses(first.product, fields))
        return f"{title(first)} is the {word} of {among} [{first.n}]. It {facts} [{first.n}]."
    more = sum(_measure(product, extreme.field) == best for product in considered) - len(shown)
    more -= sum(len(card.same) for card in shown)
    place = "among the" if more > 0 else "the"
    listed = items(shown, fields)
    stated = value(cards[0].product, extreme.field) if extreme.field not in ("rating", "rating_count") else None
    alike = f", all at {stated}" if stated and extreme.field == "price" else ""
    return f"These are {place} {word} of {among}{alike} {cited(shown)}:\n\n{listed}"


def _measure(product: Product, field: str) -> float | None:
    """Return what a superlative compares; a product that nobody rated has no rating."""
    found = discount(product) if field == "discount" else getattr(product, field, None)
    return float(found) if isinstance(found, int | float) else None
