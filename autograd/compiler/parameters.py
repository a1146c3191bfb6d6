"""The parameters of a compiled function: Values, or a vector that stands for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.compiler.backends.backend import Numbers
from autograd.value import Value

_write_data = vars(Value)["_float"].__set__


class Parameters:
    """Distinct leaf Values in an order, by name, and the vector that calls compute with.

    The vector is filled from the Values for every call, until `leads` says that it is authoritative itself.

    Raises TypeError for what is no Value, ValueError for what is no leaf or comes twice.
    """

    def __init__(self, params: Iterable[Value] | Mapping[str, Value], dtype: np.dtype[Any]) -> None:
        self.named = _named(params)
        self.values = list(self.named.values())
        self.leads = False
        self._vector = np.zeros(len(self.values), dtype)

    def current(self) -> Numbers:
        """Return the numbers that the next call computes with."""
        if not self.leads:
            self._vector[:] = [value._float for value in self.values]
        return self._vector

    def fill_values(self) -> None:
        """Give the Values the numbers of the vector, which is ahead of them if it leads."""
        # One call that runs no Python code in between: Ctrl-C leaves all parameters old or all new.
        deque(map(_write_data, self.values, self.current().tolist()), maxlen=0)

    @contextmanager
    def in_values(self) -> Iterator[None]:
        """Lend the Values the numbers of the vector inside a `with` block, if that leads."""
        before = [value._float for value in self.values]
        try:
            if self.leads:
                self.fill_values()
            yield
        finally:
            deque(map(_write_data, self.values, before), maxlen=0)


def _named(params: Iterable[Value] | Mapping[str, Value]) -> dict[str, Value]:
    """Return the parameters by name: that which is given, as a text, or the label, or the place."""
    if isinstance(params, Mapping):
        named = {str(name): value for name, value in params.items()}
        if len(named) < len(params):
            raise ValueError(f"parameters need names that differ as texts, got {list(params)}")
    else:
        values = list(params)
        named = {getattr(value, "label", "") or f"p[{n}]": value for n, value in enumerate(values)}
        if len(named) < len(values):  # labels may be equal
            named = {f"p[{n}]": value for n, value in enumerate(values)}
    for name, value in named.items():
        if not isinstance(value, Value):
            raise TypeError(
                f"parameter {name} must be a Value, got {type(value).__name__}: {str(value)[:40]!r}"
            )
        if value.op is not None:
            raise ValueError(f"parameter {name} must be a leaf, got the result of {value.op.name}")
    if (distinct := len(set(named.values()))) < len(named):
        raise ValueError(f"expected no parameter twice, got {distinct} in {len(named)} places")
    return named
