"""Read a passage for judging: folded, its citations and the names of products recognised, what it states."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from answering.checking.marks import GROUP, MARK, Passage, numbers_of
from answering.checking.references import Reference, references, titled, unnamed
from answering.checking.stated import Said, read
from answering.checking.wording import capitalised
from answering.defuse import inline
from answering.facts import LONGEST as LONGEST_TEXT
from answering.facts import WORD, Facts, Same, facts_of, solid
from answering.records import Evidence
from retrieval.records import Product
from retrieval.text import fold

LONGEST = 3000
"""Characters of a passage that are read; no sentence is so long."""
NAME = "\ue8ff"
"""What covers a name that was recognised."""
_ALIKE = 0.8
"""Share of a quotation that must be the product's text; what is cut and cleaned differs a little."""
_CITED = 0xE000
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*|__([^_\n]+)__")
# Inches stand in quotations, and in titles.
_QUOTE = re.compile(
    r"“([^“\n]{1,900})”(?=\s*(?:[\[.,;:!?)\ue000-\uf8ff]|$))|“([^”\n]{1,900})”|"
    r"(?<![\w.])\"(?=\S)([^\"\n]{2,600})(?<=\S)\"(?!\w)|"
    r"‘([^’\n]{3,})’"
)
_NUMBER_BEFORE = re.compile(r"(?<![\w.])\d+\+?\s$")
_STRUCK = re.compile(r"~~")


class Known:
    """What is known of some evidence: its products' facts, and what was asked for.

    `verdicts` keeps what was found of passages: an answer that streams is checked again at every word.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.facts = {card.n: facts_of(card.product) for card in evidence.cards}
        self.shared = Counter(word for facts in self.facts.values() for word in set(facts.title_words))
        question = evidence.question
        asked = f"{question.text} {question.search} {question.follows or ''} {' '.join(question.subjects)}"
        folded = fold(sound(asked))[:LONGEST]
        self.asked = frozenset(WORD.findall(folded))
        self.numbers = frozenset(said.value for said in read(folded) if said.kind not in ("colour", "size", "code"))
        self.verdicts: dict[tuple[object, ...], object] = {}


@lru_cache(maxsize=32)
def _known(evidence: Same[Evidence]) -> Known:
    return Known(evidence.record)


class Bench:
    """The evidence, what is known of it, and what the passages before have cited."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.cited: list[int] = []
        self.known = _known(Same(evidence))
        self.facts = self.known.facts
        self.numbers = self.known.numbers
        self.asked = self.known.asked

    def cite(self, passage: Passage) -> None:
        """Note what a passage cites."""
        self.cited += [n for n in passage.cited if n in self.facts and n not in self.cited]

    def products(self, numbers: Iterable[int]) -> list[Product]:
        """Return the products of some cards."""
        return [self.facts[n].product for n in numbers if n in self.facts]


@dataclass(slots=True)
class Reading:
    """A passage as it is read: `text` folded, its citations as single characters, recognised names covered."""

    raw: str
    text: str
    groups: list[tuple[int, int, tuple[int, ...]]]
    names: tuple[Reference, ...]
    spans: list[tuple[int, int]]
    stated: tuple[Said, ...]
    label: str
    wrong: str = ""


def sound(text: str) -> str:
    """Return a text that can be encoded: a lone surrogate is no character."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def read_passage(passage: Passage, cited: Sequence[int], bench: Bench) -> Reading:
    raw = sound(f"{passage.label}: {passage.text}" if passage.label else passage.text)[:LONGEST].replace("’", "'")
    # Characters that stay one when they are folded, so that places in the text stay what they are.
    if not raw.isascii():
        raw = "".join(char for char in unicodedata.normalize("NFKC", raw) if _one(char))
    sets: list[tuple[int, ...]] = []

    def stand_in(match: re.Match[str]) -> str:
        sets.append(tuple(n for mark in MARK.finditer(match[0]) for n in numbers_of(mark[1]) if n in bench.facts))
        return chr(_CITED + min(len(sets) - 1, 0x7FE))

    shown = _STRUCK.sub("", GROUP.sub(stand_in, raw)).replace("`", "")
    spans: list[tuple[int, int]] = []
    plain, at = "", 0
    for match in _BOLD.finditer(shown):
        plain += shown[at : match.start()]
        spans.append((len(plain), len(plain) + len(match[1] or match[2])))
        plain += match[1] or match[2]
        at = match.end()
    plain += shown[at:]
    plain = plain.replace("**", "  ")
    spans += [match.span(match.lastindex or 0) for match in _QUOTE.finditer(plain)]
    folded = "".join(_one(char) for char in plain) if not plain.isascii() else plain.lower()
    groups = [
        (place, place + 1, sets[min(ord(char) - _CITED, len(sets) - 1)])
        for place, char in enumerate(folded)
        if _CITED <= ord(char) < _CITED + 0x7FF and sets
    ]
    folded, wrong = _quotations(plain, folded, cited, bench)
    capitals = capitalised(plain)
    names = references(folded, bench.facts, bench.known.shared, spans, capitals)
    text = _covered(folded, names, spans, cited, bench)
    return Reading(plain, text, groups, names, spans, read(text), passage.label, wrong)


@lru_cache(maxsize=8192)
def _one(char: str) -> str:
    """Return a character folded to one, "" for one that draws nothing."""
    return fold(char)[:1]


def _quotations(plain: str, folded: str, cited: Sequence[int], bench: Bench) -> tuple[str, str]:
    """Cover quotations of a cited product's text; return the text, and what is wrong with a long one that is none."""
    wrong = ""
    for match in _QUOTE.finditer(plain):
        start, end = match.span(match.lastindex or 0)
        said = solid(folded[start:end].rstrip("….").strip())
        if not said:
            continue
        if any(said in bench.facts[n].solid or said in _verbatim(n, bench) for n in cited):
            folded = folded[:start] + NAME * (end - start) + folded[end:]
        elif len(WORD.findall(folded[start:end])) >= 5 and cited:
            words = WORD.findall(folded[start:end])
            if max(max(titled(words, bench.facts[n]), _likeness(words, bench.facts[n])) for n in cited) < _ALIKE:
                wrong = "the quotation is not in the text of the product"
    return folded, wrong


def _likeness(words: Sequence[str], facts: Facts) -> float:
    """Return the share of three words in a row of a quotation that the product's text has in a row."""
    threes = ["".join(words[at : at + 3]) for at in range(len(words) - 2)]
    return sum(three in facts.solid or three in facts.quotable for three in threes) / len(threes)


def _verbatim(n: int, bench: Bench) -> str:
    card = bench.evidence.card(n)
    passage = solid(fold(inline(card.passage, LONGEST_TEXT))) if card else ""
    return f"{bench.facts[n].quotable} {passage}"


def _covered(
    folded: str, names: Sequence[Reference], spans: Sequence[tuple[int, int]], cited: Sequence[int], bench: Bench
) -> str:
    """Cover names that are cited products' own: their words and numbers state nothing more."""
    covered = folded
    for name in names:
        if not name.whole and _NUMBER_BEFORE.search(folded[: name.start]):
            # "More than 100 sports modes" counts what the title counts as well.
            continue
        if (name.whole or len(name.words) >= 3 or (name.sure and len(name.words) > 1)) and (
            set(name.cards) & set(cited) or not cited
        ):
            covered = covered[: name.start] + NAME * (name.end - name.start) + covered[name.end :]
    for start, end in spans:
        words = WORD.findall(folded[start:end])
        if len(words) >= 2 and any(not unnamed(words, bench.facts[n]) for n in cited):
            covered = covered[:start] + NAME * (end - start) + covered[end:]
    return covered
