"""The artifacts of the original system: `dense.faiss` and `dense_chunks.json`, taken in and given out.

`dense.faiss` is an IndexFlatIP over unit vectors, `dense_chunks.json` a list of objects in the order of its rows, each
with doc_id and text, and where known chunk_id, title, brand, category, url, price_value, rating_avg and rating_cnt.
A build made from them keeps the list as it came, so that it can be given out again unchanged.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.artifacts import build_folder, verify
from retrieval.catalogue.drafts import Draft, assemble, clean_id
from retrieval.catalogue.identity import finish
from retrieval.catalogue.records import as_text, raw_from_record, tidy
from retrieval.errors import CatalogueError, IndexNotFound, ModelUnavailable, SettingsError
from retrieval.files import replace_bytes
from retrieval.loading import open_build
from retrieval.models import PACKAGED, load_encoder, resolve_encoder
from retrieval.passages import GivenPassages
from retrieval.protocols import Encoder, FloatArray
from retrieval.records import Chunk, ParseReport, Product
from retrieval.settings import Settings

VECTORS_FILE = "dense.faiss"
CHUNKS_FILE = "dense_chunks.json"
KEPT_VECTORS = f"original/{VECTORS_FILE}"
KEPT_CHUNKS = f"original/{CHUNKS_FILE}"
KEPT_ROWS = "original/rows.npy"
UNIT_TOLERANCE = 1e-3
_FIELDS = {
    "title": "title", "brand": "brand", "category": "category", "url": "url", "price": "price_value",
    "rating": "rating_avg", "rating_count": "rating_cnt",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Originals:
    """What the two files hold: a unit vector and an object a row; `text` is the list as it was written."""

    vectors: FloatArray
    objects: tuple[Mapping[str, Any], ...]
    text: bytes
    where: Path

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return int(self.vectors.shape[1])


@dataclass(frozen=True, slots=True)
class ExportedOriginals:
    """The files that were written, and how many rows of which length they hold."""

    files: tuple[Path, ...]
    rows: int
    dimension: int


def read_originals(folder: Path) -> Originals:
    """Read and check the two files of a folder, or of its folder `index`.

    Raises CatalogueError naming file and row for a file that is missing or of another form, for lengths that differ,
    for an id that is missing or stands twice, and for a vector that is no unit vector; ModelUnavailable without FAISS.
    """
    where = folder / "index" if not (folder / CHUNKS_FILE).is_file() and (folder / "index").is_dir() else folder
    text = _bytes(where / CHUNKS_FILE)
    objects = _objects(text, where / CHUNKS_FILE)
    vectors = _vectors(where / VECTORS_FILE)
    if len(vectors) != len(objects):
        raise CatalogueError(
            f"{where / VECTORS_FILE} holds {len(vectors):,} vectors where {CHUNKS_FILE} holds {len(objects):,} chunks; "
            "the two belong to different builds: export both again"
        )
    _check_unit(vectors, objects, where / VECTORS_FILE)
    return Originals(vectors, objects, text, where)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogueError(
            f"cannot read {path}: {error.strerror or error}; name the folder that holds {VECTORS_FILE} and "
            f"{CHUNKS_FILE}"
        ) from error


def _objects(text: bytes, path: Path) -> tuple[Mapping[str, Any], ...]:
    try:
        rows = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CatalogueError(f"{path} is no JSON ({error}); export it again") from error
    if not isinstance(rows, list) or not rows:
        raise CatalogueError(f"{path} is no list of chunks, or an empty one; export it again")
    seen: dict[str, int] = {}
    for row, found in enumerate(rows):
        if not isinstance(found, dict):
            raise CatalogueError(f"{path}, row {row} (from 0): {str(found)[:60]!r} is no object")
        if not _document(found):
            raise CatalogueError(f"{path}, row {row} (from 0): doc_id is missing or empty; every chunk needs one")
        if not isinstance(found.get("text"), str):
            raise CatalogueError(
                f"{path}, row {row} (from 0), doc_id {_document(found)!r}: text is missing or no text; every chunk "
                "needs one"
            )
        chunk_id = as_text(found.get("chunk_id"))
        if chunk_id and seen.setdefault(chunk_id, row) != row:
            raise CatalogueError(
                f"{path}, row {row} (from 0): chunk_id {chunk_id!r} stands already in row {seen[chunk_id]}; "
                "chunk ids must differ"
            )
    return tuple(rows)


def _document(found: Mapping[str, Any]) -> str:
    written = found.get("doc_id")
    return (
        clean_id(tidy(as_text(written))[0]) if isinstance(written, str | int) and not isinstance(written, bool) else ""
    )


def _vectors(path: Path) -> FloatArray:
    try:
        import faiss
    except ImportError as error:
        raise ModelUnavailable(f"{path} needs a missing package ({error}); run: pip install faiss-cpu") from error
    if not path.is_file():
        raise CatalogueError(f"cannot read {path}: no such file; name the folder that holds {VECTORS_FILE}")
    try:
        index = faiss.read_index(str(path))
    except (RuntimeError, MemoryError) as error:
        said = str(error).splitlines()[0][:200] if str(error) else "it is cut short"
        raise CatalogueError(f"{path} is no FAISS index ({said}); export it again") from error
    if not isinstance(index, faiss.IndexFlat) or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise CatalogueError(
            f"{path} is a {type(index).__name__}, not an IndexFlatIP (inner product over unit vectors); write it anew "
            "as one"
        )
    if not index.ntotal:
        raise CatalogueError(f"{path} holds no vector; export it again")
    rows = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
    return np.array(rows, dtype=np.float32).reshape(index.ntotal, index.d)


def _check_unit(vectors: FloatArray, objects: Sequence[Mapping[str, Any]], path: Path) -> None:
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    wrong = np.flatnonzero(~(np.abs(lengths - 1.0) <= UNIT_TOLERANCE))
    if len(wrong):
        row = int(wrong[0])
        more = f" (and {len(wrong) - 1:,} more)" if len(wrong) > 1 else ""
        raise CatalogueError(
            f"{path}, row {row} (from 0), doc_id {_document(objects[row])!r}: the vector has length "
            f"{lengths[row]:.4g}{more}; the index must be of unit vectors: normalise them and write it anew"
        )


def as_catalogue(originals: Originals) -> tuple[ParseReport, GivenPassages]:
    """Return the products, one a doc_id in order of appearance, and their passages with the vectors as they are.

    A product's fields are the first that its chunks hold; what they cannot be read from is a problem, whose line is the
    chunk's row from 1. Its description is its chunks' texts.
    """
    groups: dict[str, list[int]] = {}
    for row, found in enumerate(originals.objects):
        groups.setdefault(_document(found), []).append(row)
    drafts = [_draft(document, rows, originals.objects) for document, rows in groups.items()]
    products, problems = finish(drafts, [], [])
    chunks = tuple(
        tuple(_chunk(product, number, originals.objects[row]) for number, row in enumerate(rows))
        for product, rows in zip(products, groups.values(), strict=True)
    )
    order = np.array([row for rows in groups.values() for row in rows], dtype=np.int64)
    digest = hashlib.sha256(originals.text).hexdigest()
    report = ParseReport(products, problems, len(originals.objects), CHUNKS_FILE, digest)
    return report, GivenPassages(chunks, np.ascontiguousarray(originals.vectors[order]), _keeper(originals, order))


def _draft(document: str, rows: Sequence[int], objects: Sequence[Mapping[str, Any]]) -> Draft:
    record: dict[str, object] = {"product_id": document}
    first = rows[0]
    for field, key in _FIELDS.items():
        row = next((row for row in rows if as_text(objects[row].get(key))), None)
        if row is not None:
            value = objects[row][key]
            record[field] = tidy(value)[0] if isinstance(value, str) else value
    record["description"] = "\n".join(tidy(objects[row]["text"])[0] for row in rows)
    raw = raw_from_record(record, first + 1, first + 1)
    if raw is None:
        raise CatalogueError(f"{CHUNKS_FILE}, row {first} (from 0): nothing is said about doc_id {document!r}")
    return assemble(raw)


def _chunk(product: Product, number: int, found: Mapping[str, Any]) -> Chunk:
    chunk_id = tidy(as_text(found.get("chunk_id")))[0] or f"{product.product_id}#{number}"
    return Chunk(chunk_id, product.product_id, product.title, tidy(found["text"])[0])


def _keeper(originals: Originals, order: np.ndarray[Any, np.dtype[np.int64]]) -> Callable[[Path, bool], None]:
    def keep(folder: Path, with_vectors: bool) -> None:
        """Keep what giving the artifacts out again needs; the vectors only where the build holds none."""
        (folder / KEPT_CHUNKS).parent.mkdir()
        (folder / KEPT_CHUNKS).write_bytes(originals.text)
        with (folder / KEPT_ROWS).open("wb") as file:
            np.save(file, order, allow_pickle=False)
        if with_vectors:
            (folder / KEPT_VECTORS).write_bytes(_bytes(originals.where / VECTORS_FILE))

    return keep


def encoder_of_dimension(dimension: int, settings: Settings, wanted: str = "auto") -> tuple[Encoder | None, str, str]:
    """Return an encoder for vectors that were made elsewhere, its source, and why it is that one or none.

    `wanted` is `none`, a source (raises SettingsError where its dimension differs, ModelUnavailable where it cannot be
    loaded), or `auto`: what EMBEDDER names or the packaged one, whichever makes vectors of that dimension.
    """
    if wanted == "none":
        return None, "", "imported without an encoder, as asked for; the vectors are kept but not searched"
    if wanted != "auto":
        resolved = resolve_encoder(settings, wanted)
        encoder = load_encoder(wanted, settings)
        if encoder.dimension != dimension:
            raise SettingsError(
                f"the vectors have {dimension} dimensions, but the encoder {wanted} makes {encoder.dimension}; name "
                "the encoder that made them, or import without search by meaning: --encoder none"
            )
        return encoder, wanted, resolved.why
    tried = []
    for source in dict.fromkeys((settings.embedder, PACKAGED)):
        if source in ("auto", "none"):
            continue
        try:
            resolve_encoder(settings, source)
            encoder = load_encoder(source, settings)
            if encoder.dimension == dimension:
                return encoder, source, f"has the {dimension} dimensions of the imported vectors"
            tried.append(f"{source} makes {encoder.dimension}")
        except ModelUnavailable as error:
            tried.append(str(error))
    why = (
        f"the imported vectors have {dimension} dimensions and no encoder fits ({'; '.join(tried)}); they are kept but "
        "not searched: name the encoder that made them with --encoder"
    )
    return None, "", why


def export_originals(name: str, folder: Path, settings: Settings) -> ExportedOriginals:
    """Write a catalogue's chunks and their vectors as the original system's two files.

    What was imported comes out as it came in: the same list, the same vectors bit by bit. Raises IndexNotFound where
    the catalogue has no vectors, IndexDamaged, ModelUnavailable without FAISS, OSError.
    """
    build = open_build(settings.index_dir, name, settings)
    try:
        manifest = build.manifest
        home = build_folder(settings.index_dir, name, manifest.build)
        kept = [path for path in (KEPT_CHUNKS, KEPT_ROWS, KEPT_VECTORS) if path in manifest.files]
        verify(home, manifest, kept)
        if KEPT_VECTORS in kept:
            vectors = _vectors(home / KEPT_VECTORS)
        else:
            found = build.vectors()
            if found is None:
                raise IndexNotFound(
                    f"{name!r} has no vectors to export ({manifest.why or 'keyword-only build'}); build it with an "
                    f"encoder: product-search index FILE --name {name}"
                )
            vectors = found.chunks.vectors()
        if KEPT_CHUNKS in kept:
            text = (home / KEPT_CHUNKS).read_bytes()
            if KEPT_VECTORS not in kept:
                ordered = np.empty_like(vectors)
                ordered[np.load(home / KEPT_ROWS, allow_pickle=False)] = vectors
                vectors = ordered
        else:
            text = _as_list(build.store.all_products(), build.store.all_chunks())
    finally:
        build.close()
    folder.mkdir(parents=True, exist_ok=True)
    replace_bytes(folder / CHUNKS_FILE, text)
    replace_bytes(folder / VECTORS_FILE, _as_index(vectors))
    return ExportedOriginals((folder / VECTORS_FILE, folder / CHUNKS_FILE), len(vectors), int(vectors.shape[1]))


def _as_list(products: Sequence[Product], chunks: Sequence[Chunk]) -> bytes:
    by_id = {product.product_id: product for product in products}
    stream = io.StringIO()
    for number, chunk in enumerate(chunks):
        product = by_id[chunk.product_id]
        row = {
            "chunk_id": chunk.chunk_id,
            "doc_id": chunk.product_id,
            "title": chunk.title,
            "brand": product.brand,
            "category": product.category,
            "text": chunk.text,
            "url": product.url,
            "price_value": product.price,
            "rating_avg": product.rating,
            "rating_cnt": product.rating_count,
        }
        stream.write(("[\n" if not number else ",\n") + json.dumps(row, ensure_ascii=False, allow_nan=False))
    stream.write("\n]\n")
    return stream.getvalue().encode()


def _as_index(vectors: FloatArray) -> bytes:
    try:
        import faiss
    except ImportError as error:
        raise ModelUnavailable(
            f"{VECTORS_FILE} needs a missing package ({error}); run: pip install faiss-cpu"
        ) from error
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return bytes(faiss.serialize_index(index).tobytes())
