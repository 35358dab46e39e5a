"""Settings -> engine and background jobs: the only place that wires the parts together.

Importing this is cheap; what a function wires is imported when it is called.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import CatalogueError, IndexStoreError, JobError, ModelUnavailable

if TYPE_CHECKING:
    from retrieval.catalogue.diff import CatalogueDiff
    from retrieval.catalogue.health import Health
    from retrieval.engine import SearchEngine
    from retrieval.estimates import Estimate
    from retrieval.history import BuildInfo
    from retrieval.indexing import BuildSummary
    from retrieval.legacy import ExportedOriginals
    from retrieval.models import ModelSource
    from retrieval.protocols import Encoder, Progress
    from retrieval.settings import Settings
    from shop.backups import Backup, Restored
    from shop.exchange import Exported
    from shop.jobs import JobRecord
    from shop.sources import FileIdentity

ROOT = Path(__file__).resolve().parent
SAMPLE = "sample"
BUILD = "build"
DELETE = "delete"
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
SECRETS = ("openai_api_key", "hf_token")
"""Settings that are handed to jobs in their environment alone, and never written down."""
ASKING = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_PROGRESS_BARS")


def go_offline() -> None:
    """Keep the model libraries off the hub and off stderr; call at the start of a process, before their import."""
    os.environ.update(OFFLINE)


@contextmanager
def online() -> Iterator[None]:
    """Let the model libraries ask the hub within the block: for `models pull`, and nothing else."""
    before = {name: os.environ.pop(name, None) for name in ASKING}
    try:
        from huggingface_hub import constants

        kept, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, False  # read once, at its import
        try:
            yield
        finally:
            constants.HF_HUB_OFFLINE = kept
    finally:
        os.environ.update({name: value for name, value in before.items() if value is not None})


@dataclass(frozen=True, slots=True)
class CatalogueInfo:
    """A catalogue that was built; `error` says why it cannot be served, and then only name and source mean anything.

    `created` is UTC in ISO 8601; `source` is the kept file it can be built from again, empty where none is kept.
    """

    name: str
    build: str = ""
    created: str = ""
    products: int = 0
    chunks: int = 0
    keyword_only: bool = True
    encoder_id: str | None = None
    source: str = ""
    error: str | None = None


def open_engine(name: str, settings: Settings, models: ModelSource) -> SearchEngine:
    """Return the search engine of a catalogue on its newest build; raise IndexNotFound, -Damaged or -Outdated."""
    from retrieval.engine import SearchEngine

    return SearchEngine.open(name, settings, models)


def catalogues(settings: Settings) -> list[CatalogueInfo]:
    """Return every catalogue that was built, by name; one that cannot be served is there with its error."""
    from retrieval import artifacts

    found = []
    for name in artifacts.catalogue_names(settings.index_dir):
        source = str(kept_source(name, settings) or "")
        try:
            manifest = artifacts.current(settings.index_dir, name)
        except IndexStoreError as error:
            found.append(CatalogueInfo(name, source=source, error=str(error)))
            continue
        found.append(
            CatalogueInfo(
                name=name,
                build=manifest.build,
                created=manifest.created,
                products=manifest.counts.products,
                chunks=manifest.counts.chunks,
                keyword_only=manifest.keyword_only,
                encoder_id=None if manifest.encoder is None else manifest.encoder.id,
                source=source,
            )
        )
    return found


def kept_source(name: str, settings: Settings) -> Path | None:
    """Return the file that a catalogue can be built from again: its upload, or the sample's own; None without one."""
    uploads = sorted((settings.data_dir / name).glob("source.*"))
    if uploads:
        return uploads[0]
    return settings.sample_catalogue if name == SAMPLE and settings.sample_catalogue.is_file() else None


def catalogue_name(filename: str) -> str:
    """Return the catalogue's name for a file: its stem in small Latin letters, digits, - and _, at most 48 of them.

    The same file name gives the same catalogue; a name without any such character gives one made from its hash.
    """
    from retrieval.catalogue import SUFFIXES

    stem = Path(filename.replace("\\", "/")).name
    for suffix in SUFFIXES:
        if stem.lower().endswith(suffix):
            stem = stem[: -len(suffix)]
            break
    folded = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9_]+", "-", folded).strip("-_")[:48].rstrip("-_")
    return name or "catalogue-" + hashlib.sha256(stem.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def save_upload(data: bytes, filename: str, settings: Settings) -> Path:
    """Keep an uploaded file as the source of its catalogue, replacing an earlier one whole, and return its path.

    Raises CatalogueError where it is of no kind that can be read, or larger than MAX_UPLOAD_MB.
    """
    from retrieval.catalogue import SUFFIXES
    from shop import data_folder

    suffix = Path(filename).suffix.lower()
    if suffix not in SUFFIXES:
        raise CatalogueError(f"{filename}: cannot read {suffix or 'this kind of'} files; upload .md, .jsonl or .csv")
    if len(data) > settings.max_upload_mb * 2**20:
        raise CatalogueError(
            f"{filename}: {len(data) / 2**20:.1f} MiB is more than the {settings.max_upload_mb} MiB that MAX_UPLOAD_MB "
            "allows; raise it, or index the file with: product-search index FILE"
        )
    data_folder.prepare(settings.data_dir)
    folder = settings.data_dir / catalogue_name(filename)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"source{suffix}"
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".source-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    for other in folder.glob("source.*"):
        if other != target:
            other.unlink()
    return target


def build(
    source: Path,
    name: str,
    settings: Settings,
    embedder: str = "auto",
    progress: Progress | None = None,
    mapping: Mapping[str, str] | None = None,
) -> BuildSummary:
    """Build the index of a catalogue file in this process.

    `embedder` is `auto`, `none`, a folder or hub id on disk, or `openai:<model>`. With `auto` an encoder that cannot be
    loaded gives a keyword-only build that says why; one asked for by name raises ModelUnavailable. `mapping` is field
    -> column of a CSV or JSON file, and is remembered (an empty one forgets); None uses what is remembered. Raises
    CatalogueError, SettingsError, BuildError.
    """
    from retrieval.artifacts import check_name
    from retrieval.catalogue import parse_file
    from retrieval.indexing import build_index, require_space
    from shop import data_folder, mappings

    check_name(name)
    data_folder.prepare(settings.data_dir)
    require_space(settings.index_dir, _least_space(source), "INDEX_DIR")
    tell: Progress = progress or _silent
    tell("parse", 0, 1)
    report = parse_file(source, used_mapping(settings, name, source.name, mapping))
    if mapping is not None:
        mappings.save(settings.data_dir, name, mapping)
    tell("parse", 1, 1)
    tell("encoder", 0, 1)
    encoder, encoder_source, why = _encoder(settings, embedder)
    tell("encoder", 1, 1)
    return build_index(
        report,
        name,
        settings=settings,
        encoder=encoder,
        encoder_source=encoder_source,
        encoder_why=why,
        progress=tell,
    )


def used_mapping(
    settings: Settings, name: str, filename: str, mapping: Mapping[str, str] | None = None
) -> dict[str, str] | None:
    """Return the column mapping that a file of a catalogue is read by: the one given, else the one remembered.

    None for Markdown, which has no columns, unless a mapping is given: reading says then that it cannot be used.
    """
    from retrieval.catalogue import takes_mapping
    from shop import mappings

    if mapping is not None:
        return dict(mapping)
    return mappings.load(settings.data_dir, name) if takes_mapping(filename) else None


def _silent(stage: str, done: int, total: int) -> None:
    """Take progress that nobody watches."""


def _encoder(settings: Settings, embedder: str) -> tuple[Encoder | None, str, str]:
    from retrieval.models import load_encoder, resolve_encoder

    resolved = resolve_encoder(settings, embedder)
    if resolved.source is None:
        return None, "", resolved.why
    try:
        encoder = load_encoder(resolved.source, settings)
        _ = encoder.dimension  # asks a server that encodes, before a build counts on it
        return encoder, resolved.source, resolved.why
    except ModelUnavailable as error:
        if embedder != "auto":
            raise
        return None, "", str(error)


def damage(name: str, settings: Settings) -> str | None:
    """Return why a catalogue's index cannot be served, every file of its build checked; None where it can."""
    from retrieval import artifacts

    try:
        manifest = artifacts.current(settings.index_dir, name)
        artifacts.verify(artifacts.build_folder(settings.index_dir, name, manifest.build), manifest, manifest.files)
    except IndexStoreError as error:
        return str(error)
    return None


def needs_build(source: Path, name: str, settings: Settings) -> bool:
    """Return whether a whole build of just this file is missing, unreadable, or lacks vectors it could have."""
    from retrieval import artifacts
    from retrieval.models import resolve_encoder

    if damage(name, settings) is not None:
        return True
    manifest = artifacts.current(settings.index_dir, name)
    if manifest.keyword_only and resolve_encoder(settings).source is not None:
        return True
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() != manifest.source_sha256


def ensure_sample(settings: Settings, progress: Progress | None = None) -> BuildSummary | None:
    """Build the sample catalogue's index unless it is there already; return what was built."""
    if not needs_build(settings.sample_catalogue, SAMPLE, settings):
        return None
    return build(settings.sample_catalogue, SAMPLE, settings, progress=progress)


def start_build(source: Path, name: str, settings: Settings, embedder: str = "auto") -> str:
    """Let a job of its own process build a catalogue's index, now or when the jobs before it have ended; return its id.

    The job ends with the process that started it, and can be resumed then. Raises SettingsError for a name that cannot
    be used, BuildError where the disk is full, JobError where the process cannot be started.
    """
    from retrieval.artifacts import check_name
    from retrieval.indexing import require_space

    check_name(name)
    require_space(settings.index_dir, _least_space(source), "INDEX_DIR")
    return start_job(BUILD, name, str(source.absolute()), {"embedder": embedder}, settings)


def _least_space(source: Path) -> int:
    """Return the bytes under which a build of a file need not be tried; the build itself knows better."""
    return 2 * source.stat().st_size + 10_000_000 if source.is_file() else 0


def start_job(kind: str, name: str, source: str, params: Mapping[str, object], settings: Settings) -> str:
    """Put a job into the queue, start it where none is running, and return its id."""
    from shop import jobs as records

    return records.start(
        settings.data_dir, kind, name, source, params, job_environment(settings), job_settings(settings)
    )


def job_settings(settings: Settings) -> dict[str, str]:
    """Return the settings but the secrets as variables of an environment, empty where they are not set."""
    found = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path):
            found[name.upper()] = str(value.absolute())
        elif name not in SECRETS:
            found[name.upper()] = "" if value is None else str(value)
    return found


def job_environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which a job's process reads these very settings and finds this code."""
    env = {**os.environ, **OFFLINE, **job_settings(settings)}
    for name in SECRETS:
        value = getattr(settings, name)
        if value is not None:
            env[name.upper()] = value.get_secret_value()
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return env


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
    """What a deletion removed: the files it was built from; `builds_left` go later, for somebody still reads them."""

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


def builds(settings: Settings, name: str) -> list[BuildInfo]:
    """Return the kept builds of a catalogue, newest first; raise IndexNotFound, -Damaged or -Outdated."""
    from retrieval import history

    return history.builds(settings.index_dir, name)


def roll_back(settings: Settings, name: str, build: str | None = None) -> BuildInfo:
    """Let an earlier build serve again (the one before, where none is named) and return what serves now.

    It comes back under a new number with `restored_from`, so that the way forward stays open. Raises BuildError where
    that build is not kept or a build is running, IndexDamaged naming a file of it.
    """
    from retrieval import history

    serving = history.roll_back(settings.index_dir, name, build, settings.keep_builds).build
    return next(info for info in history.builds(settings.index_dir, name) if info.build == serving)


def backup(settings: Settings, file: Path, *, embeddings: bool = True, force: bool = False) -> Backup:
    """Write a backup of all user data while the program may be in use; raise DataError."""
    from shop import backups

    return backups.backup(settings.data_dir, file, embeddings=embeddings, force=force)


def restore(settings: Settings, file: Path, *, force: bool = False) -> Restored:
    """Put a backup in the place of the user data, all or nothing; raise DataError. Indexes are built again after it."""
    from shop import backups

    return backups.restore(settings.data_dir, file, force=force)


def to_build(settings: Settings, names: Iterable[str]) -> list[tuple[str, Path]]:
    """Return those catalogues, with their kept files, whose index is missing or not of that file."""
    found = ((name, kept_source(name, settings)) for name in names)
    return [(name, source) for name, source in found if source is not None and needs_build(source, name, settings)]


def estimate(
    source: Path, name: str, settings: Settings, embedder: str = "auto", mapping: Mapping[str, str] | None = None
) -> Estimate | None:
    """Return what embedding a file would take, None where no encoder would be used; asks no server."""
    from retrieval.catalogue import parse_file
    from retrieval.estimates import estimate as estimated
    from retrieval.models import load_encoder, resolve_encoder

    resolved = resolve_encoder(settings, embedder)
    if resolved.source is None:
        return None
    report = parse_file(source, used_mapping(settings, name, source.name, mapping))
    return estimated(report.products, load_encoder(resolved.source, settings), resolved.source, settings)


def is_served(settings: Settings, embedder: str = "auto") -> bool:
    """Return whether a build would send texts to a server."""
    from retrieval.models import SERVED, resolve_encoder

    return (resolve_encoder(settings, embedder).source or "").startswith(SERVED)


def export_catalogue(settings: Settings, name: str, format: str) -> Exported:
    """Return a catalogue's products as a file: `md`, `jsonl` or `csv`; raise IndexNotFound, -Damaged, SettingsError."""
    from shop import exchange

    return exchange.export_catalogue(settings, name, format)


def diff_upload(
    settings: Settings, name: str, data: bytes, filename: str, mapping: Mapping[str, str] | None = None
) -> CatalogueDiff:
    """Return what a file would change in a catalogue, which may be a new one; changes nothing.

    Raises CatalogueError, SettingsError, IndexDamaged, IndexOutdated.
    """
    from shop import exchange

    return exchange.diff_upload(settings, name, data, filename, used_mapping(settings, name, filename, mapping))


def catalogue_health(settings: Settings, name: str) -> Health:
    """Return the state of a catalogue's products; takes seconds for thousands. Raises IndexNotFound, -Damaged."""
    from shop import exchange

    return exchange.catalogue_health(settings, name)


def import_artifacts(
    folder: Path, name: str, settings: Settings, encoder: str = "auto", progress: Progress | None = None
) -> BuildSummary:
    """Build a catalogue's index from the original system's `dense.faiss` and `dense_chunks.json`, vectors as they are.

    `encoder` encodes the queries (and titles), and must be the one that made the vectors: a source as in EMBEDDER,
    `none` for keyword search, or `auto`: what EMBEDDER names or the packaged one, whichever has the vectors' dimension;
    where neither has, the build is keyword-only and says so. Raises CatalogueError, SettingsError, ModelUnavailable,
    BuildError.
    """
    from retrieval.artifacts import check_name
    from retrieval.indexing import build_index
    from retrieval.legacy import as_catalogue, read_originals
    from retrieval.models import encoder_of_dimension
    from shop import data_folder

    check_name(name)
    data_folder.prepare(settings.data_dir)
    tell: Progress = progress or _silent
    tell("parse", 0, 1)
    originals = read_originals(folder)
    report, given = as_catalogue(originals)
    tell("parse", 1, 1)
    tell("encoder", 0, 1)
    found, source, why = encoder_of_dimension(originals.dimension, settings, encoder)
    tell("encoder", 1, 1)
    return build_index(
        report,
        name,
        settings=settings,
        encoder=found,
        encoder_source=source,
        encoder_why=why,
        progress=tell,
        given=given,
    )


def export_artifacts(name: str, folder: Path, settings: Settings) -> ExportedOriginals:
    """Write a catalogue's chunks and vectors as the original system's two files.

    Raises IndexNotFound where it has no vectors, IndexDamaged, IndexOutdated, ModelUnavailable without FAISS.
    """
    from retrieval.legacy import export_originals

    return export_originals(name, folder, settings)
