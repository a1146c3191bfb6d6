"""Inspectors: what sees every result and every backward pass of a context, as `detect_anomaly` does.

They see the operations that a program applies, not the steps inside a rule or inside `softmax`: a nan there
may lie in a branch that is not selected.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

Result = TypeVar("Result")


class Inspector:
    """What looks at numbers where it is among the `inspectors`; it raises to refuse them."""

    def result(self, operation: Callable[..., Any], args: tuple[Any, ...], out: Any) -> None:
        """Look at what an operation has made of its arguments: a scalar or a tree."""
        raise NotImplementedError

    def forward(self, out: Any, epsilon: int) -> None:
        """Look at the rates of change in which the forward pass of this ε has ended."""
        raise NotImplementedError

    def backward(self, root: Any, inputs: list[Any] | None = None) -> None:
        """Look at the backward pass from a Value, before any gradient is touched.

        At that along some inputs, if they are given, and else at all of it, which leaves will add up.
        """
        raise NotImplementedError


inspectors: ContextVar[tuple[Inspector, ...]] = ContextVar("inspectors", default=())
"""What looks at numbers in this context."""

in_steps: ContextVar[bool] = ContextVar("in_steps", default=False)
"""Whether what is applied in this context is only a step of what was applied."""


def as_steps(call: Callable[..., Result], *args: Any) -> Result:
    """Make a call at whose operations no one looks.

    That is in a context of its own, which ends wherever Ctrl-C comes.
    """

    def inside() -> Result:
        in_steps.set(True)
        return call(*args)

    return copy_context().run(inside)


def as_one(operation: Callable[..., Any], call: Callable[..., Result], *args: Any) -> Result:
    """Make a call that applies several operations, at which one looks as at a single one."""
    looking = inspectors.get()
    if not looking or in_steps.get():
        return call(*args)
    out = as_steps(call, *args)
    for inspector in looking:
        inspector.result(operation, args, out)
    return out
