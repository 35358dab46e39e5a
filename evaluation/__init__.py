"""Queries, judgements and runs -> measures, intervals and reports."""
