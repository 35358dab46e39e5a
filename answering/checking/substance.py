"""Words of a claim that its product's record does not bear out: makers, parts, materials, abilities."""

from __future__ import annotations

import re
from collections.abc import Sequence

from answering.checking.amounts import ORDINAL, order_of, stem
from answering.checking.reading import NAME, Bench, Reading
from answering.checking.stated import denied_at
from answering.checking.wording import BY, FRAME, FRAME_END, MAKES, capitalised, is_english, is_feature, is_free
from answering.facts import WORD, Facts, solid
from retrieval.query.colours import NAMES
from retrieval.text import fold

_NEVER = re.compile(r"[\ue000-\uf8ff\x1f]")
_NOT_NAMES = frozenset(
    "i monday tuesday wednesday thursday friday saturday sunday march may english "
    "bangla bangladesh bangladeshi yes no price rating brand colour "
    "color size sizes colours ratings sales sold discount seller category catalogue note pros cons verdict "
    "overall ".split()
)
_HOLDERS = frozenset("bag bottle jar pack packet tin box can pouch tub tube carton sachet roll bar sack".split())
"""What an amount is held in: "the 5 kg bag" says no more than 5 kg."""
_FREE_OF = re.compile(r"[\s-]free\b")
_HEDGED = re.compile(r"\b(?:fairly|quite|very|rather|pretty|relatively|reasonably|so|too|nice and|really)\s$")
"""What makes an opinion of the word that follows."""
_TICKED = re.compile(r"^[\s:*]*(?:yes|true|included|available|supported|✓|✔|✅)")
_LIST = re.compile(
    r"(?:,\s(?:[\w'-]+\s){0,3}[\w'-]+){0,8},?\s(?:[\w'-]+\s){0,3}(?:and|or)\s(?:[\w'-]+\s){0,3}[\w'-]+\s?(?=[.;\ue000-\ue7ff]|$)"
)
"""How a list of things goes on behind its first comma."""
_IDIOM = re.compile(r"\ba (?:pinch|grain) of salt\b|\bthe icing on the cake\b|\ba piece of cake\b|\bin a nutshell\b")
_FITTING = re.compile(r"\b(?:great|good|fine|nice|handy|useful|ideal|perfect|popular|best|well|lovely|pairs?|goes?)\s$")
"""What makes of "with kids" an opinion of whom it is for."""
_SHAPED = re.compile(
    r"\b(slim|regular|loose|relaxed|skinny|oversized?|boxy|tailored|straight|round|crew|polo|long|short|half|full|high|low|"
    r"flat|wedge|block|square|pointed|oval)[\s-](?:fit|neck|neckline|collar|sleeves?|sleeved|heels?|heeled|waist|waisted|"
    r"toe|leg|cut|grain)\b"
)
"""Shapes of clothes, of which one or the other is meant."""
_DONE = re.compile(r"(?<!made)(?<!produced)(?<!manufactured)(?<!sold)(?<!offered)(?:ed|en)\s$")
"""What is done by something that makes no product: "protected by Gorilla Glass"."""
_AMOUNT_BEFORE = re.compile(r"\d[\s-]?[^\W\d_]{1,12}[\s-]$")
_OWNED = re.compile(r"\b([^\W\d_]+)'s\s((?:[^\W\d_]+\s){1,3})")
"""A brand and the words of what is its: "Bhuli's lamb and rice food"."""
_KIND = re.compile(r"\b([^\W\d_]{3,})[\s-](?:flavou?red|scented|filled|coated|based|infused)\b")
_COMPOUND = re.compile(r"(?<![\w-])(?!(?:t-shirt|e-|x-|i-|a-|o-))[a-z]-[a-z]{3,}(?![\w-])")
_DENIES = re.compile(r"\b(?:no|not|without|does not|doesn't|non)\b(?! only)[^.;,\n]{0,24}$")
_ALL = re.compile(r"\b(?:both|all|each|every|either)\b")
_TELLING = re.compile(r"\b(?:no|not|without|neither|never|free of|free from|non)\b")


def wrong_maker(reading: Reading, owners: Sequence[Facts]) -> str:
    """Return that the maker or seller a claim names is not the product's, "" where it is or none is named."""
    plain = _NEVER.sub(" ", reading.raw)
    for pattern in (BY, MAKES):
        for match in pattern.finditer(plain):
            if reading.text[match.start(1)] == NAME:
                continue
            words = [word for word in WORD.findall(fold(match[1])) if word not in ("and",)]
            telling = [word for word in words if word not in _NOT_NAMES and not is_free(word)]
            if (
                not telling
                or (pattern is MAKES and all(is_english(word) for word in telling) and not _known(telling, owners))
            ) and (not telling or pattern is not MAKES or not _looks_made(match, plain)):
                continue
            if (
                pattern is BY
                and _DONE.search(plain[: match.start()])
                and any(solid(fold(match[1])) in facts.solid for facts in owners)
            ):
                continue
            made = [_made_by(telling, facts) for facts in owners]
            if not (all(made) if _ALL.search(reading.text) else any(made)):
                return f"the catalogue does not name {match[1].strip()} as its maker or seller"
    return ""


def _looks_made(match: re.Match[str], plain: str) -> bool:
    """Tell whether a name in front is a maker's: "Apple's", "Apple makes"."""
    return match[0].rstrip().endswith(("'s", "’s", "makes", "make", "sells", "produces"))


def _known(words: Sequence[str], owners: Sequence[Facts]) -> bool:
    return all(any(facts.knows(word) for facts in owners) for word in words)


def _made_by(words: Sequence[str], facts: Facts) -> bool:
    product = facts.product
    named = set(WORD.findall(fold(f"{product.brand or ''} {product.seller or ''} {product.title}")))
    keyed = [
        v for k, v in product.attributes.items() if fold(k) in ("maker", "manufacturer", "author", "publisher", "brand")
    ]
    named |= set(WORD.findall(fold(" ".join(v if isinstance(v, str) else " ".join(v) for v in keyed))))
    return all(word in named or (len(word) >= 5 and any(word in other for other in named)) for word in words)


def missing(
    reading: Reading,
    owners: Sequence[Facts],
    others: Sequence[Facts],
    bench: Bench,
    skipped: Sequence[tuple[int, int]],
) -> str:
    """Return which substantial word of a claim none of its products bears, "" where all are borne out."""
    text = reading.text
    capitals = capitalised(reading.raw)
    framed = _framed(text)
    counts = any(said.kind in ("total", "among") for said in reading.stated)
    covered = [(said.start, said.end) for said in reading.stated if said.kind not in ("total", "among")]
    passed = (*covered, *skipped, *(match.span() for match in _IDIOM.finditer(text)))
    references = [(name.start, name.end) for name in reading.names if name.sure]
    for match in ORDINAL.finditer(text):
        own = {other for facts in owners for other in facts.ordinals if other[1] == stem(match[2])}
        if own and (order_of(match[1]), stem(match[2])) not in own and not denied_at(text, match.start()):
            return f"“{match[0]}” is not stated of it"
    for match in _OWNED.finditer(reading.raw.lower()):
        if denied_at(text, match.start()) or any(a <= match.start() < b for a, b in skipped):
            continue
        for word in match[2].split():
            known = any(facts.knows(word) for facts in owners)
            if known or is_free(word) or word not in match[2].split()[:2]:
                break
            if any(match[1] in facts.brand.split() for facts in owners):
                return f"“{word}” is not stated of it"
    for match in _KIND.finditer(text):
        if not any(facts.knows(match[1]) for facts in owners) and not denied_at(text, match.start()):
            return f"“{match[0]}” is not stated of it"
    for match in _SHAPED.finditer(text):
        known = any(stem(match[1]) in facts.stems or match[1] in facts.solid for facts in owners)
        if not known and not denied_at(text, match.start()):
            return f"“{match[0]}” is not stated of it"
    for match in _COMPOUND.finditer(text):
        if not any(solid(match[0]) in facts.solid for facts in owners) and not denied_at(text, match.start()):
            return f"“{match[0]}” is not stated of it"
    for match in WORD.finditer(text):
        word, place = match[0], match.start()
        if place < len(reading.label) and not _TICKED.search(text[len(reading.label) :]):
            continue
        if is_free(word) and word not in capitals:
            continue
        if any(a <= place < b for a, b in passed) or word[0].isdigit() or word in NAMES or len(word) < 3:
            continue
        if any(facts.knows(word) for facts in owners):
            if is_feature(word) and denied_at(text, place) and not _denied(word, owners):
                return f"the catalogue does say “{word}” of it"
            free_of = _FREE_OF.match(text, match.end())
            if (
                is_feature(word)
                and not denied_at(text, place)
                and not free_of
                and all(_only_denied(word, facts) for facts in owners)
            ):
                return f"the catalogue says that it is not so: “{word}”"
            continue
        if denied_at(text, place) or (counts and word in bench.asked):
            continue
        if not is_feature(word) and _HEDGED.search(text[:place]):
            continue
        if word == "free" and text[place - 1 : place] == "-":
            # Of what it is free has been looked up.
            continue
        if is_free(word) or (word in _HOLDERS and _AMOUNT_BEFORE.search(reading.raw[:place])):
            continue
        if any(a <= place < b for a, b in references) and re.search(
            r"\b(?:than|against|versus|vs|unlike|compared)\b", text
        ):
            continue
        if _substantial(word, place, reading, framed, others):
            return f"“{word}” is not stated of it"
    return ""


def _substantial(
    word: str, place: int, reading: Reading, framed: Sequence[tuple[int, int]], others: Sequence[Facts]
) -> bool:
    if word in capitalised(reading.raw) and word not in _NOT_NAMES:
        return True
    # A rare word in small letters is more likely a word than a name.
    if is_feature(word) or (reading.raw[place].isupper() and not is_english(word)):
        return True
    if any(start <= place < end for start, end in framed):
        return True
    return any(word in facts.name_stems or stem(word) in facts.field_stems for facts in others)


def _framed(text: str) -> list[tuple[int, int]]:
    """Return the spans of what a product is said to have: behind "comes with", "made of"."""
    spans = []
    for frame in FRAME.finditer(text):
        if _FITTING.search(text[: frame.start()]):
            continue
        over = FRAME_END.search(text, frame.end())
        end = over.start() if over else len(text)
        listed = _LIST.match(text, end)
        spans.append((frame.end(), listed.end() if listed else end))
    return spans


def _denied(word: str, owners: Sequence[Facts]) -> bool:
    """Tell whether the record itself denies a thing: "not waterproof", "without lid"."""
    for facts in owners:
        for match in re.finditer(re.escape(word), facts.text):
            if _TELLING.search(facts.text[max(0, match.start() - 30) : match.start()]) or _FREE_OF.match(
                facts.text, match.end()
            ):
                return True
    return False


def _only_denied(word: str, facts: Facts) -> bool:
    """Tell whether a record has a word only where it denies it: "does not support wireless charging"."""
    places = [match.span() for match in re.finditer(rf"\b{re.escape(word)}\b", facts.text)]
    return bool(places) and all(
        _DENIES.search(facts.text[max(0, at - 40) : at]) or _FREE_OF.match(facts.text, end) for at, end in places
    )
