"""Language models: what may come next after a text, by counting and by learning, and texts drawn from it."""
