"""The log of searches: empty, filled, switched off, unreadable."""

from __future__ import annotations

import csv
import io

import pytest
from streamlit.testing.v1 import AppTest

from retrieval.settings import load_settings
from shop import query_log
from shop.query_log import Asked, Search
from tests.ui.conftest import TIMEOUT, Shop
from ui import catalogue_queries, engines


def page() -> None:
    from ui import catalogue_queries, progress

    progress.said()
    catalogue_queries.draw("shop")


def opened() -> AppTest:
    app = AppTest.from_function(page, default_timeout=TIMEOUT).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(m.value for m in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success])


@pytest.fixture
def filled(shop: Shop) -> Shop:
    rows = [("red lamp", 4, False), ("sofa", 0, False), ("Red  Lamp", 5, False), ("zeppelin", 9, True)]
    searches = [Search("shop", query, "hybrid", total, odd, 12.0, 1_770_000_000.0) for query, total, odd in rows]
    query_log.write(shop.settings.data_dir, "shop", searches)
    return shop


def test_an_empty_log_says_what_it_is_for(shop: Shop) -> None:
    app = opened()
    assert "Nothing was searched for yet" in texts(app)
    assert app.toggle(key="query_log_on").value


def test_the_reports_list_their_queries(filled: Shop) -> None:
    app = opened()
    assert [(metric.label, metric.value) for metric in app.metric] == [
        ("Searches", "4"),
        ("Queries", "3"),
        ("Nothing found", "1"),
        ("No good match", "1"),
    ]
    assert list(app.dataframe[0].value["Query"]) == ["Red  Lamp", "zeppelin", "sofa"]
    assert list(app.dataframe[0].value["Good match"]) == ["yes", "no", "no"]
    for kind, wanted in (("zero", ["sofa"]), ("no_good_match", ["zeppelin"])):
        app.segmented_control(key="query_report").set_value(kind).run()
        assert list(app.dataframe[0].value["Query"]) == wanted


def test_clearing_forgets_them(filled: Shop) -> None:
    app = opened()
    app.button(key="queries_clear").click().run()
    assert not app.exception
    assert "4 searches forgotten" in texts(app)
    assert query_log.report(filled.settings.data_dir, "shop") == []


def test_the_switch_is_kept(shop: Shop) -> None:
    shop.settings.data_dir.mkdir()
    app = opened()
    app.toggle(key="query_log_on").set_value(False).run()
    assert not query_log.kept(shop.settings.data_dir)
    engines.query_log().record("shop", "lamp", mode="bm25", total=1, ms=1.0)
    engines.query_log().flush()
    assert not opened().toggle(key="query_log_on").value
    assert query_log.report(shop.settings.data_dir, "shop") == []


def test_the_setting_keeps_nothing_whatever_the_switch_says(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUERY_LOG", "off")
    load_settings.cache_clear()
    app = opened()
    assert app.toggle(key="query_log_on").disabled
    assert not app.toggle(key="query_log_on").value
    assert "QUERY_LOG=off" in texts(app)
    engines.query_log().record("shop", "lamp", mode="bm25", total=1, ms=1.0)
    engines.query_log().flush()
    assert not shop.settings.data_dir.exists()


def test_what_could_not_be_kept_is_said(filled: Shop) -> None:
    query_log.path(filled.settings.data_dir, "shop").write_bytes(b"no database" * 1000)
    engines.query_log().record("shop", "lamp", mode="bm25", total=1, ms=1.0)
    engines.query_log().flush()
    app = opened()
    assert "could not be kept" in app.warning[0].value
    assert "sqlite" in app.error[0].value


def test_the_file_is_safe_in_a_spreadsheet() -> None:
    asked = [Asked("=cmd|' /C calc'!A0", 2, 0.0, 0, False, 1.26), Asked("লাল শাড়ি", 1, 60.0, 3, False, 2.0)]
    rows = list(csv.reader(io.StringIO(catalogue_queries.as_csv(asked).decode("utf-8-sig"))))
    assert rows == [
        ["Query", "Times", "Hits", "Good match", "Mean ms", "Last asked"],
        ["'=cmd|' /C calc'!A0", "2", "0", "no", "1.3", "1970-01-01 00:00 UTC"],
        ["লাল শাড়ি", "1", "3", "yes", "2.0", "1970-01-01 00:01 UTC"],
    ]
