"""An array program as a graph of ONNX: one node or a few for each statement, its numbers inside.

Parameters are not inputs of the graph but constants of it, in the shape in which each statement reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.arguments import told_apart
from autograd.compiler.arrays.program import NOTHING, Array, Fill, Operand, Program, positions_of
from autograd.compiler.backends.elementwise import instructions
from autograd.compiler.backends.lowering import Combination, Contraction, Elementwise, Form, lowered
from autograd.compiler.backends.onnx.functions import COMPOSED
from autograd.compiler.backends.onnx.nodes import Nodes
from autograd.notation.listing import Symbol, listed_on_row

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
OUTPUTS = "outputs"
"""What the graph calls its results."""

JOINS = {"add": "ReduceSum", "mul": "ReduceProd", "maximum": "ReduceMax", "minimum": "ReduceMin"}


class Graph(Nodes):
    """An array program being written as nodes; `model` is the result."""

    def __init__(self, program: Program, numbers: NDArray[np.float64], dtype: np.dtype[Any]) -> None:
        given = told_apart([array.name for array in program.arguments], [OUTPUTS])
        super().__init__(dtype, [OUTPUTS, *given])
        onnx = self.onnx
        self.numbers = {program.parameters: numbers}
        self.names: dict[Array, str] = {}
        self.parts: dict[Array, list[tuple[str, Any]]] = {}
        inputs = []
        kind = onnx.helper.np_dtype_to_tensor_dtype(dtype)
        for name, array, shape in zip(given, program.arguments, program.shapes, strict=True):
            inputs.append(onnx.helper.make_tensor_value_info(name, kind, ["batch", *shape]))
            # Of what has an empty axis only the batch is read, and it is no shape for a Reshape.
            self.names[array] = self._reshaped(name, [-1, array.size]) if array.size else name
        for statement in program.statements:
            if isinstance(statement, Fill):
                self._fill(statement)
                continue
            low = lowered(statement)
            made = self._elementwise(low) if isinstance(low, Elementwise) else self._combination(low)
            self._keep(low.out.array, statement.out.at, made)
        width = len(program.outputs)
        result = self._outputs(program)
        self.nodes.append(onnx.helper.make_node("Identity", [result], [OUTPUTS]))
        outputs = [onnx.helper.make_tensor_value_info(OUTPUTS, kind, ["batch", width])]
        graph = onnx.helper.make_graph(self.nodes, "program", inputs, outputs, self.tensors)
        opset = [onnx.helper.make_opsetid("", OPSET)]
        self.model = onnx.helper.make_model(
            graph, producer_name="glassgrad", opset_imports=opset, ir_version=8
        )
        onnx.checker.check_model(self.model, full_check=True)

    def _reshaped(self, name: str, shape: Sequence[int]) -> str:
        return self.node("Reshape", name, self.constant(shape, np.int64))

    def _picked(self, name: str, at: Any, size: int) -> str:
        """Return elements of the last axis, by their positions."""
        if np.array_equal(at, np.arange(size)):
            return name
        return self.node("Gather", name, self.constant(at, np.int64), axis=-1)

    def _read(self, operand: Operand) -> str:
        """Return an operand, with the axis of the batch in front if it is batched."""
        array, at = operand.array, operand.at
        known = operand.numbers
        if array in self.numbers:
            known = np.where(at == NOTHING, operand.fill, self.numbers[array][at])
        if known is not None:
            return self.constant(known)
        name = self._picked(self.names[array], np.maximum(at.ravel(), 0), array.size)
        name = self._reshaped(name, [*[-1] * array.batched, *at.shape])
        if (at == NOTHING).any():
            padding = self.constant(at == NOTHING, np.bool_)
            name = self.node("Where", padding, self.constant(operand.fill), name)
        return name

    def _keep(self, array: Array, at: Any, name: str) -> None:
        """Keep what a statement makes of an array; when all of it is made, put it together."""
        parts = self.parts.setdefault(array, [])
        parts.append((self._reshaped(name, [*[-1] * array.batched, at.size]), at.ravel()))
        if sum(len(part) for _, part in parts) == array.size:
            whole = parts[0][0]
            if len(parts) > 1:
                whole = self.node("Concat", *[part for part, _ in parts], axis=-1)
            order = np.argsort(np.concatenate([part for _, part in parts]))
            self.names[array] = self._picked(whole, order, array.size)

    def _fill(self, statement: Fill) -> None:
        array = statement.out.array
        padding = np.zeros(array.size, bool)
        padding[statement.out.at] = True
        number = self.constant(statement.number)
        self.names[array] = self.node("Where", self.constant(padding, np.bool_), number, self.names[array])

    # ---- statements -----------------------------------------------------------------------------------

    def _elementwise(self, statement: Elementwise) -> str:
        op, operands = statement.op, statement.operands
        on_row = None if statement.row is None else listed_on_row(op.impl, len(operands))
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
                held[call.result] = self._joined(call.function, *args)
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

    def _joined(self, function: str, row: str) -> str:
        """Return all of a row as one number; the largest and the smallest are nan where one of it is."""
        if function == "add":
            return self.node(JOINS[function], row, self.constant([-1], np.int64), keepdims=0)
        found = self.node(JOINS[function], row, axes=[-1], keepdims=0)
        if function == "mul":
            return found
        # ONNX Runtime passes over nan.
        is_nan = self.node("Where", self.node("Equal", row, row), self.constant(0.0), self.constant(1.0))
        some = self.node("ReduceMax", is_nan, axes=[-1], keepdims=0)
        return self.node("Where", self.node("Greater", some, self.constant(0.0)), self.constant(nan), found)

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
        elif product.form is Form.MATMUL and not product.right.array.batched and of_right in ("jk", "gkj"):
            right = self._read(product.right)
            if of_right == "jk":
                right = self.node("Transpose", right, perm=[1, 0])
            made = self.node("MatMul", left, right)
        else:
            made = self.node(
                "Einsum", left, self._read(product.right), equation=f"{of_left},{of_right}->{of_result}"
            )
        lead = [-1] * product.batched
        flat = self._reshaped(made, [*lead, product.sums.size])
        return self._reshaped(
            self._picked(flat, positions_of(product.sums), product.sums.size), [*lead, *shape]
        )

    def _for_each(self, row: str, batch: str, size: int) -> str:
        """Return a row of some size once for each example of a batch."""
        shape = self.node("Concat", batch, self.constant([size], np.int64), axis=0)
        return self.node("Expand", row, shape)

    def _outputs(self, program: Program) -> str:
        """Return a row of all results for each example."""
        arrays = list(dict.fromkeys(array for array, _ in program.outputs))
        offset, size, parts = {}, 0, []
        like = self.node("Shape", self.names[program.arguments[0]], start=0, end=1)
        for array in arrays:
            offset[array] = size
            size += array.size
            part = self._read(Operand(array, np.arange(array.size)))
            parts.append(part if array.batched else self._for_each(part, like, array.size))
        if not parts:
            return self._for_each(self.constant(np.zeros(0)), like, 0)
        whole = parts[0] if len(parts) == 1 else self.node("Concat", *parts, axis=-1)
        return self._picked(whole, np.array([offset[array] + at for array, at in program.outputs]), size)
