"""A flipped bit or a cut anywhere in any file of a build is found when the file is loaded, and named."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from retrieval.artifacts import MANIFEST, current
from retrieval.errors import IndexStoreError, ModelUnavailable
from retrieval.indexing import build_index
from retrieval.loading import open_build
from retrieval.settings import Settings
from tests.support import HashEncoder, report_of, sample_products, settings_in

PRODUCTS = sample_products(45)


@pytest.fixture(scope="module", params=["flat", "ivf", "hnsw", "numpy"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one full build of each kind of vector index."""
    folder = tmp_path_factory.mktemp(request.param)
    build_index(
        report_of(PRODUCTS), "shop", settings=settings_in(folder, vector_index=request.param), encoder=HashEncoder()
    )
    return folder


def complaints(settings: Settings) -> str:
    """Return all that is said when everything of a build is loaded."""
    said: list[str] = []
    try:
        build = open_build(settings.index_dir, "shop", settings)
    except IndexStoreError as error:
        return str(error)
    for without in ((), ("bm25s",), ("bm25s", "rank_bm25")):
        try:
            said += [record.why for record in build.keyword(without)[1]]
        except IndexStoreError as error:
            said.append(str(error))
    for ask in (build.ngram, build.units, build.reader, build.vectors):
        try:
            ask()
        except (IndexStoreError, ModelUnavailable) as error:
            said.append(str(error))
    build.close()
    return "\n".join(said)


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Return the content with one bit turned over, or cut, or with something behind it."""
    how = rng.randrange(6)
    if how == 0:
        return content[: rng.randrange(len(content))]
    if how == 1:
        return content + rng.randbytes(rng.randint(1, 9))
    changed = bytearray(content)
    changed[(0, len(content) - 1, rng.randrange(len(content)))[how % 3]] ^= 1 << rng.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(100, 110))])
def test_every_damage_to_every_file_is_found_and_named(seed: int, built: Path, tmp_path: Path) -> None:
    rng = random.Random(seed)
    shutil.copytree(built / "index", tmp_path / "index")
    settings = settings_in(tmp_path)
    manifest = current(settings.index_dir, "shop")
    folder = settings.index_dir / "shop" / manifest.build
    files = [folder / relative for relative in (*manifest.files, MANIFEST)]
    assert {path.relative_to(folder).parts[1] for path in files if "keyword" in path.parts} == {
        "bm25s",
        "rank_bm25",
        "fts5",
        "ngram",
        "units",
    }
    assert complaints(settings) == "\n".join(  # what stands in is told of; nothing is damaged
        f"{name} failed while searching" for name in ("bm25s", "bm25s", "rank_bm25")
    )
    for path in files:
        content = path.read_bytes()
        path.write_bytes(damaged(content, rng))
        said = complaints(settings)
        assert str(path) in said, path
        assert "product-search index FILE --name shop" in said
        path.write_bytes(content)


@pytest.mark.parametrize("seed", [4, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(200, 210))])
def test_damage_to_the_manifest_that_serves_is_found_and_named(seed: int, built: Path, tmp_path: Path) -> None:
    rng = random.Random(seed)
    shutil.copytree(built / "index", tmp_path / "index")
    settings = settings_in(tmp_path)
    path = settings.index_dir / "shop" / MANIFEST
    content = path.read_bytes()
    for _ in range(20):
        changed = damaged(content, rng)
        path.write_bytes(changed)
        # Blanks at the end say nothing, but the build's own copy has none.
        assert str(settings.index_dir / "shop") in complaints(settings), changed
