"""What a claim states in numbers, colours and sizes: each with its kind, its bound and whether it is denied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from answering.checking import patterns as p
from answering.checking.amounts import is_measure, spoken, tokens
from answering.checking.spelt import spelt
from answering.facts import COUNTED
from retrieval.catalogue.prices import parse_currency
from retrieval.query.codes import codes
from retrieval.query.colours import names
from retrieval.query.numbers import value
from retrieval.query.sizes import same_size
from retrieval.query.units import measures

Kind = Literal[
    "price", "original", "saving", "difference", "rating", "unrated", "ratings", "sales", "discount", "total", "among",
    "colours", "sizes", "further", "measure", "counted", "tally", "size", "colour", "code", "number", "unbranded",
    "each", "lead",
]  # fmt: skip
How = Literal["exact", "most", "least", "about"]


_TIMED = frozenset({"second", "minute", "hour", "day", "week", "month", "year", "degree", "percent", "km"})
_FRACTION = re.compile(r"\d\.\d{1,2}$")


@dataclass(frozen=True, slots=True)
class Said:
    """Something stated from `start` to `end` of a folded claim.

    `value` is its number, `high` the upper end of a range. `tokens` are canonical forms, of which one is enough; `unit`
    is the currency of a price or what is counted. `only` says that there is nothing else ("only in black").
    """

    kind: Kind
    start: int
    end: int
    text: str
    value: float = 0.0
    high: float | None = None
    how: How = "exact"
    denied: bool = False
    tokens: tuple[str, ...] = ()
    unit: str | None = None
    only: bool = False
    sure: bool = True


def number(text: str) -> float | None:
    """Return what a number comes to, in figures or words: "1,200", "four and a half", "two hundred"."""
    said = text.strip()
    if said in ("a", "an", "single"):
        return 1.0
    figures = any(char.isdigit() for char in said)
    words = None if figures else spelt(said)
    return value(said) if words is None else words


class _Reader:
    """Reads one claim, from the surest forms to bare numbers; what was read is covered."""

    def __init__(self, text: str) -> None:
        self.whole = text
        self.left = text
        self.found: list[Said] = []

    def _cover(self, start: int, end: int, mark: str = "\x1f") -> None:
        self.left = self.left[:start] + mark * (end - start) + self.left[end:]

    def _how(self, start: int, end: int) -> How:
        before, after = self.whole[max(0, start - 48) : start], self.whole[end : end + 24]
        if p.BEFORE_ABOUT.search(before) or p.AFTER_ABOUT.match(after):
            return "about"
        if p.BEFORE_MOST.search(before) or p.AFTER_MOST.match(after):
            return "most"
        if p.BEFORE_LEAST.search(before) or p.AFTER_LEAST.match(after):
            return "least"
        return "exact"

    def denied(self, start: int) -> bool:
        """Tell whether what begins at `start` is denied: a "not" stands before it in its clause."""
        before = self.whole[:start]
        breaks = [match.end() for match in p.BREAK.finditer(before)]
        return p.NEGATOR.search(before, breaks[-1] if breaks else 0) is not None

    def add(self, kind: Kind, start: int, end: int, cover: bool = True, **said: object) -> None:
        """Note what is stated and cover it."""
        how = said.pop("how", None) or self._how(start, end)
        if (
            how == "most"
            and kind in ("measure", "counted", "number", "discount")
            and p.UP_TO.search(self.whole[:start])
        ):
            # "Up to 32 GB" says what the most is.
            how = "exact"
        denied = said.pop("denied", None)
        self.found.append(
            Said(
                kind, start, end, self.whole[start:end].strip(), how=how,  # type: ignore[arg-type]
                denied=self.denied(start) if denied is None else bool(denied), **said,  # type: ignore[arg-type]
            )
        )  # fmt: skip
        if cover:
            self._cover(start, end)

    def numbers(self, kind: Kind, patterns: tuple[re.Pattern[str], ...], most: float = 1e12) -> None:
        """Note the numbers that some patterns find."""
        for pattern in patterns:
            for match in pattern.finditer(self.left):
                read = number(match["n"])
                if read is None or read > most or "\x1f" in match["n"]:
                    continue
                if kind in ("ratings", "sales", "total", "among") and _FRACTION.search(match["n"]):
                    continue
                if kind == "among" and self._counts_none(match):
                    continue
                start, end = match.span("n")
                self.add(kind, start, end, cover=False, value=read, how=self._how_of(match, start, end))
                self._cover(*match.span())

    def _counts_none(self, match: re.Match[str]) -> bool:
        """Tell whether a number is a year or a measure's rather than how many products there are."""
        what = p.WHAT.match(self.left, match.end("n"))
        return p.YEAR.fullmatch(match["n"]) is not None or (
            what is not None and (is_measure(what[1].split()[0]) or COUNTED.get(what[1].split()[0]) in _TIMED)
        )

    def _how_of(self, match: re.Match[str], start: int, end: int) -> How:
        inner = self._how(start, end)
        return inner if inner != "exact" else self._how(match.start(), match.end())

    def money(self) -> None:
        """Note sums of money and what each is: the price, the one before, what is saved, how two differ."""
        matches = list(p.MONEY.finditer(self.left))
        place = 0
        while place < len(matches):
            match = matches[place]
            start, end = match.span()
            read = number(match["a"] or match["b"])
            sign = (match["pre"] or match["post"] or "").strip().rstrip(".")
            place += 1
            if read is None:
                continue
            unit = "BDT" if sign.startswith("taka") else parse_currency(sign) if sign and sign[0] != "/" else None
            high: float | None = None
            before = self.left[max(0, start - 60) : start]
            if place < len(matches):
                other = matches[place]
                low_words = re.search(r"(?:between|from|range[sd]?|:)\W{0,12}$|\bprice\W*$", before)
                joint = self.left[end : other.start()]
                joined = p.TO.fullmatch(joint) and (
                    low_words or not re.fullmatch(r"\s?(?:and|to)\s?", joint) or "to" in joint
                )
                upper = number(other["a"] or other["b"])
                if joined and upper is not None and upper < read and low_words:
                    # "From ৳ 1,850 to ৳ 1,450": what it cost, and what it costs.
                    self.add("original", start, end, value=read, unit=unit)
                    continue
                if joined and not p.ORIGINAL.search(before):
                    high, end = upper, other.end()
                    place += 1
            kind, how = self._role(before, self.left[end : end + 40], start, end)
            each = p.EACH.match(self.left, end) if kind == "each" else None
            per = tokens(number(each["n"] or "1") or 1.0, each["unit"]) if each else ()
            if kind == "each" and not per:
                kind = "price"
            self.add(kind, start, end, value=read, high=high, unit=unit, how=how, tokens=per)
        for match in p.PRICED.finditer(self.left):
            read = number(match["n"])
            if read is not None:
                self.add("price", *match.span("n"), value=read)

    def _role(self, before: str, after: str, start: int, end: int) -> tuple[Kind, How]:
        how = self._how(start, end)
        if p.EACH.match(after):
            return "each", how
        if p.AFTER_ORIGINAL.match(after) or p.ORIGINAL.search(before):
            return "original", how
        saved = p.SAVED.search(self.whole[max(0, start - 60) : start])
        if saved or p.SAVES.search(before) or p.AFTER_SAVES.match(after):
            return "saving", how
        if p.DIFFERS.search(before) or (p.AFTER_DIFFERS.match(after) and not p.AFTER_MOST.match(after)):
            return "difference", "exact" if how in ("most", "least") else how
        return "price", how

    def colours(self) -> None:
        """Note colours, whether the claim is what it comes in, and whether only in these."""
        for start, end, colour in names(self.left):
            before = self.left[max(0, start - 70) : start]
            frame = p.COLOUR_FRAME.search(before) is not None
            only = frame and p.ONLY.search(before) is not None
            self.add("colour", start, end, tokens=(colour,), sure=frame, only=only, how="exact")

    def sizes(self) -> None:
        """Note sizes of clothes and shoes, one after another behind the word, or in letters that say it themselves."""
        for match in p.SIZED.finditer(self.left):
            at = match.end()
            while token := p.SIZE_TOKEN.match(self.left, at):
                self.add("size", token.start(), token.end(), tokens=(same_size(token["s"]),), how="exact")
                join = p.SIZE_JOIN.match(self.left, token.end())
                if not join:
                    break
                at = join.end()
        for pattern in (p.BARE_SIZE, p.PREFIXED):
            for match in pattern.finditer(self.left):
                size = match.groupdict().get("s") or match[0]
                self.add("size", *match.span(), tokens=(same_size(size),), how="exact")

    def rest(self) -> None:
        """Note measures, what is counted, codes, and the numbers that are left."""
        for pattern in p.AGE:
            for match in pattern.finditer(self.left):
                age = number(match["n"])
                if age is not None and age <= 21:
                    self.add("counted", *match.span("n"), value=age, unit="year", how="exact")
        for amount in spoken(self.left):
            found = tokens(amount.value, amount.unit)
            if found:
                self.add("measure", amount.start, amount.end, tokens=found)
            elif amount.unit in COUNTED and amount.value != round(amount.value):
                self.add("counted", amount.start, amount.end, value=amount.value, unit=COUNTED[amount.unit])
        for read in measures(self.left):
            if "\x1f" not in self.left[read.start : read.end]:
                self.add("measure", read.start, read.end, tokens=read.tokens)
        for match in re.finditer(rf"{p.FREE}(?P<n>{p.N})[\s-]?(?P<what>[^\W\d_]+|%|°[cf]?)", self.left):
            unit = COUNTED.get(match["what"])
            read_number = number(match["n"])
            if unit and read_number is not None:
                self.add("counted", *match.span(), value=read_number, unit=unit)
        for match in p.RUN.finditer(self.left):
            if not p.NOT_CODES.fullmatch(match[0]):
                found = codes(match[0]) or (match[0],)
                self.add("code", *match.span(), tokens=found, how="exact")
        for match in p.NUMBER.finditer(self.left):
            read_number = number(match[0])
            if read_number is not None:
                self.add(
                    "number",
                    *match.span(),
                    value=read_number,
                    unit=self._thing(match.end()),
                    tokens=self._label(match.start()),
                )
        for match in p.SOME.finditer(self.left):
            read_number = number(match["n"])
            if read_number is not None and read_number >= 2 and (thing := self._thing(match.end("n"))):
                self.add("tally", *match.span("n"), value=read_number, unit=thing)

    def _label(self, start: int) -> tuple[str, ...]:
        match = p.LABEL.search(self.left[:start])
        return (match[1],) if match else ()

    def _thing(self, end: int) -> str | None:
        match = p.WHAT.match(self.left, end)
        return match[1] if match else None

    def read(self) -> Iterator[Said]:
        """Yield everything that the claim states, in its order."""
        for match in p.UNRATED.finditer(self.left):
            self.add("unrated", *match.span(), denied=False, how="exact")
        for match in p.ZERO_RATED.finditer(self.left):
            self.add("unrated", *match.span(), denied=False, how="exact")
        for match in p.UNBRANDED.finditer(self.left):
            self.add("unbranded", *match.span(), denied=False, how="exact")
        self.numbers("sales", p.SALES[:1])
        self.numbers("among", p.AMONG_THINGS)
        self.numbers("further", (p.FURTHER,))
        self.numbers("discount", p.DISCOUNT, most=100)
        for match in p.HALF.finditer(self.left):
            self.add("discount", *match.span(), value=50.0, how="about")
        self.numbers("ratings", p.RATINGS[:-1])
        self.numbers("lead", p.LEAD, most=5)
        self.numbers("rating", p.RATING, most=10)
        self.numbers("ratings", p.RATINGS[-1:])
        self.money()
        self.numbers("sales", p.SALES[1:])
        for match in p.OWN.finditer(self.left):
            read = number(match["n"])
            if read is not None:
                self.add("sizes" if match["what"].startswith("size") else "colours", *match.span(), value=read)
        self.numbers("total", (p.TOTAL,))
        self.sizes()
        self.numbers("among", p.AMONG)
        self.colours()
        self.rest()
        yield from sorted(self.found, key=lambda said: said.start)


@lru_cache(maxsize=4096)
def read(folded: str) -> tuple[Said, ...]:
    """Return what a folded claim states, in its order; citations and names are covered beforehand."""
    return tuple(_Reader(folded).read())


@lru_cache(maxsize=4096)
def denied_at(folded: str, place: int) -> bool:
    """Tell whether what stands at a place of a folded claim is denied there."""
    return _Reader(folded).denied(place)
