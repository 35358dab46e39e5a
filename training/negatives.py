"""Hard negatives: products that the first stage ranks high and that are wrong, as far as that can be told unread."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, get_args

from retrieval.errors import TrainingError
from retrieval.legs import BM25, DENSE_LEGS
from retrieval.protocols import Progress
from retrieval.records import Product
from retrieval.rerank import title_of
from training.duplicates import Duplicates
from training.mentions import Mentions
from training.pools import MiningPool
from training.queries import SEED
from training.records import Candidate

From = Literal["bm25", "dense", "both", "hybrid"]
RIGHT = 2
"""The least grade of a product that is right: what is wrong has to score below it."""
STAGE = "mine"


@dataclass(frozen=True, slots=True)
class MiningSettings:
    """How negatives are mined.

    `per_query` are taken at most, the share `hardest` of them from the top of their ranking and the others drawn from
    below. They come from the first `depth` products by words (`bm25`), by vectors (`dense`), from both in turn, or in
    the order of serving's first stage (`hybrid`). `skip_top`: of a judged query, as many products from the top of the
    first stage that nobody judged are left out, for they may be right. `margin` is how far below the lowest right
    product a negative's cosine has to lie, `score_margin` how far its cross-encoder score where those are handed in.
    `mentions` leaves out what says every word of the query. Of a query that is not a silver one and has `well_judged`
    judgements or more, what was left out counts as wrong without these guards, as every measure takes it to be.
    """

    per_query: int = 8
    source: From = "both"
    depth: int = 50
    hardest: float = 0.75
    skip_top: int = 10
    margin: float = 0.05
    score_margin: float = 0.0
    mentions: bool = True
    well_judged: int = 20

    def __post_init__(self) -> None:
        """Raise TrainingError for a value that makes no sense."""
        for what, fits, rule in (
            ("per_query", self.per_query >= 1, "1 or more"),
            ("source", self.source in get_args(From), f"one of {', '.join(get_args(From))}"),
            ("depth", self.depth >= 1, "1 or more"),
            ("hardest", 0 <= self.hardest <= 1, "from 0 to 1"),
            ("skip_top", self.skip_top >= 0, "0 or more"),
            ("margin", self.margin >= 0, "0 or more"),
            ("score_margin", self.score_margin >= 0, "0 or more"),
            ("well_judged", self.well_judged >= 1, "1 or more"),
        ):
            if not fits:
                raise TrainingError(f"mining: {what}={getattr(self, what)!r} must be {rule}")


def mine(
    pool: MiningPool,
    *,
    duplicates: Duplicates,
    settings: MiningSettings | None = None,
    mentions: Mentions | None = None,
    scores: Mapping[str, float] | None = None,
    among: Collection[str] | None = None,
    seed: int = SEED,
) -> tuple[Candidate, ...]:
    """Return hard negatives of a query, hardest first: never a product with a grade above 0, nor nearly one.

    A product that was judged 0 is taken without further guards, and so is one that was left out where `well_judged`
    products were judged. `scores` are those of the current cross-encoder by product id, of the known products and of
    those that may be mined; they take the place of the cosines as the teacher of the margin. A query without a right
    product gives no negative that nobody judged. `among` are the products that may be negatives, all where it is left
    out. Raises TrainingError where a right product has no score.
    """
    settings = settings or MiningSettings()
    grades = pool.query.grades
    known = sorted(name for name, grade in grades.items() if grade > 0)
    present = [candidate for candidate in pool.known if grades[candidate.product_id] > 0]
    ceiling = _ceiling(pool, settings, scores)
    unsure = _unsure(pool, settings)
    well_judged = pool.query.source != "silver" and len(grades) >= settings.well_judged

    def wrong(candidate: Candidate) -> bool:
        name = candidate.product_id
        if name in known or (among is not None and name not in among):
            return False
        if any(
            duplicates.near(name, other.product_id) or duplicates.same_passage(candidate.passage, other.passage)
            for other in present
        ):
            return False
        if name in grades or (well_judged and present):
            return True
        if name in unsure or ceiling is None or not ceiling(name):
            return False
        return not (settings.mentions and mentions is not None and mentions.all(pool.pool.text, name, pool.wordings))

    ranked = _ranked(pool, settings)
    found = [candidate for candidate in ranked if wrong(candidate)]
    return _chosen(found, settings, f"{seed}\x1f{pool.query.query_id}")


def mine_all(
    pools: Sequence[MiningPool],
    products: Sequence[Product],
    settings: MiningSettings | None = None,
    *,
    scores: Mapping[str, Mapping[str, float]] | None = None,
    among: Collection[str] | None = None,
    seed: int = SEED,
    progress: Progress | None = None,
) -> dict[str, tuple[Candidate, ...]]:
    """Return the negatives of each query by its id; `scores` are the current cross-encoder's by query id.

    `products` are those of the build that the pools were made of. A query that `scores` leave out is mined by cosines.
    """
    duplicates, mentions = Duplicates(products), Mentions(products)
    allowed = None if among is None else frozenset(among)
    found: dict[str, tuple[Candidate, ...]] = {}
    for done, pool in enumerate(pools):
        if progress:
            progress(STAGE, done, len(pools))
        found[pool.query.query_id] = mine(
            pool,
            duplicates=duplicates,
            settings=settings,
            mentions=mentions,
            scores=None if scores is None else scores.get(pool.query.query_id),
            among=allowed,
            seed=seed,
        )
    if progress:
        progress(STAGE, len(pools), len(pools))
    return found


def _ceiling(
    pool: MiningPool, settings: MiningSettings, scores: Mapping[str, float] | None
) -> Callable[[str], bool] | None:
    """Return what tells whether a product scores far enough below every right one; None where there is none of those.

    Without vectors and without a cross-encoder there is no teacher, and every product is far enough.
    """
    right = [c.product_id for c in pool.known if pool.query.grades[c.product_id] >= RIGHT]
    if not right:
        return None
    teacher, margin = (pool.cosines, settings.margin) if scores is None else (scores, settings.score_margin)
    if not teacher and scores is None:
        return lambda name: True
    missing = [name for name in right if name not in teacher]
    if missing:
        raise TrainingError(
            f"query {pool.query.query_id!r}: the right product {missing[0]!r} has no score; score the known products "
            "before mining by scores"
        )
    highest = min(teacher[name] for name in right) - margin
    return lambda name: name in teacher and teacher[name] <= highest


def _unsure(pool: MiningPool, settings: MiningSettings) -> frozenset[str]:
    """Return what nobody judged at the top of a judged query's first stage: right products that were overlooked."""
    if pool.query.source == "silver":
        return frozenset()
    unjudged = (c.product_id for c in pool.pool.candidates if c.product_id not in pool.query.grades)
    return frozenset(name for name, _ in zip(unjudged, range(settings.skip_top), strict=False))


def _ranked(pool: MiningPool, settings: MiningSettings) -> list[Candidate]:
    """Return the candidates in the order in which they are mined, each once."""
    if settings.source == "hybrid":
        return list(pool.pool.candidates[: settings.depth])
    found = pool.found()
    words = _by_leg(found, (BM25,), settings.depth)
    vectors = _by_leg(found, DENSE_LEGS, settings.depth)
    if settings.source != "both":
        return words if settings.source == "bm25" else vectors
    turns = (candidate for pair in zip_longest(words, vectors) for candidate in pair if candidate is not None)
    return list({candidate.product_id: candidate for candidate in turns}.values())


def _by_leg(found: Sequence[Candidate], legs: Sequence[str], depth: int) -> list[Candidate]:
    """Return the candidates by their best rank in some legs, as far as that is `depth`; ties by id."""
    best = [(min((c.ranks[leg] for leg in legs if leg in c.ranks), default=depth + 1), c) for c in found]
    return [c for rank, c in sorted(best, key=lambda pair: (pair[0], pair[1].product_id)) if rank <= depth]


def _chosen(found: Sequence[Candidate], settings: MiningSettings, key: str) -> tuple[Candidate, ...]:
    """Return the hardest candidates, and others drawn from below them, in the order of the ranking."""
    top = round(settings.per_query * settings.hardest)
    below = range(top, len(found))
    drawn = random.Random(key).sample(below, min(settings.per_query - top, len(below)))
    return tuple(found[place] for place in sorted((*range(min(top, len(found))), *drawn)))


@dataclass(frozen=True, slots=True)
class NegativeToRead:
    """A mined negative for a human reading; `id` is `query_id:product_id`."""

    query: str
    positive_title: str
    negative_title: str
    id: str


def sample_negatives(
    pools: Sequence[MiningPool], mined: Mapping[str, Sequence[Candidate]], n: int = 50, seed: int = SEED
) -> list[NegativeToRead]:
    """Return `n` mined negatives at most, drawn by `seed`, each of another query as long as there are enough.

    To count false negatives: rows whose negative is as right for the query as the positive is.
    """
    drawn = random.Random(seed)
    rows: list[list[NegativeToRead]] = []
    for pool in sorted(pools, key=lambda pool: pool.query.query_id):
        own = list(mined.get(pool.query.query_id, ()))
        right = [c for c in pool.known if pool.query.grades[c.product_id] >= RIGHT]
        if own and right:
            drawn.shuffle(own)
            best = title_of(drawn.choice(right).passage)
            rows.append(
                [
                    NegativeToRead(pool.query.text, best, title_of(c.passage), f"{pool.query.query_id}:{c.product_id}")
                    for c in own
                ]
            )
    drawn.shuffle(rows)
    turns = (row for turn in zip_longest(*rows) for row in turn if row is not None)
    return [row for row, _ in zip(turns, range(n), strict=False)]
