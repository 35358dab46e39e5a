"""Find the browser that the browser tests drive: `python -m cli.chromium` prints it, or how to get one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_IT = (
    "no Chromium found: install one (Debian and Ubuntu: apt install chromium; elsewhere: .venv/bin/playwright install "
    "chromium), or name it with CHROMIUM=/path/to/chromium"
)


def find_chromium() -> str | None:
    """Return the browser's path: `CHROMIUM`, else one on PATH, else Playwright's own; None when there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    return _playwrights_own()


def _playwrights_own() -> str | None:
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    found = sorted(folder.glob("chromium-*/chrome-linux*/chrome"))
    return str(found[-1]) if found else None


def main() -> int:
    """Print the browser's path, or one line on how to get it; fail only where `REQUIRE_BROWSER=1` asks for one."""
    found = find_chromium()
    if found:
        print(f"browser tests use {found}")
        return 0
    required = os.environ.get("REQUIRE_BROWSER") == "1"
    print(HOW_TO_GET_IT + ("" if required else "; without it the browser tests are skipped"), file=sys.stderr)
    return 1 if required else 0


if __name__ == "__main__":
    sys.exit(main())
