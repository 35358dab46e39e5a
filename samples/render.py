"""Write items as the catalogue's Markdown blocks."""

from __future__ import annotations

from samples.dice import Dice
from samples.items import Item

HEADER = """\
# Kathgolap Bhaban: everything on five floors

> A demo catalogue for product search. The shop, its brands, its prices and Rehana Khala are invented.
> Each product stands between the markers `<!--DOC:START ...-->` and `<!--DOC:END-->`, each at the start of a line.
"""
BANGLA_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")


def render_catalogue(items: list[Item]) -> str:
    """Return the whole catalogue file."""
    return HEADER + "\n" + "".join(_block(item) for item in items)


def _block(item: Item) -> str:
    sections = [
        [f"## {item.title}", f"**DocID:** {item.item_id}"],
        _identity(item),
        _offer(item),
        _variants(item),
        [f"**{key}:** {value}" for key, value in item.attributes.items()],
        ["**Description:**", item.description] if item.description else [],
        _images(item),
    ]
    body = "\n\n".join("\n".join(lines) for lines in sections if lines)
    return f"<!--DOC:START id={item.item_id} category={item.category} -->\n{body}\n\n---\n<!--DOC:END-->\n"


def _identity(item: Item) -> list[str]:
    lines = [
        f"**Category:** {item.category}",
        f"**Brand:** {item.brand}",
        f"**SKU:** {item.sku}",
        f"**URL:** https://shop.example.com/p/{item.item_id}",
    ]
    if item.sales is not None:
        lines.append(f"**Sales:** {sold(item.sales)}")
    if item.seller:
        lines.append(f"**Seller:** {item.seller}")
    if item.location:
        lines.append(f"**Location:** {item.location}")
    return lines


def _offer(item: Item) -> list[str]:
    lines = [f"**Price:** {price_text(item)}"]
    if item.rating is not None:
        count = "" if item.rating_count is None else f" ({item.rating_count:,} ratings)"
        lines.append(f"**Rating:** {item.rating:.1f}/5{count}")
    return lines


def _variants(item: Item) -> list[str]:
    lines = [f"**Colors:** {', '.join(item.color_field)}"] if item.color_field else []
    return lines + ([f"**Sizes:** {', '.join(item.sizes)}"] if item.sizes else [])


def _images(item: Item) -> list[str]:
    dice = Dice("images", item.item_id)
    if not dice.chance(0.15):
        return []
    links = [f"- https://img.example.com/{item.item_id}/{n}.jpg" for n in range(1, dice.between(2, 4))]
    return ["**Images (sample):**", *links]


def price_text(item: Item) -> str:
    """Return the price in one of the notations that sellers use."""
    dice = Dice("notation", item.item_id)
    if item.price is None:
        return dice.pick(("Call for Price", "Up Coming"))
    if item.price_max is not None:
        return f"৳ {item.price:,} - ৳ {item.price_max:,}"
    if item.original is not None:
        return f"{item.price:,}৳ {item.original:,}৳"
    notation = dice.weighted({"taka": 0.84, "bangla": 0.06, "tk": 0.05, "bdt": 0.05})
    texts = {
        "taka": f"৳ {item.price:,}",
        "bangla": f"৳ {item.price:,}".translate(BANGLA_DIGITS),
        "tk": f"Tk. {item.price:,}.00",
        "bdt": f"BDT {item.price}/-",
    }
    return texts[notation]


def sold(count: int) -> str:
    """Return a number of sales as the shop shows it: exact below a thousand, else in thousands."""
    return f"{count} sold" if count < 1000 else f"{count / 1000:.1f}K sold"
