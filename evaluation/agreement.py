"""How far two judges agree beyond chance: Cohen's kappa."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from retrieval.errors import EvaluationError

GRADES = (0, 1, 2, 3)
Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two judges on what both judged.

    `kappa` is 1 for full agreement, 0 for what chance alone gives, None where it is not defined: no common item, or one
    and the same grade throughout. `matrix[i][j]` counts the items graded i by the first judge and j by the second.
    """

    kappa: float | None
    items: int
    matrix: tuple[tuple[int, ...], ...]


def kappa(
    a: Mapping[Item, int], b: Mapping[Item, int], weights: Literal["quadratic"] | None = "quadratic"
) -> Agreement:
    """Return Cohen's kappa of two judges' grades (0-3 by item) over the items that both judged.

    With `quadratic` weights a disagreement counts as the square of its distance (Cohen, "Weighted kappa", Psychological
    Bulletin 70(4), 1968, p. 215); without, every one counts the same (Cohen, Educational and Psychological Measurement
    20(1), 1960, p. 40). Raises EvaluationError for a grade outside 0-3.
    """
    common = [item for item in a if item in b]
    first, second = [a[item] for item in common], [b[item] for item in common]
    for grade in (*first, *second):
        if grade not in GRADES:
            raise EvaluationError(f"{grade!r} is no grade; agreement is measured on grades 0 to 3")
    counts = [[0] * len(GRADES) for _ in GRADES]
    for one, other in zip(first, second, strict=True):
        counts[one][other] += 1
    matrix = tuple(map(tuple, counts))
    if len({*first, *second}) < 2:  # chance alone would agree just as fully, so that nothing can be said
        return Agreement(None, len(common), matrix)
    from sklearn.metrics import cohen_kappa_score

    return Agreement(float(cohen_kappa_score(first, second, labels=list(GRADES), weights=weights)), len(common), matrix)
