"""Background jobs: builds, deletions, comparisons and trainings, one after the other, each in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compose.building import build, least_space
from compose.catalogues import kept_source
from compose.environment import job_environment, job_settings
from retrieval.errors import JobError

if TYPE_CHECKING:
    from retrieval.indexing import BuildSummary
    from retrieval.protocols import Progress
    from retrieval.settings import Settings
    from shop.jobs import JobRecord
    from shop.sources import FileIdentity

BUILD = "build"
DELETE = "delete"
COMPARE = "compare"
SILVER = "silver"
TRAIN = "train"


def start_build(source: Path, name: str, settings: Settings, embedder: str = "auto") -> str:
    """Let a job of its own process build a catalogue's index, now or when the jobs before it have ended; return its id.

    The job ends with the process that started it, and can be resumed then. Raises SettingsError for a name that cannot
    be used, BuildError where the disk is full, JobError where the process cannot be started.
    """
    from retrieval.artifacts import check_name
    from retrieval.indexing import require_space

    check_name(name)
    require_space(settings.index_dir, least_space(source), "INDEX_DIR")
    return start_job(BUILD, name, str(source.absolute()), {"embedder": embedder}, settings)


def start_job(kind: str, name: str, source: str, params: Mapping[str, object], settings: Settings) -> str:
    """Put a job into the queue, start it where none is running, and return its id."""
    from shop import jobs as records

    return records.start(
        settings.data_dir, kind, name, source, params, job_environment(settings), job_settings(settings)
    )


def run_job(job_id: str, settings: Settings) -> None:
    """Do a recorded job in this process, reporting into its record, then start the next one.

    Whatever stops it is said in its record and raised.
    """
    from shop import jobs as records
    from shop.reporter import Reporter

    record = records.get(settings.data_dir, job_id)
    try:
        with Reporter(settings.data_dir, job_id) as reporter:
            try:
                summary = _do(record, settings, reporter)
            except Exception as error:
                reporter.failed(str(error) or type(error).__name__)
                raise
            reporter.done(summary)
    finally:
        records.advance(settings.data_dir, job_environment(settings))


def _do(record: JobRecord, settings: Settings, progress: Progress) -> Mapping[str, object]:
    """Do what a job asks for and return its summary."""
    if record.kind == BUILD:
        embedder = str(record.params.get("embedder", "auto"))
        return summary_dict(build(Path(record.source), record.catalogue, settings, embedder, progress))
    if record.kind == DELETE:
        files = [(str(path), int(inode), int(changed)) for path, inode, changed in record.params["files"]]
        return asdict(delete_catalogue(record.catalogue, settings, progress, files))
    if record.kind in (COMPARE, SILVER):
        from compose import evaluations

        return evaluations.run_job(record.kind, record.catalogue, record.params, settings, progress)
    if record.kind == TRAIN:
        from compose import training

        return training.run_job(record, settings, progress)
    raise JobError(f"job {record.id} is of kind {record.kind!r}, which this version cannot do; update it")


def summary_dict(summary: BuildSummary) -> Mapping[str, object]:
    """Return what came of a build as JSON-ready values."""
    return asdict(summary)


def jobs(settings: Settings, name: str | None = None) -> list[JobRecord]:
    """Return all jobs, or those of one catalogue, newest first; start the queue where it stands still."""
    from shop import jobs as records

    records.tend(settings.data_dir, job_environment(settings))
    return records.listed(settings.data_dir, name)


def job(settings: Settings, job_id: str) -> JobRecord:
    """Return a job's record, and start the queue where it stands still; raise JobError when there is no such job."""
    from shop import jobs as records

    records.tend(settings.data_dir, job_environment(settings))
    return records.get(settings.data_dir, job_id)


def cancel_job(settings: Settings, job_id: str) -> JobRecord:
    """End a job and everything it started, start the next one, and return the record; an ended job stays as it is."""
    from shop import jobs as records

    record = records.cancel(settings.data_dir, job_id)
    records.advance(settings.data_dir, job_environment(settings))
    return record


def resume_job(settings: Settings, job_id: str) -> str:
    """Let a new job go on with one that failed, died or was cancelled, and return its id; what was embedded is reused.

    Raises JobError where there is nothing to go on with, or the file it was built from is gone.
    """
    from shop import jobs as records

    record = records.get(settings.data_dir, job_id)
    source = record.source
    if source and not Path(source).is_file():
        kept = kept_source(record.catalogue, settings)
        if kept is None:
            raise JobError(f"job {job_id} cannot be resumed, for {source} is gone; upload or index the file again")
        source = str(kept.absolute())
    return records.resume(settings.data_dir, job_id, source, job_environment(settings), job_settings(settings))


def job_log(settings: Settings, job_id: str, lines: int = 200) -> str:
    """Return the last lines of what a job said, empty where it said nothing; raise JobError for no such job."""
    from shop import jobs as records

    records.get(settings.data_dir, job_id)
    return records.log_tail(settings.data_dir, job_id, lines)


def outlive_commands() -> None:
    """Let the jobs that this process starts go on when it ends: for commands, which end at once."""
    from shop import processes

    processes.disown()


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a deletion removed: the `files` that were kept of it, relative to its folder in DATA_DIR.

    `builds_left` go later, for somebody still reads them.
    """

    name: str
    files: tuple[str, ...]
    builds_left: tuple[str, ...]


def start_deletion(name: str, settings: Settings) -> str:
    """Let a job delete a catalogue, its builds and the files kept of it, and return the job's id.

    A file that is uploaded after this call stays. Raises IndexNotFound where there is nothing of that name.
    """
    return start_job(DELETE, name, "", {"files": _to_delete(name, settings)}, settings)


def _to_delete(name: str, settings: Settings) -> list[FileIdentity]:
    from retrieval.artifacts import catalogue_folder, current
    from shop import sources

    folder = catalogue_folder(settings.index_dir, name)  # a name that is a path is refused here
    files = sources.listing(settings.data_dir, name)
    if not files and not folder.is_dir():
        current(settings.index_dir, name)  # says what is there instead
    return files


def delete_catalogue(
    name: str, settings: Settings, progress: Progress | None = None, files: Sequence[FileIdentity] | None = None
) -> Deletion:
    """Delete a catalogue in this process: its builds, then the files it was built from (`files`, or all there are now).

    Cut short at any moment it leaves the catalogue serving as before, or gone; the next deletion or build finishes it.
    Vectors stay in the cache. Raises IndexNotFound where there is nothing of that name.
    """
    from retrieval.commits import delete_catalogue as delete_builds
    from shop import sources

    if files is None:
        files = _to_delete(name, settings)
    left = delete_builds(settings.index_dir, name, progress)
    return Deletion(name, tuple(sources.remove(settings.data_dir, name, files)), tuple(left))
