"""Parts of the checker: what a claim states, of which products, and whether their records bear it out."""
