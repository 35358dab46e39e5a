"""How long, how fast and in what steps a model is trained: what embedder and cross-encoder have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

from retrieval.errors import SettingsError

Curve = Literal["linear", "cosine", "constant_with_warmup"]
CURVES: tuple[Curve, ...] = ("linear", "cosine", "constant_with_warmup")


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Settings of a training.

    `batch` is what goes through the model at once, `accumulation` how many batches an optimiser step takes its gradient
    from; `warmup` is the part of the steps in which the learning rate rises, `schedule` its curve afterwards. `bf16` is
    "auto" for where the processor computes in it. `evaluate_every` is in optimiser steps, None for a quarter of them;
    after `patience` evaluations without a better value the training ends early, with 0 never. `max_steps` cuts the
    training off. Raises SettingsError for a value that makes no sense.
    """

    epochs: float = 1.0
    batch: int = 32
    accumulation: int = 1
    learning_rate: float = 2e-5
    warmup: float = 0.1
    schedule: Curve = "linear"
    weight_decay: float = 0.01
    bf16: bool | Literal["auto"] = "auto"
    evaluate_every: int | None = None
    patience: int = 2
    log_every: int = 10
    max_steps: int | None = None
    seed: int = 7

    def __post_init__(self) -> None:
        least = {"batch": 1, "accumulation": 1, "evaluate_every": 1, "log_every": 1, "max_steps": 1, "patience": 0}
        for name, low in least.items():
            value = getattr(self, name)
            if value is not None and value < low:
                raise SettingsError(f"{name} of a training is {value}; take {low} or more")
        if not self.epochs > 0 or not self.learning_rate > 0:
            raise SettingsError(
                f"a training of {self.epochs} epochs at the learning rate {self.learning_rate} learns nothing; "
                "take numbers above 0"
            )
        if not 0 <= self.warmup < 1:
            raise SettingsError(f"warmup of a training is {self.warmup}; it is a part of the steps, from 0 to below 1")
        if self.schedule not in CURVES:
            raise SettingsError(f"unknown schedule {self.schedule!r} of a training; there are {', '.join(CURVES)}")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return settings from what `to_dict` gave; raise SettingsError for a name that there is not."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise SettingsError(
                f"unknown training setting{'s' * (len(unknown) > 1)} {', '.join(unknown)}; "
                f"there are {', '.join(sorted(known))}"
            )
        return cls(**values)
