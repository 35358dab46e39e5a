"""The records that pass between the rooms: plain, frozen, JSON-ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

Mode = Literal["bm25", "dense", "hybrid", "rerank"]
MODES: tuple[Mode, ...] = ("bm25", "dense", "hybrid", "rerank")
Sort = Literal["relevance", "price_asc", "price_desc", "rating", "sales"]
SORTS: tuple[Sort, ...] = ("relevance", "price_asc", "price_desc", "rating", "sales")
Fusion = Literal["rrf", "weighted"]
FUSIONS: tuple[Fusion, ...] = ("rrf", "weighted")
AttributeValue = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """One product of a catalogue.

    `price`, `price_max` and `original_price` are in units of `currency`; `discount` is a percentage; `rating` is on a
    scale of 0-5 and None when nobody rated; `line` is the 1-based line of the block in its file.
    """

    product_id: str
    title: str
    category: str | None = None
    brand: str | None = None
    sku: str | None = None
    url: str | None = None
    price: float | None = None
    price_max: float | None = None
    currency: str | None = None
    original_price: float | None = None
    discount: float | None = None
    rating: float | None = None
    rating_count: int | None = None
    sales: int | None = None
    colors: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    seller: str | None = None
    description: str = ""
    images: tuple[str, ...] = ()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    line: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the product as JSON-ready values, fields in the order above."""
        row = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("colors", "sizes", "images"):
            row[name] = list(row[name])
        row["attributes"] = {k: v if isinstance(v, str) else list(v) for k, v in self.attributes.items()}
        return row


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of one product; `chunk_id` is `<product_id>#<number from 0>`."""

    chunk_id: str
    product_id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something odd in a catalogue file; `line` is 1-based, `product_id` None where it concerns no product."""

    line: int
    code: str
    product_id: str | None
    message: str


@dataclass(frozen=True, slots=True)
class ParseReport:
    """What was read from a file: the products in file order, and everything odd about it."""

    products: tuple[Product, ...]
    problems: tuple[Problem, ...]
    blocks: int
    source: str
    sha256: str
    header: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must satisfy; every stated condition must hold, values within one condition are alternatives.

    Text is compared case-insensitively. A product without a price, rating or rating count fails a bound on it unless
    `include_unpriced` / `include_unrated` lets it pass. `attributes` maps a key (`colors`, `sizes`, `seller`, or any
    key of `Product.attributes`) to accepted values.
    """

    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    min_price: float | None = None
    max_price: float | None = None
    min_rating: float | None = None
    min_rating_count: int | None = None
    include_unpriced: bool = False
    include_unrated: bool = False
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LegScore:
    """Where one leg put a product; `rank` from 1, `score` in the leg's own unit (BM25 points, cosine)."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Degraded:
    """Something asked for that was not available: `what` (encoder, reranker, ...), `why`, and what stood in."""

    what: str
    why: str
    fallback: str


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet and how many hits choosing it gives.

    A price band is chosen as `min_price=low, max_price=high`, a rating as `min_rating=low`; other facets leave both
    None.
    """

    value: str
    count: int
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON-ready values, without bounds that it has not."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Hit:
    """A ranked product and why it stands there.

    `legs` maps leg name (`bm25`, `dense_title`, `dense_chunk`) to its rank and score; `group_size` counts the identical
    listings this hit stands for (1 without collapse). `score` is what orders the hit: the fused score, or the rerank
    score, with its share blended with the fused one. `rules` tells, in words, which of the shop's rules touched it;
    `named` says that the query names it outright.
    """

    rank: int
    product: Product
    score: float
    legs: Mapping[str, LegScore]
    fused_score: float | None
    rerank_score: float | None
    matched_terms: tuple[str, ...]
    snippet: str
    chunk_id: str | None
    group_size: int = 1
    rules: tuple[str, ...] = ()
    named: bool = False

    @property
    def product_id(self) -> str:
        return self.product.product_id

    def to_dict(self) -> dict[str, Any]:
        """Return the hit as JSON-ready values."""
        p = self.product
        return {
            "rank": self.rank,
            "product_id": p.product_id,
            "title": p.title,
            "category": p.category,
            "brand": p.brand,
            "price": p.price,
            "currency": p.currency,
            "rating": p.rating,
            "rating_count": p.rating_count,
            "url": p.url,
            "score": self.score,
            "legs": {name: asdict(leg) for name, leg in self.legs.items()},
            "fused_score": self.fused_score,
            "rerank_score": self.rerank_score,
            "matched_terms": list(self.matched_terms),
            "snippet": self.snippet,
            "chunk_id": self.chunk_id,
            "group_size": self.group_size,
            "rules": list(self.rules),
            "named": self.named,
        }


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one search.

    `mode` is what was asked for and `mode_used` what ran; `total` counts all hits (groups with collapse), of which
    `hits` is page `page` of `page_size`; `facets` maps facet name to its values, most frequent first; `timings_ms` maps
    stage to milliseconds (of a kept result as its stages once ran, but `total` is this call's); `estimated` says that
    an approximate index made total and facets an estimate. `understood` is what was read out of the query, {} where it
    was searched plainly.
    """

    query: str
    mode: Mode
    mode_used: Mode
    degraded: tuple[Degraded, ...]
    total: int
    facets: Mapping[str, tuple[FacetValue, ...]]
    timings_ms: Mapping[str, float]
    hits: tuple[Hit, ...]
    page: int = 1
    page_size: int = 10
    sort: Sort = "relevance"
    fusion: Fusion = "rrf"
    alpha: float | None = None
    collapsed: bool = False
    estimated: bool = False
    from_cache: bool = False
    build: str = ""
    understood: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """Return the number of pages, at least 1."""
        return max(1, -(-self.total // self.page_size))

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON-ready values."""
        return {
            "query": self.query,
            "mode": self.mode,
            "mode_used": self.mode_used,
            "degraded": [asdict(d) for d in self.degraded],
            "total": self.total,
            "page": self.page,
            "page_size": self.page_size,
            "pages": self.pages,
            "sort": self.sort,
            "fusion": self.fusion,
            "alpha": self.alpha,
            "collapsed": self.collapsed,
            "estimated": self.estimated,
            "from_cache": self.from_cache,
            "build": self.build,
            "understood": dict(self.understood),
            "facets": {name: [v.to_dict() for v in values] for name, values in self.facets.items()},
            "timings_ms": dict(self.timings_ms),
            "hits": [hit.to_dict() for hit in self.hits],
        }
