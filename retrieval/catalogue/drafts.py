"""From what was written about a product to a Product: shared by the three readers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from retrieval.catalogue import fields
from retrieval.catalogue.prices import PriceReading, parse_currency, parse_price, says_more
from retrieval.records import AttributeValue, Product


@dataclass(frozen=True, slots=True)
class Note:
    """A problem before its product's final id is known."""

    line: int
    code: str
    message: str


@dataclass(slots=True)
class Entry:
    """What stands under one key: `text` beside it and `items` (line, text) below it."""

    key: str
    line: int
    text: str = ""
    items: list[tuple[int, str]] = field(default_factory=list)

    def joined(self) -> str:
        """Return everything as one text."""
        return ", ".join([t for t in (self.text, *(text for _, text in self.items)) if t])

    def value(self) -> AttributeValue:
        """Return the entry as an attribute: a text, or a tuple where it is a list."""
        if not self.items:
            return self.text
        return tuple(t for t in (self.text, *(text for _, text in self.items)) if t)


@dataclass(slots=True)
class Raw:
    """One product as written: `entries` by field name, `first` and `last` line in its file, `line` to report."""

    first: int
    last: int
    line: int
    entries: dict[str, Entry] = field(default_factory=dict)
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    description: str = ""
    notes: list[Note] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return what is written for a field, "" where nothing is."""
        entry = self.entries.get(name)
        return entry.joined() if entry else ""


@dataclass(slots=True)
class Draft:
    """A product whose id may still be missing ("") or taken; its title is "" where none was written."""

    product: Product
    notes: list[Note]
    first: int
    last: int


_BREAKS = re.compile(r"\s*[\r\n\t\v\f]+\s*")


def one_line(text: str) -> str:
    """Return the text stripped, line breaks and tabs inside it as single spaces."""
    return _BREAKS.sub(" ", text.strip())


def clean_id(text: str) -> str:
    """Return an id without backticks around it, runs of white space as one space."""
    return " ".join(text.strip().strip("`").split())


def tidy_description(text: str) -> str:
    """Return the text with `\\n` line ends, no white space at line ends, and no blank lines around it."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def add_attribute(attributes: dict[str, AttributeValue], key: str, value: AttributeValue) -> None:
    """Add a value under a key; a second, different value makes the two a list."""
    if not value:
        return
    old = attributes.get(key)
    if old is None:
        attributes[key] = value
        return
    before, after = (old,) if isinstance(old, str) else old, (value,) if isinstance(value, str) else value
    added = tuple(v for v in after if v not in before)
    if added:
        attributes[key] = (*before, *added)


def _price(raw: Raw, name: str) -> PriceReading:
    entry = raw.entries.get(name)
    if entry is None:
        return PriceReading()
    reading = parse_price(entry.joined())
    if not reading.readable:
        raw.notes.append(
            Note(
                entry.line,
                "bad-price",
                f"{entry.key} {entry.joined()[:80]!r} cannot be read, so {name} stays empty; "
                "write one amount, e.g. `৳ 1,250`, or a range, e.g. `৳ 300 - ৳ 450`",
            )
        )
    elif says_more(entry.joined()) or "%" in entry.joined():
        add_attribute(raw.attributes, entry.key, entry.joined())
    return reading


def _rating(raw: Raw) -> tuple[float | None, int | None]:
    entry, counted = raw.entries.get("rating"), raw.entries.get("rating_count")
    reading = fields.parse_rating(entry.joined()) if entry else fields.RatingReading(None, None, True)
    if entry and not reading.readable:
        raw.notes.append(
            Note(
                entry.line,
                "bad-rating",
                f"{entry.key} {entry.joined()[:80]!r} is no rating from 0 to 5; write `4.1/5 (31 ratings)`",
            )
        )
    value, count = reading.value, reading.count
    if count is None and counted and counted.joined():
        count = fields.parse_count(counted.joined())
        if count is None:
            raw.notes.append(
                Note(
                    counted.line,
                    "bad-rating",
                    f"{counted.key} {counted.joined()[:80]!r} is no number of ratings; write a whole number",
                )
            )
    if value == 0 and not count:
        return None, 0
    return value, count


def _url(raw: Raw) -> str | None:
    written = raw.text("url")
    if not written:
        return None
    address = fields.parse_url(written)
    if address is None:
        raw.notes.append(_bad_url(raw.entries["url"].key, written, raw.entries["url"].line))
    return address


def _bad_url(key: str, written: str, line: int) -> Note:
    return Note(
        line, "bad-url", f"{key} {written[:120]!r} is no http or https address and was left out; write it in full"
    )


def _images(raw: Raw) -> tuple[str, ...]:
    entry = raw.entries.get("images")
    if entry is None:
        return ()
    addresses = []
    for line, written in [(entry.line, part) for part in fields.split_images(entry.text)] + entry.items:
        address = fields.parse_url(written)
        if address is None:
            raw.notes.append(_bad_url(entry.key, written, line))
        else:
            addresses.append(address)
    return fields.unique(addresses)


def _list(raw: Raw, name: str) -> tuple[str, ...]:
    entry = raw.entries.get(name)
    if entry is None:
        return ()
    return fields.unique(fields.split_list(entry.text) + [text for _, text in entry.items])


def _seller(raw: Raw) -> str | None:
    entry = raw.entries.get("seller")
    if entry is None:
        return None
    if not entry.text:
        return entry.joined() or None
    name, address = fields.split_seller(one_line(entry.text))
    if address:
        add_attribute(raw.attributes, f"{entry.key} Link", address)
    if entry.items:
        # A marketplace lists a seller's figures below the name.
        add_attribute(raw.attributes, entry.key, tuple(text for _, text in entry.items))
    return name or None


def assemble(raw: Raw) -> Draft:
    """Return the product that was written, with notes on what could not be read.

    What a field cannot hold (sales without a number, words beside a price) is kept among the attributes.
    """
    reading = _price(raw, "price")
    price_max = _price(raw, "price_max")
    original = _price(raw, "original_price")
    low, high = reading.price, price_max.price if price_max.price is not None else reading.price_max
    if low is not None and high is not None and high < low:
        low, high = high, low
    rating, rating_count = _rating(raw)
    numbers: dict[str, float | None] = {}
    for name, parse in (("sales", fields.parse_count), ("discount", fields.parse_discount)):
        entry = raw.entries.get(name)
        numbers[name] = parse(entry.joined()) if entry else None
        if entry and (numbers[name] is None or says_more(entry.joined())):
            add_attribute(raw.attributes, entry.key, entry.joined())
    sales = numbers["sales"]
    product = Product(
        product_id=clean_id(raw.text("product_id")),
        title=one_line(raw.text("title")),
        category=one_line(raw.text("category")) or None,
        brand=one_line(raw.text("brand")) or None,
        sku=one_line(raw.text("sku")) or None,
        url=_url(raw),
        price=low,
        price_max=high,
        currency=parse_currency(one_line(raw.text("currency")))
        or reading.currency
        or original.currency
        or price_max.currency,
        original_price=original.price if original.price is not None else reading.original,
        discount=numbers["discount"],
        rating=rating,
        rating_count=rating_count,
        sales=int(sales) if sales is not None else None,
        colors=_list(raw, "colors"),
        sizes=_list(raw, "sizes"),
        seller=_seller(raw),
        description=tidy_description(raw.description),
        images=_images(raw),
        attributes=raw.attributes,
        line=raw.line,
    )
    return Draft(product, raw.notes, raw.first, raw.last)
