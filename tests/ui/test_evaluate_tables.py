"""A comparison as tables and charts, by hand arithmetic."""

from __future__ import annotations

import pytest

from evaluation.comparison import Comparison, compare
from evaluation.records import Query, Run
from evaluation.systems import System, parse
from ui import evaluate_queries, evaluate_tables

QUERIES = (Query("a", "lamp", "short"), Query("b", "a red lamp for my desk", "long"))
QRELS = {"a": {"x": 1, "y": 0}, "b": {"x": 1, "z": 2}}


def run_of(system: System, first: str, milliseconds: float) -> Run:
    """Return a run that ranks one product first for both queries, another after it."""
    ranked = {q.query_id: [(first, 2.0), ("u", 1.0)] for q in QUERIES}
    return Run(system.label, ranked, {q.query_id: milliseconds for q in QUERIES})


def made(*pairs: tuple[str, str, float]) -> Comparison:
    systems = [parse(spec) for spec, _, _ in pairs]
    runs = [run_of(system, first, spent) for system, (_, first, spent) in zip(systems, pairs, strict=True)]
    return compare(runs, QUERIES, QRELS, measures=("MRR@10", "Recall@10"), systems=systems)


def test_the_best_mean_stands_first_with_its_place_against_the_baseline() -> None:
    found = made(("bm25", "u0", 2.0), ("hybrid", "x", 30.0))
    table = evaluate_tables.means(found, "MRR@10")
    assert table["Ranking"] == ["hybrid", "bm25"]
    assert table["MRR@10"] == [1.0, 0.0]
    assert table["Against the baseline"] == ["+1.000 (+1.000 to +1.000)", "baseline"]
    assert table["p"] == ["0.500", ""]  # of four ways to sign two equal differences, two are as far from 0
    assert table["Wins / ties / losses"] == ["2 / 0 / 0", ""]
    assert table["Judged@10"] == ["50%", "0%"]  # x was judged, u never was
    assert table["Median time"] == ["30 ms", "2.0 ms"]
    recall = evaluate_tables.means(found, "Recall@10")
    assert recall["Recall@10"] == [(1 + 1 / 2) / 2, 0.0]


def test_one_ranking_alone_has_nothing_to_be_set_against() -> None:
    table = evaluate_tables.means(made(("bm25", "x", 2.0)), "MRR@10")
    assert "p" not in table
    assert evaluate_tables.latency_points(made(("bm25", "x", 2.0)), "MRR@10") == []


def test_silver_queries_are_told_by_their_ids() -> None:
    run = Run("mine", {"silver-v1-0a": [("x", 1.0)]}, {})
    silver, own = Query("silver-v1-0a", "lamp"), Query("q1", "lamp")
    qrels = {"silver-v1-0a": {"x": 1}, "q1": {"x": 1}}
    assert evaluate_tables.made_from_catalogue(compare([run], [silver], qrels))
    assert not evaluate_tables.made_from_catalogue(compare([run], [silver, own], qrels))


def test_groups_have_a_row_each_with_their_number_of_queries() -> None:
    found = made(("bm25", "y", 2.0), ("hybrid", "z", 3.0))
    assert evaluate_tables.groups(found, "type", "MRR@10", ["hybrid", "bm25"]) == {
        "Type of query": ["short", "long"],
        "Queries": [1, 1],
        "hybrid": [0.0, 1.0],
        "bm25": [0.0, 0.0],
    }
    lengths = evaluate_tables.groups(found, "words", "MRR@10", ["hybrid"])
    assert lengths is not None
    assert lengths["Queries"] == [1, 1]
    untyped = compare([run_of(parse("bm25"), "x", 1.0)], [Query("a", "lamp")], QRELS)
    assert evaluate_tables.groups(untyped, "type", "nDCG@10", ["bm25"]) is None


def test_points_are_coloured_by_mode_where_there_are_many() -> None:
    few = evaluate_tables.latency_points(made(("bm25", "x", 2.0), ("hybrid:rrf_k=20", "y", 9.0)), "MRR@10")
    assert [(point.ranking, point.group, point.x, point.y) for point in few] == [
        ("bm25", "bm25", 2.0, 1.0),
        ("hybrid:rrf_k=20", "hybrid:rrf_k=20", 9.0, 0.0),
    ]
    many = evaluate_tables.latency_points(made(*((f"hybrid:rrf_k={k}", "x", 2.0) for k in range(1, 13))), "MRR@10")
    assert {point.group for point in many} == {"hybrid"}


def test_a_sweep_is_a_line_of_three_or_more_weights() -> None:
    weights = [("hybrid:alpha=0.9", "x", 1.0), ("hybrid:alpha=0.1", "y", 1.0), ("hybrid:alpha=0.5", "x", 1.0)]
    assert evaluate_tables.sweeps(made(*weights[:2], ("hybrid:alpha=rule", "x", 1.0)), "MRR@10") == []
    points = evaluate_tables.sweeps(made(*weights, ("hybrid:alpha=0.2:backend=fts5", "x", 1.0)), "MRR@10")
    assert [(point.x, point.y, point.group) for point in points] == [
        (0.1, 0.0, "hybrid:fusion=weighted"),
        (0.5, 1.0, "hybrid:fusion=weighted"),
        (0.9, 1.0, "hybrid:fusion=weighted"),
    ]


def test_right_products_that_no_ranking_shows_are_named_best_first() -> None:
    grades = {"a": 1, "b": 3, "c": 0, "d": 2, "e": 3}
    assert evaluate_tables.right_products(grades, 2) == ["b", "e", "d"]
    assert evaluate_tables.unshown(grades, 1, [["b", "c"], ["c", "d"]], 1) == ["e", "d", "a"]
    assert evaluate_tables.unshown(grades, 1, [["b", "c"], ["c", "d"]], 2) == ["e", "a"]


@pytest.mark.parametrize(
    ("value", "text"), [(0.04, "+0.040"), (-0.125, "−0.125"), (0.0, "0.000"), (-0.0001, "0.000"), (1, "+1.000")]
)
def test_a_difference_has_its_sign(value: float, text: str) -> None:
    assert evaluate_tables.signed(value) == text


def test_p_values_are_never_nothing() -> None:
    assert [evaluate_tables.p_text(p) for p in (0.0002, 0.001, 0.25)] == ["< 0.001", "0.001", "0.250"]


def test_a_judgement_is_green_where_it_counts_as_right() -> None:
    assert evaluate_queries.badge(2, 2) == ":green-badge[2]"
    assert evaluate_queries.badge(1, 2) == ":gray-badge[1]"
    assert evaluate_queries.badge(None, 1) == ":gray-badge[?]"
