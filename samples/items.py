"""Turn kinds into items: what each listing truly is, and what its seller wrote into the fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product as combinations
from math import gcd

from samples import prose, titles
from samples.dice import Dice
from samples.load import Category, Kind

NO_BRAND = "No Brand"
ODD_COLORS = ("Multicolor", "…", "Color #1", "Not Specified")
PLACES = ("Dhaka", "Dhaka", "Chattogram", "Sylhet", "Khulna", "Rajshahi", "Mymensingh")
DUPLICATES = 22


@dataclass(frozen=True, slots=True)
class Item:
    """One listing; judgements rest on `kind`, `slots`, `model`, `colors` and `sizes`, the rest is only shown.

    `slots`, `model` and `colors` hold no more than a patient reader of the listing can learn; `color_field` is what the
    field says. Prices are in taka; `price` is None where the seller names none.
    """

    item_id: str
    kind: str
    slots: Mapping[str, str]
    model: str
    title: str
    category: str
    brand: str
    sku: str
    price: int | None
    price_max: int | None
    original: int | None
    rating: float | None
    rating_count: int | None
    sales: int | None
    colors: tuple[str, ...]
    color_field: tuple[str, ...]
    sizes: tuple[str, ...]
    seller: str | None
    location: str | None
    attributes: Mapping[str, str]
    description: str


def build_items(categories: list[Category]) -> list[Item]:
    """Return every listing of the shop, duplicates included, in shelf order (which is no order)."""
    taken: set[str] = set()
    items = [
        _item(category, kind, number, taken, categories)
        for category in categories
        for kind in category.kinds
        for number in range(kind.count)
    ]
    sellers = {category.name: category.sellers for category in categories}
    items += list(_duplicates(items, taken, sellers))
    return sorted(items, key=lambda item: Dice("shelf", item.item_id).roll())


def _item(category: Category, kind: Kind, number: int, taken: set[str], categories: list[Category]) -> Item:
    dice = Dice(kind.key, number)
    slots = _walk(kind, number)
    brand = dice.pick(category.brands)
    model = _model(kind, brand, slots)
    palette = tuple(dice.several(kind.colors, dice.between(1, 3)))
    filled = {
        **slots,
        "brand": "" if brand == NO_BRAND else brand,
        "model": model,
        "color": palette[0] if palette else "",
    }
    title = titles.plain(kind, number, filled)
    color_field = _color_field(dice, palette)
    sizes = dice.pick(kind.sizes) if kind.sizes and dice.chance(0.9) else ()
    item_id = _new_id(dice, taken)
    price, price_max, original = _prices(_price(kind, slots, dice), dice)
    rating, rating_count = _rating(dice)
    attributes = _attributes(kind, filled, dice)
    description = prose.describe(category, kind, filled, Dice("prose", kind.key, number))
    shown = " ".join([title, *attributes.values(), description]).casefold()
    return Item(
        item_id=item_id,
        kind=kind.key,
        slots={key: value for key, value in slots.items() if value.casefold() in shown},
        model=model if model.casefold() in shown else "",
        title=titles.untidy(title, category, kind, number),
        category=dice.pick(categories).name if dice.chance(0.02) else category.name,
        brand=brand,
        sku=f"KB-{category.code}-{item_id}" + (f"-{palette[0][:2].upper()}" if palette else ""),
        price=price,
        price_max=price_max,
        original=original,
        rating=rating,
        rating_count=rating_count,
        sales=_sales(dice),
        colors=_readable_colors(title, palette, color_field),
        color_field=color_field,
        sizes=sizes,
        seller=dice.pick(category.sellers) if dice.chance(0.7) else None,
        location=dice.pick(PLACES) if dice.chance(0.5) else None,
        attributes=attributes,
        description=description,
    )


def _walk(kind: Kind, number: int) -> dict[str, str]:
    """Return the number-th combination of options, in steps near the golden section, which spread over all of them."""
    combos = list(combinations(*kind.options.values()))
    step = max(1, round(len(combos) * 0.618))
    while gcd(step, len(combos)) > 1:
        step += 1
    combo = combos[(number * step + Dice("start", kind.key).between(0, len(combos) - 1)) % len(combos)]
    return dict(zip(kind.options, combo, strict=True))


def _model(kind: Kind, brand: str, slots: Mapping[str, str]) -> str:
    return f"{kind.model}-{Dice('model', kind.key, brand, *slots.values()).between(101, 989)}" if kind.model else ""


def _new_id(dice: Dice, taken: set[str]) -> str:
    number = str(dice.between(300_000, 899_999))
    while number in taken:
        number = str(dice.between(300_000, 899_999))
    taken.add(number)
    return number


def _price(kind: Kind, slots: Mapping[str, str], dice: Dice) -> int:
    values = kind.options[kind.scale]
    place = (values.index(slots[kind.scale]) + 0.5) / len(values)
    low, high = kind.price
    return shop_price((low + (high - low) * place) * (0.85 + 0.3 * dice.roll()), dice)


def shop_price(amount: float, dice: Dice) -> int:
    """Return an amount as shops write it: just under or on a round number."""
    step = 10 if amount < 1000 else 50 if amount < 10_000 else 500
    return max(30, round(amount / step) * step - dice.pick((0, 0, 1, 1, 5)))


def _prices(price: int, dice: Dice) -> tuple[int | None, int | None, int | None]:
    """Return price, upper end of a range and former price, as far as the seller states them."""
    shape = dice.weighted({"plain": 0.66, "range": 0.11, "reduced": 0.19, "none": 0.04})
    if shape == "none":
        return None, None, None
    upper = shop_price(price * (1.2 + 0.5 * dice.roll()), dice) if shape == "range" else None
    former = shop_price(price * (1.1 + 0.6 * dice.roll()), dice) if shape == "reduced" else None
    return price, upper, former


def _rating(dice: Dice) -> tuple[float | None, int | None]:
    """Return rating and number of ratings; 0.0 of 0 is how shops show that nobody rated."""
    shape = dice.weighted({"none yet": 0.44, "missing": 0.04, "bare": 0.04, "one": 0.1, "some": 0.3, "many": 0.08})
    if shape == "none yet":
        return 0.0, 0
    if shape == "missing":
        return None, None
    if shape == "one":
        return float(dice.pick((1, 3, 4, 5, 5, 5))), 1
    rating = round(5 - 2.2 * dice.roll() * dice.roll(), 1)
    if shape == "bare":
        return rating, None
    return rating, dice.between(2, 90) if shape == "some" else dice.between(91, 2400)


def _sales(dice: Dice) -> int | None:
    shape = dice.weighted({"missing": 0.45, "few": 0.35, "more": 0.14, "many": 0.06})
    if shape == "missing":
        return None
    low, high = {"few": (1, 60), "more": (61, 900), "many": (1000, 9800)}[shape]
    return dice.between(low, high)


def _color_field(dice: Dice, palette: tuple[str, ...]) -> tuple[str, ...]:
    if not palette or dice.chance(0.12):
        return ()
    return (dice.pick(ODD_COLORS),) if dice.chance(0.08) else palette


def _readable_colors(title: str, palette: tuple[str, ...], field: tuple[str, ...]) -> tuple[str, ...]:
    """Return the real colours that a reader can learn from field and title."""
    return tuple(color for color in palette if color in field or color in title)


def _attributes(kind: Kind, slots: Mapping[str, str], dice: Dice) -> dict[str, str]:
    shown = {key: text.format_map(slots) for key, text in kind.shows.items() if dice.chance(0.85)}
    if slots["model"] and dice.chance(0.5):
        shown["Model"] = slots["model"]
    return shown


def _duplicates(items: list[Item], taken: set[str], sellers: Mapping[str, tuple[str, ...]]) -> Iterator[Item]:
    """Yield second listings (and one third) of some items: same title and text, other id, price and seller."""
    chosen = sorted(items, key=lambda item: Dice("twice", item.item_id).roll())[: DUPLICATES - 1]
    for number, item in enumerate([*chosen, chosen[0]]):
        dice = Dice("duplicate", number)
        item_id = _new_id(dice, taken)
        price = None if item.price is None else shop_price(item.price * (0.9 + 0.2 * dice.roll()), dice)
        rating, rating_count = _rating(dice)
        yield replace(
            item,
            item_id=item_id,
            sku=item.sku.replace(item.item_id, item_id),
            price=price,
            price_max=None,
            original=None,
            sales=_sales(dice),
            seller=dice.pick(sellers[item.category]),
            rating=rating,
            rating_count=rating_count,
        )
