"""Array programs run with NumPy, in memory that is there before the first run."""
