"""Bounds that a question states on prices, ratings, their number, sales and discounts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from answering.records import Need
from retrieval.query.numbers import AMOUNT, value
from retrieval.query.records import Part
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
_AFTERWARDS = re.compile(
    rf"(?P<amount>(?:৳|tk\.?|bdt|taka|\$)?\s?{AMOUNT}(?:\s?(?:taka|tk|bdt|৳))?)\s(?P<how>at (?:the )?most|"
    rf"at least)(?=\s*(?:$|[,.;?!]| (?:and|for|on|which|what)\b))",
    re.I,
)
_OPINIONS_AFTERWARDS = re.compile(
    rf"(?P<said>{AMOUNT}\s(?:customer |user )?(?:ratings|reviews|votes|stars))\s(?P<how>at least|at "
    rf"most)(?!\s[\d৳])",
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
_CURRENCY = r"(?:taka|tk\.?|bdt|৳|rs\.?|rupees)"
# Money that somebody has is the most that a product may cost; so is what a price must not exceed.
_PURSE = re.compile(
    rf"\b(?:(?:i|we)(?: can| could| will| would)?(?: only| just)? (?:have got|have|has|got|spend|pay|afford)|budget"
    rf"(?: is| of|:)?|to (?:spend|pay)|(?:spend|pay|afford|shell out)(?:ing)?)"
    rf"(?: only| just| about)?(?: (?:at|the) most| up to| a maximum of| max(?:imum)?| no more than| not more than)*"
    rf"\s(?:{_CURRENCY}\s?)?(?P<n>{AMOUNT})(?:\s?{_CURRENCY})?"
    rf"(?!\s?(?:%|\+|star|or (?:more|better|above)))"
    rf"(?: (?:only|at most|max(?:imum)?|to spend|in (?:hand|my pocket)))*(?!\w)",
    re.I,
)
_COIN = re.compile(
    rf"\bwith (?:only |just )?(?:{_CURRENCY}\s?(?P<n>{AMOUNT})|(?P<m>{AMOUNT})\s?{_CURRENCY})(?!\w)", re.I
)
_N_AFTER = rf"(?=\s(?:{_CURRENCY}\s?)?\d)"
# What people say for the bounds that the readers of queries know.
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), plain)
    for pattern, plain in (
        (r"\b(?:at the very|at a) (least|most)\b", r"at \1"),
        (r"\b(?:no|not) (?:fewer|less|lower|cheaper|worse|smaller) than\b", "at least"),
        (
            r"\b(?:greater|more|higher|better|above|over|larger)(?: than)? or equal(?: to)?\b|"
            r"\bequal(?: to)? or (?:greater|more|higher|better|above|over)(?: than)?\b",
            "at least",
        ),
        (
            r"\b(?:less|lower|fewer|below|under|cheaper)(?: than)? or equal(?: to)?\b|"
            r"\bequal(?: to)? or (?:less|lower|fewer|below|under)(?: than)?\b",
            "at most",
        ),
        (
            r"\b(?:ignor\w+|skip\w*|exclud\w+|leav\w+ out|not counting|without)(?: (?:the|those|ones|anything|"
            r"any|items|"
            r"products|that|which|are|is|rated|with|priced|costing))* (?:below|under|less than|lower than)"
            rf"(?= {AMOUNT} ?stars?)",
            "rated at least",
        ),
        (
            r"\b(?:(?:whose|the|with|its|that|where) )*(?:price[sd]?(?: tag)? )?"
            r"(?:(?:do|does|will|should|must|may) not|nothing|not|never|without|no) "
            r"(?:exceed(?:s|ing)?|(?:go(?:es|ing)?|cost(?:s|ing)?(?: me| us)?|be|being|priced)?\s?(?:above|over|beyond|"
            r"past|more than|more expensive than|costlier than|dearer than|higher than|pricier than|greater than))"
            rf"{_N_AFTER}",
            "for at most",
        ),
        (
            r"\b(?:(?:price|my|our|the|budget|spending|upper|a|with|under) )*(?:ceiling|limit|cap|upper bound|"
            rf"max(?:imum)? price|price max(?:imum)?)(?: (?:is|of|at))?:?{_N_AFTER}",
            "for at most",
        ),
        (
            r"\b(?:with |having |and )*(?:stars|score|rating)(?: of| is| are)? (at least|at most) "
            r"([1-5](?:\.\d)?)(?![\d.,])",
            r"rated \1 \2 stars",
        ),
        (rf"(?<![\w.])({AMOUNT})(?: ?{_CURRENCY})? tops\b", r"at most \1 taka"),
        (
            r"\b(?:(?:fall(?:s|ing)?|are|is|that|which|come|in|within) )*(?:ranging|ranges|(?:in|within|for) "
            r"(?:the |a )?)"
            rf"(?: ?price )?(?:(?:range|bracket|band|segment)(?: of| from| between)?)? ?({AMOUNT})(?: ?{_CURRENCY})?"
            rf"\s?(?:to|and|-|–)\s?({AMOUNT})"
            rf"(?: ?{_CURRENCY})?(?: (?:price )?(?:range|bracket|band|segment))?(?!\w)",
            r"between \1 and \2 taka",
        ),
        (r"\b([1-5](?:\.\d)?) (?:or|and) (?:more|better|higher|above|up) stars\b", r"at least \1 stars"),
        (r"\b([1-5](?:\.\d)?)(?: (?:stars|points))? (?:out of|on|of) (?:5|five)(?: stars| points)?\b", r"\1 stars"),
    )
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
_JUST = re.compile(r"\b(?:exactly|precisely|just)\b", re.I)


def rewritten(text: str) -> str:
    for pattern, plain in _PHRASES:
        text = pattern.sub(plain, text)
    text = _PURSE.sub(lambda said: f" for at most {said['n']} taka ", text)
    text = _COIN.sub(lambda said: f" for at most {said['n'] or said['m']} taka ", text)
    text = _OPINIONS_AFTERWARDS.sub(r"\g<how> \g<said>", text)
    text = _AFTERWARDS.sub(lambda said: f"{said['how']} {said['amount']}", text)
    for pattern, thing in _REWRITTEN:
        for match in reversed(list(pattern.finditer(text))):
            how = "at most" if _LESS.search(match[0]) else "at least"
            count = re.findall(AMOUNT, fold(match[0]))[0]
            text = f"{text[: match.start()]}with {how} {count} {thing}{text[match.end() :]}"
    return text


def counts(text: str) -> tuple[str, list[Need]]:
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


def bounds(filters: Filters, parts: Iterable[Part], text: str) -> tuple[Filters, list[Need], bool]:
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
