"""Cut a product's text into passages that an encoder can read whole."""

from __future__ import annotations

import re
from collections.abc import Callable

from retrieval.records import Chunk, Product
from retrieval.text import clean_text

_SENTENCE_END = re.compile(r"[.!?।॥…]['\"”’)\]]*$")


def body_text(product: Product) -> str:
    """Return what is indexed of a product besides its fields: its clean description, then `Key: value` lines."""
    lines = [clean_text(product.description)]
    for key, value in product.attributes.items():
        said = clean_text(value if isinstance(value, str) else ", ".join(value))
        if said:
            lines.append(clean_text(f"{key}: ") + " " + said)
    return "\n".join(line for line in lines if line)


def chunk_product(
    product: Product,
    *,
    max_words: int = 160,
    min_words: int = 40,
    fits: Callable[[str], bool] | None = None,
) -> list[Chunk]:
    """Return the product's passages in order; together their words are those of `body_text`, none lost or doubled.

    A passage has at most `max_words` words, and at least `min_words` where the text and the window allow; it ends at a
    sentence's end where that makes no passage more. `fits(f"{title}\\n{text}")` says whether the window holds a
    passage; it wins over `min_words`, and a word that does not fit even alone is a passage. It must hold for every
    beginning of a text for which it holds. A product without text has one passage with the text "".
    Raises ValueError when `max_words` or `min_words` is below 1.
    """
    if max_words < 1 or min_words < 1:
        raise ValueError(f"max_words={max_words}, min_words={min_words}: both must be 1 or more")
    words: list[str] = []
    ends: list[bool] = []
    for line in body_text(product).split("\n"):
        found = line.split()
        if found:
            words += found
            ends += [_SENTENCE_END.search(word) is not None for word in found]
            ends[-1] = True
    cutter = _Cutter(words, ends, max_words, min(min_words, max_words), product.title, fits)
    spans = cutter.spans() if words else [(0, 0)]
    return [
        Chunk(f"{product.product_id}#{n}", product.product_id, product.title, " ".join(words[start:end]))
        for n, (start, end) in enumerate(spans)
    ]


class _Cutter:
    """Finds where to cut one text; remembers how many words the window held last."""

    def __init__(
        self,
        words: list[str],
        ends: list[bool],
        most: int,
        least: int,
        title: str,
        fits: Callable[[str], bool] | None,
    ) -> None:
        self._words, self._ends = words, ends
        self._most, self._least = most, least
        self._title, self._fits = title, fits

    def _holds(self, start: int, end: int) -> bool:
        return self._fits is None or self._fits(f"{self._title}\n{' '.join(self._words[start:end])}")

    def spans(self) -> list[tuple[int, int]]:
        """Return the passages as (start, end) word positions that follow on each other."""
        total = len(self._words)
        spans: list[tuple[int, int]] = []
        start, cap = 0, self._most
        while start < total:
            end = self._planned_end(start, cap)
            if not self._holds(start, end):
                if not spans and not self._holds(0, 0):
                    # The title alone is more than the window, so no cut can make a passage fit.
                    return [(n, n + 1) for n in range(total)]
                room = self._longest(start, end) - start
                end = self._planned_end(start, room)
                cap = max(room, self._least)
            spans.append((start, end))
            start = end
        return self._with_tail_joined(spans)

    def _planned_end(self, start: int, cap: int) -> int:
        """Return an end that leaves the fewest passages of at most `cap` words, the last one long where it can be."""
        rest = len(self._words) - start
        if rest <= cap:
            return len(self._words)
        more = -(-rest // cap) - 1
        low = max(start + self._least, len(self._words) - more * cap)
        high = min(start + cap, len(self._words) - more * self._least)
        if low > high:
            return min(low, start + cap)
        return self._sentence_end(low, high)

    def _sentence_end(self, low: int, high: int) -> int:
        return next((end for end in range(high, low - 1, -1) if self._ends[end - 1]), high)

    def _longest(self, start: int, too_long: int) -> int:
        """Return the last end at which the window still holds the passage, by bisection; one word at least."""
        good, bad = start + 1, too_long
        while bad - good > 1:
            middle = (good + bad) // 2
            if self._holds(start, middle):
                good = middle
            else:
                bad = middle
        return good

    def _with_tail_joined(self, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Join a last passage below the least to the one before, or take words from that where both do not fit."""
        if len(spans) < 2 or spans[-1][1] - spans[-1][0] >= self._least:
            return spans
        start, end = spans[-2][0], spans[-1][1]
        if end - start <= self._most and self._holds(start, end):
            return [*spans[:-2], (start, end)]
        new = end - self._least
        if new - start >= self._least and self._holds(new, end):
            return [*spans[:-2], (start, new), (new, end)]
        return spans
