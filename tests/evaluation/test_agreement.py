from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.agreement import kappa
from retrieval.errors import EvaluationError

GRADES = st.dictionaries(st.integers(0, 40), st.integers(0, 3), max_size=40)


def test_kappa_by_hand() -> None:
    """Six common items: four agreed on, one 0 against 1, one 3 against 1.

    First judge: 0 twice, 1 once, 2 once, 3 twice. Second: 0 once, 1 three times, 2 once, 3 once.
    """
    a = {1: 0, 2: 0, 3: 1, 4: 2, 5: 3, 6: 3, "only a": 2}
    b = {1: 0, 2: 1, 3: 1, 4: 2, 5: 3, 6: 1, "only b": 3}
    plain = kappa(a, b, None)
    observed = 4 / 6
    expected = (2 * 1 + 1 * 3 + 1 * 1 + 2 * 1) / 36
    assert plain.kappa == pytest.approx((observed - expected) / (1 - expected), abs=1e-12)
    assert plain.items == 6
    assert plain.matrix == ((1, 1, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 1, 0, 1))
    weighted = kappa(a, b)
    # Squared distances: observed 1 + 4; expected by the margins (2, 1, 1, 2) and (1, 3, 1, 1), over 6.
    apart = (
        2 * (1 * 0 + 3 * 1 + 1 * 4 + 1 * 9)
        + 1 * (1 * 1 + 3 * 0 + 1 * 1 + 1 * 4)
        + 1 * (1 * 4 + 3 * 1 + 1 * 0 + 1 * 1)
        + 2 * (1 * 9 + 3 * 4 + 1 * 1 + 1 * 0)
    ) / 6
    assert weighted.kappa == pytest.approx(1 - (1 + 4) / apart, abs=1e-12)
    assert weighted.matrix == plain.matrix


def test_full_agreement_is_one_and_full_reversal_minus_one() -> None:
    a = {1: 0, 2: 3}
    assert kappa(a, a).kappa == kappa(a, a, None).kappa == 1
    assert kappa(a, {1: 3, 2: 0}).kappa == pytest.approx(-1)


def test_what_chance_explains_fully_is_not_defined() -> None:
    assert kappa({}, {1: 2}).kappa is None
    assert kappa({}, {1: 2}).items == 0
    same = kappa({1: 2, 2: 2}, {1: 2, 2: 2})
    assert (same.kappa, same.items, same.matrix[2][2]) == (None, 2, 2)
    assert kappa({1: 2, 2: 2}, {1: 3, 2: 3}).kappa == 0


def test_a_grade_off_the_scale_is_refused() -> None:
    with pytest.raises(EvaluationError, match="4 is no grade"):
        kappa({1: 4}, {1: 3})


def by_definition(a: dict[int, int], b: dict[int, int], power: int) -> float | None:
    """Return 1 - mean disagreement of the pairs / mean disagreement of all pairings of the two judges' grades."""
    common = sorted(set(a) & set(b))

    def apart(one: int, other: int) -> int:
        return (one - other) ** 2 if power else int(one != other)

    observed = sum(apart(a[i], b[i]) for i in common)
    expected = sum(apart(a[i], b[j]) for i in common for j in common)
    return None if expected == 0 else 1 - observed * len(common) / expected


@given(GRADES, GRADES)
def test_kappa_is_what_its_definition_says_and_the_same_both_ways(a: dict[int, int], b: dict[int, int]) -> None:
    for weights, power in (("quadratic", 2), (None, 0)):
        found = kappa(a, b, weights)
        assert found.kappa == pytest.approx(by_definition(a, b, power), abs=1e-9)
        assert kappa(b, a, weights).kappa == pytest.approx(found.kappa, abs=1e-9)
        assert found.items == sum(map(sum, found.matrix)) == len(set(a) & set(b))
