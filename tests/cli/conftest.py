"""A place of its own for every test of the command line, and a small catalogue in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.settings import Settings, load_settings

CATALOGUE = """<!--DOC:START id=kettle-1 category=kitchen-->
## Blue enamel kettle [bold]1.5 L[/bold]
**DocID:** `kettle-1`
**Brand:** Morning & Co
**Price:** ৳ 1,250
**Rating:** 4.5/5 (40 ratings)
**Material:** enamel
**URL:** https://shop.example/kettle-1

A kettle for slow mornings.
<!--DOC:END-->
<!--DOC:START id=kettle-2 category=kitchen-->
## Red whistling kettle
**Brand:** Hearth
**Price:** ৳ 900
**Rating:** 0.0/5 (0 ratings)
**Material:** steel

A kettle that whistles.
<!--DOC:END-->
<!--DOC:START id=lamp-1 category=lighting-->
## Reading lamp
**Brand:** Hearth
**Price:** a good one
**Material:** steel

চেয়ার নয়, বাতি। A lamp for the desk.
<!--DOC:END-->
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Enter an empty folder, with settings that are all defaults, and put `shop.md` there."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    (tmp_path / "shop.md").write_text(CATALOGUE, "utf-8")
    load_settings.cache_clear()
    yield tmp_path
    load_settings.cache_clear()
