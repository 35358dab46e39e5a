"""What the exam of a new model says, in the words of somebody who never trained one: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.gate import LEVEL, Evidence, Verdict
from ui.evaluate_tables import p_text, signed
from ui.formats import count
from ui.sidebar import MODE_LABELS

QUERIES: Mapping[str, str] = {
    "silver": "made from the catalogue, none of which it learned from",
    "judged": "that people judged",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict: whether the model passed, one sentence, the figures behind it, and what to do now.

    All of it is plain text.
    """

    passed: bool
    title: str
    figures: str
    help: str = ""


def chance(p: float) -> str:
    """Return a p-value as a share that can be pictured: `about 3 times in 100`."""
    if p < 0.001:
        return "less than once in 1,000 times"
    if p > 0.99:
        return "nearly every time"
    number, of = (round(1000 * p), "1,000") if p < 0.01 else (round(100 * p), "100")
    return f"about {'once' if number == 1 else f'{number} times'} in {of}"


def said(kind: str, verdict: Verdict | None, *, serves: bool) -> Said:
    """Return what to say of the exam of a model of a kind; `serves` says whether the model serves now."""
    if verdict is None:
        return Said(False, f"This {kind} was not examined yet.", "Nothing is known of how it ranks your products.")
    if verdict.passed:
        title = f"The new {kind} passed its exam" + (" and serves now." if serves else ".")
        wait = "" if serves else "It does not serve now; the section Models lets it."
        return Said(True, title, figures(verdict.evidence[0]) if verdict.evidence else verdict.why, wait)
    if not verdict.evidence:
        return Said(False, f"The new {kind} was kept aside.", verdict.why)
    decided = next((one for one in verdict.evidence[1:] if verdict.evidence[0].better and one.worse), None)
    shown = decided or verdict.evidence[0]
    return Said(False, f"The new {kind} was kept aside: {_reason(shown)}.", figures(shown), _help(shown))


def figures(found: Evidence) -> str:
    """Return the figures of an exam as sentences."""
    queries = count(found.queries, "query", "queries")
    return (
        f"On {queries} {QUERIES.get(found.on, f'of the set {found.on}')}, {found.measure} (1 is "
        f"perfect) went from "
        f"{found.present:.3f} to {found.candidate:.3f}, a difference of {signed(found.difference)} (with 95% "
        f"confidence between {signed(found.low)} and {signed(found.high)}). Were both equally good, luck alone would "
        f"show one as large {chance(found.p)}."
    )


def _reason(found: Evidence) -> str:
    if found.on == "judged" and found.worse:
        return "it ranks worse on the queries that people judged"
    if found.worse:
        return "it ranks worse than what serves now"
    if found.difference > 0:
        return "it ranked a little better, but that may be luck"
    return "it ranks no better than what serves now"


def _help(found: Evidence) -> str:
    if found.difference > 0:
        return "What may help: a thorough training, or a bigger catalogue: more queries tell a small gain from luck."
    return "What may help: a thorough training, or learning from queries that your shoppers asked and people judged."


def table(evidence: Sequence[Evidence]) -> dict[str, list[object]]:
    """Return a row for everything that was measured: on which queries, how both ranked, and the difference."""
    return {
        "Queries": [f"{one.queries:,} {one.on}" for one in evidence],
        "Ranking": [MODE_LABELS.get(one.mode, one.mode) for one in evidence],
        "Measure": [one.measure for one in evidence],
        "Present": [round(one.present, 4) for one in evidence],
        "New": [round(one.candidate, 4) for one in evidence],
        "Difference": [signed(one.difference) for one in evidence],
        "95% interval": [f"{signed(one.low)} to {signed(one.high)}" for one in evidence],
        "p": [p_text(one.p) for one in evidence],
        "Tells": ["better" if one.better else "worse" if one.worse else "no difference" for one in evidence],
    }


RULE = (
    "A new model serves only when it ranks held-out queries better than the present one, by more than luck would "
    f"explain (p below {LEVEL}), and worse on nothing else that was measured."
)
