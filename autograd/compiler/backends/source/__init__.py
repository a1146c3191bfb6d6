"""Array programs as a Python source that reads as one would write it."""
