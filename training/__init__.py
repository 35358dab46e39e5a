"""Fine-tuning on a shop's own catalogue: data, hard negatives, embedder, cross-encoder, and proof that they help."""
