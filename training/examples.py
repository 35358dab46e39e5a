"""Pools and mined negatives as what models learn from: groups for the cross-encoder, triplets for the embedder."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from retrieval.errors import TrainingError
from retrieval.passages import title_text
from retrieval.rerank import title_of
from training.negatives import RIGHT
from training.pools import MiningPool
from training.queries import HIGHEST, SEED
from training.records import Candidate, Example, Source, Triplet

ROWS = 30_000
"""Passages to learn from at most, on a machine without a GPU."""
ASKED_SHARE = 3
"""One of so many rows of the embedder's is a query's, the others are pieces of descriptions."""
T = TypeVar("T", Example, Triplet)


@dataclass(frozen=True, slots=True)
class ExampleSettings:
    """How much of a query goes into its group, at most.

    `positives` right products and `negatives` mined ones; where people judged, `graded` products of any grade stand for
    the right ones.
    """

    positives: int = 3
    negatives: int = 8
    graded: int = 24

    def __post_init__(self) -> None:
        """Raise TrainingError for a number below 1."""
        for what in ("positives", "negatives", "graded"):
            if getattr(self, what) < 1:
                raise TrainingError(f"examples: {what}={getattr(self, what)} must be 1 or more")


def reranker_examples(
    pools: Sequence[MiningPool],
    mined: Mapping[str, Sequence[Candidate]],
    settings: ExampleSettings | None = None,
    *,
    rows: int | None = ROWS,
    seed: int = SEED,
) -> list[Example]:
    """Return a group a query: products with a grade labelled by their share of 3, mined ones by 0, right ones first.

    Of a silver query right products are drawn; of a judged one products of every grade, as many of each as there are. A
    group in which all labels are the same tells nothing and is left out. With `rows` the passages are that many at
    most, shared out evenly among silver, judged and loaded queries; what one of these does not need the others get.
    None leaves all. Texts are those that the cross-encoder reads in serving.
    """
    settings = settings or ExampleSettings()
    found: dict[Source, list[Example]] = defaultdict(list)
    for pool in pools:
        example = _example(pool, mined.get(pool.query.query_id, ()), settings, seed)
        if len(set(example.labels)) > 1:
            found[pool.query.source].append(example)
    if rows is not None:
        shares = _shares({source: sum(map(_size, own)) for source, own in found.items()}, rows)
        kept = {source: cap(own, shares[source], seed) for source, own in found.items()}
    else:
        kept = dict(found)
    chosen = {id(example) for own in kept.values() for example in own}
    # In the order of the pools, so that the order hangs on neither the sources nor the cap.
    order = {pool.query.query_id: place for place, pool in enumerate(pools)}
    examples = [example for own in found.values() for example in own if id(example) in chosen]
    return sorted(examples, key=lambda example: order[example.query_id])


def _example(pool: MiningPool, negatives: Sequence[Candidate], settings: ExampleSettings, seed: int) -> Example:
    grades = pool.query.grades
    drawn = random.Random(f"{seed}\x1f{pool.query.query_id}\x1fexample")
    if pool.query.source == "silver":
        right = [candidate for candidate in pool.known if grades[candidate.product_id] >= RIGHT]
        known = drawn.sample(right, min(settings.positives, len(right)))
    else:
        known = _of_each_grade(pool, settings.graded, drawn)
    held = {candidate.product_id for candidate in known}
    labelled = [(candidate, min(grades[candidate.product_id] / HIGHEST, 1.0)) for candidate in known]
    wrong = [candidate for candidate in negatives if candidate.product_id not in held]
    labelled += [(candidate, 0.0) for candidate in wrong[: settings.negatives]]
    labelled.sort(key=lambda pair: (-pair[1], pair[0].product_id))
    return Example(
        query_id=pool.query.query_id,
        query=pool.pool.text,
        product_ids=tuple(candidate.product_id for candidate, _ in labelled),
        passages=tuple(candidate.passage for candidate, _ in labelled),
        labels=tuple(label for _, label in labelled),
    )


def _of_each_grade(pool: MiningPool, most: int, drawn: random.Random) -> list[Candidate]:
    """Return `most` judged products at most, drawn, the grades in turn."""
    by_grade: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in pool.known:
        by_grade[pool.query.grades[candidate.product_id]].append(candidate)
    places = []
    for grade in sorted(by_grade, reverse=True):
        own = drawn.sample(by_grade[grade], len(by_grade[grade]))
        places += [(place, -grade, candidate) for place, candidate in enumerate(own)]
    return [candidate for _, _, candidate in sorted(places, key=lambda found: found[:2])[:most]]


def _shares(wanted: Mapping[Source, int], rows: int) -> dict[Source, int]:
    """Return how many rows each source gets: the same for all, and what one does not need for the others."""
    shares: dict[Source, int] = {}
    left = rows
    for number, source in enumerate(sorted(wanted, key=lambda name: (wanted[name], name))):
        shares[source] = min(wanted[source], left // (len(wanted) - number))
        left -= shares[source]
    return shares


def triplets(
    pools: Sequence[MiningPool],
    mined: Mapping[str, Sequence[Candidate]],
    *,
    positives: int = 1,
    judged: int = 5,
    negatives: int = 4,
    seed: int = SEED,
) -> list[Triplet]:
    """Return for each query up to `positives` of its right products, each with its hardest mined negatives.

    Of a query that people judged there are up to `judged`. The anchor is what the encoder reads of the query, products
    stand there by their titles. A query may have fewer than `negatives`, or none. One of which the encoder reads
    nothing, as one that says a price alone, is left out.
    """
    found = []
    for pool in pools:
        if not pool.meaning.strip():
            continue
        drawn = random.Random(f"{seed}\x1f{pool.query.query_id}\x1ftriplet")
        right = [c for c in pool.known if pool.query.grades[c.product_id] >= RIGHT]
        wrong = [_title(candidate) for candidate in mined.get(pool.query.query_id, ())[:negatives]]
        most = positives if pool.query.source == "silver" else judged
        for positive in drawn.sample(right, min(most, len(right))):
            # A wrong product may have the right one's title.
            texts = dict.fromkeys(wrong)
            texts.pop(_title(positive), None)
            found.append(Triplet(pool.meaning, _title(positive), tuple(texts)))
    return found


def mixed(asked: Sequence[Triplet], said: Sequence[Triplet], most: int, seed: int = SEED) -> list[Triplet]:
    """Return `most` rows at most: a third of them of queries, the others pieces of what products say of themselves.

    Queries that are made of titles teach to find titles by their words; what descriptions say is nearer to a shopper's
    own words. What there is too little of the other makes good.
    """
    share = max(most // ASKED_SHARE, most - len(said))
    queries = cap(asked, share, seed)
    return [*queries, *cap(said, most - len(queries), seed)]


def _title(candidate: Candidate) -> str:
    return title_text(title_of(candidate.passage))


def cap(rows: Sequence[T], most: int, seed: int = SEED) -> list[T]:
    """Return so many of the rows that they hold `most` passages at most, drawn by `seed`, in their order.

    An example holds its passages, a triplet counts as one. What comes next by lot and does not fit any more is passed
    over.
    """
    order = random.Random(seed).sample(range(len(rows)), len(rows))
    left, kept = most, set()
    for place in order:
        size = _size(rows[place])
        if size <= left:
            kept.add(place)
            left -= size
    return [row for place, row in enumerate(rows) if place in kept]


def _size(row: Example | Triplet) -> int:
    return len(row.passages) if isinstance(row, Example) else 1
