"""The evaluate page: empty, filled, and when something is wrong, in each of its sections."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import compose
from compose.evaluations import run_comparison
from retrieval.records import Product
from shop import comparisons as kept
from shop import judgements, query_sets
from shop.jobs import JobRecord
from tests.hostile import TEXTS
from tests.ui.conftest import Shop
from ui import evaluate, evaluate_new_set, evaluate_queries, evaluate_sets
from ui.safe_text import plain

Start = Callable[..., AppTest]
PAGE = "pages/evaluate.py"
PATIENCE_S = 120.0
QUERIES = "red chair\nfolding lamp\nquiet clock for the desk at home"
QRELS = {"q1": {"p0": 3, "p1": 0}, "q2": {"p13": 3, "p10": 1}, "q3": {"p39": 1}}
SYSTEMS = ["bm25", "bm25:backend=fts5", "bm25:backend=rank_bm25"]


def opened(start: Start, section: str, **session: object) -> AppTest:
    app = start()
    app.session_state[evaluate.SECTION] = section
    for key, value in session.items():
        app.session_state[key] = value
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(m.value for m in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success])


def click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def keep(shop: Shop, qrels: Mapping[str, Mapping[str, int]] | None = None, title: str = "May") -> str:
    rows = query_sets.typed(QUERIES)
    return query_sets.save(shop.settings.data_dir, "shop", title, rows, qrels, source="typed").name


def compared(shop: Shop, systems: list[str] | None = None, **changes: object) -> str:
    """Compare on the set `may` in this process and return the comparison's id."""
    params = {"query_set": "may", "systems": systems or SYSTEMS, "baseline": None, "measures": [], "relevant": 1}
    made = run_comparison(shop.settings, "shop", {**params, "seed": 3, **changes}, lambda stage, done, total: None)
    return str(made["comparison"])


def wait_for(shop: Shop) -> JobRecord:
    """Return the newest job of the catalogue when it has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        job = compose.jobs(shop.settings, "shop")[0]
        if not job.active:
            return job
        time.sleep(0.05)  # between two looks
    pytest.fail("the job did not end")


@pytest.fixture
def built(shop: Shop, products: list[Product]) -> Shop:
    """Return a shop with a keyword-only catalogue."""
    shop.build(products)
    return shop


def test_without_a_catalogue_it_says_how_to_begin(start: Start) -> None:
    assert "No catalogue yet" in texts(opened(start, "queries"))


@pytest.mark.parametrize(
    ("section", "said", "leads_to"),
    [
        ("queries", "No queries yet", None),
        ("judge", "No queries yet", "lead_queries"),
        ("compare", "No queries yet", "lead_queries"),
        ("results", "Nothing was compared yet", "lead_compare"),
        ("history", "Nothing was compared yet", "lead_compare"),
    ],
)
def test_an_empty_section_says_what_to_do(
    built: Shop, start: Start, section: str, said: str, leads_to: str | None
) -> None:
    app = opened(start, section)
    assert said in texts(app)
    if leads_to is not None:
        click(app, leads_to)
        assert app.session_state[evaluate.SECTION] == leads_to.removeprefix("lead_")


def test_a_damaged_catalogue_says_so(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    (built.settings.index_dir / "shop" / "manifest.json").write_text("{", encoding="utf-8")
    for section in ("judge", "compare", "results"):
        assert "cannot be searched" in texts(opened(start, section))


def test_typed_queries_are_kept_as_a_set(built: Shop, start: Start) -> None:
    app = opened(start, "queries")
    app.segmented_control(key="new_set_way").set_value("typed").run()
    app.text_input(key="typed_name_0").set_value("What was asked in May")
    app.text_area(key="typed_queries_0").set_value(QUERIES).run()
    click(app, "typed_keep")
    assert "What was asked in May is kept: 3 queries, 0 judged pairs" in app.success[0].value.replace("\\", "")
    held = query_sets.load(built.settings.data_dir, "shop", "what-was-asked-in-may")
    assert list(held.texts.values()) == QUERIES.split("\n")
    assert app.text_area(key="typed_queries_1").value == ""
    click(app, "typed_keep")
    assert "Give the set a name" in app.error[0].value
    app.text_input(key="typed_name_1").set_value("June").run()
    click(app, "typed_keep")
    assert "holds no query" in app.error[0].value


def test_a_click_that_leaves_a_field_takes_what_was_typed_into_it(built: Shop, start: Start) -> None:
    app = opened(start, "queries")
    app.text_input(key="silver_name").set_value("spring")
    app.number_input(key="silver_seed").set_value(11)
    click(app, "silver_start")
    assert compose.jobs(built.settings, "shop")[0].params["seed"] == 11
    assert wait_for(built).state == "done"
    made = query_sets.names(built.settings.data_dir, "shop")
    assert made
    assert set(made) <= {"spring-train", "spring-dev", "spring-test"}

    app.segmented_control(key="new_set_way").set_value("typed").run()
    app.text_input(key="typed_name_0").set_value("May")
    app.text_area(key="typed_queries_0").set_value(QUERIES)
    click(app, "typed_keep")
    assert list(query_sets.load(built.settings.data_dir, "shop", "may").texts.values()) == QUERIES.split("\n")

    app.segmented_control(key="new_set_way").set_value("uploaded").run()
    app.file_uploader(key="upload_queries_1").set_value(("asked.txt", b"red chair\n", "text/plain")).run()
    app.text_input(key="upload_name_1").set_value("June")
    click(app, "upload_keep")
    assert query_sets.load(built.settings.data_dir, "shop", "june").card.queries == 1


def test_an_uploaded_set_brings_its_judgements(built: Shop, start: Start) -> None:
    app = opened(start, "queries")
    app.segmented_control(key="new_set_way").set_value("uploaded").run()
    rows = [{"query_id": "a", "text": "red chair", "type": "short"}, {"query_id": "b", "text": "lamp", "note": [1]}]
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    qrels = b"query_id\tproduct_id\trelevance\na\tp0\t3\n"
    app.file_uploader(key="upload_queries_0").set_value(("asked.jsonl", lines, "application/jsonl"))
    app.file_uploader(key="upload_qrels_0").set_value(("asked.tsv", qrels, "text/plain")).run()
    click(app, "upload_keep")
    held = query_sets.load(built.settings.data_dir, "shop", "asked")
    assert [dict(row) for row in held.queries] == rows
    assert held.qrels == {"a": {"p0": 3}}
    assert evaluate_sets.qrels_file(held) == qrels
    assert [json.loads(line) for line in evaluate_sets.queries_file(held).splitlines()] == rows


def test_an_upload_that_cannot_be_read_names_file_and_line(built: Shop, start: Start) -> None:
    app = opened(start, "queries")
    app.segmented_control(key="new_set_way").set_value("uploaded").run()
    app.file_uploader(key="upload_queries_0").set_value(("asked.jsonl", b'{"query_id": "a"}\n', "text/plain")).run()
    click(app, "upload_keep")
    assert "asked.jsonl:1: 'text' must be a text" in app.error[0].value.replace("\\", "").replace("\u2060", "")
    assert query_sets.names(built.settings.data_dir, "shop") == []
    assert evaluate_new_set.rows_of(b"lamp\n\n red  chair \n", "q.TXT") == [
        {"query_id": "q1", "text": "lamp"},
        {"query_id": "q2", "text": "red chair"},
    ]


def test_a_set_is_looked_into_renamed_and_deleted(built: Shop, start: Start) -> None:
    name = keep(built, QRELS)
    judgements.record(built.settings.data_dir, "shop", "Ann", "red chair", "p5", 2)
    app = opened(start, "queries", **{f"view_{name}": True})
    table = app.dataframe[0].value
    assert table["Query"].tolist() == QUERIES.split("\n")
    assert table["Right products"].tolist() == [1, 2, 1]
    assert table["Judged by hand"].tolist() == [1, 0, 0]
    app.text_input(key=f"retitle_{name}").set_value("June")
    click(app, f"rename_{name}")
    assert "**June**" in texts(app)
    app.file_uploader(key=f"qrels_{name}_5").set_value(("b.tsv", b"q1 0 p0 x\n", "text/plain")).run()
    click(app, f"take_qrels_{name}")
    assert "Nothing was changed" in app.error[0].value
    click(app, f"delete_set_{name}")
    assert query_sets.names(built.settings.data_dir, "shop") == []
    assert judgements.held(built.settings.data_dir, "shop").judgements == 1


def test_a_set_that_cannot_be_read_is_named_and_can_be_deleted(built: Shop, start: Start) -> None:
    name = keep(built)
    keep(built, title="June")
    (built.settings.data_dir / "shop" / "sets" / name / query_sets.CARD).write_text("{", encoding="utf-8")
    app = opened(start, "queries")
    assert "cannot be read" in app.error[0].value
    assert "**June**" in texts(app)
    assert "cannot be read" in opened(start, "compare").error[0].value
    click(opened(start, "queries"), f"delete_set_{name}")
    assert query_sets.names(built.settings.data_dir, "shop") == ["june"]


def test_silver_queries_are_made_by_a_job(built: Shop, start: Start) -> None:
    app = opened(start, "queries")
    click(app, "silver_start")
    job = wait_for(built)
    assert (job.kind, job.state) == (compose.SILVER, "done"), job.message
    names = query_sets.names(built.settings.data_dir, "shop")
    assert names
    assert set(names) <= {"silver-train", "silver-dev", "silver-test"}
    app = opened(start, "queries")
    assert "Silver queries are made" in app.success[0].value
    assert app.text_input(key="silver_name").value == "silver-2"


def test_a_name_for_silver_queries_is_free() -> None:
    assert evaluate_new_set.free_prefix([]) == "silver"
    assert evaluate_new_set.free_prefix(["silver-lining-2", "may"]) == "silver"
    assert evaluate_new_set.free_prefix(["silver-dev", "silver-2-test"]) == "silver-3"


def test_a_set_of_which_nothing_is_judged_says_so(built: Shop, start: Start) -> None:
    keep(built)
    app = opened(start, "compare")
    assert "Nothing of this set is judged yet" in texts(app)
    assert "This catalogue has no vectors" in texts(app)
    judgements.record(built.settings.data_dir, "shop", "Ann", "red chair", "p0", 2)
    app.run()
    assert "Judged by hand: 1 query of 3" in texts(app)
    click(app, "compare_start")
    assert wait_for(built).state == "done"


def test_a_comparison_is_started_ended_and_opened(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    app = opened(start, "compare", evaluate_modes=["bm25"], evaluate_backends=["bm25s", "fts5"])
    assert "2 rankings" in texts(app)
    click(app, "compare_start")
    assert app.button(key="compare_start").disabled or compose.jobs(built.settings, "shop")[0].state == "done"
    job = wait_for(built)
    assert (job.kind, job.state) == (compose.COMPARE, "done"), job.message
    app = opened(start, "compare", evaluate_modes=["bm25"])
    click(app, "open_result")
    assert app.session_state[evaluate.SECTION] == "results"
    assert "Query by query" in [title.value for title in app.subheader]
    assert app.dataframe[0].value["Ranking"].nunique() == 2


def test_a_comparison_that_failed_says_why(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    click(opened(start, "compare", evaluate_modes=["dense"]), "compare_start")
    assert wait_for(built).state == "failed"
    app = opened(start, "compare")
    assert "The last comparison failed" in texts(app)
    assert any("none of the systems can be run" in error.value for error in app.main.error)


def test_a_set_without_judgements_is_not_compared_on(built: Shop, start: Start) -> None:
    keep(built)
    app = click(opened(start, "compare"), "compare_start")
    assert "nothing of the set" in app.error[0].value
    assert compose.jobs(built.settings, "shop") == []


def test_too_many_rankings_are_not_started(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    app = opened(
        start,
        "compare",
        evaluate_modes=["hybrid", "rerank"],
        evaluate_backends=["bm25s", "rank_bm25", "fts5"],
        evaluate_rrf=[10, 20, 40, 60, 100],
        evaluate_alphas=[0.1, 0.3, 0.5, 0.7, 0.9, "By length"],
    )
    assert "66 rankings are more than 60" in texts(app)
    assert app.button(key="compare_start").disabled
    app = opened(start, "compare", evaluate_modes=[])
    assert "Choose at least one ranking" in texts(app)


def test_the_grid_makes_a_sweep_and_ablations(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    app = opened(start, "compare", evaluate_modes=["hybrid"], evaluate_sweep=True, evaluate_ablations=True)
    assert "16 rankings" in texts(app)  # hybrid, eleven weights, four legs left out


def test_a_measure_that_there_is_not_is_said(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    app = click(opened(start, "compare", evaluate_measure="recal@5"), "compare_start")
    assert "unknown measure" in app.error[0].value
    assert compose.jobs(built.settings, "shop") == []


def test_a_result_begins_with_a_sentence_and_shows_every_measure(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    made = compared(built)
    info = compose.comparisons(built.settings, "shop")[0]
    app = opened(start, "results")
    assert plain(info.verdict) == app.subheader[0].value
    found = compose.comparison(built.settings, "shop", made)
    table = app.dataframe[0].value.set_index("Ranking")
    for result in found.results:
        assert table["nDCG@10"][result.label] == pytest.approx(result.means["nDCG@10"].value, abs=1e-4)
    assert table["Against the baseline"]["bm25"] == "baseline"
    app.pills(key=f"result_measure_{made}").set_value("MRR@10").run()
    assert not app.exception
    assert "MRR@10" in app.dataframe[0].value.columns


def test_a_result_on_silver_queries_says_whom_they_flatter(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    compared(built)
    assert "flatters rankings by words" not in texts(opened(start, "results"))
    rows = [{"query_id": f"silver-v1-{number}", "text": text} for number, text in enumerate(QUERIES.split("\n"))]
    query_sets.save(built.settings.data_dir, "shop", "From afar", rows, {"silver-v1-0": {"p0": 3}}, source="uploaded")
    made = compared(built, query_set="from-afar")
    assert "flatters rankings by words" in texts(opened(start, "results", **{evaluate.COMPARISON: made}))


def test_a_query_shows_both_rankings_with_the_right_products_marked(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    made = compared(built)
    found = compose.comparison(built.settings, "shop", made)
    app = opened(start, "results")
    app.segmented_control(key=f"duel_kind_{made}").set_value("ties").run()
    label = str(app.selectbox(key=f"duel_{made}").value)
    ties = [query_id for query_id, _ in found.duel(label).ties]
    box = next(box for box in app.selectbox if box.label == "Query")
    box.set_value(ties[-1]).run()
    assert not app.exception
    said = texts(app)
    assert found.query(ties[-1]).text in said
    shown = found.ranked[label][ties[-1]][:10]
    for rank, product_id in enumerate(shown, 1):
        grade = found.grades[ties[-1]].get(product_id)
        assert f":gray[{rank}] {evaluate_queries.badge(grade, 1)} " in said
    assert any(product_id in found.grades[ties[-1]] for product_id in shown)


def test_products_and_queries_of_any_text_are_shown_literally(shop: Shop, start: Start) -> None:
    hostile = [Product(f"h{number}", f"lamp {text}") for number, text in enumerate(TEXTS)]
    shop.build(hostile)
    rows = [{"query_id": f"q{n}", "text": f"lamp {text}", "type": text[:20]} for n, text in enumerate(TEXTS)]
    qrels = {f"q{n}": {f"h{n}": 3} for n in range(len(TEXTS))}
    query_sets.save(shop.settings.data_dir, "shop", "May", rows, qrels, source="uploaded")
    made = compared(shop)
    for section in ("queries", "compare", "results", "history"):
        app = opened(start, section)
        assert not app.exception
    app = opened(start, "results")
    app.segmented_control(key=f"duel_kind_{made}").set_value("ties").run()
    label = str(app.selectbox(key=f"duel_{made}").value)
    ties = [query_id for query_id, _ in compose.comparison(shop.settings, "shop", made).duel(label).ties]
    assert len(ties) > 4
    for query_id in ties:
        next(box for box in app.selectbox if box.label == "Query").set_value(query_id).run()
        assert not app.exception
        assert plain(f"lamp {TEXTS[int(query_id[1:])]}") in texts(app)


def test_a_result_outlives_the_products_it_ranked(built: Shop, products: list[Product], start: Start) -> None:
    keep(built, QRELS)
    compared(built, ["bm25"])
    built.build(products[20:30])
    app = opened(start, "results")
    assert "not in the catalogue now" in texts(app)
    assert "reaches" in app.subheader[0].value  # one ranking alone has nothing to be set against
    assert "Against the baseline" not in app.dataframe[0].value.columns


def test_the_report_is_offered_with_and_without_texts(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    compared(built)
    app = opened(start, "results")
    assert [button.label for button in app.get("download_button")] == ["Markdown", "Markdown and plots (ZIP)"]
    app.toggle(key="report_texts").set_value(False).run()
    assert not app.exception


def test_earlier_comparisons_are_opened_and_deleted(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    first = compared(built, ["bm25:backend=fts5"])
    compared(built)
    app = opened(start, "history")
    assert len([button for button in app.button if button.label == "Open"]) == 2
    click(app, f"open_{first}")
    assert app.dataframe[0].value["Ranking"].tolist() == ["bm25:backend=fts5"]
    app = opened(start, "history")
    click(app, f"delete_{first}")
    assert "The comparison was deleted" in texts(app)
    assert [info.id for info in compose.comparisons(built.settings, "shop")] != [first]
    assert len(compose.comparisons(built.settings, "shop")) == 1


def test_a_damaged_comparison_is_named(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    made = compared(built)
    path: Path = built.settings.data_dir / "shop" / kept.FOLDER / f"{made}.json"
    path.write_text("[", encoding="utf-8")
    assert "cannot be read" in opened(start, "results").error[0].value


def test_a_damaged_card_hides_no_other_comparison_and_can_be_deleted(built: Shop, start: Start) -> None:
    keep(built, QRELS)
    damaged, whole = compared(built, ["bm25:backend=fts5"]), compared(built)
    (built.settings.data_dir / "shop" / kept.FOLDER / f"{damaged}.card.json").write_text("[", encoding="utf-8")
    app = opened(start, "history")
    assert "cannot be read" in texts(app)
    assert app.button(key=f"open_{whole}")
    click(app, f"delete_{damaged}")
    assert [info.id for info in compose.comparisons(built.settings, "shop")] == [whole]
