"""The story: which step, what is lit, what is said."""
