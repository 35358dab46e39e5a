"""What a query's misspelt words stand for in this catalogue, and how else the catalogue spells the right ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log1p

import regex

from retrieval.keyword.tokens import STOPWORDS
from retrieval.query import bangla, english
from retrieval.query.edits import distance
from retrieval.query.neighbours import Neighbour
from retrieval.query.phonetic import sound
from retrieval.query.records import Correction, Why
from retrieval.query.vocabulary import MAX_LETTERS, Vocabulary
from retrieval.text import fold

# Joiners stand within Bangla words, and draw nothing.
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}\u200c\u200d]+")
_CHUNK = regex.compile(r"\S+")
_CODE = regex.compile(r"\p{N}|@|://|^www\.", regex.IGNORECASE)
_BETWEEN_JOINED = frozenset({" ", "-"})
# Said with prices, and seldom in a catalogue.
_MONEY = frozenset({"taka", "rupee", "rupees", "lakh", "crore", "hazar", "hajar"})
_SHORTEST = 4
_SHORTEST_BANGLA = 3
# Listings (Vocabulary.weight) from which the catalogue knows a word well.
_WELL = 4.0
# Fewer may be a chance word or another mistake.
_SEEN_AGAIN = 2.0
# A word that stands in a few listings is mended only to one that stands in so many times more.
_FAR_MORE = 50
_SHORT_WORD = 5
_SHORT_WEIGHT = 5.0
# How the likeness of a candidate, its frequency and its company weigh against each other.
_PER_UNLIKENESS = 2.2
_PER_LOG_WEIGHT = 0.35
_COMPANY = 0.9
# What is rare and no English word may be another mistake.
_SELDOM = 0.8
_SPLIT = 0.6
# What is left of a Bangla word without its ending is short, and near to many others.
_OF_A_STEM = 0.4
_SHARED_LETTER = 0.3
_PASSES = 8
_FORMS = 6


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word as it stands now, and where it was typed; `fixed` ones are left alone."""

    start: int
    end: int
    word: str
    fixed: bool
    why: Why | None = None


def correct(text: str, vocabulary: Vocabulary, protected: Iterable[tuple[int, int]] = ()) -> tuple[Correction, ...]:
    """Return what to put in the place of misspelt words, in the order of the text; spans are of the text as typed.

    Words within `protected` spans (start, end), with digits beside them, of brands, common in English or known well to
    the catalogue are left as they are. `apply` puts the corrections in; correcting its result again finds nothing.
    """
    units = _units(text, tuple(protected))
    if all(unit.fixed for unit in units):
        return ()
    for _ in range(_PASSES):
        after = _mend(_join(units, text, vocabulary), vocabulary)
        if after == units:
            break
        units = after
    return _corrections(text, units)


def apply(text: str, corrections: Sequence[Correction]) -> str:
    """Return the text with the corrections put in; they must be of this text, in order."""
    out, position = [], 0
    for correction in corrections:
        out += [text[position : correction.start], correction.after]
        position = correction.end
    return "".join([*out, text[position:]])


def variants(term: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return other spellings that the catalogue has of a word or of two words, folded, nearest first; never the term.

    "saree" may give "sari"; "bedsheet" gives "bed sheet", and "bed sheet" "bedsheet", where the catalogue writes both.
    A word that the catalogue does not hold has none.
    """
    words = [word for word in _WORD.findall(fold(term)) if len(word) <= MAX_LETTERS]
    if len(words) == 2:
        joined = "".join(words)
        return (joined,) if _joinable(words[0], words[1]) and vocabulary.sold(joined) else ()
    if len(words) != 1:
        return ()
    apart = max(_cuts(words[0], vocabulary), default=None)
    return (*vocabulary.spellings(words[0]), *((apart[1],) if apart and vocabulary.sold(words[0]) else ()))


def variants_of(text: str, vocabulary: Vocabulary) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each word, and each two words side by side, that has other spellings, with them, in the text's order."""
    words = [fold(match[0]) for match in _WORD.finditer(text)]
    terms = [term for i, word in enumerate(words) for term in (word, " ".join(words[i : i + 2]))]
    found = {term: variants(term, vocabulary) for term in dict.fromkeys(terms)}
    return tuple((term, spellings) for term, spellings in found.items() if spellings)


def in_latin(text: str, vocabulary: Vocabulary) -> str:
    """Return the text with each Bangla word in the catalogue's most frequent Latin spelling, else transliterated.

    For readers of Latin letters alone, such as an English encoder.
    """

    def cost(word: str, other: str) -> float:
        return _cost(distance(sound(word), sound(other)), vocabulary.weight(other))

    def written(match: regex.Match[str]) -> str:
        word = fold(match[0])
        if not bangla.script(word):
            return str(match[0])
        latin = [spelling for spelling in vocabulary.spellings(word) if not bangla.script(spelling)]
        return min(latin, key=lambda other: (cost(word, other), other)) if latin else bangla.latin(word)

    return str(_WORD.sub(written, text))


def _units(text: str, protected: Sequence[tuple[int, int]]) -> list[_Unit]:
    codes = [chunk.span() for chunk in _CHUNK.finditer(text) if _CODE.search(chunk[0])]
    spans = sorted([*protected, *codes])
    units = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        word = fold(match[0])
        inside = any(low < end and start < high for low, high in spans)
        units.append(_Unit(start, end, word, inside or not _WORD.fullmatch(word) or len(word) > MAX_LETTERS))
    return units


def _neighbours(units: Sequence[_Unit], place: int) -> tuple[str, str]:
    before = units[place - 1].word if place else ""
    after = units[place + 1].word if place + 1 < len(units) else ""
    return before, after


def _company(word: str, before: str, after: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a word stands beside one of its neighbours in a title."""
    return bool(vocabulary.pair_count(before, word) or vocabulary.pair_count(word, after))


def _rare(word: str, before: str, after: str, vocabulary: Vocabulary) -> bool:
    """Tell whether the catalogue holds a word so seldom, and never in this company, that it may be a mistake."""
    in_company = bool(before or after)
    return vocabulary.weight(word) < _WELL and in_company and not _company(word, before, after, vocabulary)


def _suspect(word: str, before: str, after: str, vocabulary: Vocabulary) -> bool:
    if len(word) < (_SHORTEST_BANGLA if bangla.script(word) else _SHORTEST) or word in STOPWORDS:
        return False
    if word in _MONEY or vocabulary.is_brand(word) or english.common(word):
        return False
    if word in vocabulary.ids:
        return not bangla.script(word) and _rare(word, before, after, vocabulary)
    if word.endswith(english.FORMS) and vocabulary.known(word):
        return False
    base = english.base(word)
    return base is None or not (english.common(base) or vocabulary.sold(base))


def _mend(units: Sequence[_Unit], vocabulary: Vocabulary) -> list[_Unit]:
    out: list[_Unit] = []
    for place, unit in enumerate(units):
        before, after = out[-1].word if out else "", _neighbours(units, place)[1]
        if unit.fixed or not _suspect(unit.word, before, after, vocabulary):
            out.append(unit)
            continue
        found = _best(unit.word, before, after, vocabulary)
        if found is None:
            out.append(unit)
            continue
        words, why = found
        out += [_Unit(unit.start, unit.end, word, False, why) for word in words]
    return out


def _cost(unlike: float, weight: float) -> float:
    return _PER_UNLIKENESS * unlike - _PER_LOG_WEIGHT * log1p(weight)


def _most_unlike(length: int) -> float:
    return 1.0 if length < 5 else 1.2 if length < 6 else 1.4 if length < 8 else 1.6


def _most_unlike_known(length: int) -> float:
    return 0.0 if length < 5 else 0.7 if length < 6 else 0.9


def _best(word: str, before: str, after: str, vocabulary: Vocabulary) -> tuple[list[str], Why] | None:
    forms = (word, *bangla.stems(word)) if bangla.script(word) else (word,)
    for form in forms[1:]:
        if vocabulary.sold(form):
            return [form], "spelling"
    own = vocabulary.weight(word)
    best: tuple[float, Neighbour] | None = None
    for form in forms[:_FORMS]:
        for near in vocabulary.neighbours.near(form):
            weight = vocabulary.weight(near.word)
            company = _company(near.word, before, after, vocabulary)
            if near.word == word or weight < max(1.0, _FAR_MORE * own):
                continue
            if form != word and near.unlike > _OF_A_STEM:
                continue
            if weight < _SEEN_AGAIN and near.unlike > 1 and not company:
                continue
            if len(form) <= _SHORT_WORD and weight < _SHORT_WEIGHT and not company:
                continue
            if near.by_letters > _most_unlike_known(len(form)) if own else near.unlike > _most_unlike(len(form)):
                continue
            seldom = weight < _WELL and not english.common(near.word)
            score = _cost(near.unlike, weight) + _SELDOM * seldom - _COMPANY * company
            if best is None or (score, near) < best:
                best = (score, near)
    cut = max(_cuts(word, vocabulary), default=None) if not own else None
    if cut is not None and (best is None or -cut[0][0] < best[1].unlike):
        return cut[1].split(), "split"
    if best is None:
        return None
    return [best[1].word], "phonetic" if best[1].unlike < best[1].by_letters else "spelling"


def _cuts(word: str, vocabulary: Vocabulary) -> list[tuple[tuple[float, int], str]]:
    """Return the ways to cut a word in two that stand side by side in titles; the greatest is the best."""
    found = []
    for i in range(2, len(word) - 1):
        for shared in (0, 1):
            one, other = word[:i], word[i - shared :]
            often = vocabulary.pair_count(one, other)
            parts_known = min(vocabulary.weight(one), vocabulary.weight(other)) >= _SEEN_AGAIN
            if often >= 2 and parts_known and min(len(one), len(other)) >= 3:
                found.append(((-_SPLIT - shared * _SHARED_LETTER, often), f"{one} {other}"))
    return found


def _joinable(one: str, other: str) -> bool:
    return (
        one not in STOPWORDS
        and other not in STOPWORDS
        and not any(letter.isdigit() for letter in one + other)
        and len(one + other) > _SHORT_WORD
    )


def _join(units: Sequence[_Unit], text: str, vocabulary: Vocabulary) -> list[_Unit]:
    """Put words together that the catalogue writes as one, never side by side, and of which it hardly knows one."""
    out: list[_Unit] = []
    for unit in units:
        last = out[-1] if out else None
        if (
            last is not None
            and not (last.fixed or unit.fixed)
            and text[last.end : unit.start] in _BETWEEN_JOINED
            and _joinable(last.word, unit.word)
            and vocabulary.weight(last.word + unit.word) >= _WELL
            and min(vocabulary.weight(last.word), vocabulary.weight(unit.word)) < _WELL
            and not vocabulary.pair_count(last.word, unit.word)
        ):
            out[-1] = _Unit(last.start, unit.end, last.word + unit.word, False, "join")
        else:
            out.append(unit)
    return out


def _corrections(text: str, units: Sequence[_Unit]) -> tuple[Correction, ...]:
    groups: list[list[_Unit]] = []
    for unit in units:
        if groups and unit.start < groups[-1][-1].end:
            groups[-1].append(unit)
        else:
            groups.append([unit])
    found = []
    for group in groups:
        start, end = group[0].start, max(unit.end for unit in group)
        why = group[0].why
        if why is not None:
            found.append(Correction(start, end, text[start:end], " ".join(unit.word for unit in group), why))
    return tuple(found)
