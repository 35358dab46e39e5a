"""Fine-tuning on a shop's own catalogue: data, hard negatives, embedder, cross-encoder, and what proves that they help."""
