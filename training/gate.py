"""The gate: a new model serves only where it is better than the present one beyond chance, on queries it never saw.

The deciding evidence is a paired randomisation test on held-out queries (`evaluation.statistics.compare`); other
evidence - judged queries beside silver ones, the mode that shoppers use beside the one that was trained for - may not
show that it is worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluation import statistics

LEVEL = 0.05
"""A difference with a chance below this of being none counts as real."""
MEASURE = "nDCG@10"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a new model is worth against the present one on one set of queries in one mode.

    `on` names the queries (`silver`, `judged`), `mode` how both ranked; `candidate` and `present` are means of
    `measure`, `difference` the first minus the second with its 95% interval from `low` to `high`, `p` the chance of
    one as large where the two are equally good. `candidate_system` and `present_system` say what ranked.
    """

    on: str
    mode: str
    measure: str
    candidate_system: str
    present_system: str
    candidate: float
    present: float
    difference: float
    low: float
    high: float
    p: float
    queries: int

    @property
    def better(self) -> bool:
        """Whether the new model is better beyond chance."""
        return self.difference > 0 and self.p < LEVEL

    @property
    def worse(self) -> bool:
        """Whether the new model is worse beyond chance."""
        return self.difference < 0 and self.p < LEVEL

    def text(self) -> str:
        """Return the figures in a sentence's part."""
        return (
            f"{self.measure} {self.candidate:.3f} against {self.present:.3f} of {self.present_system} on "
            f"{self.queries:,} held-out {self.on} queries in mode {self.mode} ({self.difference:+.3f}, 95% interval "
            f"{self.low:+.3f} to {self.high:+.3f}, p = {self.p:.4f})"
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a new model may serve, and why in a sentence or two; `evidence[0]` decided."""

    passed: bool
    why: str
    evidence: tuple[Evidence, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON-ready values, the deciding figures on top."""
        first = asdict(self.evidence[0]) if self.evidence else {}
        return {"passed": self.passed, "why": self.why, **first, "evidence": [asdict(each) for each in self.evidence]}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Verdict:
        """Return the verdict that `to_dict` wrote."""
        return cls(bool(row["passed"]), str(row["why"]), tuple(Evidence(**each) for each in row["evidence"]))


def measured(
    candidate: Mapping[str, float],
    present: Mapping[str, float],
    *,
    on: str,
    mode: str,
    candidate_system: str,
    present_system: str,
    measure: str = MEASURE,
    seed: int = 0,
) -> Evidence:
    """Return what two systems' values by query id say of their difference.

    Raises EvaluationError where the queries differ or there are none.
    """
    found = statistics.compare(candidate, present, seed=seed)
    return Evidence(
        on=on,
        mode=mode,
        measure=measure,
        candidate_system=candidate_system,
        present_system=present_system,
        candidate=sum(candidate.values()) / len(candidate),
        present=sum(present.values()) / len(present),
        difference=found.difference,
        low=found.low,
        high=found.high,
        p=found.p,
        queries=found.queries,
    )


def decide(deciding: Evidence | None, others: Sequence[Evidence] = ()) -> Verdict:
    """Return whether a new model passes: better beyond chance in the deciding evidence, worse beyond it in no other.

    Without deciding evidence (no held-out query) nothing is proved, and it does not pass.
    """
    if deciding is None:
        why = "There are no held-out queries to prove it on: the catalogue is too small for silver queries; judge some."
        return Verdict(False, why, tuple(others))
    evidence = (deciding, *others)
    if not deciding.better:
        if deciding.difference > 0:
            reason = "It is no better than what serves beyond chance"
        elif deciding.worse:
            reason = "It is worse than what serves"
        else:
            reason = "It is no better than what serves"
        return Verdict(False, f"{reason}: {deciding.text()}.", evidence)
    lost = [each for each in others if each.worse]
    if lost:
        return Verdict(
            False,
            f"It is better than what serves: {deciding.text()}; but worse elsewhere: "
            + "; ".join(each.text() for each in lost)
            + ".",
            evidence,
        )
    beside = "".join(f" Beside it: {each.text()}." for each in others)
    return Verdict(True, f"It is better than what serves: {deciding.text()}.{beside}", evidence)
