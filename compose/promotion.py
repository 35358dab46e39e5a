"""Which trained model serves a catalogue: promoted and rolled back; an embedder's index goes with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compose.queue import TRAIN, start_job
from retrieval.errors import DataError, ModelUnavailable

if TYPE_CHECKING:
    from compose.training import TrainedModel
    from retrieval.artifacts import Manifest
    from retrieval.protocols import Progress
    from retrieval.settings import Settings
    from retrieval.trained import Version
    from training.cards import Card, Kind

RECORD = "promotions.json"


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a roll-back of a model did.

    `version` serves now in the place of `before`, None for what there was before any training. `build` is the index
    that came back with an embedder; where none of it is kept, `job` builds it anew, and `before` answers until then.
    """

    kind: Kind
    before: str
    version: str | None
    build: str | None = None
    job: str | None = None


def placed(settings: Settings, name: str) -> list[TrainedModel]:
    """Return the models in MODELS_DIR that serve a catalogue or did, by kind; raise ModelUnavailable for damage."""
    from compose.training import TrainedModel
    from retrieval import trained
    from training.cards import KINDS

    found = [each for kind in KINDS for each in trained.versions(settings.models_dir, kind, name)]
    cards = [_card(each, name) for each in found]
    return [
        TrainedModel(each.kind, each.version, each.serving, False, each.folder, card, card.settings.get("run"))
        for each, card in zip(found, cards, strict=True)
    ]


def _card(found: Version, name: str) -> Card:
    """Return a version's card; one that somebody put there without any says nothing of itself."""
    from training.cards import Card

    if not found.card:
        return Card(found.kind, found.version, name, "", "", "")
    try:
        return Card.from_dict(found.card)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DataError(f"the card in {found.folder} cannot be read ({error!r}); put it back, or remove it") from error


def promote_model(settings: Settings, name: str, kind: Kind, version: str) -> str | None:
    """Let a trained model serve, whether it passed the gate or not; return None, or the id of a job that is needed.

    An embedder serves when an index made with it does: where none is kept, a job builds it, and what serves keeps
    serving until then. Raises ModelUnavailable for a version that is not there, BuildError while an index is built.
    """
    if kind == "reranker" or _kept(settings, name, _source(settings, name, kind, version)) is not None:
        promote(settings, name, kind, version)
        return None
    return start_job(TRAIN, name, "", {"serve": {"kind": kind, "version": version}}, settings)


def promote(settings: Settings, name: str, kind: Kind, version: str, progress: Progress | None = None) -> None:
    """Let a trained model serve now, an embedder with its index, which is built where none is kept.

    Cut short at any moment it leaves what served serving, or the new model; doing it again brings it to its end.
    """
    from retrieval import trained

    source = _source(settings, name, kind, version)
    if kind == "embedder":
        _remember(settings, name, version, source)
        _bring(settings, name, source, None, progress)
    trained.serve(settings.models_dir, kind, name, version)


def roll_back_model(settings: Settings, name: str, kind: Kind) -> RolledBack:
    """Let what served before the present trained model serve again, an embedder's earlier index with it.

    Raises ModelUnavailable where no trained model serves, BuildError while an index is built.
    """
    from retrieval import trained
    from retrieval.artifacts import current

    there = trained.versions(settings.models_dir, kind, name)
    serving = next((found for found in there if found.serving), None)
    if serving is None:
        raise ModelUnavailable(f"no trained {kind} serves {name!r}, so that there is nothing to roll back")
    if kind == "reranker":
        back = trained.roll_back(settings.models_dir, kind, name)
        return RolledBack(kind, serving.version, None if back is None else back.version)
    now = current(settings.index_dir, name)
    moved = now.encoder is not None and now.encoder.source == trained.source_of(settings.models_dir, serving.folder)
    before = _remembered(settings, name).get(serving.version, {})
    build = None
    if moved:
        # The index first: until serving.json follows, a search only needs the encoder that its build names.
        build = _bring_kept(settings, name, before.get("encoder"), before.get("build")) if before else None
    back = trained.roll_back(settings.models_dir, kind, name)
    version = None if back is None else back.version
    if build is not None or not moved:
        return RolledBack(kind, serving.version, version, build)
    job = start_job(TRAIN, name, "", {"serve": {"kind": kind, "encoder": before.get("encoder", "auto")}}, settings)
    return RolledBack(kind, serving.version, version, None, job)


def can_roll_back(settings: Settings, name: str, kind: Kind) -> bool:
    """Return whether a trained model of this kind serves the catalogue."""
    return any(found.kind == kind and found.serving for found in placed(settings, name))


def swap(settings: Settings, name: str, asked: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Do in this process what a job was asked for that lets a model, or an encoder by its source, serve."""
    from retrieval.artifacts import current

    if "version" in asked:
        promote(settings, name, asked["kind"], asked["version"], progress)
    else:
        source = asked["encoder"]
        _bring(settings, name, _chosen(settings, name) if source == "auto" else source, None, progress)
    return {"served": dict(asked), "build": current(settings.index_dir, name).build}


def _chosen(settings: Settings, name: str) -> str | None:
    from retrieval.models import resolve_encoder

    return resolve_encoder(settings, "auto", name).source


def _source(settings: Settings, name: str, kind: Kind, version: str) -> str:
    """Return what a manifest keeps of a version, which is put into MODELS_DIR where it lies aside.

    A version serves from there alone, and nothing changes by lying there.
    """
    from retrieval import trained
    from retrieval.artifacts import catalogue_names
    from training import runs

    for found in trained.versions(settings.models_dir, kind, name):
        if found.version == version:
            return trained.source_of(settings.models_dir, found.folder)
    for each in runs.kept(settings.data_dir, name):
        if (each.card.kind, each.card.version) == (kind, version):
            alone = set(catalogue_names(settings.index_dir)) <= {name}
            home = trained.home(settings.models_dir, kind, name, alone=alone)
            return trained.source_of(settings.models_dir, trained.keep(each.folder, home, version))
    raise ModelUnavailable(f"{name!r} has no trained {kind} {version!r}; see: product-search train list --index {name}")


def _bring(
    settings: Settings, name: str, source: str | None, build: str | None, progress: Progress | None
) -> str | None:
    """Let a build serve whose vectors are of this encoder (None: without vectors), and return its id."""
    return _bring_kept(settings, name, source, build) or _build_anew(settings, name, source, progress)


def _bring_kept(settings: Settings, name: str, source: str | None, build: str | None) -> str | None:
    """Let a kept build of this encoder and of the same catalogue serve, that of this id first; None without one."""
    from retrieval import history
    from retrieval.artifacts import current

    found = _kept(settings, name, source, build)
    if found is None:
        return None
    if found.build == current(settings.index_dir, name).build:
        return found.build
    return history.roll_back(settings.index_dir, name, found.build, settings.keep_builds).build


def _kept(settings: Settings, name: str, source: str | None, build: str | None = None) -> Manifest | None:
    """Return the newest kept build of an encoder that holds the same catalogue as the one that serves."""
    from retrieval import history
    from retrieval.artifacts import MANIFEST, Manifest, build_folder, current

    now = current(settings.index_dir, name)
    found = []
    for info in history.builds(settings.index_dir, name):
        if info.error or info.interim:
            continue
        path = build_folder(settings.index_dir, name, info.build) / MANIFEST
        manifest = Manifest.from_bytes(path.read_bytes(), path=path, name=name)
        same = (manifest.source_sha256, manifest.counts.products) == (now.source_sha256, now.counts.products)
        if same and (None if manifest.encoder is None else manifest.encoder.source) == source:
            found.append(manifest)
    return next((each for each in found if each.build == build), found[0] if found else None)


def _build_anew(settings: Settings, name: str, source: str | None, progress: Progress | None) -> str:
    """Build the index of what serves with another encoder; vectors that are known already are reused."""
    from retrieval.indexing import build_index
    from retrieval.loading import open_build
    from retrieval.models import prepare_encoder
    from retrieval.records import ParseReport

    build = open_build(settings.index_dir, name, settings)
    try:
        products = tuple(build.store.all_products())
        manifest = build.manifest
        report = ParseReport(
            products, tuple(build.store.problems()), len(products), manifest.source, manifest.source_sha256
        )
    finally:
        build.close()
    encoder = None if source is None else prepare_encoder(source, settings)
    return build_index(
        report,
        name,
        settings=settings,
        encoder=encoder,
        encoder_source=source or "",
        encoder_why="asked for" if source else "as it was before",
        progress=progress,
    ).build


def _remember(settings: Settings, name: str, version: str, source: str) -> None:
    """Write down which build and encoder an embedder takes over from, before it does."""
    from retrieval.artifacts import current
    from retrieval.files import replace_text

    now = current(settings.index_dir, name)
    encoder = None if now.encoder is None else now.encoder.source
    if encoder == source:
        return  # it has taken over already, in a promotion that was cut short
    kept = {**_remembered(settings, name), version: {"build": now.build, "encoder": encoder}}
    replace_text(_record(settings, name), json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


def _remembered(settings: Settings, name: str) -> dict[str, dict[str, Any]]:
    path = _record(settings, name)
    try:
        return {str(version): dict(row) for version, row in json.loads(path.read_bytes()).items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError(f"{path} cannot be read ({error}); remove it, then the index is built anew") from error


def _record(settings: Settings, name: str) -> Path:
    from retrieval.artifacts import check_name
    from training.runs import FOLDER

    return settings.data_dir / check_name(name) / FOLDER / RECORD
