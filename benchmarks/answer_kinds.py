"""Questions that a catalogue answers: one product, a fact of it, bounds, a comparison, the most or least, a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.answer_shelf import (
    CannotDrawError,
    Expected,
    Row,
    Shelf,
    about,
    everything,
    fact,
    ids,
    key,
    several,
    stated,
)

PLAIN_COLOURS = frozenset("black white red blue green yellow pink grey brown orange".split())


def single(shelf: Shelf) -> dict[str, Any]:
    """Ask for one product by its title or SKU."""
    variant = shelf.dice.choice(["single price", "single price", "single rating", "single sku", "single all"])
    if variant == "single sku":
        row = shelf.product(lambda row: bool(row["sku"]) and row["price"] is not None)
        rows = [other for other in shelf.rows if other["sku"] == row["sku"]]
        return shelf.question(variant, about(rows, fact("price", rows)), sku=row["sku"])
    row = shelf.product(
        lambda row: row["price"] is not None and (variant != "single rating" or row["rating"] is not None)
    )
    rows = shelf.twins(row)
    field = "rating" if variant == "single rating" else "price"
    return shelf.question(variant, about(rows, fact(field, rows)), title=row["title"])


def attribute(shelf: Shelf) -> dict[str, Any]:
    """Ask for a fact of one product, or whether it is so."""
    variant = shelf.dice.choice(
        ["colours", "sizes", "brand", "seller", "rating_count", "sales", "attribute", "has colour", "has size", "below"]
    )
    if variant in ("colours", "sizes", "has colour", "has size"):
        field = "colors" if "colour" in variant else "sizes"
        row = shelf.product(lambda row: stated(row[field]), same=lambda row: row[field])
        rows = shelf.twins(row)
        if variant in ("colours", "sizes"):
            return shelf.question(variant, about(rows, fact(field, rows)), title=row["title"])
        value = shelf.dice.choice(row[field])
        expected = about(rows, fact(field, rows, lambda _: [value]), verdict=True)
        return shelf.question(variant, expected, title=row["title"], colour=value.lower(), size=value)
    if variant == "below":
        row = shelf.product(lambda row: row["price"] is not None, same=lambda row: row["price"])
        rows = shelf.twins(row)
        price = round(row["price"] * shelf.dice.choice([0.6, 0.8, 1.25, 1.6]) / 10) * 10
        if price in (0, row["price"]):
            raise CannotDrawError
        expected = about(rows, fact("price", rows), verdict=row["price"] < price)
        return shelf.question(variant, expected, title=row["title"], price=shelf.money(price, row))
    if variant == "attribute":
        row = shelf.product(lambda row: any(stated([str(value)]) for value in row["attributes"].values()))
        name = shelf.dice.choice([name for name, value in row["attributes"].items() if stated([str(value)])])
        rows = [twin for twin in shelf.twins(row) if twin["attributes"].get(name)]
        expected = about(shelf.twins(row), fact(name, rows, lambda row: row["attributes"][name]))
        return shelf.question(variant, expected, title=row["title"], key=name.lower())
    row = shelf.product(lambda row: bool(row[variant]) and (variant != "brand" or row["brand"].lower() != "no brand"))
    rows = [twin for twin in shelf.twins(row) if twin[variant]]
    return shelf.question(variant, about(shelf.twins(row), fact(variant, rows)), title=row["title"])


def filtered(shelf: Shelf) -> dict[str, Any]:
    """Ask for products within stated bounds."""
    variant = shelf.dice.choice(
        [
            "category price",
            "category price rating",
            "category range",
            "category rated often",
            "brand price",
            "category colour",
        ]
    )
    name, own = shelf.category()
    priced = [row for row in own if row["price"] is not None]
    if variant == "brand price":
        branded = [row for row in shelf.rows if row["brand"] and row["brand"].lower() != "no brand"]
        if not branded:
            raise CannotDrawError
        brand = shelf.dice.choice(branded)["brand"]
        rows = [row for row in branded if row["brand"].lower() == brand.lower() and row["price"] is not None]
        price = shelf.bound(rows)
        fits = [row for row in rows if row["price"] < price]
        return shelf.question(variant, several(fits), brand=brand, price=shelf.money(price, rows[0]))
    if variant == "category rated often":
        counts = sorted(row["rating_count"] for row in own if row["rating"] is not None and row["rating_count"])
        if len(counts) < 4:
            raise CannotDrawError
        ratings = counts[int(len(counts) * shelf.dice.uniform(0.5, 0.9))]
        asked = shelf.question(variant, {}, category=name, ratings=ratings, rating=4)
        least = 4 if "stars" in asked["text"] else 0
        rows = [row for row in own if (row["rating_count"] or 0) >= ratings and (row["rating"] or 0) >= least]
        return {**asked, "expected": several(rows)}
    price = shelf.bound(priced)
    if variant == "category range":
        top = shelf.bound([row for row in priced if row["price"] > price], 0.3, 0.9)
        rows = [row for row in priced if price < row["price"] < top]
        low, high = shelf.money(price, own[0]), shelf.money(top, own[0])
        return shelf.question(variant, several(rows), category=name, low=low, high=high)
    if variant == "category colour":
        colours = sorted({c.lower() for row in priced for c in row["colors"] if c.lower() in PLAIN_COLOURS})
        if not colours:
            raise CannotDrawError
        colour = shelf.dice.choice(colours)
        asked = shelf.question(variant, {}, category=name, colour=colour, price=shelf.money(price, own[0]))
        below = price if any(char.isdigit() for char in asked["text"].removeprefix(name)) else float("inf")
        within = [row for row in priced if row["price"] < below]
        if not any(colour in (c.lower() for c in row["colors"]) for row in within):
            raise CannotDrawError
        # A seller may name the colour in the title or the text alone, or in another script.
        fits = [row for row in within if colour in everything(row)]
        doubtful = [row for row in within if row not in fits and not "".join(row["colors"]).isascii()]
        return {**asked, "expected": several(fits, allowed=ids([*fits, *doubtful]))}
    rating = shelf.dice.choice([3.5, 4, 4.5]) if variant == "category price rating" else 0
    rows = [row for row in priced if row["price"] < price and (row["rating"] or 0) >= rating]
    return shelf.question(variant, several(rows), category=name, price=shelf.money(price, own[0]), rating=f"{rating:g}")


def compare(shelf: Shelf) -> dict[str, Any]:
    """Ask how two products differ, or which is cheaper or better rated."""
    variant = shelf.dice.choice(["compare", "compare", "cheaper", "better rated"])
    field = "rating" if variant == "better rated" else "price"

    def known(row: Row) -> bool:
        return all(twin[field] is not None for twin in shelf.twins(row))

    first = shelf.product(known)
    second = shelf.product(lambda row: row["category"] == first["category"] and known(row))
    if key(first) in key(second) or key(second) in key(first):
        raise CannotDrawError
    one, two = shelf.twins(first), shelf.twins(second)
    expected: Expected = {
        "refused": False,
        "cited": [ids(one), ids(two)],
        "allowed": ids([*one, *two]),
        "facts": [fact(field, one), fact(field, two)],
    }
    if variant != "compare":
        ours, theirs = ([row[field] for row in rows] for rows in (one, two))
        if max(ours) < min(theirs):
            less, more = one, two
        elif max(theirs) < min(ours):
            less, more = two, one
        else:
            raise CannotDrawError
        expected["winner"] = ids(less if field == "price" else more)
    return shelf.question(variant, expected, first=first["title"], second=second["title"])


EXTREMES: dict[str, tuple[str, bool]] = {
    "cheapest": ("price", False),
    "cheapest rated": ("price", False),
    "three cheapest": ("price", False),
    "dearest": ("price", True),
    "dearest below": ("price", True),
    "best rated": ("rating", True),
    "most rated": ("rating_count", True),
    "best selling": ("sales", True),
}


def superlative(shelf: Shelf) -> dict[str, Any]:
    """Ask for the most or the least of a set; any that shares the first place is right."""
    variant = shelf.dice.choice(list(EXTREMES))
    field, most = EXTREMES[variant]
    name, own = shelf.category(8)
    rows = [row for row in own if row[field] is not None and (field != "rating_count" or row["rating"] is not None)]
    parts: dict[str, object] = {"category": name}
    if variant == "cheapest rated":
        rating = shelf.dice.choice([3.5, 4, 4.5])
        rows, parts["rating"] = [row for row in rows if (row["rating"] or 0) >= rating], f"{rating:g}"
    if variant == "dearest below":
        price = shelf.bound(rows)
        rows, parts["price"] = [row for row in rows if row["price"] < price], shelf.money(price, own[0])
    if variant == "best rated":
        parts["ratings"] = shelf.dice.choice([5, 10, 20, 50])
    asked = shelf.question(variant, {}, **parts)
    if variant == "best rated" and "ratings" in asked["text"]:
        rows = [row for row in rows if (row["rating_count"] or 0) >= int(str(parts["ratings"]))]
    if len(rows) < 4:
        raise CannotDrawError
    ranked = sorted(rows, key=lambda row: row[field], reverse=most)
    last = ranked[2 if variant == "three cheapest" else 0][field]
    winners = [row for row in ranked if (row[field] >= last if most else row[field] <= last)]
    expected = several(winners, facts=[fact(field, winners)], first=ids(winners))
    if variant == "three cheapest":
        expected["least"] = 3
    return {**asked, "expected": expected}


def count(shelf: Shelf) -> dict[str, Any]:
    """Ask how many products lie within stated bounds."""
    variant = shelf.dice.choice(["count", "count rated"])
    name, own = shelf.category()
    if variant == "count":
        price = shelf.bound(own)
        number = sum(row["price"] is not None and row["price"] < price for row in own)
        parts = {"price": shelf.money(price, own[0])}
    else:
        rating = shelf.dice.choice([3.5, 4, 4.5])
        number = sum((row["rating"] or 0) >= rating for row in own)
        parts = {"rating": f"{rating:g}"}
    if not number:
        raise CannotDrawError
    expected: Expected = {"refused": False, "cited": [], "facts": [], "count": number}
    return shelf.question(variant, expected, category=name, **parts)


KINDS: dict[str, Callable[[Shelf], dict[str, Any]]] = {
    "single": single,
    "attribute": attribute,
    "filter": filtered,
    "compare": compare,
    "superlative": superlative,
    "count": count,
}
