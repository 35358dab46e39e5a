"""Reading a question: what it asks, of which things, under which conditions (no search, no language model)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import permutations

from answering import asked, comparing, conditions, field_words
from answering.conditions import Conditions
from answering.mentions import Values, numbers, singular
from answering.records import Aim, Extreme, Need
from answering.telling import attribute_words
from answering.words import GENERIC, bare, joined, meant, telling, words
from retrieval.query.colours import names
from retrieval.query.english import common
from retrieval.records import Filters
from retrieval.text import fold

NO_BRANDS = frozenset({"no brand", "nobrand", "no-brand", "generic", "unbranded", "none", "other", "others", "n/a"})
"""What stands for no brand at all."""
_ATTRIBUTE = (
    re.compile(
        r"^(?:what|which)(?:['’]s|s| is| are| was) (?:the )?(?P<attr>[^?]{2,60}?) (?:of|for|on|"
        r"in) (?P<thing>.+)$",
        re.I,
    ),
    re.compile(
        r"^(?:what|which) (?P<attr>\w+(?: \w+){0,2}?) (?:is|are|does|do|has|have|can|was|"
        r"were) (?P<thing>.+?)(?: (?:made (?:of|from|out of)|have|has|use|uses|come with|come in|need|take|support|"
        r"offer|contain|include|run on|get))?$",
        re.I,
    ),
    re.compile(
        r"^how (?P<attr>heavy|long|tall|big|wide|large|high|thick|deep|fast|powerful|loud|old) (?:is|are|"
        r"does|do) (?P<thing>.+)$",
        re.I,
    ),
    re.compile(
        r"^what (?:is|are|does|do) (?P<thing>.+?) (?P<attr>made (?:of|from|out of)|weigh|contain|"
        r"include)$",
        re.I,
    ),
    re.compile(
        r"^how (?:much|long|many)(?: \w+)? (?:does|do|is|are) (?P<thing>.+?) (?P<attr>weigh|last|hold|"
        r"contain)s?$",
        re.I,
    ),
    re.compile(r"^(?P<thing>.+?)['’]s? (?P<attr>[^\W\d_]+(?: [^\W\d_]+)?)$", re.I),
    re.compile(r"^(?P<attr>[^\W\d_]+(?: [^\W\d_]+)?) (?:of|for) (?P<thing>.+)$", re.I),
)
_HAS = re.compile(
    r"^(?P<thing>.+?) (?:have|has|come with|comes with|include|includes|support|supports|contain|contains|"
    r"feature|features|made of|made from|made out of|offer|work with|works with|suitable for|good for|fit|come|"
    r"use|uses) (?P<attr>.+)$",
    re.I,
)
_ALIKE = re.compile(
    r"\b(?:similar|alternatives?|comparable|resembles?|resembling|in place of|"
    r"(?:something|anything|products?|items?|ones?|more|others?|else|things?|stuff|goods?)(?: \w+)? like)\b",
    re.I,
)
_ASKED_FIRST = re.compile(
    r"^(?:what|which) (material|fabric|warranty|guarantee|weight|length|height|width|capacity|model|location|"
    r"dimensions?|battery|power)\b"
    r"(?: (?:is|does|do|are|has|have))?",
    re.I,
)
_CLAUSES = re.compile(
    r"(?<![\w'’-])(?:that|which|who)?\s*(?:(?:do|can|could|would|did) (?:you|i|we) (?:have|sell|stock|offer|"
    r"carry|get|buy|find|recommend|suggest)|(?:are|is) (?:there|available|sold|listed|offered|on offer|found|in stock)|"
    r"(?:that|which) (?:are|is|have|has|costs?|come|comes|you (?:have|sell))|there (?:are|is)|(?:do|"
    r"does) (?:you|the (?:shop|store|catalogue)) (?:have|sell|stock)|you (?:have|sell|stock)|(?:in|from|"
    r"at) (?:your|the|this) (?:shop|store|catalogue|catalog|range|assortment|collection))(?![\w'’-])",
    re.I,
)
_DESCRIBES = re.compile(
    r"\b(?:something|anything|things?|stuff|one)\s+(?:to|for|that|which|i can|we can|my|warm|nice|cool|soft)\b|"
    r"\b(?:what|which)\b.*\b(?:can|could|should|would) i (?:wear|use|give|put|take|bring|cook|play)\b|"
    r"\b(?:helps?|keeps?|keeping|lets?|stops?|makes?) (?:me|my|you|us|it|them|the|a|food|things?)\b|\bso that\b|"
    r"\bwithout\b|\bto (?:wear|keep|carry|put|hold|cook|give|make|clean|find|show|play|store|use)\b",
    re.I,
)
_QUALITIES = frozenset(
    "well highly badly good bad great nice decent poor poorly low high really very different various several other "
    "which".split()
)
_OF_NEEDS = frozenset("colour colours color colors size sizes option options choice choices version shade".split())
_KIND = r"variants?|versions?|colou?rs?|shades?|ones?|editions?|finish|models?|types?|options?"
_BY_NAME = re.compile(
    r"(?P<before>[^\W\d_]{4,})[\s,:–-]*(?=[\ue000-\uf8ff])|"
    r"(?<=[\ue000-\uf8ff])[\s,:(–-]*(?:(?:in|colou?r|of|is|it|the|a)\s+)*(?P<after>[^\W\d_]{4,})|"
    rf"(?P<kind>[^\W\d_]{{4,}})\s+(?:{_KIND})(?![\w'’-])|\bin (?:a |the )?(?P<within>[^\W\d_]{{4,}})[\s?.!]*$",
    re.I,
)
_INDEFINITE = re.compile(r"(?:^|\s)(?:a|an|any|some)\s+\S", re.I)


@dataclass(frozen=True, slots=True)
class Said:
    """A question as it reads by its grammar; its named products are private letters still.

    `subject` is what it is about, `phrase` the same with its colours and sizes, which may be words of a
    name, and `worded` what is searched for; `compared` the things of a comparison
    in one piece. `best` marks a bare "best". `attribute` are the words of a fact that is asked for beside the usual
    ones, `beside` odd words next to a named product. `yes_no` and `offered` tell "does X ...?" and
    "do you have ...?" apart.
    """

    text: str
    aim: Aim
    subject: str
    worded: str
    conditions: Conditions
    wants: tuple[str, ...] = ()
    attribute: tuple[str, ...] = ()
    compared: str = ""
    extreme: Extreme | None = None
    phrase: str = ""
    best: bool = False
    yes_no: bool = False
    offered: bool = False
    alike: bool = False
    indefinite: bool = False
    beside: tuple[str, ...] = ()
    things: tuple[tuple[str, str], ...] = field(default=())
    """How else the text may part into a thing and a fact that is asked of it."""


def read(text: str, values: Values) -> Said:
    """Return a question read; `text` is on one line, with private letters for products named in it."""
    text = text.strip(" \t?!.¿؟।")
    named = numbers(text)
    if len(dict.fromkeys(named)) >= 2:
        found = comparing.comparison(text)
        fields = found[1] if found else (*asked.compared(text)[0], *comparing.keywords(text))
        return Said(text, "compare", "", "", Conditions(""), wants=tuple(dict.fromkeys(fields)), compared=text)
    comparison = None if _of_a_set(text, values) else comparing.comparison(text)
    # A bound's own "or more", or an "and" before one, parts no two things.
    parted = comparison is not None and comparing.parted(conditions.read(text, values).worded)
    if comparison and parted and not asked.counted(text) and comparing.parted(comparison[0]):
        body, fields = comparison
        return Said(text, "compare", body, body, Conditions(body), wants=fields, compared=body)
    count = None if named else asked.counted(text)
    if count is not None:
        return _set(text, "count", count, values)
    extreme = asked.superlative(text)
    if extreme and not (named and asked.yes_or_no(text)):
        said = _set(text, "superlative", extreme.rest, values)
        return replace(said, extreme=extreme.extreme, best=extreme.best)
    return _plain(text, values, named=bool(named))


def _of_a_set(text: str, values: Values) -> bool:
    """Tell whether a text asks for an extreme within a category or brand, whatever commas stand in it."""
    if comparing.compares(text) or not asked.superlative(text):
        return False
    filters = conditions.read(text, values).filters
    return bool(filters.categories or filters.brands)


def _set(text: str, aim: Aim, rest: str, values: Values) -> Said:
    """Return a question about all products under some conditions."""
    told = conditions.read(_CLAUSES.sub(" ", rest), values)
    wants, left = asked.wanted(told.rest)
    first = _ASKED_FIRST.match(left)
    if first and not wants and attribute_words(first[1], asks=True) and first[1].lower() not in GENERIC:
        attribute, left = attribute_words(first[1], asks=True), left[first.end() :]
    else:
        attribute = ()
    subject = " ".join(word for word in _bare_words(left))
    subject, told = _loose(subject, told)
    subject, told = _hue(subject, told)
    return Said(text, aim, subject, subject, told, wants=wants, attribute=attribute)


def _bare_words(text: str) -> list[str]:
    kept = set(telling(text)) - GENERIC
    return [word for word in words(bare(text)) if word in kept]


def _loose(subject: str, told: Conditions) -> tuple[str, Conditions]:
    """Take categories and brands that are all that a subject says as conditions."""
    known = [need for need in told.loose if need.field == "category" or fold(need.value).strip() not in NO_BRANDS]
    for chosen in (*((need,) for need in known), *permutations(known, 2)):
        fields = [need.field for need in chosen]
        if len(set(fields)) < len(fields) or not _same(subject, " ".join(need.value for need in chosen)):
            continue
        filters = told.filters
        for need in chosen:
            if need.field == "category" and not filters.categories:
                filters = replace(filters, categories=(need.value,))
            elif need.field == "brand" and not filters.brands:
                filters = replace(filters, brands=(need.value,))
        return "", replace(told, filters=filters)
    return subject, told


def _hue(subject: str, told: Conditions) -> tuple[str, Conditions]:
    """Take a word that may be a colour ("ivory", "peach") and stands beside a category or brand alone as one."""
    said = telling(subject)
    if len(said) != 1 or not (told.filters.categories or told.filters.brands):
        return subject, told
    hue = [colour for *_, colour in names(f"{said[0]} colour")]
    if not hue or hue[0] != said[0]:
        return subject, told
    return "", replace(told, needs=(*told.needs, Need("colors", hue[0])))


def _same(one: str, other: str) -> bool:
    telling_one, telling_other = " ".join(telling(one)), " ".join(telling(other))
    return bool(telling_one) and (
        singular(joined(one)) == singular(joined(other))
        or singular(joined(telling_one)) == singular(joined(telling_other))
    )


def _plain(text: str, values: Values, *, named: bool) -> Said:
    """Return a question about a thing, or about what fits some conditions."""
    offered = asked.offered(text)
    yes = None if offered else asked.yes_or_no(text)
    body = yes if yes is not None else text
    told = conditions.read(body, values)
    if named and yes is not None and not told.needs and told.filters == Filters() and _only_fields(told.rest):
        # "Is it rated well?" asks for the rating.
        yes = None
    wants, left = asked.wanted(told.rest)
    if yes is not None:
        wants = ()
        left = told.rest
    left = left if named else _CLAUSES.sub(" ", left)
    subject = bare(left)
    phrase = bare(_CLAUSES.sub(" ", asked.wanted(told.worded)[1]))
    if not set(telling(subject)) - GENERIC and not named and not _describes(left):
        subject = ""
    worded = _worded(subject, told)
    if not named and _describes(left):
        # What describes a thing is searched for as it was said: its small words carry the meaning.
        worded = _worded(left.strip(" ,.?!"), told)
    attribute: tuple[str, ...] = ()
    things: list[tuple[str, str]] = []
    beside: tuple[str, ...] = ()
    if named:
        if yes is None and not offered and not told.needs:
            wants, left = _spoken(wants, left, told.rest)
        attribute = attribute_words(left, asks=yes is not None)
        beside = _beside(left)
        attribute = tuple(word for word in attribute if word not in _OF_NEEDS) or (() if told.needs else attribute)
    else:
        subject, told = _loose(subject, told)
        subject, told = _hue(subject, told)
        worded = worded if subject or not told.filters.categories + told.filters.brands else _worded("", told)
        plain = told.rest.strip(" ?.!")
        patterns = _ATTRIBUTE if yes is None else (_HAS,)
        if not wants:
            for pattern in patterns:
                match = pattern.match(plain)
                if match and bare(match["thing"]):
                    things.append((bare(match["thing"]), match["attr"]))
            if yes is not None:
                said = plain.split()
                things += [
                    (bare(" ".join(said[:cut])), " ".join(said[cut:]))
                    for cut in range(len(said) - 1, max(0, len(said) - 4), -1)
                ]
    aim: Aim = "find"
    if named or (wants and not offered):
        aim = "about"
    if (yes is not None and (named or told.needs or told.filters != type(told.filters)())) or (
        offered and (told.needs or named)
    ):
        aim = "available"
    return Said(
        text,
        aim,
        subject,
        worded or subject,
        told,
        wants=wants,
        phrase=phrase,
        attribute=attribute,
        yes_no=yes is not None,
        offered=offered,
        alike=named and bool(_ALIKE.search(left)),
        indefinite=bool(_INDEFINITE.search(left)) or not re.search(r"\b(?:the|this|that)\b", body, re.I),
        things=tuple(things),
        beside=beside,
    )


def _only_fields(text: str) -> bool:
    """Tell whether a text speaks of nothing but a product's fields."""
    found, rest = field_words.fields_of(text)
    return bool(found) and not set(attribute_words(rest, asks=True)) - _QUALITIES


def _spoken(wants: tuple[str, ...], left: str, whole: str) -> tuple[tuple[str, ...], str]:
    """Return the facts that are asked of a named product by any word for them, and what is left of the text.

    Beside a product, whatever word speaks of a field asks for it.
    """
    other = field_words.otherwise(whole)
    if other:
        return (), f"what is the {other}"
    if wants:
        return wants, left
    found, rest = field_words.fields_of(whole)
    return (found, " ".join(rest.split())) if found else (wants, left)


def _beside(left: str) -> tuple[str, ...]:
    """Return the words directly beside a named product that are neither of the question nor plain English.

    Such a word demands something: "a taupe ...", "... in vermilion".
    """
    found = []
    for match in _BY_NAME.finditer(left):
        for word in telling(match[match.lastgroup or 0]):
            if word.isascii() and len(word) >= 4 and not word.isdigit() and (not common(word) or names(word)):
                found.append(word)
    return tuple(word for word in dict.fromkeys(found) if not meant(word))


def _describes(text: str) -> bool:
    """Tell whether a text describes a thing rather than names it: "something to carry my lunch in"."""
    return bool(_DESCRIBES.search(text))


def _worded(thing: str, told: Conditions) -> str:
    """Return what is searched for: the thing with its colours and sizes."""
    colours = [
        need.value for need in told.needs if need.field == "colors" and not need.value.startswith(conditions.NOT)
    ]
    sizes = [f"size {need.value}" for need in told.needs if need.field == "sizes"]
    return " ".join([*colours, thing, *sizes]).strip()
