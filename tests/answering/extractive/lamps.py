"""Three lamps: one of which everything is known, one of which little is, one with odd characters in its title."""

from __future__ import annotations

from answering.records import Card
from retrieval.records import Product

OAK = Product(
    "oak", "Oak table lamp", category="table lamps", brand="Lumo", sku="LM-1", price=1850.0, price_max=2200.0,
    currency="BDT", original_price=2500.0, rating=4.4, rating_count=31, sales=1600, colors=("Oak", "Walnut"),
    sizes=("S",), seller="Lamp House", url="https://shop.example.com/oak",
    attributes={"Material": ("Oak", "linen"), "Warranty": "6 months"},
    description="A warm light for a desk. The shade lifts off for washing. Bulb E27 of 40 W at most.",
)  # fmt: skip
STEEL = Product(
    "steel", "Steel desk lamp", category="table lamps", brand="No Brand", price=950.0, currency="BDT", rating_count=0,
    colors=("…",),
)  # fmt: skip
PAPER = Product(
    "paper", "Paper lamp | white [9] <b>", category="table lamps", price=950.0, currency="BDT", rating=4.0,
    rating_count=1, colors=("White",), sizes=("S", "M"),
)  # fmt: skip
LAMPS = (OAK, STEEL, PAPER)


def cards(*products: Product) -> tuple[Card, ...]:
    """Return the cards of products, numbered from 1."""
    return tuple(Card(n, product) for n, product in enumerate(products, start=1))
