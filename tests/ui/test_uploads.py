"""Taking a catalogue in."""

from __future__ import annotations

import pytest

import compose
from tests.ui.conftest import Shop
from ui import uploads


@pytest.mark.parametrize(("data", "filename"), [(b"", "a.md"), (b"no product here", "a.md"), (b"\x00\x01", "a.csv")])
def test_what_cannot_be_read_is_said_and_changes_nothing(shop: Shop, data: bytes, filename: str) -> None:
    outcome = uploads.take_in(data, filename)
    assert outcome.error
    assert filename in outcome.error
    assert outcome.name is None
    assert compose.jobs(shop.settings) == []
    assert not list(shop.settings.data_dir.rglob("source.*"))


def test_a_catalogue_is_kept_and_its_build_started(shop: Shop) -> None:
    data = b"<!--DOC:START id=p1 category=lamps -->\n## Lamp\n**Price:** call\n<!--DOC:END-->\n<!--DOC:END-->\n"
    outcome = uploads.take_in(data, "My shop.md")
    try:
        assert (outcome.error, outcome.name, outcome.products) == (None, "my-shop", 1)
        assert "stray-end" in [problem.code for problem in outcome.problems]
        assert (shop.settings.data_dir / "my-shop" / "source.md").read_bytes() == data
        assert [job.catalogue for job in compose.jobs(shop.settings)] == ["my-shop"]
    finally:
        for job in compose.jobs(shop.settings):
            compose.cancel_job(shop.settings, job.id)
