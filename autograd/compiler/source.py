"""An array program as source: a function of plain array expressions that reads as one would write it.

The text is not a picture of the program but the program: the JAX backend runs it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations
from keyword import iskeyword
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.access import common_shape, only_number
from autograd.compiler.program import (
    GRADIENT,
    NOTHING,
    Array,
    Map,
    Operand,
    Positions,
    Product,
    Program,
    Statement,
    Sum,
    places_of,
)
from autograd.compiler.recording import CONSTANTS, PARAMETERS, SEED
from autograd.compiler.views import view
from autograd.formula import number, value_formula
from autograd.primitive import Primitive

FUNCTIONS = ("einsum", "concatenate", "broadcast_to", "ones", "ones_like", "zeros")
"""What a source uses of NumPy or JAX by name, besides operations of the table."""


@dataclass
class Source:
    """`text` defines `replay(arguments…, parameters)`, which uses `tables` and `functions` by name.

    `names` tells what each array is called in it.
    """

    text: str = ""
    tables: dict[str, NDArray[Any]] = field(default_factory=dict)
    functions: dict[str, Primitive] = field(default_factory=dict)
    names: dict[Array, str] = field(default_factory=dict)
    rows: bool = False
    """Whether `replay` returns a row for every example, and not one for them all."""


def source(program: Program, shapes: Sequence[tuple[int, ...]], parameter_names: Sequence[str]) -> Source:
    """Return the program as source, for arguments of the given shapes behind their batch axis."""
    return _Writer(program, shapes, parameter_names).source


class _Writer:
    """Source under construction: the lines so far, and the name of every array and parameter matrix."""

    def __init__(
        self, program: Program, shapes: Sequence[tuple[int, ...]], parameter_names: Sequence[str]
    ) -> None:
        self.source = Source()
        self.mean = program.mean
        self.parameter_names = parameter_names
        operations = {s.op.name for s in program.statements if isinstance(s, Map)}
        self.taken = Counter([PARAMETERS, *operations, *FUNCTIONS, "float", "len"])
        self.names = {array: self._named(array.name) for array in program.arguments}
        self.arguments = list(self.names.values())
        self.names[program.parameters] = PARAMETERS
        self.counts: Counter[str] = Counter()
        self.matrices: dict[bytes, str] = {}
        self.parts: dict[Array, list[tuple[str, Positions]]] = {}
        self.gradient: list[tuple[str, Positions]] = []
        self.lines: list[str] = []
        for name, array, shape in zip(self.arguments, program.arguments, shapes, strict=True):
            if len(shape) != 1:
                self.lines.append(f"{name} = {name}.reshape(-1, {array.size})")
        for statement in program.statements:
            expression = self._map(statement) if isinstance(statement, Map) else self._sum(statement)
            self._assign(statement, expression)
        body = "\n".join("    " + line for line in [*self.lines, self._returned(program)])
        self.source.names = self.names
        self.source.text = f"def replay({', '.join(self.arguments)}, {PARAMETERS}):\n{body}\n"

    def _assign(self, statement: Statement, expression: str) -> None:
        """Name the array that a statement makes; one made in parts is put together after the last."""
        array, at = statement.out.array, statement.out.at
        if array.name == GRADIENT:
            self.gradient.append((self._named("d_" + self._parameter_name(at)), at))
            self.lines.append(f"{self.gradient[-1][0]} = {expression}")
            return
        name = self._numbered("z" if isinstance(statement, Sum) else array.name)
        self.lines.append(f"{name} = {expression}")
        parts = self.parts.setdefault(array, [])
        parts.append((name, at))
        if sum(len(part) for _, part in parts) == array.size:
            if len(parts) > 1:
                order = np.argsort(np.concatenate([part for _, part in parts]))
                joined = f"concatenate(({', '.join(part for part, _ in parts)}), -1)"
                name = self._numbered("z" if isinstance(statement, Sum) else array.name)
                self.lines.append(f"{name} = {joined}[..., {self._table('at', order)}]")
            self.names[array] = name

    # ---- names ----------------------------------------------------------------------------------------

    def _named(self, name: str) -> str:
        self.taken[name] += 1
        return name if self.taken[name] == 1 else self._named(f"{name}_{self.taken[name]}")

    def _numbered(self, name: str) -> str:
        self.counts[name] += 1
        return self._named(f"{name}{self.counts[name]}")

    def _parameter_name(self, at: Positions) -> str:
        """Return what the names of some parameters have in common: layers_0_neurons_w."""
        parts = [re.findall(r"\w+", self.parameter_names[position]) for position in at.ravel().tolist()]
        same = [
            p for n, p in enumerate(parts[0]) if all(len(o) == len(parts[0]) and o[n] == p for o in parts)
        ]
        name = "_".join(same)
        return name if name.isidentifier() and not iskeyword(name) else "p"

    def _table(self, prefix: str, numbers: NDArray[Any]) -> str:
        for name, known in self.source.tables.items():
            if name.startswith(prefix) and known.shape == numbers.shape and np.array_equal(known, numbers):
                return name
        name = self._named(prefix)
        self.source.tables[name] = numbers
        return name

    # ---- operands -------------------------------------------------------------------------------------

    def _read(self, operand: Operand, whole: bool = True) -> str:
        """Return the expression for an operand; unless `whole`, an axis to broadcast may have size 1."""
        array, at = operand.array, operand.at
        if array.name == CONSTANTS:
            numbers = np.array(array.numbers)[at]
            same = None if whole else only_number(numbers)
            return self._table("constants", numbers) if same is None else _literal(same)
        if array.name == SEED and array not in self.names:
            examples = self.arguments[0]
            self.names[array] = self._named(SEED)
            share = f" / len({examples})" if self.mean else ""
            self.lines.append(f"{self.names[array]} = ones_like({examples}[:, :1]){share}")
        name = self.names[array]
        text = view(name, array.size, array.varies, at)
        if text is None or (whole and _repeats(at)):
            text = f"{name}[{':, ' if array.varies else ''}{self._table('at', at)}]"
            if (at == NOTHING).any():
                text = f"({text} * {self._table('filled', (at != NOTHING).astype(float))})"
        if array.name != PARAMETERS or text == name or (_repeats(at) and not whole):
            return text
        key = _key(at)
        if key not in self.matrices:
            self.matrices[key] = self._named(self._parameter_name(at))
            self.lines.append(f"{self.matrices[key]} = {text}")
        return self.matrices[key]

    def _transposed(self, operand: Operand) -> str:
        """Return the expression for a matrix of nothing that varies, transposed."""
        known = self.matrices.get(_key(operand.at.T)) if operand.array.name == PARAMETERS else None
        return known or f"{self._read(operand)}.T"

    # ---- statements -----------------------------------------------------------------------------------

    def _map(self, statement: Map) -> str:
        out, op = statement.out, statement.op
        shape = common_shape([operand.at for operand in statement.operands])
        texts = [self._read(Operand(o.array, o.at.reshape(shape)), False) for o in statement.operands]
        if op.symbol and op.precedence > COMPARISON:
            expression = value_formula(op, [_number_or_text(text) for text in texts])
        else:
            self.source.functions[op.name] = op
            expression = f"{op.name}({', '.join(texts)})"
        return _flat(expression, shape, out.array.varies)

    def _sum(self, statement: Sum) -> str:
        out = statement.out
        alone = [p for p in statement.products if p.is_alone]
        shape = common_shape([p.left.at.reshape(-1) for p in alone] or [np.arange(len(out.at))])
        text = ""
        for product in statement.products:
            if product.is_alone:
                part = self._read(Operand(product.left.array, product.left.at.reshape(shape)), False)
            else:
                part = self._arranged(*self._product(product), product, out, shape)
            if product.coefficient not in (1.0, -1.0):
                part = f"{_literal(abs(product.coefficient))} * {part}"
            sign = "-" if product.coefficient < 0 else "+"
            text = f"{text} {sign} {part}" if text else part if sign == "+" else f"-{part}"
        if not text:
            return f"zeros({len(out.at)})"
        return _flat(text, shape, out.array.varies)

    def _product(self, product: Product) -> tuple[str, str]:
        """Return the expression for a product, and which of its axes g, i, j it has behind the batch axis."""
        left, right = product.left, product.right
        if right is None:
            if product.over_batch and left.at.shape[2] == 1:
                return f"{self._read(Operand(left.array, left.at[:, 0, 0]))}.sum(0)", "g"
            text = self._read(Operand(left.array, left.at[:, 0, :]))
            return f"{text}.sum({(0, -1) if product.over_batch else -1})", "g"
        sides = ["b" * side.array.varies for side in (left, right)]
        if product.left.at.shape[0] == 1 and product.is_matrix:
            if product.over_batch and all(sides):
                first, second = self._rows(left), self._rows(right)
                return f"{first}.T @ {second}", "ij"
            if not product.over_batch and sides == ["", "b"]:
                weights = self._transposed(Operand(left.array, left.at[0]))
                if right.at.shape[1] == 1:
                    return f"{self._read(Operand(right.array, right.at[0, 0]))} @ {weights}", "i"
                return f"{self._read(Operand(right.array, right.at[0]))} @ {weights}", "ji"
        if not product.over_batch and left.at.shape[2] == 1:
            kept = [n for n, size in enumerate(product.sums.shape) if size > 1] or [0]
            scales = left.at, right.at.transpose(0, 2, 1)  # (g, i, 1) and (g, 1, j)
            first, second = [
                self._read(Operand(side.array, at.reshape([at.shape[n] for n in kept])))
                for side, at in zip((left, right), scales, strict=True)
            ]
            return f"{first} * {second}", "".join("gij"[n] for n in kept)
        if not product.over_batch and not product.is_matrix:
            first, second = [self._read(Operand(side.array, side.at[:, 0])) for side in (left, right)]
            return f"({first} * {second}).sum(-1)", "g"
        if not product.over_batch and product.sums.size == 1 and sides == ["", ""]:
            first, second = [self._read(Operand(side.array, side.at[0, 0])) for side in (left, right)]
            return f"({first} * {second}).sum(keepdims=True)", "g"
        batch = "" if product.over_batch else max(sides)
        subscripts = f"{sides[0]}gik,{sides[1]}gjk->{batch}gij"
        return f'einsum("{subscripts}", {self._read(left)}, {self._read(right)})', "gij"

    def _rows(self, side: Operand) -> str:
        """Return the expression for (batch · k, i) of an operand (1, i, k)."""
        _, count, length = side.at.shape
        if length == 1:
            return self._read(Operand(side.array, side.at[0, :, 0]))
        return f"{self._read(Operand(side.array, side.at[0].T))}.reshape(-1, {count})"

    def _arranged(self, text: str, axes: str, product: Product, out: Operand, shape: tuple[int, ...]) -> str:
        """Return the expression for a product in the order of the sum and the shape it is made in."""
        absent = "".join(sorted(set("gij") - set(axes)))
        sums = product.sums.transpose(["gij".index(axis) for axis in axes + absent])
        sums = sums.reshape(sums.shape[: len(axes)])
        lead = [-1] * out.array.varies
        for order in permutations(range(len(axes))):
            if np.array_equal(sums.transpose(order).ravel(), np.arange(len(out.at))):
                if list(order) != sorted(order):
                    moved = [*range(len(lead)), *[n + len(lead) for n in order]]
                    text = f"({text}).transpose({', '.join(map(str, moved))})"
                return text if sums.transpose(order).shape == shape else _reshaped(text, [*lead, *shape])
        text = (
            f"{_reshaped(text, [*lead, sums.size])}[{':, ' * len(lead)}{self._table('at', places_of(sums))}]"
        )
        return text if len(shape) == 1 else _reshaped(text, [*lead, *shape])

    def _returned(self, program: Program) -> str:
        """Return the line that puts the results together in their order."""
        parts: list[str] = []
        offset: dict[Array, Any] = {}
        varies = self.source.rows = any(array.varies for array, _ in program.outputs)
        size = 0
        for array in dict.fromkeys(array for array, _ in program.outputs):
            if array.name == GRADIENT:
                offset[array] = {}
                for name, at in self.gradient:
                    parts.append(name)
                    offset[array].update({position: size + n for n, position in enumerate(at.tolist())})
                    size += len(at)
                continue
            offset[array] = {n: size + n for n in range(array.size)}
            size += array.size
            text = self._read(Operand(array, np.arange(array.size)))
            if array.name == CONSTANTS:
                text = f"{text} * ones({array.size})"
            if varies and not array.varies:
                text = f"broadcast_to({text}, (len({self.arguments[0]}), {array.size}))"
            parts.append(text)
        order = np.array([offset[array][position] for array, position in program.outputs])
        if not parts:
            return "return zeros(0)"
        text = parts[0] if len(parts) == 1 else f"concatenate(({', '.join(parts)}), -1)"
        if not np.array_equal(order, np.arange(size)):
            text += f"[..., {self._table('order', order)}]"
        return f"return {text}"


COMPARISON = 2
"""The precedence of comparisons, whose infix would give truth values where the table gives 0 and 1."""


def _repeats(at: Positions) -> bool:
    """Tell whether positions stay the same along an axis."""
    return any(at.shape[n] > 1 and at.take(0, n).flat[0] == at.take(1, n).flat[0] for n in range(at.ndim))


def _key(at: Positions) -> bytes:
    return at.tobytes() + str(at.shape).encode()


def _literal(x: float) -> str:
    return f"float('{x}')" if not isfinite(x) else number(x) if x else repr(x)


def _number_or_text(text: str) -> str | float:
    try:
        return float(text) or text
    except ValueError:
        return text


def _flat(expression: str, shape: Sequence[int], varies: bool) -> str:
    """Return an expression of a shape behind the batch axis as one of a single axis."""
    if len(shape) == 1:
        return expression
    return _reshaped(expression, [*[-1] * varies, int(np.prod(shape))])


def _reshaped(expression: str, shape: Sequence[int]) -> str:
    return f"({expression}).reshape({', '.join(map(str, shape))})"
