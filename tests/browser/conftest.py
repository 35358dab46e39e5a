"""Chromium, and the app running as its users run it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browser.driver import Driver

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HOW = (
    "no Chromium: install it (apt install chromium), name one with CHROMIUM=/path, or run: playwright install chromium"
)
START_SECONDS = 60.0
PATIENCE_MS = 45_000
expect.set_options(timeout=PATIENCE_MS)


def find_chromium(playwright: Playwright) -> str | None:
    """Return the browser to drive: the one that CHROMIUM names, one on the path, or Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).exists() else None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests in a browser that were too late on a busy machine another try; the report counts each as `R`.

    Not those that begin with an empty app (a module's `BEGINS_EMPTY`): after the first try it is empty no more.
    """
    for item in items:
        again = not getattr(getattr(item, "module", None), "BEGINS_EMPTY", False)
        if again and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return a browser; skip saying how to get one, or fail where REQUIRE_BROWSER=1."""
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            (pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip)(HOW)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class App:
    """A running app: its address and the folders that it writes into."""

    url: str
    index_dir: Path
    data_dir: Path


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)  # between two looks; the condition is the answer above
    pytest.fail(f"the app did not start: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def app_environment() -> dict[str, str]:
    """Return further environment of the app; a module may override it."""
    return {}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, app_environment: dict[str, str]) -> Iterator[App]:
    """Start the app on a free loopback port with folders of its own, and end just its own processes afterwards."""
    folder = tmp_path_factory.mktemp("app")
    running = App(f"http://127.0.0.1:{(port := _free_port())}", folder / "index", folder / "data")
    env = {
        **os.environ,
        "INDEX_DIR": str(running.index_dir),
        "DATA_DIR": str(running.data_dir),
        "HF_HUB_OFFLINE": "1",
        "TIME_BUDGET_MS": "0",
        **app_environment,
    }
    log = folder / "app.log"
    command = [sys.executable, "-m", "streamlit", "run", "new_rag.py", "--server.port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--server.headless", "true", "--browser.gatherUsageStats", "false"],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for_health(running.url, process, log)
        yield running
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
    output_text = log.read_text(errors="replace")
    assert "Traceback" not in output_text, output_text[-4000:]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Return a page of a session of its own, desktop size."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def driver(app: App, page: Page, tmp_path: Path) -> Driver:
    """Return what drives the running app in a fresh session."""
    shots = Path(os.environ.get("SCREENSHOTS") or tmp_path / "screenshots")
    return Driver(page, app.url, shots)
