"""The catalogues that are there: their files, what would change in them, and backups of all that the user owns."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import CatalogueError, IndexStoreError

if TYPE_CHECKING:
    from retrieval.catalogue.diff import CatalogueDiff
    from retrieval.catalogue.health import Health
    from retrieval.settings import Settings
    from shop.backups import Backup, Restored
    from shop.exchange import Exported

SAMPLE = "sample"


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
    from retrieval.files import replace_bytes
    from shop import data_folder

    suffix = Path(filename).suffix.lower()
    if suffix not in SUFFIXES:
        raise CatalogueError(
            f"{filename}: cannot read {suffix or 'this kind of'} files; upload one of {', '.join(sorted(SUFFIXES))}"
        )
    if len(data) > settings.max_upload_mb * 2**20:
        raise CatalogueError(
            f"{filename}: {len(data) / 2**20:.1f} MiB is more than the {settings.max_upload_mb} MiB that MAX_UPLOAD_MB "
            "allows; raise it, or index the file with: product-search index FILE"
        )
    data_folder.prepare(settings.data_dir)
    folder = settings.data_dir / catalogue_name(filename)
    target = folder / f"source{suffix}"
    replace_bytes(target, data)
    for other in folder.glob("source.*"):
        if other != target:
            other.unlink()
    return target


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


def backup(settings: Settings, file: Path, *, embeddings: bool = True, force: bool = False) -> Backup:
    """Write a backup of all user data while the program may be in use; raise DataError."""
    from shop import backups

    return backups.backup(settings.data_dir, file, embeddings=embeddings, force=force)


def restore(settings: Settings, file: Path, *, force: bool = False) -> Restored:
    """Put a backup in the place of the user data, all or nothing; raise DataError. Indexes are built again after it."""
    from shop import backups

    return backups.restore(settings.data_dir, file, force=force)
