"""Extremes said in other words than the usual ones: a word for most or least near a word for a field."""

from __future__ import annotations

import re

_B, _E = r"(?<![\w'’-])", r"(?![\w'’-])"
# "At most 500" and "minimum 20 reviews" are bounds.
_NO_BOUND = r"(?! (?:of )?(?:৳|tk|bdt|rs|\$)?\s?\d)(?! of (?:the|them|these|those|your|our)\b)"
_MOST = (
    rf"(?<!at )(?<!at the )(?:most|highest|largest|biggest|greatest|top(?:s|most)?|max(?:imum)?|best|fastest|hottest|"
    rf"heaviest|steepest|utmost|leading|number one|no\.? ?1|#1|upper(?:most)?){_NO_BOUND}"
)
_LEAST = (
    rf"(?<!at )(?<!at the )(?:least|lowest|smallest|fewest|min(?:imum)?|worst|poorest|bottom|slowest|cheapest|"
    rf"weakest){_NO_BOUND}"
)
_PEOPLE = r"(?:people|customers|shoppers|buyers|users|reviewers|raters|folks|persons|clients)"
_FIELDS: tuple[tuple[str, str], ...] = (
    (
        "rating_count",
        r"reviews|votes|feedbacks?|(?:number|"
        r"count|amount|quantity|total) of (?:ratings|votes)|"
        r"(?:reviewed|rated|voted)(?: on)? by|rating counts?|review counts?|often (?:rated|reviewed)",
    ),
    (
        "sales",
        r"sell(?:s|ing|ers?)?|sold|sales|buys?|buying|bought|purchase[ds]?|order(?:s|ed)?|units|copies|demand|moving|"
        r"popular(?:ity)?|wanted",
    ),
    ("rating", r"rat(?:e[ds]?|ings?)|stars?|scor(?:es?|ed|ing)|review(?:ed)?|marks|liked|loved|satisfaction"),
    ("discount", r"discount\w*|off|sav(?:e|es|ings?)|reduc\w+|mark(?:ed )?downs?"),
    (
        "price",
        r"pric(?:e[ds]?|ing|ey)|cost(?:s|ing|ly)?|spend(?:ing)?|pay(?:ing)?|paid|expensive|charge[ds]?|money|taka|"
        r"budget|amount|price tag|outlay",
    ),
)
_FAR = r"(?:[\s,-]+[^\W\d]+){0,4}?[\s,-]+"
_NEAR: tuple[tuple[re.Pattern[str], str, bool], ...] = tuple(
    (re.compile(rf"{_B}(?:the )?(?:{one})(?P<between>{_FAR})(?:{other}){_E}", re.I), name, most)
    for name, field in _FIELDS
    for most, side in ((True, _MOST), (False, _LEAST))
    for one, other in ((side, field), (field, f"(?:the )?{side}"))
)
# "Most people rate it" counts them; "people rate it highest" does not.
_BY_PEOPLE = re.compile(
    rf"{_B}(?:the )?(?:(?P<most>most|largest|greatest|biggest|max(?:imum)?|highest number)|least|fewest|smallest)"
    rf"(?P<between>(?:\s+(?:number|amount|count|of))*)\s+{_PEOPLE}(?: have| has| had)? (?:rate[ds]?|review\w*|"
    rf"vote[ds]?){_E}",
    re.I,
)
_SORTS_BY = re.compile(rf"{_B}(?:sort(?:ed)?|order(?:ed)?|arranged?|rank(?:ed)?){_E}", re.I)
_SORTED = re.compile(
    rf"{_B}(?:by|on|according to)(?: the| their)? "
    rf"(?P<field>price|cost|ratings?|stars|reviews|sales|popularity|discount)(?P<rest>[^?]*)$",
    re.I,
)
_FIRST = re.compile(r"\b(?:first|top|topmost|last|1st|winner)\b", re.I)
_DOWN = re.compile(r"\b(?:high(?:est)? (?:to low|first)|desc\w*|falling|dearest first|highest)\b", re.I)
_SORTS = {
    "price": "price",
    "cost": "price",
    "rating": "rating",
    "ratings": "rating",
    "stars": "rating",
    "reviews": "rating_count",
    "sales": "sales",
    "popularity": "sales",
    "discount": "discount",
}
_STARTS = re.compile(
    rf"{_B}(?:entry[- ]level(?: price)?|(?:prices? )?start(?:s|ing)?(?: price| from| at)?(?= (?:price|in|for|of|on)\b|"
    rf"\s*[?.,]*$)(?: price)?|"
    rf"prices? (?:start|begin)s?(?: (?:from|at))?|prices? (?:of|in|for) .{{1,80}}? (?:start|begin)s?(?: from| at)?$|"
    rf"(?:bottom|lower) end of the price range|(?:spend(?:ing)?|pay(?:ing)?|cost\w*)(?: me)? as (?:little|low) "
    rf"as possible|as cheap(?:ly)? as possible){_E}",
    re.I,
)


def extreme(text: str) -> tuple[str, bool, int, int, str] | None:
    """Return an extreme that a text asks for: (field, most, start, end, what stands between); None where it says none.

    The words nearest to each other decide; of two as near, the more telling field.
    """
    people = _BY_PEOPLE.search(text)
    if people:
        return "rating_count", people["most"] is not None, people.start(), people.end(), ""
    found = []
    for order, (pattern, name, most) in enumerate(_NEAR):
        match = pattern.search(text)
        if match:
            found.append((match.end() - match.start(), order, name, most, match.start(), match.end(), match["between"]))
    if found:
        # "Best customer rating" holds no word for how many: a longer match of a rarer field says more.
        _, _, name, most, start, end, between = min(found, key=lambda one: (_rank(one[2]), one[0], one[1]))
        return name, most, start, end, between
    sorting = _SORTED.search(text)
    if sorting and _SORTS_BY.search(text[: sorting.start()]) and _FIRST.search(text):
        field = _SORTS[sorting["field"].lower()]
        return field, field != "price" or bool(_DOWN.search(sorting["rest"])), sorting.start(), sorting.end(), ""
    match = _STARTS.search(text)
    if match and re.search(r"\bprice|\bentry|\bpossible", match[0], re.I):
        return "price", False, match.start(), match.end(), ""
    return None


def _rank(name: str) -> int:
    return [field for field, _ in _FIELDS].index(name)
