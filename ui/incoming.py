"""A catalogue's file on its way in: read on trial, compared with what is there, and only then taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

import compose
from retrieval import catalogue
from retrieval.catalogue.diff import CatalogueDiff, diff
from retrieval.catalogue.keys import field_of
from retrieval.errors import IndexStoreError, SettingsError
from shop import mappings
from ui import catalogue_changes, engines, progress, sending
from ui.safe_text import plain

if TYPE_CHECKING:
    from retrieval.estimates import Estimate

COMMON = (".md", ".csv", ".json", ".jsonl", ".tsv")
"""Named first: the box has room for few."""
TYPES = [suffix.removeprefix(".") for suffix in dict.fromkeys((*COMMON, *catalogue.SUFFIXES))]


@dataclass(frozen=True, slots=True)
class Trial:
    """A file that was read on trial, for the catalogue `name`; nothing is kept of it yet.

    `build` is the build that `changes` compares with, empty where the catalogue is new; `unlike` says why what is there
    cannot be compared, and then every product counts as added. `sends` is what a build would send to a server, None
    where nothing would leave this machine. `mapping` None reads columns as they were mapped the last time.
    """

    data: bytes
    filename: str
    name: str
    mapping: Mapping[str, str] | None
    build: str
    known: bool
    changes: CatalogueDiff
    unlike: str | None
    sends: Estimate | None

    @property
    def products(self) -> int:
        """Return how many products the file holds."""
        return len(self.changes.added) + len(self.changes.changed) + self.changes.unchanged

    @property
    def asks(self) -> bool:
        """Return whether it must not be taken unasked: something is replaced, or texts leave the machine."""
        return self.known or self.sends is not None


def read(data: bytes, filename: str, name: str, mapping: Mapping[str, str] | None = None) -> Trial:
    """Read a file once and say what it would change; raise CatalogueError or SettingsError, and change nothing."""
    settings = engines.settings()
    info = next((info for info in compose.catalogues(settings) if info.name == name), None)
    unlike = None
    try:
        changes = compose.diff_upload(settings, name, data, filename, mapping)
    except IndexStoreError as error:
        unlike = str(error)
        used = compose.used_mapping(settings, name, filename, mapping)
        changes = diff([], catalogue.parse_bytes(data, filename, used))
    sends = sending.figures_of(data, PurePath(filename).suffix, name, mapping)
    build = "" if info is None else info.build
    return Trial(data, filename, name, mapping, build, info is not None, changes, unlike, sends)


def read_again(trial: Trial) -> Trial:
    """Return the trial, read anew where another build serves by now: what would change has changed."""
    there = {info.name: info.build for info in compose.catalogues(engines.settings())}
    if (trial.name in there, there.get(trial.name, "")) == (trial.known, trial.build):
        return trial
    return read(trial.data, trial.filename, trial.name, trial.mapping)


def draw(trial: Trial) -> None:
    """Draw what the file would change in the catalogue that is there, and what its build would send away."""
    if trial.unlike is not None:
        st.warning(f"It cannot be compared with what is there: {plain(trial.unlike)}", icon=":material/warning:")
    elif trial.known:
        catalogue_changes.draw(trial.changes)
    if trial.sends is not None:
        st.info(sending.line(trial.name, trial.sends), icon=":material/cloud_upload:")


def verb(trial: Trial) -> str:
    """Return what the button that takes a file says."""
    return ("Send and " if trial.sends else "") + ("replace" if trial.known else "build")


def waits_for(name: str) -> str | None:
    """Return why a file cannot be taken for a catalogue right now, None where it can."""
    return "This catalogue is being built; wait until that has ended." if progress.building(name) else None


def take(trial: Trial) -> None:
    """Keep the file, and the mapping where one was given, and start the build.

    Raises CatalogueError, SettingsError for a name that cannot be used, BuildError, JobError.
    """
    settings = engines.settings()
    kept_as = f"{trial.name}{PurePath(trial.filename).suffix.lower()}"
    if compose.catalogue_name(kept_as) != trial.name:
        raise SettingsError(
            f"{trial.name!r} cannot be a catalogue's name; use at most 48 letters a-z, digits, - and _ "
            "that begin with a letter or a digit"
        )
    source = compose.save_upload(trial.data, kept_as, settings)
    if trial.mapping is not None:
        mappings.save(settings.data_dir, trial.name, worth_keeping(trial.mapping))
    compose.start_build(source, trial.name, settings)


def worth_keeping(mapping: Mapping[str, str]) -> dict[str, str]:
    """Return a mapping, empty where it says only what the columns' own names say: a later file may lack some."""
    return {} if all(field_of(column) == field for field, column in mapping.items()) else dict(mapping)
