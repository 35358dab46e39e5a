"""Where training is measured: catalogues in the work folder, and what was measured so far of a section cut short."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import compose
from benchmarks.record import provenance
from benchmarks.retrieval import build as build_index
from compose.training_way import train
from evaluation.files import read_qrels, read_queries
from evaluation.records import Qrels, Query
from retrieval.embedding_cache import CACHE_FILE
from retrieval.errors import DataError, TrainingError
from retrieval.files import replace_text
from retrieval.loading import open_build
from retrieval.models import ModelPool
from retrieval.settings import Settings
from training import runs
from training.cards import Kind, new_version
from training.records import LearningQuery

if TYPE_CHECKING:
    from compose.training import TrainedModel
    from retrieval.loading import LoadedBuild
    from training.options import TrainingOptions

HELD_OUT = 10
"""Silver queries for the gate of a training whose verdict is not read: its models are measured on other queries."""


@dataclass(frozen=True)
class Catalogue:
    """An indexed catalogue of the work folder, with those of its queries that people judged."""

    name: str
    settings: Settings
    models: ModelPool
    queries: Sequence[Query] = ()
    qrels: Qrels | None = None

    @contextmanager
    def build(self) -> Iterator[LoadedBuild]:
        """Yield the build that serves now."""
        opened = open_build(self.settings.index_dir, self.name, self.settings)
        try:
            yield opened
        finally:
            opened.close()

    @property
    def judged(self) -> Asked:
        """The judged queries."""
        return Asked(tuple(self.queries), dict(self.qrels or {}))


@dataclass(frozen=True)
class Asked:
    """Queries and their judgements."""

    queries: tuple[Query, ...]
    qrels: Qrels

    @classmethod
    def of(cls, queries: Sequence[LearningQuery]) -> Asked:
        """Take queries to learn from as queries to measure on."""
        asked = tuple(Query(query.query_id, query.text, query.type) for query in queries)
        return cls(asked, {query.query_id: dict(query.grades) for query in queries})

    @property
    def ids(self) -> list[str]:
        """The queries' ids."""
        return [query.query_id for query in self.queries]

    def types(self) -> dict[str, list[str]]:
        """Return query ids by type, those of all queries first."""
        found = {"all": self.ids}
        for query in self.queries:
            if query.type:
                found.setdefault(query.type, []).append(query.query_id)
        return found


class Ledger:
    """What was measured of a section so far, step by step, so that one that was cut short goes on where it was.

    `asked` is what the section was asked for: where that is another one, or the section came to its end, it begins
    anew. `name` is new at each beginning, for the names of its trainings.
    """

    def __init__(self, path: Path, asked: Mapping[str, Any]) -> None:
        self._path = path
        self._began = time.perf_counter()
        wanted = json.loads(json.dumps(asked))
        row = _read(path)
        self.resumed = row is not None and row["asked"] == wanted
        if row is None or not self.resumed:
            commit = provenance("benchmarks.training", ())["commit"]
            row = {"asked": wanted, "name": new_version(), "commit": commit, "steps": {}, "seconds": 0.0}
        self._row: dict[str, Any] = row
        self._before = float(row["seconds"])
        self._write()

    @property
    def commit(self) -> str:
        """The commit that the section was begun at."""
        return str(self._row["commit"])

    @property
    def seconds(self) -> float:
        """Seconds that it took so far, those of earlier attempts among them up to their last step that was over."""
        return self._before + time.perf_counter() - self._began

    def run(self, step: str) -> str:
        """Return the name of a step's training."""
        return f"{self._row['name']}-{step}"

    def once(self, step: str, do: Callable[[], Any]) -> Any:
        """Return what came of a step, which is done unless it was; JSON-ready values."""
        if step not in self._row["steps"]:
            tell(step)
            self._row["steps"][step] = json.loads(json.dumps(do()))
            self._row["seconds"] = self.seconds
            self._write()
        return self._row["steps"][step]

    def close(self) -> None:
        """Forget it all: the section came to its end and was reported."""
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(self._path, json.dumps(self._row) + "\n")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        row: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DataError(f"{path} cannot be read ({error}); remove it, and the section begins anew") from error
    return row


def tell(text: str) -> None:
    """Say on stderr what is done now."""
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


class Told:
    """Says on stderr when a training comes to its next stage."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._stage = stage
            tell(f"{self._run}: {stage} ({total:,})")


@dataclass(frozen=True)
class Trained:
    """What came of one training: its summary, and its models by kind."""

    summary: Mapping[str, Any]
    models: Mapping[Kind, TrainedModel]

    @property
    def seconds(self) -> float:
        """Seconds of all stages."""
        return float(sum(self.summary["seconds"].values()))


def trained(catalogue: Catalogue, options: TrainingOptions, run: str) -> Trained:
    """Train on a catalogue as `product-search train` does, or go on with the run of that name."""
    return of_run(catalogue, train(catalogue.settings, catalogue.name, options, run, Told(run)))


def of_run(catalogue: Catalogue, summary: Mapping[str, Any]) -> Trained:
    """Return what came of a training by its summary."""
    found = compose.trained_models(catalogue.settings, catalogue.name)
    return Trained(summary, {model.kind: model for model in found if model.run == summary["run"]})


def of_way(room: Catalogue) -> dict[Kind, TrainedModel]:
    """Return the models of the whole way in its room; raise TrainingError where it did not come to its end."""
    found = compose.training_runs(room.settings, room.name)
    models = {model.kind: model for model in compose.trained_models(room.settings, room.name) if model.run in found[:1]}
    reranker = models.get("reranker")
    if reranker is None or reranker.card.gate is None:
        raise TrainingError(
            f"there are no models of a whole way on {room.name!r} in the work folder; first run: "
            "python -m benchmarks.training --only way"
        )
    return models


def forget(catalogue: Catalogue, run: str) -> None:
    """Delete what a training left: its models were measured."""
    shutil.rmtree(runs.place(catalogue.settings.data_dir, catalogue.name, run), ignore_errors=True)


def settings_in(work: Path, settings: Settings) -> Settings:
    """Return settings whose indexes, data and models lie in a folder, and no search of which is cut short."""
    folders = {"index_dir": work / "index", "data_dir": work, "models_dir": work / "models"}
    return settings.model_copy(update={**folders, "time_budget_ms": 0, "cache_ttl_s": 0})


def indexed(folder: Path, settings: Settings) -> Catalogue:
    """Index the catalogue in a folder of real data (its vectors are kept from one time to the next)."""
    name = folder.name
    build_index(folder, name, settings)
    queries: tuple[Query, ...] = ()
    qrels: Qrels = {}
    if (folder / "qrels.tsv").is_file():
        qrels = read_qrels(folder / "qrels.tsv")
        queries = tuple(query for query in read_queries(folder / "queries.jsonl") if query.query_id in qrels)
    return Catalogue(name, settings, ModelPool(settings), queries, qrels)


def moved_into(catalogue: Catalogue, work: Path) -> Catalogue:
    """Return a copy of a catalogue's index in a room of its own, where models may take over; one that is there stays.

    What was embedded before is known there too.
    """
    settings = settings_in(work, catalogue.settings)
    if not (settings.index_dir / catalogue.name).is_dir():
        settings.index_dir.mkdir(parents=True, exist_ok=True)
        cache = catalogue.settings.data_dir / CACHE_FILE
        if cache.is_file():
            shutil.copy(cache, settings.data_dir / CACHE_FILE)
        partial = settings.index_dir / f".{catalogue.name}"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(catalogue.settings.index_dir / catalogue.name, partial)
        partial.rename(settings.index_dir / catalogue.name)
    return Catalogue(catalogue.name, settings, ModelPool(settings), catalogue.queries, catalogue.qrels)


def base_named(source: str) -> str:
    """Return what a base is called in a report: no path."""
    return source if not Path(source).exists() else Path(source).name


def minutes(seconds: float) -> str:
    """Return a time as a table has it."""
    return f"{seconds / 60:.1f}"
