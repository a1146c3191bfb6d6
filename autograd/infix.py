"""A short cut for `+ - * / **` on a Value, generated from the table.

Most nodes of a network are made by these five. The general way, through `Primitive.__call__` and `record`,
first finds out who interprets the call and how; that takes four times as long as the arithmetic. The methods
made here do the same (a test compares them) for a Value with a Value, a float or an int, and leave everything
else to the general way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import code, ops
from autograd.primitive import Primitive
from autograd.value import Value, record, recorder

METHOD = """
def function(self, other):
    a0, a1 = {operands}
    if current() is record:
        kind = type(other)
        if kind is Value:
            {with_a_value}
        elif kind is float:
            {with_a_float}
        elif kind is int:
            return function(self, as_float(other))
        else:
            return primitive(a0, a1)
        node = new(Value)
        node._data = out
        node._grad = None
        node.op = primitive
        node.edges = edges
        node.label = ""
        return node
    return primitive(a0, a1)
"""


def generated(primitive: Primitive, reflected: bool = False) -> Callable[[Value, Any], Value]:
    """Return the method of a primitive of two arguments; a reflected one has `self` as the second."""
    indented = "\n            ".join
    source = METHOD.format(
        operands="other, self" if reflected else "self, other",
        with_a_value=indented(code.written(primitive, (True, True))),
        with_a_float=indented(code.written(primitive, (not reflected, reflected))),
    )
    scope = {"current": recorder.get, "record": record, "Value": Value, "new": Value.__new__}
    method: Callable[[Value, Any], Value] = code.defined(source, primitive=primitive, **scope)
    return method


SHORT_CUTS: dict[str, Primitive] = {
    f"__{side}{name}__": primitive
    for name, primitive in (
        ("add", ops.add),
        ("sub", ops.sub),
        ("mul", ops.mul),
        ("truediv", ops.div),
        ("pow", ops.power),
    )
    for side in ("", "r")
}

for _name, _primitive in SHORT_CUTS.items():
    setattr(Value, _name, generated(_primitive, reflected=_name.startswith("__r")))
