"""Where a compiled call went wrong: the engine itself goes through its examples, operation by operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NoReturn

from autograd.checks.diagnose import AnomalyError, where_it_began
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
    examples: Iterable[tuple[int, Sequence[Any], Sequence[Value]]],
    result: float,
    order: int,
) -> NoReturn:
    """Raise AnomalyError for the first example that is not finite, and what made it so.

    Of each of the `examples` are given its number, its arguments as Values, and the Values along which it is
    differentiated; derivatives up to an `order` are wanted. Raises AnomalyError too where every example is
    finite alone.
    """
    for n, example, inputs in examples:
        if began := where_it_began(partial(function, *example), inputs):
            raise AnomalyError(f"in example {n}, {began}")
    raise AnomalyError(FINITE_ALONE[order].format(result))
