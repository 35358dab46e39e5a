"""The measures written once more, slowly, from their definitions: what the product's must equal."""

from __future__ import annotations

from math import log2


def measured(name: str, ids: list[str], grades: dict[str, int], relevant: int) -> float:
    """Return the value of one query: `ids` as ranked, `grades` by product id."""
    kind, _, cut = name.partition("@")
    k = int(cut or 0)
    good = {product_id for product_id, grade in grades.items() if grade >= relevant}
    hits = [product_id in good for product_id in ids]
    if kind == "nDCG":
        gained = sum(grades.get(product_id, 0) / log2(rank + 1) for rank, product_id in enumerate(ids[:k], 1))
        ideal = sum(grade / log2(rank + 1) for rank, grade in enumerate(sorted(grades.values())[::-1][:k], 1))
        return gained / ideal if ideal else 0.0
    if kind == "MRR":
        return next((1 / rank for rank, hit in enumerate(hits[:k], 1) if hit), 0.0)
    if kind == "MAP":
        at_hits = [sum(hits[:rank]) / rank for rank, hit in enumerate(hits[:k], 1) if hit]
        return sum(at_hits) / len(good) if good else 0.0
    if kind == "Recall":
        return len(good.intersection(ids[:k])) / len(good) if good else 0.0
    if kind == "Precision":
        return len(good.intersection(ids[:k])) / k
    if kind == "F1":
        # 2tp / (2tp + fp + fn), where the empty places up to k count as wrong ones.
        return 2 * sum(hits[:k]) / (k + len(good))
    if kind == "Hit rate":
        return float(any(hits[:k]))
    if kind == "R-precision":
        return sum(hits[: len(good)]) / len(good) if good else 0.0
    if kind == "Judged":
        return sum(product_id in grades for product_id in ids[:k]) / min(k, len(ids)) if ids else 0.0
    raise ValueError(name)
