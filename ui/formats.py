"""Numbers as people read them."""

from __future__ import annotations

from retrieval import money as money_words
from retrieval.records import Product

amount = money_words.number
money = money_words.amount


def price(product: Product) -> str | None:
    """Return the price or price range of a product, None where it has none."""
    if product.price is None:
        return None
    low = money(product.price, product.currency)
    if product.price_max is not None and product.price_max > product.price:
        return f"{low} – {money(product.price_max, product.currency)}"
    return low


def discount_percent(product: Product) -> int | None:
    """Return by how many whole percent the price is below the original one, None where it is not."""
    if product.price is None or product.original_price is None or product.original_price <= product.price:
        return None
    return round(100 * (1 - product.price / product.original_price)) or None


def rating(product: Product) -> str:
    """Return `4.3 (1,031)`, or `Unrated`."""
    if product.rating is None:
        return "Unrated"
    if product.rating_count is None:
        return f"{product.rating:.1f}"
    return f"{product.rating:.1f} ({product.rating_count:,})"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Return `1 product` or `4,801 products`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def duration(seconds: float) -> str:
    """Return a rough duration: `8 s`, `2 min 10 s`, `1 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(whole // 60, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def milliseconds(value: float) -> str:
    """Return a stage's time: `0.4 ms`, `18 ms`, `1.25 s`."""
    if value >= 1000:
        return f"{value / 1000:.2f} s"
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"
