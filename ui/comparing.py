"""How two rankings of one query differ: pure functions of product ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations


def moves(reference: Sequence[str], ranking: Sequence[str]) -> list[int | None]:
    """Return for each id of `ranking` how many places it stands higher than in `reference`, None where it is new."""
    places = {product_id: place for place, product_id in enumerate(reference)}
    return [places[i] - place if i in places else None for place, i in enumerate(ranking)]


def move_label(move: int | None) -> str:
    """Return a move as it is shown: `↑2`, `↓1`, `–` for no move, `new`."""
    if move is None:
        return "new"
    if move == 0:
        return "–"
    return f"↑{move}" if move > 0 else f"↓{-move}"


def overlaps(rankings: Mapping[str, Sequence[str]]) -> list[tuple[str, str, int, int]]:
    """Return for each pair of rankings its names, how many ids they share, and how many they could share at most.

    The most that could be shared is the length of the longer ranking, so that a ranking with fewer hits counts as
    disagreement.
    """
    rows = []
    for (first, a), (second, b) in combinations(rankings.items(), 2):
        rows.append((first, second, len(set(a) & set(b)), max(len(set(a)), len(set(b)))))
    return rows
