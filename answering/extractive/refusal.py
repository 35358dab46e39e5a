"""The answer where nothing fits: that, why, and what comes nearest."""

from __future__ import annotations

from answering.defuse import inline
from answering.extractive.phrases import line
from answering.records import REFUSAL, Evidence

NEAREST = 3
REASON = 300


def write(evidence: Evidence) -> str:
    """Return the refusal in Markdown."""
    parts = [REFUSAL]
    reason = inline(evidence.refusal or "", REASON).strip()
    if reason:
        parts[0] += f" {reason[0].upper()}{reason[1:].rstrip('.')}."
    if evidence.cards:
        parts.append("Nearest:")
        parts.append("\n".join(line(card, evidence.question.wants) for card in evidence.cards[:NEAREST]))
    return "\n\n".join(parts)
