"""Infix operators and methods, for everything that flows through the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from autograd import curves, functions, ops
from autograd.primitive import Operand, Primitive


class Operators(Operand):
    """An operand with Python's arithmetic; functions of one value are methods: `x.exp()`, `x.clamp(0, 1)`."""

    __slots__ = ()

    def __add__(self, other: Any) -> Self:
        return ops.add(self, other)

    def __radd__(self, other: Any) -> Self:
        return ops.add(other, self)

    def __sub__(self, other: Any) -> Self:
        return ops.sub(self, other)

    def __rsub__(self, other: Any) -> Self:
        return ops.sub(other, self)

    def __mul__(self, other: Any) -> Self:
        return ops.mul(self, other)

    def __rmul__(self, other: Any) -> Self:
        return ops.mul(other, self)

    def __truediv__(self, other: Any) -> Self:
        return ops.div(self, other)

    def __rtruediv__(self, other: Any) -> Self:
        return ops.div(other, self)

    def __floordiv__(self, other: Any) -> Self:
        return ops.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Self:
        return ops.floor_divide(other, self)

    def __mod__(self, other: Any) -> Self:
        return ops.mod(self, other)

    def __rmod__(self, other: Any) -> Self:
        return ops.mod(other, self)

    def __pow__(self, other: Any) -> Self:
        return ops.power(self, other)

    def __rpow__(self, other: Any) -> Self:
        return ops.power(other, self)

    def __neg__(self) -> Self:
        return ops.neg(self)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return ops.absolute(self)

    def __floor__(self) -> Self:
        return ops.floor(self)

    def __round__(self) -> Self:
        return ops.round(self)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


def _method(primitive: Primitive) -> Callable[..., Any]:
    return lambda self, *others: primitive(self, *others)


_OF_SEVERAL = (curves.atan2, ops.clamp, curves.hypot, ops.maximum, ops.minimum, curves.xlogy)

METHODS: dict[str, Callable[..., Any]] = {
    **{primitive.name: _method(primitive) for primitive in ops.TABLE.values() if primitive.arity == 1},
    **{primitive.name: _method(primitive) for primitive in _OF_SEVERAL},
    "leaky_relu": functions.leaky_relu,
    "elu": functions.elu,
    "selu": functions.selu,
    "swish": _method(curves.silu),
}

for _name, _function in METHODS.items():
    setattr(Operators, _name, _function)
