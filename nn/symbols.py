"""What data and models agree on about symbols: they are numbered from 0, and 0 is the boundary of a text."""

BOUNDARY = 0
"""The symbol that stands before the first and after the last of a text, and fills what is left of a row."""
