"""Training on a catalogue: started as a job, watched and listed; `compose.promotion` lets its models serve."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compose.queue import TRAIN, start_job
from retrieval.errors import DataError, JobError
from training.options import TrainingOptions

if TYPE_CHECKING:
    from retrieval.protocols import Progress
    from retrieval.settings import Settings
    from shop.jobs import JobRecord
    from training.cards import Card, Kind
    from training.negatives import NegativeToRead
    from training.records import Step
    from training.runs import State

TRAIN_STAGES = (
    "data",
    "triplets",
    "embedder",
    "index",
    "prove",
    "swap",
    "pools",
    "mine",
    "reranker",
    "blend",
    "gate",
)
"""What a training does, in this order: `triplets` to `swap` for the embedder, what follows for the reranker."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model that was trained on a catalogue: serving, kept for the way back, or aside in its run."""

    kind: Kind
    version: str
    serving: bool
    aside: bool
    folder: Path
    card: Card
    run: str | None = None


def start_training(name: str, settings: Settings, options: TrainingOptions | None = None) -> str:
    """Let a job train on a catalogue's newest build, and return its id; it can be cancelled and resumed.

    The job's summary holds `run` and a row a model: `kind`, `version`, `promoted`, `gate`. Raises IndexNotFound for a
    catalogue that was not built, and what the parts raise for options, judged queries or models that cannot be used.
    """
    from compose.training_inputs import check

    asked = options or TrainingOptions()
    check(settings, name, asked)  # refuses what a job would fail at
    return start_job(TRAIN, name, "", asked.to_dict(), settings)


def run_job(record: JobRecord, settings: Settings, progress: Progress) -> dict[str, Any]:
    """Do a training job in this process, or go on with the one that it resumes, and return its summary."""
    from compose.promotion import swap
    from compose.training_way import train

    if "serve" in record.params:
        return swap(settings, record.catalogue, record.params["serve"], progress)
    asked = TrainingOptions.from_dict(record.params)
    return train(settings, record.catalogue, asked, run_of(settings, record.catalogue, record.id), progress)


def run_of(settings: Settings, name: str, run_or_job: str) -> str:
    """Return the run that a job works on: the first job's id of those that go on with each other; a run is itself."""
    from shop import jobs
    from training import runs

    if run_or_job in runs.names(settings.data_dir, name):
        return run_or_job
    found = run_or_job
    while True:
        try:
            earlier = jobs.get(settings.data_dir, found).resumes
        except JobError:
            return found
        if earlier is None:
            return found
        found = earlier


def training_runs(settings: Settings, name: str) -> list[str]:
    """Return the trainings of a catalogue, the last begun first."""
    from training import runs

    return runs.names(settings.data_dir, name)


def training_state(settings: Settings, name: str, run_or_job: str) -> State:
    """Return how far a training has come and what came of its stages; raise DataError where there is none."""
    from training.runs import Work

    return Work.open(settings.data_dir, name, run_of(settings, name, run_or_job)).state


def training_steps(settings: Settings, name: str, run_or_job: str) -> dict[Kind, list[Step]]:
    """Return what the models' trainings wrote down so far, by kind; empty lists where there is nothing yet."""
    from training import runs

    return runs.steps(settings.data_dir, name, run_of(settings, name, run_or_job))


def trained_models(settings: Settings, name: str) -> list[TrainedModel]:
    """Return the models that were trained for a catalogue, newest first, those kept aside among them."""
    from compose.promotion import placed
    from training import runs

    aside = [
        TrainedModel(each.card.kind, each.card.version, False, True, each.folder, each.card, each.run)
        for each in runs.kept(settings.data_dir, name)
    ]
    there = placed(settings, name)
    known = {(each.kind, each.version) for each in there}
    found = [*there, *(each for each in aside if (each.kind, each.version) not in known)]
    return sorted(found, key=lambda each: each.version, reverse=True)


def dataset_card(settings: Settings, name: str, run: str | None = None) -> dict[str, Any] | None:
    """Return the card of what a training learned from, of the last one where none is named; None where there is none.

    Raises DataError where it cannot be read.
    """
    import json

    from training import runs

    for each in [run_of(settings, name, run)] if run else training_runs(settings, name):
        path = runs.place(settings.data_dir, name, each) / runs.DATASET
        try:
            card: dict[str, Any] = json.loads(path.read_bytes())
        except FileNotFoundError:
            continue
        except ValueError as error:
            raise DataError(f"{path} cannot be read ({error}); train again") from error
        return card
    return None


def negatives(
    settings: Settings, name: str, n: int = 50, seed: int = 7, run: str | None = None
) -> list[NegativeToRead]:
    """Return mined negatives of a training (the last one) for a human reading, drawn by seed; empty before any.

    Raises DataError where they cannot be read.
    """
    import json
    import random

    from training import runs
    from training.negatives import NegativeToRead

    for each in [run_of(settings, name, run)] if run else training_runs(settings, name):
        path = runs.place(settings.data_dir, name, each) / runs.DATA / runs.NEGATIVES
        try:
            rows = [NegativeToRead(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
        except FileNotFoundError:
            continue
        except (ValueError, TypeError) as error:
            raise DataError(f"{path} cannot be read ({error}); train again") from error
        return random.Random(seed).sample(rows, min(n, len(rows)))
    return []
