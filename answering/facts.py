"""What a product's record says, normalised as in search, so that a claim about it can be looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Generic, TypeVar

from answering.checking.alike import ALIKE, ENDINGS, SAID_AS
from answering.checking.amounts import ORDINAL, ends, labelled, multiples, order_of, same_time, stem, tallies
from answering.checking.spelt import SPELT, spelt
from answering.defuse import inline
from retrieval.query.codes import codes
from retrieval.query.colours import NAMES, names
from retrieval.query.english import stem_all
from retrieval.query.numbers import FIGURE
from retrieval.query.sizes import same_size
from retrieval.query.synonyms import shipped
from retrieval.query.units import canonical, measures
from retrieval.records import Product
from retrieval.text import clean_text, fold

LONGEST = 100_000
"""Characters of a description that may be quoted."""
WORD = re.compile(r"[^\W_]+(?:[\u0980-\u09ff]+[^\W_]*)*")
NO_BRANDS = frozenset(
    {"", "no brand", "nobrand", "no-brand", "none", "n/a", "na", "unbranded", "generic", "not specified"}
)
_FIGURE = re.compile(rf"(?<![\d.]){FIGURE}")
_NUMBERED = re.compile(rf"({FIGURE})\s*[-–+]?\s*([^\W\d_]+|%|°\s?[cf]?(?![^\W\d_]))")
_SOLID = re.compile(r"[^a-z0-9\u0980-\u09ff]+")
_SIZE_LIST = re.compile(r"\bsizes?\b[^a-z0-9]{0,3}((?:[a-z0-9./-]{1,6}[\s,&]*(?:and |or |to )?){1,14})")
_SIZE = re.compile(r"\d?x{0,4}[sml]\b|\d?x{1,4}[sl]\b|free|\d{1,3}(?:\.5)?")
_METRES = re.compile(r"(?<![\w.,])(\d+(?:\.\d+)?) m(?![^\W_])")
_SIDES = re.compile(r"(\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)+)([a-z]{1,3})")
_MEASURE = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)")
# Units of time, amounts and the like that measures do not know, each in one spelling.
_COUNTED = {
    "hour": "hour hours hr hrs h ঘণ্টা", "minute": "minute minutes min mins", "second": "second seconds sec secs",
    "day": "day days দিন", "week": "week weeks wk", "month": "month months mo mon মাস", "year": "year years yr yrs বছর",
    "person": "person persons people adults guests", "page": "page pages sheet sheets leaves", "cup": "cup cups",
    "bag": "bag bags teabag teabags", "speed": "speed speeds", "level": "level levels",
    "channel": "channel channels ch",
    "axis": "axis axes", "degree": "degree degrees ° °c °f celsius",
    "km": "km kms kilometre kilometres kilometer kilometers",
    "mile": "mile miles", "amp": "amp amps a ampere", "core": "core cores", "port": "port ports", "set": "set sets",
    "fold": "fold folds", "way": "way ways", "colour": "colour colours color colors", "inch": "inch inches in",
    "layer": "layer layers ply", "percent": "percent %", "drawer": "drawer drawers", "shelf": "shelf shelves",
    "pocket": "pocket pockets", "button": "button buttons", "blade": "blade blades", "player": "player players",
    "key": "key keys", "slot": "slot slots", "door": "door doors", "wheel": "wheel wheels", "lens": "lens lenses",
    "hole": "hole holes", "bit": "bit bits", "serving": "serving servings", "stage": "stage stages",
    "pack": "pack packs",
    "camera": "camera cameras", "light": "light lights", "battery": "battery batteries",
    "piece": "piece pieces pcs pc block blocks",
}  # fmt: skip
COUNTED = {word: unit for unit, words in _COUNTED.items() for word in words.split()}
"""Words that say what a number counts, and the unit that each stands for."""


def solid(text: str) -> str:
    """Return the letters and digits of a folded text without anything between."""
    return _SOLID.sub("", text)


def figures(folded: str) -> frozenset[float]:
    """Return the numbers that stand in a folded text as figures."""
    return frozenset(float(found[0].replace(",", "")) for found in _FIGURE.finditer(folded))


def counted(folded: str) -> frozenset[tuple[float, str]]:
    """Return what a folded text counts: (12, hour) of "12 hrs"."""
    return frozenset(
        (float(match[1].replace(",", "")), COUNTED[match[2].replace(" ", "")])
        for match in _NUMBERED.finditer(folded)
        if match[2].replace(" ", "") in COUNTED
    )


def discounts(product: Product) -> tuple[float, ...]:
    """Return the percentages by which a product may be called reduced: as stated, and from the price before."""
    found = [] if product.discount is None else [product.discount]
    before, now = product.original_price, product.price
    if before is not None and now is not None and before > now:
        found.append(100 * (1 - now / before))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Facts:
    """A product's facts; each is read when it is first asked for."""

    product: Product

    @cached_property
    def title(self) -> str:
        """The title as it stands in an answer, folded."""
        return fold(inline(self.product.title, LONGEST))

    @cached_property
    def title_words(self) -> tuple[str, ...]:
        """The words of the title, folded, in order."""
        return tuple(WORD.findall(self.title))

    @cached_property
    def naming(self) -> frozenset[str]:
        """The words of the title and brand."""
        return frozenset((*self.title_words, *WORD.findall(self.brand)))

    @cached_property
    def brand(self) -> str:
        """The brand, folded; "" where there is none."""
        maker = " ".join(fold(self.product.brand or "").split())
        return "" if maker in NO_BRANDS else maker

    def states(self, field: str) -> bool:
        """Tell whether a field of Product says something; dots and "not specified" say nothing."""
        found = getattr(self.product, field)
        if isinstance(found, tuple | str):
            return any(
                any(char.isalnum() for char in one) and fold(one).strip() not in NO_BRANDS
                for one in (found if isinstance(found, tuple) else (found,))
            )
        return found is not None

    def _texts(self) -> Iterator[str]:
        product = self.product
        yield product.title
        yield inline(product.title, LONGEST)
        yield from (text for text in (product.category, product.brand, product.sku, product.seller) if text)
        yield product.product_id
        yield ", ".join(product.colors)
        yield ", ".join(product.sizes)
        for key, value in product.attributes.items():
            yield f"{key}: {value if isinstance(value, str) else ', '.join(value)}"

    @cached_property
    def stated(self) -> str:
        """Everything but the description, folded; a field a line."""
        return fold(clean_text("\n".join(" ".join(text.split()) for text in self._texts())))

    @cached_property
    def text(self) -> str:
        """Everything, folded; a field a line."""
        return f"{self.stated}\n{fold(clean_text(self.product.description))}"

    @cached_property
    def solid(self) -> str:
        """Everything without spaces and marks."""
        return solid(self.text)

    @cached_property
    def quotable(self) -> str:
        """The description as it stands in an answer, without spaces and marks."""
        return solid(fold(inline(self.product.description, LONGEST)))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word."""
        return frozenset(WORD.findall(self.text))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stem of every word."""
        return frozenset(stem_all(sorted(self.words))) | self.words

    @cached_property
    def name_stems(self) -> frozenset[str]:
        """The stems of what the product may be called by: title, brand, category, model attributes."""
        named = [self.title, self.brand, fold(self.product.category or ""), fold(self.product.sku or "")]
        named += [fold(v) for k, v in self.product.attributes.items() if isinstance(v, str) and "model" in k.casefold()]
        words = WORD.findall(" ".join(named))
        return frozenset(stem_all(words)) | frozenset(words)

    @cached_property
    def category_stems(self) -> frozenset[str]:
        """The stems of the words of its category."""
        return frozenset(stem_all(WORD.findall(fold(self.product.category or ""))))

    @cached_property
    def measures(self) -> frozenset[str]:
        """Quantities and dimensions in canonical form."""
        sizes = [token for size in self.product.sizes for token in canonical(size)]
        # "5.5 m" is a length where it is all that an attribute says.
        values = [value for value in self.product.attributes.values() if isinstance(value, str) and len(value) < 20]
        glued = [token for value in values for token in canonical(value.replace(" ", ""))]
        texts = (self.text, self.in_figures, self.ends)
        read = [token for text in texts for one in measures(text) for token in one.tokens]
        sided = [match for token in read if (match := _SIDES.fullmatch(token))]
        sides = [f"{side}{match[2]}" for match in sided for side in match[1].split("x")]
        # In running text a single letter is taken for metres as well.
        metres = [token for match in _METRES.finditer(self.text) for token in canonical(f"{match[1]}metre")]
        return frozenset([*read, *sides, *sizes, *glued, *metres])

    @cached_property
    def amounts(self) -> dict[str, tuple[float, ...]]:
        """The numbers of the measures by their unit."""
        found: dict[str, list[float]] = {}
        for token in self.measures:
            match = _MEASURE.fullmatch(token)
            if match:
                found.setdefault(match[2], []).append(float(match[1]))
        for number, unit in self.counted:
            found.setdefault(unit, []).append(number)
        return {unit: tuple(values) for unit, values in found.items()}

    @cached_property
    def units(self) -> frozenset[str]:
        """The units of its measures, in canonical form."""
        return frozenset(match[2] for token in self.measures if (match := _MEASURE.fullmatch(token)))

    @cached_property
    def counted(self) -> frozenset[tuple[float, str]]:
        """What it counts besides: (12, hour)."""
        found = counted(self.text) | counted(self.in_figures) | counted(self.ends)
        return found | {same for value, unit in found for same in same_time(value, unit)}

    @cached_property
    def ends(self) -> str:
        """The ends of the ranges that it states."""
        return ends(self.text)

    @cached_property
    def labels(self) -> dict[str, frozenset[float]]:
        """The numbers that stand behind words, by the words' stems: 30 of "SPF 30"."""
        return labelled(self.text)

    @cached_property
    def field_stems(self) -> frozenset[str]:
        """The stems of the words of everything but the description."""
        return frozenset(stem_all(sorted(set(WORD.findall(self.stated)))))

    @cached_property
    def ordinals(self) -> frozenset[tuple[int, str]]:
        """What it is the first, second or so of, by the stem: (2, edition)."""
        return frozenset((order_of(match[1]), stem(match[2])) for match in ORDINAL.finditer(self.text))

    @cached_property
    def tallies(self) -> dict[str, frozenset[float]]:
        """How many it has of things, by their stems."""
        return tallies((self.text, self.in_figures, self.ends))

    @cached_property
    def in_figures(self) -> str:
        """Everything, with numbers in words as figures."""
        return multiples(re.sub(SPELT, lambda match: f"{spelt(match[0]) or 0:g}", self.text))

    @cached_property
    def numbers(self) -> frozenset[float]:
        """Every number, those of the price and ratings with them."""
        product = self.product
        known = (product.price, product.price_max, product.original_price, product.rating, product.rating_count)
        return (
            figures(self.text) | figures(self.in_figures) | {float(n) for n in (*known, product.sales) if n is not None}
        )

    @cached_property
    def codes(self) -> frozenset[str]:
        """Model numbers and other codes without separators."""
        return frozenset(codes(self.text))

    @cached_property
    def listed_colours(self) -> frozenset[str]:
        """Colours that fields name, in one spelling: the list of colours, the title, the attributes."""
        return _colours(self.stated)

    @cached_property
    def colours(self) -> frozenset[str]:
        """Colours that anything names, the description too."""
        return _colours(self.text)

    @cached_property
    def sizes(self) -> frozenset[str]:
        """Sizes in one spelling, also without their system: "eu 42" and "42"."""
        found: set[str] = set()
        for size in self.product.sizes:
            one = same_size(size)
            found |= {one, one.split()[-1] if one.split() else one, *WORD.findall(one), *WORD.findall(fold(size))}
        for key, value in self.product.attributes.items():
            if "size" in key.casefold():
                found |= set(WORD.findall(fold(value if isinstance(value, str) else " ".join(value))))
        for listed in _SIZE_LIST.finditer(self.text):
            found |= {same_size(match[0]) for match in _SIZE.finditer(listed[1])}
        return frozenset(found)

    def attribute(self, key: str) -> str | None:
        """Return the value of the attribute of a folded name, folded; None where there is none."""
        for known, value in self.product.attributes.items():
            if fold(known) == key:
                return fold(value if isinstance(value, str) else ", ".join(value))
        return None

    def has_colour(self, colour: str, *, listed: bool = False) -> bool:
        """Tell whether a colour is the product's, also as a shade of it; a shade asked for must be that shade."""
        own = self.listed_colours if listed else self.colours
        if colour in own or any(one.endswith(f" {colour}") for one in own):
            return True
        # "navy" and "navy blue" are the same thing to a shop.
        return any(one.startswith(f"{colour} ") for one in own) or ("multicolor" in own and colour == "multicolor")

    def knows(self, word: str) -> bool:
        """Tell whether a folded word stands anywhere in the record: inflected, run together, or as a synonym."""
        return _knows(self, word)


@lru_cache(maxsize=65536)
def _knows(facts: Facts, word: str) -> bool:
    if word in facts.stems:
        return True
    root = stem(word)
    if root in facts.stems or (len(root) >= 5 and root in facts.solid):
        return True
    if any(
        len(word) - len(ending) > 2 and word.endswith(ending) and stem(word[: -len(ending)]) in facts.stems
        for ending in ENDINGS
    ):
        return True
    if any(word in words and pattern.search(facts.text) for pattern, words in SAID_AS):
        return True
    others = [other for _, found in shipped().expand([word]) for other in found]
    for other in (*others, *ALIKE.get(word, ()), *ALIKE.get(root, ())):
        pieces = WORD.findall(fold(other))
        if pieces and all(piece in facts.stems or stem(piece) in facts.stems for piece in pieces):
            return True
        # "5000mah": a unit is glued to its number.
        if len(pieces) == 1 and pieces[0] in facts.units:
            return True
    return False


def _colours(folded: str) -> frozenset[str]:
    found = {colour for _, _, colour in names(folded)}
    # The list of colours names things as colours: "Coffee", "Ash".
    found |= {line for line in re.split(r"[,\n/]\s*", folded) if 2 < len(line) < 24}
    return frozenset(found | {NAMES[word] for word in found if word in NAMES})


Record = TypeVar("Record")


class Same(Generic[Record]):
    """A record as a key by identity: records with mappings have no hash."""

    __slots__ = ("record",)

    def __init__(self, record: Record) -> None:
        self.record = record

    def __hash__(self) -> int:
        return id(self.record)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.record is self.record


@lru_cache(maxsize=2048)
def _of(same: Same[Product]) -> Facts:
    return Facts(same.record)


def facts_of(product: Product) -> Facts:
    """Return the facts of a product; those of the same record are read once."""
    return _of(Same(product))
