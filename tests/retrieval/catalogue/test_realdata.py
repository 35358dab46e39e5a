"""Counts and speed on the real catalogues."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from retrieval.catalogue import parse_bytes, parse_file, write_jsonl

pytestmark = pytest.mark.realdata


@pytest.mark.parametrize(("name", "count"), [("daraz", 4801), ("crowdflower", 9913)])
def test_every_product_is_read_in_time_and_reads_back_the_same(realdata_dir: Path, name: str, count: int) -> None:
    started = time.process_time()
    report = parse_file(realdata_dir / name / "products.md")
    seconds = time.process_time() - started
    assert len(report.products) == report.blocks == count
    assert len({p.product_id for p in report.products}) == count
    assert report.problems == ()
    assert "DOC:START" in report.header
    assert seconds < 3
    stream = io.StringIO()
    write_jsonl(report.products, stream)
    again = parse_bytes(stream.getvalue().encode(), "again.jsonl")
    assert again.products == report.products
    assert again.problems == ()


def test_daraz_fields(realdata_dir: Path) -> None:
    products = parse_file(realdata_dir / "daraz" / "products.md").products
    assert all(p.price and p.currency == "BDT" and p.url and p.sku and p.images for p in products)
    assert all(p.description and "**Images" not in p.description for p in products)
    assert sum(bool(p.colors) for p in products) == 4309
    assert sum(bool(p.sizes) for p in products) == 2179
    assert sum(p.sales is not None for p in products) == 2460
    assert sum("Location" in p.attributes for p in products) == 2340
    assert all((p.rating is None) == (p.rating_count == 0) for p in products)
