"""Batches of triplets in which nothing stands as a wrong answer that is a right one.

A loss with in-batch negatives takes every other text of a batch for wrong (Henderson et al., Efficient Natural Language
Response Suggestion for Smart Reply, arXiv:1705.00652, section 4.4). So no two rows of a batch may have the same anchor,
and no row may hold a text that is known to be right for another row's anchor, whichever row that was said in.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from training.records import Triplet

GROWTH = 1.05
"""By how much more batches are tried where the rows do not fit."""
TOGETHER = 8
"""Rows of one group that are dealt to a batch together: enough to be hard for each other, few enough for variety."""
LENGTHS = (24, 64)
"""Words up to which a text counts as short, and as of middle length: about a title, and a few sentences."""


@dataclass(frozen=True, slots=True)
class Row:
    """A triplet as numbers of texts: its anchor, its documents, and the texts that must not stand beside it.

    `shape` is the number of its negatives and whether its longest document is short, of middle length or long. A batch
    holds rows of one shape: it has no gaps and little padding, and length does not give the right document away.
    """

    anchor: int
    documents: frozenset[int]
    barred: frozenset[int]
    shape: tuple[int, int]


@dataclass(slots=True)
class _Batch:
    rows: list[int] = field(default_factory=list)
    anchors: set[int] = field(default_factory=set)
    documents: set[int] = field(default_factory=set)
    barred: set[int] = field(default_factory=set)

    def takes(self, row: Row) -> bool:
        return (
            row.anchor not in self.anchors
            and self.barred.isdisjoint(row.documents)
            and self.documents.isdisjoint(row.barred)
        )

    def add(self, number: int, row: Row) -> None:
        self.rows.append(number)
        self.anchors.add(row.anchor)
        self.documents |= row.documents
        self.barred |= row.barred


def key(text: str) -> str:
    """Return what two texts share that differ in case and white space alone."""
    return " ".join(text.casefold().split())


def rows_of(triplets: Sequence[Triplet]) -> list[Row]:
    """Return a row a triplet, in their order.

    Barred beside an anchor are the anchor's own text and every positive that any triplet names for it.
    """
    numbers: dict[str, int] = {}

    def number(text: str) -> int:
        return numbers.setdefault(key(text), len(numbers))

    right: dict[int, set[int]] = {}
    for triplet in triplets:
        anchor = number(triplet.anchor)
        right.setdefault(anchor, {anchor}).add(number(triplet.positive))
    barred = {anchor: frozenset(texts) for anchor, texts in right.items()}
    return [
        Row(
            anchor=number(triplet.anchor),
            documents=frozenset(number(text) for text in (triplet.positive, *triplet.negatives)),
            barred=barred[number(triplet.anchor)],
            shape=(len(triplet.negatives), max(map(_length, (triplet.positive, *triplet.negatives)))),
        )
        for triplet in triplets
    ]


def _length(text: str) -> int:
    return bisect_left(LENGTHS, len(text.split()))


def deal(rows: Mapping[int, Row], order: Sequence[int], batches: int, size: int) -> list[list[int]] | None:
    """Deal the numbers of `order` out to this many batches of at most `size`, None where one of them fits nowhere.

    Each row goes to the next batch in turn that has room and takes it, so that batches come out about equally long, and
    none empty where there are rows enough.
    """
    dealt = [_Batch() for _ in range(batches)]
    turn = 0
    for number in order:
        for step in range(batches):
            batch = dealt[(turn + step) % batches]
            if len(batch.rows) < size and batch.takes(rows[number]):
                batch.add(number, rows[number])
                turn += step + 1
                break
        else:
            return None
    return [batch.rows for batch in dealt]


def beside_each_other(order: Sequence[int], groups: Sequence[str], batches: int) -> list[int]:
    """Return an order in which `deal` puts rows of one group into a batch, `TOGETHER` of them where there are so many.

    `groups` names each row's; rows without one stay each by itself.
    """
    by_group: dict[str, list[int]] = {}
    for number in order:
        by_group.setdefault(groups[number] or f"\x1f{number}", []).append(number)
    blocks = [rows[start : start + TOGETHER] for rows in by_group.values() for start in range(0, len(rows), TOGETHER)]
    place = {number: rank for rank, number in enumerate(order)}
    # In the order of their first rows, which is by lot, and not by the size of their group.
    blocks.sort(key=lambda block: place[block[0]])
    in_blocks = [number for block in blocks for number in block]
    # Deal gives the next row to the next batch: one batch's rows are those that stand `batches` apart.
    height = -(-len(in_blocks) // batches)
    columns = [in_blocks[start : start + height] for start in range(0, len(in_blocks), height)]
    return [column[row] for row in range(height) for column in columns if row < len(column)]


class DistinctBatches:
    """The batches of each epoch: every row once an epoch, as many batches in each epoch, drawn anew by the seed.

    A batch sampler of PyTorch by its shape: iterated over for an epoch's batches after `set_epoch`.
    """

    drop_last = False

    def __init__(self, triplets: Sequence[Triplet], size: int, epochs: int, seed: int) -> None:
        """Deal out all epochs; `size` is the most rows a batch, from 1."""
        self.batch_size = size
        self.epoch = 0
        rows = rows_of(triplets)
        groups = [triplet.group for triplet in triplets]
        generators = [np.random.default_rng([seed, epoch]) for epoch in range(epochs)]
        epochs_batches: list[list[list[int]]] = [[] for _ in range(epochs)]
        for shape in sorted({row.shape for row in rows}):
            own = {number: row for number, row in enumerate(rows) if row.shape == shape}
            numbers = np.array(list(own))
            orders = [[int(number) for number in generator.permutation(numbers)] for generator in generators]
            for epoch, batches in enumerate(_deal_all(own, orders, size, groups)):
                epochs_batches[epoch].extend(batches)
        self._epochs = [
            [batches[int(place)] for place in generator.permutation(len(batches))]
            for generator, batches in zip(generators, epochs_batches, strict=True)
        ]

    def set_epoch(self, epoch: int) -> None:
        """Take the batches of this epoch, counted from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self._epochs[0])

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._epochs[self.epoch])


def _deal_all(
    rows: Mapping[int, Row], orders: Sequence[Sequence[int]], size: int, groups: Sequence[str]
) -> list[list[list[int]]]:
    """Return the batches of every order, equally many in each: the fewest of those tried for which all rows fit."""
    count = -(-len(rows) // size)
    while True:
        dealt = [deal(rows, beside_each_other(order, groups, count), count, size) for order in orders]
        whole = [batches for batches in dealt if batches is not None]
        if len(whole) == len(orders):
            return whole
        # One batch a row always fits.
        count = min(len(rows), max(count + 1, int(count * GROWTH)))
