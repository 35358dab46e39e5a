"""Answers whose course a test sets: what an answerer would say, and when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from answering.records import (
    Answer,
    Card,
    Checked,
    Citation,
    Claim,
    Done,
    Event,
    Evidence,
    Found,
    Question,
    Summary,
    Writing,
)
from retrieval.records import Product

PATIENCE_S = 20.0


def evidence(products: Sequence[Product], text: str = "a lamp?", **more: Any) -> Evidence:
    """Return evidence with a card a product."""
    cards = tuple(Card(n, product) for n, product in enumerate(products, 1))
    return Evidence(Question(text, text), cards, matching=len(cards), **more)


def checked(text: str, products: Sequence[Product], *unsupported: str) -> Checked:
    """Return a text that cites the products in their order, with these claims of it unsupported."""
    claims = tuple(
        Claim(part, text.index(part), text.index(part) + len(part), (1,), False, True, "it says otherwise")
        for part in unsupported
    )
    return Checked(text, claims, tuple(Citation(n, p.product_id, p.title) for n, p in enumerate(products, 1)))


class Scripted:
    """Says a text word by word, each word once a test lets it; stops when it is asked to."""

    def __init__(self, products: Sequence[Product], words: str) -> None:
        self.products = products
        self.words = words.split()
        self.go = threading.Semaphore(0)
        self.closed = threading.Event()
        self.asked: list[dict[str, Any]] = []

    def stream(self, text: str, *, stopped: Callable[[], bool], **asked: Any) -> Iterator[Event]:
        self.asked.append({"text": text, **asked})
        found = evidence(self.products, text)
        yield Found(found)
        yield Summary(checked("In short [1].", self.products))
        said = ""
        for word in self.words:
            while not self.go.acquire(timeout=0.02):
                if stopped():
                    break
            if stopped():
                break
            said = f"{said} {word}".strip()
            yield Writing("slm", "scripted", checked(said, self.products))
        ending = "cancelled" if stopped() else "stop"
        self.closed.set()
        yield Done(Answer(found, checked(said, self.products), "slm", "auto", "scripted", ending=ending))
