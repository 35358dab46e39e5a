"""Questions that a catalogue does not answer, most of them a near miss of one that it does."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.answer_shelf import CannotDrawError, Shelf, everything, stated

NOT_SOLD = (
    "concert tickets", "aquarium filters", "motorcycle engine oil", "cough syrup", "garden hoses", "violin strings",
    "car insurance", "fresh mangoes", "cat litter", "snowboards", "tennis rackets", "hearing aids", "horse saddles",
    "printer toner", "baby formula milk", "fishing rods", "life jackets", "lawn mowers", "postage stamps",
    "wedding invitations",
)  # fmt: skip
COLOURS = (
    "indigo", "fuchsia", "cyan", "crimson", "burgundy", "violet", "lavender", "teal", "coral", "ivory", "beige",
    "purple", "magenta", "orange", "khaki", "maroon",
)  # fmt: skip
FACTS = (
    "warranty",
    "country of origin",
    "voltage",
    "washing temperature",
    "thread count",
    "expiry date",
    "shipping weight",
)
NAMES = ("Zorvane", "Quillix", "Bramtek", "Ostrivo", "Kelvanta", "Murdexa", "Fenwollo", "Trisprek")
MODELS = ("XQ-7741", "Ultra 9000 Pro", "ZT88-K", "Neo 512 Max", "VR-3309")
VARIANTS = (
    "no colour", "no price", "no dearer", "no ratings", "no brand", "brand elsewhere", "no product", "no such colour",
    "no such size", "not told", "not sold", "no shopping",
)  # fmt: skip
SIZES = ("52", "54", "58", "60", "5XL", "6XL")


def unanswerable(shelf: Shelf) -> dict[str, Any]:
    """Ask for what is not there: a colour, price, brand, size, product or fact, or nothing that a shop sells."""
    variant = shelf.dice.choice(VARIANTS)
    return shelf.question(variant, {"refused": True}, **_PARTS[variant](shelf))


def _colour(shelf: Shelf) -> dict[str, object]:
    name, _ = shelf.category()
    missing = [colour for colour in COLOURS if not any(colour in text for text in shelf.texts[name])]
    return {"category": name, "colour": _one(shelf, missing)}


def _price(shelf: Shelf, most: bool) -> dict[str, object]:
    name, own = shelf.category()
    prices = [row["price"] for row in own if row["price"] is not None]
    if not prices:
        raise CannotDrawError
    price = round(max(prices) * 1.3 + 5) if most else int(min(prices) * 0.7)
    if price < 2:
        raise CannotDrawError
    return {"category": name, "price": shelf.money(price, own[0])}


def _ratings(shelf: Shelf) -> dict[str, object]:
    name, own = shelf.category()
    return {"category": name, "ratings": max(row["rating_count"] or 0 for row in own) * 2 + 50}


def _brand(shelf: Shelf) -> dict[str, object]:
    return {"category": shelf.category()[0], "name": _invented(shelf)}


def _elsewhere(shelf: Shelf) -> dict[str, object]:
    """Draw a category and a brand that stands in none of its products, but in another one's."""
    name, _ = shelf.category()
    brands = sorted({row["brand"] for row in shelf.rows if row["brand"] and row["brand"].lower() != "no brand"})
    text = "\n".join(shelf.texts[name])
    missing = [brand for brand in brands if len(brand) > 3 and not re.search(rf"\b{re.escape(brand.lower())}", text)]
    return {"category": name, "brand": _one(shelf, missing)}


def _product(shelf: Shelf) -> dict[str, object]:
    """Draw an invented product: an invented maker or model, with a noun that the catalogue has."""
    name, _ = shelf.category()
    model = _one(shelf, [model for model in MODELS if model.lower() not in shelf.all_text])
    return {"name": f"{_invented(shelf)} {model} {name}"}


def _its_colour(shelf: Shelf) -> dict[str, object]:
    row = shelf.product(lambda row: stated(row["colors"]))
    texts = " ".join(everything(twin) for twin in shelf.twins(row))
    return {"title": row["title"], "colour": _one(shelf, [colour for colour in COLOURS if colour not in texts])}


def _its_size(shelf: Shelf) -> dict[str, object]:
    row = shelf.product(lambda row: stated(row["sizes"]) and "One size" not in row["sizes"])
    texts = " ".join(everything(twin) for twin in shelf.twins(row))
    return {"title": row["title"], "size": _one(shelf, [size for size in SIZES if size.lower() not in texts])}


def _untold(shelf: Shelf) -> dict[str, object]:
    row = shelf.product()
    texts = " ".join(everything(twin) for twin in shelf.twins(row))
    missing = [fact for fact in FACTS if not any(word in texts for word in fact.split() if len(word) > 3)]
    return {"title": row["title"], "fact": _one(shelf, missing)}


def _thing(shelf: Shelf) -> dict[str, object]:
    """Draw a thing whose words do not all stand in any one product."""
    stems = {thing: [word.rstrip("s") for word in thing.split()] for thing in NOT_SOLD}
    texts = [text for own in shelf.texts.values() for text in own]
    return {"thing": _one(shelf, [thing for thing, own in stems.items() if not _together(own, texts)])}


def _together(words: list[str], texts: list[str]) -> bool:
    return any(all(word in text for word in words) for text in texts)


def _invented(shelf: Shelf) -> str:
    return _one(shelf, [name for name in NAMES if name.lower() not in shelf.all_text])


def _one(shelf: Shelf, choices: list[str]) -> str:
    if not choices:
        raise CannotDrawError
    return shelf.dice.choice(choices)


def _nonsense(shelf: Shelf) -> dict[str, object]:
    return {"nonsense": shelf.dice.choice(shelf.nonsense)}


_PARTS: dict[str, Callable[[Shelf], dict[str, object]]] = {
    "no colour": _colour,
    "no price": partial(_price, most=False),
    "no dearer": partial(_price, most=True),
    "no ratings": _ratings,
    "no brand": _brand,
    "brand elsewhere": _elsewhere,
    "no product": _product,
    "no such colour": _its_colour,
    "no such size": _its_size,
    "not told": _untold,
    "not sold": _thing,
    "no shopping": _nonsense,
}
