"""The answer where nothing fits: that, why, and what comes nearest."""

from __future__ import annotations

from answering.defuse import inline
from answering.extractive.phrases import items
from answering.records import REFUSAL, Evidence

NEAREST = 3
REASON = 300


def write(evidence: Evidence) -> str:
    """Return the refusal in Markdown."""
    parts = [REFUSAL]
    reason = inline(evidence.refusal or "", REASON).strip()
    if reason:
        # "It is not listed in red" says something of the product asked about, which is the nearest.
        source = f" [{evidence.cards[0].n}]" if evidence.cards and reason.casefold().startswith("it ") else ""
        parts[0] += f" {reason[0].upper()}{reason[1:].rstrip('.')}{source}."
    if evidence.cards:
        parts.append("Nearest:")
        parts.append(items(evidence.cards[:NEAREST], evidence.question.wants))
    return "\n\n".join(parts)
