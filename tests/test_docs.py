"""What the page on understanding promises, tried on the sample shop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import compose
from cli.understood import sentence
from retrieval.engine import SearchEngine
from retrieval.models import ModelPool
from retrieval.query.synonyms import Synonyms
from retrieval.query.units import canonical
from tests.support import settings_in

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/understanding.md").read_text("utf-8")
READ = re.findall(r"^\| `([^`]+)` \| ([^|`]+) \|$", PAGE.split("## Taking it back")[0], re.MULTILINE)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    settings = settings_in(tmp_path_factory.mktemp("sample"), embedder="none")
    compose.build(ROOT / "samples/catalogue.md", compose.SAMPLE, settings)
    opened = compose.open_engine(compose.SAMPLE, settings, ModelPool(settings))
    yield opened
    opened.close()


def test_the_page_holds_its_examples() -> None:
    assert len(READ) >= 19


@pytest.mark.parametrize(("query", "words"), READ)
def test_every_query_is_understood_as_the_page_says(engine: SearchEngine, query: str, words: str) -> None:
    understood = engine.search(query, mode="bm25").understood
    assert sentence({**understood, "synonyms": []}) == words


def test_the_terminal_says_what_the_page_shows(engine: SearchEngine) -> None:
    query = re.search(r'search "([^"]+)" --index sample', PAGE)
    total = re.search(r"^ {4}(\d+) hits by", PAGE, re.MULTILINE)
    said = re.search(r"^ {4}Understood: (.+) \(--no-understand", PAGE, re.MULTILINE)
    assert query is not None
    assert total is not None
    assert said is not None
    result = engine.search(query[1], mode="bm25")
    assert sentence(result.understood) == said[1]
    assert result.total == int(total[1])


def test_bounds_are_kept_and_words_not_searched_for(engine: SearchEngine) -> None:
    result = engine.search("saree under 1000 rated 4 or above", mode="bm25", top_k=100)
    assert result.understood["rest"] == "saree"
    assert all((hit.product.price or 9e9) <= 1000 and (hit.product.rating or 0) >= 4 for hit in result.hits)


def test_a_part_number_comes_first_in_any_case(engine: SearchEngine) -> None:
    (sku,) = re.findall(r"`(KB-[\w-]+)`", PAGE)
    for query in (sku, sku.lower(), f"jeans {sku} black"):
        first = engine.search(query, mode="bm25").hits[0]
        assert (first.product.sku, first.named) == (sku, True)


def test_both_scripts_name_the_colour(engine: SearchEngine) -> None:
    for query in ("লাল শাড়ি", "lal saree"):
        assert f"`{query}`" in PAGE
        result = engine.search(query, mode="bm25")
        assert [part["kind"] for part in result.understood["parts"]] == ["color"]
        assert "Red" in result.hits[0].product.colors


def test_where_nothing_fits_the_nearest_are_few(engine: SearchEngine) -> None:
    (query,) = re.findall(r"When nothing fits\*\*, as for `([^`]+)`", PAGE)
    result = engine.search(query, mode="bm25")
    assert result.understood["no_good_match"]
    assert result.total <= 6
    assert not engine.search("saree under 1000", mode="bm25").understood["no_good_match"]
    assert not engine.search(query, mode="bm25", cutoff=False).understood["no_good_match"]


def test_naming_and_describing_are_told_apart(engine: SearchEngine) -> None:
    for query, intent in (("red saree", "keyword"), ("something to carry my lunch in", "descriptive")):
        assert f"`{query}`" in PAGE
        assert engine.search(query, mode="bm25").understood["intent"] == intent


def test_numbers_are_the_same_in_every_notation_that_the_page_names() -> None:
    for one, other in (("8 GB", "RAM8GB"), ("0.5 litre", "500ml"), ("24 x 18 inch", '18x24"')):
        assert f"`{one}`" in PAGE
        assert f"`{other}`" in PAGE
        assert set(canonical(one)) & set(canonical(other))


def test_the_list_of_synonyms_does_what_its_remarks_say() -> None:
    (block,) = re.findall(r"```text\n(.+?)```", PAGE, re.DOTALL)
    base = Synonyms.parse("lamp, lantern")
    found = Synonyms.parse(block, "the page", base)
    assert found.expand(["settee"]) == (("settee", ("sofa", "couch")),)
    assert found.expand(["gowns"]) == (("gowns", ("dress", "maxi dress")),)
    assert found.expand(["dress"]) == ()
    assert base.expand(["lamps"])
    assert found.expand(["lamps"]) == ()
