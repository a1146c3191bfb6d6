"""How C writes the instructions of the table's operations, on vectors."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isinf, isnan

from autograd.notation.listing import INFIX, Instruction, Symbol

WORDS = {**INFIX, "and_": "{} & {}", "where": "choose({}, {}, {})", "divide": "{} / {}"}
"""The form of each function that is not a call of v_ and its name."""

POWERS: dict[object, str] = {
    1.0: "{0}",
    2.0: "{0} * {0}",
    3.0: "{0} * {0} * {0}",
    -1.0: "1 / {0}",
    -2.0: "(1 / {0}) * (1 / {0})",
    0.5: "v_root({0})",
    1.5: "v_abs({0}) * v_root({0})",
    -0.5: "1 / v_root({0})",
    -1.5: "v_abs(1 / {0}) / v_root({0})",
}
"""Powers that are more than a call: no step overflows, or is nan, where the power is not."""

JOINED: dict[str, tuple[float, str]] = {
    "add": (-0.0, "{} + {}"),
    "mul": (1.0, "{} * {}"),
    "maximum": (-inf, "v_maximum({}, {})"),
    "minimum": (inf, "v_minimum({}, {})"),
    "hypot": (0.0, "v_hypot({}, {})"),
}
"""What joins a row: what it begins with, and how one more is added."""


def number(x: float) -> str:
    """Return a number as a constant of type T."""
    if isnan(x):
        return '(T)__builtin_nan("")'
    if isinf(x):
        return f"{'-' * (x < 0)}(T)__builtin_inf()"
    return f"(T){x!r}"


def expression(instruction: Instruction, names: Mapping[Symbol, str]) -> str:
    """Return what an instruction computes, on arguments of these names."""
    arguments = instruction.arguments
    texts = [names[x] if isinstance(x, Symbol) else f"all({number(x)})" for x in arguments]
    if instruction.function == "power" and arguments[1] in POWERS:
        return POWERS[arguments[1]].format(texts[0])
    form = WORDS.get(instruction.function)
    return form.format(*texts) if form else f"v_{instruction.function}({', '.join(texts)})"


def declared(instruction: Instruction) -> str:
    """Return the type of a result: V of numbers, M of truth values."""
    return "M" if instruction.result.is_condition else "V"
