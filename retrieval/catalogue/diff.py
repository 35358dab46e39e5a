"""What a new version of a catalogue would change, before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from retrieval.records import ParseReport, Problem, Product

# Where a product stands in its file is no change of the product.
_COMPARED = tuple(field.name for field in fields(Product) if field.name not in ("product_id", "line", "attributes"))


@dataclass(frozen=True, slots=True)
class Change:
    """A product that differs; `fields` are names of Product's fields, an attribute's as `attributes.<key>`."""

    before: Product
    after: Product
    fields: tuple[str, ...]

    @property
    def product_id(self) -> str:
        return self.after.product_id

    def values(self, field: str) -> tuple[Any, Any]:
        """Return what a field holds before and after, None where an attribute is not there."""
        if field.startswith("attributes."):
            key = field.removeprefix("attributes.")
            return self.before.attributes.get(key), self.after.attributes.get(key)
        return getattr(self.before, field), getattr(self.after, field)


@dataclass(frozen=True, slots=True)
class CatalogueDiff:
    """What tells a catalogue from its new version: `added` and `changed` in the new file's order, `removed` in the old.

    `problems` are those of the new file.
    """

    added: tuple[Product, ...]
    changed: tuple[Change, ...]
    removed: tuple[Product, ...]
    unchanged: int
    problems: tuple[Problem, ...]

    @property
    def empty(self) -> bool:
        """Return whether nothing would change."""
        return not (self.added or self.changed or self.removed)

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as JSON-ready values."""
        return {
            "added": [{"product_id": p.product_id, "title": p.title, "line": p.line} for p in self.added],
            "changed": [
                {
                    "product_id": c.product_id,
                    "title": c.after.title,
                    "line": c.after.line,
                    "fields": {name: dict(zip(("before", "after"), c.values(name), strict=True)) for name in c.fields},
                }
                for c in self.changed
            ],
            "removed": [{"product_id": p.product_id, "title": p.title} for p in self.removed],
            "unchanged": self.unchanged,
            "problems": [
                {"line": p.line, "code": p.code, "product_id": p.product_id, "message": p.message}
                for p in self.problems
            ],
        }


def diff(old: Sequence[Product], new: ParseReport) -> CatalogueDiff:
    """Return what would change, products matched by id; an id made from the content changes with the content."""
    before = {product.product_id: product for product in old}
    added: list[Product] = []
    changed: list[Change] = []
    for product in new.products:
        known = before.pop(product.product_id, None)
        if known is None:
            added.append(product)
        elif names := _changed_fields(known, product):
            changed.append(Change(known, product, names))
    unchanged = len(new.products) - len(added) - len(changed)
    return CatalogueDiff(tuple(added), tuple(changed), tuple(before.values()), unchanged, new.problems)


def _changed_fields(old: Product, new: Product) -> tuple[str, ...]:
    names = [name for name in _COMPARED if getattr(old, name) != getattr(new, name)]
    keys = dict.fromkeys([*old.attributes, *new.attributes])
    names += [f"attributes.{key}" for key in keys if old.attributes.get(key) != new.attributes.get(key)]
    return tuple(names)
