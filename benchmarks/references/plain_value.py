"""The plainest scalar autograd that there is, after microgpt's: what our Value is measured against.

A node keeps its inputs and the slope along each; subtraction and division are made of the others; the order
is found by recursion. Nothing is refused, and an interrupted pass leaves some gradients half added up.
"""

from __future__ import annotations

import math
from typing import Any


class Plain:
    """A number, its gradient, and the numbers it was made from, each with a local slope."""

    __slots__ = ("data", "grad", "inputs", "slopes")

    def __init__(self, data: float, inputs: tuple[Plain, ...] = (), slopes: tuple[float, ...] = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.inputs = inputs
        self.slopes = slopes

    def __add__(self, other: Any) -> Plain:
        other = other if isinstance(other, Plain) else Plain(other)
        return Plain(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Plain:
        other = other if isinstance(other, Plain) else Plain(other)
        return Plain(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent: float) -> Plain:
        return Plain(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))

    def __neg__(self) -> Plain:
        return self * -1.0

    def __sub__(self, other: Any) -> Plain:
        return self + -other

    def __truediv__(self, other: Any) -> Plain:
        return self * other**-1

    __radd__, __rmul__ = __add__, __mul__

    def exp(self) -> Plain:
        """Return e to this power."""
        power = math.exp(self.data)
        return Plain(power, (self,), (power,))

    def log(self) -> Plain:
        """Return the natural logarithm."""
        return Plain(math.log(self.data), (self,), (1 / self.data,))

    def relu(self) -> Plain:
        """Return the number if it is positive, else 0."""
        return Plain(max(0.0, self.data), (self,), (float(self.data > 0),))

    def backward(self) -> None:
        """Add ∂self/∂node to the gradient of every node that this one was made from."""
        order: list[Plain] = []
        seen: set[Plain] = set()

        def visit(node: Plain) -> None:
            if node not in seen:
                seen.add(node)
                for one in node.inputs:
                    visit(one)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for one, slope in zip(node.inputs, node.slopes, strict=True):
                one.grad += slope * node.grad
