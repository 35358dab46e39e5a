"""Which of a product's facts a text speaks of, by any of the words that people have for them."""

from __future__ import annotations

import re

_PEOPLE = r"(?:people|persons|folks|customers|shoppers|buyers|users|clients|reviewers|raters|others)"
_OPINION = r"(?:ratings?|reviews?|votes?|feedbacks?|opinions?|stars)"
_B, _E = r"(?<![\w'’-])", r"(?![\w'’-])"
# Each is looked for in what those before it left over: "list price" is no price, "number of ratings" no rating.
_FIELDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"{_B}(?:{pattern}){_E}", re.I))
    for name, pattern in (
        (
            "original_price",
            r"(?:original|old|former|previous|regular|list|usual|full|normal|undiscounted|earlier|initial|prior|"
            r"crossed[- ]out)(?: \w+){0,2}? (?:prices?|costs?|amount|rate)|mrp|originally|formerly|"
            r"(?:before|prior to|without)(?: [^\W\d]+){0,3}? (?:discount(?:ed)?|sale|reduction|reduced|cut|offer|"
            r"promotion|marked down|markdown|price drop)",
        ),
        (
            "discount",
            r"discount\w*|(?:price )?(?:reductions?|cut|drop)|sav(?:e|es|ing|ings)|mark(?:ed )?downs?|marked down|"
            r"knocked off|(?:percent|percentage|%|much) off",
        ),
        (
            "sales",
            rf"sales|(?:number|count|amount|quantity|units|pieces|copies|many|often|much|well)\b.{{0,40}}?"
            rf"\b(?:sold|sell|sells|selling|bought|purchased?|purchases|orders?|ordered|gone out|shipped out|moved)|"
            rf"how many {_PEOPLE}\b.{{0,20}}?\b(?:bought|buy|purchased?|ordered|own|got)|how many (?:buyers|purchases|"
            rf"orders)|units|"
            rf"popular|popularity|in demand",
        ),
        (
            "rating_count",
            rf"(?:how many|how much|(?:what )?(?:numbers?|count|amount|total|quantity)(?: of)?|no\.? of)"
            rf"(?: \w+){{0,2}}? "
            rf"{_OPINION}|{_OPINION}(?: \w+)? (?:count|number|total)s?|(?:how many|number of|by how many)(?: \w+)? "
            rf"{_PEOPLE}\b"
            rf".{{0,30}}?\b(?:rat\w+|review\w*|vot\w+|scored?)|"
            rf"how (?:often|many times)\b.{{0,30}}?\b(?:rated|reviewed)|"
            rf"(?:reviews|votes|feedbacks)",
        ),
        (
            "rating",
            rf"(?:how|what|which)\b.{{0,20}}?\b{_PEOPLE} (?:rate[ds]?|score[ds]?|think|thought|say|said|like[ds]?|"
            rf"find|found|feel)|rat(?:e[ds]|ings?)|rate(?= by\b)|stars?|scor\w+|reviewed|"
            rf"(?:customer|user|buyer)s? (?:rate|opinion|review|satisfaction)|review|any good|well liked|opinion",
        ),
        (
            "seller",
            r"sellers?|vendors?|merchants?|retailers?|suppliers?|shops?|stores?|sold by|bought from|"
            r"(?:who|whom|which|what)\b(?: \w+){0,2}? (?:sells?|selling|offers?|offering|stocks?|supplies|lists?)",
        ),
        (
            "brand",
            r"brand(?:ed|s)?(?: name)?|makers?|manufactur\w+(?: name)?|compan(?:y|ies)|label|(?:what|which) make|"
            r"(?:who|whom|which|what)\b(?: \w+)? (?:makes?|made|produces?|produced)|(?:made|produced|built) by|"
            r"producer",
        ),
        ("colors", r"colou?rs?|colou?red|shades?|hues?|tints?|colou?rways?"),
        ("sizes", r"siz(?:es?|ing)(?: chart| guide| range)?|fits?"),
        ("sku", r"skus?|(?:article|item|product|stock|part|catalogue)(?: (?:no\.?|number|code|id))|code"),
        ("category", r"categor(?:y|ies)|sections?|departments?|aisle|classified|categori[sz]ed"),
        ("url", r"links?|urls?|web ?(?:page|site|address)"),
        (
            "price",
            r"pric(?:e[ds]?|ing|ey)(?: tag)?|cost(?:s|ing|ly)?|charg(?:e[ds]?|ing)|pay(?:ing|able)?|worth|how much|"
            r"expensive|"
            r"takas?|tk|bdt|rs|rupees|৳|rate|quot(?:e|ation)|damage|(?:set|sets|setting) (?:me|us|one|you) back|"
            r"(?:sells?|selling|sold|goes?|going|retails?|listed|offered|available|priced|on sale)(?: \w+)? (?:for|at)|"
            r"asking|spend|amount|fee|bill|money|cheap|dear|price range",
        ),
    )
)
# A fact of its own that only sounds like one of a product's.
_OTHER = re.compile(
    rf"{_B}(?:(?:shipping|delivery|courier|freight|postage|postal|installation|service|servicing|maintenance|repair|"
    rf"import|customs|tax|vat|resale|running|per[- ]\w+) "
    rf"(?:costs?|charges?|fees?|prices?|rates?|amount)|(?:energy|power|ip|voltage|current|wattage|age|safety|"
    rf"efficiency|"
    rf"water(?:proof)?|noise) "
    rf"(?:rating|rate|score)|(?:screen|display|tyre|tire|battery|box|packag\w+|file|engine|memory|bed|room) size|"
    rf"(?:refund|refresh|frame|heart|interest|data|sampling|bit|flow) rate|care label|country (?:of|code)\b.*|"
    rf"(?:bar|qr|zip|pin|promo|discount|coupon|country|post) ?codes?){_E}",
    re.I,
)


def fields_of(text: str) -> tuple[tuple[str, ...], str]:
    """Return the facts that a text speaks of, in its order, and the text without the words for them.

    () where it asks for a fact that only shares a word with one of them, such as a shipping cost.
    """
    if _OTHER.search(text):
        return (), text
    found: list[tuple[int, str]] = []
    for name, pattern in _FIELDS:
        matches = list(pattern.finditer(text))
        if matches:
            found.append((matches[0].start(), name))
        for match in matches:
            text = text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
    return tuple(name for _, name in sorted(found)), text


def otherwise(text: str) -> str:
    """Return the words of a fact of its own that only sounds like one of a product's ("shipping cost"), "" if none."""
    match = _OTHER.search(text)
    return match[0] if match else ""
