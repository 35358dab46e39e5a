"""What is printed: JSON on stdout, text that a terminal cannot misread, progress bars where somebody looks."""

from __future__ import annotations

import io
import json
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from retrieval.files import replacing

if TYPE_CHECKING:
    from rich.console import Console

    from retrieval.protocols import Progress

JOINERS = "\u200c\u200d"
"""Zero-width joiners: Bangla and emoji need them, and they move nothing on a terminal."""


def clean(text: str) -> str:
    """Return `text` on one line, without control characters, escapes and marks that turn the writing around."""
    return " ".join("".join(c for c in text if c in JOINERS or c.isspace() or _harmless(c)).split())


def _harmless(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 product`, `2,000 products`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def print_json(value: Any) -> None:
    """Print a value as JSON on stdout, letters of every script as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


def console(*, stderr: bool = False) -> Console:
    """Return a console that takes text literally: no markup, no emoji codes, no guessed colours."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """Yield a file whose text takes the place of `path` at the end of the block, and not at all if that fails.

    What is no regular file (a pipe, a terminal) is written as it comes.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        return
    with replacing(path) as raw:
        file = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
        yield file
        file.detach()


def written_bytes(path: Path, data: bytes) -> None:
    """Write a file of bytes that takes the place of `path` whole; what is no regular file is written as it comes."""
    with written_whole(path) as file:
        file.buffer.write(data)


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Yield a Progress that draws a bar a stage on stderr where that is a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield _unseen
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, console=console(stderr=True)) as bars:

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield tell


def _unseen(stage: str, done: int, total: int) -> None:
    """Take progress that nobody watches."""
