"""The checker against hundreds of answers made from records: right ones in many wordings, and each with a fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from answering.citations import check
from retrieval.catalogue import parse_file
from retrieval.records import Product
from tests.answering.mutated import Case, cases

SAMPLE = Path(__file__).parents[2] / "samples" / "catalogue.md"
KINDS = {
    "wrong price", "wrong rating", "wrong ratings", "wrong sales", "wrong colour", "wrong size", "wrong measure",
    "wrong brand", "wrong discount", "swapped citations", "wrong comparison", "wrong product", "invented citation",
    "no citation", "wrong superlative", "wrong count",
}  # fmt: skip


def _measured(made: Sequence[Case]) -> tuple[float, float, list[str]]:
    """Return the share of faults found, the share of false alarms, and what went wrong."""
    wrong: list[str] = []
    seen: Counter[bool] = Counter()
    failed: Counter[bool] = Counter()
    for case in made:
        faulty = bool(case.fault)
        seen[faulty] += 1
        if bool(check(case.text, case.evidence).unsupported) != faulty:
            failed[faulty] += 1
            wrong.append(f"{case.fault or 'false alarm'}: {case.text}")
    found, alarms = 1 - failed[True] / seen[True], failed[False] / seen[False]
    print(f"{seen[True]} faults, {found:.1%} found; {seen[False]} right answers, {alarms:.1%} false alarms")
    return found, alarms, wrong


def _holds(products: Sequence[Product], seed: int, count: int) -> None:
    found, alarms, wrong = _measured(cases(products, seed, count))
    assert found >= 0.97, wrong
    assert alarms <= 0.03, wrong


@pytest.fixture(scope="module")
def sample() -> tuple[Product, ...]:
    return parse_file(SAMPLE).products


@pytest.mark.parametrize("seed", [11, 12])
def test_faults_in_answers_over_the_sample_catalogue_are_found(sample: tuple[Product, ...], seed: int) -> None:
    _holds(sample, seed, 500)


def test_every_kind_of_fault_is_among_them(sample: tuple[Product, ...]) -> None:
    made = cases(sample, 11, 500)
    assert {case.fault for case in made} == KINDS | {""}
    assert sum(not case.fault for case in made) >= 100


@pytest.mark.realdata
def test_faults_in_answers_over_a_real_catalogue_are_found(realdata_dir: Path) -> None:
    products = parse_file(realdata_dir / "daraz" / "products.md").products
    _holds(products, 21, 1000)
