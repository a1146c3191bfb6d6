"""One call of a compiled function: its replay, and what is to blame for a result of nan or infinity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import tree
from autograd.compiler.anomaly import blame
from autograd.compiler.arguments import Given
from autograd.compiler.backends.backend import Numbers
from autograd.compiler.nan_argument import place_of_nan
from autograd.compiler.parameters import Parameters
from autograd.compiler.recordings import Wanted
from autograd.compiler.trace import Trace
from autograd.context import layers
from autograd.value import Value

ORDERS = {Wanted.RESULT: 0, Wanted.HESSIAN: 2}
"""The order of the derivatives that are wanted, where it is not 1."""


class NanArgumentError(ValueError):
    """The result of a call is nan, and so is one of its arguments, which the message names."""


@dataclass(frozen=True)
class Call:
    """A recording, what for, and what it is replayed with: `vector` has parameters and all that is shared."""

    parameters: Parameters
    wanted: Wanted
    trace: Trace
    given: Given
    vector: Numbers

    def results(self) -> Numbers:
        """Return the results. Raises NanArgumentError or AnomalyError as calls do where one is not finite."""
        results, finite = self.trace.run(self.given.batched, self.vector)
        if finite:
            return results
        if layers.get():
            self._inspect(results)
        if self._nan_among(results).any() and any(np.isnan(array).any() for array in self.given.arrays):
            found = place_of_nan(self.given, lambda given: self._nan_among(self._replayed(given)))
            if found is not None:
                argument, place = self.given.arguments()[found[0]], found[1] or ""
                raise NanArgumentError(f"the result is nan because {argument.name}{place} is nan")
        return results

    def _nan_among(self, results: Numbers) -> NDArray[np.bool_]:
        """Mark the results that are nan; where a gradient is behind them, that alone may be."""
        return np.isnan(results[:1] if self.trace.along is not None else results)

    def _replayed(self, given: Given) -> Numbers:
        """Return the results for other numbers in the arguments."""
        vector, first = self.vector.copy(), len(self.parameters.values)
        shared = np.concatenate([vector[:0], *map(np.ravel, given.shared)])
        vector[first : first + len(shared)] = shared
        return self.trace.run(given.batched, vector)[0]

    def _inspect(self, results: Numbers) -> None:
        """Raise AnomalyError, naming where it began, if something is not finite inside `detect_anomaly`."""
        inspected = any(layer.inspect is not None for layer in layers.get())
        bad = ~np.isfinite(results)
        if not inspected or not bad.any():
            return
        with self.parameters.in_values():
            function, order = self.given.by_position(), ORDERS.get(self.wanted, 1)
            blame(function, self._suspected(bad), float(results[bad][0]), order)

    def _suspected(self, bad: NDArray[np.bool_]) -> Iterator[tuple[int, Sequence[Any], Sequence[Value]]]:
        """Yield what `blame` asks of each example; of rows, of those with something that is not finite."""
        for n, example in enumerate(self.given.examples()):
            if bad.ndim == 1 or bad[n].any():
                yield n, example, self._along(example)

    def _along(self, example: Sequence[Any]) -> Sequence[Value]:
        """Return the Values along which an example is differentiated."""
        if self.wanted is Wanted.RESULT:
            return ()
        if self.wanted not in (Wanted.ALONG_BATCHED, Wanted.ALONG_SHARED):
            return self.parameters.values
        pairs = zip(example, self.given.is_shared, strict=True)
        return tree.leaves([arg for arg, shared in pairs if shared is (self.wanted is Wanted.ALONG_SHARED)])
