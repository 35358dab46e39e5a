"""Fine-tuning the cross-encoder: examples in, a plain model out that the search serves as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from retrieval.dense.encoders.sentence_transformers import fingerprint
from retrieval.errors import SettingsError, TrainingError
from retrieval.protocols import FloatArray, Progress
from retrieval.rerank import QUERY_WORDS, clip
from training import blending, heads, lora, trainer
from training.length_sampling import EvenRows, length_sampler
from training.losses import LOSSES, POINTWISE, LossName, loss_of
from training.records import Example, Pool
from training.schedule import Schedule
from training.trainer import Task, TrainedModel

STAGE = "reranker"
# A new head's layers, by the end of their names, in any of the families.
_HEAD = r"^model\.1\.|\.(classifier|pooler|pre_classifier)\."
_PREDICT_BATCH = 64


@dataclass(frozen=True, kw_only=True)
class RerankerSettings(Schedule):
    """How a cross-encoder is trained.

    `batch` counts query-passage pairs with every loss. `max_length` is in model tokens, as in serving. `head` is what
    an encoder of sentences gets to begin with (`training.heads.open_base`). `head_learning_rate` is that of the head
    alone, None for the one of all. Raises SettingsError for a value that makes no sense.
    """

    batch: int = 64
    learning_rate: float = 3e-5
    loss: LossName = "listwise"
    max_length: int = 96
    head: heads.HeadName = "auto"
    head_learning_rate: float | None = None
    lora: lora.LoraSettings | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.loss not in LOSSES:
            raise SettingsError(f"unknown loss {self.loss!r} of a cross-encoder; there are {', '.join(LOSSES)}")
        if self.head not in heads.HEADS:
            raise SettingsError(f"unknown head {self.head!r} of a cross-encoder; there are {', '.join(heads.HEADS)}")
        if self.max_length < 8:
            raise SettingsError(f"max_length of a cross-encoder is {self.max_length} tokens; take 8 or more")
        if self.head_learning_rate is not None and not self.head_learning_rate > 0:
            raise SettingsError(f"head_learning_rate is {self.head_learning_rate}; take a number above 0")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return settings from what `to_dict` gave; raise SettingsError for a name that there is not."""
        adapters = values.get("lora")
        if isinstance(adapters, Mapping):
            if not isinstance(adapters.get("target", "auto"), str):
                adapters = {**adapters, "target": tuple(adapters["target"])}
            try:
                values = {**values, "lora": lora.LoraSettings(**adapters)}
            except TypeError as error:
                raise SettingsError(f"unknown setting of LoRA: {error}; there are r, alpha, dropout, target") from error
        return super().from_dict(values)


def train_reranker(
    examples: Sequence[Example],
    dev: Sequence[Pool],
    base: str | Path,
    folder: Path,
    settings: RerankerSettings,
    progress: Progress,
    resume: bool = True,
) -> TrainedModel:
    """Fine-tune a cross-encoder and return its folder of plain weights, `folder/model`.

    `base` is a folder of a cross-encoder with one score, or of any encoder: that gets a new head (`settings.head`). The
    best step is the one of the highest nDCG@10 on the dev pools, reordered by the cross-encoder alone; without pools
    the last one is kept. With `resume` a training of the same examples and settings goes on where it was killed, and
    one that was done is returned. Raises TrainingError for examples that nothing can be learned from, ModelUnavailable
    for a base that cannot be loaded.
    """
    from sentence_transformers.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments
    from transformers import set_seed

    named = trainer.identity(examples, STAGE, fingerprint(Path(base)), asdict(settings), [_told(pool) for pool in dev])
    done = trainer.opened(folder, named, resume)
    if done is not None:
        return done
    rows, lengths, batch = table(examples, settings)
    set_seed(settings.seed)
    passages = (passage for example in examples for passage in example.passages)
    model = heads.open_base(Path(base), settings.max_length, settings.head, passages)
    adapted = lora.add_adapters(model.model, settings.lora) if settings.lora else None
    bf16 = trainer.in_bf16(settings)
    further: dict[str, Any] = {"batch_sampler": length_sampler(lengths, settings.accumulation)}
    if settings.head_learning_rate is not None:
        further["learning_rate_mapping"] = {_HEAD: settings.head_learning_rate}
    best, measures = trainer.fit(
        Task(
            trainer=CrossEncoderTrainer,
            arguments_class=CrossEncoderTrainingArguments,
            model=model,
            rows=rows,
            loss=loss_of(settings.loss, model),
            batch=batch,
            arguments=further,
            mixins=(EvenRows,),
        ),
        settings,
        folder,
        STAGE,
        progress,
        DevPools(dev, bf16) if dev else None,
    )
    if adapted is not None:
        lora.merge(adapted)
    return trainer.closed(folder, model, best, measures)


def open_base(base: Path, max_length: int) -> Any:
    """Return the CrossEncoder of a folder with its own head, or with a linear classifier where it has none.

    Raises ModelUnavailable for a folder that cannot be loaded, as one of a head with several scores.
    """
    return heads.open_base(base, max_length, "classifier")


def table(examples: Sequence[Example], settings: RerankerSettings) -> tuple[Any, list[int], int]:
    """Return the rows for the loss as a datasets.Dataset, the length of each in characters, and the rows of a batch.

    Point-wise losses take a row a pair. The others take a row a query, and as many of them as hold `batch` pairs.
    Raises TrainingError where no query has passages of unlike labels.
    """
    from datasets import Dataset

    unlike = [example for example in examples if len(set(example.labels)) > 1]
    pairs = sum(len(example.labels) for example in examples)
    if not unlike:
        raise TrainingError(
            f"none of {len(examples):,} queries to learn from ({pairs:,} passages) has a right one beside a wrong one; "
            "lower mining.margin to find more wrong ones, or give judged queries"
        )
    queries = [clip(example.query, QUERY_WORDS) for example in examples]
    if settings.loss in POINTWISE:
        columns: dict[str, list[Any]] = {
            "query": [query for query, each in zip(queries, examples, strict=True) for _ in each.passages],
            "passage": [passage for each in examples for passage in each.passages],
            "label": [float(label) for each in examples for label in each.labels],
        }
        lengths = [len(query) + len(text) for query, text in zip(columns["query"], columns["passage"], strict=True)]
        return Dataset.from_dict(columns), lengths, settings.batch
    columns = {
        "query": [clip(each.query, QUERY_WORDS) for each in unlike],
        "passages": [list(each.passages) for each in unlike],
        "label": [[float(label) for label in each.labels] for each in unlike],
    }
    lengths = [max(len(passage) for passage in each.passages) for each in unlike]
    group = sum(len(each.labels) for each in unlike) / len(unlike)
    return Dataset.from_dict(columns), lengths, max(1, round(settings.batch / group))


class DevPools:
    """Measures a cross-encoder on the candidates of real searches: nDCG@10, a right product not found counting too.

    With `bf16` scores are computed in bfloat16, as the training is: steps are compared, in about half the time.
    """

    def __init__(self, pools: Sequence[Pool], bf16: bool = False) -> None:
        self._pools, self._bf16 = list(pools), bf16

    def __call__(self, model: Any) -> Mapping[str, float]:
        """Return nDCG@10 of the pools reordered by the model alone."""
        import torch

        with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=self._bf16):
            scores = score_pools(model, self._pools)
        return {trainer.MEASURE: blending.mean_ndcg(self._pools, scores, 1.0)}


def score_pools(model: Any, pools: Sequence[Pool]) -> list[FloatArray]:
    """Return a CrossEncoder's logits for every pool's candidates, a row a pool; all pairs go through it together."""
    import torch

    pairs = [(clip(pool.text, QUERY_WORDS), each.passage) for pool in pools for each in pool.candidates]
    flat = model.predict(pairs, batch_size=_PREDICT_BATCH, activation_fn=torch.nn.Identity(), show_progress_bar=False)
    ends = np.cumsum([len(pool.candidates) for pool in pools])[:-1]
    return np.split(np.asarray(flat, dtype=np.float32).reshape(len(pairs)), ends)


def _told(pool: Pool) -> object:
    """Return what a pool says to a training, in plain values."""
    read = [(each.product_id, each.passage) for each in pool.candidates]
    return [pool.query.query_id, pool.text, dict(pool.query.grades), read]
