"""The course of a training on disk: a line of JSON a step, and events for TensorBoard and Weights & Biases."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from retrieval.errors import DataError
from retrieval.files import replace_text
from training.records import Step

HISTORY = "history.jsonl"
EVENTS = "tensorboard"


def append(path: Path, step: Step) -> None:
    """Add a step to a history, whose folder exists."""
    with path.open("a", encoding="utf-8") as file:
        file.write(_line(step))


def read(path: Path) -> tuple[Step, ...]:
    """Return the steps of a history in their order, none where there is no file.

    A last line that was not written to its end, as a killed training may leave it, is left out. Raises DataError with
    file and line for any other line that holds no step.
    """
    if not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    steps = []
    for number, line in enumerate(lines, start=1):
        try:
            steps.append(Step(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise DataError(
                f"{path}, line {number}: no step of a training ({error}); delete the file and train again"
            ) from error
    return tuple(steps)


def cut(path: Path, step: int) -> None:
    """Take out of a history what came after a step, which a training that goes on from there does again."""
    kept = [each for each in read(path) if each.step <= step]
    if path.is_file():
        replace_text(path, "".join(_line(each) for each in kept))


def best(steps: Sequence[Step], measure: str) -> Step | None:
    """Return the first step with the highest value of a measure, None where it was never taken."""
    taken = [step for step in steps if measure in step.measures]
    return max(taken, key=lambda step: step.measures[measure], default=None)


def _line(step: Step) -> str:
    return json.dumps(asdict(step), allow_nan=False) + "\n"


def reporters(folder: Path, begun: int = 0) -> list[Any]:
    """Return the Trainer's callbacks for TensorBoard and Weights & Biases, for each that is installed.

    Events go into `folder/tensorboard`; those after step `begun` are taken back, since they come again. Weights &
    Biases writes into `folder`, and sends nothing unless WANDB_MODE or WANDB_API_KEY says that it may.
    """
    found: list[Any] = []
    if find_spec("tensorboard"):
        from torch.utils.tensorboard import SummaryWriter
        from transformers.integrations import TensorBoardCallback

        found.append(TensorBoardCallback(SummaryWriter(str(folder / EVENTS), purge_step=begun + 1 if begun else None)))
    if find_spec("wandb"):
        from transformers.integrations import WandbCallback

        if "WANDB_API_KEY" not in os.environ:
            os.environ.setdefault("WANDB_MODE", "offline")
        os.environ.setdefault("WANDB_PROJECT", "product-search")
        os.environ.setdefault("WANDB_DIR", str(folder))
        found.append(WandbCallback())
    return found
