"""The train page: empty, while a job runs, with a verdict, and when something is wrong, in each of its sections."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import compose
from retrieval.errors import SettingsError
from retrieval.records import Product
from retrieval.settings import load_settings
from retrieval.trained import VERSIONS, versions
from shop import jobs as records
from shop import query_sets
from shop.reporter import Reporter
from tests.embeddings_server import EmbeddingsServer, serving
from tests.ui.conftest import Shop
from tests.ui.test_evaluate_page import click, texts
from tests.ui.test_train_verdict import BETTER, UNSURE
from training import dataset_card, history, runs
from training.cards import Card, Kind, write_card
from training.gate import Verdict, decide
from training.negatives import NegativeToRead
from training.options import TrainingOptions
from training.pools import MiningPool
from training.records import Example, LearningQuery, Pool, Step
from ui import train, train_data, train_form, train_models

Start = Callable[..., AppTest]
PAGE = "pages/train.py"
FIRST, SECOND = "20260101-120000-aaaa", "20260202-120000-bbbb"
HOSTILE = "a :red[lamp] $x^2$ <b> **bold**"


def opened(start: Start, section: str = "train", **session: object) -> AppTest:
    app = start()
    app.session_state[train.SECTION] = section
    for key, value in session.items():
        app.session_state[key] = value
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


@pytest.fixture
def built(shop: Shop, products: list[Product]) -> Shop:
    """Return a shop with a keyword-only catalogue."""
    shop.build(products)
    return shop


def queued(shop: Shop, name: str = "shop", **changes: object) -> str:
    """Record a training that nothing has started yet and return its id."""
    asked = replace(TrainingOptions(quick=True), **changes)  # type: ignore[arg-type]
    return records.enqueue(shop.settings.data_dir, compose.TRAIN, name, "", asked.to_dict(), {})


def ended(
    shop: Shop, state: records.State = "done", models: list[dict[str, object]] | None = None, message: str = ""
) -> str:
    """Record a training that has ended and return its id."""
    job_id = queued(shop)
    summary = {"run": job_id, "models": models or []} if state == "done" else None
    records.finish(shop.settings.data_dir, job_id, state, message, summary)
    return job_id


def outcome(kind: Kind, version: str, verdict: Verdict, *, promoted: bool) -> dict[str, object]:
    return {"kind": kind, "version": version, "promoted": promoted, "gate": verdict.to_dict()}


def aside(shop: Shop, kind: Kind, version: str, verdict: Verdict | None, run: str = "run1") -> Path:
    """Keep a model aside, as a training does, and return its folder."""
    work = runs.Work.begin(shop.settings.data_dir, "shop", run, TrainingOptions().to_dict())
    folder = runs.candidate(work, kind, version)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    card = Card(kind, version, "shop", "packaged:all-MiniLM-L6-v2", "f" * 8, "d" * 64, created="2026-01-01T12:00:00")
    gate = None if verdict is None else verdict.to_dict()
    weight = 0.6 if kind == "reranker" else None
    write_card(folder, replace(card, gate=gate, weight=weight, data={"rows": 1234}, settings={"epochs": 1.0}))
    return folder


def learned(shop: Shop, run: str, kind: Kind, steps: list[Step]) -> None:
    """Write what a model's training writes down while it goes on."""
    place = runs.place(shop.settings.data_dir, "shop", run) / runs.WORK / kind / history.HISTORY
    place.parent.mkdir(parents=True, exist_ok=True)
    for step in steps:
        history.append(place, step)


STEPS = [Step(10 * n, n / 3, 1.0 / n, 1e-5, {"nDCG@10": 0.5 + n / 100}) for n in range(1, 4)]


def test_without_a_catalogue_it_says_how_to_begin(start: Start) -> None:
    assert "No catalogue yet" in texts(opened(start))


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("train", "A new model serves only if it ranks better"),
        ("models", "No model was trained on this catalogue yet"),
        ("data", "Nothing was prepared yet"),
    ],
)
def test_an_empty_section_says_what_to_do(built: Shop, start: Start, section: str, said: str) -> None:
    app = opened(start, section)
    assert said in texts(app)
    if section == "models":
        click(app, "lead_train")
        assert app.session_state[train.SECTION] == "train"


def test_the_form_says_what_is_trained_how_long_it_takes_and_that_search_goes_on(built: Shop, start: Start) -> None:
    app = opened(start)
    assert "about half an hour" in texts(app)
    assert "Search goes on as always" in texts(app)
    app.segmented_control(key=train_form.DEPTH).set_value("thorough").run()
    assert "about two hours" in texts(app)
    app.segmented_control(key=train_form.PART).set_value("reranker").run()
    assert "reads query and product together" in texts(app)
    labels = {field.label for field in app.number_input}
    assert "Pairs for the reranker, at most" in labels
    assert "Examples for the embedder, at most" not in labels


def test_a_catalogue_without_vectors_has_nothing_to_rerank(built: Shop, start: Start) -> None:
    app = opened(start, **{train_form.PART: "reranker"})
    assert "This catalogue has no vectors" in app.warning[0].value
    assert app.button(key="train_start").disabled
    app.segmented_control(key=train_form.PART).set_value("both").run()
    assert "only if the new embedder passes" in app.warning[0].value
    assert not app.button(key="train_start").disabled
    app.segmented_control(key=train_form.PART).set_value("embedder").run()
    assert not app.warning


def test_queries_that_leave_this_machine_are_said(
    shop: Shop, products: list[Product], start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(EmbeddingsServer()) as server:
        monkeypatch.setenv("EMBEDDER", "openai:tiny")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        load_settings.cache_clear()
        source = shop.folder / "shop.jsonl"
        source.write_text("".join(json.dumps(product.to_dict()) + "\n" for product in products[:5]), "utf-8")
        compose.build(source, "shop", load_settings())
        assert "queries of the training are sent there" not in texts(opened(start))
    monkeypatch.setenv("OPENAI_BASE_URL", "https://vectors.invalid/v1")
    load_settings.cache_clear()
    said = texts(opened(start)).replace("\\", "")
    assert "vectors.invalid: the queries of the training are sent there" in said


def test_a_damaged_catalogue_is_not_trained_on(built: Shop, start: Start) -> None:
    (built.settings.index_dir / "shop" / "manifest.json").write_text("{", encoding="utf-8")
    app = opened(start)
    assert "cannot be searched" in texts(app)
    assert "train_start" not in {button.key for button in app.button}


def test_an_untouched_form_asks_for_a_quick_training_of_both() -> None:
    assert train_form.options({}) == TrainingOptions(quick=True)


def test_every_field_of_the_form_arrives() -> None:
    held = {
        train_form.PART: "both",
        train_form.DEPTH: "thorough",
        train_form.JUDGED: "may",
        "train_use": "gate",
        "train_rows": 60,
        "train_gate_queries": 9,
        "train_rounds": 2,
        "train_base_embedder": "  some/model ",
        "train_base_reranker": "",
        "train_epochs_embedder": 3.0,
        "train_learning_rate_reranker": 1e-4,
        "train_loss": "listwise",
        "train_per_query_mining": 3,
        "train_margin_mining": 0.0,
        "train_lora": True,
        "train_seed": 11,
        "train_promote": False,
    }
    assert train_form.options(held) == TrainingOptions(
        judged="may",
        use_judged="gate",
        rows=60,
        gate_queries=9,
        rounds=2,
        embedder_base="some/model",
        embedder={"epochs": 3.0},
        reranker={"learning_rate": 1e-4, "loss": "listwise", "lora": {}},
        mining={"per_query": 3, "margin": 0.0},
        seed=11,
        promote=False,
    )
    alone = train_form.options(held | {train_form.PART: "embedder"})
    assert (alone.parts, alone.reranker) == ("embedder", {})


def test_the_settings_of_the_form_are_those_of_the_models() -> None:
    from training.embedder import EmbedderSettings
    from training.negatives import MiningSettings
    from training.reranker import RerankerSettings

    parts = {"embedder": EmbedderSettings(), "reranker": RerankerSettings(), "mining": MiningSettings()}
    assert parts.keys() == train_form.SETTINGS.keys()
    for kind, settings in parts.items():
        for setting, (_, least, most, _, usual, _) in train_form.SETTINGS[kind].items():
            value = getattr(settings, setting)
            assert least <= value <= most
            assert float(usual) == value
    for loss in train_form.LOSSES:
        assert RerankerSettings(loss=loss).loss == loss  # type: ignore[arg-type]
    for size, least in train_form.LEAST.items():
        assert getattr(TrainingOptions.from_dict({size: least}), size) == least
        with pytest.raises(SettingsError):
            TrainingOptions.from_dict({size: least - 1})


def test_what_the_last_training_took_is_said(built: Shop) -> None:
    job = records.get(built.settings.data_dir, ended(built))
    past = [replace(job, started=100.0, finished=100.0 + 9 * 60)]
    assert train_form.takes(past, "both", "quick") == "The last one took 9 min."
    assert "about two hours" in train_form.takes(past, "both", "thorough")
    assert "about half an hour" in train_form.takes(past, "reranker", "quick")
    assert "about half an hour" in train_form.takes([replace(past[0], state="failed")], "both", "quick")
    assert "about half an hour" in train_form.takes([replace(past[0], resumes="x")], "both", "quick")


def test_judged_sets_can_be_used(built: Shop, start: Start) -> None:
    folder = built.settings.data_dir
    query_sets.save(folder, "shop", "Unjudged", query_sets.typed("lamp"), None, source="typed")
    assert "Judged queries to use" not in {box.label for box in opened(start).selectbox}
    query_sets.save(folder, "shop", "May", query_sets.typed("lamp"), {"q1": {"p1": 3}}, source="typed")
    app = opened(start)
    box = app.selectbox(key=train_form.JUDGED)
    assert box.options == ["May · 1 judged pair"]
    assert app.selectbox(key="train_use").disabled
    box.set_value("may").run()
    assert not app.selectbox(key="train_use").disabled


def test_a_training_that_cannot_be_begun_says_why(built: Shop, start: Start) -> None:
    app = click(opened(start, train_base_reranker="no/such-model"), "train_start")
    assert "no/such-model" in app.error[0].value.replace("\\", "").replace("\u2060", "")
    assert compose.jobs(built.settings, "shop") == []


def test_a_training_that_waits_can_be_stopped(built: Shop, start: Start) -> None:
    folder = built.settings.data_dir
    records.take_over(folder, queued(built, "other"))  # this process is the job before it
    waiting = queued(built)
    app = opened(start)
    assert "Waiting for 1 job before it" in texts(app)
    assert "train_start" not in {button.key for button in app.button}
    click(app, "train_stop")
    assert records.get(folder, waiting).state == "cancelled"
    app = opened(start)
    assert "The last training was stopped." in texts(app)
    assert app.button(key="train_resume")
    assert app.button(key="train_start")


def test_a_running_training_shows_its_stages_and_curves(built: Shop, start: Start) -> None:
    folder = built.settings.data_dir
    job_id = queued(built, parts="reranker")
    records.take_over(folder, job_id)
    Reporter(folder, job_id)("reranker", 30, 120)
    runs.Work.begin(folder, "shop", job_id, TrainingOptions().to_dict())
    learned(built, job_id, "reranker", STEPS)
    app = opened(start)
    said = texts(app)
    assert ":green[:material/check_circle:] Choosing wrong answers to learn from" in said
    assert "**Teaching the reranker**" in said
    assert ":gray[The reranker's exam]" in said
    assert "Teaching the embedder" not in said
    assert "Search goes on as always" in said
    assert any("30 of 120" in str(bar.proto.text) for bar in app.main.get("progress"))
    assert len(app.main.get("vega_lite_chart")) == 2
    assert opened(start, "data").button(key="train_prepare").disabled


@pytest.mark.parametrize("state", ["failed", "died"])
def test_a_training_that_failed_says_why_and_what_serves(built: Shop, start: Start, state: records.State) -> None:
    ended(built, state, message="the disk is *full*")
    app = opened(start)
    error = app.main.error[0].value
    assert "What served before still does." in error
    assert r"the disk is \*full\*" in error
    assert app.button(key="train_resume")


def test_a_verdict_says_why_a_model_was_kept_aside(built: Shop, start: Start) -> None:
    ended(built, models=[outcome("reranker", FIRST, decide(UNSURE), promoted=False)])
    app = opened(start)
    said = texts(app).replace("\\", "")
    assert "The new reranker was kept aside: it ranked a little better, but that may be luck." in said
    assert "from 0.612 to 0.620" in said
    assert "What may help" in said
    assert app.dataframe[0].value["Difference"].tolist() == ["+0.008"]
    click(app, "lead_models")
    assert app.session_state[train.SECTION] == "models"


def test_a_model_is_served_and_rolled_back(built: Shop, start: Start) -> None:
    aside(built, "reranker", FIRST, decide(BETTER))
    ended(built, models=[outcome("reranker", FIRST, decide(BETTER), promoted=False)])
    assert "passed its exam." in texts(opened(start)).replace("\\", "")
    app = opened(start, "models")
    assert "kept aside" in texts(app)
    click(app, f"serve_{FIRST}")
    assert f"The reranker {FIRST} serves now." in app.success[0].value.replace("\\", "")
    assert [found.version for found in versions(built.settings.models_dir, "reranker", "shop") if found.serving] == [
        FIRST
    ]
    assert "serves now" in texts(app)
    assert "passed its exam and serves now." in texts(opened(start)).replace("\\", "")

    app = click(opened(start, "models"), "roll_back_reranker")
    assert "before any training" in app.success[0].value
    assert not any(found.serving for found in versions(built.settings.models_dir, "reranker", "shop"))
    assert "served before" in texts(app)


def test_a_model_that_failed_its_exam_serves_only_after_a_warning(built: Shop, start: Start) -> None:
    aside(built, "reranker", FIRST, decide(UNSURE))
    aside(built, "reranker", SECOND, None, run="run2")
    app = opened(start, "models")
    said = texts(app).replace("\\", "")
    assert said.count("It did not prove that it is better.") == 2
    assert said.index(SECOND) < said.index(FIRST)
    assert "not examined" in said


def test_models_are_left_alone_while_a_job_is_under_way(built: Shop, start: Start) -> None:
    aside(built, "reranker", FIRST, decide(BETTER))
    records.take_over(built.settings.data_dir, queued(built))
    app = opened(start, "models")
    assert app.button(key=f"serve_{FIRST}").disabled


def test_a_card_shows_what_the_model_is_made_of(built: Shop, start: Start) -> None:
    aside(built, "reranker", FIRST, decide(BETTER))
    learned(built, "run1", "reranker", STEPS)
    app = opened(start, "models", **{f"card_{FIRST}": True})
    table = app.dataframe[1].value
    assert dict(zip(table["What"], table["Value"], strict=True)) == {
        "Made": "2026-01-01 12:00 UTC",
        "Began as": "packaged:all-MiniLM-L6-v2",
        "Data rows": "1,234",
        "Epochs": "1.0",
        "Fingerprint of what it learned from": "d" * 64,
        "Fingerprint of the model it began as": "f" * 8,
    }
    assert len(app.main.get("vega_lite_chart")) == 2


def test_a_damaged_card_is_named(built: Shop, start: Start) -> None:
    folder = aside(built, "reranker", FIRST, decide(BETTER))
    (folder / "card.json").write_text("{", encoding="utf-8")
    assert "cannot be read" in opened(start, "models").error[0].value


def test_an_embedder_whose_index_has_to_be_built_says_so(built: Shop, start: Start) -> None:
    job_id = records.enqueue(
        built.settings.data_dir,
        compose.TRAIN,
        "shop",
        "",
        {"serve": {"kind": "embedder", "version": FIRST}},
        {},
    )
    records.take_over(built.settings.data_dir, job_id)
    Reporter(built.settings.data_dir, job_id)("embed", 1, 4)
    app = opened(start)
    assert "Indexing with another embedder" in texts(app)
    assert "Teaching" not in texts(app)


def test_what_was_learned_from_can_be_read(built: Shop, start: Start) -> None:
    work = runs.Work.begin(built.settings.data_dir, "shop", "run1", TrainingOptions().to_dict())
    (work.folder / runs.DATASET).write_text(json.dumps(dataset_card.card([], {}, [])), encoding="utf-8")
    rows = [NegativeToRead(f"q{n} {HOSTILE}", f"right {n}", f"wrong {n}", f"q{n}:p{n}") for n in range(80)]
    lines = "".join(json.dumps(asdict(row)) + "\n" for row in rows)
    work.data(runs.NEGATIVES).write_text(lines, encoding="utf-8")
    app = opened(start, "data")
    assert "148,037 pairs" in texts(app)
    assert app.dataframe[0].value["Number"].tolist() == ["0"] * len(train_data.COUNTS)
    read = app.dataframe[-1].value
    assert len(read) == 50
    assert set(read["Query"]) <= {row.query for row in rows}
    click(app, "negatives_others")
    assert app.dataframe[-1].value["Id"].tolist() != read["Id"].tolist()


def test_the_counts_of_a_card_are_read_in_words() -> None:
    query = LearningQuery("q", "red lamp", {"p1": 3}, "silver", "title")
    pool = MiningPool(Pool(query, query.text, ()), (), (), query.text)
    examples = [Example("q", "red lamp", ("p1", "p2", "p3"), ("a", "b", "c"), (1.0, 0.0, 0.0))]
    found = train_data.counts(dataset_card.card([pool], {}, examples, dev_queries=1200))
    rows = dict(zip(found["What"], found["Number"], strict=True))
    assert rows["Pairs of a query and a product"] == "3"
    assert rows["… in which the product is right"] == "1"
    assert rows["… in which it is wrong"] == "2"
    assert rows["Queries to choose the best moment by"] == "1,200"


def test_weights_are_said_in_words() -> None:
    assert train_models.weight(1.0) == "decides the order alone"
    assert train_models.weight(0.0) == "does not count: the first ranking decides alone"
    assert train_models.weight(0.65) == "counts 65% beside the first ranking"


def test_a_serving_folder_holds_its_versions(built: Shop) -> None:
    """What the page serves lies where searches look for it."""
    aside(built, "reranker", FIRST, decide(BETTER))
    compose.promote_model(built.settings, "shop", "reranker", FIRST)
    (found,) = versions(built.settings.models_dir, "reranker", "shop")
    assert found.folder.parent.name == VERSIONS
    assert found.folder.is_relative_to(built.settings.models_dir)


def test_nothing_of_a_model_is_read_as_markup(built: Shop) -> None:
    card = Card("reranker", FIRST, "shop", HOSTILE, "", "", weight=0.5)
    model = compose.TrainedModel("reranker", FIRST, False, True, Path(), card)
    assert "**bold**" not in train_models.line(model)
    assert ":red[" not in train_models.line(model)
