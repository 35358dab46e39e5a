"""Retrieval and a prompt in twenty lines: sentences in, scores and a CONTEXT / QUESTION / ANSWER prompt out.

Run it with: python examples/numpy_rag.py ["your question"]
"""

from __future__ import annotations

import sys

from retrieval.engine import SearchEngine

SENTENCES = [
    "Mercury is the smallest planet and the closest to the Sun.",
    "Venus is the hottest planet because its thick air traps heat.",
    "Earth is the only planet known to carry life.",
    "Mars is called the red planet for the rust in its soil.",
    "Jupiter is the biggest planet, heavier than all the others together.",
    "Saturn wears bright rings of ice and rock.",
    "Uranus rolls around the Sun on its side.",
    "Neptune is the farthest planet and has the strongest winds.",
]


def prompt(question: str, passages: list[str]) -> str:
    """Return the plain prompt that a language model completes after ANSWER."""
    context = "\n".join(f"[{number}] {passage}" for number, passage in enumerate(passages, start=1))
    return f"CONTEXT:\n{context}\n\nQUESTION: {question}\n\nANSWER:"


def main() -> None:
    """Answer the question of the command line, or the example's."""
    question = " ".join(sys.argv[1:]) or "which planet is the biggest?"
    engine = SearchEngine.from_documents(SENTENCES, vector_index="numpy")
    result = engine.search(question, mode="hybrid", top_k=3)
    for missing in result.degraded:
        print(f"{missing.what}: {missing.why}; {missing.fallback} stands in", file=sys.stderr)
    for hit in result.hits:
        print(f"{hit.rank}. {hit.score:.4f}  {hit.product.title}")
    print()
    print(prompt(question, [hit.product.title for hit in result.hits]))


if __name__ == "__main__":
    main()
