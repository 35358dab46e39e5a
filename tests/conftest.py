"""Fixtures that every test may use, and how tests are shared out among processes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # Each process of several has one core to itself; read when NumPy and torch are first imported, here and in what
    # the tests start.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process whole files, for what their tests share; and all that drive a browser to one process.

    Two browsers at once would take the cores from each other, and what a test waits for would come late. Files are
    begun in their order, not by their number of tests: those with a browser are among the first, and take longest.
    """
    from xdist.scheduler import LoadFileScheduling

    class OneBrowser(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "tests/browser" if file.startswith("tests/browser/") else file

    config.option.loadscopereorder = False
    return OneBrowser(config, log)


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
