"""A small invented shop, and what a question finds in it, for answers in free prose."""

from __future__ import annotations

from answering.records import Card, Evidence, Question
from retrieval.records import Filters, Product

KETTLE = Product(
    "k1",
    "Pahari Steel Electric Kettle 1.8L Auto Cut-off 1500W",
    category="kitchen appliances",
    brand="Pahari",
    sku="PH-EK-180",
    url="https://shop.example.com/k1",
    price=1450.0,
    currency="BDT",
    original_price=1850.0,
    rating=4.4,
    rating_count=212,
    sales=940,
    colors=("Silver", "Black"),
    seller="Nodi Home Store",
    description="Boils a full jug in six minutes and switches itself off. The base turns all the way round. Body of "
    "stainless steel, handle of cool-touch plastic. In the box: kettle, base, manual.",
    attributes={"Material": "Stainless steel", "Warranty": "1 year", "Power": "1500 W", "Capacity": "1.8 L"},
)
GLASS = Product(
    "k2",
    "Jhorna Glass Kettle with Blue LED 2.0 Litre",
    category="kitchen appliances",
    brand="Jhorna",
    sku="JR-GK-20",
    url="https://shop.example.com/k2",
    price=1990.0,
    currency="BDT",
    rating=4.7,
    rating_count=58,
    sales=120,
    colors=("Transparent",),
    seller="Megh Electronics",
    description="Borosilicate glass with a blue light that shows when it boils. Removable filter, easy to clean.",
    attributes={"Material": "Borosilicate glass", "Capacity": "2 L", "Power": "2200 W"},
)
TRAVEL = Product(
    "k3",
    "Foldable Travel Kettle 600ml Silicone Dual Voltage",
    category="kitchen appliances",
    brand="No Brand",
    sku="TK-600",
    url="https://shop.example.com/k3",
    price=890.0,
    currency="BDT",
    rating=None,
    rating_count=0,
    sales=15,
    colors=("Pink", "Green"),
    seller="Nodi Home Store",
    description="Folds flat into a drawer. Works with 110 V and 220 V. Food-grade silicone.",
    attributes={"Material": "Silicone", "Capacity": "600 ml"},
)
SHOE = Product(
    "s1",
    "Leguna Sport Mesh Running Shoe for Men",
    category="sneakers",
    brand="Leguna Sport",
    sku="LS-RN-865",
    url="https://shop.example.com/s1",
    price=1700.0,
    price_max=1950.0,
    currency="BDT",
    rating=3.9,
    rating_count=17,
    sales=64,
    colors=("Black", "White", "Neon Green"),
    sizes=("EU 39", "EU 40", "EU 41", "EU 42"),
    seller="Basement Shoes",
    description="A soft, light trainer with an EVA foam midsole and a 6 mm drop. Machine wash at 30 degrees.",
    attributes={"Sole": "EVA foam", "Heel drop": "6 mm", "Model": "RN-865", "Upper": "Mesh"},
)
PHONE = Product(
    "p1",
    "Tarango X5 Smartphone 8GB RAM 256GB 5000mAh",
    category="phones",
    brand="Tarango",
    sku="TG-X5-256",
    url="https://shop.example.com/p1",
    price=18990.0,
    currency="BDT",
    original_price=21990.0,
    rating=4.2,
    rating_count=1031,
    sales=2300,
    colors=("Midnight Black", "Sky Blue"),
    seller="Tarango Official",
    description="6.5 inch display, 50MP camera, 33W charging. Dual SIM. Does not support wireless charging.",
    attributes={
        "Memory": "8 GB",
        "Storage": "256 GB",
        "Battery": "5000 mAh",
        "Warranty": "12 months",
        "Display": "6.5 inch",
    },
)
SAREE = Product(
    "r1",
    "Shapla Cotton Tant Saree with Blouse Piece Red",
    category="sarees",
    brand="Shapla",
    sku="SH-TS-11",
    url="https://shop.example.com/r1",
    price=1200.0,
    currency="BDT",
    rating=4.9,
    rating_count=9,
    colors=("Red", "Maroon"),
    seller="Tangail Loom House",
    description="Handloom cotton from Tangail, 12 haat long, soft after the first wash.",
    attributes={"Fabric": "Cotton", "Length": "5.5 m"},
)

PRODUCTS = (KETTLE, GLASS, TRAVEL, SHOE, PHONE, SAREE)


def evidence(*products: Product, **more: object) -> Evidence:
    """Return evidence of some products (all six by default), numbered in their order."""
    cards = tuple(Card(n, product) for n, product in enumerate(products or PRODUCTS, 1))
    question = more.pop("question", None) or Question("what do you have?", "what do you have")
    return Evidence(question, cards, **more)  # type: ignore[arg-type]


KETTLES = evidence(
    KETTLE,
    GLASS,
    TRAVEL,
    question=Question(
        "which is the cheapest kettle under 2000 taka?",
        "kettle",
        aim="superlative",
        subjects=("kettle",),
        filters=Filters(max_price=2000.0),
    ),
    considered=(KETTLE, GLASS, TRAVEL),
    matching=3,
)
EVERYTHING = evidence(matching=6)
