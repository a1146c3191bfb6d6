"""One operation of the table over whole arrays: its `impl`, run once on symbols, gives the NumPy calls.

So the table's own line computes the batch, and every call can write into memory that was set aside before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import scalar
from autograd.primitive import Operand, Primitive, Rule


class Symbol(Operand):
    """An array that some NumPy call will fill: an argument of the operation, or a result on the way."""

    __slots__ = ("steps", "truth")
    rank = 1_000_000

    def __init__(self, steps: list[Step], truth: bool = False) -> None:
        self.steps = steps
        self.truth = truth

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        return primitive.impl(_symbolic, *args)

    def __add__(self, other: Any) -> Symbol:
        return _call(np.add, self, other)

    def __radd__(self, other: Any) -> Symbol:
        return _call(np.add, other, self)

    def __sub__(self, other: Any) -> Symbol:
        return _call(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Symbol:
        return _call(np.subtract, other, self)

    def __mul__(self, other: Any) -> Symbol:
        return _call(np.multiply, self, other)

    def __rmul__(self, other: Any) -> Symbol:
        return _call(np.multiply, other, self)

    def __truediv__(self, other: Any) -> Symbol:
        return _call(np.divide, self, other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return _call(np.divide, other, self)

    def __neg__(self) -> Symbol:
        return _call(np.negative, self)

    def __lt__(self, other: Any) -> Symbol:
        return _call(np.less, self, other, truth=True)

    def __le__(self, other: Any) -> Symbol:
        return _call(np.less_equal, self, other, truth=True)

    def __gt__(self, other: Any) -> Symbol:
        return _call(np.greater, self, other, truth=True)

    def __ge__(self, other: Any) -> Symbol:
        return _call(np.greater_equal, self, other, truth=True)

    def __eq__(self, other: Any) -> Symbol:  # type: ignore[override]
        return _call(np.equal, self, other, truth=True)

    def __ne__(self, other: Any) -> Symbol:  # type: ignore[override]
        return _call(np.not_equal, self, other, truth=True)

    def __and__(self, other: Any) -> Symbol:
        return self if other is True else _call(np.logical_and, self, other, truth=True)

    __rand__ = __and__
    __hash__ = object.__hash__


class Step:
    """One call: `function(*arguments)` fills `result`. `function` is a ufunc, or `where`."""

    __slots__ = ("arguments", "function", "result")

    def __init__(self, function: Any, arguments: tuple[Any, ...], result: Symbol) -> None:
        self.function = function
        self.arguments = arguments
        self.result = result


where = np.where
"""The mark of a choice between two arrays, for which there is no ufunc."""


class _Symbolic:
    """Stands where `autograd.scalar` stands for floats: a function of arrays becomes a step."""

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        if not isinstance(condition, Symbol):
            return x if condition else y
        if not condition.truth:
            condition = condition != 0.0
        return _call(where, condition, x, y)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        of_floats, of_arrays = getattr(scalar, name), _RENAMED.get(name) or getattr(np, name)

        def function(*args: Any) -> Any:
            return _call(of_arrays, *args) if any(isinstance(x, Symbol) for x in args) else of_floats(*args)

        return function


def _float_ufunc(function: Callable[[float], float]) -> Any:
    """Return a function of floats as one of arrays; NumPy itself has no error function."""
    over_objects = np.frompyfunc(function, 1, 1)

    def over_floats(x: Any, out: Any) -> None:
        out[...] = over_objects(x)

    return over_floats


_RENAMED = {"round": np.rint, "erf": _float_ufunc(math.erf), "erfc": _float_ufunc(math.erfc)}
_symbolic = _Symbolic()


def _call(function: Any, *arguments: Any, truth: bool = False) -> Symbol:
    steps = next(a.steps for a in arguments if isinstance(a, Symbol))
    result = Symbol(steps, truth)
    steps.append(Step(function, arguments, result))
    return result


def steps(
    op: Primitive, arguments: list[float | None], exact: bool = True
) -> tuple[list[Step], list[Any], Any]:
    """Return the calls that compute `op`, its arguments as symbols, and the symbol of the result.

    A number among `arguments` stands for itself, None for an array. Unless `exact`, what is plain
    is computed by its expansion.
    """
    written: list[Step] = []
    symbols: list[Any] = [Symbol(written) if a is None else a for a in arguments]
    expansion = None if exact else _exact_expansion(op, arguments)
    return written, symbols, expansion(*symbols) if expansion else op.impl(_symbolic, *symbols)


def _exact_expansion(op: Primitive, arguments: list[float | None]) -> Rule | None:
    """Return the exact expansion of an operation on one array, unless trying shows it to be something else.

    An exponent of 1e17 less one is itself, so that a negative base gets the wrong sign.
    """
    if not op.expansion_is_exact or op.expansion is None or arguments.count(None) != 1:
        return None
    for x in (-1.0, -0.5, 0.5, 1.0, 2.0):
        args = [x if a is None else a for a in arguments]
        expanded = op.expansion(*args)
        if math.isfinite(expanded) and not math.isclose(expanded, op(*args), rel_tol=1e-12):
            return None
    return op.expansion
