"""The table read as Python code: a primitive and its partials on floats, line after line.

The general way to a node's value and local derivatives goes through `Primitive.__call__` again for every
primitive that a rule names, which asks each time what its arguments are. Written out, tanh and its rule are

    t0 = tanh(x)
    t1 = abs(x)
    …
    t9 = power(t8, 2.0)

where every function is one of `autograd.scalar`; that takes a third of the time, and is still the table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
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

    __add__, __sub__, __mul__, __truediv__ = map(_infix, "+-*/")
    __radd__, __rsub__, __rmul__, __rtruediv__ = map(_reflected, "+-*/")
    __lt__, __gt__, __le__, __ge__, __and__ = map(_infix, ("<", ">", "<=", ">=", "and"))
    __eq__, __ne__ = map(_infix, ("==", "!="))  # type: ignore[assignment]

    def __neg__(self) -> Code:
        return self.writer.write(f"-{self}")

    def __bool__(self) -> NoReturn:
        raise TypeError("an entry of the table must choose with xp.where or where, not with if, and, or")


def written(primitive: Primitive, values: Sequence[bool]) -> list[str]:
    """Return lines of code that record a call of a primitive of fixed arity with the arguments a0, a1, …

    `values` tells which arguments are Values; the others are floats. The lines end by assigning `out`, the
    value, and `edges`, the arguments and partials as a node keeps them.
    """
    writer = Writer()
    numbers = [Code(writer, f"x{i}") for i in range(len(values))]
    out = primitive(*numbers)
    partials = primitive.derivatives(out, numbers, values)
    edges = "".join(f"a{i}, {partial}, " for i, partial in enumerate(partials))
    return [
        *(f"x{i} = a{i}._data" if value else f"x{i} = a{i}" for i, value in enumerate(values)),
        *(f"{variable} = {expression}" for expression, variable in writer.variables.items()),
        f"out = {out}",
        f"edges = ({edges})",
    ]


@lru_cache(maxsize=1024)
def recording(primitive: Primitive, values: tuple[bool, ...]) -> Callable[..., tuple[float, tuple[Any, ...]]]:
    """Return the function of a primitive's arguments that runs what `written` writes: `(out, edges)`."""
    parameters = ", ".join(f"a{i}" for i in range(len(values)))
    lines = [f"def function({parameters}):", *written(primitive, values), "return out, edges"]
    function: Callable[..., tuple[float, tuple[Any, ...]]] = defined("\n    ".join(lines))
    return function


def defined(source: str, **scope: Any) -> Any:
    """Run the definition of `function` and return it; it sees `scope` and all of `autograd.scalar`."""
    names = {**vars(scalar), "inf": inf, "nan": nan, **scope}
    # Under this file's name, so that a traceback and `detect_anomaly` count it as the engine's.
    exec(compile(source, __file__, "exec"), names)
    return names["function"]
