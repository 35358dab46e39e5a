"""Sums of money as people read them."""

from __future__ import annotations

SYMBOLS = {
    "BDT": "৳",
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "INR": "₹",
    "JPY": "¥",
    "CNY": "¥",
    "KRW": "₩",
    "TRY": "₺",
    "PKR": "₨",
}


def number(value: float) -> str:
    """Return 1250.0 as `1,250` and 99.5 as `99.50`."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"


def amount(price: float, currency: str | None) -> str:
    """Return a price with its currency: a known code by its sign, an unknown one after the number."""
    if not currency:
        return number(price)
    sign = SYMBOLS.get(currency.upper(), currency if not currency.isalnum() else None)
    return f"{sign}{number(price)}" if sign else f"{number(price)} {currency}"
