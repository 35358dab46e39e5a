"""Reading a query as a shop assistant would: what it names, wants, does not want, and how it should be spelt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from retrieval.query import constraints, spelling
from retrieval.query.emphasis import emphasis
from retrieval.query.intent import intent_of
from retrieval.query.lexicon import Lexicon
from retrieval.query.names import Named, Names
from retrieval.query.records import Beside, Correction, Part, Understood
from retrieval.query.scripts import Scripts
from retrieval.query.synonyms import Synonyms
from retrieval.query.traced import Span, Traced
from retrieval.query.vocabulary import WORD, Vocabulary
from retrieval.text import fold

_PASSES = 6


@dataclass(frozen=True, slots=True)
class Features:
    """The parts of understanding that are at work: all of them, but where one is left out to measure what it does."""

    constraints: bool = True
    negation: bool = True
    spelling: bool = True
    spellings: bool = True
    synonyms: bool = True
    units: bool = True
    names: bool = True
    attributes: bool = True
    weights: bool = True
    emphasis: bool = True
    scripts: bool = True


EVERYTHING = Features()


class Reader:
    """Reads queries against one catalogue; safe to use from several threads."""

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon, names: Names) -> None:
        self.vocabulary = vocabulary
        self.lexicon = lexicon
        self._names = names

    def read(
        self,
        text: str,
        synonyms: Synonyms,
        *,
        dropped: Collection[str] = (),
        features: Features = EVERYTHING,
    ) -> Understood:
        """Return what a query says, without what was taken back by its key.

        Reading the result's `rest` finds no price, rating, negation or mistake in it, and leaves it as it is. A text
        that does not come to rest is left unread.
        """
        typed = " ".join(text.split())
        named = self._names.find(typed) if features.names else ()
        if any(name.kind == "title" and not _beside(typed, name) for name in named):
            return self._plainly(typed, named, dropped)
        scripts = Scripts(self.vocabulary, synonyms)
        reading = _Reading(self.vocabulary, self.lexicon, scripts, features, frozenset(dropped))
        traced = reading.settle(typed, [(name.start, name.end) for name in named if name.kind != "code"])
        if traced is None:
            return self._plainly(typed, named, dropped)
        rest = traced.text
        words = scripts.canonical(rest, dropped) if features.scripts else rest
        soft = [_typed(part, traced.span(part.start, part.end), typed) for part in reading.soft]
        parts = sorted([*reading.removed, *soft], key=lambda part: (part.start, part.end))
        kept = tuple(part for part in parts if part.key not in reading.dropped)
        beside = self._beside(rest, synonyms, reading.dropped) if features.synonyms else ()
        searched = self._beside(words, synonyms, reading.dropped) if features.synonyms and words != rest else beside
        said = traced.as_typed(typed)
        return Understood(
            text=typed,
            rest=rest,
            said=scripts.canonical(said, dropped) if features.scripts else said,
            words=words,
            meaning=spelling.in_latin(words, self.vocabulary) if not words.isascii() else words,
            parts=kept,
            corrections=traced.corrections(typed),
            synonyms=beside,
            spellings=spelling.variants_of(words, self.vocabulary) if features.spellings else (),
            beside=tuple((found.term, found.also) for found in searched),
            named=_positions(name for name in named if not _mentioned(typed, name)),
            mentioned=_positions(name for name in named if _mentioned(typed, name)),
            emphasis=emphasis(words, kept) if features.emphasis else (),
            intent=intent_of(rest, exact=bool(named)),
            dropped=tuple(dropped),
        )

    @staticmethod
    def _plainly(typed: str, named: Sequence[Named], dropped: Collection[str]) -> Understood:
        return Understood(
            text=typed,
            rest=typed,
            said=typed,
            words=typed,
            meaning=typed,
            named=_positions(name for name in named if not _mentioned(typed, name)),
            mentioned=_positions(name for name in named if _mentioned(typed, name)),
            intent=intent_of(typed, exact=bool(named)),
            dropped=tuple(dropped),
        )

    @staticmethod
    def _beside(rest: str, synonyms: Synonyms, dropped: Collection[str]) -> tuple[Beside, ...]:
        found = (Beside(term, also) for term, also in synonyms.expand(WORD.findall(fold(rest))))
        return tuple(beside for beside in found if beside.key not in dropped)


class _Reading:
    """One query being read, over and over until nothing more is found in it."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        lexicon: Lexicon,
        scripts: Scripts,
        features: Features,
        dropped: frozenset[str],
    ) -> None:
        self._vocabulary = vocabulary
        self._scripts = scripts
        self._lexicon = lexicon
        self._features = features
        self.dropped = dropped
        self.removed: list[Part] = []
        self.soft: tuple[Part, ...] = ()

    def settle(self, typed: str, protected: Sequence[Span]) -> Traced | None:
        """Return the text without what was read out of it, corrected; None where it does not come to rest.

        Nothing is read within the `protected` spans of the text as typed.
        """
        traced = Traced.of(typed)
        for _ in range(_PASSES):
            parts = self._parts(traced, protected)
            removed = [part for part in parts if part.kind in constraints.REMOVED]
            self.soft = tuple(part for part in parts if part.kind not in constraints.REMOVED)
            if removed:
                self.removed += [_typed(part, traced.span(part.start, part.end), typed) for part in removed]
                traced = traced.keeping(constraints.pieces(traced.text, removed))
                continue
            corrections = self._corrections(traced, typed, protected)
            if not corrections:
                return traced
            traced = traced.replacing(corrections)
        return None

    def _parts(self, traced: Traced, protected: Sequence[Span]) -> list[Part]:
        if not (self._features.constraints or self._features.negation or self._features.attributes):
            return []
        return [
            part
            for part in constraints.find(traced.text, self._lexicon)
            if self._wanted(part) and not _overlaps(traced.span(part.start, part.end), protected)
        ]

    def _wanted(self, part: Part) -> bool:
        if part.kind == "negation":
            return self._features.negation
        return self._features.constraints if part.kind in constraints.REMOVED else self._features.attributes

    def _corrections(self, traced: Traced, typed: str, protected: Sequence[Span]) -> tuple[Correction, ...]:
        left = [(part.start, part.end) for part in self.soft]
        if protected:
            origins = enumerate(traced.origins)
            left += [(place, place + 1) for place, origin in origins if _overlaps(origin, protected)]
        if self._features.scripts:
            romanised = self._scripts.romanised(traced.text, self.dropped)
            romanised = tuple(one for one in romanised if not _overlaps((one.start, one.end), left))
            if romanised:
                return romanised
            left += self._scripts.by_ear(traced.text)
        if not self._features.spelling:
            return ()
        while True:
            found = spelling.correct(traced.text, self._vocabulary, left)
            taken_back = [
                (correction.start, correction.end)
                for correction in found
                if self._key(traced, typed, correction) in self.dropped
            ]
            if not taken_back:
                return found
            left += taken_back

    @staticmethod
    def _key(traced: Traced, typed: str, correction: Correction) -> str:
        start, end = traced.span(correction.start, correction.end)
        return replace(correction, start=start, end=end, before=typed[start:end]).key


def _typed(part: Part, span: Span, typed: str) -> Part:
    """Return a part with its span in the text as typed."""
    start, end = span
    return replace(part, start=start, end=end, text=typed[start:end])


def _overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _beside(text: str, name: Named) -> bool:
    """Tell whether a query says anything beside what it names."""
    return WORD.search(text, 0, name.start) is not None or WORD.search(text, name.end) is not None


def _mentioned(text: str, name: Named) -> bool:
    """Tell whether a model number stands among other words, which may ask for something that goes with it."""
    return name.kind == "code" and _beside(text, name)


def _positions(named: Iterable[Named]) -> tuple[tuple[int, ...], ...]:
    return tuple(name.positions for name in named)
