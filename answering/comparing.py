"""Questions that compare: where they say so, and where one thing ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from answering.asked import compared
from answering.mentions import numbers
from answering.subjects import likeness
from answering.words import bare
from retrieval.records import Product

_OPENS = re.compile(
    r"^(?:.*?\b)?(?:compare|comparing|comparison (?:of|between|for)|(?:what(?:'s|’s| is| are) the )?(?:main |"
    r"key |biggest )?differences? (?:between|of|in|among)|"
    r"(?:what |tell me )?(?:is|are) (?:the )?differen(?:t|ce) (?:about|between)|how (?:do|does|is|"
    r"are) (?=.*\b(?:compare|differ|different|stack up|measure up)\b)|"
    r"(?:which|what)(?: one)?(?: is| are)?(?: the)?(?: of| between| among)(?: the)?(?: two| three)?[:,]?|"
    r"between|(?:should|shall|do) i (?:buy|get|choose|pick|take|go for)|"
    r"(?:put|set|show|list) (?=.*\bside by side\b))(?!\w)[\s:,]*",
    re.I,
)
_CLOSES = re.compile(
    r"[\s,;:–-]*(?:(?:side by side|stack up|measure up|compare|differ|for me|please|which (?:one|of (?:them|"
    r"these|the two))?.*|what(?:'s| is) the difference|"
    r"(?:in terms of|by|on|regarding|as to|with regard to|when it comes to|for)(?: (?:the|their|its))? (?:price|"
    r"cost|rating|review|brand|colou?r|size|discount|sales)s?.*))[\s?.!]*$",
    re.I,
)
_VERSUS = re.compile(r"(?<!\w)(?:vs?\.?|versus|against|compared (?:to|with))(?!\w)", re.I)
_JOIN = re.compile(
    r"\s*(?:,|;|/)\s*(?:and\s|or\s|vs\.?\s)?|\s+(?:and|or|with|to|vs?\.?|versus|against|than|from|"
    r"compared (?:to|with)|&|\+|compare (?:to|with)|differ(?:ent)? from)\s+",
    re.I,
)
_KEYWORDS: tuple[tuple[str, str], ...] = (
    (r"number of (?:ratings|reviews)|rating counts?|how many (?:ratings|reviews)", "rating_count"),
    (r"prices?|costs?|cheap\w*|expensive", "price"),
    (r"ratings?|rate[sd]?|stars|reviews?", "rating"),
    (r"brands?", "brand"),
    (r"colou?rs?", "colors"),
    (r"sizes?", "sizes"),
    (r"discounts?", "discount"),
    (r"sales|sold|popularity", "sales"),
    (r"sellers?", "seller"),
)
EVERYTHING = ("price", "rating", "rating_count", "brand", "colors", "sizes")
"""What is compared where a question does not say."""
_MOST_CUTS = 7


def keywords(text: str) -> tuple[str, ...]:
    """Return the fields that a text speaks of by the usual words, in its order."""
    found: list[tuple[int, str]] = []
    for pattern, name in _KEYWORDS:
        match = re.search(rf"(?<![\w-])(?:{pattern})(?![\w-])", text, re.I)
        if match:
            found.append((match.start(), name))
            text = text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
    return tuple(name for _, name in sorted(found))


def comparison(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the things that a question compares, still in one piece, and the fields that it turns on.

    None where it compares nothing.
    """
    fields, rest = compared(text)
    opening = _OPENS.match(rest)
    than = re.search(r"\bthan\b(?!\s*(?:\d|[^\w\s]))", rest, re.I) is not None
    joined = re.search(r"(?<!\w)(?:and|or|to|with|vs?\.?|versus|from|against)(?!\w)|[,;&]", rest, re.I) is not None
    if (
        opening
        and joined
        and (fields or not re.match(r"(?:which|what)\b", opening[0], re.I) or re.search(r"\bbetween|of\b", opening[0]))
    ):
        head, body = opening[0], rest[opening.end() :]
        about = re.match(
            r"(?:the )?((?:prices?|costs?|ratings?|reviews?|brands?|colou?rs?|sizes?|discounts?|"
            r"sales)(?:(?: and |, | & )(?:prices?|costs?|ratings?|reviews?|brands?|colou?rs?|sizes?|discounts?|"
            r"sales))*) (?:of|for|between) ",
            body,
            re.I,
        )
        head += about[1] if about else ""
        body = body[about.end() :] if about else body
    elif (fields and (than or re.search(r"(?<!\w)or(?!\w)|[,:]", rest))) or _VERSUS.search(rest):
        head, body = "", rest
    else:
        return None
    closing = _CLOSES.search(body)
    if closing and closing.start() > 0:
        head += " " + body[closing.start() :]
        body = body[: closing.start()]
    asked = tuple(dict.fromkeys([*fields, *keywords(head)]))
    return body.strip(" ?.!,:;"), asked


def compares(text: str) -> bool:
    """Tell whether a text says outright that it compares."""
    return bool(_VERSUS.search(text) or re.search(r"\b(?:compar\w+|differ\w*|than)\b(?!\s*\W?\d)", text, re.I))


def parted(body: str) -> bool:
    """Tell whether anything in a text may part two things."""
    return any(bare(body[: join.start()]) and bare(body[join.end() :]) for join in _JOIN.finditer(body))


def cut(body: str, pool: Sequence[Product]) -> list[str]:
    """Return the things of a comparison one by one: cut where the parts are most like names of products of a pool.

    The whole in one piece where that is most like a name, or where nothing parts it.
    """
    joins = list(_JOIN.finditer(body))
    joins = sorted(joins, key=lambda join: _weight(join[0]))[:_MOST_CUTS]
    best, score = [bare(body)], 0.62 * likeness(bare(body), pool)
    known: dict[str, float] = {}
    for many in (1, 2):
        for chosen in combinations(sorted(joins, key=lambda join: join.start()), many):
            parts = _parts(body, chosen)
            if not all(parts):
                continue
            for part in parts:
                if part not in known:
                    known[part] = 1.0 if numbers(part) else likeness(part, pool)
            worth = sum(known[part] for part in parts) / len(parts) + 0.02 * sum(
                1 - _weight(join[0]) for join in chosen
            )
            worth -= 0.12 * (many - 1)
            if worth > score:
                best, score = parts, worth
    if len(best) == 1 and joins and _VERSUS.search(body) and score < 0.5:
        return _parts(body, joins[:1])
    return best


def _weight(join: str) -> float:
    """Return how unlikely a joining word is to part two things: "vs" does, "," may stand in a title."""
    said = join.strip(" ,;").lower()
    return {"vs": 0.0, "vs.": 0.0, "versus": 0.0, "than": 0.1, "or": 0.2, "and": 0.3, "against": 0.1}.get(said, 0.6)


def _parts(body: str, joins: Sequence[re.Match[str]]) -> list[str]:
    starts = [0, *(join.end() for join in joins)]
    ends = [*(join.start() for join in joins), len(body)]
    return [bare(body[start:end]) for start, end in zip(starts, ends, strict=True)]
