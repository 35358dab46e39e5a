"""Whether a search is put as a question."""

from __future__ import annotations

import re

FEWEST_WORDS = 2
_BEGINS = re.compile(
    r"(?:what|which|who|whose|where|when|why|how|is|are|does|did|compare|recommend|suggest|cheapest|"
    r"do (?:you|they|any|the|these|we|i)|can (?:i|you|it|they|this|these|we)|have you|has (?:it|the|this)|"
    r"tell me|most expensive|best rated|difference between|কোন|কোনটা|কত|কী|কি|কেন|কোথায়)(?=\s)",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[?？؟]\W*$")


def is_question(text: str) -> bool:
    """Return whether a search of two words or more ends as a question or begins as one."""
    said = " ".join(text.split())
    if len(said.split()) < FEWEST_WORDS:
        return False
    return bool(_ENDS.search(said) or _BEGINS.match(said))
