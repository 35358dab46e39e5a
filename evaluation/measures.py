"""What a run is worth against judgements, computed by ir_measures on pytrec_eval (trec_eval's own code).

Definitions as in trec_eval (https://trec.nist.gov/trec_eval), n being the number of products relevant to the query:
nDCG@k gains a product's grade divided by log2(rank + 1) (linear gain), over the same sum of the best order possible;
MRR@k 1/rank of the first relevant product, 0 past k; MAP@k the precisions at each relevant product of the first k,
summed and divided by n; Precision@k divides by k and Recall@k by n; F1@k is their harmonic mean; Hit rate@k is 1 where
the first k hold a relevant product; R-precision is the precision at n; Judged@k the share of the first k (of all, where
there are fewer) that was judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.records import Qrels, Ranked, Run, Scores
from evaluation.runs import check, tie_free
from evaluation.runs import condensed as condense
from retrieval.errors import EvaluationError

MEASURES = (
    "nDCG@k",
    "MRR@k",
    "MAP@k",
    "Recall@k",
    "Precision@k",
    "F1@k",
    "Hit rate@k",
    "R-precision",
    "Judged@k",
)
"""Every measure there is; k is a number from 1."""
DEFAULT = (
    "nDCG@10",
    "MRR@10",
    "MAP@100",
    "Recall@10",
    "Recall@100",
    "Precision@10",
    "F1@10",
    "Hit rate@10",
    "R-precision",
    "Judged@10",
)
"""What is measured where nothing else is asked for."""
LARGEST_GRADE = 1000
"""trec_eval makes a table of all grades up to the largest, so a stray number would take the machine's memory."""


def canonical(measure: str) -> str:
    """Return a measure's name as in MEASURES, `ndcg@10` as `nDCG@10`; raise EvaluationError for an unknown one."""
    kind, k = _parse(measure)
    return kind.replace("@k", f"@{k}")


def _parse(measure: str) -> tuple[str, int]:
    name, at, k = measure.partition("@")
    kind = {_letters(kind.partition("@")[0]) + "@" * ("@" in kind): kind for kind in MEASURES}.get(_letters(name) + at)
    if kind is None or (at and not re.fullmatch(r"[1-9][0-9]{0,5}", k.strip())):
        raise EvaluationError(
            f"unknown measure {measure!r}; there are {', '.join(MEASURES)} with a number from 1 to 999999 for k"
        )
    return kind, int(k or 0)


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def score(
    run: Run, qrels: Qrels, measures: Sequence[str] = DEFAULT, *, relevant: int = 1, condensed: bool = False
) -> Scores:
    """Return the value of each measure for every judged query.

    nDCG uses the grades; the others count a product as relevant from grade `relevant` on. A judged query without
    results scores 0. One without a relevant product (`unanswerable` names those) counts as 0 in the binary measures
    whatever was ranked, as in trec_eval, and in nDCG too where it has no grade above 0. A query that was not judged is
    left out. With `condensed`, products that were not judged for their query are taken out first (Sakai, Alternatives
    to Bpref, SIGIR 2007, pp. 71-78).

    Raises EvaluationError for an unknown measure, for judgements that check_qrels refuses and for a run that is tied,
    unsorted or names a product twice.
    """
    names = [canonical(measure) for measure in measures]
    check_qrels(qrels)
    if not 1 <= relevant <= LARGEST_GRADE:
        raise EvaluationError(
            f"relevant products start at grade {relevant}; grade 0 means not relevant and {LARGEST_GRADE} is the "
            f"highest, so take 1 to {LARGEST_GRADE}"
        )
    check(run)
    ranked = (condense(run, qrels) if condensed else run).ranked
    judged = {query_id: grades for query_id, grades in qrels.items() if grades}
    parts = {name: _parts(name, relevant) for name in names}
    found = _computed(judged, ranked, {part for several in parts.values() for part in several})
    return Scores(
        run=run.name,
        values={
            name: {query_id: _whole([found.get((query_id, part), 0.0) for part in several]) for query_id in judged}
            for name, several in parts.items()
        },
    )


def _parts(name: str, relevant: int) -> list[Any]:
    """Return the measures of ir_measures that a measure is the harmonic mean of: itself alone, but for F1."""
    from ir_measures import AP, RR, Judged, P, R, Rprec, Success, nDCG

    kind, k = _parse(name)
    if kind == "R-precision":
        return [Rprec(rel=relevant)]
    if kind == "nDCG@k":
        return [nDCG @ k]
    if kind == "Judged@k":
        return [Judged @ k]
    if kind == "F1@k":
        return [P(rel=relevant) @ k, R(rel=relevant) @ k]
    binary = {"MRR@k": RR, "MAP@k": AP, "Recall@k": R, "Precision@k": P, "Hit rate@k": Success}
    return [binary[kind](rel=relevant) @ k]


def _whole(parts: Sequence[float]) -> float:
    return len(parts) / sum(1 / part for part in parts) if all(parts) else 0.0


def _computed(judged: Qrels, ranked: Mapping[str, Ranked], parts: set[Any]) -> dict[tuple[str, Any], float]:
    """Return value by query id and measure, for the queries that have results."""
    import ir_measures

    # pytrec_eval keeps ids as C strings, and crashes on one that holds a NUL or half a surrogate pair: it gets numbers.
    query_ids = [query_id for query_id in judged if ranked.get(query_id)]
    grades: dict[str, dict[str, int]] = {}
    scores: dict[str, dict[str, float]] = {}
    for number, query_id in enumerate(query_ids):
        ids = {product_id: str(place) for place, product_id in enumerate(judged[query_id])}
        grades[str(number)] = {ids[product_id]: int(grade) for product_id, grade in judged[query_id].items()}
        scores[str(number)] = {
            ids.setdefault(product_id, str(len(ids))): float(value) for product_id, value in ranked[query_id]
        }
    if not query_ids:
        return {}
    metrics = ir_measures.evaluator(list(parts), grades).iter_calc(scores)
    return {(query_ids[int(metric.query_id)], metric.measure): float(metric.value) for metric in metrics}


def check_qrels(qrels: Qrels) -> None:
    """Raise EvaluationError unless there is a judgement and every grade is a whole number from 0 to LARGEST_GRADE."""
    if not any(qrels.values()):
        raise EvaluationError("the judgements are empty; judge some products, or name the file that holds the grades")
    for query_id, grades in qrels.items():
        for product_id, grade in grades.items():
            if not 0 <= grade <= LARGEST_GRADE or grade != int(grade):
                raise EvaluationError(f"query {query_id!r}, product {product_id!r}: {bad_grade(grade)}")


def bad_grade(grade: object) -> str:
    """Return what is wrong with a grade and what to do."""
    return f"the grade is {grade}, not a whole number from 0 (not relevant) to {LARGEST_GRADE}; correct or remove it"


def unanswerable(qrels: Qrels, relevant: int = 1) -> tuple[str, ...]:
    """Return the ids of the judged queries that no product is relevant to: every run scores 0 on them.

    nDCG counts grade 1 as well, so with a higher `relevant` it may be above 0 there.
    """
    return tuple(
        query_id for query_id, grades in qrels.items() if grades and all(grade < relevant for grade in grades.values())
    )


def by_product(chunk_ranked: Ranked, product_of: Mapping[str, str]) -> Ranked:
    """Return the products of ranked chunks, each by its best chunk, free of ties.

    Raises EvaluationError for a chunk that `product_of` (product id by chunk id) does not know.
    """
    for chunk_id, _ in chunk_ranked:
        if chunk_id not in product_of:
            raise EvaluationError(f"chunk {chunk_id!r} belongs to no product; index the catalogue again and rank anew")
    return tie_free((product_of[chunk_id], value) for chunk_id, value in chunk_ranked)
