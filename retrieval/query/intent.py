"""What a shopper does with a query - names a thing, or describes one - and how much each leg is trusted then."""

from __future__ import annotations

from collections.abc import Mapping

from retrieval.keyword.tokens import STOPWORDS
from retrieval.query.records import Intent
from retrieval.query.vocabulary import split

# Words of a description rather than of a name.
TELLING = frozenset(
    "something anything thing things which that who whom where when while how what keep keeps keeping make makes "
    "making help helps use used using need needs want wants wear carry put get give is are be to so can could i "
    "me my we our you your it its them they their he she his her someone somebody inside outside during after "
    "before from into about around because if looking".split()
)


# Words that stand in names as well ("pots and pans", "feeder for dogs"), but seldom three of them.
_JOINING = STOPWORDS | {"or", "not", "but", "no", "without"}


def intent_of(rest: str, *, exact: bool = False) -> Intent:
    """Return how a query is meant: `exact` where it names a product outright, else by its words."""
    if exact:
        return "exact"
    words = split(rest)
    telling = sum(word in TELLING for word in words)
    joining = sum(word in _JOINING or word in TELLING for word in words)
    return "descriptive" if telling >= 2 or (telling and len(words) >= 5) or joining >= 3 else "keyword"


RRF_K = 30
"""Of the weighted fusion."""
LEG_WEIGHTS: Mapping[Intent, Mapping[str, float]] = {
    "keyword": {"bm25": 1.0, "ngram": 1.0, "dense_title": 1.0, "dense_chunk": 0.5},
    "exact": {"bm25": 1.0, "ngram": 1.0, "dense_title": 0.5, "dense_chunk": 0.5},
    "descriptive": {"bm25": 1.0, "ngram": 1.0, "dense_title": 2.5, "dense_chunk": 0.75},
}
"""What each leg's reciprocal rank is multiplied by: from the middle of what does well on the development halves.

What weights chosen by cross-validation reach on queries held out stands beside them in reports/understanding.md.
"""
TUNED_LEG_WEIGHTS: Mapping[Intent, Mapping[str, float]] = {
    **LEG_WEIGHTS,
    "descriptive": {"bm25": 1.0, "ngram": 1.0, "dense_title": 5.0, "dense_chunk": 2.5},
}
"""The same where the encoder learned the catalogue's own words: what describes a product it then finds better.

With the packaged encoder these weights lose a little on the development half, with one of the catalogue's own they win.
"""
