"""An array program as source: a function of plain array expressions that reads as one would write it.

The text is not a picture of the program but the program: the JAX backend runs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.arrays.program import (
    GRADIENT,
    NOTHING,
    Array,
    Fill,
    Map,
    Operand,
    Positions,
    Program,
    Sum,
    positions_of,
)
from autograd.compiler.arrays.strides import only_number
from autograd.compiler.backends.lowering import (
    Combination,
    Contraction,
    Elementwise,
    Form,
    lowered,
    together,
)
from autograd.compiler.backends.source.expressions import (
    enclosed,
    flat,
    is_narrow,
    literal,
    number_or_text,
    repeats,
    reshaped,
)
from autograd.compiler.backends.source.gradient import put_in_order
from autograd.compiler.backends.source.names import Names
from autograd.compiler.backends.source.pieces import in_order, in_pieces, joined, put_together
from autograd.compiler.backends.source.shapes import (
    directly,
    in_one_axis,
    in_shape_of_operands,
    order_of_axes,
)
from autograd.compiler.backends.source.slicing import view
from autograd.compiler.backends.source.windows import joined_axes, windows
from autograd.compiler.record.recording import CONSTANTS, PARAMETERS, SEED
from autograd.notation.formula import value_formula
from autograd.notation.listing import listed_on_row
from autograd.ops import add, div, mul, neg, power, sub, where
from autograd.primitive import Primitive

FUNCTIONS = (
    *("einsum", "concatenate", "broadcast_to", "moveaxis", "ones", "ones_like", "where", "zeros"),
    *("pad", "sliding_window_view"),
)
"""What a source uses of NumPy or JAX by name, besides operations of the table."""


INFIX = frozenset({add, sub, mul, div, neg, power})
"""The operations that Python computes by their sign; those of comparisons give truth values.

One's own operation may have any sign. By % and // arrays of JAX give some zeros another sign than floats do.
For ** 0.5, and an exponent of one element that may be it, NumPy takes the root: -0 at -0 and nan at -inf.
"""

BARRIER = "optimization_barrier"
"""What no name in a source is: the function that JAX adds."""

IN_FILE = (
    *("replay", "outputs", "np", "math", "b64decode", "inf", "nan"),
    *("float", "int", "bool", "len", "zip", "ValueError"),
)
"""What a file has by these names, besides `FUNCTIONS` and the parameters: no operation is called so in it."""


@dataclass
class Source:
    """`text` defines `replay(arguments…, parameters)`, which uses `tables` and `functions` by name.

    An operation is called by its own name, unless that is taken in files. `counts` has the numbers of
    arguments that each function is called with, `names` the name of each array.
    """

    text: str = ""
    tables: dict[str, NDArray[Any]] = field(default_factory=dict)
    functions: dict[str, Primitive] = field(default_factory=dict)
    counts: dict[str, set[int]] = field(default_factory=dict)
    names: dict[Array, str] = field(default_factory=dict)
    expressions: dict[Array, list[str]] = field(default_factory=dict)
    """What computes each array, a line for each of its parts."""

    rows: bool = False
    """Whether `replay` returns a row for every example, and not one for them all."""


def source(program: Program) -> Source:
    """Return the program as source, a function of the arguments and the vector of parameters."""
    return _Writer(program).source


class _Writer:
    """Source under construction: the lines so far, and the name of every array and parameter matrix."""

    def __init__(self, program: Program) -> None:
        self.source = Source()
        self.mean = program.mean
        operations = Names([PARAMETERS, *FUNCTIONS, BARRIER, *IN_FILE], ())
        self.operations: dict[Primitive, str] = {where: where.name}
        for op in [s.op for s in program.statements if isinstance(s, Map)]:
            if op not in self.operations:
                self.operations[op] = operations.new(op.name)
        taken = {PARAMETERS, *self.operations.values(), *FUNCTIONS, BARRIER, "float", "len"}
        self.naming = Names(taken, program.names)
        self.source.tables = self.naming.tables
        self.given = program.arguments
        self.names = {array: self.naming.new(array.name) for array in program.arguments}
        self.arguments = list(self.names.values())
        self.names[program.parameters] = PARAMETERS
        self.matrices: dict[tuple[tuple[int, ...], bytes], str] = {}
        self.together: dict[str, str] = {}
        self.shapes: dict[Array, tuple[int, ...]] = {}
        self.parts: dict[Array, list[tuple[str, Positions]]] = {}
        self.gradient: list[tuple[str, Positions]] = []
        self.lines: list[str] = []
        for name, array, shape in zip(self.arguments, program.arguments, program.shapes, strict=True):
            if len(shape) != 1:
                examples = -1 if array.size else f"len({name})"
                self.lines.append(f"{name} = {name}.reshape({examples}, {array.size})")
        for statement in program.statements:
            if isinstance(statement, Fill):
                self._fill(statement)
                continue
            low = in_shape_of_operands(lowered(statement), self.shapes)
            text = self._elementwise(low) if isinstance(low, Elementwise) else self._combination(low)
            self._assign(statement, text, low.out.at.shape)
        self.lines.append(self._returned(program))
        body = "\n".join("    " + line for line in self.lines)
        self.source.names = self.names
        self.source.text = f"def replay({', '.join([*self.arguments, PARAMETERS])}):\n{body}\n"

    def _fill(self, statement: Fill) -> None:
        array = statement.out.array
        name, padding = self.names[array], np.zeros(array.size, bool)
        padding[statement.out.at] = True
        padding = padding.reshape(self.shapes.get(array, -1))
        self.lines.append(
            f"{name} = where({self.naming.table('padding', padding)}, {literal(statement.number)}, {name})"
        )

    def _assign(self, statement: Map | Sum, expression: str, shape: tuple[int, ...]) -> None:
        """Name the array that a statement makes; one made in parts is put together after the last."""
        array, at = statement.out.array, statement.out.at
        if array.name == GRADIENT or at.size < array.size:
            expression = flat(expression, shape, array.batched)
        elif len(shape) > 1:
            self.shapes[array] = shape
        self.source.expressions.setdefault(array, []).append(expression)
        if array.name == GRADIENT:
            self.gradient.append((self.naming.new("d_" + self.naming.of_parameters(at)), at))
            self.lines.append(f"{self.gradient[-1][0]} = {expression}")
            return
        name = self.naming.numbered("z" if isinstance(statement, Sum) else array.name)
        self.lines.append(f"{name} = {expression}")
        parts = self.parts.setdefault(array, [])
        parts.append((name, at))
        if sum(len(part) for _, part in parts) == array.size:
            if len(parts) > 1:
                name = self.naming.numbered("z" if isinstance(statement, Sum) else array.name)
                self.lines.append(f"{name} = {put_together(parts, array.batched, self.naming)}")
            self.names[array] = name

    # ---- operands -------------------------------------------------------------------------------------

    def _read(self, operand: Operand, whole: bool = True) -> str:
        """Return the expression for an operand; unless `whole`, an axis to broadcast may have size 1."""
        array, at = operand.array, operand.at
        numbers = operand.numbers
        if numbers is not None:
            same = None if whole else only_number(numbers)
            return self.naming.table("constants", numbers) if same is None else literal(same)
        if array.name == SEED and array not in self.names:
            examples = self.arguments[0]
            self.names[array] = self.naming.new(SEED)
            share = f" / len({examples})" if self.mean else ""
            of_any = next((self.names[a] for a in self.given if a.size), None)
            ones = f"ones_like({of_any}[:, :1])" if of_any else f"ones((len({examples}), 1))"
            self.lines.append(f"{self.names[array]} = {ones}{share}")
        name = in_one_axis(self.names[array], array, self.shapes)
        text = view(name, array.size, array.batched, at)
        if whole and text is not None and repeats(at):
            text = None
        if text is None and at.ndim == 1 and NOTHING not in at:
            text = in_pieces(name, array.size, array.batched, at)
        if text is None:
            text = windows(name, array.size, array.batched, at, operand.fill)
        if text is None:
            text = f"{name}[{':, ' if array.batched else ''}{self.naming.table('at', at)}]"
            if (at == NOTHING).any():
                text = (
                    f"where({self.naming.table('padding', at == NOTHING)}, {literal(operand.fill)}, {text})"
                )
        text = directly(text, self.names[array], array, self.shapes)
        if array.name != PARAMETERS or text == name or (repeats(at) and not whole):
            return text
        key = (at.shape, at.tobytes())
        if key not in self.matrices:
            self.matrices[key] = self.naming.new(self.naming.of_parameters(at))
            self.lines.append(f"{self.matrices[key]} = {text}")
        return self.matrices[key]

    def _transposed(self, operand: Operand) -> str:
        """Return the expression for a matrix of nothing batched, transposed."""
        known = (
            self.matrices.get((operand.at.T.shape, operand.at.T.tobytes()))
            if operand.array.name == PARAMETERS
            else None
        )
        return known or f"{self._read(operand)}.T"

    # ---- statements -----------------------------------------------------------------------------------

    def _elementwise(self, statement: Elementwise) -> str:
        op, operands = statement.op, statement.operands
        after = ""
        if statement.row is not None and listed_on_row(op.impl, len(operands)) is not None:
            text, axes, after = self._in_rows(statement.row, statement.row.array.batched)
            texts = [text, f"axis={axes[0] if len(axes) == 1 else axes}"]
        elif statement.row is not None:
            texts = [f"*moveaxis({self._read(statement.row)}, -1, 0)"]
        else:
            narrow = is_narrow(operands)
            texts = [self._read(operand, narrow and n == 0) for n, operand in enumerate(operands)]
        written = [number_or_text(text) for text in texts]
        if op in INFIX and not (op is power and (isinstance(written[1], str) or written[1] == 0.5)):
            return value_formula(op, written)
        name = self.operations[op]
        self.source.functions[name] = op
        self.source.counts.setdefault(name, set()).add(len(operands))
        return f"{name}({', '.join(texts)}){after}"

    def _in_rows(self, operand: Operand, batched: bool) -> tuple[str, tuple[int, ...], str]:
        """Return the expression for rows to be joined, the axes that they are, and what shapes the result.

        The result has a batch axis if it is `batched`.
        """
        array, shape = operand.array, operand.at.shape[:-1]
        if operand.numbers is None and array in self.names:
            name = in_one_axis(self.names[array], array, self.shapes)
            found = joined_axes(name, array.size, array.batched, operand.at, operand.fill)
            if found is not None and found[1] != (len(found[2]) + array.batched,):
                text, axes, others = directly(found[0], self.names[array], array, self.shapes), *found[1:]
                after = (
                    "" if others == shape else f".reshape({', '.join(map(str, [*[-1] * batched, *shape]))})"
                )
                return text, axes, after
        return self._read(operand), (-1,), ""

    def _combination(self, statement: Combination) -> str:
        factors = [addend.factors for addend in statement.addends]
        plain = [operand for sides in factors if isinstance(sides, list) for operand in sides]
        narrow = not any(isinstance(sides, Contraction) for sides in factors) and is_narrow(plain)
        text = ""
        for addend, *others in together(statement.addends):
            if isinstance(addend.factors, Contraction):
                same = [other.factors for other in others if isinstance(other.factors, Contraction)]
                part = self._arranged([addend.factors, *same], statement.out.at.shape)
            else:
                sides = [
                    self._read(side, narrow and not text and n == 0) for n, side in enumerate(addend.factors)
                ]
                part = " * ".join(sides)
            if addend.coefficient not in (1.0, -1.0):
                part = f"{literal(abs(addend.coefficient))} * {part}"
            sign = "-" if addend.coefficient < 0 else "+"
            text = f"{text} {sign} {part}" if text else part if sign == "+" else f"-{part}"
        return text or f"zeros({statement.out.at.shape})"

    def _contraction(self, products: Sequence[Contraction]) -> str:
        """Return the expression for a sum of products that are alike, with the axes of their result."""
        product = products[0]
        left, right, (of_left, of_right, of_result) = product.left, product.right, product.letters
        if right is None:
            after = ""
            if len(products) == 1 and "k" in of_left:
                text, axes, after = self._in_rows(left, product.batched)
            else:
                text = " + ".join([self._read(each.left) for each in products])
                axes = (-1,) * ("k" in of_left)
            summed = (*[0] * product.sum_over_batch, *axes)
            return f"{enclosed(text)}.sum({summed[0] if len(summed) == 1 else summed}){after}"
        if product.form is Form.MATMUL and product.sum_over_batch:
            turned = ".T" * ("i" in of_left)
            below = self._rows([each.left for each in products], of_left)
            beside = self._rows([each.right for each in products if each.right], of_right)
            return f"{below}{turned} @ {beside}"
        if product.form is Form.MATMUL:
            sides = [(each.left, each.right) for each in products if each.right]
            columns = [self._transposed(b) if of_right == "jk" else self._read(b) for _, b in sides]
            return f"{joined([self._read(a) for a, _ in sides], -1)} @ {self._named(columns)}"
        first = self._read(left)
        if product.form is Form.DOT:
            return f"({first} * {self._read(right)}).sum(-1)"
        return f'einsum("{of_left},{of_right}->{of_result}", {first}, {self._read(right)})'

    def _named(self, matrices: Sequence[str]) -> str:
        """Return the expression for matrices one below the other, which are put together once."""
        text = joined(matrices)
        if len(matrices) == 1:
            return text
        if text not in self.together:
            self.together[text] = self.naming.new("weights")
            self.lines.append(f"{self.together[text]} = {text}")
        return self.together[text]

    def _rows(self, sides: Sequence[Operand], letters: str) -> str:
        """Return the expression for sides with axes b and k made one, one below the other."""
        texts = [
            reshaped(self._read(side), [-1, *side.at.shape[1:]]) if "k" in letters else self._read(side)
            for side in sides
        ]
        return joined(texts)

    def _arranged(self, products: Sequence[Contraction], shape: tuple[int, ...]) -> str:
        """Return the expression for products that are alike, in the order of the sum and the shape it has."""
        text, sums, lead = self._contraction(products), products[0].sums, [-1] * products[0].batched
        order = order_of_axes(sums)
        if order is not None:
            if list(order) != sorted(order):
                moved = [*range(len(lead)), *[n + len(lead) for n in order]]
                text = f"{enclosed(text)}.transpose({', '.join(map(str, moved))})"
            return text if sums.transpose(order).shape == shape else reshaped(text, [*lead, *shape])
        at = self.naming.table("at", positions_of(sums))
        text = f"{reshaped(text, [*lead, sums.size])}[{':, ' * len(lead)}{at}]"
        return text if len(shape) == 1 else reshaped(text, [*lead, *shape])

    def _returned(self, program: Program) -> str:
        """Return the line that puts the results together in their order."""
        parts: list[str] = []
        offset: dict[Array, Any] = {}
        batched = self.source.rows = any(array.batched for array, _ in program.outputs)
        size = 0
        for array in dict.fromkeys(array for array, _ in program.outputs):
            if array.name == GRADIENT:
                lines, texts, at = put_in_order(self.gradient, self.naming)
                self.lines += lines
                parts += texts
                offset[array] = {position: size + n for n, position in enumerate(at.tolist())}
                size += len(at)
                continue
            offset[array] = {n: size + n for n in range(array.size)}
            size += array.size
            text = self._read(Operand(array, np.arange(array.size)))
            if array.name == CONSTANTS:
                text = f"({text} * ones({array.size}))"
            if batched and not array.batched:
                text = f"broadcast_to({text}, (len({self.arguments[0]}), {array.size}))"
            parts.append(text)
        order = np.array([offset[array][position] for array, position in program.outputs])
        if not parts:
            return "return zeros(0)"
        text = parts[0] if len(parts) == 1 else f"concatenate(({', '.join(parts)}), -1)"
        if len(offset) == 1 and array in self.shapes:
            ordered = in_order(text, size, batched, order, self.naming)
            return f"return {directly(ordered, self.names[array], array, self.shapes)}"
        if not text.isidentifier() and not np.array_equal(order, np.arange(size)):
            name = self.naming.new("results")
            self.lines.append(f"{name} = {text}")
            text = name
        return f"return {in_order(text, size, batched, order, self.naming)}"
