"""Sets of queries that are kept for a catalogue: typed, uploaded or made, each under a name.

<data>/<catalogue>/sets/<set>/queries.jsonl    a query a line: query_id, text, and whatever else is known of it
                              qrels.tsv        judgements that came with the set (query_id, product_id, relevance)
                              card.json        title, where it came from, when
The queries of a set never change, so that everything measured on it stays comparable; another list is another set.
"""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retrieval.artifacts import check_name
from retrieval.errors import DataError
from retrieval.files import replace_text

FOLDER = "sets"
QUERIES, QRELS, CARD = "queries.jsonl", "qrels.tsv", "card.json"
VERSION = 1
HEADER = "query_id\tproduct_id\trelevance"
MAX_QUERIES = 100_000
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

QueryRow = Mapping[str, Any]
"""`query_id` and `text`, both texts that are not empty; more keys as the set has them."""
Qrels = Mapping[str, Mapping[str, int]]
"""Grade by product id by query id."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a set is, without its content.

    `name` is its folder's, `title` as the user wrote it, `source` one of typed, uploaded, silver; `created` is UTC in
    ISO 8601; `details` hold what its maker says of it (JSON-ready).
    """

    name: str
    title: str
    source: str
    created: str
    queries: int
    judged_pairs: int
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuerySet:
    """A set with its content: `queries` in their order, `qrels` that came with it (often none)."""

    card: Card
    queries: tuple[QueryRow, ...]
    qrels: Qrels

    @property
    def texts(self) -> dict[str, str]:
        """Return the text of each query by its id."""
        return {row["query_id"]: row["text"] for row in self.queries}


def typed(text: str) -> list[dict[str, str]]:
    """Return the queries of a text, one a line, as rows with ids q1, q2, ...; a line that comes again counts once."""
    lines = dict.fromkeys(" ".join(line.split()) for line in text.splitlines())
    return [{"query_id": f"q{number}", "text": line} for number, line in enumerate(filter(None, lines), start=1)]


def set_name(title: str) -> str:
    """Return the folder's name for a title: small Latin letters, digits, - and _; DataError where none is left."""
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9_]+", "-", folded).strip("-_")[:64].rstrip("-_")
    if not name:
        raise DataError(f"{title!r} cannot name a set of queries; use at least one letter (a-z) or digit")
    return name


def folder(data_dir: Path, catalogue: str, name: str) -> Path:
    """Return where a set is kept, whether it is there or not; raise DataError for a name that no set can have."""
    if not _NAME.fullmatch(name):
        raise DataError(f"{name!r} cannot be the name of a set of queries; use letters (a-z), digits, - and _")
    return data_dir / check_name(catalogue) / FOLDER / name


def names(data_dir: Path, catalogue: str) -> list[str]:
    """Return the names of a catalogue's sets, sorted."""
    folder = data_dir / check_name(catalogue) / FOLDER
    return sorted(path.parent.name for path in folder.glob(f"*/{CARD}") if _NAME.fullmatch(path.parent.name))


def cards(data_dir: Path, catalogue: str) -> list[Card]:
    """Return what each set of a catalogue is, newest first; raise DataError where a card cannot be read."""
    found = [card(data_dir, catalogue, name) for name in names(data_dir, catalogue)]
    return sorted(found, key=lambda one: (one.created, one.name), reverse=True)


def card(data_dir: Path, catalogue: str, name: str) -> Card:
    """Return what a set is; raise DataError where there is none of that name or its card cannot be read."""
    place = folder(data_dir, catalogue, name)
    try:
        kept = json.loads((place / CARD).read_bytes())
        if kept["version"] != VERSION:
            raise ValueError(f"it is of version {kept['version']!r}, this program reads version {VERSION}")
        title, source, created = (str(kept[key]) for key in ("title", "source", "created"))
        details = dict(kept["details"])
    except FileNotFoundError as error:
        there = ", ".join(names(data_dir, catalogue)) or "none yet"
        raise DataError(f"{catalogue!r} has no set of queries {name!r}; there are: {there}") from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise DataError(f"{place / CARD} cannot be read ({error}); restore a backup, or delete the set") from error
    return Card(name, title, source, created, _lines(place / QUERIES), max(0, _lines(place / QRELS) - 1), details)


def load(data_dir: Path, catalogue: str, name: str) -> QuerySet:
    """Return a set with its content; raise DataError naming the file and line that cannot be read."""
    about = card(data_dir, catalogue, name)
    place = folder(data_dir, catalogue, name)
    return QuerySet(about, tuple(_read_queries(place / QUERIES)), read_qrels(place / QRELS))


def save(
    data_dir: Path,
    catalogue: str,
    title: str,
    queries: Iterable[QueryRow],
    qrels: Qrels | None = None,
    *,
    source: str,
    details: Mapping[str, Any] | None = None,
) -> Card:
    """Keep a new set, whole or not at all, and return its card.

    Raises DataError where one of that name is there, it holds no query, a query id comes twice, or an id or text
    cannot be written.
    """
    name = set_name(title)
    target = folder(data_dir, catalogue, name)
    if target.exists():
        raise _taken(catalogue, name)
    rows = _checked(queries)
    judged = _table(qrels or {}, {row["query_id"] for row in rows})
    about = {
        "version": VERSION,
        "title": " ".join(title.split()),
        "source": source,
        "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "details": dict(details or {}),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{name}-", ignore_cleanup_errors=True) as temporary:
        staged = Path(temporary) / name
        replace_text(staged / QUERIES, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        replace_text(staged / QRELS, judged)
        replace_text(staged / CARD, json.dumps(about, ensure_ascii=False, indent=1) + "\n")
        try:
            staged.rename(target)
        except OSError as error:
            if target.exists():  # somebody else was first
                raise _taken(catalogue, name) from error
            raise
    return card(data_dir, catalogue, name)


def replace_qrels(data_dir: Path, catalogue: str, name: str, qrels: Qrels) -> None:
    """Keep other judgements with a set in place of its own; raise DataError for ids that are not its queries."""
    held = load(data_dir, catalogue, name)
    replace_text(folder(data_dir, catalogue, name) / QRELS, _table(qrels, set(held.texts)))


def retitle(data_dir: Path, catalogue: str, name: str, title: str) -> None:
    """Give a set another title; its name stays, and with it what refers to it. Raises DataError."""
    about = card(data_dir, catalogue, name)
    if not title.strip():
        raise DataError("a set of queries needs a title that is not empty")
    kept = {"version": VERSION, "title": " ".join(title.split()), "source": about.source, "created": about.created}
    text = json.dumps({**kept, "details": dict(about.details)}, ensure_ascii=False, indent=1) + "\n"
    replace_text(folder(data_dir, catalogue, name) / CARD, text)


def delete(data_dir: Path, catalogue: str, name: str) -> None:
    """Remove a set; what was judged by hand is kept apart from sets, and stays. Raises DataError for no such set."""
    place = folder(data_dir, catalogue, name)
    if not place.is_dir():
        raise _missing(catalogue, name)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{name}-") as aside:
        try:
            place.rename(Path(aside) / name)  # from here on it is no set any more and its name free, whatever happens
        except FileNotFoundError as error:
            raise _missing(catalogue, name) from error


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Return the judgements of a file as this module writes it; raise DataError naming file and line."""
    found: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if number == 1 or not line:
            continue
        try:
            query_id, product_id, grade = line.split("\t")
            found.setdefault(query_id, {})[product_id] = int(grade)
        except ValueError as error:
            raise DataError(f"{path}:{number}: not {HEADER!r} ({error}); restore a backup") from error
    return found


def qrels_text(qrels: Qrels) -> str:
    """Return judgements as TSV with a header, by query and product id; raise DataError for ids it cannot hold."""
    lines = [HEADER]
    for query_id, grades in sorted(qrels.items()):
        for product_id, grade in sorted(grades.items()):
            for value in (query_id, product_id):
                if not value or re.search(r"[\t\r\n]", value):
                    raise DataError(f"id {value!r} is empty or holds a tab or line break, which a qrels file cannot")
            lines.append(f"{query_id}\t{product_id}\t{grade}")
    return "\n".join(lines) + "\n"


def _missing(catalogue: str, name: str) -> DataError:
    return DataError(f"{catalogue!r} has no set of queries {name!r}; nothing was deleted")


def _taken(catalogue: str, name: str) -> DataError:
    return DataError(f"{catalogue!r} has a set of queries {name!r} already; choose another name or delete that one")


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}); restore a backup, or delete the set") from error


def _read_queries(path: Path) -> Iterable[QueryRow]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line:
            continue
        try:
            row = json.loads(line)
            if not all(isinstance(row[key], str) for key in ("query_id", "text")):
                raise TypeError("query_id and text must be texts")
        except (ValueError, LookupError, TypeError) as error:
            raise DataError(f"{path}:{number}: not a query ({error}); restore a backup, or delete the set") from error
        yield row


def _checked(queries: Iterable[QueryRow]) -> Sequence[QueryRow]:
    rows = [dict(row) for row in queries]
    if not rows:
        raise DataError("the set holds no query; write one a line")
    if len(rows) > MAX_QUERIES:
        raise DataError(f"the set holds {len(rows):,} queries; at most {MAX_QUERIES:,} can be kept in one")
    seen = set()
    for number, row in enumerate(rows, start=1):
        for key in ("query_id", "text"):
            if not isinstance(row.get(key), str) or not row[key].strip():
                raise DataError(f"query {number}: {key!r} must be a text that is not empty, it is {row.get(key)!r}")
        if len(row["query_id"].split()) != 1 or row["query_id"] != row["query_id"].strip():
            raise DataError(f"query {number}: query_id {row['query_id']!r} holds a space; rename it")
        if row["query_id"] in seen:
            raise DataError(f"query {number}: query_id {row['query_id']!r} comes twice; give each query its own")
        seen.add(row["query_id"])
        try:
            json.dumps(row, ensure_ascii=False).encode("utf-8")
        except (TypeError, ValueError) as error:
            raise DataError(
                f"query {number}: cannot be written as JSON in UTF-8 ({error}); correct its text"
            ) from error
    return rows


def _table(qrels: Qrels, query_ids: set[str]) -> str:
    unknown = sorted(set(qrels) - query_ids)
    if unknown:
        raise DataError(
            f"the judgements name {len(unknown):,} queries that the set does not hold, first {unknown[0]!r}; upload "
            "them with the queries they were made for"
        )
    return qrels_text(qrels)
