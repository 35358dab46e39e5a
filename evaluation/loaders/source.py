"""What a loader gives and what comes of it: a source of rows that can be read again and again, and a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from evaluation.records import Qrels, Query
from retrieval.catalogue.drafts import clean_id, one_line, tidy_description
from retrieval.catalogue.records import tidy
from retrieval.errors import EvaluationError
from retrieval.records import Product

SHOWN = 5
"""Places that are named of each kind of problem."""
_TITLE_WORDS, _TITLE_LETTERS = 12, 80


@dataclass(frozen=True, slots=True)
class Options:
    """How a data set is read.

    `split` names the part that is judged (`test`, `dev.small`, `2019`). `sample` keeps every judged product and that
    many others, None all; `max_queries` keeps that many judged queries, None all; both drawn by `seed`. `drop_unknown`
    leaves judgements out whose query or product is not there, instead of refusing them. `mapping` is field -> column of
    foreign files, a field of one file alone written `queries.text`; `grades` is grade by the label that stands for it.
    `catalogue`, `queries` and `qrels` name files where their names do not say what they are.
    """

    split: str | None = None
    sample: int | None = None
    max_queries: int | None = None
    seed: int = 7
    drop_unknown: bool = False
    mapping: Mapping[str, str] = field(default_factory=dict)
    grades: Mapping[str, int] = field(default_factory=dict)
    catalogue: Path | None = None
    queries: Path | None = None
    qrels: Path | None = None


class Judgement(NamedTuple):
    """A row of a judgements file; a grade below 0 says that nobody judged."""

    query_id: str
    product_id: str
    grade: int
    path: Path
    line: int


class Passage(NamedTuple):
    """A product and the file it was read from; its line is `product.line`."""

    product: Product
    path: Path


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows of a data set come from; each function reads its files anew, a row at a time.

    `passages` is handed a collector of what is odd about them. `files` are all files that are read.
    """

    name: str
    passages: Callable[[Problems], Iterator[Passage]]
    queries: Callable[[], Iterable[Query]]
    judgements: Callable[[], Iterator[Judgement]]
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of oddity: how often it was met, what it means, and the first places."""

    code: str
    count: int
    message: str
    places: tuple[str, ...] = ()


@dataclass(slots=True)
class Problems:
    """Oddities as they are met, counted by kind, so that millions of them stay a line."""

    _found: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, message: str, place: str | None = None, count: int = 1) -> None:
        """Count an oddity; the message of the first of its kind stands for all."""
        _, places = self._found.setdefault(code, (message, []))
        self._counts[code] = self._counts.get(code, 0) + count
        if place is not None and len(places) < SHOWN:
            places.append(place)

    def all(self) -> tuple[Problem, ...]:
        """Return the kinds in the order in which they were first met."""
        return tuple(
            Problem(code, self._counts[code], message, tuple(places)) for code, (message, places) in self._found.items()
        )


@dataclass(frozen=True, slots=True)
class Dataset:
    """Products, the judged queries, and their judgements; every product id in `qrels` is one of the products."""

    name: str
    products: tuple[Product, ...]
    queries: tuple[Query, ...]
    qrels: Qrels
    problems: tuple[Problem, ...] = ()


def checked_id(value: object, what: str, where: str) -> str:
    """Return an id that catalogues and TREC runs hold unchanged; whole numbers count as their digits.

    Raises EvaluationError where there is none, or it holds a space or another character that would get lost.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.strip():
        raise EvaluationError(f"{where}: {what} must be a text that is not empty, it is {value!r}")
    text = text.strip()
    if clean_id(text) != text or len(text.split()) != 1 or tidy(text)[1]:
        raise EvaluationError(
            f"{where}: {what} {text!r} holds a space or another character that a TREC run or a catalogue cannot keep; "
            "rename it in every file"
        )
    return text


def passage(
    product_id: str, title: str, text: str, line: int, problems: Problems, path: Path, url: str | None = None
) -> Passage:
    """Return a passage as a product: its text is the description, its first words are the title where it has none.

    A passage without any text is kept, because it may have been judged: its id stands for its title.
    """
    title, description = one_line(tidy(title)[0]), tidy_description(tidy(text)[0])
    if not title:
        title = first_words(description)
    if not title:
        problems.add("empty", "passages hold no text; the id stands for the title", f"{path}:{line}")
        title = product_id
    return Passage(Product(product_id, title, url=url, description=description, line=line), path)


def first_words(text: str) -> str:
    """Return the first twelve words of a text, or as many as 80 letters hold; a single longer word is cut."""
    title = ""
    for word in text[: 4 * _TITLE_LETTERS].split()[:_TITLE_WORDS]:
        longer = f"{title} {word}" if title else word[:_TITLE_LETTERS]
        if len(longer) > _TITLE_LETTERS:
            break
        title = longer
    return title


def query(query_id: object, text: object, where: str, type_: str | None = None) -> Query:
    """Return a query; raise EvaluationError where its id or text is missing or cannot be kept."""
    name = checked_id(query_id, "the query's id", where)
    if not isinstance(text, str) or not text.strip():
        raise EvaluationError(f"{where}: the text of query {name!r} must not be empty, it is {text!r}")
    return Query(name, tidy(text)[0].strip(), None if type_ is None else tidy(type_)[0])
