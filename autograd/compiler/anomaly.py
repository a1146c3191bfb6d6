"""Where a compiled call went wrong: the engine itself goes through its examples, operation by operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import Any, NoReturn

from autograd import tree
from autograd.checks.diagnose import AnomalyError
from autograd.context import recording
from autograd.flow import NOTHING
from autograd.value import Value

FINITE_ALONE = (
    "the compiled result is {}, though every example is finite alone: what is summed over the batch, or "
    "computed in float32, goes out of range",
    "the compiled result or gradient is {}, though every example is finite alone, with its gradient: what is "
    "summed over the batch, or computed in float32, goes out of range",
    "a second derivative is {}, though every example is finite alone, with its gradient",
)
"""What remains to be said where no operation is to blame, by the order of the derivatives that are wanted."""


def blame(
    function: Callable[..., Any],
    parameters: Sequence[Value],
    examples: Iterable[Any],
    result: float,
    order: int,
) -> NoReturn:
    """Raise AnomalyError for the first operation of the first example that makes nan or infinity.

    The context is that of `detect_anomaly`, which knows the user's line. `examples` are the arguments of each
    example, as Values; derivatives up to an `order` are wanted. Gradients of the parameters stay as they are.
    """
    before = [parameter._grad for parameter in parameters]
    try:
        for n, example in enumerate(examples):
            try:
                with recording():  # as what is compiled is, inside no_grad too
                    out = function(*example)
                    for leaf in tree.leaves(out):
                        if not isfinite(leaf.data if isinstance(leaf, Value) else leaf):
                            raise AnomalyError(f"the function returns {leaf}")
                    if order and isinstance(out, Value):
                        for parameter in parameters:  # what is added to nan or infinity cannot be blamed
                            parameter._grad = NOTHING
                        out.backward()
            except AnomalyError as error:
                raise AnomalyError(f"in example {n}, {error}") from None
    finally:
        for parameter, grad in zip(parameters, before, strict=True):
            parameter._grad = grad
    raise AnomalyError(FINITE_ALONE[order].format(result))
