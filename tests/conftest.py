"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def realdata_dir() -> Path:
    """Return the folder of the real catalogues; skip when none is named, fail when the named one is empty."""
    named = os.environ.get("REALDATA_DIR")
    if not named:
        pytest.skip("REALDATA_DIR is not set")
    folder = Path(named)
    if not folder.is_dir() or not any(folder.iterdir()):
        pytest.fail(f"REALDATA_DIR={named} names no folder with data")
    return folder
