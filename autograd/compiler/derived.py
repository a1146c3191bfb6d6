"""Functions derived from the one that is compiled, to be recorded in their turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.record.operations import fast_or_exact
from autograd.compiler.record.recording import is_scalar
from autograd.compiler.record.tracer import Tracer
from autograd.functions import dot, sum
from autograd.ops import identity, where
from autograd.transforms import grad
from autograd.value import Value

Function = Callable[..., Any]


def along_arguments(function: Function, places: Sequence[int]) -> Function:
    """Return the function whose results are the derivatives of another along the arguments at some places."""
    return grad(_scalar(function), places)


def along_direction(function: Function, parameters: Sequence[Value]) -> Function:
    """Return the rate of change of a function along a direction of the parameters, its last argument."""

    def rate(*args: Any) -> Any:
        out = _scalar(function)(*args[:-1])
        if not isinstance(out, Tracer):  # a plain number depends on nothing
            return 0.0
        direction, slopes = args[-1], out.cotangents(parameters)
        # Along a coordinate the others do not move, and what is infinite there does not count.
        parts = [where(by, by * slope, 0.0) for by, slope in zip(direction, slopes, strict=True)]
        return fast_or_exact(dot(direction, slopes), sum(parts))

    return rate


def _scalar(function: Function) -> Function:
    """Return the function with a recorded scalar as its result, also where that is a parameter as it is."""

    def one(*args: Any) -> Any:
        out = function(*args)
        if not is_scalar(out):
            raise TypeError(f"a gradient needs a function that returns one scalar, got {type(out).__name__}")
        return identity(out)

    return one
