"""What the compiled programs are held against."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd as ag
from autograd import Value


def assert_close(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    """Demand equality, infinities and nan included, up to the rounding of sums taken in another order."""
    np.testing.assert_allclose(
        np.asarray(found, float), np.asarray(expected, float), rtol=tolerance, atol=tolerance
    )


def eager_mean(
    function: Callable[[Any], Any], batch: Sequence[Any], params: Sequence[Value]
) -> tuple[float, list[float]]:
    """Return the mean of a function over examples, and its gradient, as the engine computes them."""
    mean = ag.mean([Value(0.0) + function(example) for example in batch])
    for parameter in params:
        parameter.zero_grad()
    mean.backward()
    return mean.data, [parameter.grad for parameter in params]


class NumpyNamespace:
    """NumPy under the names that the table uses, with what it lacks."""

    round = staticmethod(np.rint)
    erf = staticmethod(np.vectorize(math.erf, [float]))
    erfc = staticmethod(np.vectorize(math.erfc, [float]))

    reduce = staticmethod(functools.reduce)
    sliding_window_view = staticmethod(np.lib.stride_tricks.sliding_window_view)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)
