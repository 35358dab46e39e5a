"""Vector indexes behind one Protocol: flat, ivf, hnsw (FAISS) and numpy.

All score by inner product, which is the cosine for the unit vectors that are stored.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.errors import SettingsError
from retrieval.protocols import FloatArray, VectorIndex

FLAT_ROWS = 200_000
IVF_PROBES = 0.125
HNSW_LINKS = 32
HNSW_NEIGHBOURS = 1_000


def inner_products(vectors: FloatArray, vector: FloatArray) -> FloatArray:
    """Return the inner product of every row with the vector, shape (rows,).

    Where torch has just encoded the query its threads still hold the cores, and NumPy's own would fight them for
    milliseconds; then torch multiplies as well.
    """
    torch: Any = sys.modules.get("torch")
    if torch is None or getattr(torch.__spec__, "_initializing", False):
        return vectors @ vector
    with torch.inference_mode():
        product: FloatArray = torch.mv(torch.from_numpy(vectors), torch.from_numpy(vector)).numpy()
    return product


class NumpyIndex:
    """Exact: one matrix product."""

    name = "numpy"
    exact = True

    def __init__(self, vectors: FloatArray) -> None:
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)

    @classmethod
    def load(cls, path: Path) -> NumpyIndex:
        return cls(np.load(path, allow_pickle=False))

    def __len__(self) -> int:
        return len(self._vectors)

    def vectors(self) -> FloatArray:
        """Return the stored rows, in their order."""
        return self._vectors

    def save(self, path: Path) -> None:
        with path.open("wb") as stream:
            np.save(stream, self._vectors, allow_pickle=False)

    def score(self, vector: FloatArray, floor: float) -> FloatArray:
        """Return the cosine with every row, shape (rows,); -inf below `floor`."""
        scores = inner_products(self._vectors, vector)
        np.putmask(scores, scores < floor, -np.inf)
        return scores


class FlatIndex(NumpyIndex):
    """Exact: FAISS's IndexFlatIP as the store, scored in place.

    All scores are wanted, not the best few, and for those one matrix product over FAISS's own memory is several times
    faster than IndexFlatIP.search, which sorts.
    """

    name = "flat"

    def __init__(self, index: Any) -> None:
        import faiss

        self._index = index
        super().__init__(faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(index.ntotal, index.d))

    @classmethod
    def build(cls, vectors: FloatArray) -> FlatIndex:
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> FlatIndex:
        import faiss

        return cls(faiss.read_index(str(path)))

    def save(self, path: Path) -> None:
        import faiss

        faiss.write_index(self._index, str(path))


class _ApproximateIndex:
    """What FAISS's approximate indexes share: scattered scores of the rows that were found."""

    name = ""
    exact = False

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def load(cls, path: Path) -> Any:
        import faiss

        return cls(faiss.read_index(str(path)))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def vectors(self) -> FloatArray:
        """Return the stored rows, in their order."""
        if hasattr(self._index, "make_direct_map"):
            self._index.make_direct_map()
        rows: FloatArray = self._index.reconstruct_n(0, len(self))
        return rows

    def save(self, path: Path) -> None:
        import faiss

        faiss.write_index(self._index, str(path))

    def _scatter(self, rows: Any, found: Any, floor: float) -> FloatArray:
        scores = np.full(len(self), -np.inf, dtype=np.float32)
        keep = (rows >= 0) & (found >= floor)
        scores[rows[keep]] = found[keep]
        return scores


class IvfIndex(_ApproximateIndex):
    """IndexIVFFlat: rows in about 4 sqrt(n) cells, of which the nearest eighth is read."""

    name = "ivf"

    @classmethod
    def build(cls, vectors: FloatArray) -> IvfIndex:
        import faiss

        rows, dimension = vectors.shape
        # FAISS wants 39 training rows a cell; fewer cells keep small catalogues within that.
        cells = max(1, min(int(4 * rows**0.5), rows // 39))
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, cells, faiss.METRIC_INNER_PRODUCT)
        data = np.ascontiguousarray(vectors, dtype=np.float32)
        index.train(data)
        index.add(data)
        index.nprobe = max(1, min(cells, round(cells * IVF_PROBES)))
        return cls(index)

    def score(self, vector: FloatArray, floor: float) -> FloatArray:
        """Return the cosine with every row of the cells read, shape (rows,); -inf below `floor` or not read."""
        _, found, rows = self._index.range_search(vector[None, :], float(np.nextafter(np.float32(floor), -np.inf)))
        return self._scatter(rows, found, floor)


class HnswIndex(_ApproximateIndex):
    """IndexHNSWFlat: a graph of 32 links a row, of which the nearest thousand rows are read."""

    name = "hnsw"

    @classmethod
    def build(cls, vectors: FloatArray) -> HnswIndex:
        import faiss

        index = faiss.IndexHNSWFlat(vectors.shape[1], HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = 200
        index.hnsw.efSearch = HNSW_NEIGHBOURS
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    def score(self, vector: FloatArray, floor: float) -> FloatArray:
        """Return the cosine with the nearest rows, shape (rows,); -inf below `floor` or not found."""
        found, rows = self._index.search(vector[None, :], min(HNSW_NEIGHBOURS, len(self)))
        return self._scatter(rows[0], found[0], floor)


_KINDS: dict[str, Any] = {"flat": FlatIndex, "ivf": IvfIndex, "hnsw": HnswIndex, "numpy": NumpyIndex}


def choose(rows: int, wanted: str) -> tuple[str, str]:
    """Return (kind, reason) for so many rows; `wanted` is a kind or `auto`."""
    if wanted != "auto":
        _kind(wanted)
        return wanted, f"VECTOR_INDEX={wanted}"
    if rows <= FLAT_ROWS:
        return "flat", f"auto: {rows:,} rows are scored exactly within milliseconds (up to {FLAT_ROWS:,})"
    return "hnsw", f"auto: {rows:,} rows are more than the {FLAT_ROWS:,} that exact scoring is quick for"


def build(kind: str, vectors: FloatArray) -> VectorIndex:
    """Index unit vectors, shape (rows, dimension)."""
    made = _kind(kind)
    index: VectorIndex = made(vectors) if kind == "numpy" else made.build(vectors)
    return index


def load(kind: str, path: Path) -> VectorIndex:
    """Read an index that was saved to `path`."""
    index: VectorIndex = _kind(kind).load(path)
    return index


def _kind(name: str) -> Any:
    if name not in _KINDS:
        raise SettingsError(f"VECTOR_INDEX={name!r} is unknown; use one of auto, {', '.join(_KINDS)}.")
    return _KINDS[name]
