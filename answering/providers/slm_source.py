"""Where the small language model on this machine lies, and how it is called."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from retrieval.models import locate
from retrieval.settings import Settings

FOLDER = "slm"
"""Folder below MODELS_DIR that `auto` looks into."""
KNOWN = {
    "LiquidAI/LFM2-700M": "LFM2-700M",
    "HuggingFaceTB/SmolLM3-3B": "SmolLM3-3B",
    "google/gemma-3-270m-it": "gemma-3-270m-it",
}
"""Hub ids of models that the docs name -> short names; the first is for a laptop without a graphics card."""
NEEDED = ("torch", "transformers")


def slm_source(settings: Settings) -> tuple[Path | None, str]:
    """Return the folder of the model to answer with and why it is that one; None with the reason where none is.

    Looks at the disk alone: MODELS_DIR/slm, a folder, or a hub id that was pulled or lies in the hub's local cache.
    """
    if settings.slm == "none":
        return None, "SLM=none"
    for package in NEEDED:
        if find_spec(package) is None:
            return None, f"{package} is not installed; run: pip install -r requirements.txt"
    folder = locate(f"models:{FOLDER}" if settings.slm == "auto" else settings.slm, settings)
    if folder is None:
        if settings.slm == "auto":
            where = settings.models_dir / FOLDER
            return None, f"no model in {where}; fetch one with: product-search models pull slm"
        return None, f"SLM={settings.slm} is not on disk; fetch it with: product-search models pull {settings.slm}"
    if not any(folder.glob("*.safetensors")):
        return None, f"{folder} holds no safetensors weights, and no others are loaded; put them there or pull it again"
    return folder, f"in {folder}" if settings.slm == "auto" else f"SLM={settings.slm}"


def slm_name(settings: Settings, folder: Path) -> str:
    """Return what the model is called: its folder's name, or the hub id that it was named by."""
    named = settings.slm
    is_hub_id = named.count("/") == 1 and not Path(named).expanduser().exists()
    return named if is_hub_id else folder.name
