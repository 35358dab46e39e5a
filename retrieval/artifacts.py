"""The frozen layout of a build on disk, and how a reader finds and checks one.

    index/<name>/manifest.json            which build serves; renaming it into place is the commit
    index/<name>/<build>/manifest.json    the same bytes
    index/<name>/<build>/catalogue.sqlite products, chunks, problems
    index/<name>/<build>/columns.npz      arrays for filters, facets and sorting
    index/<name>/<build>/vocabulary.npz    words, their counts and neighbours, for reading queries
    index/<name>/<build>/names.npz         titles, part numbers and model codes that a query may name
    index/<name>/<build>/keyword/<backend>/...
    index/<name>/<build>/vectors/         title and chunk vectors, absent from a keyword-only build

A build never changes once committed. `commits.py` writes builds and takes them away; this file only reads.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import IndexDamaged, IndexNotFound, IndexOutdated, SettingsError
from retrieval.settings import Settings

FORMAT_VERSION = 2
MANIFEST = "manifest.json"
STORE = "catalogue.sqlite"
COLUMNS = "columns.npz"
VOCABULARY = "vocabulary.npz"
NAMES = "names.npz"
KEYWORD = "keyword"
VECTORS = "vectors"
TITLE_VECTORS = "vectors/titles.index"
CHUNK_VECTORS = "vectors/chunks.index"
CHUNK_PRODUCT = "vectors/chunk_product.npy"
# Why a first build has no vectors until its second half is committed.
INTERIM = "the vectors are still being built"

# What a build's files hold: queries must be read by the same settings as the products were.
SHAPING_SETTINGS = (
    "tokenizer",
    "bm25_k1",
    "bm25_b",
    "bm25_title_weight",
    "bm25_pair_weight",
    "bm25_attribute_weight",
    "bm25_body_weight",
    "ngram_cutoff",
    "chunk_words",
    "chunk_min_words",
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_BUILD = re.compile(r"(\d{6,})-[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a build holds; vectors are 0 in a keyword-only build."""

    products: int
    chunks: int
    title_vectors: int
    chunk_vectors: int
    problems: int


@dataclass(frozen=True, slots=True)
class EncoderRecord:
    """The encoder of a build's vectors, which its queries must use too; `why` says how it was chosen."""

    id: str
    source: str
    dimension: int
    why: str


@dataclass(frozen=True, slots=True)
class VectorIndexRecord:
    """The kind of a build's vector indexes and why it was chosen."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What a file of a build must look like."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about one build.

    `created` is UTC in ISO 8601; `source` is the catalogue's file name and `source_sha256` its checksum; `settings` are
    those that shaped the build, by the names of `Settings`; `files` maps a path relative to the build's folder to its
    checksum; `why` says why there are no vectors (empty where there are); `restored_from` is the build that a roll-back
    brought back as this one.
    """

    name: str
    build: str
    created: str
    source: str
    source_sha256: str
    counts: Counts
    keyword_backends: tuple[str, ...]
    encoder: EncoderRecord | None
    vector_index: VectorIndexRecord | None
    settings: Mapping[str, Any]
    files: Mapping[str, FileRecord]
    keyword_only: bool
    why: str = ""
    restored_from: str = ""
    format_version: int = FORMAT_VERSION

    def under(self, prefix: str) -> list[str]:
        """Return the relative paths of the file `prefix`, or of all files in the folder `prefix`, sorted."""
        return sorted(path for path in self.files if path == prefix or path.startswith(prefix + "/"))

    def to_bytes(self) -> bytes:
        """Return the manifest as the text of its file, which carries its own checksum."""
        payload = json.loads(json.dumps(asdict(self)))
        payload["digest"] = _digest(payload)
        return (json.dumps(payload, indent=1, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes, *, path: Path, name: str) -> Manifest:
        """Read a manifest file's text; raise IndexDamaged or IndexOutdated naming `path`."""
        try:
            payload = json.loads(content)
            recorded = payload.pop("digest", None)
            version = payload["format_version"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexDamaged(f"{path} cannot be read as a manifest ({error!r}). {rebuild_hint(name)}") from error
        if recorded != _digest(payload) and (recorded is not None or version == FORMAT_VERSION):
            raise IndexDamaged(f"{path} does not match its own checksum. {rebuild_hint(name)}")
        if version != FORMAT_VERSION:
            raise IndexOutdated(
                f"{path} is of format {version}, this version reads format {FORMAT_VERSION}. {rebuild_hint(name)}"
            )
        try:
            encoder, vector_index = payload["encoder"], payload["vector_index"]
            payload["counts"] = Counts(**payload["counts"])
            payload["keyword_backends"] = tuple(payload["keyword_backends"])
            payload["encoder"] = None if encoder is None else EncoderRecord(**encoder)
            payload["vector_index"] = None if vector_index is None else VectorIndexRecord(**vector_index)
            payload["files"] = {path: FileRecord(**record) for path, record in payload["files"].items()}
            return cls(**payload)
        except (KeyError, TypeError, AttributeError) as error:
            raise IndexDamaged(f"{path} lacks a field ({error}). {rebuild_hint(name)}") from error


def _digest(payload: Mapping[str, Any]) -> str:
    canonical = json.dumps(payload, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def shaping(settings: Settings) -> dict[str, Any]:
    """Return the settings that shape a build's files, by name."""
    return {name: getattr(settings, name) for name in SHAPING_SETTINGS}


def rebuild_hint(name: str) -> str:
    """Return the sentence that tells how to build a catalogue's index anew."""
    return f"Build it anew with: product-search index FILE --name {name}"


def check_name(name: str) -> str:
    """Return the name of a catalogue unchanged; raise SettingsError where it cannot be a folder's name."""
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} cannot be a catalogue's name: use 1-64 letters (a-z), digits, - and _, a letter or digit first."
        )
    return name


def catalogue_folder(index_dir: Path, name: str) -> Path:
    """Return the folder of a catalogue's builds, whether it exists or not."""
    return index_dir / check_name(name)


def build_folder(index_dir: Path, name: str, build: str) -> Path:
    """Return the folder of one build, whether it exists or not."""
    return catalogue_folder(index_dir, name) / build


def sequence(build: str) -> int | None:
    """Return the number of a build within its catalogue (later builds have higher ones); None for another name."""
    match = _BUILD.fullmatch(build)
    return int(match[1]) if match else None


def catalogue_names(index_dir: Path) -> list[str]:
    """Return the names of all catalogues with a committed build, sorted."""
    if not index_dir.is_dir():
        return []
    return sorted(f.name for f in index_dir.iterdir() if _NAME.fullmatch(f.name) and (f / MANIFEST).is_file())


def current(index_dir: Path, name: str) -> Manifest:
    """Return the manifest of the build that serves; raise IndexNotFound, IndexDamaged or IndexOutdated."""
    path = catalogue_folder(index_dir, name) / MANIFEST
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        known = catalogue_names(index_dir)
        there = f"Catalogues there: {', '.join(known)}. " if known else "No catalogue was built there yet. "
        raise IndexNotFound(
            f"no catalogue {name!r} in {index_dir}. {there}Build it with: product-search index FILE --name {name}"
        ) from error
    except OSError as error:
        raise IndexDamaged(f"{path} cannot be read ({error}). {rebuild_hint(name)}") from error
    manifest = Manifest.from_bytes(content, path=path, name=name)
    if sequence(manifest.build) is None:
        raise IndexDamaged(f"{path} names {manifest.build!r}, which is no build. {rebuild_hint(name)}")
    return manifest


def build_folders(index_dir: Path, name: str) -> list[Path]:
    """Return the folders of all builds of a catalogue, finished or not, oldest first."""
    folder = catalogue_folder(index_dir, name)
    if not folder.is_dir():
        return []
    found = [(number, f) for f in folder.iterdir() if (number := sequence(f.name)) is not None and f.is_dir()]
    return [f for _, f in sorted(found)]


def list_builds(index_dir: Path, name: str) -> list[Manifest]:
    """Return the manifests of all committed builds of a catalogue, oldest first; the last one serves."""
    serving = current(index_dir, name)
    manifests = []
    for folder in build_folders(index_dir, name):
        path = folder / MANIFEST
        if path.is_file() and (sequence(folder.name) or 0) <= (sequence(serving.build) or 0):
            manifests.append(Manifest.from_bytes(path.read_bytes(), path=path, name=name))
    return manifests


def hash_file(path: Path) -> FileRecord:
    """Return checksum and size of a file."""
    with path.open("rb") as file:
        return FileRecord(hashlib.file_digest(file, "sha256").hexdigest(), file.tell())


def verify(folder: Path, manifest: Manifest, paths: Iterable[str]) -> None:
    """Check files of a build, given relative to its folder; raise IndexDamaged naming the first damaged one."""
    for relative in paths:
        path = folder / relative
        expected = manifest.files.get(relative)
        if expected is None:
            raise IndexDamaged(f"{path} is not part of build {manifest.build}. {rebuild_hint(manifest.name)}")
        try:
            found = hash_file(path)
        except FileNotFoundError as error:
            raise IndexDamaged(f"{path} is missing. {rebuild_hint(manifest.name)}") from error
        except OSError as error:
            raise IndexDamaged(f"{path} cannot be read ({error}). {rebuild_hint(manifest.name)}") from error
        if found != expected:
            what = (
                f"has {found.bytes} bytes instead of {expected.bytes}"
                if found.bytes != expected.bytes
                else "does not match its checksum"
            )
            raise IndexDamaged(f"{path} is damaged: it {what}. {rebuild_hint(manifest.name)}")
