"""Check an answer against its evidence, claim by claim, and number its citations anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from answering.checking.judging import Verdict, judge
from answering.checking.marks import MARK, Passage, numbers_of
from answering.checking.reading import Bench
from answering.claims import passages
from answering.records import Checked, Citation, Claim, Evidence

NOWHERE = "[?]"
"""What stands in a checked text for the number of a product that does not exist."""


@dataclass(slots=True)
class _Numbers:
    """The new number of each product's old one, given at its first use."""

    new: dict[int, int]

    def of(self, cited: Sequence[int]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(self.new[n] for n in cited if n in self.new))


def check(text: str, evidence: Evidence, *, partial: bool = False) -> Checked:
    """Return a text with its citations numbered from 1 by first use, and what checking found of each claim.

    A number that no card bears becomes `[?]`, and its claim is unsupported. Of a `partial` text the unfinished last
    sentence is not judged yet; a claim that is complete is judged as it will be in the whole text. `precision` is the
    share of the claims with a citation that are supported, `coverage` the share of the claims that need a citation and
    have one. Never raises.
    """
    bench = Bench(evidence)
    judged: list[tuple[Passage, Verdict]] = []
    for passage in passages(text, partial=partial):
        verdict = judge(passage, bench)
        bench.cite(passage)
        judged.append((passage, verdict))
    written, moved, numbers = _renumber(text, evidence)
    claims = tuple(
        Claim(
            text=written[moved[passage.start] : moved[passage.end]],
            start=moved[passage.start],
            end=moved[passage.end],
            citations=numbers.of(passage.cited),
            supported=verdict.supported,
            checked=verdict.checked,
            why=verdict.why,
        )
        for passage, verdict in judged
    )
    cited = [verdict for passage, verdict in judged if verdict.checked and passage.cited]
    needing = [passage for passage, verdict in judged if verdict.checked and (passage.cited or not verdict.free)]
    return Checked(
        text=written,
        claims=claims,
        citations=_citations(numbers, evidence),
        precision=sum(verdict.supported for verdict in cited) / len(cited) if cited else None,
        coverage=sum(bool(passage.cited) for passage in needing) / len(needing) if needing else None,
    )


def _renumber(text: str, evidence: Evidence) -> tuple[str, list[int], _Numbers]:
    """Return the text with new numbers, where each place of the old text went, and the numbers."""
    numbers = _Numbers({})
    pieces: list[str] = []
    moved: list[int] = []
    length = 0
    last = 0
    for match in MARK.finditer(text):
        moved += range(length, length + match.start() - last)
        pieces.append(text[last : match.start()])
        length += match.start() - last
        mark = ""
        for n in numbers_of(match[1]):
            known = evidence.card(n) is not None
            if known:
                numbers.new.setdefault(n, len(numbers.new) + 1)
            mark += f"[{numbers.new[n]}]" if known else NOWHERE
        moved += [length] * (match.end() - match.start())
        pieces.append(mark)
        length += len(mark)
        last = match.end()
    moved += range(length, length + len(text) - last + 1)
    pieces.append(text[last:])
    return "".join(pieces), moved, numbers


def _citations(numbers: _Numbers, evidence: Evidence) -> tuple[Citation, ...]:
    found = []
    for old, new in sorted(numbers.new.items(), key=lambda pair: pair[1]):
        card = evidence.card(old)
        if card is not None:
            found.append(Citation(new, card.product.product_id, card.product.title, card.product.url))
    return tuple(found)
