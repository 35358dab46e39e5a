"""Read the hand-written tables: what the shop sells, and what shoppers ask for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parent / "tables"
QUERIES = TABLES / "queries.toml"


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of product; `{slot}` in a text stands for the value of an option, the brand, model or colour.

    `price` is the range in taka, along which the values of option `scale` are spread; `says` holds groups of
    alternative sentences, of which a description takes one a group; the values of options in `names` keep their
    capitals in prose.
    """

    key: str
    titles: tuple[str, ...]
    price: tuple[int, int]
    scale: str
    count: int
    options: Mapping[str, tuple[str, ...]]
    says: tuple[tuple[str, ...], ...]
    box: str
    shows: Mapping[str, str]
    colors: tuple[str, ...] = ()
    sizes: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()
    model: str = ""
    bangla: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """One of the shop's categories; `spellings` are (right, as sellers write it) pairs."""

    name: str
    code: str
    brands: tuple[str, ...]
    sellers: tuple[str, ...]
    tails: tuple[str, ...]
    spellings: tuple[tuple[str, str], ...]
    closers: tuple[str, ...]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A grade for the products that meet every stated condition; `?` among colours or sizes means: not stated."""

    grade: int
    kinds: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] | None = None
    colors: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    min_rating: float | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What a shopper types, and the rules that judge every product for it (the first that fits decides)."""

    query_id: str
    text: str
    type: str
    rules: tuple[Rule, ...]
    min_price: int | None = None
    max_price: int | None = None


def load_categories() -> list[Category]:
    """Return the categories of all tables, by file name."""
    return [_category(_read(path)) for path in sorted(TABLES.glob("*.toml")) if path != QUERIES]


def load_queries() -> list[Query]:
    """Return the queries in the order of their table."""
    return [_query(row) for row in _read(QUERIES)["query"]]


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _category(row: dict[str, Any]) -> Category:
    kinds = tuple(_kind(kind) for kind in row.pop("kind"))
    return Category(kinds=kinds, **{key: _frozen(value) for key, value in row.items()})


def _kind(row: dict[str, Any]) -> Kind:
    return Kind(**{key: _frozen(value) for key, value in row.items()})


def _query(row: dict[str, Any]) -> Query:
    rules = tuple(Rule(**{key: _frozen(value) for key, value in rule.items()}) for rule in row.pop("rules"))
    return Query(rules=rules, **row)


def _frozen(value: Any) -> Any:
    """Return lists as tuples, at every depth."""
    if isinstance(value, list):
        return tuple(_frozen(entry) for entry in value)
    if isinstance(value, dict):
        return {key: _frozen(entry) for key, entry in value.items()}
    return value
