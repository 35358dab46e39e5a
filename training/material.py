"""The queries of a training, dealt out to what they are for, and the files that they and their pools are kept in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from evaluation.silver import make
from retrieval.errors import DataError, TrainingError
from retrieval.files import replace_text
from retrieval.records import Product
from training import queries
from training.options import Sizes, Use
from training.records import Candidate, LearningQuery, Pool, Triplet

LEAST = 10
"""Queries to learn from below which a training is not begun."""
DEV_SHARE = 5
"""One of so many judged queries that are not held out chooses checkpoint and blend."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Material:
    """Queries by what they are for; no query stands in two of them, silver ones of two sides share no product.

    `train` are learnt from, `dev` choose checkpoint and blend, `silver` and `judged` are held out for the gate. Of the
    judged queries that are not held out a fifth stand in `dev`: what people find right and what silver queries ask for
    may want another blend. `views` are what all products say of themselves: they are no queries, and the embedder is to
    serve these very products.
    """

    train: tuple[LearningQuery, ...]
    dev: tuple[LearningQuery, ...]
    silver: tuple[LearningQuery, ...]
    judged: tuple[LearningQuery, ...]
    views: tuple[Triplet, ...]

    def counts(self) -> dict[str, int]:
        """Return how many there are of each."""
        return {name: len(getattr(self, name)) for name in ("train", "dev", "silver", "judged", "views")}


def gather(
    products: Sequence[Product], judged: Sequence[LearningQuery], use: Use, sizes: Sizes, seed: int = queries.SEED
) -> Material:
    """Draw silver queries of the products and deal them out, with judged ones as `use` says (`both`: half and half).

    Raises TrainingError where there are too few to learn from, EvaluationError where there is no product.
    """
    drawn = make(products, seed=seed)
    sides = queries.of_set(drawn)
    learns = {
        "learn": {query.query_id for query in judged},
        "gate": set(),
        "both": {query.query_id for query in queries.draw(judged, len(judged) // 2, seed)},
    }[use]
    learnt = [query for query in judged if query.query_id in learns]
    chosen_on = queries.draw(learnt, len(learnt) // DEV_SHARE, seed)
    train = queries.draw(sides["train"], sizes.train_queries, seed)
    train += [query for query in learnt if query not in chosen_on]
    if len(train) < LEAST:
        raise TrainingError(
            f"the catalogue's {len(products):,} products give {len(train)} queries to learn from, and {LEAST} are the "
            "least; index more products, or give judged queries"
        )
    return Material(
        train=tuple(train),
        dev=(*queries.draw(sides["dev"], sizes.dev_queries, seed), *chosen_on),
        silver=tuple(queries.draw(sides["test"], sizes.gate_queries, seed)),
        judged=tuple(query for query in judged if query.query_id not in learns),
        views=tuple(queries.views(products, seed)),
    )


def write_material(path: Path, material: Material) -> None:
    """Write queries and views as JSON Lines, whole or not at all."""
    _write(path, ({"part": part, **asdict(row)} for part in material.counts() for row in getattr(material, part)))


def read_material(path: Path) -> Material:
    """Return what `write_material` wrote; raise DataError naming the line that cannot be read."""
    found: dict[str, list[Any]] = {part: [] for part in Material.__dataclass_fields__}

    def take(row: dict[str, Any]) -> None:
        part = row.pop("part")
        found[part].append(_triplet(row) if part == "views" else LearningQuery(**row))

    for _ in _read(path, take):
        pass
    return Material(**{part: tuple(rows) for part, rows in found.items()})


def write_pools(path: Path, pools: Iterable[Pool]) -> None:
    """Write pools as JSON Lines, whole or not at all."""
    _write(path, (asdict(pool) for pool in pools))


def read_pools(path: Path) -> list[Pool]:
    """Return what `write_pools` wrote; raise DataError naming the line that cannot be read."""

    def pool(row: dict[str, Any]) -> Pool:
        found = tuple(Candidate(**candidate) for candidate in row["candidates"])
        return Pool(LearningQuery(**row["query"]), row["text"], found)

    return list(_read(path, pool))


def _triplet(row: dict[str, Any]) -> Triplet:
    return Triplet(row["anchor"], row["positive"], tuple(row["negatives"]), row["group"])


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    replace_text(path, "".join(json.dumps(row) + "\n" for row in rows))


def _read(path: Path, made: Callable[[dict[str, Any]], T]) -> Iterator[T]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError as error:
        raise DataError(f"{path} is gone, which the training learnt from; start it anew") from error
    for number, line in enumerate(lines, start=1):
        try:
            yield made(json.loads(line))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise DataError(f"{path}:{number} cannot be read ({error!r}); start the training anew") from error
