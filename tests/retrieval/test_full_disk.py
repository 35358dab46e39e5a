"""A disk that is full, before a build or in the middle of one, costs nothing but that build."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from retrieval.artifacts import current
from retrieval.errors import BuildError
from retrieval.indexing import build_index
from retrieval.loading import open_build
from retrieval.settings import Settings
from tests.support import HashEncoder, report_of, sample_products, settings_in

PRODUCTS = sample_products(40)
ROOT = Path(__file__).parents[2]


def folders(settings: Settings) -> list[str]:
    return sorted(f.name for f in (settings.index_dir / "shop").iterdir() if f.is_dir())


def test_too_little_space_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10_000))
    with pytest.raises(BuildError, match=r"not enough disk space.*MB are needed, 0 MB are free.*INDEX_DIR"):
        build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=None)
    with pytest.raises(BuildError, match=r"not enough disk space.*DATA_DIR"):
        build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=HashEncoder(512))
    assert folders(settings) == []


FULL_DISK = """
import resource, sys
from pathlib import Path
from retrieval.errors import BuildError
from retrieval.indexing import build_index
from tests.support import HashEncoder, report_of, sample_products, settings_in

settings = settings_in(Path(sys.argv[1]))
for limit in map(int, sys.argv[2].split(",")):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        build_index(report_of(sample_products(60, edition="second")), "shop", settings=settings, encoder=HashEncoder())
    except BuildError as error:
        print(limit, error)
    else:
        print(limit, "was enough")
"""


def test_a_full_disk_leaves_the_old_index_and_says_so(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first = build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=HashEncoder())
    before = folders(settings)
    # A file of this build may grow to about 80 kB; every limit below strikes another file.
    limits = [500, 2_000, 5_000, 9_000, 12_000, 16_000, 25_000]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path), ",".join(map(str, limits))],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert len(lines) == len(limits)
    for line in lines:
        assert f"build {first.build} keeps serving" in line
    assert folders(settings) == before
    assert current(settings.index_dir, "shop").build == first.build
    build = open_build(settings.index_dir, "shop", settings)
    assert build.store.all_products() == PRODUCTS
    build.close()


FULL_FOR_VECTORS = """
import resource, sys
from pathlib import Path
from retrieval.errors import BuildError
from retrieval.indexing import build_index
from tests.support import HashEncoder, report_of, sample_products, settings_in

settings, report = settings_in(Path(sys.argv[1])), report_of(sample_products(60))
# All embedded before, so that under the limit only the vector indexes are too large.
build_index(report, "before", settings=settings, encoder=HashEncoder(2048))
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
try:
    build_index(report, "shop", settings=settings, encoder=HashEncoder(2048))
except BuildError as error:
    print(error)
"""


def test_a_disk_that_fills_up_while_vectors_are_written_leaves_keyword_search(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_FOR_VECTORS, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    settings = settings_in(tmp_path)
    serving = current(settings.index_dir, "shop")
    assert "vectors/titles.index" in done.stdout
    assert f"build {serving.build} keeps serving" in done.stdout
    assert serving.keyword_only
    assert folders(settings) == [serving.build]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file where the folder should be")
    with pytest.raises(BuildError, match=r"'shop' could not be written to .*nothing serves under this name yet"):
        build_index(report_of(PRODUCTS), "shop", settings=settings_in(tmp_path), encoder=None)
