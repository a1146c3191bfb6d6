"""The table read as Python code: a primitive and its partials on floats, line after line.

The general way to a node's value and local derivatives goes through `Primitive.__call__` again for every
primitive that a rule names, which asks each time what its arguments are. Written out, tanh and its rule are

    t0 = tanh(x)
    t1 = abs(x)
    …
    t9 = power(t8, 2.0)

where every function is one of `autograd.scalar`; that takes a sixth of the time, and is still the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import inf, nan
from typing import Any, NoReturn

from autograd import scalar
from autograd.primitive import Operand, Primitive


class Writer:
    """Stands where NumPy stands in `impl(xp, …)`, and writes down what it is asked to compute."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}

    def write(self, expression: str) -> Code:
        """Assign an expression to a local variable; one that came before has its variable already."""
        return Code(self, self.variables.setdefault(expression, f"t{len(self.variables)}"))

    def where(self, condition: Any, x: Any, y: Any) -> Code:
        """Write a choice: the one function of an array namespace that Python has as an expression."""
        return self.write(f"{x} if {condition} else {y}")

    def __getattr__(self, function: str) -> Callable[..., Code]:
        return lambda *args: self.write(f"{function}({', '.join(map(str, args))})")


def _infix(sign: str) -> Callable[[Code, Any], Code]:
    return lambda left, right: left.writer.write(f"{left} {sign} {right}")


def _reflected(sign: str) -> Callable[[Code, Any], Code]:
    return lambda right, left: right.writer.write(f"{left} {sign} {right}")


class Code(Operand):
    """A local variable of the code being written."""

    rank = 2_000_000

    def __init__(self, writer: Writer, name: str) -> None:
        self.writer = writer
        self.name = name

    def __str__(self) -> str:
        return self.name

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        writer = next(arg.writer for arg in args if isinstance(arg, Code))
        return primitive.impl(writer, *args)

    def selecting(self, partial: Any, holds: bool) -> Code:
        """Write a derivative that is None, which the sweep passes over, where nothing is selected."""
        return self.writer.where(self, *((partial, None) if holds else (None, partial)))

    __add__, __sub__, __mul__, __truediv__ = map(_infix, "+-*/")
    __radd__, __rsub__, __rmul__, __rtruediv__ = map(_reflected, "+-*/")
    __lt__, __gt__, __le__, __ge__, __and__ = map(_infix, ("<", ">", "<=", ">=", "and"))
    __eq__, __ne__ = map(_infix, ("==", "!="))  # type: ignore[assignment]

    def __neg__(self) -> Code:
        return self.writer.write(f"-{self}")

    def __bool__(self) -> NoReturn:
        raise TypeError("an entry of the table must choose with xp.where or where, not with if, and, or")


# What an argument may be, and how its number and its partial are then written.
VALUE, FLOAT, EITHER = "Value", "float", "either"
NUMBER = {VALUE: "a{0}._float", FLOAT: "a{0}", EITHER: "a{0} if type(a{0}) is float else a{0}._float"}
PARTIAL = {VALUE: "{1}", FLOAT: "None", EITHER: "None if type(a{0}) is float else {1}"}


def written(primitive: Primitive, kinds: Sequence[str]) -> list[str]:
    """Return lines of code that record a call of a primitive with the arguments a0, a1, … of these kinds.

    They make a node of the number and of `edges`, the arguments and partials as a node keeps them.
    """
    writer = Writer()
    numbers = [Code(writer, f"x{i}") for i in range(len(kinds))]
    out = primitive(*numbers)
    partials = primitive.derivatives(out, numbers, [kind != FLOAT for kind in kinds])
    edges = [
        f"a{i}, {PARTIAL[kind].format(i, partial)}, "
        for i, (kind, partial) in enumerate(zip(kinds, partials, strict=True))
    ]
    return [
        *(f"x{i} = {NUMBER[kind].format(i)}" for i, kind in enumerate(kinds)),
        *(f"{variable} = {expression}" for expression, variable in writer.variables.items()),
        "node = new(Value)",
        f"node._float = {out}",
        "node._grad = NOTHING",
        "node.op = primitive",
        f"node.edges = ({''.join(edges)})",
        'node.label = ""',
        "return node",
    ]


def recording(primitive: Primitive, *kinds: str) -> list[str]:
    """Return lines of code that record a call if its arguments are exactly of these kinds."""
    tests = " and ".join(f"type(a{i}) is {kind}" for i, kind in enumerate(kinds))
    return block(f"if {tests} and current() is record:", written(primitive, kinds))


def recording_many(primitive: Primitive, count: int) -> list[str]:
    """Return lines of code that record a call of an n-ary primitive with `count` Values and floats.

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


def short_cut(primitive: Primitive, count: int, **scope: Any) -> Callable[..., Any]:
    """Return the function that records a call of `primitive` with `count` Values and floats.

    It returns NotImplemented where there is nothing to record: among other arguments, for floats alone, and
    where calls mean something else in this context. `scope` holds what its code names: Value and its
    constructor `new`, `record`, and `current`, which returns the recorder of the context.
    """
    if primitive.each is None:
        every = [kinds for kinds in product((VALUE, FLOAT), repeat=count) if VALUE in kinds]
        lines = [line for kinds in every for line in recording(primitive, *kinds)]
    else:
        lines = recording_many(primitive, count)
    parameters = [f"a{i}" for i in range(count)]
    return defined(parameters, [*lines, "return NotImplemented"], primitive=primitive, **scope)


def block(head: str, lines: Iterable[str]) -> list[str]:
    """Return the lines indented under their head."""
    return [head, *(f"    {line}" for line in lines)]


def defined(parameters: Iterable[str], lines: Iterable[str], **scope: Any) -> Callable[..., Any]:
    """Return the function of these lines; it sees `scope`, all of `autograd.scalar`, and itself."""
    names = {**vars(scalar), "inf": inf, "nan": nan, **scope}
    source = "\n".join(block(f"def function({', '.join(parameters)}):", lines))
    # Under this file's name, so that a traceback and `detect_anomaly` count it as the engine's.
    exec(compile(source, __file__, "exec"), names)
    function: Callable[..., Any] = names["function"]
    return function
