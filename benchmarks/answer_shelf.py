"""Products as questions about them are drawn: by title, by category, with prices and sums as shoppers write them."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Expected = dict[str, Any]
TRIES = 400
WORDS = (2, 22)
"""Least and most words of a title that somebody types or pastes."""
MONEY = {
    "BDT": ("{} taka", "tk {}", "৳{}", "{}"),
    "USD": ("${}", "{} dollars"),
    "EUR": ("€{}", "{} euros"),
    None: ("{}",),
}
VALUES = 8


class CannotDrawError(Exception):
    """The catalogue has no product for a question of this variant."""


def key(row: Row) -> str:
    """Return a title as people tell it from another: case, blanks and marks make no other title."""
    return "".join(char for char in str(row["title"]).casefold() if unicodedata.category(char)[0] in "LMN")


def everything(row: Row) -> str:
    """Return all text of a product in lower case."""
    attributes = " ".join(f"{name} {value}" for name, value in row["attributes"].items())
    parts = [row["title"], row["description"], row["brand"], *row["colors"], *row["sizes"], attributes]
    return " ".join(str(part or "") for part in parts).casefold()


def stated(values: Sequence[str]) -> bool:
    """Return whether a list says something: neither empty nor long, only dots or "Not Specified"."""
    said = [value for value in values if value.lower() != "not specified"]
    return 0 < len(said) == len(values) <= VALUES and all(re.search(r"[a-z]|^\d+$", value, re.I) for value in said)


@dataclass
class Shelf:
    """The products as they are drawn from: `rows` in the catalogue's order, by title and by category."""

    rows: Sequence[Row]
    dice: random.Random
    phrases: Mapping[str, Sequence[str]]
    nonsense: Sequence[str]

    def __post_init__(self) -> None:
        self.titled: dict[str, list[Row]] = {}
        self.categories: dict[str, list[Row]] = {}
        for row in self.rows:
            self.titled.setdefault(key(row), []).append(row)
            if row["category"]:
                self.categories.setdefault(row["category"], []).append(row)
        self.texts = {category: [everything(row) for row in own] for category, own in self.categories.items()}
        self.all_text = "\n".join(everything(row) for row in self.rows)

    def twins(self, row: Row) -> list[Row]:
        """Return the products of a product's title, itself among them."""
        return self.titled[key(row)]

    def product(
        self, fits: Callable[[Row], bool] = lambda row: True, *, same: Callable[[Row], Any] | None = None
    ) -> Row:
        """Draw a product that fits and whose title can be typed; `same` must be alike in all of that title."""
        for _ in range(TRIES):
            row = self.dice.choice(self.rows)
            words = len(row["title"].split())
            if not WORDS[0] <= words <= WORDS[1] or not fits(row):
                continue
            if same is None or len({repr(same(twin)) for twin in self.twins(row)}) == 1:
                return row
        raise CannotDrawError

    def category(self, least: int = 5) -> tuple[str, list[Row]]:
        """Draw a category of at least so many products."""
        large = [name for name, own in self.categories.items() if len(own) >= least]
        if not large:
            raise CannotDrawError
        name = self.dice.choice(large)
        return name, self.categories[name]

    def bound(self, rows: Sequence[Row], low: float = 0.15, high: float = 0.7) -> int:
        """Draw a round price that lies among those of some products and is none of theirs."""
        prices = sorted(row["price"] for row in rows if row["price"] is not None)
        if len(prices) < 4:
            raise CannotDrawError
        for _ in range(TRIES):
            price = prices[int(len(prices) * self.dice.uniform(low, high))]
            step = 10 if price < 100 else 50 if price < 2000 else 500
            rounded = int(price // step + 1) * step
            if rounded not in prices:
                return rounded
        raise CannotDrawError

    def money(self, number: float, row: Row) -> str:
        """Write a sum as a shopper does."""
        forms = MONEY.get(row["currency"], (f"{{}} {row['currency']}",))
        return self.dice.choice(forms).format(
            f"{number:g}" if number < 1000 or self.dice.random() < 0.5 else f"{number:,g}"
        )

    def question(self, variant: str, expected: Expected, **parts: object) -> dict[str, Any]:
        """Put a question of a variant into words that hold all of its parts."""
        return {
            "text": self.dice.choice(self.phrases[variant]).format(**parts),
            "variant": variant,
            "expected": expected,
        }


def ids(rows: Iterable[Row]) -> list[str]:
    """Return the ids of some products in their order."""
    return [row["product_id"] for row in rows]


def fact(field: str, rows: Iterable[Row], read: Callable[[Row], Any] | None = None) -> dict[str, Any]:
    """Return a fact that must be stated of one of some products."""
    return {"field": field, "values": {row["product_id"]: read(row) if read else row[field] for row in rows}}


def about(rows: Sequence[Row], *facts: dict[str, Any], **more: Any) -> Expected:
    """Return what is expected of an answer about one product, which several listings may stand for."""
    return {"refused": False, "cited": [ids(rows)], "allowed": ids(rows), "facts": list(facts), **more}


def several(rows: Sequence[Row], **more: Any) -> Expected:
    """Return what is expected of an answer that names some of a set of products and none beside it."""
    if not rows:
        raise CannotDrawError
    return {"refused": False, "cited": [ids(rows)], "allowed": ids(rows), "facts": [], **more}
