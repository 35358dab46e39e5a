"""Words that a shop holds for the same: rules from a text file, and what they add to a query.

One rule a line: `sofa, couch` holds both ways; `gown => dress, maxi` adds the right side to a query with the left one;
`gown =>` takes away what an underlying list says of the left side. `#` begins a comment.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from retrieval.errors import DataError
from retrieval.keyword.tokens import Tokenizer
from retrieval.query.bangla import script
from retrieval.query.phonetic import sound
from retrieval.text import fold

MOST_RULES = 20_000
MOST_WORDS = 6
LONGEST_LINE = 2_000
SHIPPED = Path(__file__).with_name("default_synonyms.txt")
_SHOWN_FAULTS = 5
_COMMENT = re.compile(r"(?:^|\s)#.*")
_TOKENIZER = Tokenizer()

Key = tuple[str, ...]
"""A phrase as it is compared: the stem of each word, in order."""


@dataclass(frozen=True, slots=True)
class SynonymRule:
    """One rule: `sources` gain `targets`; with `two_way` they are one group. `line` is 1-based."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    two_way: bool
    line: int

    def to_text(self) -> str:
        """Return the rule as the line that reads back the same."""
        if self.two_way:
            return ", ".join(self.sources)
        return f"{', '.join(self.sources)} => {', '.join(self.targets)}".rstrip()


@lru_cache(maxsize=65_536)
def _stems(word: str) -> Key:
    return tuple(_TOKENIZER(word))


def phrase_key(phrase: str) -> Key:
    """Return the stems of a phrase's words, function words included; () where it has no word."""
    return tuple(stem for word in fold(phrase).split() for stem in _stems(word))


class Synonyms:
    """Rules and their lookup; immutable. `digest` changes when any rule does."""

    __slots__ = ("_by_key", "_heard", "_longest", "_scripts", "blocked", "digest", "rules")

    def __init__(self, rules: Iterable[SynonymRule] = (), base: Synonyms | None = None) -> None:
        """Hold `rules` on top of those of `base`."""
        self.rules: tuple[SynonymRule, ...] = tuple(rules)
        self.blocked = frozenset(phrase_key(s) for rule in self.rules if not rule.targets for s in rule.sources)
        by_key: dict[Key, dict[Key, str]] = {}
        for rule in self.rules:
            for source in rule.sources:
                into = by_key.setdefault(phrase_key(source), {})
                for target in rule.targets:
                    into.setdefault(phrase_key(target), target)
        if base is not None:
            for key, targets in base._by_key.items():
                if key not in self.blocked:
                    by_key[key] = {**by_key.get(key, {}), **targets, **by_key.get(key, {})}
        self._by_key: Mapping[Key, Mapping[Key, str]] = {
            key: kept for key, targets in by_key.items() if (kept := {k: t for k, t in targets.items() if k != key})
        }
        self._scripts: dict[Key, tuple[str, ...]] = {
            key: group for key, group in (base._scripts if base else {}).items() if key not in self.blocked
        }
        for rule in self.rules:
            if rule.two_way and any(map(script, rule.sources)):
                self._scripts |= {phrase_key(source): rule.sources for source in rule.sources}
        self._heard = {sound(member): group for group in self._scripts.values() for member in group if script(member)}
        self._longest = max(map(len, self._by_key), default=0)
        said = "\n".join(rule.to_text() for rule in self.rules) + ("\0" + base.digest if base else "")
        self.digest: str = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def __len__(self) -> int:
        return len(self.rules)

    @classmethod
    def parse(cls, text: str, where: str = "synonyms", base: Synonyms | None = None) -> Synonyms:
        """Read rules from a text; raise DataError that names `where`, every faulty line (the first few) and why."""
        rules: list[SynonymRule] = []
        faults: list[str] = []
        for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
            said = _COMMENT.sub("", fold(line)).strip()
            if not said:
                continue
            rule = _rule(said, number)
            if isinstance(rule, str):
                faults.append(f"line {number}: {rule}")
            else:
                rules.append(rule)
        if len(rules) > MOST_RULES:
            faults.append(f"{len(rules):,} rules are more than the {MOST_RULES:,} that are read; leave some out")
        if faults:
            more = f"; and {len(faults) - _SHOWN_FAULTS:,} more" if len(faults) > _SHOWN_FAULTS else ""
            raise DataError(f"{where}: {'; '.join(faults[:_SHOWN_FAULTS])}{more}")
        return cls(rules, base)

    def expand(self, words: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return (phrase of the query, what stands for it as well), in the query's order.

        The longest phrase that has a rule is taken, from the left; phrases do not overlap. Inflected forms count as the
        word (`lamps` has the rules of `lamp`). What the query says already is not added.
        """
        stems = [(stem, place) for place, word in enumerate(words) for stem in _stems(fold(word))]
        said = [stem for stem, _ in stems]
        found: list[tuple[str, tuple[str, ...]]] = []
        start = 0
        while start < len(said):
            size = self._match(said, start)
            if not size:
                start += 1
                continue
            targets = self._by_key[tuple(said[start : start + size])]
            added = tuple(target for key, target in targets.items() if not _within(key, said))
            if added:
                first, last = stems[start][1], stems[start + size - 1][1]
                found.append((" ".join(words[first : last + 1]), added))
            start += size
        return tuple(found)

    def both_scripts(self, phrase: str) -> tuple[str, ...]:
        """Return the two-way group of a phrase that has members in Bangla script, () where there is none."""
        return self._scripts.get(phrase_key(phrase), ())

    def heard(self, word: str) -> tuple[str, ...]:
        """Return the group of such kind of which a Bangla member sounds like a word, () where there is none."""
        return self._heard.get(sound(word), ())

    def _match(self, said: Sequence[str], start: int) -> int:
        """Return the length of the longest phrase with a rule that begins at `start`, 0 where there is none."""
        for size in range(min(self._longest, len(said) - start), 0, -1):
            if tuple(said[start : start + size]) in self._by_key:
                return size
        return 0

    def same(self, one: str, other: str) -> bool:
        """Return whether a rule leads from either phrase to the other, or denies what is said of either."""
        a, b = phrase_key(one), phrase_key(other)
        return bool({a, b} & self.blocked) or b in self._by_key.get(a, ()) or a in self._by_key.get(b, ())


@lru_cache(maxsize=1)
def shipped() -> Synonyms:
    """Return the rules that come with the program."""
    return Synonyms.parse(SHIPPED.read_text("utf-8"), SHIPPED.name)


def _within(key: Key, said: Sequence[str]) -> bool:
    return any(tuple(said[i : i + len(key)]) == key for i in range(len(said) - len(key) + 1))


def _rule(said: str, line: int) -> SynonymRule | str:
    """Return the rule of a line, or what is wrong with it."""
    if len(said) > LONGEST_LINE:
        return f"has {len(said):,} characters; split it into lines of at most {LONGEST_LINE:,}"
    sides = said.split("=>")
    if len(sides) > 2:
        return "has more than one =>; write one rule a line"
    phrases = [[" ".join(p.split()) for p in side.split(",")] if side.strip() else [] for side in sides]
    for phrase in (p for side in phrases for p in side):
        size = len(phrase_key(phrase))
        if not size:
            return f"{phrase!r} between two commas holds no word; remove a comma or write the word"
        if size > MOST_WORDS:
            return f"{phrase!r} has more than {MOST_WORDS} words; shorten it"
    distinct = [tuple({phrase_key(p): p for p in reversed(side)}.values())[::-1] for side in phrases]
    if len(distinct) == 1:
        if len(distinct[0]) < 2:
            return "names one thing alone; write another beside it (sofa, couch), or `word => other`"
        return SynonymRule(distinct[0], distinct[0], True, line)
    left, right = distinct
    if not left:
        return "has nothing before =>; write the word of the query there"
    if right and {phrase_key(p) for p in left} >= {phrase_key(p) for p in right}:
        return "says the same before and after =>; write another word after it"
    return SynonymRule(left, right, False, line)
