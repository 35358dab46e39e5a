"""The app in this process, on folders of its own and without models."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

import compose
from retrieval.records import Product
from retrieval.settings import Settings, load_settings
from tests.support import sample_products

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 60


@dataclass(frozen=True)
class Shop:
    """Folders of an app under test."""

    settings: Settings
    folder: Path

    def build(self, products: list[Product], name: str = "shop") -> None:
        """Build a keyword-only catalogue of these products."""
        source = self.folder / f"{name}.jsonl"
        source.write_text("".join(json.dumps(product.to_dict()) + "\n" for product in products), encoding="utf-8")
        compose.build(source, name, self.settings, embedder="none")


@pytest.fixture(scope="session", autouse=True)
def packages_read_once() -> Iterator[None]:
    """Let Streamlit look for components among the installed packages once, not anew in every AppTest's first run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Return an app's empty folders; the process's settings point at them for the time of the test."""
    values = {
        "INDEX_DIR": tmp_path / "index",
        "DATA_DIR": tmp_path / "data",
        "MODELS_DIR": tmp_path / "models",
        "SAMPLE_CATALOGUE": tmp_path / "no-sample.md",
        "EMBEDDER": "none",
        "RERANKER": "none",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))
    load_settings.cache_clear()
    st.cache_resource.clear()
    yield Shop(load_settings(), tmp_path)
    st.cache_resource.clear()
    load_settings.cache_clear()


@pytest.fixture
def products() -> list[Product]:
    """Return forty products, the first two of them listed twice more."""
    made = sample_products(40)
    return made + [replace(made[i], product_id=f"copy{i}{n}") for i in (0, 1) for n in range(2)]


@pytest.fixture
def start(shop: Shop) -> Callable[..., AppTest]:
    """Return what opens the app, with the query parameters given."""

    def open_app(**parameters: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(ROOT / "new_rag.py"), default_timeout=TIMEOUT)
        for key, value in parameters.items():
            app.query_params[key] = value
        return app.run()

    return open_app
