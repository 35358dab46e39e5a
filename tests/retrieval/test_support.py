"""Support of products that are alike, against hand arithmetic and by its laws."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.rerank import blend, standardised
from retrieval.support import blend_supported, likeness, supported

WORDS = ("lamp", "oak", "red", "kettle", "steel", "saree")
titles_of = st.lists(st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join), min_size=1, max_size=12)


def test_likeness_is_the_dice_coefficient_of_the_titles_words() -> None:
    found = likeness(["Red oak lamps", "The red lamp", "steel kettle", "", "KETTLE of steel"])
    # {red, oak, lamp} and {red, lamp}: 2 * 2 / (3 + 2).
    assert found[0, 1] == found[1, 0] == pytest.approx(0.8)
    assert found[2, 4] == pytest.approx(1)
    assert found[0, 2] == 0
    assert found[3].tolist() == [0.0] * 5  # it says nothing


def test_a_score_has_the_mean_of_its_likes_beside_it() -> None:
    scores = np.array([1.0, 3.0, 5.0], dtype=np.float32)
    deep = sqrt(8 / 3)
    z = [-2 / deep, 0.0, 2 / deep]
    near, far = exp((0.8 - 1) / 0.1), exp(-1 / 0.1)
    expected = [
        z[0] + 0.5 * (near * z[1] + far * z[2]) / (near + far),
        z[1] + 0.5 * (near * z[0] + far * z[2]) / (near + far),
        z[2] + 0.5 * (far * z[0] + far * z[1]) / (far + far),
    ]
    found = supported(scores, ["red oak lamp", "red lamp", "steel kettle"])
    assert found.tolist() == pytest.approx(expected)
    first = np.array([0.9, 0.3, 0.3])
    blended = blend_supported(scores, ["red oak lamp", "red lamp", "steel kettle"], first, 0.6)
    assert blended.tolist() == pytest.approx(
        (0.6 * standardised(np.array(expected)) + 0.4 * standardised(first)).tolist()
    )


def test_a_lone_mistake_among_twins_falls_behind() -> None:
    # Five listings of one lamp, one of them scored low, and a kettle between.
    scores = np.array([2.0, 2.1, 1.9, 0.5, 2.0, 0.55], dtype=np.float32)
    titles = ["oak lamp"] * 5 + ["steel kettle"]
    assert scores[3] < scores[5]
    found = supported(scores, titles)
    assert found[3] > found[5]


@given(titles_of, st.data())
def test_alone_and_at_the_ends_nothing_changes(titles: list[str], data: st.DataObject) -> None:
    size = len(titles)
    numbers = st.lists(st.floats(-20, 20, width=32), min_size=size, max_size=size)
    scores, first = np.array(data.draw(numbers), dtype=np.float32), np.array(data.draw(numbers))
    assert blend_supported(scores, titles, first, 1.0).tolist() == scores.astype(np.float64).tolist()
    assert blend_supported(scores, titles, first, 0.0).tolist() == blend(scores, first, 0.0).tolist()
    assert supported(scores[:1], titles[:1]).tolist() == [0.0]
    found = supported(scores, titles)
    assert np.isfinite(found).all()
    assert np.abs(found).max(initial=0) <= 1.5 * np.abs(standardised(scores)).max(initial=0) + 1e-9
    # Where all titles are the same, no product is helped before another.
    order = np.argsort(standardised(scores), kind="stable")
    assert (np.diff(supported(scores, ["lamp"] * size)[order]) >= -1e-9).all()
