"""A build: what goes in is in it, old ones serve until the new one does, and what was embedded is used again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval.artifacts import current, list_builds
from retrieval.errors import BuildError, IndexNotFound
from retrieval.indexing import build_index
from retrieval.loading import open_build
from retrieval.passages import passage_text
from retrieval.protocols import FloatArray
from retrieval.records import Chunk, Product
from retrieval.settings import Settings
from tests.support import HashEncoder, report_of, sample_products, settings_in

PRODUCTS = sample_products(40)
ROOT = Path(__file__).parents[2]


def distinct_texts(products: Sequence[Product], settings: Settings, name: str = "shop") -> set[str]:
    """Return what has to be embedded for the catalogue that serves."""
    build = open_build(settings.index_dir, name, settings)
    texts = {p.title for p in products} | {passage_text(c) for c in build.store.all_chunks()}
    build.close()
    return texts


def folders(settings: Settings, name: str = "shop") -> list[str]:
    return sorted(f.name for f in (settings.index_dir / name).iterdir() if f.is_dir())


def test_everything_that_goes_in_is_in_the_build(tmp_path: Path) -> None:
    settings, encoder = settings_in(tmp_path), HashEncoder()
    summary = build_index(
        report_of(PRODUCTS), "shop", settings=settings, encoder=encoder, encoder_source="here", encoder_why="a test"
    )
    build = open_build(settings.index_dir, "shop", settings)
    assert build.store.all_products() == PRODUCTS
    assert build.store.problems() == list(report_of(PRODUCTS).problems)
    chunks = build.store.all_chunks()
    vectors = build.vectors()
    assert vectors is not None
    assert vectors.chunk_product.tolist() == [int(c.product_id[1:]) for c in chunks]
    titles = HashEncoder().encode([p.title for p in PRODUCTS])
    passages = HashEncoder().encode([passage_text(c) for c in chunks])
    for query in encoder.encode(["red chair", "edition"]):
        np.testing.assert_allclose(vectors.titles.score(query, -1), titles @ query, atol=1e-6)
        np.testing.assert_allclose(vectors.chunks.score(query, -1), passages @ query, atol=1e-6)
    manifest = build.manifest
    assert manifest.encoder is not None
    assert (manifest.encoder.id, manifest.encoder.source, manifest.encoder.why) == ("hash-64", "here", "a test")
    assert (manifest.counts.products, manifest.counts.title_vectors, manifest.counts.problems) == (40, 40, 1)
    assert manifest.counts.chunks == manifest.counts.chunk_vectors == len(chunks)
    assert manifest.keyword_backends == ("bm25s", "rank_bm25", "fts5")
    assert manifest.source == "shop.md"
    assert manifest.source_sha256 == report_of(PRODUCTS).sha256
    assert manifest.vector_index is not None
    assert manifest.vector_index.kind == "flat"
    assert not manifest.keyword_only
    assert (summary.build, summary.products, summary.chunks) == (manifest.build, 40, len(chunks))
    assert summary.vectors == 40 + len(chunks)
    assert summary.embedded_new == encoder.texts_encoded - 2 == len(distinct_texts(PRODUCTS, settings))
    assert set(summary.seconds) == {"chunk", "keyword", "embed", "write"}
    build.close()


def test_every_passage_fits_the_encoders_window(tmp_path: Path) -> None:
    settings, encoder = settings_in(tmp_path), HashEncoder(window=24)
    build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=encoder)
    build = open_build(settings.index_dir, "shop", settings)
    chunks = build.store.all_chunks()
    assert len(chunks) > 2 * len(PRODUCTS)
    assert max(encoder.count_tokens(passage_text(chunk)) for chunk in chunks) <= 24
    build.close()


def test_a_title_that_fills_the_window_does_not_cut_the_text_to_crumbs(tmp_path: Path) -> None:
    settings, encoder = settings_in(tmp_path), HashEncoder(window=24)
    long = replace(PRODUCTS[0], title="very long title " * 10, description="word " * 60)
    build_index(report_of([long]), "shop", settings=settings, encoder=encoder)
    build = open_build(settings.index_dir, "shop", settings)
    assert len(build.store.all_chunks()) <= 30
    build.close()


def test_an_empty_chunk_is_embedded_by_its_title_alone() -> None:
    assert passage_text(Chunk("p#0", "p", "red chair", "")) == "red chair"
    assert passage_text(Chunk("p#0", "p", "red chair", "of wood")) == "red chair\nof wood"


def test_a_first_build_serves_keyword_search_while_vectors_are_built(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    seen: list[tuple[str, bool, str, int]] = []

    def watch(stage: str, done: int, total: int) -> None:
        if stage == "embed":
            build = open_build(settings.index_dir, "shop", settings)
            index, degraded = build.keyword()
            matches = int(np.isfinite(index.score("chair")).sum())
            assert build.vectors() is None
            seen.append((index.name, build.manifest.keyword_only, build.manifest.why, matches + len(degraded)))
            build.close()
        else:
            before.append(stage)

    before: list[str] = []
    summary = build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=HashEncoder(), progress=watch)
    assert set(seen) == {("bm25s", True, "the vectors are still being built", 10)}
    assert list(dict.fromkeys(before)) == ["chunk", "keyword", "write"]
    assert not current(settings.index_dir, "shop").keyword_only
    assert len(list_builds(settings.index_dir, "shop")) == 2
    assert not summary.keyword_only


def test_a_later_build_commits_once_at_its_end(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first = build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=HashEncoder())
    serving: set[str] = set()
    changed = sample_products(40, edition="second")
    second = build_index(
        report_of(changed),
        "shop",
        settings=settings,
        encoder=HashEncoder(),
        progress=lambda stage, done, total: serving.add(current(settings.index_dir, "shop").build),
    )
    assert serving == {first.build, second.build}
    assert len(list_builds(settings.index_dir, "shop")) == 3


def test_only_what_changed_is_embedded(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=HashEncoder())
    before = distinct_texts(PRODUCTS, settings)
    changed = [replace(p, description="All new.") if i == 5 else p for i, p in enumerate(PRODUCTS)]
    again = HashEncoder()
    summary = build_index(report_of(changed), "shop", settings=settings, encoder=again)
    after = distinct_texts(changed, settings)
    assert summary.embedded_new == again.texts_encoded == len(after - before) == 1
    assert summary.reused == len(after & before)
    elsewhere = HashEncoder()
    build_index(report_of(changed), "another", settings=settings, encoder=elsewhere)
    assert elsewhere.texts_encoded == 0


def test_without_an_encoder_the_build_is_keyword_only_and_says_why(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    summary = build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=None, encoder_why="none is installed")
    assert (summary.keyword_only, summary.why, summary.vectors) == (True, "none is installed", 0)
    manifest = current(settings.index_dir, "shop")
    assert (manifest.keyword_only, manifest.why, manifest.encoder) == (True, "none is installed", None)
    assert len(list_builds(settings.index_dir, "shop")) == 1


def test_the_last_three_builds_stay(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    for count in range(1, 6):
        last = build_index(report_of(PRODUCTS[:count]), "shop", settings=settings, encoder=None)
    assert len(folders(settings)) == 3
    assert folders(settings)[-1] == last.build


def test_a_catalogue_without_products_or_with_one_id_twice_is_refused(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with pytest.raises(BuildError, match=r"shop\.md holds no product"):
        build_index(report_of([]), "shop", settings=settings, encoder=None)
    with pytest.raises(BuildError, match=r"shop\.md: product id 'p0' stands for several"):
        build_index(report_of([PRODUCTS[0], PRODUCTS[0]]), "shop", settings=settings, encoder=None)
    assert not settings.index_dir.exists()


class FailsAfter(HashEncoder):
    """Fails after so many texts, like a model that runs out of memory."""

    def __init__(self, texts: int) -> None:
        super().__init__()
        self.allowed = texts

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        if self.texts_encoded + len(texts) > self.allowed:
            raise RuntimeError("out of memory")
        return super().encode(texts, query=query)


def test_a_failing_encoder_leaves_what_served_and_no_leftovers(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, embed_batch_size=10)
    with pytest.raises(BuildError, match="out of memory"):
        build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=FailsAfter(20))
    first = current(settings.index_dir, "shop")
    assert first.keyword_only
    with pytest.raises(BuildError, match="out of memory"):
        build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=FailsAfter(10))
    assert current(settings.index_dir, "shop") == first
    assert folders(settings) == [first.build]
    summary = build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=HashEncoder())
    assert summary.reused == 30


def test_two_builders_of_one_name_take_turns(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, embed_batch_size=4)
    stages: dict[str, list[str]] = {"first": [], "second": []}
    began = threading.Event()
    failures: list[Exception] = []

    def run(edition: str) -> None:
        def watch(stage: str, done: int, total: int) -> None:
            stages[edition].append(stage)
            began.set()

        try:
            products = sample_products(40, edition=edition)
            build_index(report_of(products), "shop", settings=settings, encoder=HashEncoder(), progress=watch)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=run, args=(edition,)) for edition in ("first", "second")]
    threads[0].start()
    assert began.wait(30)
    threads[1].start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert stages["second"][0] == "waiting"
    assert "waiting" not in stages["first"]
    build = open_build(settings.index_dir, "shop", settings)
    assert build.store.all_products() == sample_products(40, edition="second")
    build.close()


def test_processes_that_build_one_name_at_once_all_succeed(tmp_path: Path) -> None:
    script = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from retrieval.indexing import build_index\n"
        "from tests.support import HashEncoder, report_of, sample_products, settings_in\n"
        "for n in range(3):\n"
        "    s = build_index(report_of(sample_products(30, edition=f'{sys.argv[2]}{n}')), 'shop',\n"
        "        settings=settings_in(Path(sys.argv[1])), encoder=HashEncoder())\n"
        "    print(json.dumps(s.build))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), who], env=environment, stdout=subprocess.PIPE, text=True
        )
        for who in "ab"
    ]
    built = [json.loads(line) for process in running for line in process.communicate(timeout=120)[0].splitlines()]
    assert [process.returncode for process in running] == [0, 0]
    assert len(set(built)) == 6
    settings = settings_in(tmp_path)
    assert current(settings.index_dir, "shop").build == max(built)
    assert len(folders(settings)) == 3
    build = open_build(settings.index_dir, "shop", settings)
    (edition,) = {p.attributes["Tags"][1] for p in build.store.all_products()}
    assert edition in {"a2", "b2"}
    build.close()


def test_a_missing_library_leaves_its_backend_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rank_bm25", None)
    monkeypatch.delitem(sys.modules, "retrieval.keyword.rank_bm25_index", raising=False)
    settings = settings_in(tmp_path)
    summary = build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=None)
    assert current(settings.index_dir, "shop").keyword_backends == ("bm25s", "fts5")
    assert "rank_bm25 was left out" in summary.notes[0]


def test_without_faiss_the_vectors_go_into_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    settings = settings_in(tmp_path)
    build_index(report_of(PRODUCTS), "shop", settings=settings, encoder=HashEncoder())
    manifest = current(settings.index_dir, "shop")
    assert manifest.vector_index is not None
    assert manifest.vector_index.kind == "numpy"
    assert "pip install faiss-cpu" in manifest.vector_index.reason
    build = open_build(settings.index_dir, "shop", settings)
    assert build.vectors() is not None
    build.close()


def test_nothing_is_built_under_a_name_that_is_a_path(tmp_path: Path) -> None:
    from retrieval.errors import SettingsError

    with pytest.raises(SettingsError):
        build_index(report_of(PRODUCTS), "../shop", settings=settings_in(tmp_path), encoder=None)
    with pytest.raises(IndexNotFound):
        current(settings_in(tmp_path).index_dir, "shop")


@pytest.mark.realdata
def test_a_real_catalogue_goes_in_and_comes_out(realdata_dir: Path, tmp_path: Path) -> None:
    from retrieval.catalogue import parse_file

    report = parse_file(realdata_dir / "daraz" / "products.md")
    report = replace(report, products=report.products[::8])
    settings, encoder = settings_in(tmp_path), HashEncoder(window=128)
    first = build_index(report, "shop", settings=settings, encoder=encoder)
    build = open_build(settings.index_dir, "shop", settings)
    assert tuple(build.store.all_products()) == report.products
    assert len(report.products) > 500
    passages = [passage_text(chunk) for chunk in build.store.all_chunks()]
    titles = {p.title: encoder.count_tokens(p.title) for p in report.products if encoder.count_tokens(p.title) <= 96}
    fitting = [encoder.count_tokens(p) for p in passages if p.split("\n")[0] in titles]
    assert len(fitting) > len(passages) * 9 // 10
    assert max(fitting) <= 128
    build.close()
    changed = [replace(p, title=p.title + " new") if i % 100 == 0 else p for i, p in enumerate(report.products)]
    again = build_index(replace(report, products=tuple(changed)), "shop", settings=settings, encoder=encoder)
    assert 0 < again.embedded_new < first.embedded_new // 20
