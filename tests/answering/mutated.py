"""Answers made from a catalogue's records, right ones in many wordings and the same with one fault each.

Nothing here reads an answer: the truth of each sentence is known because it was written from the record, and of each
fault because what was put in its place is checked against the record by plain comparison.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from answering.defuse import inline
from answering.records import Card, Evidence, Question
from retrieval.money import amount
from retrieval.records import Product

INVENTED = ("Zorvexa", "Quillmark", "Nimbrato", "Veltrano", "Oskarra Works", "Bryntell", "Mokulele", "Trazendo")
COLOURS = ("Red", "Blue", "Green", "Yellow", "Purple", "Orange", "Brown", "Pink", "Black", "White", "Maroon", "Silver")


@dataclass(frozen=True)
class Case:
    """An answer over some evidence; `fault` names what is wrong with it, "" where nothing is."""

    evidence: Evidence
    text: str
    fault: str


class Draw:
    """A product as it is written about, with a die to choose wordings and wrong values."""

    def __init__(self, n: int, product: Product, rng: random.Random) -> None:
        self.n, self.product, self.rng = n, product, rng
        self.title = inline(product.title)
        words = inline(product.title).split()
        self.short = " ".join(words[:4]).strip(" -,;:–(.")

    def money(self, value: float) -> str:
        """Write a sum of money in one of the usual ways."""
        plain = f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
        known = self.product.currency == "BDT"
        forms = [amount(value, self.product.currency)]
        forms += [f"৳ {plain}", f"Tk {plain}", f"{plain} taka", f"BDT {plain}"] if known else []
        return self.rng.choice(forms)

    def wrong_price(self) -> float:
        """Return a price that the record does not have."""
        own = {self.product.price, self.product.price_max, self.product.original_price}
        price = self.product.price or 0.0
        choices = [price + 50, price + 100, round(price * 1.1) + 1, round(price * 0.8) + 1, price * 10, price + 1]
        return self.rng.choice([value for value in choices if value not in own])

    def wrong_rating(self) -> float:
        """Return a rating that it does not have."""
        own = self.product.rating or 0.0
        return self.rng.choice([value / 10 for value in range(10, 51) if abs(value / 10 - own) > 0.05])


Writer = Callable[[Draw], tuple[str, str] | None]
"""Gives a right sentence and one with a fault, None where the record has not what it speaks of."""


def _price(draw: Draw) -> tuple[str, str] | None:
    if draw.product.price is None or draw.product.price_max is not None:
        return None
    form = draw.rng.choice(
        (
            "**{t}** costs {p} [{n}].",
            "At {p}, the {s} is a fair choice [{n}].",
            "The {s} sells for {p} [{n}].",
            "- **{t}** – {p} [{n}]",
            "You pay {p} for the {s} [{n}].",
            "| Product | Price |\n|---|---|\n| {t} [{n}] | {p} |",
            "It is priced at {p} [{n}].",
        )
    )
    right, wrong = draw.product.price, draw.wrong_price()
    return _both(form, draw, "p", draw.money(right), draw.money(wrong))


def _both(form: str, draw: Draw, slot: str, right: str, wrong: str) -> tuple[str, str]:
    known = {"t": draw.title, "s": draw.short, "n": str(draw.n)}
    return form.format(**known, **{slot: right}), form.format(**known, **{slot: wrong})


def _rating(draw: Draw) -> tuple[str, str] | None:
    if not draw.product.rating:
        return None
    form = draw.rng.choice(
        (
            "Buyers rate the {s} {r}/5 [{n}].",
            "It has {r} stars [{n}].",
            "**{t}** is rated {r} out of 5 [{n}].",
            "With an average rating of {r}, the {s} does well [{n}].",
            "- {t}: rating {r} [{n}]",
            "| Product | Rating |\n|---|---|\n| {t} [{n}] | {r}/5 |",
        )
    )
    return _both(form, draw, "r", f"{draw.product.rating:.1f}", f"{draw.wrong_rating():.1f}")


def _ratings(draw: Draw) -> tuple[str, str] | None:
    own = draw.product.rating_count
    if not own or not draw.product.rating:
        return None
    form = draw.rng.choice(
        (
            "{c} people have rated it [{n}].",
            "It has {c} ratings [{n}].",
            f"The {{s}} is rated {draw.product.rating:.1f}/5 from {{c}} ratings [{{n}}].",
            f"- **{{t}}** – {draw.product.rating:.1f} ({{c}} reviews) [{{n}}]",
        )
    )
    return _both(form, draw, "c", f"{own:,}", f"{own + draw.rng.choice((1, 7, 50)):,}")


def _sales(draw: Draw) -> tuple[str, str] | None:
    own = draw.product.sales
    if not own:
        return None
    form = draw.rng.choice(
        ("It has been sold {c} times [{n}].", "{c} of the {s} were sold [{n}].", "Sales: {c} [{n}].")
    )
    return _both(form, draw, "c", f"{own:,}", f"{own * 2 + 3:,}")


def _colour(draw: Draw) -> tuple[str, str] | None:
    listed = [colour for colour in draw.product.colors if colour in COLOURS]
    text = " ".join([draw.product.title, draw.product.description, *draw.product.colors]).casefold()
    absent = [colour for colour in COLOURS if colour.casefold() not in text]
    if not listed or not absent:
        return None
    form = draw.rng.choice(
        (
            "It comes in {c} [{n}].",
            "You can have the {s} in {c} [{n}].",
            "Available colour: {c} [{n}].",
            "- {t}, in {c} [{n}]",
        )
    )
    right, wrong = draw.rng.choice(listed), draw.rng.choice(absent)
    return _both(form, draw, "c", right.lower(), wrong.lower())


def _size(draw: Draw) -> tuple[str, str] | None:
    sizes = [size for size in draw.product.sizes if re.fullmatch(r"\d{2}|X*[SML]|\dXL", size)]
    if not sizes or len(sizes) != len(draw.product.sizes):
        return None
    text = f"{draw.product.title} {draw.product.description}"
    others = ("27", "29", "35", "47", "48") if sizes[0].isdigit() else ("XS", "4XL", "5XL", "6XL")
    absent = [size for size in others if size not in sizes and size not in text]
    if not absent:
        return None
    form = draw.rng.choice(
        ("Size {c} is available [{n}].", "The {s} comes in size {c} [{n}].", "You can get it in size {c} [{n}].")
    )
    return _both(form, draw, "c", draw.rng.choice(sizes), draw.rng.choice(absent))


def _measure(draw: Draw) -> tuple[str, str] | None:
    """Change the number or the unit of an attribute."""
    found = []
    for key, value in draw.product.attributes.items():
        match = re.fullmatch(
            r"(\d+(?:\.\d+)?) ?(kg|g|ml|L|W|GB|inch|cm|m|mm|mAh|months?|years?|hours?|pcs|Pcs)", str(value)
        )
        if match:
            found.append((key, match))
    if not found:
        return None
    key, match = draw.rng.choice(found)
    form = draw.rng.choice(
        (
            f"Its {key.lower()} is {{c}} [{{n}}].",
            f"The {{s}} has {key.lower()} {{c}} [{{n}}].",
            f"- {key}: {{c}} [{{n}}]",
        )
    )
    other = {
        "kg": "g",
        "g": "kg",
        "ml": "L",
        "L": "ml",
        "W": "kW",
        "GB": "MB",
        "inch": "cm",
        "cm": "m",
        "m": "cm",
        "mm": "cm",
    }
    unit = other.get(match[2])
    wrong = f"{match[1]} {unit}" if unit and draw.rng.random() < 0.4 else f"{float(match[1]) * 3 + 1:g} {match[2]}"
    return _both(form, draw, "c", str(draw.product.attributes[key]), wrong)


def _brand(draw: Draw) -> tuple[str, str] | None:
    brand = draw.product.brand
    if not brand or brand.casefold() in ("no brand", "generic") or not re.fullmatch(r"[A-Z][\w ]+", brand):
        return None
    form = draw.rng.choice(
        (
            "It is made by {c} [{n}].",
            "The brand is {c} [{n}].",
            "{c} makes this one [{n}].",
            "This {c} product fits [{n}].",
            "- {t} by {c} [{n}]",
        )
    )
    return _both(form, draw, "c", brand, draw.rng.choice(INVENTED))


def _discount(draw: Draw) -> tuple[str, str] | None:
    product = draw.product
    if product.original_price is None or product.price is None or product.original_price <= product.price:
        return None
    off = round(100 * (1 - product.price / product.original_price))
    if off < 3:
        return None
    if draw.rng.random() < 0.5:
        return _both("It is {c}% off [{n}].", draw, "c", str(off), str(off + 12))
    form = f"It was {{c}} and now costs {draw.money(product.price)} [{{n}}]."
    return _both(form, draw, "c", draw.money(product.original_price), draw.money(product.original_price + 120))


SINGLE: dict[str, Writer] = {
    "price": _price, "rating": _rating, "ratings": _ratings, "sales": _sales, "colour": _colour, "size": _size,
    "measure": _measure, "brand": _brand, "discount": _discount,
}  # fmt: skip


def _evidence(products: Sequence[Product], considered: Sequence[Product] = ()) -> Evidence:
    cards = tuple(Card(n, product) for n, product in enumerate(products, 1))
    return Evidence(Question("what fits?", "what fits"), cards, tuple(considered), len(considered) or len(products))


def singles(products: Sequence[Product], rng: random.Random) -> Iterator[Case]:
    """Yield a right sentence about one of some products, and one with a fault."""
    shown = rng.sample(list(products), 4)
    evidence = _evidence(shown)
    n = rng.randrange(1, 5)
    kind, writer = rng.choice(list(SINGLE.items()))
    written = writer(Draw(n, shown[n - 1], rng))
    if written:
        yield Case(evidence, written[0], "")
        yield Case(evidence, written[1], f"wrong {kind}")


def pairs(products: Sequence[Product], rng: random.Random) -> Iterator[Case]:
    """Yield what is said of two products: right, with the citations swapped, and with the wrong product cited."""
    shown = rng.sample([product for product in products if product.price is not None and product.price_max is None], 4)
    evidence = _evidence(shown)
    a, b = (Draw(n, shown[n - 1], rng) for n in rng.sample(range(1, 5), 2))
    one, other = a.product.price, b.product.price
    if one is None or other is None or one == other or a.short.casefold() == b.short.casefold():
        return
    form = rng.choice(
        (
            "The {a} costs {p} [{x}], while the {b} costs {q} [{y}].",
            "{a} is {p} [{x}] and {b} is {q} [{y}].",
            "- **{a}** – {p} [{x}]\n- **{b}** – {q} [{y}]",
            "| | {a} [{x}] | {b} [{y}] |\n|---|---|---|\n| Price | {p} | {q} |",
        )
    )
    said = {"a": a.short, "b": b.short, "p": a.money(one), "q": b.money(other)}
    yield Case(evidence, form.format(**said, x=a.n, y=b.n), "")
    yield Case(evidence, form.format(**said, x=b.n, y=a.n), "swapped citations")
    cheap, dear = (a, b) if one < other else (b, a)
    compare = rng.choice(
        (
            "The {a} is cheaper than the {b} [{x}][{y}].",
            "The {a} [{x}] costs less than the {b} [{y}].",
            "{b} [{y}] is more expensive than {a} [{x}].",
        )
    )
    yield Case(evidence, compare.format(a=cheap.short, b=dear.short, x=cheap.n, y=dear.n), "")
    yield Case(evidence, compare.format(a=dear.short, b=cheap.short, x=dear.n, y=cheap.n), "wrong comparison")
    yield Case(evidence, f"**{a.title}** fits best [{a.n}].", "")
    if not set(b.title.casefold().split()) <= set(f"{a.title} {a.product.description}".casefold().split()):
        yield Case(evidence, f"**{b.title}** fits best [{a.n}].", "wrong product")
    yield Case(evidence, f"The {a.short} costs {a.money(one)} [9].", "invented citation")
    yield Case(evidence, f"The {a.short} costs {a.money(one)}.", "no citation")


def superlatives(products: Sequence[Product], rng: random.Random) -> Iterator[Case]:
    """Yield who is the cheapest and the like of a set: right, with another product, and with the opposite word."""
    field, most, word, opposite = rng.choice(
        (
            ("price", False, "cheapest", "most expensive"),
            ("price", True, "most expensive", "cheapest"),
            ("rating", True, "best rated", "lowest rated"),
            ("rating_count", True, "most reviewed", "least reviewed"),
            ("sales", True, "best-selling", "least sold"),
        )
    )
    pool = [product for product in products if getattr(product, field)]
    if len(pool) < 12:
        return
    considered = rng.sample(pool, 12)
    considered.sort(key=lambda product: getattr(product, field), reverse=most)
    first, second, last = (getattr(considered[place], field) for place in (0, 1, -1))
    if first in (second, last):
        return
    evidence = _evidence([considered[0], considered[-1], considered[5]], considered)
    winner, loser = Draw(1, considered[0], rng), Draw(2, considered[-1], rng)
    form = rng.choice(
        (
            "The {s} is the {w} of the 12 products [{n}].",
            "**{s}** is the {w} [{n}].",
            "Of the 12 that match, the {w} is the {s} [{n}].",
            "The {w} one is the {s} [{n}].",
        )
    )
    yield Case(evidence, form.format(s=winner.short, w=word, n=1), "")
    yield Case(evidence, form.format(s=loser.short, w=word, n=2), "wrong superlative")
    yield Case(evidence, form.format(s=winner.short, w=opposite, n=1), "wrong superlative")
    if "12" in form:
        yield Case(evidence, form.format(s=winner.short, w=word, n=1).replace("12", "15"), "wrong count")


def cases(products: Sequence[Product], seed: int, count: int) -> list[Case]:
    """Return at least `count` answers, the same for the same seed."""
    rng = random.Random(seed)
    found: list[Case] = []
    while len(found) < count:
        maker = rng.choice((singles, singles, singles, pairs, superlatives))
        found += maker(products, rng)
    return found
