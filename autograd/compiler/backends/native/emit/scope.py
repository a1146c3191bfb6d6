"""C under construction: lines, and how the arrays of a program are read and written in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from autograd.compiler.arrays.program import NOTHING, Array, Operand, Positions
from autograd.compiler.arrays.strides import only_number
from autograd.compiler.backends.native.emit.dialect import number
from autograd.compiler.backends.native.emit.indices import Tables, index


@dataclass
class Lines:
    """Lines of C, indented by the braces that are open."""

    text: list[str] = field(default_factory=list)
    depth: int = 1

    def add(self, line: str) -> None:
        """Add a line."""
        self.text.append("  " * self.depth + line)

    def open(self, head: str = "") -> None:
        """Begin a block."""
        self.add(f"{head} {{".lstrip())
        self.depth += 1

    def close(self, count: int = 1) -> None:
        """End the innermost blocks."""
        for _ in range(count):
            self.depth -= 1
            self.add("}")

    def loop(self, counter: str, start: str | int, end: str | int, step: int = 1) -> None:
        """Begin a loop over the whole numbers from `start` on, below `end`."""
        forward = f"{counter}++" if step == 1 else f"{counter} += {step}"
        self.open(f"for (int {counter} = {start}; {counter} < {end}; {forward})")


@dataclass(frozen=True)
class Scope:
    """What C calls the arrays, and which of them are kept in memory."""

    names: Mapping[Array, str]
    kept: frozenset[Array]
    tables: Tables

    def index(self, at: Positions, counters: Sequence[str]) -> str:
        """Return a position as an expression of counters, one for each axis."""
        return index(at, counters, self.tables)

    def read(self, operand: Operand, counters: Sequence[str]) -> str:
        """Return an operand at some place as an expression of a vector, for a place that is not NOTHING."""
        array, numbers = operand.array, operand.numbers
        if numbers is not None:
            same = only_number(numbers)
            if same is not None:
                return f"all({number(same)})"
            places = np.arange(numbers.size).reshape(numbers.shape)
            table = self.tables.add("NUMBERS", "T", [number(x) for x in numbers.ravel().tolist()])
            return f"all({table}[{self.index(places, counters)}])"
        if (operand.at == NOTHING).all():
            return f"all({number(operand.fill)})"
        text = f"{self.names[array]}[{self.index(operand.at, counters)}]"
        return text if array.batched else f"all({text})"

    def guarded(self, operand: Operand, counters: Sequence[str]) -> str:
        """Return the same for any place: NOTHING stands for a number."""
        text, nothing = self.read(operand, counters), operand.at == NOTHING
        if operand.numbers is not None or not nothing.any() or nothing.all():
            return text
        return f"({self.index((~nothing).astype(int), counters)} ? {text} : all({number(operand.fill)}))"

    def written(self, out: Operand, counters: Sequence[str], value: str) -> str:
        """Return the statement that writes a vector, or the number that is in all of its lanes."""
        place = f"{self.names[out.array]}[{self.index(out.at, counters)}]"
        return f"{place} = {value};" if out.array.batched else f"{place} = ({value})[0];"


def picked(at: Positions, elements: Positions) -> Positions:
    """Return the positions of some elements, NOTHING for none."""
    return np.where(elements == NOTHING, NOTHING, at[elements])
