"""A shopkeeper's first training: started, watched, examined; then a model that passed serves, and is rolled back."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

import compose
from retrieval.settings import Settings
from retrieval.trained import FOLDERS, versions
from tests import tiny_models
from tests.browser.catalogues import first_blocks
from tests.browser.conftest import ROOT, App
from tests.browser.driver import BUILD_MS, WORD_JOINER, Driver
from training import runs
from training.cards import Card, new_version, write_card
from training.gate import decide, measured
from training.options import TrainingOptions

pytestmark = pytest.mark.browser
BEGINS_EMPTY = True

PRODUCTS = 150
QUERY = "cotton"
SMALLEST = {
    "Pairs for the reranker, at most": 60,
    "Queries to learn from": 40,
    "Queries to look at while it learns": 5,
    "Queries of the exam": 10,
    "Products looked at a query": 10,
    "How far they must lie below the right ones": 0,  # to an untrained encoder all texts lie near each other
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("learning")


@pytest.fixture(scope="module")
def app_environment(folder: Path) -> dict[str, str]:
    """Let the app begin with models that read in milliseconds: as real as others, and as good as chance."""
    tiny_models.cross_encoder(folder / "models" / FOLDERS["reranker"], seed=1)
    return {
        "EMBEDDER": str(tiny_models.encoder(folder / "base", seed=1)),
        "MODELS_DIR": str(folder / "models"),
        "SAMPLE_CATALOGUE": str(first_blocks(ROOT / "samples" / "catalogue.md", folder / "catalogue.md", PRODUCTS)),
    }


def prepared(settings: Settings) -> str:
    """Keep a cross-encoder aside that passed its exam, and return its version.

    It ranks as differently from the present one as chance makes it; its values of the exam are those of a model that
    puts every right product first, against one that puts it second.
    """
    version = new_version()
    work = runs.Work.begin(settings.data_dir, compose.SAMPLE, "prepared", TrainingOptions().to_dict())
    made = runs.candidate(work, "reranker", version)
    made.mkdir(parents=True)
    tiny_models.cross_encoder(made, seed=2)
    first, second = ({f"q{n}": value for n in range(20)} for value in (1.0, 0.63))
    exam = measured(first, second, on="silver", mode="rerank", candidate_system="new", present_system="present")
    verdict = decide(exam)
    assert verdict.passed
    write_card(
        made,
        Card(
            "reranker",
            version,
            compose.SAMPLE,
            "tiny",
            "",
            "",
            created="2026-01-01T12:00:00+00:00",
            gate=verdict.to_dict(),
            weight=1.0,
            max_length=128,
        ),
    )
    return version


def open_section(driver: Driver, label: str) -> None:
    driver.main.get_by_test_id("stButtonGroup").first.get_by_text(label, exact=True).click()
    driver.settled()


def train_page(driver: Driver) -> None:
    driver.page.get_by_test_id("stSidebarNavLink").filter(has_text="Train").click()
    expect(driver.main.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    driver.settled()


def reranked(driver: Driver) -> list[str]:
    """Return the titles of the search that is reranked, in their order."""
    driver.open(f"/?catalogue={compose.SAMPLE}&q={QUERY}&mode=rerank")
    driver.expect_cards()
    expect(driver.sidebar.get_by_text("Reranker · ready")).to_be_visible(timeout=BUILD_MS)
    expect(driver.main.get_by_text("Not everything that was asked for is available")).to_have_count(0)
    driver.settled()
    return driver.titles()


def reranked_when(driver: Driver, fits: Callable[[list[str]], bool]) -> list[str]:
    """Search until the titles fit: what served keeps serving until the new model is loaded, seconds later."""
    deadline = time.monotonic() + BUILD_MS / 1000
    while not fits(found := reranked(driver)) and time.monotonic() < deadline:
        driver.page.wait_for_timeout(2_000)  # between two looks, each of which loads the page
    return found


def serving(settings: Settings) -> list[str]:
    return [found.version for found in versions(settings.models_dir, "reranker", compose.SAMPLE) if found.serving]


def test_a_first_training_and_a_model_that_serves_and_is_rolled_back(app: App, driver: Driver, folder: Path) -> None:
    settings = Settings(index_dir=app.index_dir, data_dir=app.data_dir, models_dir=folder / "models")  # type: ignore[call-arg]
    main = driver.main
    driver.open()
    main.get_by_role("button", name="Try the sample catalogue").click()
    driver.expect_cards()
    driver.ready()

    train_page(driver)
    driver.see("Search goes on as always")
    main.get_by_text("Reranker", exact=True).first.click()
    driver.see("the index stays as it is")
    main.get_by_text("More settings").click()
    for label, value in SMALLEST.items():
        field = main.get_by_role("spinbutton", name=label)
        field.fill(str(value))
        field.press("Tab")
    base = main.get_by_role("textbox", name="Model that it begins with")
    base.fill(str(tiny_models.cross_encoder(folder / "begin", seed=3)))
    base.press("Tab")
    driver.settled()
    driver.shot("train-1-form")
    main.get_by_role("button", name="Start training").click()

    panel = main.locator(".st-key-train_job")
    expect(panel.get_by_text("Training on sample")).to_be_visible(timeout=BUILD_MS)
    expect(panel.get_by_test_id("stProgress").first).to_be_visible(timeout=BUILD_MS)
    driver.shot("train-2-running")
    done = main.locator(".st-key-train_done")
    expect(done.or_(main.locator(".st-key-train_ended"))).to_be_visible(timeout=BUILD_MS)
    driver.settled()
    (job,) = [job for job in compose.jobs(settings, compose.SAMPLE) if job.kind == compose.TRAIN]
    assert job.summary is not None, job.message
    assert {name: job.params[name] for name in ("parts", "quick", "rows", "gate_queries", "depth")} == {
        "parts": "reranker",
        "quick": True,
        "rows": SMALLEST["Pairs for the reranker, at most"],
        "gate_queries": SMALLEST["Queries of the exam"],
        "depth": SMALLEST["Products looked at a query"],
    }
    (row,) = job.summary["models"]
    title = done.locator("h5").inner_text().replace(WORD_JOINER, "")
    assert ("passed its exam" if row["gate"]["passed"] else "was kept aside") in title
    assert f"{row['gate']['present']:.3f} to {row['gate']['candidate']:.3f}" in done.inner_text()
    assert (row["version"] in serving(settings)) is row["gate"]["passed"]
    driver.shot("train-3-verdict")

    version = prepared(settings)
    at_first = serving(settings)
    before = reranked(driver)
    train_page(driver)
    open_section(driver, "Models")
    model = main.locator(f".st-key-model_{version}")
    expect(model.get_by_text("kept aside")).to_be_visible()
    model.get_by_role("button", name="Serve this model").click()
    driver.see(f"The reranker {version} serves now.")
    expect(model.get_by_text("serves now")).to_be_visible()
    driver.shot("train-4-models")
    assert serving(settings) == [version]
    assert reranked_when(driver, lambda titles: titles != before) != before

    train_page(driver)
    open_section(driver, "Models")
    model.get_by_role("button", name="Roll back").click()
    driver.see(f"Rolled back from {version}")
    assert serving(settings) == at_first
    assert reranked_when(driver, lambda titles: titles == before) == before
