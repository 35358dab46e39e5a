"""`models`: which models are active and why, and the one way to fetch more."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

import compose
from cli.called import as_called, called
from cli.output import clean, console, print_json
from retrieval.errors import ModelUnavailable

if TYPE_CHECKING:
    from retrieval.models import Resolved
    from retrieval.settings import Settings

FILES = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors", "README.md", "LICENSE*")
NOT_FILES = ("onnx/*", "openvino/*")
"""What a model folder needs: safe weights, tokenizer, chat template, settings and card; no other kinds of weights."""
SETTING = {"bge-small-en-v1.5": "EMBEDDER", "ms-marco-MiniLM-L-6-v2": "RERANKER"}
"""Folder of a model that is fetched by default -> the setting that names it."""
FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Row:
    """A role and the model that fills it: `source` is None where none does, `why` says so either way."""

    role: str
    active: bool
    id: str | None
    source: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Trained:
    """A version of a trained model, as its card tells of it; `folder` is below MODELS_DIR."""

    kind: str
    version: str
    serving: bool
    catalogue: str
    created: str
    base: str
    folder: str


@click.group()
def models() -> None:
    """See which models are active, and fetch more."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_models(as_json: bool) -> None:
    """Say which models are active and why."""
    from retrieval.settings import load_settings

    settings = load_settings()
    rows = active_models(settings)
    found, damaged = trained_models(settings.models_dir)
    if as_json:
        print_json(
            {
                "active": [asdict(row) for row in rows],
                "trained": [asdict(row) for row in found],
                "damaged": damaged,
                "folder": str(settings.models_dir),
                "there": model_folders(settings.models_dir),
            }
        )
        return
    out = console()
    for row in rows:
        out.print(f"{row.role:<9} {clean(row.id or 'none')}")
        out.print(f"          {as_called(clean(row.why))}" + (f" ({clean(row.source)})" if row.source else ""))
    there = ", ".join(model_folders(settings.models_dir)) or f"no model; {called()} models pull fetches some"
    for version in found:
        whose = f" for {version.catalogue}" if version.catalogue else ""
        out.print(clean(f"{'serves' if version.serving else 'kept':<9} {version.kind} {version.version}{whose}"))
        told = [version.created, f"from {version.base}" if version.base else ""]
        made = ", ".join(part for part in told if part) or "without a card"
        out.print(clean(f"          {made} (models:{version.folder})"))
    for line in damaged:
        out.print(f"damaged   {clean(line)}")
    out.print(f"in {settings.models_dir}: {clean(there)}")


def active_models(settings: Settings) -> list[Row]:
    """Return the encoder, the cross-encoder and the answer model that would be used now."""
    from retrieval.models import Resolved, resolve_encoder, resolve_reranker

    try:
        reranker = resolve_reranker(settings)
    except ModelUnavailable as error:
        reranker = Resolved(None, "", str(error))
    return [_row("encoder", resolve_encoder(settings)), _row("reranker", reranker), _slm_row(settings)]


def trained_models(models_dir: Path) -> tuple[list[Trained], list[str]]:
    """Return the versions of trained models, newest first in each folder, and what is damaged about them."""
    from retrieval import trained

    found: list[Trained] = []
    damaged: list[str] = []
    for catalogue in (None, *trained.owners(models_dir)):
        for kind in trained.FOLDERS:
            try:
                for each in trained.versions(models_dir, kind, catalogue):
                    folder = each.folder.relative_to(models_dir)
                    # A catalogue that has none of its own is served by the general ones, told already.
                    if catalogue is None or folder.parts[0] == catalogue:
                        said = {name: str(each.card.get(name) or "") for name in ("catalogue", "created", "base")}
                        row = Trained(kind, each.version, each.serving, folder=folder.as_posix(), **said)
                        found.append(row)
            except ModelUnavailable as error:
                if str(error) not in damaged:
                    damaged.append(str(error))
    return found, damaged


def _slm_row(settings: Settings) -> Row:
    from answering.providers.slm import slm_name, slm_source

    folder, why = slm_source(settings)
    if folder is None:
        return Row("slm", False, None, None, why)
    return Row("slm", True, slm_name(settings, folder), str(folder), why)


def _row(role: str, resolved: Resolved) -> Row:
    if resolved.source is None:
        return Row(role, False, None, None, resolved.why)
    return Row(role, True, resolved.name, resolved.source, resolved.why)


def model_folders(models_dir: Path) -> list[str]:
    """Return the names of the model folders that are there; a catalogue's stand behind its name."""
    from retrieval import trained

    if not models_dir.is_dir():
        return []
    folders = {f.name: f for f in models_dir.iterdir() if f.is_dir() and not f.name.startswith(".")}
    for catalogue in trained.owners(models_dir):
        own = folders.pop(catalogue)
        folders |= {f"{catalogue}/{name}": own / name for name in trained.FOLDERS.values() if (own / name).is_dir()}
        if trained.looks_like_model(own):
            folders[catalogue] = own
    return sorted(name for name, folder in folders.items() if any(folder.iterdir()))


@models.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--as", "folder_name", metavar="FOLDER", help="Put the one model that is named into models/FOLDER.")
@click.option("--force", is_flag=True, help="Fetch again what is there.")
def pull(names: tuple[str, ...], folder_name: str | None, force: bool) -> None:
    """Fetch models from the Hugging Face hub into models/; encoder and cross-encoder when no NAME is given.

    NAME is one of bge-small-en-v1.5 and ms-marco-MiniLM-L-6-v2, a hub id (owner/model), or an answer model:
    LiquidAI/LFM2-700M, HuggingFaceTB/SmolLM3-3B or google/gemma-3-270m-it, the owner may be left out; `slm` is
    LFM2-700M as models/slm. This is the only command that goes online; HF_TOKEN is used where it is set. Gemma asks
    for it, and for consent to its terms on its page at the hub.
    """
    from answering.providers.slm_source import FOLDER, KNOWN
    from retrieval.models import PULLED
    from retrieval.settings import load_settings
    from retrieval.trained import VERSIONS

    if folder_name is not None and (len(names) != 1 or not FOLDER_NAME.fullmatch(folder_name)):
        raise click.UsageError("--as takes a folder's plain name, for exactly one NAME")
    settings = load_settings()
    out = console()
    for name in names or PULLED:
        hub_id = next(iter(KNOWN)) if name == FOLDER else hub_id_of(name, {**PULLED, **KNOWN})
        folder = settings.models_dir / (folder_name or (FOLDER if name == FOLDER else hub_id.split("/")[1]))
        if (folder / VERSIONS).is_dir():
            raise ModelUnavailable(f"{folder} holds models trained here; choose another folder, or move it away first")
        if folder.is_dir() and any(folder.iterdir()) and not force:
            held = f"{hub_id} is in {folder}" if folder.name == hub_id.split("/")[1] else f"a model is in {folder}"
            out.print(f"{held} already (--force fetches {'it again' if held.startswith(hub_id) else hub_id})")
        else:
            out.print(f"fetching {hub_id} ...")
            fetch(hub_id, folder, settings)
            out.print(f"{hub_id} is in {folder}")
        setting = "SLM" if hub_id in KNOWN else SETTING.get(folder.name)
        if setting and folder.name == hub_id.split("/")[1]:
            out.print(f"  to use it: {setting}={hub_id} in .env")


def hub_id_of(name: str, known: Mapping[str, str]) -> str:
    """Return the hub id that a name given to `pull` means; `known` maps hub ids to short names."""
    for hub_id, short in known.items():
        if name in (hub_id, short):
            return hub_id
    owner, slash, model = name.partition("/")
    if not (owner and slash and model) or "/" in model or owner.startswith(".") or model.startswith("."):
        raise ModelUnavailable(
            f"{name!r} is no model that can be fetched: name one of {', '.join(known.values())}, or owner/model"
        )
    return name


def fetch(hub_id: str, folder: Path, settings: Settings) -> None:
    """Fetch a model into `folder`, whole or not at all; raise ModelUnavailable where that is not possible."""
    with compose.online():
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, HTTPError  # type: ignore[attr-defined]

        folder.parent.mkdir(parents=True, exist_ok=True)
        token = settings.hf_token.get_secret_value() if settings.hf_token else None
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as temporary:
            try:
                snapshot_download(
                    hub_id, local_dir=temporary, allow_patterns=[*FILES], ignore_patterns=[*NOT_FILES], token=token
                )
            except HfHubHTTPError as error:
                raise ModelUnavailable(
                    f"{hub_id} was refused by the hub ({error.server_message or error}); check the name; where "
                    f"the model asks for consent, give it on huggingface.co/{hub_id} and set HF_TOKEN"
                ) from error
            except HFValidationError as error:
                raise ModelUnavailable(f"{hub_id!r} is no hub id: {_first_line(error)}") from error
            except (HTTPError, OSError) as error:
                raise ModelUnavailable(
                    f"{hub_id} could not be fetched: no connection to the hub ({_first_line(error)}); try again when "
                    f"you are online, or copy the model's folder to {folder} by hand"
                ) from error
            if not any(Path(temporary).glob("*.safetensors")):
                raise ModelUnavailable(
                    f"{hub_id} has no safetensors weights, and no others are loaded; choose another model"
                )
            _put(Path(temporary), folder)


def _put(fetched: Path, folder: Path) -> None:
    shutil.rmtree(fetched / ".cache", ignore_errors=True)  # the hub client's own notes, of no use to us
    if folder.exists():
        old = fetched.with_name(fetched.name + "-old")
        folder.rename(old)
        fetched.rename(folder)
        shutil.rmtree(old)
    else:
        fetched.rename(folder)
    folder.chmod(0o755)
    fetched.mkdir()  # for the temporary folder's own clean-up


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
