"""Which column of a foreign file is which field of a product: as the user says, or as its name suggests."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence

from retrieval.catalogue.keys import FIELDS, field_of
from retrieval.errors import CatalogueError, SettingsError
from retrieval.text import fold

FieldsOf = Callable[[str], tuple[str, ...]]
"""Column -> the fields that it fills; none makes it an attribute."""

# What other shops, marketplaces and feeds call a field, the surest name first. Beside a regular price a sale price is
# often empty, so that the regular one is the price where neither is called just that.
_FOREIGN: dict[str, tuple[str, ...]] = {
    "product_id": (
        "product id", "id", "doc id", "docid", "item id", "product code", "item code", "product number", "product no",
        "item number", "item no", "article number", "article no", "asin", "uuid", "uid", "listing id", "offer id",
        "variant id", "পণ্য আইডি", "পণ্যের আইডি", "আইডি", "পণ্য কোড", "পণ্যের কোড",
    ),
    "title": (
        "title", "name", "product title", "product name", "item name", "item title", "listing title", "product",
        "model name", "item", "label", "heading", "পণ্যের নাম", "পণ্য নাম", "নাম", "শিরোনাম", "পণ্য",
    ),
    "description": (
        "description", "product description", "item description", "long description", "full description", "body html",
        "body", "details", "product details", "about", "content", "text", "summary", "short description", "desc",
        "বিবরণ", "বর্ণনা", "পণ্যের বিবরণ", "বিস্তারিত",
    ),
    "category": (
        "category", "categories", "product category", "category name", "product type", "type", "department",
        "category path", "main category", "collection", "group", "ক্যাটাগরি", "ক্যাটেগরি", "বিভাগ", "শ্রেণী", "শ্রেণি", "ধরন",
    ),
    "brand": (
        "brand", "brand name", "manufacturer", "maker", "make", "vendor", "label name", "ব্র্যান্ড", "ব্রান্ড", "প্রস্তুতকারক",
        "কোম্পানি",
    ),
    "sku": (
        "sku", "sku code", "sku id", "item sku", "product sku", "variant sku", "stock code", "part number",
        "mpn", "model number", "model no", "gtin", "ean", "upc", "barcode", "এসকেইউ", "কোড",
    ),
    "url": (
        "url", "product url", "link", "product link", "permalink", "page url", "web page", "item url", "source url",
        "href", "লিংক", "লিঙ্ক", "ঠিকানা",
    ),
    "price": (
        "price", "unit price", "selling price", "current price", "our price", "final price",
        "discounted price", "offer price", "retail price", "variant price", "price value", "amount", "cost", "rate",
        "regular price", "sale price", "special price", "দাম", "মূল্য", "একক মূল্য", "বর্তমান দাম", "বিক্রয় মূল্য",
    ),
    "price_max": ("price max", "max price", "maximum price", "highest price", "price to", "সর্বোচ্চ দাম", "সর্বোচ্চ মূল্য"),
    "currency": ("currency", "currency code", "price currency", "মুদ্রা"),
    "original_price": (
        "original price", "regular price", "old price", "list price", "mrp", "msrp", "rrp", "compare at price",
        "variant compare at price", "was price", "price before discount", "full price", "আগের দাম", "পূর্বের দাম", "আসল দাম",
        "নিয়মিত মূল্য",
    ),
    "discount": ("discount", "discount percent", "discount percentage", "off", "ছাড়", "ডিসকাউন্ট"),
    "rating": (
        "rating", "average rating", "avg rating", "rating avg", "ratings average", "stars", "star rating",
        "review score", "score", "রেটিং", "গড় রেটিং",
    ),
    "rating_count": (
        "rating count", "ratings count", "rating cnt", "number of ratings", "no of ratings", "ratings", "review count",
        "reviews count", "number of reviews", "no of reviews", "num reviews", "reviews", "total reviews", "votes",
        "রেটিং সংখ্যা", "রিভিউ", "রিভিউ সংখ্যা",
    ),
    "sales": (
        "sales", "sold", "units sold", "items sold", "quantity sold", "sales count", "total sales", "orders", "বিক্রি",
        "বিক্রিত", "বিক্রয়",
    ),
    "colors": ("colors", "color", "colours", "colour", "colour name", "color name", "available colors", "রং", "রঙ"),
    "sizes": ("sizes", "size", "size name", "available sizes", "সাইজ", "মাপ", "আকার"),
    "seller": (
        "seller", "sold by", "seller name", "shop", "shop name", "store", "store name", "merchant", "বিক্রেতা",
        "দোকান",
    ),
    "images": (
        "images", "image", "image url", "image urls", "image link", "image links", "image src", "main image", "picture",
        "pictures", "picture url", "photo", "photos", "photo url", "thumbnail", "img", "img url",
        "ছবি", "ছবির লিংক",
    ),
}  # fmt: skip
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SUFFIX = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation, " "))
_PREFIX = re.compile(r"(?:product|item|goods|article|main|primary|variant|পণ্যের)\s+(?=\S)")
_UNIT = re.compile(r"\s+(?:bdt|usd|eur|gbp|inr|tk|taka|rs|in bdt|in usd|in tk|টাকা)$")


def native(column: str) -> tuple[str, ...]:
    """Return the field that a column stands for by its own name, as a tuple; () where it is an attribute."""
    field = field_of(column)
    return () if field is None else (field,)


def _plain(column: str) -> str:
    return " ".join(fold(_CAMEL.sub(" ", column)).translate(_PUNCTUATION).split())


_KNOWN = {field: [_plain(name) for name in names] for field, names in _FOREIGN.items()}
_FIELD_OF_NAME = {name: field for field, names in _KNOWN.items() for name in names}


def _shorter(column: str) -> str:
    """Return a column's plain name without a suffix in brackets, a leading `product` and a currency at its end."""
    return _UNIT.sub("", _PREFIX.sub("", _plain(_SUFFIX.sub("", column))))


def looks_known(column: str) -> bool:
    """Tell whether a column's name stands for a field, its own or a foreign one."""
    return bool(native(column)) or _plain(column) in _FIELD_OF_NAME or _shorter(column) in _FIELD_OF_NAME


def suggest_mapping(columns: Sequence[str]) -> dict[str, str]:
    """Return field -> column as the columns' names suggest it, in the order of a product's fields.

    Every column is suggested once, but for a stock-keeping unit, which also stands for the product's id where nothing
    else does: without an id products could not be told apart after a change.
    """
    found: dict[str, str] = {}
    for plain in (_plain, _shorter):
        names = {column: plain(column) for column in columns}
        for field, known in _KNOWN.items():
            if field in found:
                continue
            left = [column for column in columns if column not in found.values()]
            best = min((c for c in left if names[c] in known), key=lambda c: known.index(names[c]), default=None)
            if best is not None:
                found[field] = best
    if "product_id" not in found and "sku" in found:
        found["product_id"] = found["sku"]
    return {field: found[field] for field in _FOREIGN if field in found}


def parse_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """Return field -> column from `field=column` texts; `field=` says that no column fills it.

    Raises SettingsError for a text of another form, an unknown field, or a field that is given twice.
    """
    mapping: dict[str, str] = {}
    for pair in pairs:
        field, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or not field:
            raise SettingsError(f"{pair!r} is no mapping; write FIELD=COLUMN, e.g. title='Product name'.")
        name = known_field(field)
        if mapping.get(name, column) != column:
            raise SettingsError(f"{name} is mapped twice, to {mapping[name]!r} and to {column!r}; name one column.")
        mapping[name] = column
    return mapping


def known_field(name: str) -> str:
    """Return the field of that name; raise SettingsError listing the fields where there is none."""
    field = name if name in FIELDS else field_of(name)
    if field is None:
        raise SettingsError(f"{name!r} is no field of a product; map one of {', '.join(_FOREIGN)}.")
    return field


def resolve(mapping: Mapping[str, str] | None, columns: Sequence[str], where: str) -> FieldsOf:
    """Return which fields each of these columns fills under a mapping of field -> column.

    A column that the mapping does not name keeps the meaning of its own name, unless its field is mapped: then it is an
    attribute. Letter case and space around a column make no difference where only one column is meant. Raises
    CatalogueError naming the columns that are there where one is unknown, SettingsError for an unknown field.
    """
    if not mapping:
        return native
    mapped: dict[str, list[str]] = {}
    fields: set[str] = set()
    for name, wanted in mapping.items():
        field = known_field(name)
        fields.add(field)
        if wanted.strip():
            mapped.setdefault(_column(wanted.strip(), columns, field, where), []).append(field)

    def fields_of(column: str) -> tuple[str, ...]:
        if column in mapped:
            return tuple(mapped[column])
        return tuple(field for field in native(column) if field not in fields)

    return fields_of


def _column(wanted: str, columns: Sequence[str], field: str, where: str) -> str:
    if wanted in columns:
        return wanted
    alike = [column for column in columns if fold(column).strip() == fold(wanted)]
    if len(alike) == 1:
        return alike[0]
    there = ", ".join(repr(column) for column in columns[:60]) or "none"
    more = f" and {len(columns) - 60} more" if len(columns) > 60 else ""
    raise CatalogueError(
        f"{where} has no column {wanted!r}, which the mapping names for {field}; the columns there are {there}{more}. "
        "Correct the mapping: --map FIELD=COLUMN"
    )
