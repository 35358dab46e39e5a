"""What a query names outright: products by their whole title, their SKU or their model number."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexDamaged
from retrieval.keyword.fields import title_text
from retrieval.keyword.tokens import STOPWORDS
from retrieval.query.line import Line
from retrieval.query.model_numbers import Candidate, code_candidates, codes_of, models_of
from retrieval.query.prices import find_prices
from retrieval.query.records import Part
from retrieval.query.units import measures, unit_follows
from retrieval.query.vocabulary import WORD
from retrieval.records import Product
from retrieval.text import fold

NameKind = Literal["title", "sku", "code"]
# Titles within a query are found by how they begin, those that are shorter by all of them.
_HEAD = 12
_SHORTEST_TITLE = 6
# An SKU or model number that more products share does not say which one is meant; of the catalogue, one in _SHARE.
_MOST = 20
_SHARE = 200
_SMALL = 3
_MOST_CHUNKS = 6
_ARRAYS = {"keys": "uint64", "ends": "int64", "values": "int32", "sku_lengths": "int32"}
_CHUNK = re.compile(r"[^\s,;:()\[\]{}\"=|]+")


@dataclass(frozen=True, slots=True)
class Named:
    """Products that a query names from `start` to `end` of the text as given; `positions` in rising order."""

    start: int
    end: int
    kind: NameKind
    positions: tuple[int, ...]


class Names:
    """Titles, SKUs and model numbers of a catalogue, found by hash.

    `keys` uint64, rising: hashes of a kind and a name; `ends` int64: where the values of each end; `values` int32: the
    positions of its products in rising order, or the lengths of the titles that begin so; `sku_lengths` int32.
    """

    def __init__(
        self,
        keys: NDArray[np.uint64],
        ends: NDArray[np.int64],
        values: NDArray[np.int32],
        sku_lengths: NDArray[np.int32],
    ) -> None:
        self.keys = keys
        self.ends = ends
        self.values = values
        self.sku_lengths = sku_lengths
        self._sku_lengths = frozenset(sku_lengths.tolist())

    @classmethod
    def from_products(cls, products: Iterable[Product]) -> Names:
        """Collect the names of products; their positions count from 0 in the order given."""
        titles, heads, skus, codes = _Pairs(), _Pairs(), _Pairs(), _Pairs()
        sku_lengths: set[int] = set()
        count = 0
        for position, product in enumerate(products):
            count += 1
            title = title_text(product)
            for text in {title, product.title}:
                joined = _join(WORD.findall(fold(text)))[0]
                if joined:
                    titles.add(f"title:{joined}", position)
                if len(joined) >= _SHORTEST_TITLE and _stands_out(text):
                    heads.add(f"head:{joined[:_HEAD]}", len(joined))
            sku = "".join(WORD.findall(fold(product.sku or "")))
            if _is_sku(sku):
                skus.add(f"sku:{sku}", position)
                sku_lengths.add(len(sku))
            for code in {*codes_of(fold(title)), *models_of(product)}:
                codes.add(f"code:{code}", position)
        few = max(_SMALL, min(_MOST, count // _SHARE))
        tables = (titles.table(), heads.table(), skus.table(_MOST), codes.table(few))
        keys = np.concatenate([table[0] for table in tables])
        counts = np.concatenate([table[1] for table in tables])
        values = np.concatenate([table[2] for table in tables])
        order = np.argsort(keys)
        begins, counts = (np.cumsum(counts) - counts)[order], counts[order]
        ends = np.cumsum(counts)
        moved = np.arange(len(values)) + np.repeat(begins - (ends - counts), counts)
        return cls(keys[order], ends, values[moved], np.array(sorted(sku_lengths), dtype=np.int32))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything as arrays for `numpy.savez`."""
        return {name: getattr(self, name) for name in _ARRAYS}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Names:
        """Read what `to_arrays` gave; raise IndexDamaged naming what is missing or does not fit."""
        missing = [name for name in _ARRAYS if name not in arrays]
        if missing:
            raise IndexDamaged(f"the names have no {', '.join(missing)}. Build the index again.")
        odd = [
            f"{name} of {arrays[name].ndim} dimensions and {arrays[name].dtype} instead of 1 and {dtype}"
            for name, dtype in _ARRAYS.items()
            if arrays[name].ndim != 1 or arrays[name].dtype != dtype
        ]
        if odd:
            raise IndexDamaged(f"the names have {', '.join(odd)}. Build the index again.")
        keys, ends, values = arrays["keys"], arrays["ends"], arrays["values"]
        if len(keys) != len(ends) or (int(ends[-1]) if len(ends) else 0) != len(values):
            raise IndexDamaged(
                f"the names have {len(keys)} keys, {len(ends)} ends and {len(values)} values, which do not fit. "
                "Build the index again."
            )
        if (keys[1:] <= keys[:-1]).any() or (np.diff(ends, prepend=0) < 1).any() or (values < 0).any():
            raise IndexDamaged("the names have keys, ends or values out of order. Build the index again.")
        return cls(keys, ends, values, arrays["sku_lengths"])

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, text: str) -> tuple[Named, ...]:
        """Return what the text names, the surest first: its whole title alone, or SKUs, titles in it, model numbers.

        Of several model numbers, products that hold more of them come first, and each is told once, with the span from
        the first to the last that it holds.
        """
        line = Line.of(text)
        words = [(match.start(), match.end(), _folded(match[0])) for match in WORD.finditer(line.folded)]
        if not words:
            return ()
        joined, starts = _join([word for *_, word in words])
        whole = f"title:{joined}"
        heads = _heads(joined, starts, [len(word) for *_, word in words])
        skus = list(_sku_candidates(line.folded, self._sku_lengths))
        codes = list(code_candidates(line.folded))
        asked = [*heads, *(key for candidate in (*skus, *codes) for key in candidate.keys)]
        found = self._look([whole, *asked])
        if whole in found:
            return (_named("title", line, words[0][0], words[-1][1], found[whole]),)
        if not found:
            return ()
        by_sku = _names_of("sku", line, skus, found)
        by_title = self._titles(line, joined, starts, words, heads, found)
        taken = [*by_sku, *by_title]
        by_code = [name for name in _names_of("code", line, codes, found) if not _overlaps(name, taken)]
        return (*by_sku, *by_title, *_by_number_held(by_code))

    def _look(self, names: Sequence[str]) -> dict[str, list[int]]:
        """Return the values of those names that are kept."""
        hashes = np.frombuffer(b"".join(map(_digest, names)), dtype="<u8")
        places = np.searchsorted(self.keys, hashes)
        inside = places < len(self.keys)
        hit = inside.copy()
        hit[inside] = self.keys[places[inside]] == hashes[inside]
        found: dict[str, list[int]] = {}
        for at in np.flatnonzero(hit).tolist():
            place = int(places[at])
            begin = int(self.ends[place - 1]) if place else 0
            found[names[at]] = self.values[begin : int(self.ends[place])].tolist()
        return found

    def _titles(
        self,
        line: Line,
        joined: str,
        starts: Sequence[int],
        words: Sequence[tuple[int, int, str]],
        heads: Mapping[str, Sequence[int]],
        found: Mapping[str, Sequence[int]],
    ) -> list[Named]:
        """Return the titles that stand within the text, the longest from the left."""
        last = {start + len(word): number for number, (start, (*_, word)) in enumerate(zip(starts, words, strict=True))}
        spans = sorted(
            (number, -length)
            for head, numbers in heads.items()
            for length in found.get(head, ())
            for number in numbers
            if starts[number] + length in last
        )
        texts = [f"title:{joined[starts[number] : starts[number] - minus]}" for number, minus in spans]
        titles = self._look(texts) if texts else {}
        named: list[Named] = []
        free = 0
        for (number, minus), title in zip(spans, texts, strict=True):
            if number >= free and title in titles:
                until = last[starts[number] - minus]
                named.append(_named("title", line, words[number][0], words[until][1], titles[title]))
                free = until + 1
        return named


class _Pairs:
    """Names and the values that they stand for, as they are collected."""

    def __init__(self) -> None:
        self._digests = bytearray()
        self._values = array("i")

    def add(self, name: str, value: int) -> None:
        self._digests += _digest(name)
        self._values.append(value)

    def table(self, most: int | None = None) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int32]]:
        """Return keys, how many values each has, and these in rising order; without keys of more than `most`."""
        keys = np.frombuffer(self._digests, dtype="<u8").astype(np.uint64)
        values = np.array(self._values, dtype=np.int32)
        order = np.lexsort((values, keys))
        keys, values = keys[order], values[order]
        new = np.ones(len(keys), dtype=np.bool_)
        new[1:] = (keys[1:] != keys[:-1]) | (values[1:] != values[:-1])
        kept, counts = np.unique(keys[new], return_counts=True)
        few = counts <= (len(keys) if most is None else most)
        return kept[few], counts[few], values[new][np.repeat(few, counts)]


def _digest(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _folded(word: str) -> str:
    # A line is folded letter by letter, which leaves accents that were typed apart from their letter.
    return word if word.isascii() else fold(word)


def _join(words: Sequence[str]) -> tuple[str, list[int]]:
    """Return words as one, so that "t-shirt" is "tshirt", and where each starts; figures stay apart."""
    joined, starts = "", []
    for word in words:
        if joined[-1:].isdigit() and word[0].isdigit():
            joined += " "
        starts.append(len(joined))
        joined += word
    return joined, starts


def _stands_out(title: str) -> bool:
    """Tell whether a title has three words or more, two of them more than filler: no function words, no figures."""
    chunks = [chunk for chunk in fold(title).split() if WORD.search(chunk)]
    words = [word for word in WORD.findall(fold(title)) if len(word) > 1]
    telling = [word for word in words if word not in STOPWORDS and not word.isdigit()]
    return max(len(chunks), len(words)) >= 3 and len(telling) >= 2


def _heads(joined: str, starts: Sequence[int], lengths: Sequence[int]) -> dict[str, list[int]]:
    """Return how titles may begin in the text, and the numbers of the words that each starts with."""
    heads: dict[str, list[int]] = {}
    for number, start in enumerate(starts):
        if len(joined) - start >= _HEAD:
            heads.setdefault(f"head:{joined[start : start + _HEAD]}", []).append(number)
        for last in range(number + 1, min(number + _HEAD, len(starts))):
            length = starts[last] + lengths[last] - start
            if length >= _HEAD:
                break
            if length >= _SHORTEST_TITLE:
                heads.setdefault(f"head:{joined[start : start + length]}", []).append(number)
    return heads


def _is_sku(sku: str) -> bool:
    if len(sku) < 4 or not any(letter.isdigit() for letter in sku) or (sku.isdigit() and len(sku) < 5):
        return False
    return not any(measure.end - measure.start == len(sku) for measure in measures(sku))


def _sku_candidates(folded: str, lengths: frozenset[int]) -> Iterator[Candidate]:
    """Yield what may be an SKU of one of these lengths: chunks of text, from the left, the longest first."""
    if not lengths:
        return
    bare, chunks = "", []
    for match in _CHUNK.finditer(folded):
        words = list(WORD.finditer(match[0]))
        if words:
            chunks.append((match.start() + words[0].start(), match.start() + words[-1].end(), len(bare)))
            bare += "".join(_folded(word[0]) for word in words)
    ends = [*(begin for *_, begin in chunks[1:]), len(bare)]
    for first, (start, _, begin) in enumerate(chunks):
        for last in range(min(first + _MOST_CHUNKS, len(chunks)) - 1, first - 1, -1):
            if ends[last] - begin in lengths:
                sku = bare[begin : ends[last]]
                if first == last or (first == 0 and last == len(chunks) - 1) or _is_telling(sku):
                    yield Candidate(start, chunks[last][1], (f"sku:{sku}",))


def _is_telling(sku: str) -> bool:
    # "red 42" is hardly the SKU RED-42, nor "12 345" a number that was typed apart.
    figures = sum(letter.isdigit() for letter in sku)
    return len(sku) >= 7 and figures >= 3 and (figures < len(sku) or figures >= 8)


def _names_of(
    kind: NameKind, line: Line, candidates: Sequence[Candidate], found: Mapping[str, Sequence[int]]
) -> list[Named]:
    """Return the candidates that are kept, each once, none within another and none that is an amount."""
    named: list[Named] = []
    seen: set[tuple[str, ...]] = set()
    prices: Sequence[Part] | None = None
    free = 0
    for candidate in candidates:
        start, end = candidate.start, candidate.end
        places = {place for key in candidate.keys for place in found.get(key, ())}
        if start < free or not places:
            continue
        free = end
        name = _named(kind, line, start, end, sorted(places))
        if not any(letter.isalpha() for letter in line.folded[start:end]):
            # "under 50000" and "50000 mah" are no names, whatever has that number.
            prices = find_prices(line, line.folded) if prices is None else prices
            if _overlaps(name, prices) or unit_follows(line.folded, start, end):
                continue
        if candidate.keys not in seen:
            seen.add(candidate.keys)
            named.append(name)
    return named


def _named(kind: NameKind, line: Line, start: int, end: int, places: Sequence[int]) -> Named:
    return Named(line.starts[start], line.ends[end - 1], kind, tuple(places))


def _overlaps(name: Named, others: Iterable[Named | Part]) -> bool:
    return any(name.start < other.end and other.start < name.end for other in others)


def _by_number_held(codes: Sequence[Named]) -> list[Named]:
    """Return each product once, with all of the codes that it holds; those that hold more of them first."""
    held: dict[int, list[int]] = {}
    for number, code in enumerate(codes):
        for place in code.positions:
            held.setdefault(place, []).append(number)
    groups: dict[tuple[int, ...], list[int]] = {}
    for place in sorted(held):
        groups.setdefault(tuple(held[place]), []).append(place)
    order = sorted(groups, key=lambda numbers: (-len(numbers), numbers))
    return [Named(codes[key[0]].start, codes[key[-1]].end, "code", tuple(groups[key])) for key in order]
