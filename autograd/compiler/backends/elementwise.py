"""One operation of the table over whole arrays: the instructions of its `impl`, as NumPy calls.

So the table's own line computes the batch, and every call can write into memory that was set aside before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.notation.listing import Instruction, listed
from autograd.primitive import Primitive, Rule


def _float_ufunc(function: Callable[[float], float]) -> Any:
    """Return a function of floats as one of arrays; NumPy itself has no error function."""
    over_objects = np.frompyfunc(function, 1, 1)

    def over_floats(x: Any, out: Any) -> None:
        out[...] = over_objects(x)

    return over_floats


def _power(x: Any, y: Any, out: Any) -> None:
    """Compute a power as `pow` does; NumPy takes the root for 1/2, which is -0 at -0 and nan at -inf."""
    ends, size = np.equal(y, 0.5) & ((x == 0.0) | (x == -np.inf)), np.abs(x)
    np.power(x, y, out)
    np.copyto(out, size, where=ends)


_RENAMED = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "neg": np.negative,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "and_": np.logical_and,
    "power": _power,
    "round": np.rint,
    "erf": _float_ufunc(math.erf),
    "erfc": _float_ufunc(math.erfc),
}


def ufunc(function: str, arguments: Sequence[Any]) -> Any:
    """Return the NumPy call for a function on arguments; `where`, which is no ufunc, is `np.where`."""
    if function == "power" and isinstance(arguments[1], float) and arguments[1] != 0.5:
        return np.power
    return _RENAMED.get(function) or getattr(np, function)


def instructions(
    op: Primitive, arguments: list[float | None], exact: bool = True
) -> tuple[list[Instruction], list[Any], Any]:
    """Return the instructions that compute `op`, its arguments as symbols, and the symbol of the result.

    A number among `arguments` stands for itself, None for an array. Unless `exact`, what is plain
    is computed by its expansion.
    """
    expansion = None if exact else _exact_expansion(op, arguments)
    return listed((lambda _, *xs: expansion(*xs)) if expansion else op.impl, arguments)


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
