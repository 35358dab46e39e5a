"""Answers made of the catalogue's own facts, without a model."""

from answering.extractive.answer import write

__all__ = ["write"]
