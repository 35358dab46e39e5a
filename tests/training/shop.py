"""A small shop with vectors, and pools made by hand, for tests of what models learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from retrieval.records import Product
from training.pools import MiningPool
from training.records import Candidate, LearningQuery, Pool, Source

NOUNS = ("kettle", "lamp", "saree", "laptop")
ADJECTIVES = ("steel", "oak", "red", "tall", "x200", "linen", "copper", "garden")


def candidate(name: str, title: str = "", **ranks: int) -> Candidate:
    """Return a candidate whose passage is its title (its id where none is given), with its ranks by leg."""
    return Candidate(name, title or name, 1.0 / (1 + min(ranks.values(), default=1)), ranks)


def query(
    grades: Mapping[str, int], text: str = "oak lamp", source: Source = "silver", name: str = "q"
) -> LearningQuery:
    """Return a query to learn from."""
    return LearningQuery(name, text, grades, source)


def pool_of(
    asked: LearningQuery,
    head: Sequence[Candidate],
    more: Sequence[Candidate] = (),
    known: Sequence[Candidate] | None = None,
    cosines: Mapping[str, float] | None = None,
) -> MiningPool:
    """Return a pool; what is known of it is what of the head and the others has a grade, where nothing else is said."""
    found = {c.product_id: c for c in (*head, *more)}
    if known is None:
        known = [found[name] for name in sorted(found) if name in asked.grades]
    return MiningPool(Pool(asked, asked.text, tuple(head)), tuple(more), tuple(known), asked.text, dict(cosines or {}))


@st.composite
def shops(draw: st.DrawFn) -> tuple[list[Product], list[MiningPool]]:
    """Return products of few words, so that twins and near-twins meet, and pools of them with drawn ranks and scores.

    Grades, cosines, ranks and texts have nothing to do with each other: a guard cannot lean on another one's work.
    """
    words = st.sampled_from((*ADJECTIVES, *NOUNS, "Oak", "LAMP", "-", "(new)"))
    titles = draw(st.lists(st.lists(words, min_size=1, max_size=7).map(" ".join), min_size=4, max_size=14))
    titles += [titles[place] + draw(st.sampled_from(["", "!", " oak"])) for place in range(draw(st.integers(0, 3)))]
    bodies = st.lists(st.sampled_from((*ADJECTIVES, "it", "is", "made", "of")), max_size=14).map(" ".join)
    products = [Product(f"p{n}", title, description=draw(bodies)) for n, title in enumerate(titles)]
    pools = []
    for number in range(draw(st.integers(1, 3))):
        order = draw(st.permutations(range(len(products))))
        cut = draw(st.integers(0, len(products)))
        ranks = draw(st.permutations(range(1, len(products) + 1)))
        named = {
            place: candidate(f"p{place}", titles[place], bm25=ranks[at], dense_title=at + 1, dense_chunk=at + 2)
            for at, place in enumerate(order)
        }
        graded = draw(st.lists(st.sampled_from(range(len(products))), min_size=1, max_size=4, unique=True))
        grades = {f"p{place}": draw(st.integers(0, 3)) for place in graded}
        source: Source = draw(st.sampled_from(["silver", "judged"]))
        text = draw(st.lists(st.sampled_from((*ADJECTIVES, *NOUNS)), min_size=1, max_size=5).map(" ".join))
        asked = query(grades, text, source, f"q{number}")
        cosines = {f"p{place}": draw(st.integers(-20, 100)) / 100 for place in range(len(products))}
        head, more = [named[place] for place in order[:cut]], [named[place] for place in order[cut:]]
        pools.append(pool_of(asked, head, more, cosines=cosines))
    return products, pools
