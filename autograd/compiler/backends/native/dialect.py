"""How C writes the instructions of the table's operations, on vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isinf, isnan

from autograd.listing import INFIX, Instruction, Symbol


def number(x: float) -> str:
    """Return a number as a constant of type T."""
    if isnan(x):
        return '(T)__builtin_nan("")'
    if isinf(x):
        return f"{'-' * (x < 0)}(T)__builtin_inf()"
    return f"(T){x!r}"


@dataclass(frozen=True)
class _Dialect:
    words: Mapping[str, str]

    def write_one(self, instruction: Instruction, names: Mapping[Symbol, str]) -> str:
        """Return the expression for an instruction."""
        args = [names[x] if isinstance(x, Symbol) else f"all({number(x)})" for x in instruction.arguments]
        if instruction.function == "power" and instruction.arguments[1] in POWERS:
            return POWERS[instruction.arguments[1]].format(args[0])
        word = self.words.get(instruction.function, f"v_{instruction.function}")
        form = word if "{" in word else f"{word}({', '.join(['{}'] * len(args))})"
        return form.format(*args)


POWERS: dict[object, str] = {
    1.0: "{0}",
    2.0: "{0} * {0}",
    3.0: "{0} * {0} * {0}",
    -1.0: "1 / {0}",
    -2.0: "1 / ({0} * {0})",
    0.5: "v_sqrt({0} + 0)",
    -0.5: "1 / v_sqrt({0})",
}
"""Powers that are plainer than a call; each is right wherever it is finite."""

C = _Dialect({**INFIX, "and_": "{} & {}", "where": "choose({}, {}, {})", "divide": "{} / {}"})

JOINED: dict[str, tuple[float, str]] = {
    "add": (0.0, "{} + {}"),
    "mul": (1.0, "{} * {}"),
    "maximum": (-inf, "v_maximum({}, {})"),
    "minimum": (inf, "v_minimum({}, {})"),
    "hypot": (0.0, "v_hypot({}, {})"),
}
"""What a row is joined by: what it begins with, and how one more is added."""
