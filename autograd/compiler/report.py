"""What a recording came to: the figures of a compiled program."""

from __future__ import annotations

from dataclasses import dataclass

from autograd.compiler.arrays.program import Operand, Program, Sum, operands_of
from autograd.compiler.arrays.strides import strided
from autograd.compiler.record.recording import CONSTANTS


@dataclass(frozen=True)
class Stats:
    """How many scalars were recorded, alone and with the gradient, and how few statements compute them.

    A gather copies scalars that lie in no regular order. `numbers` is how many an example needs in memory.
    """

    recorded: int
    with_gradient: int
    statements: int
    matrix_products: int
    gathers: int
    numbers: int

    @classmethod
    def of(cls, recorded: int, with_gradient: int, program: Program) -> Stats:
        """Count what is in a program."""
        products = [p for s in program.statements if isinstance(s, Sum) for p in s.products]
        operands = [operand for s in program.statements for operand in operands_of(s)]
        return cls(
            recorded,
            with_gradient,
            len(program.statements),
            sum(product.is_matrix for product in products),
            sum(map(_is_gathered, operands)),
            sum(array.size for array in program.arrays),
        )

    def __str__(self) -> str:
        gradient = f", {self.with_gradient:,} with the gradient" * (self.with_gradient > self.recorded)
        return (
            f"{self.recorded:,} scalars recorded{gradient}: "
            f"{self.statements} statements, {self.matrix_products} matrix products, {self.gathers} gathers, "
            f"{self.numbers:,} numbers an example"
        )


def _is_gathered(operand: Operand) -> bool:
    return operand.array.name != CONSTANTS and strided(operand.at) is None
