"""What training an embedder and a cross-encoder have in common: the Trainer, its checkpoints, and what is kept.

A training lives in a folder of its own: `training.json` (what is trained, and what came of it), `history.jsonl`,
`checkpoints/` (until it ends) and `model/`, which holds plain weights and tokeniser alone.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from retrieval.errors import ModelUnavailable, TrainingError
from retrieval.files import replace_text
from retrieval.protocols import Progress
from training import history
from training.records import Step
from training.schedule import Schedule

MEASURE = "nDCG@10"
RECORD = "training.json"
CHECKPOINTS = "checkpoints"
MODEL = "model"
CHECKPOINT_S = 120.0
_WEIGHTS = "weights.safetensors"
_STATE = "trainer_state.json"
_WHOLE = (_WEIGHTS, "optimizer.pt", "scheduler.pt", "rng_state.pth", _STATE)


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A trained model's folder of plain weights, its history, and the step it was best at with the measures there."""

    folder: Path
    history: tuple[Step, ...]
    best_step: int
    measures: Mapping[str, float]


class Evaluate(Protocol):
    """Measures a model on queries to develop on; one of the names is MEASURE, of which more is better."""

    def __call__(self, model: Any) -> Mapping[str, float]: ...


@dataclass(frozen=True, slots=True)
class Task:
    """What the Trainer is given: its class and that of its arguments, a model, its examples and its loss.

    `rows` is a datasets.Dataset; `batch` how many of them go through the model at once; `arguments` are further ones by
    name, as `batch_sampler` or `prompts`; `mixins` stand before the Trainer's class.
    """

    trainer: type
    arguments_class: type
    model: Any
    rows: Any
    loss: Any
    batch: int
    arguments: Mapping[str, Any]
    mixins: tuple[type, ...] = ()


def has_bf16() -> bool:
    """Return whether what trains here, a graphics card or else the processor, computes in bfloat16 by itself."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able = torch.cpu.get_capabilities()
    # AVX512_BF16 and AMX of x86, BF16 of ARM. Elsewhere bfloat16 is emulated, slower than float32.
    return any(able.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def in_bf16(schedule: Schedule) -> bool:
    """Return whether a training computes in bfloat16: as it says, or with "auto" where what trains here does."""
    return has_bf16() if schedule.bf16 == "auto" else schedule.bf16


def identity(rows: Iterable[object], *further: object) -> str:
    """Return the SHA-256 of what a training depends on: dataclasses, or what JSON can write."""
    digest = hashlib.sha256()
    for each in (*further, *rows):
        digest.update(json.dumps(each, default=_plain, sort_keys=True).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _plain(value: Any) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    return asdict(value)


def opened(folder: Path, named: str, resume: bool) -> TrainedModel | None:
    """Make a training's folder ready, and return what came of it where it was done already.

    Unless `resume`, or where the folder holds a training of another identity, what it holds is deleted.
    """
    record = _record(folder)
    if not resume or record.get("identity") != named:
        for name in (CHECKPOINTS, MODEL, history.EVENTS):
            shutil.rmtree(folder / name, ignore_errors=True)
        for name in (RECORD, history.HISTORY):
            (folder / name).unlink(missing_ok=True)
        replace_text(folder / RECORD, json.dumps({"identity": named}) + "\n")
        return None
    done = record.get("done")
    if done is None or not (folder / MODEL).is_dir():
        return None
    return TrainedModel(folder / MODEL, history.read(folder / history.HISTORY), done["best_step"], done["measures"])


def _record(folder: Path) -> dict[str, Any]:
    try:
        value = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def closed(folder: Path, model: Any, best_step: int, measures: Mapping[str, float]) -> TrainedModel:
    """Save a trained model, note what came of the training, and delete its checkpoints."""
    save(model, folder / MODEL)
    done = {"best_step": best_step, "measures": dict(measures)}
    replace_text(folder / RECORD, json.dumps({**_record(folder), "done": done}) + "\n")
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
    return TrainedModel(folder / MODEL, history.read(folder / history.HISTORY), best_step, dict(measures))


def save(model: Any, folder: Path) -> None:
    """Write weights (safetensors), configuration and tokeniser into a folder that is there whole or not at all.

    A card of the library's is not written: it would quote rows of the catalogue.
    """
    partial = folder.with_name(f".{folder.name}-partial")
    shutil.rmtree(partial, ignore_errors=True)
    model.save_pretrained(str(partial), create_model_card=False)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def loaded(kind: Callable[..., Any], base: Path, **options: Any) -> Any:
    """Return a model of sentence-transformers read from a folder in float32, never from the hub.

    Raises ModelUnavailable where that fails.
    """
    import torch
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        # Weights stored in half precision are trained in full, else small steps of the optimiser are rounded away.
        return kind(str(base), local_files_only=True, model_kwargs={"dtype": torch.float32}, **options)
    except Exception as error:  # damaged weights and tokenisers raise bare Exceptions of their libraries
        raise ModelUnavailable(f"the model to start from, {base}, cannot be loaded: {error}") from error


class Checkpoints:
    """Stands before a Trainer's class: a checkpoint holds the trained weights alone.

    The Trainer's own would hold the whole model, its arguments as a pickle and a card that quotes the examples.
    """

    model: Any
    args: Any
    state: Any

    def _save(self, output_dir: str | None = None, state_dict: object = None) -> None:
        from safetensors.torch import save_file

        folder = Path(output_dir or self.args.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: each.detach().cpu().contiguous() for name, each in self._trained().items()}, folder / _WEIGHTS)

    def _load_from_checkpoint(self, checkpoint_path: str) -> None:
        self.load(Path(checkpoint_path))

    def load(self, checkpoint: Path) -> None:
        """Put a checkpoint's weights into the model; raise TrainingError where it is another model's."""
        import torch
        from safetensors.torch import load_file

        read, trained = load_file(checkpoint / _WEIGHTS), self._trained()
        if read.keys() != trained.keys():
            raise TrainingError(f"the checkpoint {checkpoint} is of another model; train again without resuming")
        with torch.no_grad():
            for name, weights in read.items():
                trained[name].copy_(weights)

    def _load_best_model(self) -> None:
        """Do nothing: `fit` does, where the Trainer's own would go on with other weights if it could not."""

    def _trained(self) -> dict[str, Any]:
        return {name: each for name, each in self.model.named_parameters() if each.requires_grad}

    def add_model_card_callback(self, default_args_dict: object) -> None:
        """Add none: it reads and tokenises examples for a card that is not written."""


def last_checkpoint(folder: Path) -> Path | None:
    """Return the newest whole checkpoint in a folder, None where there is none; delete those that are not whole."""
    whole: dict[int, Path] = {}
    for each in folder.glob("checkpoint-*"):
        try:
            json.loads((each / _STATE).read_text(encoding="utf-8"))
            complete = all((each / name).is_file() for name in _WHOLE)
        except (OSError, ValueError):
            complete = False
        if complete:
            whole[int(each.name.removeprefix("checkpoint-"))] = each
        else:
            shutil.rmtree(each)
    return whole[max(whole)] if whole else None


def fit(
    task: Task, schedule: Schedule, folder: Path, stage: str, progress: Progress, evaluate: Evaluate | None
) -> tuple[int, dict[str, float]]:
    """Train a model, going on from the folder's last checkpoint, and leave in it the weights of its best step.

    Best is the highest MEASURE of `evaluate`, the last step where there is none. Returns that step and its measures.
    `progress` is told optimiser steps as `stage`. Raises TrainingError where the loss is no longer a number.
    """
    from transformers import PrinterCallback

    checkpoints = folder / CHECKPOINTS
    begun = last_checkpoint(checkpoints)
    step = int(begun.name.removeprefix("checkpoint-")) if begun else 0
    history.cut(folder / history.HISTORY, step)
    if step == 0:
        (folder / history.HISTORY).unlink(missing_ok=True)
    measured: dict[str, float] = {}
    teller = _teller(folder / history.HISTORY, stage, progress, measured, schedule.patience)
    trainer = type("Trainer", (*task.mixins, Checkpoints, task.trainer), {})(
        model=task.model,
        args=task.arguments_class(**_arguments(schedule, checkpoints, task.batch, evaluate), **task.arguments),
        train_dataset=task.rows,
        loss=task.loss,
        evaluator=_evaluator(evaluate, measured) if evaluate else None,
        callbacks=[teller, *history.reporters(folder, step)],
    )
    trainer.remove_callback(PrinterCallback)
    told = history.read(folder / history.HISTORY)
    if begun is None or not _stale(told, schedule.patience):
        try:
            trainer.train(resume_from_checkpoint=str(begun) if begun else None)
        finally:
            _close_wandb()
        told = history.read(folder / history.HISTORY)
    if evaluate is None:
        return int(trainer.state.global_step), {}
    best = history.best(told, MEASURE)
    if best is None:
        raise TrainingError(f"{folder / history.HISTORY} was changed while the model was trained; train again")
    trainer.load(checkpoints / f"checkpoint-{best.step}")
    return best.step, dict(best.measures)


def _stale(told: Sequence[Step], patience: int) -> bool:
    """Return whether the last `patience` evaluations brought nothing better."""
    values = [step.measures[MEASURE] for step in told if MEASURE in step.measures]
    return 0 < patience < len(values) and max(values[:-patience]) >= max(values[-patience:])


def _arguments(schedule: Schedule, checkpoints: Path, batch: int, evaluate: Evaluate | None) -> dict[str, Any]:
    import torch

    graphics = torch.cuda.is_available()
    every = schedule.evaluate_every or 0.25
    chosen = {
        "eval_strategy": "steps",
        "eval_steps": every,
        "load_best_model_at_end": True,
        "metric_for_best_model": f"eval_{MEASURE}",
        "greater_is_better": True,
    }
    return {
        "output_dir": str(checkpoints.absolute()),
        "num_train_epochs": schedule.epochs,
        "max_steps": schedule.max_steps or -1,
        "per_device_train_batch_size": batch,
        "gradient_accumulation_steps": schedule.accumulation,
        "learning_rate": schedule.learning_rate,
        # Below 1 it is a part of the steps.
        "warmup_steps": schedule.warmup,
        "lr_scheduler_type": schedule.schedule,
        "weight_decay": schedule.weight_decay,
        "optim": "adamw_torch",
        "bf16": in_bf16(schedule),
        "use_cpu": not graphics,
        "dataloader_pin_memory": graphics,
        "seed": schedule.seed,
        "logging_steps": schedule.log_every,
        "logging_first_step": True,
        # A loss that is no number shall be seen, not averaged away.
        "logging_nan_inf_filter": False,
        "disable_tqdm": True,
        "report_to": "none",
        "save_strategy": "steps",
        "save_steps": every,
        # The best one and the last one.
        "save_total_limit": 2,
        **(chosen if evaluate else {}),
    }


def _evaluator(evaluate: Evaluate, measured: dict[str, float]) -> Any:
    from sentence_transformers.base.evaluation import BaseEvaluator

    def measure(_: object, model: Any, *args: object, **options: object) -> dict[str, float]:
        measured.clear()
        measured.update({name: float(value) for name, value in evaluate(model).items()})
        return dict(measured)

    return type("Evaluator", (BaseEvaluator,), {"__call__": measure})()


def _teller(path: Path, stage: str, progress: Progress, measured: Mapping[str, float], patience: int) -> Any:
    """Return a callback that writes the history, reports progress, asks for checkpoints and ends a training early."""
    from transformers import TrainerCallback

    saved = [time.monotonic()]

    def on_train_begin(_: object, args: Any, state: Any, control: Any, **given: object) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        progress(stage, state.global_step, state.max_steps)

    def on_step_end(_: object, args: Any, state: Any, control: Any, **given: object) -> None:
        progress(stage, state.global_step, state.max_steps)
        if time.monotonic() - saved[0] > CHECKPOINT_S:
            control.should_save = True

    def on_save(_: object, args: Any, state: Any, control: Any, **given: object) -> None:
        saved[0] = time.monotonic()

    def on_log(_: object, args: Any, state: Any, control: Any, logs: Mapping[str, Any], **given: object) -> None:
        if "loss" not in logs:
            return
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss is {loss} at step {state.global_step}; take a lower learning rate, or train without bf16"
            )
        history.append(path, Step(state.global_step, float(state.epoch), loss, float(logs["learning_rate"])))

    def on_evaluate(_: object, args: Any, state: Any, control: Any, **given: object) -> None:
        history.append(path, Step(state.global_step, float(state.epoch), None, None, dict(measured)))
        # Counted from the history, for that is cut where a killed training goes on; the Trainer's own count is not.
        if _stale(history.read(path), patience):
            control.should_training_stop = True

    events = (on_train_begin, on_step_end, on_save, on_log, on_evaluate)
    return type("Teller", (TrainerCallback,), {each.__name__: each for each in events})()


def _close_wandb() -> None:
    # Else the next training of this process would go on in this one's run.
    if "wandb" in sys.modules:
        import wandb

        if wandb.run is not None:
            wandb.finish()
