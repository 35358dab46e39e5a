"""Fine-tuning a small embedder on a shop's own catalogue.

Anchors are drawn to their positives and away from every other text of their batch (multiple negatives ranking:
Henderson et al., Efficient Natural Language Response Suggestion for Smart Reply, arXiv:1705.00652, section 4.4). For
large batches the gradients of the vectors are cached (Gao et al., Scaling Deep Contrastive Learning Batch Size under
Memory Limited Setup, arXiv:2101.06983), which gives the same loss in less memory.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.dense.encoders.sentence_transformers import fingerprint, prefixes
from retrieval.errors import SettingsError, TrainingError
from retrieval.protocols import FloatArray, Progress
from training import trainer
from training.batches import DistinctBatches, key
from training.dense_dev import DenseDev, measure
from training.records import Triplet
from training.schedule import Schedule
from training.trainer import TrainedModel

STAGE = "embedder"
BEFORE = "before "
"""Stands before the name of a measure that was taken of the model to start from."""


@dataclass(frozen=True, kw_only=True)
class EmbedderSettings(Schedule):
    """Settings of an embedder's training, beside those of every training.

    `hard_negatives` is how many of a triplet's negatives are read, in their order; `max_length` how many model tokens
    of a text are, while it is trained (the saved model keeps the window of its base). `scale` is what cosines are
    multiplied by, one over the temperature. With `symmetric` positives are drawn to their anchors as well. In batches
    of more than `cached_over` rows, `mini_batch` of them go through the model at once. Raises SettingsError for a value
    that makes no sense.
    """

    epochs: float = 2.0
    batch: int = 64
    learning_rate: float = 3e-5
    hard_negatives: int = 1
    max_length: int = 64
    scale: float = 20.0
    symmetric: bool = True
    cached_over: int = 128
    mini_batch: int = 32

    def __post_init__(self) -> None:
        super().__post_init__()
        least = {"batch": 2, "hard_negatives": 0, "max_length": 8, "cached_over": 1, "mini_batch": 1}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise SettingsError(f"{name} of an embedder's training is {getattr(self, name)}; take {low} or more")
        if not 0 < self.scale < math.inf:
            raise SettingsError(f"scale of an embedder's training is {self.scale}; take a number above 0, as 20")


def train_embedder(
    triplets: Sequence[Triplet],
    base: str | Path,
    folder: str | Path,
    settings: EmbedderSettings | None = None,
    progress: Progress | None = None,
    *,
    dev: DenseDev | None = None,
    resume: bool = True,
) -> TrainedModel:
    """Fine-tune the embedder in the folder `base`; the model comes into `folder/model`.

    It is the one of the step with the best nDCG@10 on `dev`, the last one where there is no `dev`; `measures` holds the
    values at that step, and under `before nDCG@10` and so on those of the base. With `resume` a training of the same
    triplets, base, settings and `dev` goes on from its last checkpoint, or is handed back where it was done. `progress`
    is told optimiser steps as `embedder`. Raises TrainingError where there is nothing to learn from or the loss is no
    number any more, ModelUnavailable where the base cannot be loaded.
    """
    chosen, folder, base = settings or EmbedderSettings(), Path(folder), Path(base)
    rows = learnable(triplets, chosen.hard_negatives)
    named = trainer.identity(rows, STAGE, chosen.to_dict(), fingerprint(base), [] if dev is None else dev)
    done = trainer.opened(folder, named, resume)
    if done is not None:
        return done
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
    from sentence_transformers import SentenceTransformerTrainingArguments as Arguments

    model = trainer.loaded(SentenceTransformer, base)
    query, passage = own_prompts(model, base)
    batches = DistinctBatches(rows, chosen.batch, math.ceil(chosen.epochs), chosen.seed)
    window = min(chosen.max_length, int(model.max_seq_length or chosen.max_length))
    task = trainer.Task(
        trainer=SentenceTransformerTrainer,
        arguments_class=Arguments,
        model=model,
        rows=table(rows, chosen.hard_negatives, query, passage),
        loss=loss_of(model, chosen),
        batch=chosen.batch,
        arguments={"batch_sampler": lambda *_, **__: batches},
        mixins=(type("Collating", (_Collating,), {"window": window}),),
    )
    bf16 = trainer.in_bf16(chosen)
    cut, steps = _cut_off(chosen, len(batches))
    tell = progress or _untold
    begun = trainer.last_checkpoint(folder / trainer.CHECKPOINTS)
    tell(STAGE, int(begun.name.rpartition("-")[2]) if begun else 0, steps)
    before: dict[str, float] = {}
    if dev is not None:
        before = {BEFORE + name: value for name, value in measure(dev, _Encoding(model, query, passage, bf16)).items()}
    best_step, measures = trainer.fit(
        task,
        cut,
        folder,
        STAGE,
        tell,
        None if dev is None else lambda now: measure(dev, _Encoding(now, query, passage, bf16)),
    )
    return trainer.closed(folder, model, best_step, {**measures, **before})


def learnable(triplets: Sequence[Triplet], negatives: int) -> list[Triplet]:
    """Return the triplets with this many negatives at most, none of which is right for its anchor.

    Right are the anchor's own text and every positive that any triplet names for it. Raises TrainingError for fewer
    than two triplets, with which nothing stands beside a positive, and for one with an empty text.
    """
    if len(triplets) < 2:
        raise TrainingError(
            f"an embedder learns by comparing, and there {'is' if triplets else 'are'} {len(triplets)} triplet"
            f"{'' if len(triplets) == 1 else 's'}; take a catalogue with more products or descriptions"
        )
    right: dict[str, set[str]] = {}
    for number, triplet in enumerate(triplets, start=1):
        anchor = key(triplet.anchor)
        if not anchor or not all(key(text) for text in (triplet.positive, *triplet.negatives)):
            raise TrainingError(f"triplet {number} has an empty text ({triplet.anchor[:60]!r}); leave it out")
        right.setdefault(anchor, {anchor}).add(key(triplet.positive))
    return [
        replace(
            triplet,
            negatives=tuple(text for text in triplet.negatives if key(text) not in right[key(triplet.anchor)])[
                :negatives
            ],
        )
        for triplet in triplets
    ]


def own_prompts(model: Any, base: Path) -> tuple[str, str]:
    """Return what stands before a query and before a passage, and have the model keep it in its configuration.

    A base that names none has those of its family by the name of its folder; under the name of a trained model the
    family would not be known any more.
    """
    # The hub's cache calls a folder by its revision, and the one that has the model's name lies two above it.
    name = base.parent.parent.name if base.parent.name == "snapshots" else base.name
    query, passage = prefixes(name, dict(model.prompts or {}))
    if query or passage:
        model.prompts = {**(model.prompts or {}), "query": query, "document": passage}
    return query, passage


def table(triplets: Sequence[Triplet], negatives: int, query: str, passage: str) -> Any:
    """Return the texts as a datasets.Dataset, prompts before them as in serving.

    Its columns are anchor, positive, negative_1 and so on; where a triplet has fewer negatives they hold None.
    """
    from datasets import Dataset, Features, Value

    columns = {
        "anchor": [query + triplet.anchor for triplet in triplets],
        "positive": [passage + triplet.positive for triplet in triplets],
    }
    held: dict[str, list[str | None]] = {
        f"negative_{place + 1}": [
            passage + triplet.negatives[place] if place < len(triplet.negatives) else None for triplet in triplets
        ]
        for place in range(negatives)
    }
    whole = {**columns, **{name: texts for name, texts in held.items() if any(texts)}}
    return Dataset.from_dict(whole, features=Features({name: Value("string") for name in whole}))


def loss_of(model: Any, settings: EmbedderSettings) -> Any:
    """Return the loss of these settings: cached for large batches, which changes its memory and not its value."""
    from sentence_transformers.sentence_transformer import losses

    ways: Mapping[str, Any] = {
        "scale": settings.scale,
        "directions": ("query_to_doc", "doc_to_query") if settings.symmetric else ("query_to_doc",),
        "partition_mode": "per_direction" if settings.symmetric else "joint",
    }
    if settings.batch > settings.cached_over:
        return losses.CachedMultipleNegativesRankingLoss(model, mini_batch_size=settings.mini_batch, **ways)
    return losses.MultipleNegativesRankingLoss(model, **ways)


def _cut_off(settings: EmbedderSettings, batches: int) -> tuple[EmbedderSettings, int]:
    """Return the settings and the steps they make, without a cut-off after the last epoch: the Trainer would go on."""
    steps = math.ceil(settings.epochs * -(-batches // settings.accumulation))
    if settings.max_steps and settings.max_steps < steps:
        return settings, settings.max_steps
    return replace(settings, max_steps=None), steps


class _Collating:
    """Stands before a Trainer's class: texts are cut after `window` tokens, and a batch has no empty columns."""

    window: int

    def get_data_collator(self, *given: Any, **named: Any) -> Any:
        whole = super().get_data_collator(*given, **named)  # type: ignore[misc]
        whole.max_length = self.window
        return _WithoutGaps(whole)


class _WithoutGaps:
    """Hands a batch on without the columns that are empty in it; its rows have the same ones."""

    def __init__(self, collate: Any) -> None:
        self._collate = collate
        self.valid_label_columns = collate.valid_label_columns

    def __call__(self, rows: Sequence[Mapping[str, str | None]]) -> Any:
        return self._collate([{name: text for name, text in row.items() if text is not None} for row in rows])


class _Encoding:
    """The model in training, encoding as serving will; in bfloat16 (faster) where it is trained in that."""

    def __init__(self, model: Any, query: str, passage: str, bf16: bool) -> None:
        self._model, self._query, self._passage, self._bf16 = model, query, passage, bf16

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return one unit row a text."""
        import torch

        prefix = self._query if query else self._passage
        with torch.autocast(self._model.device.type, dtype=torch.bfloat16, enabled=self._bf16):
            rows = self._model.encode(
                [prefix + text for text in texts],
                prompt="",
                batch_size=64,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(rows, dtype=np.float32)


def _untold(stage: str, done: int, total: int) -> None:
    return None
