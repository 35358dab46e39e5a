"""The builds of a catalogue that are kept, and the way back to one of them."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from retrieval.artifacts import (
    INTERIM,
    MANIFEST,
    Manifest,
    build_folder,
    build_folders,
    current,
    sequence,
    verify,
)
from retrieval.commits import builder_lock, commit, new_build, seal, sweep
from retrieval.errors import BuildError, IndexStoreError


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """One build that is kept.

    `created` is UTC in ISO 8601; `vectors` counts title and chunk vectors; `restored_from` names the build that a
    roll-back brought back as this one; `interim` is a first build's keyword half; `error` says why its manifest cannot
    be read, and then only `build` and `serving` mean anything.
    """

    build: str
    serving: bool
    created: str = ""
    products: int = 0
    chunks: int = 0
    vectors: int = 0
    problems: int = 0
    encoder_id: str | None = None
    source: str = ""
    source_sha256: str = ""
    keyword_only: bool = True
    why: str = ""
    restored_from: str = ""
    interim: bool = False
    error: str | None = None


def builds(index_dir: Path, name: str) -> list[BuildInfo]:
    """Return the builds of a catalogue that are kept, newest first; raise IndexNotFound, -Damaged or -Outdated."""
    serving = current(index_dir, name)
    found = []
    for folder in reversed(build_folders(index_dir, name)):
        path = folder / MANIFEST
        if (sequence(folder.name) or 0) > (sequence(serving.build) or 0):
            continue
        try:
            manifest = Manifest.from_bytes(path.read_bytes(), path=path, name=name)
        except FileNotFoundError:  # given up half-way, or removed just now
            continue
        except IndexStoreError as error:
            found.append(BuildInfo(folder.name, folder.name == serving.build, error=str(error)))
            continue
        counts = manifest.counts
        found.append(
            BuildInfo(
                build=folder.name,
                serving=folder.name == serving.build,
                created=manifest.created,
                products=counts.products,
                chunks=counts.chunks,
                vectors=counts.title_vectors + counts.chunk_vectors,
                problems=counts.problems,
                encoder_id=None if manifest.encoder is None else manifest.encoder.id,
                source=manifest.source,
                source_sha256=manifest.source_sha256,
                keyword_only=manifest.keyword_only,
                why=manifest.why,
                restored_from=manifest.restored_from,
                interim=manifest.why == INTERIM,
            )
        )
    return found


def roll_back(index_dir: Path, name: str, build: str | None, keep: int) -> Manifest:
    """Let an earlier build serve again, its files checked first, and return the manifest that serves now.

    It is committed as a new build over the same files (hard links), so that the history only grows and the build rolled
    back from is kept like any other. Without `build` it is the one before what serves, interim builds left out. Raises
    BuildError where there is no such build, it serves already or somebody is building; IndexDamaged naming a file.
    """
    current(index_dir, name)
    try:
        with builder_lock(index_dir, name, wait=False):
            wanted = _target(builds(index_dir, name), name, build)
            folder = build_folder(index_dir, name, wanted)
            path = folder / MANIFEST
            old = Manifest.from_bytes(path.read_bytes(), path=path, name=name)
            verify(folder, old, old.files)
            with new_build(index_dir, name) as copy:
                for relative in old.files:
                    _link(folder / relative, copy / relative)
                again = replace(
                    old,
                    build=copy.name,
                    created=datetime.now(UTC).isoformat(timespec="seconds"),
                    restored_from=old.restored_from or old.build,
                )
                sealed = seal(copy, again)
                verify(copy, old, sealed.files)
                commit(index_dir, sealed)
            sweep(index_dir, name, keep)
            return sealed
    except OSError as error:
        raise BuildError(
            f"the build of {name!r} could not be brought back in {index_dir}: {error}; what served keeps serving. Look "
            "for free disk space and the right to write there, then try again."
        ) from error


def _target(kept: list[BuildInfo], name: str, build: str | None) -> str:
    if build is not None:
        wanted = next((info for info in kept if info.build == build), None)
        if wanted is None:
            there = ", ".join(info.build for info in kept)
            raise BuildError(f"{name!r} has no build {build!r}; kept are: {there}")
        if wanted.serving:
            raise BuildError(f"build {build} of {name!r} serves already")
        return wanted.build
    serving = next(info for info in kept if info.serving)
    before = sequence(serving.restored_from or serving.build) or 0
    for info in kept:
        if (sequence(info.build) or 0) < before and not info.interim and not info.error:
            return info.build
    raise BuildError(
        f"no build of {name!r} before {serving.restored_from or serving.build} is kept; "
        f"see: product-search builds {name}"
    )


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EXDEV):
            raise
        shutil.copyfile(source, target)  # a file system without hard links
