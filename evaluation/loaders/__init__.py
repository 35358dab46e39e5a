"""Data sets of the field, and a shop's own, as a catalogue with queries and judgements."""

from evaluation.loaders.dataset import KINDS, Conversion, convert, load, write
from evaluation.loaders.source import Dataset, Options, Problem

__all__ = ["KINDS", "Conversion", "Dataset", "Options", "Problem", "convert", "load", "write"]
