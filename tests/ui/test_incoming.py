"""A file on trial: what it would change, whether that must be asked, and taking it."""

from __future__ import annotations

import json

import pytest

import compose
from retrieval.errors import CatalogueError, SettingsError
from retrieval.records import Product
from shop import mappings
from tests.ui.conftest import Shop
from ui import incoming

LAMPS = b"product_id,title,price\n1,Lamp,9\n2,Chair,8\n"


def as_jsonl(products: list[Product]) -> bytes:
    return "".join(json.dumps(product.to_dict()) + "\n" for product in products).encode()


def test_a_new_catalogue_needs_no_question(shop: Shop) -> None:
    trial = incoming.read(LAMPS, "lamps.csv", "lamps")
    assert (trial.known, trial.asks, trial.sends, trial.unlike) == (False, False, None, None)
    assert trial.products == 2
    assert incoming.verb(trial) == "build"
    assert compose.jobs(shop.settings) == []
    assert not (shop.settings.data_dir / "lamps").exists()


def test_a_trial_counts_what_would_change(shop: Shop, products: list[Product]) -> None:
    shop.build(products)
    rows = [product.to_dict() for product in products[4:]]
    rows[0]["title"] = "another title"
    rows.append(Product("new", "a new one").to_dict())
    trial = incoming.read("".join(json.dumps(row) + "\n" for row in rows).encode(), "shop.jsonl", "shop")
    changes = trial.changes
    assert [product.product_id for product in changes.added] == ["new"]
    assert [(change.product_id, change.fields) for change in changes.changed] == [(products[4].product_id, ("title",))]
    assert [product.product_id for product in changes.removed] == [product.product_id for product in products[:4]]
    assert changes.unchanged == len(products) - 5
    assert trial.products == len(rows)
    assert trial.asks
    assert incoming.verb(trial) == "replace"


def test_a_trial_is_read_anew_when_another_build_serves(shop: Shop, products: list[Product]) -> None:
    shop.build(products[:3])
    trial = incoming.read(as_jsonl(products[:3]), "shop.jsonl", "shop")
    assert trial.changes.empty
    assert incoming.read_again(trial) is trial
    shop.build(products[:5])
    again = incoming.read_again(trial)
    assert [product.product_id for product in again.changes.removed] == [p.product_id for p in products[3:5]]


def test_what_is_damaged_is_replaced_without_a_comparison(shop: Shop, products: list[Product]) -> None:
    shop.build(products[:3])
    (shop.settings.index_dir / "shop" / "manifest.json").write_text("{", encoding="utf-8")
    trial = incoming.read(as_jsonl(products[:2]), "shop.jsonl", "shop")
    assert trial.known
    assert trial.asks
    assert "manifest" in str(trial.unlike)
    assert len(trial.changes.added) == trial.products == 2


def test_a_kept_mapping_reads_the_file_that_no_mapping_is_given_for(shop: Shop) -> None:
    mappings.save(shop.settings.data_dir, "lamps", {"title": "Artikel"})
    assert incoming.read(b"Artikel\nLampe\n", "lamps.csv", "lamps").changes.added[0].title == "Lampe"
    with pytest.raises(CatalogueError, match=r"lamps\.csv"):
        incoming.read(b"Ding\nLampe\n", "lamps.csv", "lamps")


@pytest.mark.parametrize("name", ["Lamps", "a" * 49, "-a"])
def test_a_name_that_no_file_could_have_is_refused_and_nothing_kept(shop: Shop, name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be a catalogue's name"):
        incoming.take(incoming.read(LAMPS, "lamps.csv", name))
    assert not list(shop.settings.data_dir.rglob("source.*"))
    assert compose.jobs(shop.settings) == []


def test_taking_keeps_file_and_mapping_and_starts_the_build(shop: Shop) -> None:
    columns = {"title": "Artikel", "product_id": "Nr"}
    incoming.take(incoming.read(b"Nr\tArtikel\n1\tLampe\n", "Some file.TSV", "lamps", columns))
    try:
        assert (shop.settings.data_dir / "lamps" / "source.tsv").read_bytes() == b"Nr\tArtikel\n1\tLampe\n"
        assert mappings.load(shop.settings.data_dir, "lamps") == columns
        assert [job.catalogue for job in compose.jobs(shop.settings)] == ["lamps"]
        assert incoming.waits_for("lamps")
    finally:
        for job in compose.jobs(shop.settings):
            compose.cancel_job(shop.settings, job.id)
    assert incoming.waits_for("lamps") is None


def test_a_mapping_that_says_nothing_new_is_not_kept() -> None:
    assert incoming.worth_keeping({"title": "title", "product_id": "Product ID"}) == {}
    assert incoming.worth_keeping({"title": "Artikel"}) == {"title": "Artikel"}
    assert incoming.worth_keeping({"title": ""}) == {"title": ""}
