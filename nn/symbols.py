"""What data and models agree on about symbols: they are numbered from 0, and 0 is the boundary of a text."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from autograd.ordered import refuse_unordered
from autograd.tree import is_several

BOUNDARY = 0
"""The symbol that stands before the first and after the last of a text, and fills what is left of a row."""


def as_symbols(given: Any) -> Any:
    """Return a symbol or symbols, those of an array as lists. Raises TypeError for a text."""
    if isinstance(given, str):
        raise TypeError(
            f"symbols are numbers, got the text {given!r:.40}: encode it first, as nn.CharacterTokenizer does"
        )
    return given.tolist() if isinstance(given, np.ndarray) else given


def whole_symbols(given: Any) -> list[int]:
    """Return symbols as a list. Raises TypeError for a text, and for a symbol that is no whole number."""
    refuse_unordered(given)
    given = as_symbols(given)
    if not is_several(given):
        raise TypeError(f"expected a list of symbols, got {given!r:.40}: write [{given!r:.40}]")
    symbols = [as_symbols(symbol) for symbol in given]
    for symbol in symbols:
        if not isinstance(symbol, Integral):
            raise TypeError(f"a symbol is a whole number, got {symbol!r:.40} in {symbols!r:.40}")
    return symbols
