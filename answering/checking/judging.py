"""Judge one passage of an answer: what it says of which products, and whether their records bear it out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from answering.checking import unclaiming
from answering.checking.groups import faults as group_faults
from answering.checking.marks import Passage, without_marks
from answering.checking.reading import LONGEST, Bench, Reading, read_passage, sound
from answering.checking.references import titled, unnamed
from answering.checking.sets import comparatives
from answering.checking.silence import silent
from answering.checking.stated import Said
from answering.checking.substance import missing, wrong_maker
from answering.checking.supports import bounded, echoes, fault, meets
from answering.checking.wording import is_free
from answering.facts import WORD, facts_of
from retrieval.records import Product
from retrieval.text import fold

_MOST_KEPT = 2048
"""Verdicts that are kept of one piece of evidence."""
_ALL = re.compile(r"\b(?:both|all|each|every|either|neither|none of|these|they|those|any)\b")
_RESPECTIVELY = re.compile(r"\brespectively\b")
_PAIR = re.compile(r"[^\w\s]{0,2}\s?[\d.,]+\S{0,8}\s(?:vs\.?|versus|against|compared (?:to|with))\s[^\w\s]?\s?\d")
_PAIRED = re.compile(r"\d\S{0,8}\s(?:vs\.?|versus|against|compared (?:to|with))\s[^\w\s]{0,2}\s?$")
_ADVICE = re.compile(
    r"\b(?:i(?:'d| would)|you should|(?:go|opt) (?:for|with)|skip|choose|pick|take|get|buy|recommend|suggest|consider|"
    r"avoid)\b[^.;:?]{0,24}$|\b(?:i(?:'d| would)|you should|skip|avoid|recommend|suggest)\b"
)
_SUBJECT = re.compile(
    r"\W*(?:both|all|they|each|it|every one)(?: (?:of )?(?:them|these|those|two|three))?\s(?:are|is|costs?|comes?|"
    r"stays?|falls?|sells?|sits?|meets?|fits?)\b"
)
_REST = re.compile(r"\bthe (?:others?|rest|remaining)\b(?! one\b)")
_PAIR_TO = re.compile(r"[^\w\s]?[\d.,]+\s(?:[^\W\d_]+\s)?to\s[^\w\s]?\d")
_TO_PAIR = re.compile(r"\d\s(?:[^\W\d_]+\s)?to\s[^\w\s]?$")
_TOGETHER = re.compile(
    r"\b(?:together|combined|in total|altogether|total(?:s|ling)?|sum|adds? up|for (?:both|the pair))\b"
)
_LISTED = re.compile(r"[\s\ue000-\ue7fe]*(?:,|and|&|or|, and)\s(?:the |a |an |our )?")
_OTHERS = re.compile(r"\b(?:against|versus|vs\.?|compared (?:to|with)|than|instead of|unlike)\b")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of a passage; `free` says that it needs no citation (a count of what there is)."""

    checked: bool
    supported: bool = True
    why: str = ""
    free: bool = False


def judge(passage: Passage, bench: Bench) -> Verdict:
    """Return what checking a passage finds, as found before where the same stood in the same place."""
    key = (passage.text, passage.label, passage.kind, passage.cited, *bench.cited)
    verdicts = bench.known.verdicts
    found = verdicts.get(key)
    if not isinstance(found, Verdict):
        if len(verdicts) >= _MOST_KEPT:
            verdicts.clear()
        found = verdicts[key] = _judge(passage, bench)
    return found


def _judge(passage: Passage, bench: Bench) -> Verdict:
    evidence = bench.evidence
    invented = [n for n in passage.cited if n not in bench.facts]
    cited = tuple(n for n in passage.cited if n in bench.facts)
    bare = sound(without_marks(passage.text))[:LONGEST]
    if not any(char.isalnum() for char in bare) and not passage.label:
        return Verdict(checked=bool(invented), supported=not invented, why=_nowhere(invented))
    if not passage.cited and unclaiming.is_talk(bare, passage.kind, refused=evidence.refusal is not None):
        return Verdict(checked=False)
    reading = read_passage(passage, cited, bench)
    if not passage.cited and unclaiming.denies_all(bare):
        return _nothing(reading, bench)
    if not passage.cited:
        return _uncited(passage, reading, bench)
    if invented:
        return Verdict(checked=True, supported=False, why=_nowhere(invented))
    why = _why(reading, cited, bench)
    return Verdict(checked=True, supported=not why, why=why)


def _nowhere(invented: Sequence[int]) -> str:
    return f"there is no product {', '.join(f'[{n}]' for n in invented)}" if invented else ""


def _nothing(reading: Reading, bench: Bench) -> Verdict:
    """Judge that there is no such product, which nothing can be cited for: it is wrong where there is one."""
    stated = [said for said in reading.stated if said.kind in ("price", "rating", "ratings", "colour")]
    if not stated or bench.evidence.refusal is not None:
        return Verdict(checked=False)
    products = bench.evidence.considered or [card.product for card in bench.evidence.cards]
    meant = [replace(said, denied=False) for said in stated]
    said_of = [(said.start, said.end) for said in stated]
    things = [
        match[0]
        for match in WORD.finditer(reading.text)
        if not is_free(match[0]) and not any(start <= match.start() < end for start, end in said_of)
    ]
    there = any(
        all(not fault(said, facts) and not _equals(said, facts.product) for said in meant)
        and all(map(facts.knows, things))
        for facts in map(facts_of, products)
    )
    return Verdict(checked=True, supported=not there, why="there is such a product" if there else "", free=True)


def _equals(said: Said, product: Product) -> bool:
    """Tell whether a product is just at a bound: "nothing costs less" is right of the cheapest's own price."""
    own = {"price": product.price, "rating": product.rating, "ratings": product.rating_count}.get(said.kind)
    return said.how in ("most", "least") and own == said.value


def _uncited(passage: Passage, reading: Reading, bench: Bench) -> Verdict:
    """Judge a passage without a citation: a claim lacks its source, a count is checked, talk claims nothing."""
    counts = [said for said in reading.stated if said.kind in ("total", "among")]
    filters = bench.evidence.question.filters
    facts = [
        said
        for said in reading.stated
        if said.kind not in ("total", "among") and not echoes(said, filters, bench.numbers) and not _echoed(said, bench)
    ]
    named = [name for name in reading.names if name.sure and not set(name.words) <= bench.asked]
    if passage.kind == "header" or (passage.kind == "heading" and not facts):
        return Verdict(checked=False)
    wrong = group_faults(reading, (), bench, uncited=True)
    if unclaiming.is_intro(reading.raw, passage.kind) and not facts:
        return Verdict(checked=bool(wrong or counts), supported=not wrong, why=wrong, free=True)
    claims = (
        facts
        or named
        or wrong
        or (reading.stated and _SUBJECT.match(reading.text))
        or _advises(reading)
        or unclaiming.says_something(reading.text, bench.asked)
    )
    if not claims and counts:
        return Verdict(checked=True, free=True)
    if wrong and counts and not facts and not named:
        return Verdict(checked=True, supported=False, why=wrong, free=True)
    return Verdict(checked=True, supported=False, why=wrong or "no source") if claims else Verdict(checked=False)


def _advises(reading: Reading) -> bool:
    """Tell whether a passage speaks for or against one product that it points at: "I would skip the sofa"."""
    pointed = [name for name in reading.names if len(name.cards) == 1]
    return bool(pointed) and _ADVICE.search(reading.text) is not None


def _echoed(said: Said, bench: Bench) -> bool:
    """Tell whether a colour or the like is only what was asked for."""
    words = WORD.findall(fold(said.text))
    return said.kind in ("colour", "size", "code", "measure") and bool(words) and set(words) <= bench.asked


def _why(reading: Reading, cited: tuple[int, ...], bench: Bench) -> str:
    """Return the first thing that is wrong with a cited passage, "" where nothing is."""
    if reading.wrong:
        return reading.wrong
    silence = silent(reading, [bench.facts[n] for n in cited])
    if silence.wrong:
        return silence.wrong
    for found in (
        _misnamed(reading, cited, bench),
        *_misstated(reading, cited, bench, silence.spans),
        group_faults(reading, cited, bench),
    ):
        if found:
            return found
    owners = [bench.facts[n] for n in cited]
    maker = wrong_maker(reading, owners)
    if maker:
        return maker
    others = [facts for n, facts in bench.facts.items() if n not in cited]
    return missing(reading, owners, others, bench, silence.spans)


def _misnamed(reading: Reading, cited: Sequence[int], bench: Bench) -> str:
    """Return that a name is another product's than the one cited, "" where every name fits."""
    for name in reading.names:
        if not name.sure or set(name.cards) & set(cited):
            continue
        best = min(len(unnamed(name.words, bench.facts[n])) for n in cited)
        if not best or (not name.whole and any(all(map(bench.facts[n].knows, name.words)) for n in cited)):
            continue
        against = any(match.end() <= name.start for match in _OTHERS.finditer(reading.text))
        own = any(set(other.cards) & set(cited) for other in reading.names)
        if against and (own or not name.whole or _pronoun(reading.text)):
            continue
        return "it names another product than the one cited"
    if _exchanged(reading, bench):
        return "it names another product than the one cited"
    for start, end in reading.spans:
        words = list(WORD.findall(fold(sound(reading.raw[start:end]))))
        telling = [word for word in words if not is_free(word)]
        if len(words) < 2 or not telling or reading.raw[start:end].rstrip().endswith(":"):
            continue
        share = max(titled(telling, bench.facts[n]) for n in cited)
        if share == 1 or any(m.end() <= start for m in _OTHERS.finditer(reading.text)):
            continue
        if max(titled(telling, facts) for facts in bench.facts.values()) >= max(0.6, share + 1e-9):
            return "it names another product than the one cited"
    return ""


def _exchanged(reading: Reading, bench: Bench) -> bool:
    """Tell whether a name has the citation of another product that the claim cites as well."""
    if len(reading.groups) < 2:
        return False
    begun = 0
    for place, end, numbers in reading.groups:
        own = [
            name
            for name in reading.names
            if begun <= name.start < place and (name.sure or (name.points and len(name.cards) == 1))
        ]
        named = {name.cards for name in own}
        if len(named) == 1:
            (cards,) = named
            words = own[0].words
            if not set(cards) & set(numbers) and all(unnamed(words, bench.facts[n]) for n in numbers):
                return True
        begun = end
    return False


def _pronoun(text: str) -> bool:
    return re.match(r"\W*(?:yes\W+|no\W+)?(?:it|this|that|they)\b", text) is not None


def _misstated(
    reading: Reading, cited: tuple[int, ...], bench: Bench, skipped: Sequence[tuple[int, int]]
) -> Iterator[str]:
    """Yield what is wrong with each number, colour, size and code, by the product that it is said of."""
    question = bench.evidence.question
    order = _respectively(reading, cited)
    for said in reading.stated:
        if said.kind in ("total", "among", "difference", "lead") or any(a <= said.start < b for a, b in skipped):
            continue
        owners = order.get(said) or _owners(said.start, reading, cited, bench)
        every = len(owners) > 1 and (said.how in ("most", "least") or _ALL.search(reading.text) is not None)
        faults = [fault(said, bench.facts[n]) for n in owners]
        wrong = any(faults) if every and not _any_will_do(said, reading) else all(faults)
        if wrong and echoes(said, question.filters, frozenset()):
            wrong = any(bounded(said, bench.facts[n], question.filters) for n in owners)
        if wrong and (_between(said, owners, bench) or _summed(said, reading, cited, bench)):
            wrong = False
        if wrong:
            yield (
                next(found for found in faults if found)
                if len(owners) == 1 or every
                else f"{_stated(said)} of none of them"
            )
    return


def _stated(said: Said) -> str:
    return f"“{said.text}” is stated"


def _any_will_do(said: Said, reading: Reading) -> bool:
    """Tell whether a statement among several products is one product's although "both" stands there."""
    several = [other for other in reading.stated if other.kind == said.kind and other is not said]
    return bool(several) and said.how == "exact"


def _between(said: Said, owners: Sequence[int], bench: Bench) -> bool:
    """Tell whether a range of prices is what several products span."""
    if said.kind != "price" or said.high is None or len(owners) < 2:
        return False
    prices = [product.price for product in bench.products(owners) if product.price is not None]
    return bool(prices) and min(prices) == said.value and max(prices) == said.high


def _summed(said: Said, reading: Reading, cited: Sequence[int], bench: Bench) -> bool:
    """Tell whether a price is what the cited products cost together, where it is said to be."""
    if said.kind != "price" or len(cited) < 2 or not _TOGETHER.search(reading.text):
        return False
    prices = [product.price for product in bench.products(cited)]
    total = sum(price for price in prices if price is not None)
    return None not in prices and meets(total, said.value, said.how)


def _respectively(reading: Reading, cited: tuple[int, ...]) -> dict[Said, tuple[int, ...]]:
    """Return whose each statement is where a claim says "respectively": the first of a kind the first product's."""
    if not _RESPECTIVELY.search(reading.text) or len(cited) < 2:
        return {}
    order: dict[Said, tuple[int, ...]] = {}
    names = [next((n for n in name.cards if n in cited), 0) for name in reading.names if set(name.cards) & set(cited)]
    sequence = tuple(dict.fromkeys(n for n in names if n)) if len(set(names)) == len(cited) else cited
    for kind in {said.kind for said in reading.stated}:
        same = [said for said in reading.stated if said.kind == kind]
        if len(same) == len(sequence):
            order |= {said: (n,) for said, n in zip(same, sequence, strict=True)}
    return order


def _owners(place: int, reading: Reading, cited: tuple[int, ...], bench: Bench) -> tuple[int, ...]:
    """Return the products that a statement at a place is about: by the names, the citations, or all that are cited."""
    if len(cited) < 2:
        return cited
    compared = bool(comparatives(reading.text))
    if (
        _PAIRED.search(reading.text[max(0, place - 16) : place])
        or _PAIR.match(reading.text, place)
        or (compared and (_PAIR_TO.match(reading.text, place) or _TO_PAIR.search(reading.text[:place])))
    ):
        # "4.7 vs 4.4": one number each.
        return _of_pair(place, reading, cited)
    own = [name for name in reading.names if name.points and set(name.cards) & set(cited)]
    rest = _REST.search(reading.text[:place])
    if rest:
        others = tuple(n for n in cited if not any(n in name.cards for name in own if name.end <= rest.start()))
        if others and not any(rest.end() <= name.start < place for name in own):
            return others
    within = next((name for name in own if name.start <= place < name.end), None)
    if within is not None:
        return tuple(n for n in within.cards if n in cited)
    distinct = {name.cards for name in own}
    before = [name for name in own if name.end <= place]
    switched = [match.end() for match in _OTHERS.finditer(reading.text) if match.end() <= place]
    if before and (len(distinct) > 1 or switched):
        name = before[-1]
        numbers = tuple(n for n in name.cards if n in cited)
        for earlier, later in zip(before[-2::-1], before[:0:-1], strict=False):
            # "Both the cream and the serum": what follows is said of all of them.
            if not _LISTED.fullmatch(reading.text[earlier.end : later.start]):
                break
            numbers = tuple(dict.fromkeys([*(n for n in earlier.cards if n in cited), *numbers]))
        if switched and switched[-1] > name.end and len(distinct) == 1:
            return tuple(n for n in cited if n not in numbers) or cited
        ahead = [other for other in own if other.start > place]
        # "৳ 5 for Alpha and ৳ 6 for Beta" names what it says it of afterwards.
        if ahead and re.fullmatch(r"[^,;]{1,24}\b(?:for|of|by)\s(?:the\s)?", reading.text[place : ahead[0].start]):
            return tuple(n for n in ahead[0].cards if n in cited)
        return numbers
    if not before and len(distinct) > 1:
        ahead = [other for other in own if other.start > place]
        if ahead and re.search(r"\b(?:for|of|by)\s(?:the\s)?$", reading.text[place : ahead[0].start]):
            return tuple(n for n in ahead[0].cards if n in cited)
    return _segment(place, reading) or cited


def _of_pair(place: int, reading: Reading, cited: tuple[int, ...]) -> tuple[int, ...]:
    """Return whose a number of a pair is: the first is the first named product's, the second the other's."""
    named = [n for name in reading.names if name.points and name.start < place for n in name.cards if n in cited]
    order = tuple(dict.fromkeys(named))
    if not order and len(cited) == 2:
        # "4.1 against 4.4 for the sofa": the other product's comes first.
        ahead = [name for name in reading.names if name.points and name.start > place and set(name.cards) & set(cited)]
        if ahead and re.search(r"\b(?:for|of|by)\s(?:the\s)?$", reading.text[place : ahead[0].start]):
            order = tuple(n for n in cited if n not in ahead[0].cards)
    if len(cited) != 2 or not order:
        return cited
    before = reading.text[max(0, place - 24) : place]
    second = _PAIRED.search(before) is not None or _TO_PAIR.search(before) is not None
    return tuple(n for n in cited if (n == order[0]) != second)


def _segment(place: int, reading: Reading) -> tuple[int, ...]:
    """Return what the citation of a statement's own stretch is, where a claim has several; () where it has none."""
    if len(reading.groups) < 2:
        return ()
    tail = reading.text[reading.groups[-1][1] :]
    if any(said.start > reading.groups[-1][0] for said in reading.stated) or re.search(r"[^\W\d_]{2}", tail):
        # "Alpha [1] costs ৳ 5, Beta [2] ৳ 6": a name, its citation, and then what is said of it.
        before = [group for group in reading.groups if group[1] <= place]
        return before[-1][2] if before else ()
    after = [group for group in reading.groups if group[0] >= place]
    return after[0][2] if after else ()
