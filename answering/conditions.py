"""What a question demands of its products: bounds, colours, sizes, what it does not want, categories and brands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from answering.mentions import Value, Values, values_in
from answering.records import Need
from answering.words import words
from retrieval.query import constraints
from retrieval.query.colours import NAMES, names
from retrieval.query.line import Line
from retrieval.query.numbers import AMOUNT, value
from retrieval.query.records import Part
from retrieval.query.sizes import find_sizes, same_size
from retrieval.records import Filters
from retrieval.text import fold

NOT = "not "
"""Before the value of a need that a product must not meet."""
_LEAST = r"at least|minimum(?: of)?|no less than|not less than|>="
_OVER = r"more than|over|above|greater than|higher than|better than|>"
_MOST = r"at most|up to|no more than|not more than|maximum(?: of)?|<="
_BELOW = r"less than|under|below|fewer than|lower than|<"
_HOW = rf"(?:{_LEAST}|{_OVER}|{_MOST}|{_BELOW})"
_LESS = re.compile(rf"(?<!\w)(?:{_MOST}|{_BELOW})(?!\w)", re.I)
_N = AMOUNT
_STRICT = re.compile(
    r"(?<!\bor )(?<!\band )(?<!\bnot )(?<!\bno )\b(?:under|below|less than|lower than|cheaper than|fewer than|over|"
    r"above|more than|greater than|"
    r"higher than|better than)\b|[<>](?!=)",
    re.I,
)
"""Bounds that leave out the number itself."""
_NO_FEWER = re.compile(r"\b(?:no|not) fewer than\b", re.I)
_AFTERWARDS = re.compile(
    rf"(?P<amount>(?:৳|tk\.?|bdt|taka|\$)?\s?{AMOUNT}(?:\s?(?:taka|tk|bdt|৳))?)\s(?P<how>at (?:the )?most|"
    rf"at least)(?=\s*(?:$|[,.;?!]| (?:and|for|on|which|what)\b))",
    re.I,
)
_PEOPLE = r"(?:people|customers|shoppers|buyers|users|persons|reviewers|raters)"
# Said in words that the readers of queries do not know; in theirs it means the same.
_REWRITTEN = (
    (re.compile(rf"\b(?:rated|reviewed)\s(?:{_HOW}\s)?{_N}\stimes\b", re.I), "ratings"),
    (re.compile(rf"\b(?:rated|reviewed)\sby\s(?:{_HOW}\s)?{_N}(?:\+|\sor\smore)?\s{_PEOPLE}\b", re.I), "ratings"),
    (
        re.compile(
            rf"\b{_HOW}\s{_N}\s(?:people|customers|shoppers|buyers|users)(?:\s(?:have\s)?(?:rated|"
            rf"reviewed))?(?:\s(?:it|them))?\b",
            re.I,
        ),
        "ratings",
    ),
    (
        re.compile(
            rf"\b(?:number of (?:ratings|reviews)|(?:rating|review)s?\scount)(?:\sis|\sof)?\s{_HOW}\s{_N}\b", re.I
        ),
        "ratings",
    ),
    (re.compile(rf"\b{_HOW}\s{_N}\s(?:star\s)?(?:user|customer)?\s?(?:opinions|votes)\b", re.I), "ratings"),
)
# So few ratings are taken for stars by the reader of queries.
_FEW = re.compile(
    rf"\b(?:with\s|having\s|that\s|have\s|has\s|and\s)*(?:{_HOW}\s[1-5]|[1-5](?:\+|"
    rf"\s?\sor\smore)|[1-5](?=\s(?:ratings|reviews)\s(?:or|and)\s(?:more|up|above)))\s(?:customer\s|"
    rf"user\s)?(?:ratings|reviews)\b"
    rf"(?:\s(?:or|and)\s(?:more|up|above))?",
    re.I,
)
_SALES = re.compile(
    rf"\b(?:with\s|having\s|that\s|have\s|has\s|were\s|been\s|are\s)*(?:(?:sold|"
    rf"sales\sof)\s{_HOW}\s{_N}(?:\s(?:times|units|pieces))?"
    rf"|{_HOW}\s{_N}\s(?:units\s|pieces\s|copies\s|times\s)?(?:sold|sales|orders))\b",
    re.I,
)
_DISCOUNT = re.compile(
    rf"\b(?:with\s|having\s|that\s|is\s|are\s|a\s)*(?:(?:discount(?:ed)?|reduced)\s(?:of\s|by\s|"
    rf"is\s)*(?:{_HOW}\s)?{_N}\s?(?:%|percent)(?:\s?\+|\sor\smore)?"
    rf"|(?:{_HOW}\s)?(?:a\s)?{_N}\s?(?:%|percent)(?:\s?\+|\sor\smore)?\s(?:off|discount))",
    re.I,
)
_COMES_IN = re.compile(
    r"\b(?:comes?|available|have (?:it|them|this|that|one)|has it|get (?:it|them|one)|offered|made|sold|"
    r"buy (?:it|them|one)|exist) in\s+"
    r"(?:the |a )?(?:colou?rs? )?(?P<value>[^\W\d_]+(?:[\s-][^\W\d_]+)?)(?: colou?rs?)?\s*\??$",
    re.I,
)
_COMES_IN_SIZE = re.compile(
    r"\b(?:comes?|available|have (?:it|them|this|that|one)|get (?:it|them|one)|offered|made|sold|buy (?:it|them|"
    r"one)) in (?:a |the )?"
    r"(?P<value>[^,;?]{1,24}?)\s*\??$",
    re.I,
)
_SYSTEMS = ("uk", "us", "eu")
_A_SIZE = re.compile(r"x{0,5}[sl]|m|[2-9]xl|\d{2}(?:\.5)?", re.I)
_IN_COLOUR = re.compile(
    r"\bin (?:the )?(?:colou?r )?(?P<value>[^\W\d_]{3,}(?:[\s-][^\W\d_]+)?)(?= colou?r\b|$|[,;?]| (?:under|"
    r"below|for|with|over)\b)",
    re.I,
)
_COLOUR_WORD = re.compile(
    r"\b(?:in |of )?(?:the )?colou?rs? (?P<value>[^\W\d_]{3,})\b|\b(?P<before>[^\W\d_]{3,})[ -]colou?r(?:ed)?\b", re.I
)
_NAMED_IN = re.compile(
    r"[\ue000-\uf8ff]\s*in (?:the |a )?(?:colou?r )?(?P<value>[^\W\d_]{3,}(?:[\s-][^\W\d_]+)?)\s*\??$", re.I
)
_BEFORE_NAMED = re.compile(r"\b(?:an?|the|any|your) (?P<value>[^\W\d_]{3,})\s+[\ue000-\uf8ff]", re.I)
_NO_COLOURS = frozenset(
    "stock store shop sale box set pack pair bulk time general total size sizes colour color colours colors any "
    "every other which what many "
    "the this that your and different various all more full solid one single same of does is are do it "
    "available options option "
    "have has come comes price category brand catalogue catalog cotton silk leather wood metal plastic".split()
)
_SIZE_WORD = re.compile(
    r"\b(?:in |of |a |the )*sizes? (?:is |of |in |number )?(?P<value>\d{1,3}(?:\.\d)?|[a-z]{1,3}|\dxl|small|"
    r"medium|large)\b(?!-)",
    re.I,
)
_SIZE_NOT = frozenset("of is it in do are the for and or to a an can has by on as at be".split())
_JUST = re.compile(r"\b(?:exactly|precisely|just)\b", re.I)
_WORDS_OF_SIZES = {"small": "s", "medium": "m", "large": "l"}
_CUE_BEFORE_BRAND = re.compile(
    r"\b(?:(?:(?:under|in|of|from|by|for|within|with) (?:the )?)?brand(?:ed)?(?: is| name| called| named)?|by|"
    r"from|made by|maker|manufacturer|"
    r"of)(?: the)?(?: brand)?[\s:\"'“‘«]*$",
    re.I,
)
_CUE_BRAND = re.compile(r"\b(?:brand(?:ed)?(?: is| name| called| named)?|made by|by brand)(?: the)?[\s:\"'“‘«]*$", re.I)
_CUE_AFTER_BRAND = re.compile(r"^[\"'”’»\s]*(?:brand(?:ed)?)\b(?!\snew)", re.I)
_CUE_BEFORE_CATEGORY = re.compile(
    r"\b(?:(?:category|categories|section|department|aisle|under|in|among|within|from|of|across|"
    r"inside)(?: (?:the|your|our|all))?(?: (?:category|section|department|range)(?: of| called| named)?)?"
    r"(?: (?:the|all))?|categori[sz]ed (?:as|under|in))[\s:\"'“‘«]*$",
    re.I,
)
_CUE_AFTER_CATEGORY = re.compile(
    r"^[\"'”’»\s]*(?:categor(?:y|ies)|section|department|aisle|range|products|items)\b", re.I
)
_CUE_WORD = re.compile(r"\b(?:category|section|department)\b", re.I)
_UNKNOWN_BRAND = re.compile(
    r"\b(?:from |of |by )?(?:the )?brand(?:ed)?(?: called| named| is|"
    r":)? (?P<q>[\"'“‘«]?)(?P<name>[^\s,;?\"'”’»]+(?: [A-Z0-9][^\s,;?\"'”’»]*)*)"
    r"|\b(?:made |sold )?by (?P<by>[A-Z0-9][^\s,;?]*(?: [A-Z0-9][^\s,;?]*)*)"
    r"|\b(?:from|by) (?:the )?(?P<of>[^\s,;?]+(?: [^\s,;?]+)?) brand\b|"
    r"\bthe (?P<the>[^\s,;?]+(?: [A-Z0-9][^\s,;?]*)?) brand\b",
)
_UNKNOWN_CATEGORY = re.compile(
    r"\b(?:in|under|from|of) (?:the |your )?(?:category|section|department)(?: called| named|:|"
    r" of)? [\"'“‘«]?(?P<name>[^,;?\"'”’»]+?)"
    r"(?=$|[,;?\"'”’»]| (?:under|over|below|above|with|rated|that|costs?|between|for|less|more|priced|at|is|are|"
    r"and|do|does)\b)"
    r"|\b(?:in|from|under) (?:the |your )?[\"'“‘«]?(?P<before>[^,;?\"'”’»]+?)[\"'”’»]? (?:category|section|"
    r"department)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a question demands, and the text that is left of it; `worded` is the same with its colours and sizes.

    `unsold` are a brand or a category that was named
    and that no product bears: (field, value). `loose` are categories and brands that may as well be words of the thing.
    """

    rest: str
    worded: str = ""
    filters: Filters = field(default_factory=Filters)
    needs: tuple[Need, ...] = ()
    unsold: tuple[Need, ...] = ()
    loose: tuple[Need, ...] = ()
    impossible: bool = False


def read(text: str, values: Values, *, fields: bool = True) -> Conditions:
    """Return what a text demands; `fields` False reads no category or brand (in a comparison they are names' words)."""
    filters, needs, unsold, loose = Filters(), [], [], []  # type: Filters, list[Need], list[Need], list[Need]
    if fields:
        text, filters, loose, unsold = _fields(text, values)
    text, counted = _counts(_rewritten(text))
    for need in counted:
        least = re.fullmatch(r"(at least|more than) (\d+)", need.value)
        if need.field == "rating_count" and least:
            filters = replace(filters, min_rating_count=int(least[2]) + (least[1] == "more than"))
        else:
            needs.append(need)
    parts = constraints.find(text, values.lexicon)
    removed = [part for part in parts if part.kind in constraints.REMOVED]
    filters, bounded, impossible = _bounds(filters, removed, text)
    needs += bounded
    rest = constraints.rest(text, removed) if removed else text
    rest = "" if len(removed) and not _left(text, removed) else rest
    worded = " ".join(rest.split())
    rest, sized = _sizes(rest, values)
    rest, coloured = _colours(rest, values)
    return Conditions(
        " ".join(rest.split()),
        worded,
        filters,
        tuple(dict.fromkeys([*needs, *coloured, *sized])),
        tuple(unsold),
        tuple(loose),
        impossible,
    )


def _left(text: str, removed: Sequence[Part]) -> bool:
    return bool(constraints.gaps(text, removed)) and any(
        text[start:end].strip(" ,;:.?!") for start, end in _between(text, constraints.gaps(text, removed))
    )


def _between(text: str, gaps: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    starts = [0, *(end for _, end in gaps)]
    ends = [*(start for start, _ in gaps), len(text)]
    return list(zip(starts, ends, strict=True))


def _rewritten(text: str) -> str:
    text = _NO_FEWER.sub("at least", text)
    text = _AFTERWARDS.sub(lambda said: f"{said['how']} {said['amount']}", text)
    for pattern, thing in _REWRITTEN:
        for match in reversed(list(pattern.finditer(text))):
            how = "at most" if _LESS.search(match[0]) else "at least"
            count = re.findall(AMOUNT, fold(match[0]))[0]
            text = f"{text[: match.start()]}with {how} {count} {thing}{text[match.end() :]}"
    return text


def _counts(text: str) -> tuple[str, list[Need]]:
    """Return the text without bounds on sales and discounts, and those."""
    needs = []
    for pattern, name in ((_SALES, "sales"), (_DISCOUNT, "discount"), (_FEW, "rating_count")):
        for match in reversed(list(pattern.finditer(text))):
            amounts = re.findall(AMOUNT, fold(match[0]))
            said = value(amounts[0]) if amounts else None
            if said is None:
                continue
            how = "at most" if _LESS.search(match[0]) else "at least"
            if _STRICT.search(match[0]):
                how = "less than" if how == "at most" else "more than"
            needs.append(Need(name, f"{how} {said:.12g}"))
            text = f"{text[: match.start()]} {text[match.end() :]}"
    return " ".join(text.split()), needs


def _bounds(filters: Filters, parts: Iterable[Part], text: str) -> tuple[Filters, list[Need], bool]:
    """Return filters with the parts' bounds, needs for what filters cannot say, and whether they exclude each other."""
    needs: list[Need] = []
    for part in parts:
        if part.kind == "negation":
            needs.append(Need("text", NOT + " ".join(part.values)))
        elif part.kind == "price":
            at, to = part.low, part.high
            if not part.exact and _JUST.search(text[: part.start + 10]) and at is not None and to is not None:
                at = to = round((at + to) / 2, 2)
            low = max((x for x in (filters.min_price, at) if x is not None), default=None)
            high = min((x for x in (filters.max_price, to) if x is not None), default=None)
            filters = replace(filters, min_price=low, max_price=high)
            needs += _beyond("price", part)
        elif part.kind == "rating":
            needs += _beyond("rating", part)
            if part.low is not None:
                filters = replace(filters, min_rating=max(part.low, filters.min_rating or 0.0))
            if part.high is not None:
                needs.append(Need("rating", f"at most {part.high:g}"))
        elif part.kind == "rating_count":
            if part.low is not None:
                least = int(part.low) + bool(_STRICT.search(part.text))
                filters = replace(filters, min_rating_count=max(least, filters.min_rating_count or 0))
            if part.high is not None:
                needs.append(Need("rating_count", f"at most {part.high:g}"))
    crossed = filters.min_price is not None and filters.max_price is not None and filters.min_price > filters.max_price
    return filters, needs, crossed


def _beyond(name: str, part: Part) -> list[Need]:
    """Return the need of a bound that leaves out the number itself."""
    if not part.exact or not _STRICT.search(part.text) or (part.low is not None and part.high is not None):
        return []
    bound = part.low if part.high is None else part.high
    return [Need(name, f"{'more' if part.high is None else 'less'} than {bound:.12g}")]


def _colours(text: str, values: Values) -> tuple[str, list[Need]]:
    """Return the text without its colours, and those."""
    line = Line.of(text)
    spans: list[tuple[int, int, str]] = []
    for start, end, colour in names(line.folded):
        # "Gold-plated" and "red-hot" say no colour.
        if not re.match(r"-\w", line.folded[end:]):
            spans.append((line.starts[start], line.ends[end - 1], colour))
    taken = [(start, end) for start, end, _ in spans]
    for pattern in (_NAMED_IN, _BEFORE_NAMED):
        for match in pattern.finditer(text):
            said = fold(match["value"])
            start, end = match.span("value")
            sure = pattern is _NAMED_IN or said in values.colours or bool(names(f"{said} colour"))
            if sure and not set(said.split()) & _NO_COLOURS and all(end <= a or b <= start for a, b in taken):
                spans.append((start, end, said))
                taken.append((start, end))
    for pattern in (_COMES_IN, _IN_COLOUR, _COLOUR_WORD):
        for match in pattern.finditer(text):
            group = "value" if match.groupdict().get("value") else "before"
            said = fold(match[group]).strip()
            start, end = match.span(group)
            if any(start < other and begin < end for begin, other in taken) or set(said.split()) & _NO_COLOURS:
                continue
            if pattern is _COMES_IN or said in values.colours or (pattern is _COLOUR_WORD and said in NAMES):
                spans.append((start, end, said))
                taken.append((start, end))
    needs = []
    for start, end, colour in sorted(spans, reverse=True):
        before = re.sub(
            r"\b(?:in|of|and|or|the colou?rs?|in colou?rs?|colou?rs?)\s*$", "", text[:start], flags=re.I
        ).rstrip()
        after = re.sub(r"^\s*colou?r(?:ed|s)?\b", "", text[end:], flags=re.I)
        negated = re.search(r"\b(?:not|no|without|except|excluding)\s*(?:in\s*)?$", text[:start], re.I)
        text = f"{before} {after}"
        needs.append(Need("colors", f"{NOT}{colour}" if negated else colour))
    return text, needs[::-1]


def _sizes(text: str, values: Values) -> tuple[str, list[Need]]:
    line = Line.of(text)
    found = [
        (part.start, part.end, f"{part.unit} {part.values[0]}" if part.unit in _SYSTEMS else part.values[0])
        for part in find_sizes(line, line.folded, values.lexicon.bare_sizes)
    ]
    for match in _SIZE_WORD.finditer(text):
        said = fold(match["value"])
        if said not in _SIZE_NOT and all(match.end() <= start or end <= match.start() for start, end, _ in found):
            found.append((match.start(), match.end(), _WORDS_OF_SIZES.get(said, said)))
    ending = _COMES_IN_SIZE.search(text)
    if ending and not found and (fold(ending["value"]) in values.sizes or _A_SIZE.fullmatch(ending["value"])):
        found.append((*ending.span("value"), same_size(ending["value"])))
    needs = []
    for start, end, size in sorted(found, reverse=True):
        before = re.sub(r"\b(?:in|of|a|the|size|sizes)\s*$", "", text[:start].rstrip(), flags=re.I)
        text = f"{before} {text[end:]}"
        needs.append(Need("sizes", size))
    return text, needs[::-1]


def _fields(text: str, values: Values) -> tuple[str, Filters, list[Need], list[Need]]:
    """Return the text without the categories and brands that it names as such, those, and what may be one or "
    "is none."""
    categories, brands, loose, unsold = [], [], [], []  # type: list[str], list[str], list[Need], list[Need]
    cut: list[tuple[int, int]] = []
    explicit_brand = [value for value in values_in(text, values.brands) if _is_brand(text, value)]
    for found in values_in(text, values.categories):
        if any(found.start < other.end and other.start < found.end for other in explicit_brand):
            continue
        before = _CUE_BEFORE_CATEGORY.search(text[: found.start])
        after = _CUE_AFTER_CATEGORY.match(text[found.end :])
        # One of several words is hardly said by chance.
        if before or after or len(words(found.value)) > 1:
            categories.append(found.value)
            tail = after if after and (_CUE_WORD.search(after[0]) or not before) else None
            cut.append((before.start() if before else found.start, found.end + (tail.end() if tail else 0)))
        else:
            loose.append(Need("category", found.value))
    for brand in values_in(text, values.brands):
        if any(brand.start < end and start < brand.end for start, end in cut):
            continue
        if _is_brand(text, brand):
            cue = _CUE_BEFORE_BRAND.search(text[: brand.start])
            after = _CUE_AFTER_BRAND.match(text[brand.end :])
            brands.append(brand.value)
            cut.append((cue.start() if cue else brand.start, brand.end + (after.end() if after else 0)))
        else:
            loose.append(Need("brand", brand.value))
    if not brands:
        for match in _UNKNOWN_BRAND.finditer(text):
            name = (match["name"] or match["by"] or match["of"] or match["the"] or "").strip("\"'“”‘’«»?.! ")
            if re.search(r"\b(?:what|which|whose)\s*$", text[: match.start()], re.I):
                continue
            if (
                name
                and not any(match.start() < end and start < match.end() for start, end in cut)
                and _may_be_brand(name)
            ):
                unsold.append(Need("brand", name))
                cut.append(match.span())
    if not categories:
        for match in _UNKNOWN_CATEGORY.finditer(text):
            name = (match["name"] or match["before"] or "").strip("\"'“”‘’«»?.! ")
            if (
                name
                and fold(name) not in _NO_COLOURS
                and not any(match.start() < end and start < match.end() for start, end in cut)
            ):
                unsold.append(Need("category", name))
                cut.append(match.span())
    for start, end in sorted(cut, reverse=True):
        text = f"{text[:start].rstrip()} , {text[end:].lstrip()}"
    text = re.sub(r"(?:\s*,)+\s*$|^\s*(?:,\s*)+", "", re.sub(r"\s,(?:\s*,)*", ",", text))
    return (
        text,
        Filters(categories=tuple(dict.fromkeys(categories)), brands=tuple(dict.fromkeys(brands))),
        loose,
        unsold,
    )


def _is_brand(text: str, found: Value) -> bool:
    return bool(_CUE_BEFORE_BRAND.search(text[: found.start]) or _CUE_AFTER_BRAND.match(text[found.end :]))


def _may_be_brand(name: str) -> bool:
    return words(name)[:1] != [] and words(name)[0] not in {
        "is",
        "new",
        "of",
        "the",
        "a",
        "does",
        "do",
        "makes",
        "made",
        "has",
        "and",
        "or",
        "for",
        "with",
        "are",
        "name",
        "what",
        "which",
    }


def merged(base: Filters, said: Filters) -> tuple[Filters, bool]:
    """Return two sets of filters at once, and whether no product can meet both."""
    low = max((x for x in (base.min_price, said.min_price) if x is not None), default=None)
    high = min((x for x in (base.max_price, said.max_price) if x is not None), default=None)
    clash = low is not None and high is not None and low > high
    categories, no_category = _both(base.categories, said.categories)
    brands, no_brand = _both(base.brands, said.brands)
    return (
        replace(
            base,
            categories=categories,
            brands=brands,
            min_price=low,
            max_price=high,
            min_rating=max((x for x in (base.min_rating, said.min_rating) if x is not None), default=None),
            min_rating_count=max(
                (x for x in (base.min_rating_count, said.min_rating_count) if x is not None), default=None
            ),
            include_unpriced=base.include_unpriced and said.min_price is None and said.max_price is None,
            include_unrated=base.include_unrated and said.min_rating is None and said.min_rating_count is None,
        ),
        clash or no_category or no_brand,
    )


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    if not one or not other:
        return one or other, False
    kept = {fold(value).strip() for value in other}
    shared = tuple(value for value in one if fold(value).strip() in kept)
    return (shared or other), not shared
