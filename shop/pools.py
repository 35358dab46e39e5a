"""What is to be judged of a query set: kept beside it, so that judging goes on another day where it stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import DataError
from retrieval.files import replace_text
from shop import query_sets

FILE = "pool.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Pool:
    """The products to judge for each query, by query id, with where they come from.

    `modes` are the rankings, `depth` how many of each one's best were taken, `build` the index that was asked;
    `created` is UTC in ISO 8601.
    """

    modes: tuple[str, ...]
    depth: int
    build: str
    created: str
    products: Mapping[str, tuple[str, ...]]

    @property
    def size(self) -> int:
        """Return the number of query-product pairs."""
        return sum(map(len, self.products.values()))


def save(data_dir: Path, catalogue: str, query_set: str, pool: Pool) -> None:
    """Keep a pool in place of the set's earlier one; raise DataError where there is no such set."""
    query_sets.card(data_dir, catalogue, query_set)
    kept = {
        "version": VERSION,
        "modes": list(pool.modes),
        "depth": pool.depth,
        "build": pool.build,
        "created": pool.created,
        "products": {query_id: list(products) for query_id, products in pool.products.items()},
    }
    replace_text(_path(data_dir, catalogue, query_set), json.dumps(kept, ensure_ascii=False) + "\n")


def load(data_dir: Path, catalogue: str, query_set: str) -> Pool | None:
    """Return a set's pool, None where none was made; raise DataError where it cannot be read."""
    path = _path(data_dir, catalogue, query_set)
    try:
        kept = json.loads(path.read_bytes())
        if kept["version"] != VERSION:
            raise ValueError(f"it is of version {kept['version']!r}, this program reads version {VERSION}")
        products = {
            str(query_id): tuple(str(product_id) for product_id in found)
            for query_id, found in kept["products"].items()
        }
        return Pool(tuple(kept["modes"]), int(kept["depth"]), str(kept["build"]), str(kept["created"]), products)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"{path} cannot be read ({error}); make the pool anew, what was judged is kept") from error


def _path(data_dir: Path, catalogue: str, query_set: str) -> Path:
    return query_sets.folder(data_dir, catalogue, query_set) / FILE
