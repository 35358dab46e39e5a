"""A comparison: who is cheaper and better rated, and a table with a row a product."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from answering.comparing import EVERYTHING
from answering.extractive.phrases import cited, joined, label, name, price, quote, rating, stated, title, value
from answering.records import Card, Evidence
from retrieval.records import Product

COLUMN = 80
_WHETHER = re.compile(r"\s*(?:is|are|does|do|was|did)\b", re.IGNORECASE)
_LESS = re.compile(r"\b(?:cheaper|less|lower|worse|fewer)\b", re.IGNORECASE)
_MORE = re.compile(r"\b(?:more|dearer|pricier|costlier|higher|better)\b", re.IGNORECASE)
UNKNOWN = "not stated"


def write(evidence: Evidence) -> str:
    """Return the comparison in Markdown."""
    wants, cards = evidence.question.wants, evidence.cards
    fields = list(dict.fromkeys(wants or EVERYTHING))
    if "rating" in fields and "rating_count" in fields:
        fields.remove("rating_count")
    silent = [field for field in fields if not any(stated(card.product, field) for card in cards)]
    if wants in ((), EVERYTHING):
        # Nobody asked for just these: columns of which nothing is known would only be noise.
        if len(silent) == len(fields):
            return "\n\n".join([_silent(cards, silent), *_described(cards)])
        fields, silent = [field for field in fields if field not in silent], []
    verdicts = " ".join(_verdicts(cards, fields))
    yes = _whether(evidence)
    if yes is not None and verdicts:
        verdicts = f"{'Yes' if yes else 'No'}: {verdicts}"
    parts = ([verdicts] if verdicts else []) + [_table(cards, fields)]
    silent = [field for field in silent if field != "rating"]
    return "\n\n".join([*parts, _silent(cards, silent)] if silent else parts)


def _silent(cards: Sequence[Card], fields: Sequence[str]) -> str:
    said = joined([name(field) for field in fields], "or")
    return f"The catalogue does not say the {said} of {'either' if len(cards) == 2 else 'any of them'} {cited(cards)}."


def _described(cards: Sequence[Card]) -> Iterator[str]:
    """Yield what the description says of each product that has one."""
    for card in cards:
        said = quote(card)
        if said:
            yield f"About {title(card, COLUMN)}: The description says: “{said}” [{card.n}]."


def _whether(evidence: Evidence) -> bool | None:
    """Return whether it is so, where two products are asked "is A cheaper than B?" or the like; None elsewhere."""
    question, cards = evidence.question, evidence.cards
    asked = question.text
    for subject in question.subjects:
        # "Better quality jeans" asks for nothing better.
        asked = asked.replace(subject, "")
    less, more = _LESS.search(asked), _MORE.search(asked)
    if len(cards) != 2 or len(question.wants) != 1 or not _WHETHER.match(asked) or bool(less) == bool(more):
        return None
    first, second = (getattr(card.product, question.wants[0], None) for card in cards)
    if not isinstance(first, int | float) or not isinstance(second, int | float):
        return None
    return first < second if less else first > second


def _table(cards: Sequence[Card], fields: Sequence[str]) -> str:
    lines = [f"| Product | {' | '.join(label(field) for field in fields)} |", "|---" * (len(fields) + 1) + "|"]
    for card in cards:
        cells = " | ".join(value(card.product, field) or UNKNOWN for field in fields)
        lines.append(f"| {title(card, COLUMN)} [{card.n}] | {cells} |")
    return "\n".join(lines)


def _verdicts(cards: Sequence[Card], fields: Sequence[str]) -> Iterator[str]:
    """Yield who is cheapest, best rated and most rated, where that is compared and one of them is."""
    if "price" in fields and len({card.product.currency for card in cards}) == 1:
        yield from _leader(cards, _minus_price, "cheaper", "cheapest", "cost the same", price)
    if "rating" in fields:
        yield from _unrated(cards)
        yield from _leader(cards, _rating, "better rated", "best rated", "are rated the same", rating)
    elif "rating_count" in fields:
        yield from _leader(cards, _ratings, "rated more often", "rated most often", "have as many ratings", rating)


def _unrated(cards: Sequence[Card]) -> Iterator[str]:
    """Yield of two products, one of which is rated, which one that is."""
    rated = [card for card in cards if card.product.rating is not None]
    if len(cards) == 2 and len(rated) == 1:
        (first,), second = rated, next(card for card in cards if card is not rated[0])
        ours, theirs = title(first, COLUMN), title(second, COLUMN)
        yield f"{ours} is rated {rating(first.product)} [{first.n}], while {theirs} is not rated yet [{second.n}]."


def _leader(
    cards: Sequence[Card],
    measure: Callable[[Product], float | None],
    of_two: str,
    of_more: str,
    alike: str,
    shown: Callable[[Product], str | None],
) -> Iterator[str]:
    """Yield the sentence about one measure, in which more is better; nothing where it is not known of every product."""
    measured = [(measured, card) for card in cards if (measured := measure(card.product)) is not None]
    if len(measured) < len(cards) or len(cards) < 2:
        return
    best = max(number for number, _ in measured)
    leading = [card for number, card in measured if number == best]
    if len(leading) == len(cards):
        same = {shown(card.product) for card in cards}
        value = f": {same.pop()}" if len(same) == 1 else ""
        yield f"{'Both' if len(cards) == 2 else 'All of them'} {alike}{value} {cited(cards)}."
    elif len(leading) == 1:
        first = leading[0]
        others = [card for card in cards if card is not first]
        against = ", ".join(str(shown(card.product)) for card in others)
        word = of_two if len(cards) == 2 else of_more
        yield f"{title(first, COLUMN)} is {word}: {shown(first.product)} against {against} {cited([first, *others])}."


def _minus_price(product: Product) -> float | None:
    return None if product.price is None else -product.price


def _rating(product: Product) -> float | None:
    return product.rating


def _ratings(product: Product) -> float | None:
    return None if product.rating_count is None else float(product.rating_count)
