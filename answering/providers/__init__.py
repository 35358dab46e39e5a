"""Writers of answers: from facts alone, an OpenAI-compatible server, a small language model on this machine."""
