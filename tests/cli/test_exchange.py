"""Foreign files in, catalogues out, and what would change: on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from retrieval.settings import load_settings
from tests.embeddings_server import KEY, EmbeddingsServer, Failure, serving

FOREIGN = "Product title;Unit price;SKU code;Warranty\nBlue kettle;1250;K-1;2 years\nRed lamp;৳ 900;L-1;\n"
MAP = ["--map", "title=Product title", "--map", "price=Unit price", "--map", "product_id=SKU code"]

Output = pytest.CaptureFixture[str]


def out(capsys: Output, *arguments: str) -> str:
    assert run(list(arguments)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def err(capsys: Output, *arguments: str) -> str:
    assert run(list(arguments)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err


@pytest.fixture
def foreign(place: Path) -> Path:
    path = place / "foreign.csv"
    path.write_text(FOREIGN, "utf-8")
    return path


def test_check_and_parse_take_a_mapping(foreign: Path, capsys: Output) -> None:
    assert "--map title='Product title'" in err(capsys, "check", "foreign.csv")
    assert out(capsys, "check", "foreign.csv", *MAP) == "2 products from 2 blocks, 0 problems\n"
    rows = [json.loads(line) for line in out(capsys, "parse", "foreign.csv", *MAP).splitlines()]
    assert [(row["product_id"], row["title"], row["price"], row["attributes"]) for row in rows] == [
        ("K-1", "Blue kettle", 1250.0, {"Warranty": "2 years"}),
        ("L-1", "Red lamp", 900.0, {}),
    ]
    assert "no column 'Nmae'" in err(capsys, "check", "foreign.csv", "--map", "title=Nmae")
    assert "'wheels' is no field" in err(capsys, "parse", "foreign.csv", "--map", "wheels=Warranty")
    assert "contradict" in err(capsys, "index", "foreign.csv", "--no-map", *MAP)


def test_a_mapping_is_remembered_until_it_is_said_anew(foreign: Path, capsys: Output) -> None:
    index = ("index", "foreign.csv", "--embedder", "none", "--json")
    err(capsys, *index)
    assert json.loads(out(capsys, *index, *MAP))["products"] == 2
    kept = json.loads((foreign.parent / "data/foreign/mapping.json").read_text("utf-8"))
    assert kept["columns"] == {"title": "Product title", "price": "Unit price", "product_id": "SKU code"}
    foreign.write_text(FOREIGN + "Green jug;5;J-1;\n", "utf-8")
    assert json.loads(out(capsys, *index))["products"] == 3
    foreign.write_text("Name,Cost\nJug,5\n")
    assert "no column 'Product title'" in err(capsys, *index)
    assert json.loads(out(capsys, *index, "--no-map"))["products"] == 1
    assert not (foreign.parent / "data/foreign/mapping.json").exists()
    # Another catalogue never knew of it, and a mapping that cannot be used is not remembered.
    err(capsys, "index", "foreign.csv", "--embedder", "none", "--map", "title=nothing")
    assert not (foreign.parent / "data/foreign/mapping.json").exists()


def test_diff_says_what_would_change_and_changes_nothing(foreign: Path, capsys: Output) -> None:
    new = out(capsys, "diff", "foreign.csv", *MAP)
    assert new.splitlines()[-1] == "foreign: 2 added, 0 changed, 0 removed, 0 unchanged; 0 problems in the file"
    out(capsys, "index", "foreign.csv", "--embedder", "none", *MAP)
    foreign.write_text(FOREIGN.replace("Red lamp;৳ 900", "Red lamp;৳ 950").replace("Blue kettle;1250;K-1", "Jug;5;J-1"))
    before = sorted(path.name for path in (foreign.parent / "index/foreign").iterdir())
    assert out(capsys, "diff", "foreign.csv").splitlines() == [
        "+ J-1 Jug",
        "~ L-1 Red lamp (price)",
        "- K-1 Blue kettle",
        "foreign: 1 added, 1 changed, 1 removed, 0 unchanged; 0 problems in the file",
    ]
    assert sorted(path.name for path in (foreign.parent / "index/foreign").iterdir()) == before
    found = json.loads(out(capsys, "diff", "foreign.csv", "--json"))
    assert found["changed"][0]["fields"] == {"price": {"before": 900.0, "after": 950.0}}
    assert (found["unchanged"], found["problems"]) == (0, [])
    assert "nowhere.csv" in err(capsys, "diff", "nowhere.csv")


@pytest.mark.parametrize("suffix", ["md", "jsonl", "csv"])
def test_an_export_is_imported_equal(place: Path, capsys: Output, suffix: str) -> None:
    out(capsys, "index", "shop.md", "--embedder", "none")
    out(capsys, "export", "shop", "--output", f"again.{suffix}")
    assert run(["export", "shop", "--format", suffix, "-o", "-"]) == 0
    assert capsys.readouterr().out.encode() == (place / f"again.{suffix}").read_bytes()
    found = json.loads(out(capsys, "diff", f"again.{suffix}", "--name", "shop", "--json"))
    assert (found["added"], found["changed"], found["removed"], found["unchanged"]) == ([], [], [], 3)


def test_an_export_says_what_it_cannot_do(place: Path, capsys: Output) -> None:
    (place / "odd.jsonl").write_text('{"id": "1", "title": "A", "description": "x\\n<!--DOC:END-->\\n## B"}\n')
    out(capsys, "index", "odd.jsonl", "--embedder", "none")
    assert run(["export", "odd", "-o", "odd.md"]) == 0
    assert "note: product 1 (description) hold text that Markdown would misread" in capsys.readouterr().err
    assert "say with --format" in err(capsys, "export", "odd", "-o", "odd.xlsx")
    assert "no catalogue 'nobody'" in err(capsys, "export", "nobody", "-o", "x.md")
    assert not (place / "x.md").exists()


def test_health_is_printed_and_as_json(place: Path, capsys: Output) -> None:
    (place / "odd.jsonl").write_text(
        '{"id": "1", "title": "【HOT】 A", "price": 0}\n{"id": "2", "title": "【HOT】 A"}\n'
    )
    out(capsys, "index", "odd.jsonl", "--embedder", "none")
    printed = out(capsys, "health", "odd")
    assert "2 products in 1 category" in printed
    assert "Prices of zero: 1 product\n  【HOT】 A costs nothing." in printed
    found = json.loads(out(capsys, "health", "--json"))
    assert [finding["kind"] for finding in found["findings"]] == ["duplicate", "price-zero", "spam-tag", "spam-tag"]


def test_artifacts_go_out_and_come_in(place: Path, capsys: Output) -> None:
    out(capsys, "index", "shop.md")
    printed = out(capsys, "export-artifacts", "shop", "--output", "old")
    assert printed.startswith("3 chunks of 384 dimensions in old/dense.faiss")
    built = json.loads(out(capsys, "import-artifacts", "old", "--name", "again", "--json"))
    assert (built["products"], built["vectors"], built["keyword_only"]) == (3, 6, False)
    hits = json.loads(out(capsys, "search", "whistling", "--index", "again", "--mode", "dense", "--json"))["hits"]
    assert hits[0]["product_id"] == "kettle-2"
    (place / "old/dense.faiss").unlink()
    assert "dense.faiss" in err(capsys, "import-artifacts", "old", "--name", "again")
    out(capsys, "index", "shop.md", "--name", "words", "--embedder", "none")
    assert "no vectors to export" in err(capsys, "export-artifacts", "words", "-o", "new")


@pytest.fixture
def server(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingsServer]:
    with serving(EmbeddingsServer()) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        load_settings.cache_clear()
        yield running


def test_an_index_by_a_server_searches_by_meaning_and_embeds_only_what_is_new(
    server: EmbeddingsServer, place: Path, capsys: Output
) -> None:
    index = ("index", "shop.md", "--embedder", "openai:tiny", "--json")
    estimated = json.loads(out(capsys, *index, "--estimate"))
    assert (estimated["served"], estimated["known"], estimated["price"]) == (True, 0, None)
    assert server.requests == []  # an estimate asks nobody
    built = json.loads(out(capsys, *index))
    assert (built["vectors"], built["embedded_new"], built["keyword_only"]) == (6, estimated["texts"], False)
    assert len(server.texts) == estimated["texts"] + 1  # and one to learn the dimension
    hits = json.loads(out(capsys, "search", "enamel kettle", "--mode", "dense", "--json"))
    assert (hits["mode_used"], hits["degraded"]) == ("dense", [])
    assert hits["hits"][0]["product_id"] == "kettle-1"
    server.requests.clear()
    again = json.loads(out(capsys, *index))
    assert (again["embedded_new"], again["reused"]) == (0, estimated["texts"])
    assert server.texts == ["dimension"]
    assert json.loads(out(capsys, *index, "--estimate"))["tokens"] == 0
    manifest = (place / "index/shop/manifest.json").read_text()
    assert '"source": "openai:tiny"' in manifest
    assert KEY not in manifest


def test_a_price_is_estimated_and_much_is_not_sent_without_a_yes(
    server: EmbeddingsServer, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = ("index", "shop.md", "--embedder", "openai:tiny")
    tokens = json.loads(out(capsys, *index, "--estimate", "--json"))["tokens"]
    monkeypatch.setenv("EMBEDDING_PRICE_PER_MILLION", "20")
    load_settings.cache_clear()
    assert f"about {tokens:,} tokens; price: at most about {tokens * 20 / 1e6:,.4f}" in out(
        capsys, *index, "--estimate"
    )
    monkeypatch.setenv("EMBEDDING_PRICE_PER_MILLION", str(1.01e6 / tokens))
    load_settings.cache_clear()
    assert "Say --yes to send them." in err(capsys, *index)
    assert server.requests == []
    out(capsys, *index, "--yes")
    assert len(server.requests) > 0
    out(capsys, *index)  # nothing is left to send, and nothing to ask


def test_a_server_that_refuses_leaves_keyword_search_or_says_why(
    server: EmbeddingsServer, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.failures = [Failure(401, json.dumps({"error": {"message": f"bad key {KEY}"}})) for _ in range(2)]
    said = err(capsys, "index", "shop.md", "--embedder", "openai:tiny")
    assert "it answered 401: bad key ***" in said
    monkeypatch.setenv("EMBEDDER", "openai:tiny")
    load_settings.cache_clear()
    built = json.loads(out(capsys, "index", "shop.md", "--json"))
    assert built["keyword_only"]
    assert "it answered 401" in built["why"]


def test_a_build_that_a_server_ends_goes_on_where_it_stopped(
    server: EmbeddingsServer, place: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBED_BATCH_SIZE", "2")
    load_settings.cache_clear()
    good = [Failure(200, json.dumps(server.answer({"input": ["dimension"], "model": "tiny"})))]
    index = ("index", "shop.md", "--embedder", "openai:tiny", "--json")
    texts = json.loads(out(capsys, *index, "--estimate"))["texts"]
    original = server.answer
    asked = 0

    def answer(request: dict[str, object]) -> dict[str, object]:
        nonlocal asked
        asked += 1
        if asked == 2:
            server.failures = [Failure(403)]
        return original(request)

    monkeypatch.setattr(server, "answer", answer)
    server.failures = good
    assert run(list(index)) == 2
    assert "what was embedded is kept" in capsys.readouterr().err
    monkeypatch.undo()
    for name, value in (("OPENAI_BASE_URL", server.url), ("OPENAI_API_KEY", KEY)):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(place)
    load_settings.cache_clear()
    built = json.loads(out(capsys, *index))
    assert built["reused"] == 4
    assert built["embedded_new"] == texts - 4
    assert not built["keyword_only"]
    assert built["vectors"] == 6
