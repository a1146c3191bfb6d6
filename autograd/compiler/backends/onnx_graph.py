"""An array program as a graph of ONNX: one node or a few for each statement, its numbers inside.

Parameters are not inputs of the graph but constants of it, in the shape in which each statement reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import erfc, inf, log, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.arrays.program import NOTHING, Array, Fill, Operand, Program, places_of
from autograd.compiler.backends.elementwise import instructions, instructions_on_row
from autograd.compiler.backends.lowering import Combination, Contraction, Elementwise, Form, lowered
from autograd.listing import Symbol

OPSET = 17
"""The version of the operators: read by ONNX Runtime from 1.12, of May 2022."""

NODES = {
    "add": "Add",
    "sub": "Sub",
    "mul": "Mul",
    "truediv": "Div",
    "divide": "Div",
    "neg": "Neg",
    "lt": "Less",
    "le": "LessOrEqual",
    "gt": "Greater",
    "ge": "GreaterOrEqual",
    "eq": "Equal",
    "and_": "And",
    "where": "Where",
    "power": "Pow",
    "maximum": "Max",
    "minimum": "Min",
    "abs": "Abs",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "floor": "Floor",
    "round": "Round",
    "sign": "Sign",
    "sin": "Sin",
    "cos": "Cos",
    "tanh": "Tanh",
}
JOINS = {"add": "ReduceSum", "mul": "ReduceProd", "maximum": "ReduceMax", "minimum": "ReduceMin"}

COMPOSED: dict[str, Callable[..., str]] = {}
"""What ONNX has no operator for, or most runtimes have for float32 alone."""


def _composed(function: Callable[..., str]) -> Callable[..., str]:
    """Enter how a function of the table is composed of others."""
    COMPOSED[function.__name__.strip("_")] = function
    return function


@_composed
def _ne(g: Graph, x: str, y: str) -> str:
    return g.node("Not", g.node("Equal", x, y))


@_composed
def _exp2(g: Graph, x: str) -> str:
    return g.node("Pow", g.constant(2.0), x)


@_composed
def _log2(g: Graph, x: str) -> str:
    return g.node("Div", g.node("Log", x), g.constant(log(2.0)))


@_composed
def _log10(g: Graph, x: str) -> str:
    return g.node("Div", g.node("Log", x), g.constant(log(10.0)))


@_composed
def _cbrt(g: Graph, x: str) -> str:
    return g.node("Mul", g.node("Sign", x), g.node("Pow", g.node("Abs", x), g.constant(1 / 3)))


@_composed
def _mod(g: Graph, x: str, y: str) -> str:
    """What is left of x, with the sign of y; y is finite."""
    left = g.node("Mod", x, y, fmod=1)
    crossed = g.node("Less", g.node("Mul", g.node("Sign", left), g.node("Sign", y)), g.constant(0.0))
    return g.node("Where", crossed, g.node("Add", left, y), left)


@_composed
def _floor_divide(g: Graph, x: str, y: str) -> str:
    whole = g.node("Round", g.node("Div", g.node("Sub", x, _mod(g, x, y)), y))
    return g.node("Where", g.node("Equal", y, g.constant(0.0)), g.node("Div", x, y), whole)


@_composed
def _tan(g: Graph, x: str) -> str:
    return g.node("Div", g.node("Sin", x), g.node("Cos", x))


@_composed
def _sinh(g: Graph, x: str) -> str:
    size = g.node("Abs", x)
    less = _expm1(g, size)
    small = g.node("Add", less, g.node("Div", less, g.node("Add", less, g.constant(1.0))))
    half = g.node("Exp", g.node("Sub", size, g.constant(log(2.0))))
    large = g.node("Greater", size, g.constant(40.0))
    above = g.node("Where", large, half, g.node("Mul", g.constant(0.5), small))
    return g.node("Mul", g.node("Sign", x), above)


@_composed
def _cosh(g: Graph, x: str) -> str:
    up, down = (g.node("Mul", g.node("Abs", x), g.constant(sign)) for sign in (1.0, -1.0))
    shift = g.constant(log(2.0))
    return g.node("Add", *[g.node("Exp", g.node("Sub", power, shift)) for power in (up, down)])


@_composed
def _arcsinh(g: Graph, x: str) -> str:
    one = g.constant(1.0)
    size = g.node("Abs", x)
    square = g.node("Mul", size, size)
    root = g.node("Sqrt", g.node("Add", one, square))
    small = _log1p(g, g.node("Add", size, g.node("Div", square, g.node("Add", one, root))))
    large = g.node("Add", g.node("Log", size), g.constant(log(2.0)))
    above = g.node("Where", g.node("Greater", size, g.constant(1e8)), large, small)
    return g.node("Mul", g.node("Sign", x), above)


@_composed
def _arccosh(g: Graph, x: str) -> str:
    more = g.node("Sub", x, g.constant(1.0))
    root = g.node("Sqrt", g.node("Mul", more, g.node("Add", more, g.constant(2.0))))
    large = g.node("Add", g.node("Log", x), g.constant(log(2.0)))
    return g.node("Where", g.node("Greater", x, g.constant(1e8)), large, _log1p(g, g.node("Add", more, root)))


@_composed
def _arctanh(g: Graph, x: str) -> str:
    size = g.node("Abs", x)
    odds = g.node("Div", g.node("Mul", g.constant(2.0), size), g.node("Sub", g.constant(1.0), size))
    half = g.node("Mul", g.constant(0.5), _log1p(g, odds))
    return g.node("Mul", g.node("Sign", x), half)


@_composed
def _arctan(g: Graph, x: str) -> str:
    """Up to 1, x times a series in Chebyshev polynomials of 2x² − 1; above, π/2 less that of 1/x."""
    one = g.constant(1.0)
    size = g.node("Abs", x)
    beyond = g.node("Greater", size, one)
    inner = g.node("Where", beyond, g.node("Div", one, size), size)
    twice = g.node("Sub", g.node("Mul", g.constant(4.0), g.node("Mul", inner, inner)), g.constant(2.0))
    near = g.node("Mul", inner, _chebyshev(g, twice, _arctan_series()))
    above = g.node("Where", beyond, g.node("Sub", g.constant(pi / 2), near), near)
    return g.node("Mul", g.node("Sign", x), above)


@_composed
def _arcsin(g: Graph, x: str) -> str:
    one = g.constant(1.0)
    root = g.node("Sqrt", g.node("Mul", g.node("Sub", one, x), g.node("Add", one, x)))
    return _arctan(g, g.node("Div", x, root))


@_composed
def _arccos(g: Graph, x: str) -> str:
    one = g.constant(1.0)
    share = g.node("Div", g.node("Sub", one, x), g.node("Add", one, x))
    return g.node("Mul", g.constant(2.0), _arctan(g, g.node("Sqrt", share)))


@_composed
def _erf(g: Graph, x: str) -> str:
    return g.node("Sub", g.constant(1.0), _erfc(g, x))


@_composed
def _log1p(g: Graph, x: str) -> str:
    """ln(1 + x), with the part of x that 1 + x rounds away (Goldberg 1991, theorem 4)."""
    one = g.constant(1.0)
    whole = g.node("Add", one, x)
    kept = g.node("Sub", whole, one)
    mended = g.node("Mul", g.node("Log", whole), g.node("Div", x, kept))
    precise = g.node("Where", g.node("Equal", kept, x), g.node("Log", whole), mended)
    return g.node("Where", g.node("Equal", whole, one), x, precise)


@_composed
def _expm1(g: Graph, x: str) -> str:
    """eˣ − 1 = (u − 1) x / ln u, where u is eˣ as rounded (Kahan; Higham 2002, section 1.14.1)."""
    one, most, least = g.constant(1.0), g.constant(40.0), g.constant(-40.0)
    u = g.node("Exp", x)
    less = g.node("Sub", u, one)
    mended = g.node("Div", g.node("Mul", less, x), g.node("Log", u))
    inner = g.node("Where", g.node("Equal", u, one), x, mended)
    inner = g.node("Where", g.node("Greater", x, most), u, inner)
    return g.node("Where", g.node("Less", x, least), g.constant(-1.0), inner)


@_composed
def _erfc(g: Graph, x: str) -> str:
    """erfc |x| = t exp(−x² + c(t)), t = 2 / (2 + |x|), c a series in Chebyshev polynomials of 2t − 1.

    So in Press et al., Numerical Recipes (2007), section 6.2.2. Most runtimes have Erf for float32 alone.
    """
    two = g.constant(2.0)
    size = g.node("Abs", x)
    t = g.node("Div", two, g.node("Add", two, size))
    twice = g.node("Sub", g.node("Mul", g.constant(4.0), t), two)  # 2 (2t − 1)
    series = _chebyshev(g, twice, _erfc_series())
    power = g.node("Sub", series, g.node("Mul", size, size))
    above = g.node("Mul", t, g.node("Exp", power))
    return g.node("Where", g.node("Less", x, g.constant(0.0)), g.node("Sub", two, above), above)


def _chebyshev(g: Graph, twice: str, coefficients: list[float]) -> str:
    """Write a series in Chebyshev polynomials by Clenshaw's recurrence; `twice` is twice their argument."""
    first, *others = coefficients
    after, series = g.constant(0.0), g.constant(others[-1])
    for coefficient in others[-2::-1]:
        ahead = g.node("Sub", g.node("Mul", twice, series), after)
        after, series = series, g.node("Add", ahead, g.constant(coefficient))
    half = g.node("Mul", g.constant(0.5), g.node("Mul", twice, series))
    return g.node("Add", g.node("Sub", half, after), g.constant(first))


@cache
def _arctan_series() -> list[float]:
    places = np.cos(np.pi * (np.arange(2000) + 0.5) / 2000)
    x = np.sqrt((places + 1) / 2)
    fitted: list[float] = np.polynomial.chebyshev.chebfit(places, np.arctan(x) / x, 24).tolist()
    return fitted


@cache
def _erfc_series() -> list[float]:
    """Return the coefficients of c, from erfc at the places where it can be divided by exp(−x²)."""
    places = np.cos(np.pi * (np.arange(2000) + 0.5) / 2000)
    t = (places + 1) / 2
    t = t[t > 2 / (2 + 25)]
    x = 2 / t - 2
    wanted = np.log([erfc(number) for number in x]) + x * x - np.log(t)
    fitted: list[float] = np.polynomial.chebyshev.chebfit(2 * t - 1, wanted, 34).tolist()
    return fitted


@_composed
def _hypot(g: Graph, x: str, y: str) -> str:
    x, y = g.node("Abs", x), g.node("Abs", y)
    larger, smaller = g.node("Max", x, y), g.node("Min", x, y)
    share = g.node("Div", smaller, larger)
    root = g.node("Sqrt", g.node("Add", g.constant(1.0), g.node("Mul", share, share)))
    at_end = g.node("Equal", larger, g.node("Mul", larger, g.constant(2.0)))  # 0 and infinity
    return g.node("Where", at_end, larger, g.node("Mul", larger, root))


@_composed
def _arctan2(g: Graph, y: str, x: str) -> str:
    zero, endless = g.constant(0.0), g.constant(inf)
    both = g.node("And", *[g.node("Equal", g.node("Abs", side), endless) for side in (x, y)])
    x, y = (g.node("Where", both, g.node("Sign", side), side) for side in (x, y))
    below = g.node("Less", g.node("Div", g.constant(1.0), y), zero)  # −0 too
    turn = g.node("Where", below, g.constant(-pi), g.constant(pi))
    beside = _arctan(g, g.node("Div", y, x))
    behind = g.node("Add", beside, turn)
    above = g.node("Mul", g.node("Sign", y), g.constant(pi / 2))
    other = g.node("Where", g.node("Less", x, zero), behind, above)
    return g.node("Where", g.node("Greater", x, zero), beside, other)


class Graph:
    """An array program being written as nodes; `model` is the result."""

    def __init__(self, program: Program, numbers: NDArray[np.float64], dtype: np.dtype[Any]) -> None:
        import onnx

        self.onnx = onnx
        self.dtype = dtype
        self.numbers = {program.parameters: numbers}
        self.nodes: list[Any] = []
        self.constants: dict[tuple[Any, ...], str] = {}
        self.tensors: list[Any] = []
        self.names: dict[Array, str] = {}
        self.parts: dict[Array, list[tuple[str, Any]]] = {}
        inputs = []
        kind = onnx.helper.np_dtype_to_tensor_dtype(dtype)
        for array, shape in zip(program.arguments, program.shapes, strict=True):
            inputs.append(onnx.helper.make_tensor_value_info(array.name, kind, ["batch", *shape]))
            self.names[array] = self._reshaped(array.name, [-1, array.size])
        for statement in program.statements:
            if isinstance(statement, Fill):
                self._fill(statement)
                continue
            low = lowered(statement)
            made = self._elementwise(low) if isinstance(low, Elementwise) else self._combination(low)
            self._keep(low.out.array, statement.out.at, made)
        width = len(program.outputs)
        result = self._outputs(program)
        self.nodes.append(onnx.helper.make_node("Identity", [result], ["outputs"]))
        outputs = [onnx.helper.make_tensor_value_info("outputs", kind, ["batch", width])]
        graph = onnx.helper.make_graph(self.nodes, "program", inputs, outputs, self.tensors)
        opset = [onnx.helper.make_opsetid("", OPSET)]
        self.model = onnx.helper.make_model(
            graph, producer_name="glassgrad", opset_imports=opset, ir_version=8
        )
        onnx.checker.check_model(self.model, full_check=True)

    # ---- nodes ----------------------------------------------------------------------------------------

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its result."""
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, numbers: Any, dtype: Any = None) -> str:
        """Return the name of a constant of the graph."""
        array = np.asarray(numbers, dtype or self.dtype)
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self.constants:
            name = self.constants[key] = f"constant_{len(self.constants)}"
            self.tensors.append(
                self.onnx.numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)
            )
        return self.constants[key]

    def _reshaped(self, name: str, shape: Sequence[int]) -> str:
        return self.node("Reshape", name, self.constant(shape, np.int64))

    def _picked(self, name: str, at: Any, size: int) -> str:
        """Return elements of the last axis, by their positions."""
        if np.array_equal(at, np.arange(size)):
            return name
        return self.node("Gather", name, self.constant(at, np.int64), axis=-1)

    def _read(self, operand: Operand) -> str:
        """Return an operand, with the axis of the batch in front if it varies."""
        array, at = operand.array, operand.at
        known = operand.numbers
        if array in self.numbers:
            known = np.where(at == NOTHING, operand.hole, self.numbers[array][at])
        if known is not None:
            return self.constant(known)
        name = self._picked(self.names[array], np.maximum(at.ravel(), 0), array.size)
        name = self._reshaped(name, [*[-1] * array.varies, *at.shape])
        if (at == NOTHING).any():
            holes = self.constant(at == NOTHING, np.bool_)
            name = self.node("Where", holes, self.constant(operand.hole), name)
        return name

    def _keep(self, array: Array, at: Any, name: str) -> None:
        """Keep what a statement makes of an array; when all of it is made, put it together."""
        parts = self.parts.setdefault(array, [])
        parts.append((self._reshaped(name, [*[-1] * array.varies, at.size]), at.ravel()))
        if sum(len(part) for _, part in parts) == array.size:
            whole = parts[0][0]
            if len(parts) > 1:
                whole = self.node("Concat", *[part for part, _ in parts], axis=-1)
            order = np.argsort(np.concatenate([part for _, part in parts]))
            self.names[array] = self._picked(whole, order, array.size)

    def _fill(self, statement: Fill) -> None:
        array = statement.out.array
        holes = np.zeros(array.size, bool)
        holes[statement.out.at] = True
        number = self.constant(statement.number)
        self.names[array] = self.node("Where", self.constant(holes, np.bool_), number, self.names[array])

    # ---- statements -----------------------------------------------------------------------------------

    def _elementwise(self, statement: Elementwise) -> str:
        op, operands = statement.op, statement.operands
        on_row = None if statement.row is None else instructions_on_row(op, len(operands))
        if on_row is not None and not all(call.function in JOINS for call in on_row[0] if call.joins):
            on_row = None
        if on_row is not None and statement.row is not None:
            written, [row], result = on_row
            held = {row: self._read(statement.row)}
        else:
            written, symbols, result = instructions(op, [None] * len(operands))
            held = {symbol: self._read(o) for symbol, o in zip(symbols, operands, strict=True)}
        for call in written:
            args = [held[x] if isinstance(x, Symbol) else self.constant(x) for x in call.arguments]
            if call.joins:
                axes = [self.constant([-1], np.int64)] if call.function == "add" else []
                more = {} if axes else {"axes": [-1]}
                held[call.result] = self.node(JOINS[call.function], *args, *axes, keepdims=0, **more)
                continue
            if on_row is not None and call.result.row:
                args = [
                    self.node("Unsqueeze", held[x], self.constant([-1], np.int64))
                    if isinstance(x, Symbol) and not x.row
                    else arg
                    for x, arg in zip(call.arguments, args, strict=True)
                ]
            if call.function in COMPOSED:
                held[call.result] = COMPOSED[call.function](self, *args)
            else:
                held[call.result] = self.node(NODES[call.function], *args)
        if not isinstance(result, Symbol):
            return self.constant(np.full(statement.out.at.shape, result))
        return held[result]

    def _combination(self, statement: Combination) -> str:
        shape = statement.out.at.shape
        total = ""
        for addend in statement.addends:
            if isinstance(addend.factors, Contraction):
                part = self._contraction(addend.factors, shape)
            else:
                part, *others = [self._read(side) for side in addend.factors]
                for other in others:
                    part = self.node("Mul", part, other)
            if addend.coefficient != 1.0:
                part = self.node("Mul", part, self.constant(addend.coefficient))
            total = self.node("Add", total, part) if total else part
        return total or self.constant(np.zeros(shape))

    def _contraction(self, product: Contraction, shape: tuple[int, ...]) -> str:
        """Return a product in the order of the sum and in the shape it is made in."""
        of_left, of_right, of_result = product.letters
        left = self._read(product.left)
        if product.right is None:
            axes = [n for n, letter in enumerate(of_left) if letter not in of_result]
            made = self.node("ReduceSum", left, self.constant(axes, np.int64), keepdims=0) if axes else left
        elif product.form is Form.MATMUL and not product.right.array.varies and of_right in ("jk", "gkj"):
            right = self._read(product.right)
            if of_right == "jk":
                right = self.node("Transpose", right, perm=[1, 0])
            made = self.node("MatMul", left, right)
        else:
            made = self.node(
                "Einsum", left, self._read(product.right), equation=f"{of_left},{of_right}->{of_result}"
            )
        lead = [-1] * product.varies
        flat = self._reshaped(made, [*lead, product.sums.size])
        return self._reshaped(self._picked(flat, places_of(product.sums), product.sums.size), [*lead, *shape])

    def _outputs(self, program: Program) -> str:
        """Return a row of all results for each example."""
        arrays = list(dict.fromkeys(array for array, _ in program.outputs))
        offset, size, parts = {}, 0, []
        like = self.node("Shape", self.names[program.arguments[0]], start=0, end=1)
        for array in arrays:
            offset[array] = size
            size += array.size
            part = self._read(Operand(array, np.arange(array.size)))
            if not array.varies:
                shape = self.node("Concat", like, self.constant([array.size], np.int64), axis=0)
                part = self.node("Expand", part, shape)
            parts.append(part)
        whole = parts[0] if len(parts) == 1 else self.node("Concat", *parts, axis=-1)
        return self._picked(whole, np.array([offset[array] + at for array, at in program.outputs]), size)
