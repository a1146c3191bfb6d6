"""The story: which step, what is highlighted, what is said."""
