"""What the tests of the readers share."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest


@pytest.fixture
def default_limit() -> Iterator[None]:
    """Hold Python's limit on a field at its default, whatever large table was read in this process before."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)
