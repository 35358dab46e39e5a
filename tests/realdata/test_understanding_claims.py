"""What is promised of understanding, on the real catalogues with the packaged encoder.

The indexes are built under data/bench, where the benchmarks keep their vectors: the first run embeds both catalogues
(minutes), later ones read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks import understanding_claims as claims
from benchmarks.retrieval import build
from benchmarks.served import Served, serve
from evaluation.files import read_qrels, read_queries
from retrieval.models import ModelPool
from retrieval.settings import Settings

pytestmark = [pytest.mark.realdata, pytest.mark.soak]
CATALOGUES = ("crowdflower", "daraz")
WORK = Path(__file__).parents[2] / "data" / "bench"
FAR_FROM_CHANCE = 0.05


@pytest.fixture(scope="module")
def shelves(realdata_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Served]]:
    """Return what builds and serves a catalogue by its name, once."""
    made: dict[str, Served] = {}

    def serving(name: str) -> Served:
        if name not in made:
            folder = realdata_dir / name
            settings = Settings(_env_file=None, index_dir=tmp_path_factory.mktemp("index"), data_dir=WORK)
            build(folder, name, settings)
            judged = {"queries": read_queries(folder / "queries.jsonl"), "qrels": read_qrels(folder / "qrels.tsv")}
            made[name] = serve(name, settings, ModelPool(settings), **judged)
        return made[name]

    yield serving
    for served in made.values():
        served.engine.close()


@pytest.fixture(scope="module", params=CATALOGUES)
def served(request: pytest.FixtureRequest, shelves: Callable[[str], Served]) -> Served:
    return shelves(request.param)


def test_a_mistake_costs_little_and_a_clean_query_nothing(served: Served) -> None:
    found = claims.typos(served)
    assert found["queries"]["all"] == claims.SILVER
    assert found["loss"]["understood"]["all"] <= claims.LARGEST_LOSS
    clean = found["clean, understood against as typed"]
    assert clean["value"] >= 0 or clean["p"] >= FAR_FROM_CHANCE


@pytest.mark.parametrize("mode", claims.NAME_MODES)
def test_titles_and_skus_come_first(served: Served, mode: str) -> None:
    found = claims.names(served, mode)  # type: ignore[arg-type]
    assert found["titles"]["queries"] == claims.NAMES
    assert all(own["MRR@10"] >= claims.LEAST_MRR for own in found.values()), found


def test_what_is_not_sold_is_owned_up_to(served: Served) -> None:
    found = claims.verdicts(served, "hybrid")
    for half in claims.HALVES:
        assert found[half]["queries"] >= 100
        assert found[half]["share"] >= claims.LEAST_OWNED_UP, (half, found[half])
    assert found["judged"]["share"] <= claims.MOST_FALSE, found["judged"]


@pytest.mark.parametrize("half", claims.HALVES)
def test_both_scripts_find_the_same_first_product(shelves: Callable[[str], Served], half: str) -> None:
    found = claims.pairs(shelves("daraz"), half)
    assert found["pairs"] >= 30
    assert found["same"] >= claims.LEAST_PAIRS * found["pairs"], found
