"""The files a newcomer meets first agree with the code."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from dotenv import dotenv_values

from retrieval.settings import Settings
from ui.evaluate_tables import MOST_COLOURS

ROOT = Path(__file__).resolve().parents[1]
WHERE_THERE = {"wandb"}
"""Imported only where a user has installed it; nothing needs it."""
PACKAGES = ("retrieval", "shop", "evaluation", "answering", "training", "compose", "cli", "ui", "pages")


def pins(name: str) -> dict[str, str]:
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text("utf-8").splitlines()]
    found = {}
    for line in lines:
        if line and not line.startswith("-r"):
            match = re.fullmatch(r"([A-Za-z0-9_.-]+)==([0-9][0-9A-Za-z.]*)", line)
            assert match, f"{name}: {line!r} is no exact pin"
            found[match[1].lower().replace("_", "-")] = match[2]
    return found


def test_env_example_lists_exactly_the_settings_with_their_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    listed = dotenv_values(ROOT / ".env.example")
    assert list(listed) == [name.upper() for name in Settings.model_fields]
    read, default = Settings(_env_file=ROOT / ".env.example"), Settings(_env_file=None)  # type: ignore[call-arg]
    assert read == default


def test_every_variable_of_env_example_is_explained() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    explained = False
    for line in lines:
        if line.startswith("#"):
            explained = True
        elif "=" in line:
            assert explained or line.startswith("OPENAI_BASE_URL"), f"{line} has no comment above it"
            explained = False


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pins_are_exact_and_what_the_tests_run_on(name: str) -> None:
    for package, pinned in pins(name).items():
        assert version(package).split("+")[0] == pinned, package


def test_every_pin_has_its_reason() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            assert "#" in line or line.startswith("-r"), f"{name}: {line!r} gives no reason"


def test_what_the_code_imports_is_pinned() -> None:
    distributions = packages_distributions()
    pinned = pins("requirements.txt")
    files = [p for package in PACKAGES for p in (ROOT / package).rglob("*.py")] + sorted(ROOT.glob("*.py"))
    own = {*PACKAGES, *(p.stem for p in ROOT.glob("*.py"))}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in names:
                top = name.split(".")[0]
                if top in own or top in sys.stdlib_module_names or top in WHERE_THERE:
                    continue
                owners = {d.lower().replace("_", "-") for d in distributions.get(top, [])}
                assert owners & set(pinned), (
                    f"{file.relative_to(ROOT)}:{node.lineno} imports {top}, which is not pinned"
                )


def test_streamlit_reads_its_config_as_meant() -> None:
    code = (
        "from streamlit import config; g = config.get_option; "
        "print([g('server.headless'), g('browser.gatherUsageStats'), g('server.address'), g('server.port'), "
        "g('server.maxUploadSize'), g('server.fileWatcherType'), g('theme.light.primaryColor'), "
        "g('theme.dark.primaryColor')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))["theme"]
    colours = [theme["light"]["primaryColor"], theme["dark"]["primaryColor"]]
    wanted = [True, False, "127.0.0.1", 8501, Settings.model_fields["max_upload_mb"].default, "none", *colours]
    assert ast.literal_eval(done.stdout) == wanted
    assert done.stderr == ""


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.2, definition of relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_buttons_and_charts_can_be_told_from_what_they_stand_on(name: str) -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))["theme"][name]
    assert contrast(theme["primaryColor"], "#ffffff") > 3.5  # a button's words are white in both themes
    assert contrast(theme["primaryColor"], theme["secondaryBackgroundColor"]) > 3.5
    colours = theme["chartCategoricalColors"]
    assert len(set(colours)) == MOST_COLOURS
    assert all(contrast(colour, theme["backgroundColor"]) > 3 for colour in colours)


def test_help_names_every_target() -> None:
    text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    for target in ("setup", "run", "test", "lint", "format", "bench", "soak", "clean", "help"):
        assert re.search(rf"make {target} +\S", text), target


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            ["make", "run", f"PORT={port}"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode != 0
    assert len(lines) == 1
    assert f"port {port} is in use" in lines[0]


@pytest.mark.parametrize("port", ["", "0", "65536", "80x", "-1", "８５０１"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.port", port], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "is no port" in done.stderr


def test_ci_script_is_executable_and_parses() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True, timeout=60)
