"""`models`: which models are active and why, and the one way to fetch more."""

from __future__ import annotations

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

FILES = ("*.json", "*.txt", "*.model", "*.safetensors", "README.md", "LICENSE*")
NOT_FILES = ("onnx/*", "openvino/*")
"""What a model folder needs: safe weights, tokenizer, settings and card; no pickled, ONNX or TensorFlow weights."""
SETTING = {"bge-small-en-v1.5": "EMBEDDER", "ms-marco-MiniLM-L-6-v2": "RERANKER"}
"""Folder of a model that is fetched by default -> the setting that names it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A role and the model that fills it: `source` is None where none does, `why` says so either way."""

    role: str
    active: bool
    id: str | None
    source: str | None
    why: str


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
    if as_json:
        print_json(
            {
                "active": [asdict(row) for row in rows],
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
    out.print(f"in {settings.models_dir}: {clean(there)}")


def active_models(settings: Settings) -> list[Row]:
    """Return the encoder, the cross-encoder and the answer model that would be used now."""
    from retrieval.models import resolve_encoder, resolve_reranker

    slm = settings.models_dir / "slm"
    found = slm.is_dir() and any(slm.iterdir())
    return [
        _row("encoder", resolve_encoder(settings)),
        _row("reranker", resolve_reranker(settings)),
        Row(
            "slm",
            found,
            "slm" if found else None,
            str(slm) if found else None,
            f"{slm} {'is' if found else 'is not'} there",
        ),
    ]


def _row(role: str, resolved: Resolved) -> Row:
    if resolved.source is None:
        return Row(role, False, None, None, resolved.why)
    return Row(role, True, resolved.name, resolved.source, resolved.why)


def model_folders(models_dir: Path) -> list[str]:
    """Return the names of the model folders that are there."""
    if not models_dir.is_dir():
        return []
    return sorted(
        f.name for f in models_dir.iterdir() if f.is_dir() and not f.name.startswith(".") and any(f.iterdir())
    )


@models.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--force", is_flag=True, help="Fetch again what is there.")
def pull(names: tuple[str, ...], force: bool) -> None:
    """Fetch models from the Hugging Face hub into models/; all that this project knows when no NAME is given.

    NAME is one of bge-small-en-v1.5 and ms-marco-MiniLM-L-6-v2, or a hub id (owner/model). This is the only command
    that goes online; HF_TOKEN is used where it is set.
    """
    from retrieval.models import PULLED
    from retrieval.settings import load_settings

    settings = load_settings()
    out = console()
    for hub_id in [hub_id_of(name, PULLED) for name in names or PULLED]:
        folder = settings.models_dir / hub_id.split("/")[1]
        if folder.is_dir() and any(folder.iterdir()) and not force:
            out.print(f"{hub_id} is in {folder} already (--force fetches it again)")
        else:
            out.print(f"fetching {hub_id} ...")
            fetch(hub_id, folder, settings)
            out.print(f"{hub_id} is in {folder}")
        if folder.name in SETTING:
            out.print(f"  to use it: {SETTING[folder.name]}={hub_id} in .env")


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
                    f"{hub_id} was refused by the hub ({error.server_message or error}); check the name, and set "
                    "HF_TOKEN where the model asks for consent"
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
