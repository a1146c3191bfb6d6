"""The same graph sooner: recorders written out from the table, by operation and number of arguments.

The general way to a node's value and local derivatives goes through `Primitive.__call__` again for every
primitive that a rule names, which asks each time what its arguments are. Written out, tanh and its rule are

    t0 = tanh(x)
    t1 = abs(x)
    …
    t9 = power(t8, 2.0)

where every function is one of `autograd.scalar`; that takes a sixth of the time, and is still the table.

`switch_on` puts these recorders in front of the general way, which stays as it is and gives the same nodes.
Nothing else in `autograd` knows this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product, zip_longest
from math import inf, nan
from types import CellType
from typing import Any

from autograd import ops, scalar
from autograd.notation.listing import PYTHON, Listing
from autograd.outside import Name, outside
from autograd.primitive import Primitive
from autograd.value import EDGE_SLOTS, Value, record, recorder

# What an argument may be, and how its number and its partial are then written.
VALUE, FLOAT, EITHER = "Value", "float", "either"
NUMBER = {VALUE: "a{0}._float", FLOAT: "a{0}", EITHER: "a{0} if type(a{0}) is float else a{0}._float"}
PARTIAL = {VALUE: "{1}", FLOAT: "None", EITHER: "None if type(a{0}) is float else {1}"}

MOST_APART = 3
"""Of so many fixed arguments every mixture of Values and floats, 2ⁿ of them, has lines of its own."""


def written(primitive: Primitive, kinds: Sequence[str]) -> list[str]:
    """Return lines of code that record a call of a primitive with the arguments a0, a1, … of these kinds.

    They make a node of the number, and of the arguments and partials as a node keeps them.
    """
    listing = Listing()
    numbers = [listing.argument() for _ in kinds]
    out = primitive(*numbers)
    partials = primitive.derivatives(out, numbers, [kind != FLOAT for kind in kinds])
    names = {number: f"x{i}" for i, number in enumerate(numbers)}
    assignments = PYTHON.write(listing.needed(out, *partials), names)
    edges = [
        part
        for i, (kind, partial) in enumerate(zip(kinds, partials, strict=True))
        for part in (f"a{i}", PARTIAL[kind].format(i, PYTHON.operand(partial, names)))
    ]
    if len(edges) > 4:
        edges[2:] = [f"({', '.join(edges[2:])})"]
    return [
        *(f"x{i} = {NUMBER[kind].format(i)}" for i, kind in enumerate(kinds)),
        *(f"{name} = {expression}" for name, expression in assignments),
        "node = new(Value)",
        f"node._float = {PYTHON.operand(out, names)}",
        "node.op = primitive",
        *(f"node.{slot} = {part}" for slot, part in zip_longest(EDGE_SLOTS, edges, fillvalue="None")),
        "return node",
    ]


def recording(primitive: Primitive, *kinds: str) -> list[str]:
    """Return lines of code that record a call if its arguments are exactly of these kinds."""
    tests = " and ".join(f"type(a{i}) is {kind}" for i, kind in enumerate(kinds))
    return block(f"if {tests} and current() is record:", written(primitive, kinds))


def recording_many(primitive: Primitive, count: int) -> list[str]:
    """Return lines of code that record a call of a primitive with `count` Values and floats, many of them.

    To ask each argument what it is takes as long as all the rest. So the usual case, Values alone, is told
    by the first, the middle and the last; where they mislead, reading the others fails.
    """
    is_value = [f"type(a{i}) is Value" for i in range(count)]
    all_values = " and ".join(is_value[i] for i in sorted({0, count // 2, count - 1}))
    some_value = " or ".join(is_value)
    lines = []
    for test, kind in ((all_values, VALUE), (some_value, EITHER)):
        recorded = block(f"if ({test}) and current() is record:", written(primitive, [kind] * count))
        lines += [*block("try:", recorded), *block("except AttributeError:", ["pass"])]
    return lines


def recorder_of(primitive: Primitive, count: int) -> Callable[..., Any]:
    """Return the function that records a call of `primitive` with `count` Values and floats.

    It returns NotImplemented where there is nothing to record: among other arguments, for floats alone, and
    where calls mean something else in this context.
    """
    if primitive.all_partials is None and count <= MOST_APART:
        every = [kinds for kinds in product((VALUE, FLOAT), repeat=count) if VALUE in kinds]
        lines = [line for kinds in every for line in recording(primitive, *kinds)]
    else:
        lines = recording_many(primitive, count)
    parameters = [f"a{i}" for i in range(count)]
    names = outside(primitive) or ()
    if names:
        lines = block(f"if {' and '.join(map(unchanged, range(len(names)), names))}:", lines)
    return defined(parameters, [*lines, "return NotImplemented"], primitive, names)


def unchanged(n: int, name: Name) -> str:
    """Return a test whether the n-th name that the rules read stands for what it stood for."""
    read = "cell_contents" if isinstance(name.place, CellType) else f"get({name.name!r})"
    return f"places[{n}].{read} is things[{n}]"


def method_of(primitive: Primitive, reflected: bool = False) -> Callable[[Value, Any], Value]:
    """Return the method of an infix operation on a Value; a reflected one has `self` as the second.

    Most nodes of a network are made by these. A Value with a Value, a float or an int is recorded at once;
    everything else is left to the primitive.
    """
    own, other = ("a1", "a0") if reflected else ("a0", "a1")
    lines = [
        *recording(primitive, VALUE, VALUE),
        *block(f"if type({other}) is int:", [f"{other} = as_float({other})"]),
        *recording(primitive, *((FLOAT, VALUE) if reflected else (VALUE, FLOAT))),
        "return primitive(a0, a1)",
    ]
    return defined((own, other), lines, primitive)


def block(head: str, lines: Iterable[str]) -> list[str]:
    """Return the lines indented under their head."""
    return [head, *(f"    {line}" for line in lines)]


def defined(
    parameters: Iterable[str], lines: Iterable[str], primitive: Primitive, outside: Sequence[Name] = ()
) -> Callable[..., Any]:
    """Return the function of these lines; it sees `autograd.scalar`, what they name here, and itself."""
    names = {
        **vars(scalar),
        "inf": inf,
        "nan": nan,
        "Value": Value,
        "new": Value.__new__,
        "record": record,
        "current": recorder.get,
        "primitive": primitive,
        "places": [name.place for name in outside],
        "things": [name.thing for name in outside],
    }
    source = "\n".join(block(f"def function({', '.join(parameters)}):", lines))
    # Under this file's name, so that a traceback and `detect_anomaly` count it as the engine's.
    exec(compile(source, __file__, "exec"), names)
    function: Callable[..., Any] = names["function"]
    return function


# ---- in front of the general way ---------------------------------------------------------------------

MOST_ARGUMENTS = 100
"""A call with more is recorded the general way: code for each count would cost more than it saves."""

RECORDERS: dict[Primitive, dict[int, Callable[..., Any]]] = {}
"""The recorders made so far, by primitive and number of arguments."""

NONE: dict[int, Callable[..., Any]] = {}

METHODS: dict[str, Primitive] = {
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
"""The infix operations of a Value that are recorded at once."""


_general_call = Primitive.__call__


def _call(self: Primitive, *args: Any, **named: Any) -> Any:
    if named:
        return _general_call(self, *args, **named)
    count = len(args)
    made = RECORDERS.get(self, NONE).get(count)
    if made is None:
        some_value = Value in map(type, args)
        wanted = some_value and count <= MOST_ARGUMENTS and self.arity in (None, count)
        if not wanted or outside(self) is None:
            return _general_call(self, *args)
        made = RECORDERS.setdefault(self, {})[count] = recorder_of(self, count)
    out = made(*args)
    return _general_call(self, *args) if out is NotImplemented else out


def switch_on() -> None:
    """Record by generated code wherever that gives the same node."""
    Primitive.__call__ = _call  # type: ignore[method-assign]
    for name, primitive in METHODS.items():
        setattr(Value, name, method_of(primitive, reflected=name.startswith("__r")))


def switch_off() -> None:
    """Record the general way alone."""
    Primitive.__call__ = _general_call  # type: ignore[method-assign]
    for name in METHODS:
        if name in vars(Value):
            delattr(Value, name)
