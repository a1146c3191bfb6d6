"""Infix operators and methods, for everything that flows through the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from autograd import curves, functions, ops
from autograd.primitive import Operand, Primitive

Own = TypeVar("Own", bound="Operators")

FUNCTIONS = "autograd.sin and its like for functions"
NO_FLOAT = (
    "float(value), and so math.sin(value), would drop the gradient: "
    f"use value.data for the number, {FUNCTIONS}"
)


def _method(primitive: Primitive) -> Callable[..., Any]:
    def method(self: Any, /, *others: Any, **named: Any) -> Any:
        return primitive(self, *others, **named)

    method.__name__ = method.__qualname__ = primitive.name  # which Python names in what it refuses
    return method


def _infix(primitive: Primitive) -> Callable[[Own, Any], Own]:
    return lambda self, other: primitive(self, other)


def _reflected(primitive: Primitive) -> Callable[[Own, Any], Own]:
    return lambda self, other: primitive(other, self)


def _prefix(primitive: Primitive) -> Callable[[Own], Own]:
    return lambda self: primitive(self)


class Operators(Operand):
    """An operand with Python's arithmetic; functions of one value are methods: `x.exp()`, `x.clamp(0, 1)`.

    A program may label it where it has a slot `_label`.
    """

    __slots__ = ()

    _label: str  # not there unless given

    __add__, __radd__ = _infix(ops.add), _reflected(ops.add)
    __sub__, __rsub__ = _infix(ops.sub), _reflected(ops.sub)
    __mul__, __rmul__ = _infix(ops.mul), _reflected(ops.mul)
    __truediv__, __rtruediv__ = _infix(ops.div), _reflected(ops.div)
    __floordiv__, __rfloordiv__ = _infix(ops.floor_divide), _reflected(ops.floor_divide)
    __mod__, __rmod__ = _infix(ops.mod), _reflected(ops.mod)
    __pow__, __rpow__ = _infix(ops.power), _reflected(ops.power)
    __neg__, __abs__ = _prefix(ops.neg), _prefix(ops.absolute)
    __floor__ = _prefix(ops.floor)

    def __round__(self, digits: int | None = None) -> Self:
        if digits is not None:
            raise TypeError(
                f"round(value, {digits}) would have no slope: use round(value) for the nearest whole number, "
                f"round(value.data, {digits}) for a number to show"
            )
        rounded: Self = ops.round(self)
        return rounded

    def __pos__(self) -> Self:
        return self

    @property
    def label(self) -> str:
        """The name in drawings and messages, "" without one."""
        return getattr(self, "_label", "")

    @label.setter
    def label(self, label: str) -> None:
        self._label = label  # type: ignore[misc]  # kinds that have the slot

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
