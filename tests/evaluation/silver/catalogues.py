"""Catalogues drawn for properties: few words, so that queries, right products and near-duplicates meet often."""

from __future__ import annotations

from hypothesis import strategies as st

from retrieval.records import Product

WORDS = [
    "kettle", "kettles", "lamp", "saree", "steel", "oak", "red", "blue", "tall", "x200", "500", "42", "for", "with",
    "new", "hot", "set", "pcs", "লাল", "শাড়ি", "㎏", "Ｏａｋ", "চা", "-", ",", "|", "#sale", "【HOT】", "(NEW)", "...",
    "Naïve",
]  # fmt: skip
titles = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
COLOURS = ["Red", "sky blue", "Multicolor", "…", "#1", "লাল"]
PRICES = st.sampled_from([None, 0.0, 0.4, 99.0, 100.0, 101.0, 1450.0, 1500.0, 250_000.0])


@st.composite
def catalogues(draw: st.DrawFn, most: int = 24) -> list[Product]:
    """Return products, of which some repeat another's title or nearly so."""
    drawn = draw(st.lists(titles, min_size=1, max_size=most))
    for copied in draw(st.lists(st.integers(0, len(drawn) - 1), max_size=6)):
        drawn.append(drawn[copied] + draw(st.sampled_from(["", " oak", " 【HOT】", " - kettle"])))
    return [
        Product(
            product_id=f"p{number}",
            title=title,
            category=draw(st.sampled_from([None, "", "kettles", "womens sarees", "lamps", "চা"])),
            brand=draw(st.sampled_from([None, "", "No Brand", "Oak & Co", "লাল", "A B C D E"])),
            price=draw(PRICES),
            currency=draw(st.sampled_from([None, "BDT", "USD", "PKR", "INR"])),
            colors=tuple(
                draw(st.lists(st.sampled_from(["Red", "sky blue", "Multicolor", "…", "#1", "লাল"]), max_size=2))
            ),
            sizes=tuple(draw(st.lists(st.sampled_from(["42", "XL", " xl", "100 inch", ""]), max_size=2))),
        )
        for number, title in enumerate(drawn)
    ]
