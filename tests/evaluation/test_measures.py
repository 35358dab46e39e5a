from __future__ import annotations

import random
from math import log2

import pytest

from evaluation.measures import DEFAULT, MEASURES, by_product, canonical, score, unanswerable
from evaluation.records import Run
from evaluation.runs import tie_free
from retrieval.errors import EvaluationError
from tests.evaluation.definitions import measured

# Ranked: b (grade 1), u (not judged), a (3), c (0), d (2); e (2) was not found.
QRELS = {"q": {"a": 3, "b": 1, "c": 0, "d": 2, "e": 2}}
RUN = Run("x", {"q": [("b", 5.0), ("u", 4.0), ("a", 3.0), ("c", 2.0), ("d", 1.0)]})


@pytest.mark.parametrize(
    ("measure", "relevant", "value"),
    [
        (
            "nDCG@5",
            1,
            (1 / log2(2) + 3 / log2(4) + 2 / log2(6)) / (3 / log2(2) + 2 / log2(3) + 2 / log2(4) + 1 / log2(5)),
        ),
        ("nDCG@2", 2, (1 / log2(2)) / (3 / log2(2) + 2 / log2(3))),
        ("MRR@5", 1, 1 / 1),
        ("MRR@5", 2, 1 / 3),
        ("MRR@2", 2, 0.0),
        ("MRR@3", 2, 1 / 3),
        ("MAP@5", 1, (1 / 1 + 2 / 3 + 3 / 5) / 4),
        ("MAP@4", 2, (1 / 3) / 3),
        ("Recall@3", 1, 2 / 4),
        ("Recall@5", 2, 2 / 3),
        ("Precision@3", 1, 2 / 3),
        ("Precision@10", 2, 2 / 10),
        ("F1@5", 1, 2 * (3 / 5) * (3 / 4) / (3 / 5 + 3 / 4)),
        ("F1@2", 2, 0.0),
        ("Hit rate@2", 1, 1.0),
        ("Hit rate@2", 2, 0.0),
        ("R-precision", 1, 2 / 4),
        ("R-precision", 2, 1 / 3),
        ("Judged@2", 1, 1 / 2),
        ("Judged@10", 1, 4 / 5),
    ],
)
def test_measures_are_their_arithmetic(measure: str, relevant: int, value: float) -> None:
    found = score(RUN, QRELS, [measure], relevant=relevant)
    assert found.run == "x"
    assert found.values[measure]["q"] == pytest.approx(value, abs=1e-9)
    assert found.mean(measure) == pytest.approx(value, abs=1e-9)


def test_condensed_lists_leave_out_what_was_not_judged() -> None:
    found = score(RUN, QRELS, ["MAP@3", "Judged@5", "nDCG@2"], condensed=True).values
    assert found["MAP@3"]["q"] == pytest.approx((1 / 1 + 2 / 2) / 4)
    assert found["nDCG@2"]["q"] == pytest.approx((1 / log2(2) + 3 / log2(3)) / (3 / log2(2) + 2 / log2(3)))
    assert found["Judged@5"]["q"] == 1.0


def test_queries_without_results_count_and_those_not_judged_do_not() -> None:
    qrels = {"found": {"a": 1}, "empty": {"a": 1}, "absent": {"a": 1}, "only unjudged": {"a": 1}, "no grades": {}}
    run = Run("x", {"found": [("a", 1.0)], "empty": [], "only unjudged": [("z", 1.0)], "not judged": [("a", 1.0)]})
    for condensed in (False, True):
        found = score(run, qrels, DEFAULT, condensed=condensed)
        for measure in DEFAULT:
            values = dict(found.values[measure])
            assert values.pop("found") > 0
            assert values == {"empty": 0.0, "absent": 0.0, "only unjudged": 0.0}
        assert found.mean("Hit rate@10") == 1 / 4


def test_a_run_without_any_results_scores_0() -> None:
    found = score(Run("x", {}), {"q1": {"a": 1}, "q2": {"a": 0}})
    assert found.values == {measure: {"q1": 0.0, "q2": 0.0} for measure in DEFAULT}


def test_queries_without_a_relevant_product_are_named_and_count_as_0() -> None:
    qrels = {"none": {"a": 0}, "some": {"a": 1, "b": 2}, "low": {"a": 1}, "no grades": {}}
    assert unanswerable(qrels) == ("none",)
    assert unanswerable(qrels, relevant=2) == ("none", "low")
    assert unanswerable(qrels, relevant=3) == ("none", "some", "low")
    run = Run("x", {query_id: [("b", 2.0), ("a", 1.0)] for query_id in qrels})
    values = score(run, qrels, relevant=2).values
    for measure in set(DEFAULT) - {"nDCG@10", "Judged@10"}:
        assert (values[measure]["none"], values[measure]["low"]) == (0.0, 0.0)
    # Linear gains need no bar: for nDCG grade 1 is worth something.
    assert values["nDCG@10"]["none"] == 0.0
    assert values["nDCG@10"]["low"] == pytest.approx(1 / log2(3))


ODD = [
    "plain",
    "with space",
    "tab\t",
    "a\x00b",
    "a\x00c",
    "",
    "'\"%s\\",
    "১৮×৩২",
    "\ud83d",
    "e\u0301",
    "é",
    "🧥",
    "0",
    "1",
]


def random_pair(seed: int) -> tuple[Run, dict[str, dict[str, int]]]:
    """Return a run and judgements that share only a part of their queries and products."""
    dice = random.Random(seed)
    products = [*ODD, *(f"p{n}" for n in range(dice.randint(1, 40)))]
    queries = [*dice.sample(ODD, 3), *(f"q{n}" for n in range(5))]
    qrels = {
        query_id: {product_id: dice.choice([0, 0, 1, 1, 2, 3, 7]) for product_id in dice.sample(products, count)}
        for query_id in dice.sample(queries, dice.randint(1, 8))
        for count in [dice.randint(1, len(products))]
    }
    ranked = {
        query_id: tie_free(
            (name, dice.choice([dice.random(), dice.randint(-3, 3)])) for name in dice.choices(products, k=k)
        )
        for query_id in dice.sample(queries, dice.randint(0, 8))
        for k in [dice.randint(0, 60)]
    }
    return Run(f"run {seed}", ranked), qrels


def test_a_thousand_random_runs_measure_as_the_definitions_say() -> None:
    seen = dict.fromkeys(MEASURES, 0)
    for seed in range(1000):
        run, qrels = random_pair(seed)
        dice = random.Random(-seed)
        names = [name.replace("@k", f"@{dice.choice([1, 2, 3, 5, 10, 20, 100])}") for name in MEASURES]
        relevant, condensed = dice.randint(1, 4), dice.random() < 0.25
        found = score(run, qrels, names, relevant=relevant, condensed=condensed).values
        for kind, name in zip(MEASURES, names, strict=True):
            assert found[name].keys() == qrels.keys()
            for query_id, grades in qrels.items():
                ids = [product_id for product_id, _ in run.ranked.get(query_id, [])]
                if condensed:
                    ids = [product_id for product_id in ids if product_id in grades]
                expected = measured(name, ids, grades, relevant)
                assert found[name][query_id] == pytest.approx(expected, abs=1e-6), (seed, name, query_id)
                seen[kind] += 0 < expected < 1
    # Hit rates are 0 or 1; every other measure was seen in between, often.
    assert seen.pop("Hit rate@k") == 0
    assert min(seen.values()) > 500


@pytest.mark.parametrize(
    ("ranked", "said"),
    [
        ([("a", 1.0), ("b", 1.0)], "ties with the one before it"),
        ([("a", 1.0), ("a", 0.5)], "stands on place 1 already"),
        ([("a", 1.0), ("b", 2.0)], "rises from 1.0 to 2.0"),
    ],
)
def test_ties_duplicates_and_unsorted_runs_are_refused(ranked: list[tuple[str, float]], said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        score(Run("x", {"q": ranked}), {"q": {"a": 1}})


@pytest.mark.parametrize(
    ("qrels", "said"),
    [
        ({}, "the judgements are empty"),
        ({"q": {}}, "the judgements are empty"),
        ({"q": {"a": -1}}, "query 'q', product 'a': the grade is -1"),
        ({"q": {"a": 1.5}}, "query 'q', product 'a': the grade is 1.5"),
        ({"q": {"a": 10**9}}, "query 'q', product 'a': the grade is 1000000000"),
        ({"q": {"a": float("nan")}}, "query 'q', product 'a': the grade is nan"),
        ({"q": {"a": float("inf")}}, "query 'q', product 'a': the grade is inf"),
    ],
)
def test_judgements_that_cannot_be_measured_are_refused(qrels: dict[str, dict[str, int]], said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        score(RUN, qrels)


def test_grade_0_is_never_relevant() -> None:
    with pytest.raises(EvaluationError, match="start at grade 0"):
        score(RUN, QRELS, relevant=0)


def test_products_are_relevant_from_a_grade_that_there_can_be() -> None:
    assert score(RUN, QRELS, ["MRR@10"], relevant=1000).mean("MRR@10") == 0
    with pytest.raises(EvaluationError, match=r"start at grade 3000000000; .* so take 1 to 1000"):
        score(RUN, QRELS, relevant=3_000_000_000)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ndcg@10", "nDCG@10"),
        (" MRR @ 5 ", "MRR@5"),
        ("hit-rate@1", "Hit rate@1"),
        ("HitRate@1", "Hit rate@1"),
        ("f1@3", "F1@3"),
        ("R precision", "R-precision"),
        ("judged@999999", "Judged@999999"),
    ],
)
def test_measures_are_known_in_any_spelling(written: str, name: str) -> None:
    assert canonical(written) == name
    assert list(score(RUN, QRELS, [written]).values) == [name]


@pytest.mark.parametrize("name", ["", "@", "@10", "nDCG", "nDCG@", "nDCG@0", "nDCG@-1", "nDCG@1.5", "nDCG@k",
                                  "nDCG@1000000", "R-precision@3", "ERR@10", "nDCG@10@10", "nDCG@১"])  # fmt: skip
def test_an_unknown_measure_is_refused(name: str) -> None:
    with pytest.raises(EvaluationError, match="unknown measure"):
        score(RUN, QRELS, [name])


def test_a_product_ranks_by_its_best_chunk() -> None:
    chunks = [("c1", 0.9), ("c2", 0.8), ("c3", 0.8), ("c4", 0.1)]
    products = {"c1": "lamp", "c2": "vase", "c3": "bowl", "c4": "lamp", "c5": "desk"}
    assert [name for name, _ in by_product(chunks, products)] == ["lamp", "bowl", "vase"]
    with pytest.raises(EvaluationError, match="chunk 'c4' belongs to no product"):
        by_product(chunks, {"c1": "lamp", "c2": "vase", "c3": "bowl"})
