"""The sample catalogue: an invented department store, generated from hand-written tables."""
