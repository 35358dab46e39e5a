"""Builds that would send texts to a server ask first, and send nothing before the yes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import compose
from retrieval.dense.encoders.openai import estimated_tokens
from retrieval.estimates import Estimate
from retrieval.settings import load_settings
from tests.embeddings_server import EmbeddingsServer, serving
from tests.ui.conftest import Shop
from tests.ui.test_uploads import stop, upload
from ui import incoming, sending

Start = Callable[..., AppTest]
TITLES = ("Red lamp", "Blue chair")
FILE = "product_id,title\n" + "".join(f"{number},{title}\n" for number, title in enumerate(TITLES))
PRICE = 20.0
PATIENCE_S = 120.0


@pytest.fixture
def server() -> Iterator[EmbeddingsServer]:
    with serving(EmbeddingsServer()) as running:
        yield running


@pytest.fixture
def served(shop: Shop, server: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Return the folders of an app whose encoder is served; its sample is the file above."""
    sample = shop.folder / "sample.csv"
    sample.write_text(FILE, encoding="utf-8")
    monkeypatch.setenv("EMBEDDER", "openai:tiny")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("EMBEDDING_PRICE_PER_MILLION", str(PRICE))
    monkeypatch.setenv("SAMPLE_CATALOGUE", str(sample))
    load_settings.cache_clear()
    running = Shop(load_settings(), shop.folder)
    yield running
    stop(running)


def ended(shop: Shop, name: str) -> str:
    """Wait until the newest job of a catalogue has ended and return its state."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        job = compose.jobs(shop.settings, name)[0]
        if not job.active:
            return job.state
        time.sleep(0.05)  # between two looks
    pytest.fail(f"the job of {name} did not end")


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.info, *app.error])


def test_an_upload_is_asked_about_and_sent_after_the_yes(served: Shop, server: EmbeddingsServer, start: Start) -> None:
    app = upload(start(), "lamps.csv", FILE.encode())
    assert app.button(key="upload_confirm").label == "Send and build"
    text = next(info.value for info in app.info if "sends" in info.value)
    tokens = sum(map(estimated_tokens, TITLES)) + sum(map(estimated_tokens, passages(served)))
    assert f"about {tokens} tokens" in text
    assert f"At most about {tokens * PRICE / 1e6:.4f}".replace(".", "\\.") in text
    assert "openai" in text
    assert server.requests == []
    assert compose.jobs(served.settings) == []
    assert not (served.settings.data_dir / "lamps").exists()
    app.button(key="upload_confirm").click().run()
    assert not app.exception
    assert ended(served, "lamps") == "done"
    assert set(TITLES) <= set(server.texts)


def passages(shop: Shop) -> set[str]:
    """Return the passages of the file's products that are no titles, as a build cuts them."""
    from retrieval.catalogue import parse_bytes
    from retrieval.dense.encoders.openai import OpenAIEncoder
    from retrieval.passages import chunk_within, passage_text

    encoder = OpenAIEncoder("tiny", api_key=None, base_url="http://127.0.0.1:1/v1")
    products = parse_bytes(FILE.encode(), "lamps.csv").products
    return {passage_text(chunk) for p in products for chunk in chunk_within(p, shop.settings, encoder)} - set(TITLES)


def test_an_upload_that_is_not_to_be_sent_is_not(served: Shop, server: EmbeddingsServer, start: Start) -> None:
    app = upload(start(), "lamps.csv", FILE.encode())
    app.button(key="upload_cancel").click().run()
    assert not app.exception
    assert (server.requests, compose.jobs(served.settings)) == ([], [])
    assert not (served.settings.data_dir / "lamps").exists()


def test_the_sample_asks_first(served: Shop, server: EmbeddingsServer, start: Start) -> None:
    app = start()
    button = next(button for button in app.button if button.label == "Try the sample catalogue")
    button.click().run()
    assert f"sends **{len(TITLES) + len(passages(served))} texts**" in said(app)
    assert (server.requests, compose.jobs(served.settings)) == ([], [])
    app.button(key="sending_no").click().run()
    assert "sends" not in said(app)
    assert (server.requests, compose.jobs(served.settings)) == ([], [])
    next(button for button in app.button if button.label == "Try the sample catalogue").click().run()
    app.button(key="sending_yes").click().run()
    assert not app.exception
    assert "sends" not in said(app)
    assert ended(served, compose.SAMPLE) == "done"
    assert set(TITLES) <= set(server.texts)


@pytest.mark.parametrize("where", ["sidebar", "jobs"])
def test_resuming_asks_first(served: Shop, server: EmbeddingsServer, start: Start, where: str) -> None:
    source = served.folder / "lamps.csv"
    source.write_text(FILE, encoding="utf-8")
    job = compose.start_build(source, "lamps", served.settings)
    compose.cancel_job(served.settings, job)
    server.requests.clear()
    app = start()
    if where == "jobs":
        app.switch_page("pages/catalogue.py").run()
        app.segmented_control(key="catalogue_section_empty").set_value("jobs").run()
    app.button(key=f"resume_{job}" if where == "sidebar" else f"joblist_resume_{job}").click().run()
    assert "sends" in said(app)
    assert server.requests == []
    assert not compose.job(served.settings, job).resumed_by
    if where == "sidebar":
        app.button(key="sending_yes").click().run()
        assert not app.exception
        assert compose.job(served.settings, job).resumed_by
        assert ended(served, "lamps") == "done"
        assert server.requests


def test_building_a_damaged_catalogue_again_asks_first(
    served: Shop, server: EmbeddingsServer, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose.build(served.settings.sample_catalogue, compose.SAMPLE, served.settings, embedder="none")
    (served.settings.index_dir / compose.SAMPLE / "manifest.json").write_text("{", encoding="utf-8")
    app = start()
    next(button for button in app.button if button.label == "Build it again").click().run()
    assert "sends" in said(app)
    assert (server.requests, compose.jobs(served.settings)) == ([], [])


def test_what_cannot_be_read_is_not_asked_about(served: Shop, server: EmbeddingsServer, start: Start) -> None:
    served.settings.sample_catalogue.write_bytes(b"")
    app = start()
    next(button for button in app.button if button.label == "Try the sample catalogue").click().run()
    assert "sample.csv" in "\n".join(error.value.replace("\\", "") for error in app.error)
    assert (server.requests, compose.jobs(served.settings)) == ([], [])


def test_an_encoder_on_this_machine_asks_nothing(shop: Shop, tmp_path: Path) -> None:
    source = tmp_path / "lamps.csv"
    source.write_text(FILE, encoding="utf-8")
    done = []
    sending.ask_first("lamps", source, lambda: done.append(1))
    assert done == [1]
    assert sending.figures_of(FILE.encode(), ".csv", "lamps", None) is None
    assert not incoming.read(FILE.encode(), "lamps.csv", "lamps").asks


@pytest.mark.parametrize(
    ("known", "tokens", "price", "wanted"),
    [
        (0, 1000, 0.02, ("**5 texts**", "1,000 tokens", "At most about 0.0200")),
        (2, 1000, None, ("**3 texts**", "2 texts more were embedded before", "PER_MILLION is not set")),
        (0, 1, 0.00002, ("Less than 0.0001",)),
        (5, 0, 0.0, ("All 5 texts", "no text of the catalogue is sent")),
    ],
)
def test_the_line_says_how_much_goes_where(known: int, tokens: int, price: float | None, wanted: tuple[str]) -> None:
    shown = sending.line("shelf", Estimate("openai:tiny@server/v1", True, 5, known, tokens, price)).replace("\\", "")
    assert all(part in shown for part in wanted), shown
    assert "tiny@" in shown
