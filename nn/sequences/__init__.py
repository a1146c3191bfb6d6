"""Layers that read sequences: embeddings, recurrence, attention, the Transformer, GPT."""
