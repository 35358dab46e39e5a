from __future__ import annotations

import json
import math

import pytest

from evaluation.comparison import KEPT, Comparison, compare
from evaluation.records import Query, Run
from evaluation.statistics import compare as paired
from evaluation.statistics import holm
from evaluation.systems import parse
from retrieval.errors import EvaluationError

QRELS = {
    "q1": {"a": 3, "b": 1, "c": 0},
    "q2": {"a": 2, "d": 2},
    "q3": {"e": 1},
    "q4": {"f": 3, "g": 0},
}
QUERIES = (
    Query("q1", "lamp", "keyword"),
    Query("q2", "red table lamp", "keyword"),
    Query("q3", "a lamp for my desk", "semantic"),
    Query("q4", "oak lamp"),
)


def run(name: str, ranked: dict[str, str], milliseconds: dict[str, float] | None = None) -> Run:
    return Run(
        name,
        {q: [(product, float(-i)) for i, product in enumerate(order)] for q, order in ranked.items()},
        milliseconds or {},
    )


BASE = run("bm25", {"q1": "abc", "q2": "xad", "q4": "gf"}, {"q1": 1.0, "q2": 2.0, "q3": 3.0, "q4": 4.0})
OTHER = run("hybrid", {"q1": "cab", "q2": "ad", "q3": "e", "q4": "gf"})


@pytest.fixture
def found() -> Comparison:
    return compare([BASE, OTHER], QUERIES, QRELS, measures=("nDCG@10", "MRR@10"), relevant=2)


def test_values_are_the_hand_arithmetic(found: Comparison) -> None:
    ideal = 3 / math.log2(2) + 1 / math.log2(3)
    assert found.values["bm25"]["nDCG@10"] == pytest.approx(
        {
            "q1": 1.0,
            "q2": (2 / math.log2(3) + 2 / math.log2(4)) / (2 / math.log2(2) + 2 / math.log2(3)),
            "q3": 0.0,
            "q4": (3 / math.log2(3)) / 3,
        }
    )
    assert found.values["hybrid"]["nDCG@10"]["q1"] == pytest.approx((3 / math.log2(3) + 1 / math.log2(4)) / ideal)
    # From grade 2 on: c, which nobody wants, stands before a; e of q3 has grade 1 and does not count.
    assert found.values["hybrid"]["MRR@10"] == {"q1": 1 / 2, "q2": 1.0, "q3": 0.0, "q4": 1 / 2}
    for result in found.results:
        for measure, mean in result.means.items():
            own = found.values[result.label][measure].values()
            assert mean.value == pytest.approx(sum(own) / 4)
            assert mean.low <= mean.value <= mean.high


def test_wins_ties_and_losses_are_counted_query_by_query(found: Comparison) -> None:
    duel = found.duel("hybrid")
    assert [q for q, _ in duel.wins] == ["q3", "q2"]
    assert [q for q, _ in duel.ties] == ["q4"]
    assert [q for q, _ in duel.losses] == ["q1"]
    against = found.result("hybrid").against["nDCG@10"]
    assert (against.wins, against.ties, against.losses) == (2, 1, 1)
    assert found.result("bm25").against == {}
    turned = found.duel("bm25", "hybrid")
    assert [q for q, _ in turned.losses] == ["q3", "q2"]
    assert dict(turned.wins) == pytest.approx({q: -d for q, d in duel.losses})
    assert found.best.label == "hybrid"


def test_p_values_are_corrected_for_all_that_is_set_against_the_baseline() -> None:
    third = run("dense", {"q1": "ab", "q2": "dx", "q3": "e", "q4": "fg"})
    found = compare([BASE, OTHER, third], QUERIES, QRELS, measures=("nDCG@10", "MRR@10"), seed=5)
    for measure in found.measures:
        base = found.values["bm25"][measure]
        alone = [paired(found.values[label][measure], base, seed=5) for label in ("hybrid", "dense")]
        kept = [found.result(label).against[measure] for label in ("hybrid", "dense")]
        assert [a.p for a in kept] == [d.p for d in alone]
        assert [a.adjusted for a in kept] == holm([d.p for d in alone])
        assert [a.difference for a in kept] == [d.difference for d in alone]


def test_another_baseline_turns_the_differences(found: Comparison) -> None:
    other = compare([BASE, OTHER], QUERIES, QRELS, measures=("nDCG@10",), relevant=2, baseline="hybrid")
    assert other.result("bm25").against["nDCG@10"].difference == pytest.approx(
        -found.result("hybrid").against["nDCG@10"].difference
    )


def test_judged_share_and_condensed_lists() -> None:
    found = compare([BASE], QUERIES, QRELS, measures=("nDCG@10",))
    # 3 of 3, 2 of 3, nothing, 2 of 2
    assert found.results[0].judged == pytest.approx((1 + 2 / 3 + 0 + 1) / 4)
    # Without x, which nobody judged, q2 is perfect.
    gain = 1 - found.values["bm25"]["nDCG@10"]["q2"]
    assert found.results[0].condensed["nDCG@10"] == pytest.approx(found.results[0].means["nDCG@10"].value + gain / 4)


def test_latency_is_median_and_95th_percentile_of_the_queries_measured(found: Comparison) -> None:
    latency = found.result("bm25").latency
    assert latency is not None
    assert latency.p50 == 2.5
    assert latency.p95 == pytest.approx(3 + 0.85 * 1)  # linear between the third and fourth of four
    assert found.result("hybrid").latency is None


def test_groups_are_types_and_lengths(found: Comparison) -> None:
    groups = {(g.by, g.name): g for g in found.groups}
    assert {key: g.queries for key, g in groups.items()} == {
        ("type", "keyword"): ("q1", "q2"),
        ("type", "semantic"): ("q3",),
        ("words", "1-2"): ("q1", "q4"),
        ("words", "3-4"): ("q2",),
        ("words", "5+"): ("q3",),
    }
    values = found.values["hybrid"]["MRR@10"]
    assert groups["words", "1-2"].means["hybrid"]["MRR@10"] == (values["q1"] + values["q4"]) / 2


def test_only_queries_that_are_given_and_judged_are_measured() -> None:
    queries = (*QUERIES[:2], Query("q9", "never judged"))
    found = compare([BASE, OTHER], queries, QRELS, measures=("nDCG@10",))
    assert [q.query_id for q in found.queries] == ["q1", "q2"]
    assert found.notes == (
        "1 query was left out, for nothing of it was judged.",
        "The judgements of 2 other queries were not used.",
    )
    assert set(found.grades) == {"q1", "q2"}
    everything = compare([BASE, OTHER], (), QRELS, measures=("nDCG@10",))
    assert [q.query_id for q in everything.queries] == list(QRELS)
    assert everything.notes == ()


def test_rankings_are_kept_to_be_opened_side_by_side() -> None:
    long = Run("long", {"q1": [(f"p{i}", float(-i)) for i in range(50)]})
    found = compare([long, BASE], QUERIES, QRELS)
    assert found.ranked["long"]["q1"] == tuple(f"p{i}" for i in range(KEPT))
    assert found.ranked["long"]["q2"] == ()
    assert found.ranked["bm25"]["q2"] == ("x", "a", "d")


def test_a_comparison_survives_json() -> None:
    milliseconds = dict.fromkeys(QRELS, 1.5)
    runs = [Run(r.name, r.ranked, milliseconds) for r in (BASE, OTHER)]
    queries = tuple(Query(f"q{i}", f"lamp {i}", None) for i in range(1, 5))
    found = compare(runs, queries, QRELS, systems=(parse("bm25"), parse("hybrid")), notes=("one",))
    assert found.results[1].system == parse("hybrid")
    assert Comparison.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False))) == found


@pytest.mark.parametrize(
    "damage", [{"results": None}, {"queries": [{}]}, {"groups": [3]}, {"results": [{"label": "bm25"}]}, {"ranked": 3}]
)
def test_a_damaged_comparison_is_refused(found: Comparison, damage: dict) -> None:
    with pytest.raises(EvaluationError, match="the comparison is damaged"):
        Comparison.from_dict({**json.loads(json.dumps(found.to_dict())), **damage})


def test_enough_queries_bring_a_choice() -> None:
    qrels = {f"q{i}": {"a": 1} for i in range(10)}
    good = Run("dense", {q: [("a", 1.0)] for q in qrels})
    bad = Run("bm25", {q: [("x", 2.0), ("a", 1.0)] for q in qrels})
    found = compare([bad, good], (), qrels, measures=("nDCG@10",))
    assert found.choice is not None
    assert found.choice.chosen == "dense"
    assert compare([bad], (), qrels).choice is None
    few = {q: qrels[q] for q in list(qrels)[:9]}
    assert compare([bad, good], (), few).choice is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"runs": []}, "runs of different names"),
        ({"runs": [BASE, BASE]}, "runs of different names"),
        ({"runs": [BASE], "baseline": "dense"}, "the baseline 'dense' is none of the runs; choose one of bm25"),
        ({"runs": [BASE], "queries": (Query("z", "z"),)}, "none of the queries was judged"),
        ({"runs": [BASE], "measures": ("Magic@10",)}, "Magic@10"),
        ({"runs": [BASE], "seed": -1}, "the seed is -1"),
        ({"runs": [Run("tied", {"q1": [("a", 1.0), ("b", 1.0)]})]}, "ties with the one before"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments: dict, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        compare(**{"queries": QUERIES, "qrels": QRELS, **arguments})


def test_a_stranger_is_named(found: Comparison) -> None:
    with pytest.raises(EvaluationError, match="no system 'nope'"):
        found.result("nope")
    with pytest.raises(EvaluationError, match="no system 'nope'"):
        found.duel("hybrid", "nope")
    with pytest.raises(EvaluationError, match="no query 'nope'"):
        found.query("nope")
    with pytest.raises(EvaluationError, match="format 99"):
        Comparison.from_dict({**found.to_dict(), "format": 99})
