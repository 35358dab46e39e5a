"""What a question asks for: an extreme, a number, a comparison, yes or no, and which facts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from answering import extremes
from answering.extreme_words import BEGINS, ENDS, EXTREMES, OPINIONS
from answering.records import Extreme
from retrieval.text import fold

_COUNTS = {
    word: number
    for number, names in enumerate(
        ("one 1", "two 2", "three 3", "four 4", "five 5", "six 6", "seven 7", "eight 8", "nine 9", "ten 10"), 1
    )
    for word in names.split()
}
_NUMBER = rf"(?:{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_BEST = re.compile(
    rf"{BEGINS}(?:the )?(?:(?:very |overall |absolute )*best|top)(?! (?:price|deal|for money|before|of|up|wishes|"
    rf"way|friend|seller|loading|load|coat|knot|hat|handle|sheet|lid))"
    rf"(?=(?: (?:{_NUMBER}|\d+))? [^\W\d]|\s*\??$){ENDS}(?!['’])",
    re.I,
)
_TOP_N = re.compile(rf"{BEGINS}top[- ](?P<n>{_NUMBER}|\d{{1,2}}){ENDS}", re.I)
_N_BEFORE = re.compile(
    rf"(?:{BEGINS}top )?{BEGINS}(?P<n>{_NUMBER}|[1-9]\d?)(?: (?:products?|items?|things?|ones?|listings?)(?: (?:with|"
    rf"that|which|having|at|of)(?: the)?)?)?\s*$",
    re.I,
)
_N_AFTER = re.compile(
    rf"^\s*(?P<n>{_NUMBER}|[1-9]\d?){ENDS}(?! ?(?:%|\+|star|taka|tk|bdt|inch|cm|mm|ml|kg|gm?|l|w|v|mah|gb|mb|tb|"
    rf"pcs|pieces|pack|seater|burner|year|years|months?|hours?|in|x|or)\b)",
    re.I,
)
_COUNT_LEAD = re.compile(
    r"^(?:(?:please |can you |could you )?(?:tell me |let me know |say |give me |find )?(?:exactly )?(?:(?:what|"
    r"which) (?:is|"
    r"'s) the (?:total |exact )?(?:number|count) of|how many(?: of (?:the|your|these))?(?: different)?|"
    r"(?:the )?(?:total )?(?:number|count) of|count(?: up)?(?: all)?(?: the| how many)?|what number of|"
    r"how large is the (?:range|selection) of))(?!\w)\s*",
    re.I,
)
_COUNT_TAIL = re.compile(
    r"[\s,;:.?!–-]+(?:and |so )?(?:how many(?: (?:are there|is that|in (?:all|total)|do you (?:have|sell|stock)|"
    r"exactly|"
    r"of them(?: are there)?|altogether|products|items))?|count|total (?:number|count)|number please|what is the count)"
    r"(?: please)?[\s?.!]*$",
    re.I,
)
_NOT_COUNTED = re.compile(
    r"^(?:people|customers|shoppers|buyers|users|ratings?|reviews?|votes|stars?|colou?rs?|sizes?|times|units|"
    r"sales|different colou?rs?|colou?r options|sold|have been sold|were sold|percent|%|taka|tk)(?!\w)",
    re.I,
)
_YES_NO = re.compile(
    r"^(?:so |and |please )?(?:tell me (?:if|whether) |(?:can you )?(?:check|confirm|say) (?:if|whether|that) )?"
    r"(?P<verb>is|are|was|were|does|do|did|has|have|can|could|will|would)(?:n['’]t)?(?!\w)(?!\s*(?:you|i|we|me)\b)\s*",
    re.I,
)
_WHETHER = re.compile(
    r"^(?:please )?(?:tell me|let me know|check|confirm|say|(?:i )?(?:want to|wanna|need to) know) (?:if|whether) ",
    re.I,
)
_OFFERED = re.compile(
    r"^(?:so |and )?(?:do you (?:guys )?(?:also )?(?:have|sell|stock|carry|offer|keep|supply|got)|you (?:got|have)|"
    r"have you(?: got)?|is there|are there|"
    r"(?:can|could|may) i (?:get|buy|find|have|order)|got any|any)(?!\w)",
    re.I,
)

_WANTED: tuple[tuple[str, str], ...] = (
    (
        rf"how many (?:{OPINIONS}|stars ratings)|(?:number|count|amount|total) of (?:{OPINIONS})|(?:ratings?|"
        rf"reviews?) counts?|"
        r"how many (?:people|customers|shoppers|buyers|users|times)(?: (?:has|have|had|did|was|"
        r"were))?(?:(?: \S+){0,3}? (?:been )?)?(?: ?(?:rated?|reviewed?))|how often (?:has|have|was|is|"
        r"were)(?: \S+)? (?:it |they )?(?:been )?(?:rated|reviewed)|by how many (?:people|customers|shoppers|"
        r"buyers)",
        "rating_count",
    ),
    (
        r"how (?:many|often|much|well)(?: units| pieces| copies| times)?(?: of)?(?: has| have| was|"
        r" were)?[^?\w]*[\ue000-\uf8ff]?\s*(?:have |has |were |was |"
        r"did )?(?:been )?(?:you )?(?:sold|bought|sell)|"
        r"how many (?:units |pieces |copies |items |times |of (?:it|them|these|those) )?(?:have |has |were |was |"
        r"are |is |did )?(?:it |they |you )?(?:been )?(?:sold|sell|sales)|how (?:well|often) (?:has|have|does|do|"
        r"is) (?:it |they )?(?:been )?(?:sold|sell|selling)|"
        r"sales(?= of| for)|(?:sales|sold) (?:figures?|numbers?|counts?|volume)|(?:number|count|"
        r"amount) of (?:sales|units sold|"
        r"orders)|units sold|how many (?:people |customers |shoppers )?(?:have )?bought|total sales|number sold|"
        r"how many orders",
        "sales",
    ),
    (
        r"who(?:'s|’s| is| are)?(?: the)? (?:sell(?:s|ing|er)?|vendor|merchant|supplier|offering|offers)(?: of|"
        r" for)?|(?:which|what) (?:shop|store|seller|vendor|merchant)(?: (?:is|sells|offers|selling|has))*|"
        r"sold by (?:whom|who|which)|who (?:is|are) .{0,3}sold by|from (?:whom|which (?:shop|seller|store))|"
        r"(?:seller|vendor|merchant)(?= (?:of|for|is)\b|\s*,| and\b|$)",
        "seller",
    ),
    (
        r"(?:which|what) brand(?: (?:name|is|makes?|made|of|does))*|who (?:makes?|made|manufactures?|manufactured|"
        r"produces?|produced|is (?:the )?(?:manufacturer|maker|brand)(?: of)?)|made by (?:whom|who|which brand)|"
        r"(?:which|what) (?:company|manufacturer|maker)(?: (?:is|makes?|made|behind))*|whose brand|"
        r"(?:brand(?: name)?|manufacturer|maker)(?= (?:of|for|is)\b|$)",
        "brand",
    ),
    (
        r"(?:original|old|former|previous|regular|list|usual|full|normal|undiscounted|crossed[- ]out|"
        r"strike[- ]?through|earlier) (?:price|cost)|price (?:was |is )?before(?: the)?(?: discount| reduction|"
        r" sale)?|before (?:the |its )?(?:discount|reduction|sale)|"
        r"(?:what|how much) (?:did|was|were)(?: \S+)*? (?:cost |priced )?(?:before|originally|previously)|mrp",
        "original_price",
    ),
    (
        r"(?:how (?:big|much|large|high) (?:of )?(?:is |a )?(?:the )?)?(?:discounts?(?: percentage| rate)?|"
        r"price reduction|price cut)|how much (?:can|do|would) (?:i|you|we) save|how much (?:is |percent |"
        r"% )?(?:it |taken |knocked )?off|percent(?:age)? off|discounted by",
        "discount",
    ),
    (
        r"how (?:well|good|highly|badly) (?:is|are|was|were|do|does|did)?(?: \S+)?? ?(?:rated|scored?|reviewed)|"
        r"(?:customer |user |average |star |overall |review )*(?:ratings?|scores?)|how many stars|what do (?:people|"
        r"customers|buyers) think|"
        r"how (?:well|highly|good)(?: is| are)?|how is|rated",
        "rating",
    ),
    (r"(?:which|what|all|the|available|any)? ?colou?rs?(?: options?| choices?| variants?| range)?", "colors"),
    (r"(?:which|what|all|the|available|any)? ?sizes?(?: options?| choices?| range)?", "sizes"),
    (r"sku(?: code| number)?|(?:article|item|product|stock|part) (?:number|code)|(?:item|product) sku", "sku"),
    (r"(?:what|which) (?:category|section|department)(?: is| does| are)?|category|department", "category"),
    (r"(?:the )?(?:web ?)?(?:link|url|web ?page|web address|web ?site)", "url"),
    (
        r"(?:going )?rate(?= (?:for|of)\b)|what (?:do|does|would) (?:you|they) (?:charge|ask|want)(?: for)?|"
        r"what (?:would |do |will |must |should )?(?:i|we|one)(?:[’'](?:d|"
        r"ll))?(?: (?:would|will|must|should|do))?(?: have to| need to)? pay(?: for)?|how (?:much|expensive|"
        r"costly|cheap|pricey)(?: money)?(?: (?:do|does|"
        r"did|is|are|was|were|would|will|for|"
        r"should|must|has|have))?|(?:current |selling |sale |asking |retail |unit |best )?(?:prices?|costs?|"
        r"price tag)(?: range)?|"
        r"priced(?: at)?|costing",
        "price",
    ),
)
# A word such as "price" or "size" asks only where the question's grammar asks for it.
_WANT = {
    name: re.compile(
        rf"^(?:{pattern})(?![\w'’-])|(?<![\w'’-])(?:what(?:'s|’s|s| is| are| was| were)?|which|whats|its|their|"
        rf"the|and|&|,|me|know|how|have|has|my)\s+(?:\w+\s+)?(?:{pattern})(?=\s+(?:of|for|on|is|are|was|were|do|"
        rf"does|did|has|have|had|can|could|makes?|it|they|comes?|and|or|in|at|there|exists?|available|listed|"
        rf"offered)\b|\s*(?:[,?&]|$|[\ue000-\uf8ff]))"
        rf"|(?<=[\ue000-\uf8ff])[\s:,;–-]*(?:['’]s?)?\s*(?:{pattern})(?![\w'’-])|(?<=['’]s)\s+(?:{pattern})\s*$|"
        rf"(?<=[^\W\d_])\s+(?:{pattern})\s*\??$",
        re.I,
    )
    for pattern, name in _WANTED
}
_COSTS = re.compile(
    r"\bwhat (?:(?:do|does|would|will|did) (?P<thing>.{1,300}?) (?:cost|go for|sell for|set me back)|"
    r"do you (?:sell|offer|list) (?P<sold>.{1,300}?) (?:at|for)|(?P<other>.{1,300}?) costs)"
    r"(?= me\b|\s*[?.!]*$)",
    re.I,
)
_SURE = {
    name: re.compile(rf"(?<![\w'’-])(?:{pattern})(?![\w'’-])", re.I)
    for name, pattern in (
        ("rating_count", _WANTED[0][0]),
        ("sales", _WANTED[1][0]),
        ("seller", _WANTED[2][0]),
        ("brand", _WANTED[3][0]),
        ("original_price", _WANTED[4][0]),
        ("price", r"how much(?: money)?(?: (?:do|does|did|is|are|would|will|for|should))?"),
    )
}
_COMPARATIVES = {
    (
        "price",
        False,
    ): "cheaper|less expensive|more affordable|costs less|cost less|lower price|lower priced|better value|better deal",
    ("price", True): "more expensive|pricier|dearer|costlier|costs more|cost more|higher price|higher priced",
    ("rating", True): "better rated|higher rated|rated higher|rated better|better rating|higher rating|better reviewed|"
    "better reviews|more stars|more highly rated|better ratings|higher ratings",
    ("rating", False): "lower rated|worse rated|rated lower|rated worse|lower rating|worse rating",
    ("rating_count", True): "more ratings|more reviews|more often rated|more people rated|more reviewed",
    ("rating_count", False): "fewer ratings|fewer reviews",
    ("sales", True): "sold more|sells more|sells better|sold better|more popular|more sales",
    ("sales", False): "sold less|less popular",
    ("discount", True): "bigger discount|larger discount|higher discount|more discounted",
    ("colors", True): "more colours|more colors",
    ("sizes", True): "more sizes",
}
COMPARED: dict[str, tuple[str, bool]] = {
    phrase: turn for turn, phrases in _COMPARATIVES.items() for phrase in phrases.split("|")
}
"""What a comparison turns on, and whether more of it is asked for."""
_COMPARED = re.compile(
    rf"(?<!\bor )(?<!\bor the ){BEGINS}(?:the |a |is |are |has |have |comes? in |gets? )*(?:"
    rf"{'|'.join(sorted(map(re.escape, COMPARED), key=len, reverse=True))}){ENDS}",
    re.I,
)
_BETTER = re.compile(rf"(?<!\bor )(?<!\band ){BEGINS}(?:the )?better(?: one| choice| buy| option)?{ENDS}", re.I)


@dataclass(frozen=True, slots=True)
class Superlative:
    """An extreme that a text asks for, the text without it, and whether it was a bare "best"."""

    extreme: Extreme
    rest: str
    best: bool = False


def superlative(text: str) -> Superlative | None:
    """Return the extreme that a text asks for, None where it asks for none."""
    for pattern, name, most in EXTREMES:
        match = pattern.search(text)
        if match:
            count, before, after = _how_many(text, match.start(), match.end())
            return Superlative(Extreme(name, most, count), f"{text[:before]} , {text[after:]}".strip(" ,"))
    other = extremes.extreme(text)
    if other:
        name, most, start, end, between = other
        count, before, after = _how_many(text, start, end)
        return Superlative(Extreme(name, most, count), f"{text[:before]} , {between} {text[after:]}".strip(" ,"))
    match = _TOP_N.search(text)
    if match:
        count = _COUNTS.get(match["n"].lower()) or int(match["n"])
        return Superlative(
            Extreme("rating", True, max(1, count)), f"{text[: match.start()]} {text[match.end() :]}", True
        )
    match = _BEST.search(text)
    if match:
        count, before, after = _how_many(text, match.start(), match.end())
        return Superlative(Extreme("rating", True, count), f"{text[:before]} {text[after:]}".strip(), True)
    return None


def _how_many(text: str, start: int, end: int) -> tuple[int, int, int]:
    before, after = _N_BEFORE.search(text[:start].removesuffix("the ").rstrip()), _N_AFTER.match(text[end:])
    if before:
        return _number(before["n"]), before.start(), end
    if after:
        return _number(after["n"]), start, end + after.end()
    return 1, start, end


def _number(said: str) -> int:
    return max(1, _COUNTS.get(said.lower()) or int(said))


def counted(text: str) -> str | None:
    """Return what a question asks the number of, None where it asks for no number of products."""
    tail = _COUNT_TAIL.search(text)
    if tail and tail.start():
        return _OFFERED.sub("", text[: tail.start()]).strip()
    match = _COUNT_LEAD.match(text)
    if not match:
        return None
    rest = text[match.end() :]
    if re.search(r"\b(?:been|were|was|you|they) (?:sold|bought)$", rest) and not re.search(r"\bthat\b|\bwhich\b", rest):
        return None
    return None if _NOT_COUNTED.match(rest) or re.match(r"[\ue000-\uf8ff]", rest) else rest


def yes_or_no(text: str) -> str | None:
    """Return what a yes-or-no question says after its verb, None where it is no such question."""
    whether = _WHETHER.match(text)
    if whether:
        return text[whether.end() :]
    match = _YES_NO.match(text)
    return text[match.end() :] if match and text[match.end() :].strip() else None


def offered(text: str) -> bool:
    """Tell whether a text asks what the shop has ("do you have ...?")."""
    return _OFFERED.match(text) is not None


def wanted(text: str) -> tuple[tuple[str, ...], str]:
    """Return the fields whose values a text asks for, in its order, and the text without the words that ask."""
    found: list[tuple[int, str]] = []
    costs = _COSTS.search(text)
    if costs:
        found.append((costs.start(), "price"))
        text = f"{text[: costs.start()]} {costs['thing'] or costs['sold'] or costs['other']} {text[costs.end() :]}"
    for _, name in _WANTED:
        for pattern in (_SURE.get(name), _WANT[name]):
            match = pattern.search(text) if pattern else None
            if match and name not in (known for _, known in found):
                found.append((match.start(), name))
                text = f"{text[: match.start()]} {' ' * (match.end() - match.start())} {text[match.end() :]}"
                break
    return tuple(dict.fromkeys(name for _, name in sorted(found))), " ".join(text.split())


def compared(text: str) -> tuple[tuple[str, ...], str]:
    """Return the fields that a comparison turns on, and the text without the words that say so."""
    fields: list[str] = []
    while match := _COMPARED.search(text):
        said = " ".join(fold(match[0]).split())
        fields += [field for words, (field, _) in COMPARED.items() if said.endswith(words)][:1]
        text = f"{text[: match.start()]} {text[match.end() :]}"
    if not fields and _BETTER.search(text):
        text = _BETTER.sub(" ", text, count=1)
        fields = ["rating", "rating_count", "price"]
    return tuple(dict.fromkeys(fields)), " ".join(text.split())
