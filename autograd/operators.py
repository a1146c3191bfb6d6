"""Infix operators and methods, for everything that flows through the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from autograd import curves, functions, ops
from autograd.primitive import Operand, Primitive

Own = TypeVar("Own", bound="Operators")

NO_FLOAT = (
    "float(value), and so math.sin(value), would drop the gradient: "
    "use value.data for the number, autograd.sin and its like for functions"
)


def _method(primitive: Primitive) -> Callable[..., Any]:
    return lambda self, *others: primitive(self, *others)


def _infix(primitive: Primitive) -> Callable[[Own, Any], Own]:
    return lambda self, other: primitive(self, other)


def _reflected(primitive: Primitive) -> Callable[[Own, Any], Own]:
    return lambda self, other: primitive(other, self)


def _prefix(primitive: Primitive) -> Callable[[Own], Own]:
    return lambda self: primitive(self)


class Operators(Operand):
    """An operand with Python's arithmetic; functions of one value are methods: `x.exp()`, `x.clamp(0, 1)`."""

    __slots__ = ()

    __add__, __radd__ = _infix(ops.add), _reflected(ops.add)
    __sub__, __rsub__ = _infix(ops.sub), _reflected(ops.sub)
    __mul__, __rmul__ = _infix(ops.mul), _reflected(ops.mul)
    __truediv__, __rtruediv__ = _infix(ops.div), _reflected(ops.div)
    __floordiv__, __rfloordiv__ = _infix(ops.floor_divide), _reflected(ops.floor_divide)
    __mod__, __rmod__ = _infix(ops.mod), _reflected(ops.mod)
    __pow__, __rpow__ = _infix(ops.power), _reflected(ops.power)
    __neg__, __abs__ = _prefix(ops.neg), _prefix(ops.absolute)
    __floor__, __round__ = _prefix(ops.floor), _prefix(ops.round)

    def __pos__(self) -> Self:
        return self

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


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
