"""What a claim says of several products: who is cheapest of them, and who is cheaper than whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from answering.facts import discounts, facts_of
from retrieval.records import Product

Measure = Callable[[Product], float | None]


def _discount(product: Product) -> float | None:
    found = discounts(product)
    return float(round(found[0])) if found else None


def _rating_count(product: Product) -> float | None:
    return None if product.rating_count is None else float(product.rating_count)


def _sales(product: Product) -> float | None:
    return None if product.sales is None else float(product.sales)


MEASURES: dict[str, Measure] = {
    "price": lambda product: product.price,
    "rating": lambda product: product.rating,
    "rating_count": _rating_count,
    "sales": _sales,
    "discount": _discount,
}
"""What products are ranked by."""

_ORDINAL = r"(?:(?P<nth>second|third|fourth|next|2nd|3rd|4th)[\s-])?"
_SUPERLATIVES: tuple[tuple[str, bool, str], ...] = (
    ("price", False,
        r"cheapest|least expensive|least costly|lowest[\s-]price[ds]?|lowest[\s-]cost|lowest in price|"
        r"most affordable|most economical|most "
     r"budget[\s-]friendly|most inexpensive|costs? (?:the )?(?:very )?least|priced (?:the )?lowest|"
     r"(?:lowest|smallest) (?:asking )?(?:price|cost)|least money|"
     r"no(?:thing|ne)[^.;]{0,40} (?:is|costs?|comes?) (?:cheaper|less)|undercuts (?:all|every|the rest|"
     r"everything)|lowest of (?:all|the)"),
    ("price", True,
        r"most expensive|priciest|dearest|costliest|most costly|highest[\s-]price[ds]?|highest in price|"
        r"costs? (?:the )?(?:very )?most|"
     r"priced (?:the )?highest|highest (?:asking )?(?:price|cost)|no(?:thing|ne)[^.;]{0,40} (?:is|"
     r"costs?) (?:dearer|pricier|more(?: expensive)?)"),
    ("rating_count", True,
        r"most[\s-](?:often |frequently |widely )?(?:rated|reviewed)|(?:the )?most (?:customer |"
        r"buyer )?(?:ratings|reviews)|(?:rated|reviewed) (?:the )?most(?: often)?|"
     r"(?:highest|largest|biggest|greatest) number of (?:ratings|reviews)|highest in rating_count|rated by the most"),
    ("rating_count", False,
        r"least[\s-](?:often )?(?:rated|reviewed)|fewest (?:ratings|reviews)|lowest in rating_count|"
        r"(?:smallest|lowest) number of (?:ratings|reviews)"),
    ("rating", True,
        r"best[\s-](?:rated|reviewed|scoring|scored|liked)|highest[\s-](?:rated|scoring|scored)|"
        r"(?<=the )top[\s-](?:rated|scoring|reviewed)|"
     r"(?:highest|best|top) (?:average |customer |buyer |overall |user )?(?:ratings?|score|marks|"
     r"stars)|rat(?:ed|es) (?:the )?(?:best|highest)|scores? (?:the )?(?:best|highest)|"
     r"highest in rating|no(?:thing|ne)[^.;]{0,40} (?:better|higher)[\s-]rated|"
     r"most stars|rated highest"),
    ("rating", False,
        r"(?:worst|lowest|poorest)[\s-](?:rated|reviewed|scoring)|(?:lowest|worst|poorest) (?:average |"
        r"customer )?(?:rating|score)|rat(?:ed|es) (?:the )?(?:lowest|worst)|"
     r"lowest in rating|least well rated"),
    ("sales", True,
        r"best[\s-]?sell(?:ing|er)|most[\s-]sold|top[\s-]sell(?:ing|er)|(?:most|highest|strongest|"
        r"best) (?:units )?sales|sells (?:the )?(?:best|most)|sold (?:the )?most|"
     r"most[\s-](?:bought|purchased|ordered)|highest in sales|most units sold|most orders|(?:highest|"
     r"largest) number of (?:sales|orders)"),
    ("sales", False,
        r"least[\s-]sold|worst[\s-]sell(?:ing|er)|fewest sales|lowest sales|sold (?:the )?least|"
        r"lowest in sales"),
    ("discount", True,
        r"(?:biggest|largest|highest|deepest|steepest|best|greatest) (?:percentage |price )?(?:discount|"
        r"reduction|saving|savings|markdown|cut|percentage off)|most (?:heavily )?"
     r"(?:reduced|discounted)|highest in discount|discounted (?:the )?most|reduced (?:the )?most"),
    ("discount", False, r"least (?:reduced|discounted)|(?:smallest|lowest) (?:discount|reduction)|lowest in discount"),
    ("popular", True, r"most popular|crowd favourite"),
    ("amount", True,
        r"(?:largest|biggest|highest|longest|heaviest|widest|tallest|greatest|roomiest|most powerful|"
        r"fastest|strongest|brightest)"),
    ("amount", False, r"(?:smallest|lightest|shortest|thinnest|narrowest|slimmest|slowest|weakest|lowest)"),
)  # fmt: skip
_SUPERLATIVE = tuple((f, most, re.compile(rf"\b{_ORDINAL}(?:{p})\b")) for f, most, p in _SUPERLATIVES)
_AMONG_MANY = re.compile(r"\b(?:one of|among|some of|amongst)\s(?:the|our)\s?(?:\w+\s)?$")
_COMPARATIVES: tuple[tuple[str, bool, str], ...] = (
    ("price", False,
        r"cheaper|less expensive|less costly|costs? less|costing less|lower[\s-]priced?|more affordable|"
        r"priced lower|more economical|undercuts?|"
     r"(?:৳|tk|rs|\$|€|£)\s?[\d,.]+ less|[\d,.]+\s?(?:taka|tk|৳) less|lower (?:in )?price|less than|saves? you"),
    ("price", True,
        r"more expensive|dearer|pricier|costs? more|costing more|costlier|higher[\s-]priced?|priced higher|"
        r"more costly|higher (?:in )?price|"
     r"(?:৳|tk|rs|\$|€|£)\s?[\d,.]+ more|[\d,.]+\s?(?:taka|tk|৳) more"),
    ("rating_count", True,
        r"more (?:customer |buyer )?(?:ratings|reviews)|(?:rated|reviewed) more often|more (?:often|widely|"
        r"frequently) (?:rated|reviewed)|more reviewers"),
    ("rating_count", False,
        r"(?:fewer|less) (?:customer |buyer )?(?:ratings|reviews)|(?:rated|reviewed) less often|"
        r"less (?:often|widely) (?:rated|reviewed)"),
    ("rating", True,
        r"(?:better|higher)[\s-](?:rated|scored|reviewed)|rat(?:ed|es) (?:\w+ )?(?:higher|better)|"
        r"(?:higher|better) (?:average |customer |overall )?(?:rating|score)s?|scor\w+ (?:\w+ )?(?:higher|"
        r"better)|"
     r"more stars|outscores?|better liked|outrates?"),
    ("rating", False,
        r"(?:lower|worse|less well)[\s-](?:rated|scored|reviewed)|rat(?:ed|es) (?:\w+ )?(?:lower|worse)|"
        r"(?:lower|worse) (?:average |customer )?(?:rating|score)s?|scor\w+ (?:\w+ )?(?:lower|worse)|"
        r"fewer stars"),
    ("sales", True,
        r"more sales|sold (?:more|better)|sells (?:more|better)|outsells?|outsold|better[\s-]selling|"
        r"more popular|more (?:units )?sold|more orders"),
    ("sales", False, r"fewer sales|sold less|sells (?:less|worse)|less popular|fewer orders"),
    ("discount", True,
        r"(?:bigger|larger|deeper|higher|steeper|better) (?:discount|reduction)|more heavily (?:reduced|"
        r"discounted)"),
    ("discount", False, r"(?:smaller|lower) (?:discount|reduction)"),
)  # fmt: skip
_COMPARATIVE = tuple((f, more, re.compile(rf"(?<!\w)(?:{p})\b")) for f, more, p in _COMPARATIVES)
_SAME = (
    ("price", re.compile(
        r"\b(?:costs? (?:exactly )?the same|(?:the )?same price|equally (?:priced|expensive|cheap)|"
        r"identical(?:ly)? price[ds]?|priced (?:the same|alike|identically))\b")),
    ("rating", re.compile(
        r"\b(?:rated the same|same (?:average )?(?:rating|score)|equally (?:well )?rated|"
        r"identical ratings?|score the same|rated (?:alike|equally))\b")),
    ("rating_count", re.compile(r"\b(?:as many ratings|same number of (?:ratings|reviews)|rated equally often)\b")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Superlative:
    """An extreme that a claim states: the `nth` of a field from the top (`most`) or bottom; `some` is "one of the"."""

    field: str
    most: bool
    start: int
    end: int
    text: str
    nth: int = 1
    some: bool = False


@dataclass(frozen=True, slots=True)
class Comparative:
    """A comparison that a claim states; `more` None says that both are alike. `than` is where "than" stands."""

    field: str
    more: bool | None
    start: int
    end: int
    text: str
    than: int | None = None


_NTH = {"second": 2, "2nd": 2, "next": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_THAN = re.compile(r"[^.;:]{0,60}?\bthan\b")
_BOUND_THAN = re.compile(
    r"\s?(?:before|previously|earlier|it was|normal|"
    r"৳|us\$|\$|€|£|₹|tk\.?|rs\.?|bdt|taka|\d|half|\w+ hundred|one|two|three|four|five|your|you|"
    r"most|many|average|usual|its|the (?:usual|original|regular|average))"
)


@lru_cache(maxsize=4096)
def superlatives(folded: str) -> tuple[Superlative, ...]:
    """Return the superlatives of a folded claim, none within another."""
    found: list[Superlative] = []
    for field, most, pattern in _SUPERLATIVE:
        for match in pattern.finditer(folded):
            if any(match.start() < one.end and one.start < match.end() for one in found):
                continue
            some = _AMONG_MANY.search(folded[max(0, match.start() - 24) : match.start()]) is not None
            found.append(
                Superlative(field, most, *match.span(), match[0].strip(), _NTH.get(match["nth"] or "", 1), some)
            )
    return tuple(sorted(found, key=lambda one: one.start))


@lru_cache(maxsize=4096)
def comparatives(folded: str) -> tuple[Comparative, ...]:
    """Return the comparisons between products in a folded claim; "cheaper than ৳ 500" is a bound and none."""
    found: list[Comparative] = []
    for field, more, pattern in _COMPARATIVE:
        for match in pattern.finditer(folded):
            if any(match.start() < one.end and one.start < match.end() for one in found):
                continue
            tail = folded[match.end() :]
            than = match.end() if match[0].endswith("than") else None
            if than is None and (ahead := _THAN.match(tail)):
                than = match.end() + ahead.end()
            if than is not None and _BOUND_THAN.match(folded, than):
                continue
            if than is None and re.match(r"\s?(?:than|or)\b", tail):
                continue
            # "or less" and "or cheaper" are bounds.
            if re.search(r"\b(?:or|and|no|any|not)\s$", folded[: match.start()]):
                continue
            found.append(Comparative(field, more, *match.span(), match[0].strip(), than))
    for field, pattern in _SAME:
        found += [Comparative(field, None, *match.span(), match[0].strip()) for match in pattern.finditer(folded)]
    return tuple(sorted(found, key=lambda one: one.start))


def measures_of(field: str, stated: Sequence[tuple[str, float]] = ()) -> tuple[Measure, ...]:
    """Return what a field of a superlative may mean; an amount is that of a unit which the claim states."""
    if field == "popular":
        return MEASURES["sales"], MEASURES["rating_count"]
    if field == "amount":
        return tuple(_amount_of(unit) for unit, _ in stated)
    return (MEASURES[field],)


def _amount_of(unit: str) -> Measure:
    def measure(product: Product) -> float | None:
        values = facts_of(product).amounts.get(unit)
        return max(values) if values else None

    return measure


def is_extreme(product: Product, among: Iterable[Product], measure: Measure, one: Superlative) -> bool:
    """Tell whether a product has the value that a superlative states, among some; ties are all extreme."""
    own = measure(product)
    values = {value for other in among if (value := measure(other)) is not None}
    if own is None:
        return False
    ordered = sorted(values | {own}, reverse=one.most)
    place = ordered.index(own)
    if one.some:
        return place < max(3, len(ordered) // 4)
    return place == min(one.nth, len(ordered)) - 1


def holds(one: Comparative, left: Iterable[Product], right: Iterable[Product]) -> bool:
    """Tell whether every product on the left is what a comparison says against every one on the right."""
    measure = MEASURES[one.field]
    for a in left:
        for b in right:
            x, y = measure(a), measure(b)
            if one.field in ("sales",) and one.text.endswith("popular") and not _ordered(x, y, one.more):
                x, y = _rating_count(a), _rating_count(b)
            if one.field == "rating" and one.more and y is None and x is not None:
                continue
            if not _ordered(x, y, one.more):
                return False
    return True


def _ordered(x: float | None, y: float | None, more: bool | None) -> bool:
    if x is None or y is None:
        return x is None and y is None and more is None
    return x == y if more is None else (x > y if more else x < y)
