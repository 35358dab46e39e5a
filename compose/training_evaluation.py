"""What trained models are worth on queries that no training saw, beside what serves and its parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import EvaluationError, ModelUnavailable

if TYPE_CHECKING:
    from evaluation.comparison import Comparison
    from evaluation.records import Qrels, Query
    from retrieval.loading import LoadedBuild
    from retrieval.protocols import Progress
    from retrieval.settings import Settings

MODES = ("bm25", "dense", "hybrid", "rerank")
QUERIES = 300


def evaluate_models(
    settings: Settings,
    name: str,
    versions: Sequence[str] = (),
    *,
    queries: Path | None = None,
    qrels: Path | None = None,
    most: int = QUERIES,
    seed: int = 7,
    progress: Progress | None = None,
) -> Comparison:
    """Compare the modes that serve, and trained models of these versions, on held-out queries.

    Those are `most` silver queries of the test side, or the judged ones of two files. Raises ModelUnavailable for a
    version that is not there, EvaluationError where there are no queries.
    """
    from compose.evaluations import runnable
    from compose.proving import WithScorer
    from compose.ranking import EngineRanker
    from compose.training import trained_models
    from evaluation.comparison import compare
    from evaluation.measures import DEFAULT
    from evaluation.systems import System
    from retrieval.loading import open_build
    from retrieval.models import ModelPool, Resolved, load_scorer
    from shop import synonyms

    models, said = ModelPool(settings), synonyms.load(settings.data_dir, name)
    there = {model.version: model for model in trained_models(settings, name)}
    for version in versions:
        if version not in there:
            raise ModelUnavailable(f"{name!r} has no trained model {version!r}; see: product-search train list")
    build = open_build(settings.index_dir, name, settings)
    try:
        asked, judged = _held_out(build, queries, qrels, most, seed)
        ranker = EngineRanker(build, settings, models, synonyms=said)
        systems = [System(mode) for mode in MODES]  # type: ignore[arg-type]
        for model in (there[version] for version in versions):
            if model.kind == "embedder":
                source = str(model.folder)
                systems += [
                    System("dense", encoder=source, name=f"dense with {model.version}"),
                    System("hybrid", encoder=source, name=f"hybrid with {model.version}"),
                ]
        there_now, notes = runnable(ranker, systems)
        runs = list(ranker.rank(there_now, asked, progress))
        measured = list(there_now)
        for model in (there[version] for version in versions):
            if model.kind == "reranker":
                scorer = load_scorer(Resolved(str(model.folder), model.version, "asked for"), settings)
                system = System("rerank", name=f"rerank with {model.version}")
                own = EngineRanker(build, settings, WithScorer(models, scorer), synonyms=said)
                runs += own.rank([system], asked, progress)
                measured.append(system)
    finally:
        build.close()
    baseline = "hybrid" if any(system.label == "hybrid" for system in measured) else measured[0].label
    return compare(
        runs,
        asked,
        judged,
        baseline=baseline,
        measures=("nDCG@10", "Recall@1", *(each for each in DEFAULT if each != "nDCG@10")),
        systems=measured,
        notes=notes,
    )


def _held_out(
    build: LoadedBuild, queries: Path | None, qrels: Path | None, most: int, seed: int
) -> tuple[list[Query], Qrels]:
    """Return queries and their judgements: those of the files, or silver ones of the test side."""
    from evaluation.files import read_qrels, read_queries
    from evaluation.records import Query
    from training.queries import draw, silver

    if queries is not None and qrels is not None:
        judged = read_qrels(qrels)
        asked = [query for query in read_queries(queries) if query.query_id in judged]
    else:
        drawn = draw(silver(build.store.all_products(), seed)["test"], most, seed)
        judged = {query.query_id: dict(query.grades) for query in drawn}
        asked = [Query(query.query_id, query.text, query.type) for query in drawn]
    if not asked:
        raise EvaluationError(
            f"there are no held-out queries of {build.manifest.name!r}; give --queries and --qrels that judge them"
        )
    return asked, judged
