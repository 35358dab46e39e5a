"""Low-rank adapters for cross-encoders (Hu and others, LoRA, ICLR 2022), merged into the weights that are served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from retrieval.errors import SettingsError, TrainingError

_BERT = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense")
_DEBERTA = ("query_proj", "key_proj", "value_proj", "attention.output.dense")
# By the configuration's model_type: the layers that get adapters, and the head, which is trained whole. MiniLM and
# BGE are of the family bert.
_FAMILIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "bert": (_BERT, ("bert.pooler", "classifier")),
    "roberta": (_BERT, ("classifier",)),
    "xlm-roberta": (_BERT, ("classifier",)),
    "deberta-v2": (_DEBERTA, ("pooler", "classifier")),
    "distilbert": (("q_lin", "k_lin", "v_lin", "out_lin"), ("pre_classifier", "classifier")),
}


@dataclass(frozen=True, slots=True)
class LoraSettings:
    """Rank and scale (`alpha` / `r`) of the adapters, their dropout, and the layers that get one.

    `target` "auto" takes the attention's projections of the backbone's family; else it is names or ends of names of
    linear layers. Raises SettingsError for a value that makes no sense.
    """

    r: int = 16
    alpha: int = 32
    dropout: float = 0.05
    target: Literal["auto"] | tuple[str, ...] = "auto"

    def __post_init__(self) -> None:
        if self.r < 1 or self.alpha < 1 or not 0 <= self.dropout < 1:
            raise SettingsError(
                f"LoRA of rank {self.r}, alpha {self.alpha} and dropout {self.dropout}: take a rank and an alpha "
                "from 1 and a dropout from 0 to below 1"
            )
        if not self.target:
            raise SettingsError("LoRA on no layer at all: name the linear layers, or take auto")


def add_adapters(model: Any, settings: LoraSettings) -> Any:
    """Put adapters into a transformers model and freeze all else of it but its head for sequence classification.

    Returns what `merge` takes. Raises TrainingError for a backbone of another family where `target` is "auto", and for
    layers that there are not.
    """
    from peft import LoraConfig, LoraModel

    family = str(model.config.model_type)
    if family not in _FAMILIES:
        raise TrainingError(
            f"LoRA does not know the head of a backbone of type {family!r}, only of {', '.join(_FAMILIES)}; "
            "train without LoRA"
        )
    target, head = _FAMILIES[family]
    names: Sequence[str] = target if settings.target == "auto" else settings.target
    config = LoraConfig(
        r=settings.r, lora_alpha=settings.alpha, lora_dropout=settings.dropout, target_modules=list(names)
    )
    try:
        adapted = LoraModel(model, config, "default")
    except ValueError as error:
        raise TrainingError(f"LoRA cannot be put on {', '.join(names)} of a {family} model: {error}") from error
    # An adapter of low rank is too little for a head that begins at random. A bare encoder's head stands outside of it.
    for part in head if hasattr(model, "classifier") else ():
        model.get_submodule(part).requires_grad_(True)
    return adapted


def merge(adapted: Any) -> None:
    """Add the adapters to the weights of the model that `add_adapters` was given, which then is as it was before.

    Raises TrainingError where an adapter holds a value that is no number.
    """
    try:
        adapted.merge_and_unload(safe_merge=True)
    except ValueError as error:
        raise TrainingError(f"the LoRA adapters cannot be merged: {error}; take a lower learning rate") from error
    for weights in adapted.model.parameters():
        weights.requires_grad_(True)
