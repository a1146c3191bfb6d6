"""A source as a whole file of Python: what it uses of NumPy, its tables, its operations, the program."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import scalar
from autograd.compiler.arguments import told_apart
from autograd.compiler.backends.elementwise import instructions
from autograd.compiler.backends.source.program import FUNCTIONS, IN_FILE, Source
from autograd.compiler.record.recording import PARAMETERS
from autograd.notation.listing import INFIX, Dialect, Instruction, Symbol, listed_on_row
from autograd.primitive import Primitive

MOST_WRITTEN = 1000
"""Up to so many numbers are written out; more are in base 64."""

OF_FLOATS = ("erf", "erfc")
"""Functions that NumPy lacks, and the standard library has for one float."""


NUMPY = Dialect(
    {
        **{name: f"np.{name}" for name in vars(scalar).keys() & set(dir(np))},
        **INFIX,
        "and_": "{} & {}",
        "where": "np.where({}, {}, {})",
        "round": "np.rint({})",
        "power": "np.float_power({}, {})",  # np.power takes the root where the exponent is the number 0.5
    },
    repr,
)
"""Over arrays, with `np`, `inf` and `nan` in scope."""


def script(source: Source, parameters: str = "", more: str = "") -> str:
    """Return a text that runs as it stands where there is NumPy, and defines `replay`.

    It also defines `parameters`, if an expression is given for them, and ends with `more`.
    """
    imported = [name for name in FUNCTIONS if f"{name}(" in source.text and name not in source.functions]
    functions = []
    for name, op in source.functions.items():
        text = _function(name, op, source.counts[name], {*source.functions, *source.tables, *IN_FILE})
        if re.fullmatch(rf"def {name}\((.*)\):\n    return np\.{name}\(\1\)", text):
            imported.append(name)
        elif name not in OF_FLOATS:
            functions.append(text)
    tables = {name: array_text(numbers) for name, numbers in source.tables.items()}
    if parameters:
        tables[PARAMETERS] = parameters
    constants = "\n".join(f"{name} = {text}" for name, text in tables.items())
    body = "\n\n\n".join(part for part in (constants, *functions, source.text.rstrip(), more) if part)
    in_tricks = "sliding_window_view" in imported
    imported = [name for name in imported if name != "sliding_window_view"]
    of_floats = [name for name in OF_FLOATS if re.search(rf"\b{name}\(", body)]
    imported += [name for name in ("inf", "nan") if re.search(rf"\b{name}\b", body)]
    head = [
        *["import math"] * bool(of_floats),
        *["from base64 import b64decode"] * ("b64decode(" in body),
        *["import numpy as np"] * bool(of_floats or "np." in body),
        *[f"from numpy import {', '.join(imported)}"] * bool(imported),
        *["from numpy.lib.stride_tricks import sliding_window_view"] * in_tricks,
    ]
    made = [f"{name} = np.vectorize(math.{name}, otypes=[float])" for name in of_floats]
    starts = ["\n".join(lines) for lines in (head, made) if lines]
    return "\n\n".join(starts) + "\n" * (1 + 2 * bool(starts)) * bool(starts) + body + "\n"


def array_text(numbers: NDArray[Any]) -> str:
    """Return an expression for an array."""
    kind = {"f": "float", "i": "int", "b": "bool"}[numbers.dtype.kind]
    if numbers.size <= MOST_WRITTEN:
        return f"np.array({numbers.tolist()}, {kind})"
    packed = b64encode(np.ascontiguousarray(numbers).tobytes()).decode()
    return f'np.frombuffer(b64decode("{packed}"), "{numbers.dtype.str}").reshape({numbers.shape}).copy()'


def _function(name: str, op: Primitive, counts: set[int], taken: Collection[str]) -> str:
    """Return the definition of an operation of the table over arrays, with no other name that is taken."""
    on_rows = [listed_on_row(op.impl, count) for count in counts if op.arity is None]
    if on_rows and (found := on_rows[0]) is not None and None not in on_rows:
        written, [row], result = found
        first = "(np.stack(np.broadcast_arrays(*xs)), 0) if axis is None else (xs[0], axis)"
        return f"def {name}(*xs, axis=None):\n    xs, axis = {first}\n{_body(written, {row: 'xs'}, result)}"
    if len(counts) == 1:
        return _of_count(name, op, counts.pop())
    names = dict(zip(sorted(counts), told_apart([f"{name}_{n}" for n in sorted(counts)], taken), strict=True))
    each = [_of_count(names[count], op, count) for count in names]
    called = ", ".join(f"{count}: {names[count]}" for count in names)
    return "\n\n\n".join([*each, f"def {name}(*xs):\n    return {{{called}}}[len(xs)](*xs)"])


def _of_count(name: str, op: Primitive, count: int) -> str:
    written, symbols, result = instructions(op, [None] * count)
    names = {symbol: f"x{n}" if len(symbols) > 1 else "x" for n, symbol in enumerate(symbols)}
    return f"def {name}({', '.join(names.values())}):\n{_body(written, names, result)}"


def _body(written: list[Instruction], names: dict[Symbol, str], result: Any) -> str:
    lines: list[tuple[str, str]] = []
    keeps_axes = len(written) > 1 and any(call.joins for call in written)  # for what is done with both
    for call in written:
        if call.joins:
            [argument] = call.arguments
            joining = {"add": "np.add", "mul": "np.multiply"}.get(call.function, f"np.{call.function}")
            further = [
                *["keepdims=True"] * keeps_axes,
                *["initial=-0.0"] * (call.function == "add"),  # NumPy's 0 would make 0 of -0
            ]
            text = f"{joining}.reduce({', '.join([NUMPY.operand(argument, names), 'axis', *further])})"
            names[call.result] = f"t{len(lines)}"
            lines.append((names[call.result], text))
        else:
            [(_, text)] = NUMPY.write([call], names)
            names[call.result] = f"t{len(lines)}"
            lines.append((names[call.result], text))
    if not lines or not isinstance(result, Symbol):
        return f"    return {NUMPY.operand(result, names)}"
    *before, (_, last) = lines
    if keeps_axes:
        last = f"np.squeeze({last}, axis)"
    return "\n".join([*(f"    {name} = {text}" for name, text in before), f"    return {last}"])
