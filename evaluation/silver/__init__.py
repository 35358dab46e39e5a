"""Silver queries: queries with known right products, drawn from a catalogue by a recipe of a fixed version.

`make` draws a set, `leak` says how lexically easy it is, `write` puts it into files; docs/silver-queries.md has the
recipe in words.
"""

from evaluation.silver.leak import Corpus, LeakReport, leak
from evaluation.silver.recipe import VERSION
from evaluation.silver.sets import SilverSet, Split, make
from evaluation.silver.split import SHARES
from evaluation.silver.write import write

__all__ = ["SHARES", "VERSION", "Corpus", "LeakReport", "SilverSet", "Split", "leak", "make", "write"]
