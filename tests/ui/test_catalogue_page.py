"""The catalogue page: nothing there, a catalogue, a damaged one, and what can be done with each."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

import compose
from retrieval.catalogue import parse_bytes
from retrieval.catalogue.diff import diff
from retrieval.catalogue.health import Bin, Distribution
from retrieval.models import ModelPool
from retrieval.records import Product
from shop import jobs as records
from shop import mappings
from tests.hostile import TEXTS
from tests.ui.conftest import Shop
from ui import catalogue_export, catalogue_health, catalogue_import, catalogue_report

Start = Callable[..., AppTest]
PAGE = "pages/catalogue.py"
PATIENCE_S = 120.0


def opened(start: Start, section: str | None = None) -> AppTest:
    app = start()
    app.switch_page(PAGE).run()
    assert not app.exception
    if section is not None:
        app.segmented_control(key="catalogue_section").set_value(section).run()
        assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(m.value for m in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success])


def wait_for(settings_shop: Shop, name: str) -> records.JobRecord:
    """Return the newest job of a catalogue when it has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        job = compose.jobs(settings_shop.settings, name)[0]
        if not job.active:
            return job
        time.sleep(0.05)  # between two looks
    pytest.fail(f"the job of {name} did not end")


def test_without_a_catalogue_it_offers_import_and_jobs_alone(start: Start) -> None:
    app = opened(start)
    assert "No catalogue yet" in texts(app)
    assert list(app.segmented_control(key="catalogue_section_empty").options) == ["Import", "Jobs"]


def test_catalogues_are_listed_and_switched(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    shop.build(products[:7], "other")
    app = opened(start)
    assert "44 products" in texts(app)
    assert "7 products" in texts(app)
    assert app.button(key="choose_other").disabled
    app.button(key="choose_shop").click().run()
    assert not app.exception
    assert app.query_params["catalogue"] in ("shop", ["shop"])
    assert app.button(key="choose_shop").disabled


def test_what_the_shop_says_has_its_sections(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    for section, said in (
        ("synonyms", "One rule a line"),
        ("rules", "No rules yet"),
        ("queries", "Nothing was searched for yet"),
    ):
        assert said in texts(opened(start, section))


def test_synonyms_that_were_not_saved_yet_outlive_a_look_at_another_section(
    shop: Shop, products: list[Product], start: Start
) -> None:
    shop.build(products)
    app = opened(start, "synonyms")
    app.text_area[0].set_value("lamp, lantern").run()
    app.segmented_control(key="catalogue_section").set_value("rules").run()
    app.segmented_control(key="catalogue_section").set_value("synonyms").run()
    assert not app.exception
    assert app.text_area[0].value == "lamp, lantern"


def test_a_damaged_catalogue_says_so_in_every_section(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    (shop.settings.index_dir / "shop" / "manifest.json").write_text("{", encoding="utf-8")
    for section in ("report", "builds", "rules", "export"):
        app = opened(start, section)
        assert ":red-badge[cannot be searched]" in texts(app)
        assert any("manifest" in error.value for error in app.error)


def test_the_report_shows_problems_beside_their_lines(shop: Shop, start: Start) -> None:
    data = b'product_id,title,price\n1,Lamp,9\n2,Chair,"about <b>twelve</b>"\n'
    source = compose.save_upload(data, "shop.csv", shop.settings)
    compose.build(source, "shop", shop.settings, embedder="none")
    app = opened(start, "report")
    table = app.dataframe[0].value
    assert table["Line"].tolist() == [3]
    assert table["Line in the file"].tolist() == ['2,Chair,"about <b>twelve</b>"']
    assert "> 3 | 2,Chair" in app.code[0].value
    source.write_bytes(data + b"3,Table,4\n")
    app = opened(start, "report")
    assert app.dataframe[0].value["Line in the file"].tolist() == [""]
    assert "not kept any more" in texts(app)


def test_an_earlier_build_is_brought_back(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    shop.build(products[:5])
    first = compose.builds(shop.settings, "shop")[1]
    assert first.products == 44
    app = opened(start, "builds")
    app.button(key=f"roll_back_{first.build}").click().run()
    assert not app.exception
    assert "serves again" in app.success[0].value
    assert "44 products" in texts(app)
    serving = compose.builds(shop.settings, "shop")[0]
    assert (serving.products, serving.restored_from) == (44, first.build)


def test_every_file_of_the_index_is_checked(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = opened(start, "builds")
    app.button(key="check_index").click().run()
    assert "as it was written" in app.success[0].value


def test_deleting_needs_the_name(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = opened(start, "delete")
    assert app.button(key="delete_catalogue").disabled
    app.text_input(key="delete_typed").set_value("sho").run()
    assert app.button(key="delete_catalogue").disabled
    app.text_input(key="delete_typed").set_value("shop").run()
    app.button(key="delete_catalogue").click().run()
    assert not app.exception
    assert wait_for(shop, "shop").state == "done"
    assert "No catalogue yet" in texts(opened(start))
    assert compose.catalogues(shop.settings) == []


def test_a_failed_job_says_why_and_can_be_resumed(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    source = shop.folder / "broken.csv"
    source.write_bytes(b"a,b\n1,2\n")
    compose.start_build(source, "shop", shop.settings, "none")
    failed = wait_for(shop, "shop")
    assert failed.state == "failed"
    app = opened(start, "jobs")
    assert ":red-badge[failed]" in texts(app)
    source.write_bytes(b"product_id,title\n1,Lamp\n")
    app.button(key=f"joblist_resume_{failed.id}").click().run()
    assert not app.exception
    resumed = wait_for(shop, "shop")
    assert (resumed.resumes, resumed.state) == (failed.id, "done")
    app = opened(start, "jobs")
    assert f"Goes on as job {resumed.id}" in texts(app)
    assert compose.builds(shop.settings, "shop")[0].products == 1


@pytest.mark.parametrize("suffix", [suffix for _, suffix, _ in catalogue_export.KINDS])
def test_an_export_reads_back_the_same(suffix: str, products: list[Product]) -> None:
    hostile = [Product(f"h{n}", f"Title {text}", description=text, brand=text) for n, text in enumerate(TEXTS)]
    wanted = parse_bytes(catalogue_export.as_file([*products, *hostile], ".jsonl", "x"), "x.jsonl").products
    again = diff(wanted, parse_bytes(catalogue_export.as_file(list(wanted), suffix, "x"), f"x{suffix}"))
    assert again.empty
    assert again.unchanged == len(wanted)


def test_a_kept_mapping_is_suggested_where_its_columns_are_there() -> None:
    kept = {"title": "Stuff", "price": ""}
    assert catalogue_import.suggestion(["Stuff", "Name"], kept) == kept
    assert catalogue_import.suggestion(["Name"], kept) == {"title": "Name"}


def test_a_build_reads_a_file_by_the_kept_mapping(shop: Shop) -> None:
    source = compose.save_upload(b"Nummer,Artikel\n1,Lampe\n", "shop.csv", shop.settings)
    mappings.save(shop.settings.data_dir, "shop", {"product_id": "Nummer", "title": "Artikel"})
    assert compose.build(source, "shop", shop.settings, embedder="none").products == 1
    assert compose.open_engine("shop", shop.settings, ModelPool(shop.settings)).get("1") is not None


def test_lines_around_a_line_are_numbered() -> None:
    lines = [f"line {n}" for n in range(1, 13)]
    assert catalogue_report.around(lines, 1).splitlines()[0] == "> 1 | line 1"
    assert catalogue_report.around(lines, 10).splitlines() == [
        f"{'>' if n == 10 else ' '} {n:2} | line {n}" for n in range(7, 13)
    ]
    assert catalogue_report.line_at(lines, 13) == ""
    assert catalogue_report.line_at(lines, 0) == ""


def test_health_counts_fields_and_listings_that_stand_twice(shop: Shop, products: list[Product], start: Start) -> None:
    shop.build(products)
    app = opened(start, "health")
    said = texts(app)
    assert "What looks wrong" in [title.value for title in app.subheader]
    assert list(app.dataframe[0].value["Products"]) == [3, 3]  # two products, each listed twice more
    fields = app.dataframe[1].value.set_index("Field")["Products"]
    assert fields["Title"] == 44
    assert fields["Rating"] == sum(p.rating is not None for p in products)
    assert fields["Part number"] == 0
    assert f"{sum(p.price is not None for p in products)} products, from 11 to 49" in said


def test_bands_are_named_by_their_edges() -> None:
    spread = Distribution("USD", 3, 0.5, 1.0, 12.0, (Bin(0.5, 1.0, 1), Bin(1.0, 2000.0, 2)))
    assert catalogue_health.bands(spread) == [("0.5 – 1", 1), ("1 – 2,000", 2)]
