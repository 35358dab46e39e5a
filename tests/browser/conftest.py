"""Chromium, and the app running as its users run it: one for all files that run it with the same environment."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

import compose
from retrieval.settings import Settings
from tests.browser.driver import Driver

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Else pages are painted by a graphics card that the processor plays: a third of all that the browser takes.
WITHOUT_A_CARD = ["--disable-gpu", "--disable-gpu-rasterization", "--disable-software-rasterizer"]
FLAGS = ["--no-sandbox", "--disable-background-networking", *WITHOUT_A_CARD]
HOW = (
    "no Chromium: install it (apt install chromium), name one with CHROMIUM=/path, or run: playwright install chromium"
)
START_SECONDS = 60.0
PATIENCE_MS = 45_000
WORDS_ALONE = {"EMBEDDER": "none", "RERANKER": "none"}
SHARED: tuple[dict[str, str], ...] = ({}, WORDS_ALONE)
"""Environments of an app that several files use: each runs once for all of them."""
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


@pytest.fixture(scope="package")
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
    """A running app: its address, the folders that it writes into, and what it said."""

    url: str
    index_dir: Path
    data_dir: Path
    log: Path


def settings_of(app: App) -> Settings:
    """Return settings that read the running app's folders."""
    return Settings(index_dir=app.index_dir, data_dir=app.data_dir)  # type: ignore[call-arg]


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


@contextlib.contextmanager
def started(folder: Path, environment: Mapping[str, str]) -> Iterator[App]:
    """Start the app on a free loopback port with folders of its own, and end just its own processes afterwards."""
    port = _free_port()
    running = App(f"http://127.0.0.1:{port}", folder / "index", folder / "data", folder / "app.log")
    env = {
        **os.environ,
        "INDEX_DIR": str(running.index_dir),
        "DATA_DIR": str(running.data_dir),
        "HF_HUB_OFFLINE": "1",
        "TIME_BUDGET_MS": "0",
        **environment,
    }
    command = [sys.executable, "-m", "streamlit", "run", "new_rag.py", "--server.port", str(port)]
    with running.log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--server.headless", "true", "--browser.gatherUsageStats", "false"],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for_health(running.url, process, running.log)
        yield running
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def _emptied(app: App) -> None:
    """End what the app still builds and take its folders away, as they were when it began."""
    if app.data_dir.exists():
        settings = settings_of(app)
        while active := [job for job in compose.jobs(settings) if job.active]:
            compose.cancel_job(settings, active[0].id)
    for folder in (app.index_dir, app.data_dir):
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)


@pytest.fixture(scope="package")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Mapping[str, str]], App]]:
    """Return what gives the running app of an environment: started when it is first asked for, ended after all."""
    found: dict[tuple[tuple[str, str], ...], App] = {}
    with contextlib.ExitStack() as ends:

        def app_of(environment: Mapping[str, str]) -> App:
            key = tuple(sorted(environment.items()))
            if key not in found:
                found[key] = ends.enter_context(started(tmp_path_factory.mktemp("app"), environment))
            return found[key]

        yield app_of


@pytest.fixture(scope="module")
def app_environment() -> dict[str, str]:
    """Return further environment of the app; a module may override it."""
    return {}


@pytest.fixture(scope="module")
def app(
    apps: Callable[[Mapping[str, str]], App], app_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """Return a running app without catalogues; what a module leaves in it is gone for the next."""
    with contextlib.ExitStack() as end:
        if app_environment in SHARED:
            running = apps(app_environment)
            _emptied(running)
        else:
            running = end.enter_context(started(tmp_path_factory.mktemp("app"), app_environment))
        before = running.log.stat().st_size
        yield running
    said = running.log.read_bytes()[before:].decode(errors="replace")
    assert "Traceback" not in said, said[-4000:]


@pytest.fixture(scope="package")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Return where the sessions of one visitor are opened, desktop size; it keeps the app's scripts for the next."""
    opened = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Return a page, with a session of its own."""
    opened = context.new_page()
    yield opened
    if opened.url.startswith("http"):
        opened.evaluate("localStorage.clear()")  # whether the sidebar was folded, say
    opened.close()


@pytest.fixture
def driver(app: App, page: Page, tmp_path: Path) -> Driver:
    """Return what drives the running app in a fresh session."""
    named = os.environ.get("SCREENSHOTS")
    return Driver(page, app.url, Path(named) if named else None)
