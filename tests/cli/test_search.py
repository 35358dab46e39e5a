from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cli.main import run
from cli.search import card, parse_wheres
from retrieval.records import Hit, LegScore, Product
from retrieval.rules import Rule
from shop import query_log, rules, synonyms
from tests.cli.test_main import command

KEYS = ["query", "mode", "mode_used", "degraded", "total", "facets", "timings_ms", "hits"]
HIT_KEYS = [
    *("rank", "product_id", "title", "price", "rating", "url", "score", "legs", "fused_score", "rerank_score"),
    *("matched_terms", "snippet"),
]


@pytest.fixture
def indexed(place: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(["index", "shop.md", "--embedder", "none"]) == 0
    capsys.readouterr()
    return place


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["search", *arguments, "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def ids(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    return [hit["product_id"] for hit in found(capsys, *arguments)["hits"]]


def test_index_says_what_it_made(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "shop.md", "--name", "mine", "--embedder", "none", "--json"]) == 0
    out, err = capsys.readouterr()
    summary = json.loads(out)
    assert (summary["name"], summary["products"], summary["problems"], summary["vectors"]) == ("mine", 3, 1, 0)
    assert summary["keyword_only"] is True
    assert err == ""
    assert (place / "index/mine/manifest.json").is_file()


def test_index_takes_its_name_from_the_file(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "shop.md", "--embedder", "none"]) == 0
    assert capsys.readouterr().out.startswith("shop: 3 products, 3 chunks, 0 vectors in ")
    assert (place / "index/shop/manifest.json").is_file()


def test_index_if_needed_builds_once(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDDER", "none")
    arguments = ["index", "shop.md", "--if-needed", "--json"]
    assert run(arguments) == 0
    first = json.loads(capsys.readouterr().out)
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "shop", "built": False}
    store = place / "index/shop" / first["build"] / "catalogue.sqlite"
    store.write_bytes(store.read_bytes()[:-1])
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out)["build"] != first["build"]
    (place / "shop.md").write_text("## Other\n**Price:** 3\n", "utf-8")
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out)["products"] == 1


def test_search_as_json_is_the_whole_result(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = found(capsys, "whistling kettle", "--index", "shop", "--mode", "bm25")
    assert set(KEYS) <= set(result)
    assert (result["query"], result["mode"], result["mode_used"], result["total"]) == (
        "whistling kettle",
        "bm25",
        "bm25",
        2,
    )
    first = result["hits"][0]
    assert set(HIT_KEYS) <= set(first)
    assert (first["rank"], first["product_id"], first["price"], first["rating"]) == (1, "kettle-2", 900.0, None)
    assert first["legs"]["bm25"]["rank"] == 1


def test_what_is_not_there_is_named(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = found(capsys, "kettle", "--index", "shop", "--mode", "rerank")
    assert result["mode"] == "rerank"
    assert result["mode_used"] == "bm25"
    assert result["degraded"]
    assert run(["search", "kettle", "--index", "shop", "--mode", "rerank"]) == 0
    assert "Used instead" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["kettle-1", "kettle-2", "lamp-1"]),
        (["--category", "KITCHEN"], ["kettle-1", "kettle-2"]),
        (["--category", "kitchen", "--category", "lighting"], ["kettle-1", "kettle-2", "lamp-1"]),
        (["--brand", "hearth"], ["kettle-2", "lamp-1"]),
        (["--min-price", "1000"], ["kettle-1"]),
        (["--max-price", "1000"], ["kettle-2"]),
        (["--max-price", "1000", "--include-unpriced"], ["kettle-2", "lamp-1"]),
        (["--min-rating", "4"], ["kettle-1"]),
        (["--min-ratings", "40"], ["kettle-1"]),
        (["--min-ratings", "41"], []),
        (["--min-rating", "4.6", "--include-unrated"], ["kettle-2", "lamp-1"]),
        (["--where", "Material=steel"], ["kettle-2", "lamp-1"]),
        (["--where", "material=STEEL", "--where", "material=enamel"], ["kettle-1", "kettle-2", "lamp-1"]),
        (["--where", "Material=steel", "--category", "kitchen"], ["kettle-2"]),
        (["--sort", "price_asc", "--category", "kitchen"], ["kettle-1", "kettle-2"]),
    ],
)
def test_every_filter_narrows(
    indexed: Path, capsys: pytest.CaptureFixture[str], options: list[str], expected: list[str]
) -> None:
    assert sorted(ids(capsys, "", "--mode", "bm25", *options)) == expected


def test_sorting_and_paging(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ids(capsys, "kettle", "--mode", "bm25", "--sort", "price_asc") == ["kettle-2", "kettle-1"]
    assert ids(capsys, "kettle", "--mode", "bm25", "--sort", "price_desc") == ["kettle-1", "kettle-2"]
    page = found(capsys, "kettle", "--mode", "bm25", "--sort", "price_asc", "--top-k", "1", "--page", "2")
    assert [hit["product_id"] for hit in page["hits"]] == ["kettle-1"]
    assert (page["total"], page["pages"], page["hits"][0]["rank"]) == (2, 2, 2)


def test_without_index_the_only_catalogue_is_meant(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ids(capsys, "lamp", "--mode", "bm25") == ["lamp-1"]
    assert run(["index", "shop.md", "--name", "second", "--embedder", "none"]) == 0
    capsys.readouterr()
    assert run(["search", "lamp"]) == 2
    assert "say which catalogue with --index: second, shop" in capsys.readouterr().err


def test_search_prints_text_as_it_is(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "kettle", "--mode", "bm25"]) == 0
    text = capsys.readouterr().out
    assert "Blue enamel kettle [bold]1.5 L[/bold]" in text
    assert "1,250 BDT · 4.5/5 (40) · Morning & Co · kitchen · id kettle-1" in text
    assert text.splitlines()[0].startswith("2 hits by bm25 in ")
    assert run(["search", "zeppelin", "--mode", "bm25"]) == 0
    assert "Nothing found. Try fewer or other words." in capsys.readouterr().out


def test_what_the_query_says_is_understood_and_said(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = ("kettle under 1000", "--mode", "bm25")
    result = found(capsys, *query)
    assert [hit["product_id"] for hit in result["hits"]] == ["kettle-2"]
    assert [part["key"] for part in result["understood"]["parts"]] == ["price:-1000"]
    assert result["understood"]["rest"] == "kettle"
    plain = found(capsys, *query, "--no-understand")
    assert plain["understood"] == {}
    assert {hit["product_id"] for hit in plain["hits"]} == {"kettle-1", "kettle-2"}
    assert run(["search", *query]) == 0
    said = capsys.readouterr().out.splitlines()[1]
    assert said.startswith("Understood: price up to 1,000; also electric kettle")
    assert said.endswith("for kettle (--no-understand takes the words as they are)")
    assert run(["search", *query, "--no-understand"]) == 0
    assert "Understood" not in capsys.readouterr().out


def test_a_rule_holds_and_is_said(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = rules.add(indexed / "data", "shop", Rule("pin", "product", "lamp-1", "contains", "kettle", position=1))
    query = ("blue kettle", "--mode", "bm25")
    hits = found(capsys, *query)["hits"]
    assert (hits[0]["product_id"], hits[0]["rules"]) == ("lamp-1", [made.describe()])
    assert "lamp-1" not in ids(capsys, *query, "--no-rules")
    assert run(["search", *query]) == 0
    assert "rules: pinned to place 1 for queries with 'kettle'" in capsys.readouterr().out
    rules.path(indexed / "data", "shop").write_bytes(b"no database" * 1000)
    result = found(capsys, *query)
    assert [part["what"] for part in result["degraded"]] == ["rules"]
    assert result["hits"][0]["product_id"] == "kettle-1"


def test_the_shops_synonyms_are_searched_beside(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ids(capsys, "boilerette", "--mode", "bm25", "--no-cutoff") == []
    synonyms.save(indexed / "data", "shop", "boilerette => whistling")
    result = found(capsys, "boilerette", "--mode", "bm25", "--no-cutoff")
    assert [hit["product_id"] for hit in result["hits"]] == ["kettle-2"]
    assert [one["also"] for one in result["understood"]["synonyms"]] == [["whistling"]]


def test_what_the_query_names_is_marked(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found(capsys, "Reading lamp", "--mode", "bm25")["understood"]["named"] == ["lamp-1"]
    assert run(["search", "reading lamp", "--mode", "bm25"]) == 0
    assert "Reading lamp  named in the query" in capsys.readouterr().out


def test_where_nothing_fits_the_nearest_are_marked(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = ("desk dishwasher for aeroplanes", "--mode", "bm25")
    result = found(capsys, *query)
    assert result["understood"]["no_good_match"]
    assert [hit["product_id"] for hit in result["hits"]] == ["lamp-1"]
    assert run(["search", *query]) == 0
    assert "No good match; these are the nearest products (--no-cutoff lists everything)." in capsys.readouterr().out
    assert not found(capsys, *query, "--no-cutoff")["understood"]["no_good_match"]
    assert run(["search", *query, "--no-cutoff"]) == 0
    assert "No good match" not in capsys.readouterr().out


def test_the_searches_of_the_terminal_are_not_logged(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found(capsys, "kettle", "--mode", "bm25")
    assert not query_log.path(indexed / "data", "shop").exists()


def test_a_card_cannot_move_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    product = Product("p\x1b[2J", "Evil \x1b[31mkettle\x07 [red]x[/red]", brand="B\u202e", url="https://e.example/\x1b")
    hit = Hit(
        1, product, 1.0, {"bm25": LegScore(1, 2.5)}, None, None, ("kettle",), "a \x1b]0;title\x07 kettle", "p#0", 3
    )
    Console(force_terminal=False, markup=False).print(card(hit))
    text = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "Evil [31mkettle [red]x[/red]  (and 2 identical)" in text
    assert "bm25 #1 (2.500)" in text


def test_values_of_one_key_are_alternatives() -> None:
    assert parse_wheres(["a=1", "b = x=y ", "a=2"]) == {"a": ("1", "2"), "b": ("x=y",)}


def test_keyword_search_from_the_shell_loads_no_model(indexed: Path) -> None:
    done = command(indexed, "search", "kettle", "--mode", "bm25", "--json", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["hits"]) == 2
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "click" in imported
    assert not imported & {"torch", "sentence_transformers", "transformers", "faiss", "openai", "streamlit"}


def test_search_by_meaning_from_the_shell_prints_nothing_but_json(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["index", "shop.md"]) == 0
    assert capfd.readouterr().err == ""
    done = command(place, "search", "boil water", "--mode", "hybrid", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert (result["mode_used"], result["degraded"]) == ("hybrid", [])
    assert result["hits"][0]["product_id"].startswith("kettle")
