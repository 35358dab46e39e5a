"""The original system's two files: checked, built from, ranked as they are, and given out again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

import compose
from retrieval.errors import CatalogueError, IndexNotFound, ModelUnavailable, SettingsError
from retrieval.legacy import as_catalogue, encoder_of_dimension, export_originals, read_originals
from retrieval.loading import open_build
from retrieval.models import PACKAGED, ModelPool, load_encoder
from retrieval.protocols import FloatArray
from retrieval.settings import Settings
from tests.support import settings_in

DIMENSION = 384
TEXTS = ["boils water for tea", "lights the desk", "warms the neck", "sits in the garden", "holds the books"]


def unit(rows: int, dimension: int = DIMENSION, seed: int = 5) -> FloatArray:
    found = np.random.default_rng(seed).standard_normal((rows, dimension)).astype(np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def objects(rows: int = 24, documents: int = 9) -> list[dict[str, Any]]:
    """Return chunks whose documents' rows are scattered; every third says nothing but what it must."""
    found: list[dict[str, Any]] = []
    for row in range(rows):
        document = row % documents
        one: dict[str, Any] = {"doc_id": f"d{document}", "text": f"{TEXTS[row % 5]} number {row}"}
        if row % 3:
            one |= {
                "chunk_id": f"chunk-{row}",
                "title": f"Thing {document}",
                "brand": "Acme" if document % 2 else None,
                "category": "home",
                "url": f"https://shop.example/{document}",
                "price_value": 100.0 + document,
                "rating_avg": 4.5,
                "rating_cnt": document,
            }
        found.append(one)
    return found


def write(folder: Path, rows: Any, vectors: FloatArray) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(folder / "dense.faiss"))
    (folder / "dense_chunks.json").write_text(json.dumps(rows, ensure_ascii=False, indent=2), "utf-8")
    return folder


def exported_vectors(folder: Path) -> FloatArray:
    index = faiss.read_index(str(folder / "dense.faiss"))
    assert isinstance(index, faiss.IndexFlatIP)
    return np.asarray(index.reconstruct_n(0, index.ntotal), dtype=np.float32)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


def test_products_are_grouped_by_document_and_chunks_kept_as_they_are(tmp_path: Path) -> None:
    rows = objects()
    vectors = unit(len(rows))
    report, given = as_catalogue(read_originals(write(tmp_path / "old", rows, vectors)))
    assert [p.product_id for p in report.products] == [f"d{n}" for n in range(9)]
    first, second = report.products[:2]
    assert (first.title, first.brand, first.category) == ("d0", None, None)
    assert (second.title, second.brand, second.price, second.rating, second.rating_count) == (
        "Thing 1",
        "Acme",
        101.0,
        4.5,
        1,
    )
    assert second.url == "https://shop.example/1"
    assert second.description == "\n".join(rows[row]["text"] for row in (1, 10, 19))
    assert [(c.chunk_id, c.product_id, c.title, c.text) for c in given.chunks[1]] == [
        ("chunk-1", "d1", "Thing 1", rows[1]["text"]),
        ("chunk-10", "d1", "Thing 1", rows[10]["text"]),
        ("chunk-19", "d1", "Thing 1", rows[19]["text"]),
    ]
    assert [c.chunk_id for c in given.chunks[0]] == ["d0#0", "d0#1", "d0#2"]
    assert np.array_equal(given.vectors[3:6], vectors[[1, 10, 19]])
    assert {p.code for p in report.problems} == {"missing-title"}


def test_chunks_rank_as_brute_force_over_the_vectors_and_the_export_equals_the_import(
    tmp_path: Path, settings: Settings
) -> None:
    rows = objects()
    encoder = load_encoder(PACKAGED, settings)
    vectors = encoder.encode([row["text"] for row in rows])
    vectors[::4] = unit(len(rows))[::4]  # vectors that no encoder of ours would give
    summary = compose.import_artifacts(write(tmp_path / "old", rows, vectors), "old", settings)
    assert (summary.products, summary.chunks, summary.vectors, summary.keyword_only) == (9, 24, 9 + 24, False)
    assert summary.embedded_new == 9  # the titles alone

    engine = compose.open_engine("old", settings, ModelPool(settings))
    try:
        assert engine.build.manifest.encoder is not None
        assert engine.build.manifest.encoder.source == PACKAGED
        found = engine.build.vectors()
        assert found is not None
        assert found.chunks.exact
        for query in ("tea kettle", "garden bench", "book shelf"):
            wanted = encoder.encode([query], query=True)[0]
            scores = found.chunks.score(wanted, -2.0)
            ranked = [c.chunk_id for c in engine.build.store.chunks(np.argsort(-scores, kind="stable").tolist())]
            brute = np.argsort(-(vectors @ wanted), kind="stable")
            counted: dict[str, int] = {}
            ids = []
            for row in rows:
                number = counted.setdefault(row["doc_id"], 0)
                counted[row["doc_id"]] += 1
                ids.append(row.get("chunk_id") or f"{row['doc_id']}#{number}")
            assert ranked == [ids[row] for row in brute]
            best = {}
            for row, score in enumerate(vectors @ wanted):
                best[rows[row]["doc_id"]] = max(score, best.get(rows[row]["doc_id"], -2.0))
            legs = {h.product_id: h.legs["dense_chunk"].score for h in engine.search(query, mode="dense", top_k=9).hits
                    if "dense_chunk" in h.legs}  # fmt: skip
            assert legs
            assert all(legs[i] == pytest.approx(best[i], abs=1e-6) for i in legs)
    finally:
        engine.close()

    exported = compose.export_artifacts("old", tmp_path / "new", settings)
    assert (exported.rows, exported.dimension) == (24, DIMENSION)
    assert np.array_equal(exported_vectors(tmp_path / "new").view(np.uint32), vectors.view(np.uint32))
    assert json.loads((tmp_path / "new/dense_chunks.json").read_text("utf-8")) == rows
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["dense.faiss", "dense_chunks.json"]


def test_vectors_that_no_encoder_fits_are_kept_but_not_searched(tmp_path: Path, settings: Settings) -> None:
    rows, vectors = objects(), unit(24, 100)
    write(tmp_path / "old/index", rows, vectors)
    summary = compose.import_artifacts(tmp_path / "old", "old", settings)
    assert summary.keyword_only
    assert "100 dimensions and no encoder fits" in summary.why
    engine = compose.open_engine("old", settings, ModelPool(settings))
    assert engine.search("number", mode="bm25", cutoff=False).total == 9
    engine.close()
    compose.export_artifacts("old", tmp_path / "new", settings)
    assert np.array_equal(exported_vectors(tmp_path / "new"), vectors)
    assert json.loads((tmp_path / "new/dense_chunks.json").read_text("utf-8")) == rows


def test_an_encoder_of_another_dimension_is_refused(tmp_path: Path, settings: Settings) -> None:
    folder = write(tmp_path / "old", objects(), unit(24, 100))
    with pytest.raises(SettingsError, match=r"100 dimensions, but the encoder packaged:\S+ makes 384"):
        compose.import_artifacts(folder, "old", settings, PACKAGED)
    with pytest.raises(ModelUnavailable, match="not on disk"):
        encoder_of_dimension(100, settings, "nobody/nothing")
    assert encoder_of_dimension(DIMENSION, settings)[1] == PACKAGED
    assert encoder_of_dimension(DIMENSION, settings, "none")[0] is None
    assert compose.catalogues(settings) == []


@pytest.mark.parametrize("kind", ["flat", "numpy", "ivf", "hnsw"])
def test_any_build_with_vectors_is_exported_with_its_chunks_in_order(
    tmp_path: Path, settings: Settings, kind: str
) -> None:
    source = tmp_path / "shop.csv"
    source.write_text(
        "product_id,title,brand,price,rating,rating_count,url,description\n"
        + "".join(f"p{n},Thing {n},Acme,{n},4.5,7,https://s.example/{n},{TEXTS[n % 5]}\n" for n in range(60))
    )
    chosen = settings.model_copy(update={"vector_index": kind})
    compose.build(source, "shop", chosen)
    export_originals("shop", tmp_path / "new", chosen)
    rows = json.loads((tmp_path / "new/dense_chunks.json").read_text("utf-8"))
    assert rows[7] == {
        "chunk_id": "p7#0", "doc_id": "p7", "title": "Thing 7", "brand": "Acme", "category": None,
        "text": TEXTS[2], "url": "https://s.example/7", "price_value": 7.0, "rating_avg": 4.5, "rating_cnt": 7,
    }  # fmt: skip
    wanted = load_encoder(PACKAGED, settings).encode([f"{row['title']}\n{row['text']}" for row in rows])
    np.testing.assert_allclose(exported_vectors(tmp_path / "new"), wanted, atol=1e-5)
    again = compose.import_artifacts(tmp_path / "new", "again", chosen)
    assert (again.products, again.chunks, again.keyword_only) == (60, 60, False)
    build = open_build(settings.index_dir, "again", chosen)
    assert build.manifest.vector_index is not None
    assert build.manifest.vector_index.kind == ("numpy" if kind == "numpy" else "flat")
    build.close()


def test_a_catalogue_without_vectors_cannot_be_exported(tmp_path: Path, settings: Settings) -> None:
    source = tmp_path / "shop.csv"
    source.write_text("product_id,title\n1,Lamp\n")
    compose.build(source, "shop", settings, "none")
    with pytest.raises(IndexNotFound, match="'shop' has no vectors to export"):
        export_originals("shop", tmp_path / "new", settings)
    assert not (tmp_path / "new").exists()


def broken(change: Any) -> list[dict[str, Any]]:
    rows = objects()
    change(rows)
    return rows


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"chunks": []}, r"dense_chunks\.json is no list"),
        ([], r"dense_chunks\.json is no list"),
        ([5, *objects()[1:]], r"dense_chunks\.json, row 0 \(from 0\): '5' is no object"),
        (broken(lambda r: r[4].pop("doc_id")), r"row 4 \(from 0\): doc_id is missing"),
        (broken(lambda r: r[4].update(doc_id=" `` ")), r"row 4 \(from 0\): doc_id is missing"),
        (broken(lambda r: r[4].update(doc_id=None)), r"row 4 \(from 0\): doc_id is missing"),
        (broken(lambda r: r[5].update(text=None)), r"row 5 \(from 0\), doc_id 'd5': text is missing"),
        (broken(lambda r: r[5].update(chunk_id="chunk-1")), r"row 5 \(from 0\): chunk_id 'chunk-1' .* row 1"),
        (objects(23), r"dense\.faiss holds 24 vectors where dense_chunks\.json holds 23 chunks"),
    ],
)
def test_a_list_that_is_wrong_is_named_with_its_row(tmp_path: Path, rows: Any, said: str) -> None:
    with pytest.raises(CatalogueError, match=said):
        read_originals(write(tmp_path, rows, unit(24)))


def test_an_index_that_is_wrong_is_named(tmp_path: Path) -> None:
    rows, vectors = objects(), unit(24)
    path = write(tmp_path, rows, vectors) / "dense.faiss"
    longer = vectors.copy()
    longer[[3, 8]] *= 2
    nothing = vectors.copy()
    nothing[6] = np.nan
    for wrong, said in ((longer, r"row 3 .*'d3'.* length 2 \(and 1 more\)"), (nothing, r"row 6 .*'d6'.* length nan")):
        write(tmp_path, rows, wrong)
        with pytest.raises(CatalogueError, match=said):
            read_originals(tmp_path)
    other = faiss.IndexFlatL2(DIMENSION)
    other.add(vectors)
    faiss.write_index(other, str(path))
    with pytest.raises(CatalogueError, match=r"dense\.faiss is a IndexFlatL2, not an IndexFlatIP"):
        read_originals(tmp_path)
    graph = faiss.IndexHNSWFlat(DIMENSION, 8, faiss.METRIC_INNER_PRODUCT)
    graph.add(vectors)
    faiss.write_index(graph, str(path))
    with pytest.raises(CatalogueError, match="IndexHNSWFlat, not an IndexFlatIP"):
        read_originals(tmp_path)
    path.write_bytes(b"no index at all")
    with pytest.raises(CatalogueError, match=r"dense\.faiss is no FAISS index"):
        read_originals(tmp_path)
    path.unlink()
    with pytest.raises(CatalogueError, match=r"cannot read .*dense\.faiss"):
        read_originals(tmp_path)
    (tmp_path / "dense_chunks.json").write_text("[{")
    with pytest.raises(CatalogueError, match=r"dense_chunks\.json is no JSON"):
        read_originals(tmp_path)
    with pytest.raises(CatalogueError, match=r"cannot read .*dense_chunks\.json"):
        read_originals(tmp_path / "nowhere")


def test_numbers_as_ids_and_odd_characters_are_read(tmp_path: Path, settings: Settings) -> None:
    rows = [
        {"doc_id": 7, "chunk_id": 1, "text": "a\ud800\u0000b", "title": "Lamp\nbright", "price_value": "cheap"},
        {"doc_id": "7 ", "chunk_id": 2, "text": "", "extra": {"kept": [1, None]}},
    ]
    (tmp_path / "old").mkdir()
    write(tmp_path / "old", [], unit(2))
    (tmp_path / "old/dense_chunks.json").write_text(json.dumps(rows))
    summary = compose.import_artifacts(tmp_path / "old", "old", settings)
    assert (summary.products, summary.chunks, summary.problems) == (1, 2, 1)
    export_originals("old", tmp_path / "new", settings)
    assert json.loads((tmp_path / "new/dense_chunks.json").read_text()) == rows
