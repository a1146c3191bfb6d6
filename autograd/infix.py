"""A short cut for `+ - * / **` on a Value, generated from the table.

Most nodes of a network are made by these five. Their way through `Primitive.__call__` takes twice as long as
what it leads to. The methods made here do the same (a test compares them) for a Value with a Value, a float
or an int, and leave everything else to the primitive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import code, ops
from autograd.primitive import Primitive
from autograd.value import SCOPE, Value


def generated(primitive: Primitive, reflected: bool = False) -> Callable[[Value, Any], Value]:
    """Return the method of a primitive of two arguments; a reflected one has `self` as the second."""
    own, other = ("a1", "a0") if reflected else ("a0", "a1")
    lines = [
        *code.recording(primitive, code.VALUE, code.VALUE),
        *code.recording(primitive, *((code.FLOAT, code.VALUE) if reflected else (code.VALUE, code.FLOAT))),
        *code.block(f"if type({other}) is int:", [f"return function({own}, as_float({other}))"]),
        "return primitive(a0, a1)",
    ]
    return code.defined((own, other), lines, primitive=primitive, **SCOPE)


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
