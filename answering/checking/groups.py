"""What a claim says of a set: superlatives, comparisons, differences and counts, computed over the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from answering.checking.amounts import stem
from answering.checking.reading import Bench, Reading
from answering.checking.sets import (
    MEASURES,
    Comparative,
    Superlative,
    comparatives,
    holds,
    is_extreme,
    measures_of,
    superlatives,
)
from answering.checking.stated import Said
from answering.checking.supports import meets
from answering.checking.wording import is_free
from answering.facts import facts_of
from retrieval.records import Product

_THESE = re.compile(
    r"\b(?:of (?:the|these|those|all|both)|among (?:the|these|those|them)|of them|here|listed|shown|"
    r"above|of the (?:two|three|lot|bunch|pair))\b"
)
_PLURAL = re.compile(r"\b(?:these|they|those|both|all)\b|\b(?:the|our)\s(?:\d+|two|three|four|five)\s$")
_AGAINST = re.compile(r"\b(?:of the (?:two|three|pair)|against|versus|vs|than|compared|both|between)\b")
_MORE = re.compile(r"\s?(?:more|other|others|further|additional)\b")
_MEASURE = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)")
_LINK = re.compile(r"[^.;]{0,40}?(?::|–|—|\b(?:is|are|goes to|would be|remains|comes from)\b)")
_JOIN = re.compile(r"[,;]|\b(?:and|but|yet|while|though)\b")
_OF_KIND = re.compile(r"\s(?:of|among) (?:the|these|those|our) ([^\W\d_]{4,})")
_DENIED = re.compile(r"(?:\bnot|n't|\bnever|\bneither)\W{0,2}(?:\w+\W){0,2}$")
_THING_AFTER = re.compile(r"\s?([^\W\d_]+)")


def faults(reading: Reading, cited: tuple[int, ...], bench: Bench, *, uncited: bool = False) -> str:
    """Return the first thing that is wrong with what a claim says of a set, "" where nothing is."""
    found = _superlatives(reading, cited, bench, uncited=uncited)
    for wrong in (
        *found,
        *_comparatives(reading, cited, bench),
        *_differences(reading, cited, bench),
        *_leads(reading, cited, bench),
        *_counts(reading, cited, bench),
    ):
        if wrong:
            return wrong
    return ""


def _named(reading: Reading, start: int, end: int, cited: Sequence[int]) -> tuple[int, ...]:
    """Return the products that a claim names between two places, by name or citation, in order."""
    if len(reading.groups) > 1:
        grouped = [n for place, _, numbers in reading.groups if start <= place < end for n in numbers]
        if grouped:
            return tuple(dict.fromkeys(grouped))
    found: list[int] = []
    for name in reading.names:
        if name.points and start <= name.start < end:
            own = tuple(n for n in name.cards if n in cited) or name.cards
            found += own if len(own) == 1 else ()
    return tuple(dict.fromkeys(found))


def _subjects(reading: Reading, start: int, end: int, cited: tuple[int, ...], *, last: bool) -> tuple[int, ...]:
    """Return whom a superlative or comparison is said of: who is named before it, else after it, else all cited."""
    if len(cited) == 1:
        return cited
    text = reading.text
    clause = max((text.rfind(mark, 0, start) for mark in (";", " while ", " whereas ", " but ", ", and ")), default=-1)
    near = _named(reading, max(0, clause), start, cited)
    link = None if near else _LINK.match(text, end)
    after = _named(reading, link.end(), len(text), cited) if link else ()
    if after:
        return after[:1]
    before = near or _named(reading, 0, start, cited)
    if before:
        listed = re.search(r"\b(?:and|or|both|all|they)\b", text[max(0, clause) : start])
        return before if listed and not last else before[-1:]
    return cited


def _superlatives(reading: Reading, cited: tuple[int, ...], bench: Bench, *, uncited: bool) -> Iterator[str]:
    if uncited:
        return
    for one in superlatives(reading.text):
        stated = _units(reading.stated)
        measures = measures_of(one.field, stated)
        if not measures or (one.field == "amount" and not stated):
            continue
        # "not the cheapest" is as much a claim.
        denied = _DENIED.search(reading.text[max(0, one.start - 24) : one.start]) is not None
        subjects = bench.products(_subjects(reading, one.start, one.end, cited, last=True))
        scopes = list(_scopes(one, reading, cited, bench))
        if one.field == "amount" and not any(
            measure(product) is not None for measure in measures for product in subjects
        ):
            continue
        choices = [subjects]
        if len(subjects) > 1 and not denied and not _PLURAL.search(reading.text[: one.start]):
            # Nobody says which of those cited it is: one of them will do.
            choices += [[product] for product in subjects]
        true = any(
            _extreme(choice, scope, one, measure)
            for choice in choices
            for scope in scopes
            for measure in measures
            if len(scope) >= len(choice)
        )
        if true == denied:
            yield f"it is {'' if denied else 'not '}the {one.text}" + (
                f" of {len(scopes[0]):,} products" if scopes else ""
            )


def _extreme(subjects: Sequence[Product], scope: Sequence[Product], one: Superlative, measure) -> bool:  # type: ignore[no-untyped-def]
    if not subjects:
        return False
    extreme = [is_extreme(product, scope, measure, one) for product in subjects]
    if all(extreme):
        return True
    if len(subjects) < 2:
        return False
    # "The three cheapest": as many as there are, and nothing outside them comes before.
    own = [measure(product) for product in subjects]
    if any(value is None for value in own):
        return False
    ids = {product.product_id for product in subjects}
    rest = [value for product in scope if product.product_id not in ids and (value := measure(product)) is not None]
    return not rest or (min(own) >= max(rest) if one.most else max(own) <= min(rest))


def _units(stated: Sequence[Said]) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for said in stated:
        if said.kind == "counted" and said.unit:
            found.append((said.unit, said.value))
        for token in said.tokens if said.kind == "measure" else ():
            read = _MEASURE.fullmatch(token)
            if read:
                found.append((read[2], float(read[1])))
    return found


def _scopes(one: Superlative, reading: Reading, cited: tuple[int, ...], bench: Bench) -> Iterator[list[Product]]:
    """Yield the sets that a superlative may speak of: the filtered one first; those on show where it says so."""
    evidence = bench.evidence
    cards = [card.product for card in evidence.cards]
    whole = list(evidence.considered) or cards
    yield whole
    bounds = [
        said for said in reading.stated if said.kind in ("price", "rating", "ratings") and said.how in ("most", "least")
    ]
    if bounds:
        yield [product for product in whole if all(_within(product, said) for said in bounds)]
    asked = [said.tokens[0] for said in reading.stated if said.kind == "colour" and 0 <= said.start - one.end < 8]
    if asked:
        yield [product for product in whole if all(facts_of(product).has_colour(colour) for colour in asked)]
    kind = _OF_KIND.match(reading.text, one.end)
    if kind and not is_free(kind[1]):
        alike = [product for product in whole if stem(kind[1]) in facts_of(product).name_stems]
        if len(alike) > 1:
            yield alike
        elif not alike and kind[1] not in bench.asked:
            # Which of them are "the electronics" is not told: two of them are enough to be one's extreme.
            own = bench.products(_subjects(reading, one.start, one.end, cited, last=True))
            yield from ([*own, other] for other in whole if other not in own)
    near = reading.text[max(0, one.start - 30) : one.end + 40]
    if len(cited) > 1 and (_AGAINST.search(reading.text) or evidence.question.aim == "compare"):
        yield bench.products(cited)
    if _THESE.search(near) or evidence.question.aim == "compare":
        stated = [said.value for said in reading.stated if said.kind == "among"]
        so_far = list(dict.fromkeys([*bench.cited, *cited]))
        for shown in (cards, bench.products(so_far)):
            # One product alone is the cheapest of itself.
            if len(shown) > 1 and (not stated or len(shown) in stated):
                yield shown


def _within(product: Product, said: Said) -> bool:
    own = {"price": product.price, "rating": product.rating, "ratings": product.rating_count}[said.kind]
    return own is not None and meets(float(own), said.value, said.how)


def _comparatives(reading: Reading, cited: tuple[int, ...], bench: Bench) -> Iterator[str]:
    for one in comparatives(reading.text):
        if not cited:
            continue
        denied = _DENIED.search(reading.text[max(0, one.start - 24) : one.start]) is not None
        left, rights = _sides(one, reading, cited, bench)
        if not left or not rights:
            continue
        true = any(right and holds(one, bench.products(left), bench.products(right)) for right in rights)
        if true == denied:
            yield f"that it is {one.text} is not so"


def _sides(
    one: Comparative, reading: Reading, cited: tuple[int, ...], bench: Bench
) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """Return who is compared, and with whom: one of the sets that may be meant."""
    text = reading.text
    everyone = tuple(bench.facts)
    if one.more is None:
        return cited[:1], [cited[1:]] if len(cited) > 1 else [tuple(n for n in bench.cited if n not in cited)]
    if one.than is not None:
        behind = _named(reading, one.than, len(text), everyone)
        left = _subjects(reading, one.start, one.start, tuple(n for n in cited if n not in behind) or cited, last=False)
        left = tuple(n for n in left if n not in behind)
        if not left:
            left = tuple(n for n in cited if n not in behind)
        right = tuple(n for n in behind if n not in left)
        if right:
            return left, [right]
        if len(cited) > 1 and not reading.names and len(left) == len(cited):
            return cited[:1], [cited[1:]]
        return left, _rest(left, cited, bench)
    left = _subjects(reading, one.start, one.end, cited, last=True)
    earlier = [other for other in comparatives(text) if other.end <= one.start]
    if earlier and not _named(reading, _last_join(text, one.start), one.start, everyone):
        # "Alpha outscores Beta and costs less": who costs less is who outscores.
        left = _subjects(reading, earlier[-1].start, earlier[-1].start, cited, last=False)
    if len(left) == len(cited) and len(cited) > 1:
        # Nobody is named: whichever of them it is, it is one of them.
        return (), []
    return left, _rest(left, cited, bench)


def _last_join(text: str, end: int) -> int:
    """Return where the last clause before a place begins."""
    return max((match.end() for match in _JOIN.finditer(text, 0, end)), default=0)


def _rest(left: Sequence[int], cited: Sequence[int], bench: Bench) -> list[tuple[int, ...]]:
    """Return whom a comparison may be with that names nobody: the others cited, those cited before, all others."""
    others = tuple(n for n in cited if n not in left)
    if others:
        return [others]
    before = tuple(n for n in bench.cited if n not in left)
    return [before, before[-1:], tuple(n for n in bench.facts if n not in left)]


def _differences(reading: Reading, cited: tuple[int, ...], bench: Bench) -> Iterator[str]:
    """Yield what is wrong with "৳ 50 less": no two of the products differ by that."""
    for said in reading.stated:
        if said.kind != "difference" or not cited:
            continue
        pool = tuple(dict.fromkeys([*cited, *bench.cited])) if len(cited) == 1 else cited
        if len(pool) < 2:
            pool = tuple(bench.facts)
        prices = [product.price for product in bench.products(pool) if product.price is not None]
        own = [product for product in bench.products(cited[:1]) if product.price is not None]
        pairs = (
            [abs(a - b) for a in prices for b in prices]
            if len(cited) > 1
            else [abs((p.price or 0) - b) for p in own for b in prices]
        )
        saved = [p.original_price - p.price for p in bench.products(cited) if p.original_price and p.price is not None]
        if not any(meets(pair, said.value, said.how) for pair in (*pairs, *saved)):
            yield f"the prices do not differ by {said.text}"


def _leads(reading: Reading, cited: tuple[int, ...], bench: Bench) -> Iterator[str]:
    """Yield what is wrong with "0.3 points higher": no two ratings are so far apart."""
    for said in reading.stated:
        if said.kind != "lead" or not cited:
            continue
        pool = tuple(dict.fromkeys([*cited, *bench.cited])) if len(cited) == 1 else cited
        ratings = [product.rating for product in bench.products(pool) if product.rating is not None]
        if not any(abs(abs(a - b) - said.value) < 0.011 for a in ratings for b in ratings):
            yield f"the ratings do not differ by {said.text}"


def _counts(reading: Reading, cited: tuple[int, ...], bench: Bench) -> Iterator[str]:
    evidence = bench.evidence
    totals = {float(n) for n in (evidence.matching, len(evidence.considered)) if n} or {float(len(evidence.cards))}
    so_far = set(bench.cited) | set(cited)
    shown = {float(len(evidence.cards)), float(len(cited)), float(len(so_far))} - {0.0}
    for said in reading.stated:
        if said.kind not in ("total", "among"):
            continue
        after = reading.text[said.end : said.end + 30]
        noun = _THING_AFTER.match(after)
        if (
            said.kind == "total"
            and noun
            and cited
            and not is_free(noun[1])
            and len(cited) == 1
            and evidence.question.aim != "count"
        ):
            # "There are 2 pockets": counted in the product.
            facts = bench.facts[cited[0]]
            if said.value in facts.numbers and facts.knows(noun[1]):
                continue
        allowed = totals | shown if said.kind == "among" or not (evidence.matching or evidence.considered) else totals
        if re.search(r"\bothers?\s$", reading.text[: said.start]) or _MORE.match(after):
            allowed = {total - one for total in totals for one in shown} | _ties(reading, cited, bench) | shown
        near = 0.1 if said.how == "about" else 0.0
        if said.how in ("most", "least"):
            fits = any(meets(one, said.value, said.how) for one in totals)
        else:
            fits = any(abs(one - said.value) <= near * one for one in allowed)
        if not fits:
            yield f"{said.text} is not how many there are"


def _ties(reading: Reading, cited: tuple[int, ...], bench: Bench) -> set[float]:
    """Return how many more products share the extreme value of those cited."""
    found: set[float] = set()
    products = bench.products(cited)
    whole = bench.evidence.considered or tuple(card.product for card in bench.evidence.cards)
    same = sum(len(card.same) for card in bench.evidence.cards if card.n in cited)
    for one in superlatives(reading.text):
        measure = MEASURES.get(one.field)
        if measure and products:
            tied = sum(measure(product) == measure(products[0]) for product in whole)
            found |= {float(tied - len(products)), float(tied - len(products) - same)}
    return found
