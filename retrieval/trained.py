"""Trained models on disk: which versions there are, which one serves a catalogue, and changing that.

One folder a kind, for all catalogues (`MODELS_DIR/reranker-ft-miniLM`) or for one of several
(`MODELS_DIR/<catalogue>/reranker-ft-miniLM`), holds either plain weights or
    versions/<version>/   weights, tokenizer, card.json; nothing in it is changed once it is there
    serving.json          {"format": 1, "version": "...", "previous": ["..."]}; the one that served last stands last
Writing serving.json is the promotion and the roll-back; without it the plain weights serve, where there are any.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from retrieval.errors import ModelUnavailable, SettingsError
from retrieval.files import replace_text

Kind = Literal["embedder", "reranker"]
FOLDERS: Mapping[Kind, str] = {"embedder": "embedder-ft", "reranker": "reranker-ft-miniLM"}
"""The name of each kind's folder."""
SERVING = "serving.json"
VERSIONS = "versions"
CARD = "card.json"
FORMAT = 1
KEPT_PREVIOUS = 50
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Version:
    """A trained model that can serve, `serving` where it does; `card` is empty where it has none."""

    kind: Kind
    version: str
    folder: Path
    serving: bool
    card: Mapping[str, Any]


def looks_like_model(folder: Path) -> bool:
    """Return whether a folder holds a model that transformers or sentence-transformers may know."""
    return (folder / "config.json").is_file() or (folder / "modules.json").is_file()


def card(folder: Path) -> dict[str, Any]:
    """Return a model's card, empty where it has none; raise ModelUnavailable where it cannot be read."""
    path = folder / CARD
    try:
        row = json.loads(path.read_bytes())
        if not isinstance(row, dict):
            raise ValueError("it holds no JSON object")
        if row.get("format", FORMAT) != FORMAT:
            raise ValueError(f"it is of format {row['format']!r}, this program reads format {FORMAT}")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ModelUnavailable(f"{path} cannot be read ({error}); put it back, or let another model serve") from error
    return row


def reading_of(folder: Path) -> tuple[float, int | None]:
    """Return a reranker's weight beside the first stage (1 without a card) and the model tokens that it reads, or None.

    Raises ModelUnavailable where its card says neither in a way that can be used.
    """
    row = card(folder)
    blend = row.get("blend") or {}
    weight = blend.get("weight", 1.0) if isinstance(blend, dict) else None
    length = row.get("max_length")
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight <= 1:
        raise ModelUnavailable(f"{folder / CARD}: blend is {blend!r}; it needs a weight from 0 to 1")
    if length is not None and (isinstance(length, bool) or not isinstance(length, int) or length < 1):
        raise ModelUnavailable(f"{folder / CARD}: max_length is {length!r}; it needs a number of model tokens")
    return float(weight), length


def serving_folder(models_dir: Path, kind: Kind, catalogue: str | None = None) -> Path | None:
    """Return the folder of the trained model that serves a catalogue, None where none does.

    The catalogue's own comes first, then the general one unless its card names another catalogue; without a catalogue
    the general one. Raises ModelUnavailable where a file that says so is damaged.
    """
    general = models_dir / FOLDERS[kind]
    if catalogue is None:
        return _serving(general)
    own = _serving(_own(models_dir, kind, catalogue))
    if own is not None:
        return own
    for found in (_serving(general), general if looks_like_model(general) else None):
        if found is not None and card(found).get("catalogue") in (None, catalogue):
            return found
    return None


def versions(models_dir: Path, kind: Kind, catalogue: str | None = None) -> list[Version]:
    """Return the versions that a catalogue may be served by, newest first; without a catalogue the general folder's.

    Raises ModelUnavailable where a card or serving.json is damaged.
    """
    folder = _folder(models_dir, kind, catalogue)
    now = _serving(folder)
    found = []
    for name in sorted(_names(folder), reverse=True):
        place = folder / VERSIONS / name
        row = card(place)
        if catalogue is None or row.get("catalogue") in (None, catalogue):
            found.append(Version(kind, name, place, place == now, row))
    return found


def owners(models_dir: Path) -> list[str]:
    """Return the catalogues that have a folder of their own for trained models."""
    if not models_dir.is_dir():
        return []
    found = (entry for entry in models_dir.iterdir() if _NAME.fullmatch(entry.name))
    return sorted(entry.name for entry in found if any((entry / name).is_dir() for name in FOLDERS.values()))


def home(models_dir: Path, kind: Kind, catalogue: str, *, alone: bool) -> Path:
    """Return the folder of a kind that a catalogue's versions go to, whether it exists or not.

    The general one where the catalogue is `alone`, that is the only one indexed, and where versions of it lie there
    already; but none where versions of another lie, and the catalogue's own as soon as it has one.
    """
    general, own = models_dir / FOLDERS[kind], _own(models_dir, kind, catalogue)
    if _names(own):
        return own
    owners = {card(general / VERSIONS / name).get("catalogue") for name in _names(general)}
    return general if catalogue in owners or (alone and owners <= {None}) else own


def keep(model: Path, folder: Path, version: str) -> Path:
    """Copy a model's folder into the versions of a kind's folder, whole or not at all, and return where it lies.

    A version that is there already stays as it is. Raises OSError where the disk is full.
    """
    place = _place(folder, version)
    if looks_like_model(place):
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{version}-{secrets.token_hex(4)}")
    try:
        shutil.copytree(model, partial)
        for file in partial.rglob("*"):
            if file.is_file():
                with file.open("rb") as stream:
                    os.fsync(stream.fileno())
        partial.rename(place)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return place


def serve(models_dir: Path, kind: Kind, catalogue: str | None, version: str) -> Version:
    """Let a version serve from now on; searches take it up within seconds. What serves until then is the way back.

    A serving.json that cannot be read is written anew. Raises ModelUnavailable for a version that is not there or is of
    another catalogue.
    """
    folder = _folder(models_dir, kind, catalogue)
    place = _place(folder, version)
    if not looks_like_model(place):
        there = ", ".join(sorted(_names(folder), reverse=True)) or "none"
        raise ModelUnavailable(f"{place} holds no model that could serve; there are: {there}")
    row = card(place)
    if catalogue is not None and row.get("catalogue") not in (None, catalogue):
        raise ModelUnavailable(f"{place} was trained on {row['catalogue']!r}, and does not serve {catalogue!r}")
    try:
        now, previous = _read(folder)
    except ModelUnavailable:
        now, previous = None, ()
    if now != version:
        _write(folder, version, (*previous, now) if now else previous)
    return Version(kind, version, place, True, row)


def roll_back(models_dir: Path, kind: Kind, catalogue: str | None = None) -> Version | None:
    """Let the version serve again that served before the present one, and return it.

    Before the first one there were plain weights or nothing: then None is returned. Versions that were removed are left
    out. Raises ModelUnavailable where no version serves, or serving.json is damaged.
    """
    folder = _folder(models_dir, kind, catalogue)
    now, previous = _read(folder)
    if now is None:
        raise ModelUnavailable(f"no trained {kind} serves in {folder}, so that there is nothing to roll back")
    left = [name for name in previous if name != now and looks_like_model(folder / VERSIONS / name)]
    if not left:
        (folder / SERVING).unlink()
        return None
    place = folder / VERSIONS / left[-1]
    row = card(place)
    _write(folder, left[-1], left[:-1])
    return Version(kind, left[-1], place, True, row)


def source_of(models_dir: Path, folder: Path) -> str:
    """Return what a manifest keeps of a model below MODELS_DIR: `models:embedder-ft/versions/<version>`."""
    return f"models:{folder.relative_to(models_dir).as_posix()}"


def name_of(folder: Path) -> str:
    """Return a model's name: its folder's, for a version `embedder-ft-<version>`."""
    return f"{folder.parents[1].name}-{folder.name}" if folder.parent.name == VERSIONS else folder.name


def is_tuned(encoder_id: str) -> bool:
    """Return whether an encoder was trained here, on a catalogue, by its id: those go by their `name_of`."""
    return encoder_id.startswith(FOLDERS["embedder"])


def _own(models_dir: Path, kind: Kind, catalogue: str) -> Path:
    if not _NAME.fullmatch(catalogue):
        raise SettingsError(f"{catalogue!r} cannot be a catalogue's name, so that no model can be kept for it")
    return models_dir / catalogue / FOLDERS[kind]


def _folder(models_dir: Path, kind: Kind, catalogue: str | None) -> Path:
    """Return the folder of a kind whose versions may serve a catalogue: its own where it has any."""
    own = None if catalogue is None else _own(models_dir, kind, catalogue)
    return own if own is not None and (_names(own) or (own / SERVING).is_file()) else models_dir / FOLDERS[kind]


def _names(folder: Path) -> list[str]:
    try:
        found = [entry.name for entry in (folder / VERSIONS).iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [name for name in found if _NAME.fullmatch(name) and looks_like_model(folder / VERSIONS / name)]


def _place(folder: Path, version: str) -> Path:
    if not _NAME.fullmatch(version):
        raise ModelUnavailable(f"{version!r} is no version's name: letters, digits, . _ and - make one")
    return folder / VERSIONS / version


def _serving(folder: Path) -> Path | None:
    """Return the model that serves in a kind's folder, None where there is none."""
    version, _ = _read(folder)
    if version is None:
        return folder if looks_like_model(folder) else None
    place = folder / VERSIONS / version
    if not looks_like_model(place):
        raise ModelUnavailable(
            f"{folder / SERVING} names {version}, but {place} holds no model; put it back, or let another version serve"
        )
    return place


def _read(folder: Path) -> tuple[str | None, tuple[str, ...]]:
    """Return the version that serves and those before it; (None, ()) where no version was ever promoted."""
    path = folder / SERVING
    try:
        row = json.loads(path.read_bytes())
        if row.get("format", FORMAT) != FORMAT:
            raise ValueError(f"it is of format {row['format']!r}, this program reads format {FORMAT}")
        version, previous = row["version"], row["previous"]
        if not isinstance(previous, list):
            raise ValueError("previous is no list")
        for name in (version, *previous):
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no version's name")
    except (FileNotFoundError, NotADirectoryError):
        return None, ()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ModelUnavailable(
            f"{path} cannot be read ({type(error).__name__}: {error}), so that it does not tell which model serves; "
            "let a version serve again, or remove that file for none"
        ) from error
    return version, tuple(previous)


def _write(folder: Path, version: str, previous: tuple[str, ...] | list[str]) -> None:
    row = {"format": FORMAT, "version": version, "previous": list(previous)[-KEPT_PREVIOUS:]}
    replace_text(folder / SERVING, json.dumps(row, indent=1) + "\n")
