"""What XLA would compute again for each of its readers: cheap operations, and what they are done on.

On processors it makes one loop of an array and what reads it, once for every reader. What flows back through
the cell of an LSTM is read by four statements at each step, and one of them is the same at the step before:
in each the first of twenty steps had all nineteen after it computed anew. A step of its training took 1.5
times as long, and compiling it twice as long.
"""

from __future__ import annotations

from collections import Counter

from autograd.compiler.arrays.program import Array, Fill, Map, Operand, Program, Sum, operands_of

MOST_AGAIN = 1
"""How many operations an element may take, as in −x and x + y, to be left to be computed again."""


def computed_once(program: Program) -> set[Array]:
    """Return the arrays that several statements read, and whose elements take more operations than that."""
    readers = Counter({array for array, _ in program.outputs})
    for statement in program.statements:
        readers.update({operand.array for operand in operands_of(statement)})
    operations: Counter[Array] = Counter()  # on the way to an element from what is in memory
    found = set()
    for statement in program.statements:
        if isinstance(statement, Fill):
            continue
        array = statement.out.array
        own, operands = _elementwise(statement)
        operations[array] += own + sum(operations[other] for other in {o.array for o in operands})
        if readers[array] > 1 and operations[array] > MOST_AGAIN:
            operations[array] = 0
            found.add(array)
    return found


def _elementwise(statement: Map | Sum) -> tuple[int, list[Operand]]:
    """Return how many operations an element takes, and the operands that are read for them.

    A matrix product is in memory; a function without a sign is several operations.
    """
    if isinstance(statement, Map):
        return 1 if statement.op.symbol else 1 + MOST_AGAIN, list(statement.operands)
    columns = [product.columns for product in statement.products]
    own = sum(len(sides) if sides else 1 for sides in columns) - 1
    return own, [side for sides in columns for side in sides or ()]
