"""Answers from the catalogue's own facts: always there, no model, nothing leaves the machine."""

from __future__ import annotations

import time
from collections.abc import Iterator

from answering.extractive import write
from answering.protocols import Stop
from answering.records import Began, Delta, Ended, Piece, ProviderName, Task, Usage


class ExtractiveProvider:
    """Writes answers that are made of the evidence alone."""

    name: ProviderName = "extractive"
    model = "facts"
    local = True

    def stream(self, task: Task, stopped: Stop) -> Iterator[Piece]:
        """Yield Began, the answer line by line, Ended; never fails."""
        began = time.perf_counter()
        yield Began()
        lines = write(task.evidence).splitlines(keepends=True)
        usage = Usage(first_token_ms=(time.perf_counter() - began) * 1000)
        for line in lines:
            if stopped():
                yield Ended("cancelled", usage)
                return
            yield Delta(line)
        yield Ended("stop", usage)
