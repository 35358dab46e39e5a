"""What a training learns from: pools of what serving finds, negatives mined of them, and the rows that come of both."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from compose import training_inputs as inputs
from retrieval.files import replace_text
from training import runs
from training.material import Material
from training.options import TrainingOptions
from training.records import Candidate, Example, LearningQuery, Pool, Triplet
from training.runs import Work

if TYPE_CHECKING:
    from retrieval.loading import LoadedBuild
    from retrieval.models import ModelSource
    from retrieval.outcome import Request
    from retrieval.protocols import Encoder, Progress
    from retrieval.query.synonyms import Synonyms
    from retrieval.records import Mode, Product
    from retrieval.settings import Settings
    from training.dense_dev import DenseDev
    from training.pools import MiningPool

TRIPLETS, EXAMPLES = "triplets.jsonl", "examples.jsonl"
NEGATIVES_KEPT = 500
"""Mined negatives that are kept for a reader."""


@dataclass(frozen=True)
class _Mined:
    """Pools and what was mined of them, by query id."""

    pools: list[MiningPool]
    negatives: dict[str, tuple[Candidate, ...]]


class Learnt:
    """Makes the rows of one training, and keeps them with their card in the training's folder."""

    def __init__(
        self,
        settings: Settings,
        options: TrainingOptions,
        models: ModelSource,
        synonyms: Synonyms,
        material: Material,
        work: Work,
    ) -> None:
        self._settings = settings
        self._options = options
        self._sizes = inputs.sizes_here(options)
        self._models = models
        self._synonyms = synonyms
        self._material = material
        self._work = work

    def triplets(self, build: LoadedBuild, progress: Progress) -> Mapping[str, Any]:
        """Write what the embedder learns from: queries with mined negatives, and views of products; return counts."""
        from training.dataset_card import write_rows
        from training.examples import mixed, triplets

        mined = self._mined(build, progress, progress)
        asked = triplets(mined.pools, mined.negatives, seed=self._options.seed)
        kept = mixed(asked, self._material.views, self._sizes.triplets, self._options.seed)
        write_rows(self._work.data(TRIPLETS), kept)
        self._describe(mined, [], kept)
        return {"triplets": len(kept), "with_negatives": sum(bool(row.negatives) for row in kept)}

    def read_triplets(self) -> list[Triplet]:
        """Return what `triplets` wrote; raise DataError where it cannot be read."""
        from training.dataset_card import read_triplets

        return read_triplets(self._work.data(TRIPLETS))

    def dense_dev(self, build: LoadedBuild) -> DenseDev | None:
        """Return the dev queries with texts of the catalogue, as vectors are made of them; None without queries."""
        from retrieval.passages import passage_text, title_text
        from training.dense_dev import DenseDev, sampled

        if not self._material.dev:
            return None
        texts = [(product.product_id, title_text(product.title)) for product in build.store.all_products()]
        texts += [(chunk.product_id, passage_text(chunk)) for chunk in build.store.all_chunks()]
        return sampled(DenseDev(self._material.dev, tuple(texts)), seed=self._options.seed)

    def dev_pools(self, build: LoadedBuild, progress: Progress) -> list[Pool]:
        """Return what serving finds for the dev queries; nothing is put in that it does not find."""
        from training.pools import pools

        request = self._request(build)
        return pools(
            build, self._models, self._settings, self._material.dev, self._sizes.depth, progress, request=request
        )

    def examples(self, build: LoadedBuild, looking: Progress, mining: Progress, model: Any = None) -> Mapping[str, Any]:
        """Write what the cross-encoder learns from, its card and negatives to read; return counts.

        `model` is a CrossEncoder by whose scores the negatives are chosen, where there is one already.
        """
        from training.dataset_card import write_rows
        from training.examples import reranker_examples
        from training.negatives import sample_negatives

        mined = self._mined(build, looking, mining, model)
        rows = reranker_examples(mined.pools, mined.negatives, rows=self._sizes.rows, seed=self._options.seed)
        write_rows(self._work.data(EXAMPLES), rows)
        shown = sample_negatives(mined.pools, mined.negatives, NEGATIVES_KEPT, self._options.seed)
        replace_text(self._work.data(runs.NEGATIVES), "".join(json.dumps(asdict(row)) + "\n" for row in shown))
        before = self.read_triplets() if self._work.outcome("triplets") is not None else []
        self._describe(mined, rows, before)
        return {"examples": len(rows), "rows": sum(len(row.passages) for row in rows)}

    def read_examples(self) -> list[Example]:
        """Return what `examples` wrote; raise DataError where it cannot be read."""
        from training.dataset_card import read_examples

        return read_examples(self._work.data(EXAMPLES))

    def _describe(self, mined: _Mined, examples: Sequence[Example], triplets: Sequence[Triplet]) -> None:
        from training.dataset_card import card, write_card

        content = card(
            mined.pools,
            mined.negatives,
            examples,
            triplets,
            mining=inputs.mining_settings(self._options),
            dev_queries=len(self._material.dev),
        )
        write_card(self._work.folder / runs.DATASET, content)

    def _request(self, build: LoadedBuild) -> Request:
        """Return how serving asks its first stage, with the shop's synonyms; by words alone without vectors."""
        from retrieval.outcome import Request
        from retrieval.shelf import Shelf

        mode: Mode = "bm25" if build.manifest.keyword_only else "hybrid"
        return Request("", mode, understand=True, shelf=Shelf(self._synonyms, date.today()))

    def _mined(self, build: LoadedBuild, looking: Progress, mining: Progress, model: Any = None) -> _Mined:
        """Look up what is found for the queries to learn from, and mine negatives of it."""
        from training.queries import draw, loaded

        own = self._mined_of(
            build, self._models, self._material.train, build.store.all_products(), looking, mining, model
        )
        dataset = inputs.loaded_set(self._options)
        if dataset is None:
            return own
        # Queries of another catalogue are asked of that catalogue; it is indexed in memory by the same encoder.
        from retrieval.loading import memory_build
        from retrieval.models import ReadyModels

        record = build.manifest.encoder
        encoder: Encoder | None = None if record is None else self._models.encoder(record.source)
        other = memory_build(dataset.products, settings=self._settings, encoder=encoder)
        drawn = draw(loaded(dataset), self._sizes.train_queries, self._options.seed)
        asked = [replace(query, query_id=f"{dataset.name}/{query.query_id}") for query in drawn]
        more = self._mined_of(other, ReadyModels(encoder, None), asked, dataset.products, looking, mining, model)
        return _Mined(own.pools + more.pools, {**own.negatives, **more.negatives})

    def _mined_of(
        self,
        build: LoadedBuild,
        models: ModelSource,
        queries: Sequence[LearningQuery],
        products: Sequence[Product],
        looking: Progress,
        mining: Progress,
        model: Any,
    ) -> _Mined:
        from training.negatives import mine_all
        from training.pools import mining_pools

        found = mining_pools(
            build,
            models,
            self._settings,
            queries,
            self._sizes.depth,
            looking,
            request=self._request(build),
            leg_depth=self._sizes.depth,
        )
        scores = None if model is None else self._scores(model, found)
        chosen = inputs.mining_settings(self._options)
        negatives = mine_all(found, products, chosen, scores=scores, seed=self._options.seed, progress=mining)
        return _Mined(found, negatives)

    def _scores(self, model: Any, pools: Sequence[MiningPool]) -> dict[str, dict[str, float]]:
        """Return the cross-encoder's scores of whole pools, of as many of them as hold the training's rows.

        The queries that are left out are mined by cosines again: scoring them all would take longer than training.
        """
        from training.reranker import score_pools

        left, scored = self._sizes.rows, []
        for pool in pools:
            everything = {each.product_id: each for each in (*pool.found(), *pool.known)}
            left -= len(everything)
            if left < 0:
                break
            scored.append(Pool(pool.query, pool.pool.text, tuple(everything.values())))
        if not scored:
            return {}
        return {
            pool.query.query_id: {
                each.product_id: float(score) for each, score in zip(pool.candidates, scores, strict=True)
            }
            for pool, scores in zip(scored, score_pools(model, scored), strict=True)
        }
