"""The encoder that asks a server, against a real one on loopback."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from time import time

import numpy as np
import pytest

from retrieval.dense.encoders.openai import (
    ATTEMPTS,
    WINDOW_BYTES,
    OpenAIEncoder,
    estimated_tokens,
    server_of,
)
from retrieval.embedding_cache import EmbeddingCache, embed
from retrieval.errors import ModelUnavailable
from retrieval.models import PACKAGED, ModelPool, load_encoder, locate, resolve_encoder
from retrieval.settings import Settings
from tests.embeddings_server import KEY, EmbeddingsServer, Failure, serving
from tests.support import HashEncoder, settings_in


@pytest.fixture
def server() -> Iterator[EmbeddingsServer]:
    with serving(EmbeddingsServer()) as running:
        yield running


def encoder_of(server: EmbeddingsServer, waits: list[float] | None = None) -> OpenAIEncoder:
    kept = [] if waits is None else waits
    return OpenAIEncoder("tiny", api_key=KEY, base_url=server.url, sleep=kept.append)


def test_vectors_come_in_order_as_unit_rows_and_the_dimension_is_discovered(server: EmbeddingsServer) -> None:
    encoder = encoder_of(server)
    assert server.requests == []
    assert encoder.dimension == 24
    server.reverse = True
    texts = ["red kettle", "blue lamp", "কেটলি"]
    rows = encoder.encode(texts)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, HashEncoder(24, 10_000).encode(texts), atol=1e-6)
    assert server.requests[-1] == {
        "path": "/v1/embeddings",
        "model": "tiny",
        "input": texts,
        "encoding_format": "float",
    }
    assert set(server.keys) == {f"Bearer {KEY}"}
    assert encoder.encode([]).shape == (0, 24)
    assert encoder.id == f"openai:tiny@127.0.0.1:{server.url.split(':')[2]}"


def test_many_texts_are_split_long_ones_cut_and_empty_ones_never_sent(
    server: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.dense.encoders.openai.REQUEST_TEXTS", 4)
    encoder = encoder_of(server)
    texts = [f"text {i}" for i in range(9)]
    np.testing.assert_allclose(encoder.encode(texts), HashEncoder(24, 10_000).encode(texts), atol=1e-6)
    assert [len(request["input"]) for request in server.requests] == [4, 4, 1]
    encoder.encode(["", "ক" * 5000])
    assert server.texts[-2:] == [" ", "ক" * (WINDOW_BYTES // 3)]
    monkeypatch.setattr("retrieval.dense.encoders.openai.REQUEST_BYTES", 10)
    encoder.encode(["12345678", "12", "3"])
    assert [request["input"] for request in server.requests[-2:]] == [["12345678", "12"], ["3"]]


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"Retry-After": "7"}, (7.0, 7.0)),
        ({"retry-after-ms": "250"}, (0.25, 0.25)),
        ({"Retry-After": "soon"}, (0.5 * 0.75, 0.5 * 1.25)),
        ({}, (0.5 * 0.75, 0.5 * 1.25)),
    ],
)
def test_a_busy_server_is_asked_again_when_it_says(
    server: EmbeddingsServer, headers: dict[str, str], waits: tuple[float, float]
) -> None:
    kept: list[float] = []
    server.failures = [Failure(429, '{"error": {"message": "slow down"}}', headers)]
    assert encoder_of(server, kept).encode(["a"]).shape == (1, 24)
    assert len(kept) == 1
    assert waits[0] <= kept[0] <= waits[1]
    assert len(server.requests) == 2


def test_a_date_to_come_back_at_is_understood(server: EmbeddingsServer) -> None:
    kept: list[float] = []
    server.failures = [Failure(503, "", {"Retry-After": formatdate(time() + 20, usegmt=True)})]
    encoder_of(server, kept).encode(["a"])
    assert 15 < kept[0] <= 20


def test_waits_grow_and_end(server: EmbeddingsServer) -> None:
    kept: list[float] = []
    server.failures = [Failure(500, "broken") for _ in range(ATTEMPTS)]
    with pytest.raises(ModelUnavailable, match=rf"{ATTEMPTS} attempts; it answered 500"):
        encoder_of(server, kept).encode(["a"])
    assert len(server.requests) == ATTEMPTS
    steps = [0.5 * 2**n for n in range(ATTEMPTS - 1)]
    assert all(0.75 * step <= wait <= 1.25 * step for step, wait in zip(steps, kept, strict=True))


def test_a_wait_that_is_too_long_is_told_instead(server: EmbeddingsServer) -> None:
    server.failures = [Failure(429, "", {"Retry-After": "3600"})]
    with pytest.raises(ModelUnavailable, match="asks to wait 3600 s"):
        encoder_of(server).encode(["a"])
    server.failures = [Failure(429, "", {"Retry-After": "5"})]
    with pytest.raises(ModelUnavailable, match="asks to wait 5 s"):
        encoder_of(server).encode(["a"], query=True)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_what_asking_again_cannot_mend_is_told_at_once_without_the_key(
    server: EmbeddingsServer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "insufficient_quota"}}
    server.failures = [Failure(status, json.dumps(body))]
    kept: list[float] = []
    with pytest.raises(ModelUnavailable, match=rf"it answered {status}: Incorrect API key provided: \*\*\*") as caught:
        encoder_of(server, kept).encode(["a"])
    assert kept == []
    assert KEY not in str(caught.value)
    assert KEY not in caplog.text
    assert caught.value.__context__ is None


GOOD = [0.5, 0.5]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html>not here</html>", "no list of embeddings"),
        ("{}", "no list of embeddings"),
        ('{"data": [5, 6]}', "no list of embeddings"),
        ('{"data": {"embedding": [1]}}', "no list of embeddings"),
        (json.dumps({"data": [{"index": 0, "embedding": GOOD}]}), "1 vectors for 2 texts"),
        (json.dumps({"data": [{"index": i, "embedding": GOOD} for i in range(3)]}), "3 vectors for 2 texts"),
        (json.dumps({"data": [{"index": 0, "embedding": GOOD}] * 2}), r"numbered \[0, 0\]"),
        (json.dumps({"data": [{"embedding": GOOD}, {"embedding": [1.0]}]}), "of one length"),
        (json.dumps({"data": [{"embedding": "AAAA"}] * 2}), "no lists of numbers"),
        (json.dumps({"data": [{"embedding": []}] * 2}), "finite numbers"),
        (json.dumps({"data": [{"embedding": [1, float("nan")]}] * 2}), "finite numbers"),
        (json.dumps({"data": [{"embedding": [0, 0]}] * 2}), "length 0"),
        (json.dumps({"data": [{"embedding": GOOD}] * 2}), "2 numbers, after 24"),
    ],
)
def test_an_answer_that_makes_no_sense_is_named(server: EmbeddingsServer, body: str, said: str) -> None:
    encoder = encoder_of(server)
    assert encoder.dimension == 24
    server.failures = [Failure(200, body)]
    with pytest.raises(ModelUnavailable, match=said):
        encoder.encode(["a", "b"])
    assert encoder.encode(["a", "b"]).shape == (2, 24)


def test_rows_without_numbers_are_taken_in_order(server: EmbeddingsServer) -> None:
    server.failures = [Failure(200, json.dumps({"data": [{"embedding": [2, 0]}, {"embedding": [0, 3]}]}))]
    assert encoder_of(server).encode(["a", "b"]).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_a_server_that_is_not_there_is_named(server: EmbeddingsServer) -> None:
    kept: list[float] = []
    encoder = OpenAIEncoder("tiny", api_key=KEY, base_url="http://127.0.0.1:9/v1", sleep=kept.append)
    with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1:9/v1 gave no vectors.*no connection"):
        encoder.encode(["a"], query=True)
    assert len(kept) == 1
    assert kept[0] <= 1.25


def test_what_was_embedded_before_a_failure_is_never_asked_for_again(server: EmbeddingsServer, tmp_path: Path) -> None:
    encoder = encoder_of(server)
    texts = [f"text number {i}" for i in range(10)]
    assert encoder.dimension == 24
    with EmbeddingCache(tmp_path / "embeddings.sqlite") as cache:
        server.failures = []
        embed(texts[:6], encoder, cache, 3)
        server.failures = [Failure(403)]
        with pytest.raises(ModelUnavailable):
            embed(texts, encoder, cache, 3)
        server.requests.clear()
        again = embed(texts, encoder, cache, 3)
    assert sorted(server.texts) == sorted(texts[6:])
    assert (again.new, again.reused) == (4, 6)
    np.testing.assert_allclose(again.vectors, HashEncoder(24, 10_000).encode(texts), atol=1e-6)


def served(folder: Path, server: EmbeddingsServer | None, **changes: object) -> Settings:
    known = {"openai_base_url": server.url if server else None, "openai_api_key": KEY if server else None}
    return settings_in(folder, embedder="openai:tiny", **{**known, **changes})


def test_the_settings_choose_and_load_it(server: EmbeddingsServer, tmp_path: Path) -> None:
    settings = served(tmp_path, server)
    chosen = resolve_encoder(settings)
    assert (chosen.source, chosen.name, chosen.why) == ("openai:tiny", "openai:tiny", "EMBEDDER=openai:tiny")
    assert resolve_encoder(settings, "openai:other").source == "openai:other"
    assert locate("openai:tiny", settings) is None
    assert load_encoder("openai:tiny", settings).encode(["a"], query=True).shape == (1, 24)
    pool = ModelPool(settings)
    assert pool.encoder("openai:tiny") is pool.encoder("openai:tiny")


def test_a_server_that_was_down_answers_the_next_search(server: EmbeddingsServer, tmp_path: Path) -> None:
    pool = ModelPool(served(tmp_path, server))
    server.failures = [Failure(403)]
    with pytest.raises(ModelUnavailable):
        pool.encoder("openai:tiny").encode(["kettle"], query=True)
    assert pool.encoder("openai:tiny").encode(["kettle"], query=True).shape == (1, 24)


def test_without_key_and_address_the_packaged_model_stands_in_unless_it_was_asked_for(tmp_path: Path) -> None:
    settings = served(tmp_path, None)
    chosen = resolve_encoder(settings)
    assert chosen.source == PACKAGED
    assert "EMBEDDER=openai:tiny cannot be used (OPENAI_API_KEY is not set" in chosen.why
    with pytest.raises(ModelUnavailable, match="OPENAI_API_KEY is not set"):
        resolve_encoder(settings, "openai:tiny")
    with pytest.raises(ModelUnavailable, match="no model is named"):
        resolve_encoder(settings, "openai:")
    with pytest.raises(ModelUnavailable, match="no http"):
        resolve_encoder(served(tmp_path, None, openai_base_url="file:///etc"), "openai:x")


def test_a_local_server_needs_no_key(server: EmbeddingsServer, tmp_path: Path) -> None:
    settings = served(tmp_path, server, openai_api_key=None)
    assert load_encoder("openai:tiny", settings).dimension == 24


def test_servers_are_told_apart_without_their_passwords() -> None:
    assert server_of("https://me:secret@Host.example:8443/v1/?api-version=1") == "host.example:8443/v1"
    assert server_of("https://api.openai.com/v1") == "api.openai.com/v1"


def test_tokens_are_counted_rather_too_high() -> None:
    assert estimated_tokens("") == 0
    assert estimated_tokens("blue kettle!") == math.ceil(10 / 3 + 1)
    assert estimated_tokens("SKU 326711679_BD-15") == math.ceil(5 / 3 + 11 / 2 + 2)
    assert estimated_tokens("কক") == 2 * 6 / 3
    assert estimated_tokens("abcক\n") == 3 / 3 + 2 * 3 / 3
    assert OpenAIEncoder("tiny", api_key=KEY).count_tokens("abcক") == 6
