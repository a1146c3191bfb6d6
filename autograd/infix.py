"""A short cut for `+ - * /` on a Value, generated from the table.

Most nodes of a network are made by these four. The general way, through `Primitive.__call__` and `record`,
asks what each argument is and calls a rule for each; that takes three times as long. The methods made here
have the table's formulas written into them, do the same (a test compares them), and leave everything that
is not a Value and a Value, or a Value and a float, to the general way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import ops
from autograd.formula import Text, value_formula
from autograd.primitive import Primitive
from autograd.value import Value, record, recorder

SOURCE = """
def infix(self, other):
    kind = other.__class__
    if current() is record and (kind is Value or kind is float):
        x, y = self._data, other._data if kind is Value else other
        try:
            out = {value}
            edges = (self, {along_x}, other, {along_y} if kind is Value else None)
        except ZeroDivisionError:
            return primitive(self, other)
        node = new(Value)
        node._data = out
        node._grad = None
        node.op = primitive
        node.edges = edges
        node.label = ""
        return node
    return primitive(self, other)
"""


def generated(primitive: Primitive) -> Callable[[Value, Any], Value]:
    """Return the method of a primitive of two arguments whose formulas are plain arithmetic."""
    along_x, along_y = primitive.derivatives(Text("out"), (Text("x"), Text("y")))
    source = SOURCE.format(value=value_formula(primitive, ["x", "y"]), along_x=along_x, along_y=along_y)
    scope: dict[str, Any] = {
        "Value": Value,
        "new": Value.__new__,
        "record": record,
        "current": recorder.get,
        "primitive": primitive,
    }
    exec(
        compile(source, __file__, "exec"), scope
    )  # under this file's name, so that it counts as the engine's
    method: Callable[[Value, Any], Value] = scope["infix"]
    return method


SHORT_CUTS = {"__add__": ops.add, "__sub__": ops.sub, "__mul__": ops.mul, "__truediv__": ops.div}

for _name, _primitive in SHORT_CUTS.items():
    setattr(Value, _name, generated(_primitive))
