"""The work folder of a training, from which a training that was cut short goes on.

data/<catalogue>/training/<run>/state.json       what was asked for, and what came of each stage that is over
                                 data/           what was learnt from, JSON Lines
                                 dataset.json    its card
                                 .work/          checkpoints and models that do not serve; too big for a backup
A run is named after its first job; a job that goes on with it works in the same folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retrieval.artifacts import check_name
from retrieval.errors import DataError
from retrieval.files import replace_text
from retrieval.trained import FOLDERS, VERSIONS
from training import history
from training.cards import FILE as CARD
from training.cards import KINDS, Card, Kind, read_card
from training.records import Step

FOLDER = "training"
STATE = "state.json"
DATA = "data"
WORK = ".work"
DATASET = "dataset.json"
NEGATIVES = "negatives.jsonl"
FORMAT = 1
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class State:
    """How far a run has come: `options` as they were asked for, outcome by stage that is over, in their order."""

    run: str
    catalogue: str
    created: str
    options: Mapping[str, Any] = field(default_factory=dict)
    stages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Work:
    """A run's folder and its state; each finished stage is written down at once."""

    def __init__(self, folder: Path, state: State) -> None:
        self.folder = folder
        self.state = state

    @classmethod
    def begin(cls, data_dir: Path, catalogue: str, run: str, options: Mapping[str, Any]) -> Work:
        """Open a run's folder, or make it with these options where there is none.

        Raises DataError where the run was asked for something else.
        """
        folder = place(data_dir, catalogue, run)
        if (folder / STATE).is_file():
            found = cls.open(data_dir, catalogue, run)
            if dict(found.state.options) != dict(options):
                raise DataError(f"the training {run} in {folder} was begun with other options; start a new one")
            return found
        made = cls(folder, State(run, catalogue, datetime.now(UTC).isoformat(timespec="seconds"), dict(options)))
        made._write()
        return made

    @classmethod
    def open(cls, data_dir: Path, catalogue: str, run: str) -> Work:
        """Open a run's folder; raise DataError where there is none or its state cannot be read."""
        folder = place(data_dir, catalogue, run)
        path = folder / STATE
        try:
            row = json.loads(path.read_bytes())
            if row["format"] != FORMAT:
                raise ValueError(f"it is of format {row['format']!r}, this program reads format {FORMAT}")
            stages = {str(name): dict(outcome) for name, outcome in row["stages"].items()}
            return cls(folder, State(run, catalogue, str(row["created"]), dict(row["options"]), stages))
        except FileNotFoundError as error:
            raise DataError(f"{catalogue!r} has no training {run!r}; see: product-search train list") from error
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise DataError(f"{path} cannot be read ({error}); remove {folder} and train again") from error

    def outcome(self, stage: str) -> Mapping[str, Any] | None:
        """Return what came of a stage, None where it is still to do."""
        return self.state.stages.get(stage)

    def finish(self, stage: str, outcome: Mapping[str, Any]) -> None:
        """Write down that a stage is over and what came of it (JSON-ready)."""
        was = self.state
        self.state = State(was.run, was.catalogue, was.created, was.options, {**was.stages, stage: dict(outcome)})
        self._write()

    def data(self, name: str) -> Path:
        """Return where a file of what is learnt from stands; its folder is made."""
        (self.folder / DATA).mkdir(parents=True, exist_ok=True)
        return self.folder / DATA / name

    def heavy(self, name: str) -> Path:
        """Return a folder for checkpoints or a model that does not serve; it is made."""
        found = self.folder / WORK / name
        found.mkdir(parents=True, exist_ok=True)
        return found

    def _write(self) -> None:
        row = {
            "format": FORMAT,
            "run": self.state.run,
            "catalogue": self.state.catalogue,
            "created": self.state.created,
            "options": self.state.options,
            "stages": self.state.stages,
        }
        replace_text(self.folder / STATE, json.dumps(row, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def place(data_dir: Path, catalogue: str, run: str) -> Path:
    """Return the folder of a run, whether it is there or not; raise DataError for a name that no run can have."""
    if not _RUN.fullmatch(run):
        raise DataError(f"{run!r} cannot be the name of a training; see: product-search train list")
    return data_dir / check_name(catalogue) / FOLDER / run


def names(data_dir: Path, catalogue: str) -> list[str]:
    """Return the runs of a catalogue, the last begun first; one whose state cannot be read stands last."""
    found: list[tuple[str, str]] = []
    for path in (data_dir / check_name(catalogue) / FOLDER).glob(f"*/{STATE}"):
        try:
            found.append((Work.open(data_dir, catalogue, path.parent.name).state.created, path.parent.name))
        except DataError:
            found.append(("", path.parent.name))
    return [run for _, run in sorted(found, reverse=True)]


@dataclass(frozen=True, slots=True)
class Kept:
    """A model that lies in a run's folder and does not serve from there."""

    run: str
    folder: Path
    card: Card


def candidate(work: Work, kind: Kind, version: str) -> Path:
    """Return where a run's model of that version lies, or will lie.

    It lies there as it would in MODELS_DIR, so that it is the same model by name when it serves.
    """
    return home(work, kind) / VERSIONS / version


def home(work: Work, kind: Kind) -> Path:
    """Return the folder of a run that holds its models of a kind, as MODELS_DIR holds those that serve."""
    return work.folder / WORK / "models" / FOLDERS[kind]


def kept(data_dir: Path, catalogue: str) -> list[Kept]:
    """Return the models that are kept aside for a catalogue, newest first: those whose card was written."""
    found = []
    for run in names(data_dir, catalogue):
        for kind in KINDS:
            for path in (place(data_dir, catalogue, run) / WORK / "models" / FOLDERS[kind] / VERSIONS).glob(
                f"*/{CARD}"
            ):
                card = read_card(path.parent)
                if card.kind == kind and card.version == path.parent.name:
                    found.append(Kept(run, path.parent, card))
    return sorted(found, key=lambda each: each.card.version, reverse=True)


def steps(data_dir: Path, catalogue: str, run: str) -> dict[Kind, list[Step]]:
    """Return what each model's training wrote down so far, by kind; empty where there is nothing yet."""
    work = place(data_dir, catalogue, run) / WORK
    return {kind: list(history.read(work / kind / history.HISTORY)) for kind in KINDS}
