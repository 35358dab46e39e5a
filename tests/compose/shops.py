"""A small shop, indexed by an encoder once and copied for each test; and models that lie aside."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import compose
from retrieval import trained
from retrieval.models import ModelPool
from retrieval.records import Mode, Product
from retrieval.settings import Settings
from shop.jobs import JobRecord
from tests.support import sample_products, settings_in
from training import runs
from training.cards import Card, Kind, write_card
from training.runs import Work

PRODUCTS = sample_products(120)
QUERIES = ("red chair", "quiet lamp", "woollen scarf for the home", "maker3 kettle", "folding")


def catalogue(folder: Path, products: Sequence[Product], name: str = "shop") -> Path:
    """Write products as a catalogue's file."""
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(product.to_dict()) + "\n" for product in products), "utf-8")
    return path


def built(folder: Path, encoder: Path, products: Sequence[Product] = PRODUCTS) -> Settings:
    """Return settings in a folder with the index of a shop, made by an encoder."""
    settings = shop_settings(folder, encoder)
    folder.mkdir(exist_ok=True)
    compose.build(catalogue(folder, products), "shop", settings)
    return settings


def shop_settings(folder: Path, encoder: Path) -> Settings:
    """Return the settings of a shop in a folder."""
    return settings_in(folder, embedder=str(encoder), threads=1, time_budget_ms=0)


def copied(original: Settings, folder: Path, encoder: Path) -> Settings:
    """Copy a shop into another folder."""
    shutil.copytree(original.index_dir.parent, folder)
    return shop_settings(folder, encoder)


def aside(settings: Settings, kind: Kind, model: Path, version: str, weight: float | None = None) -> str:
    """Put a model aside as a training that did not promote it leaves it, and return its version."""
    work = Work.begin(settings.data_dir, "shop", "prepared", {})
    card = Card(kind, version, "shop", "tiny", "0" * 12, "0" * 64, weight=weight)
    write_card(trained.keep(model, runs.home(work, kind), version), card)
    return version


def rankings(settings: Settings, name: str = "shop", mode: Mode | None = None) -> dict[str, list[tuple[str, float]]]:
    """Return what searches find, with scores, by a process that has just begun."""
    engine = compose.open_engine(name, settings, ModelPool(settings))
    try:
        found = {query: engine.search(query, mode=mode, top_k=20) for query in QUERIES}
    finally:
        engine.close()
    return {query: [(hit.product.product_id, hit.score) for hit in result.hits] for query, result in found.items()}


def files(*folders: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below these folders, by its path."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def until(true: Callable[[], object], seconds: float = 300.0) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.02)


def ended(settings: Settings, job_id: str) -> JobRecord:
    """Wait for a job's end and return its record."""
    until(lambda: not compose.job(settings, job_id).active)
    return compose.job(settings, job_id)
