"""The sidebar's upload box: a new catalogue goes in at once, one that is there is asked about first."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

import compose
from retrieval.catalogue import SUFFIXES
from retrieval.records import Product
from tests.ui.conftest import Shop
from tests.ui.test_incoming import LAMPS
from ui import uploads

Start = Callable[..., AppTest]


@pytest.mark.parametrize(("data", "filename"), [(b"", "a.md"), (b"no product here", "a.md"), (b"\x00\x01", "a.csv")])
def test_what_cannot_be_read_is_said_and_changes_nothing(shop: Shop, data: bytes, filename: str) -> None:
    outcome = uploads.offer(data, filename)
    assert outcome.error
    assert filename in outcome.error
    assert outcome.name is None
    assert compose.jobs(shop.settings) == []
    assert not list(shop.settings.data_dir.rglob("source.*"))


def test_a_catalogue_is_kept_and_its_build_started(shop: Shop) -> None:
    data = b"<!--DOC:START id=p1 category=lamps -->\n## Lamp\n**Price:** call\n<!--DOC:END-->\n<!--DOC:END-->\n"
    outcome = uploads.offer(data, "My shop.md")
    try:
        assert (outcome.error, outcome.name, outcome.products) == (None, "my-shop", 1)
        assert "stray-end" in [problem.code for problem in outcome.problems]
        assert (shop.settings.data_dir / "my-shop" / "source.md").read_bytes() == data
        assert [job.catalogue for job in compose.jobs(shop.settings)] == ["my-shop"]
    finally:
        stop(shop)


def stop(shop: Shop) -> None:
    for job in compose.jobs(shop.settings):
        compose.cancel_job(shop.settings, job.id)


def upload(app: AppTest, filename: str, data: bytes) -> AppTest:
    box = next(box for box in app.sidebar.file_uploader if box.label == "Upload a catalogue")
    box.set_value((filename, data, "application/octet-stream")).run()
    assert not app.exception
    return app


def replaced(app: AppTest, products: list[Product]) -> AppTest:
    """Upload the first three products, the first of them under another title, in the place of all of `shop`."""
    rows = [product.to_dict() for product in products[:3]]
    rows[0]["title"] = "another title"
    return upload(app, "shop.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode())


def test_the_box_takes_every_kind_of_file_that_can_be_read(shop: Shop, start: Start) -> None:
    assert sorted(start().sidebar.file_uploader[0].allowed_type) == sorted(SUFFIXES)


@pytest.mark.parametrize(
    ("filename", "data"),
    [
        ("lamps.json", b'[{"product_id": "1", "title": "Lamp"}, {"product_id": "2", "title": "Chair"}]'),
        ("lamps.tsv", LAMPS.replace(b",", b"\t")),
    ],
)
def test_json_and_tsv_are_taken_in_at_once(shop: Shop, start: Start, filename: str, data: bytes) -> None:
    try:
        app = upload(start(), filename, data)
        assert "**2 products** read" in "\n".join(markdown.value for markdown in app.markdown)
        assert [job.catalogue for job in compose.jobs(shop.settings)] == ["lamps"]
    finally:
        stop(shop)


def test_replacing_shows_first_what_would_change(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = replaced(start(), products)
    assert [(metric.label, metric.value) for metric in app.metric] == [
        ("Added", "0"),
        ("Changed", "1"),
        ("Removed", str(len(products) - 3)),
        ("Unchanged", "2"),
    ]
    assert app.button(key="upload_confirm").label == "Replace"
    assert compose.jobs(shop.settings) == []
    assert not list(shop.settings.data_dir.rglob("source.*"))

    app.run()  # whatever draws the page anew, the question stays
    assert app.button(key="upload_confirm").label == "Replace"
    try:
        app.button(key="upload_confirm").click().run()
        assert not app.exception
        assert not app.metric
        assert [job.catalogue for job in compose.jobs(shop.settings)] == ["shop"]
        assert (shop.settings.data_dir / "shop" / "source.jsonl").is_file()
    finally:
        stop(shop)


def test_cancelling_changes_nothing_and_empties_the_box(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = replaced(start(), products)
    app.button(key="upload_cancel").click().run()
    assert not app.exception
    assert not app.metric
    assert not next(box for box in app.sidebar.file_uploader).value
    assert compose.jobs(shop.settings) == []
    assert not list(shop.settings.data_dir.rglob("source.*"))
    app = replaced(app, products)  # the same file once more is a new question
    assert app.button(key="upload_confirm").label == "Replace"
