"""What was said and shown before a follow-up question, and how products are named in a completed one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from answering import turns
from answering.records import Card, Evidence
from answering.restating import QUOTED, Stated, stated, thing
from answering.visible import visible
from answering.words import stems, telling
from retrieval.records import Product


@dataclass(frozen=True, slots=True)
class Followed:
    """A question completed with the one before: its new text, and in words what it was completed with."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Scene:
    """What was said and shown before."""

    before: Evidence
    asked: str
    demands: Stated
    thing: str
    brands: frozenset[str]

    @property
    def cards(self) -> tuple[Card, ...]:
        """Return the products that were shown."""
        return self.before.cards

    @property
    def about_one(self) -> bool:
        """Tell whether the question before was about one product."""
        aim = self.before.question.aim
        return bool(self.cards) and (aim == "about" or (aim == "available" and QUOTED.search(self.asked) is not None))


def scene_of(before: Evidence) -> Scene:
    """Return what was said and shown, read for following it up."""
    brands = {card.product.brand for card in before.cards if card.product.brand}
    if before.result is not None:
        brands |= {value.value for value in before.result.facets.get("brand", ())}
    known = frozenset(brand for brand in brands if brand and brand.casefold() not in ("no brand", "none"))
    asked = " ".join(visible(before.question.text).split())
    found = next(
        (part for part in (*before.question.subjects, before.question.search) if part and within(part, asked)), ""
    )
    return Scene(before, asked, stated(asked, known), found if telling(found) else thing(asked), known)


def within(part: str, text: str) -> bool:
    """Tell whether a text holds some words that demand nothing."""
    return not stated(part).parts and part.casefold() in text.casefold()


def own_words(text: str, scene: Scene) -> list[str]:
    """Return the words of a text that name something that was not spoken of before."""
    return [word for word in telling(text) if word not in turns.SOFT and not old(word, scene)]


def old(word: str, scene: Scene) -> bool:
    """Tell whether a word belongs to the thing that was spoken of."""
    return bool(stems(word) & stems(scene.thing))


def title(product: Product) -> str:
    """Return a product's title as it stands in a completed question."""
    return f"“{' '.join(visible(product.title).replace('“', '').replace('”', '').split())}”"


def titles(cards: Sequence[Card], last: str) -> str:
    """Return the titles of products, each once, the last one after `last`."""
    names = list(dict.fromkeys(title(card.product) for card in cards))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def numbers(cards: Sequence[Card]) -> str:
    """Return the numbers of products in words."""
    return ("product " if len(cards) == 1 else "products ") + ", ".join(str(card.n) for card in cards)


def side_by_side(cards: Sequence[Card], text: str = "Compare {}") -> Followed | None:
    """Return the question that sets products side by side, None where they are not two."""
    cards = tuple({card.n: card for card in cards}.values())[: turns.SIDE_BY_SIDE]
    if len({title(card.product) for card in cards}) < 2:
        return None
    last = "or" if text.endswith("?") else "and"
    return Followed(text.format(titles(cards, last)), f"{numbers(cards)} of the answer before")
