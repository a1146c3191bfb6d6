"""What an n-ary operation does to every argument alike, done to all of them at once.

The calls of a log-sum-exp of ten arguments are ten equalities, ten sums in a row, ten exponentials, … Here
each ten become one call over an array with an axis of ten, and each row of sums a reduction of that axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiler.backends.elementwise import Step, Symbol


class Stack(Symbol):
    """All arguments of an operation, or what became of each of them, as one array with a further axis."""

    __slots__ = ()


class Reduce(Step):
    """A ufunc that joins all of a stack: `function.reduce(stack)` fills `result`."""

    __slots__ = ()


def stacked(
    written: list[Step], arguments: list[Symbol], result: Any
) -> tuple[list[Step], Stack, Any] | None:
    """Return the calls on the stack of all arguments, that stack, and the symbol of the result.

    Return None where the operation does not treat its arguments alike.
    """
    steps: list[Step] = []
    first = Stack(steps)
    count = len(arguments)
    # What a symbol has become: a symbol of the new calls, and for a member of a stack which one it is.
    became: dict[Symbol, tuple[Symbol, int | None]] = {a: (first, n) for n, a in enumerate(arguments)}
    made: dict[Any, Stack] = {}
    members: dict[Stack, int] = {first: count}
    position = 0
    while position < len(written):
        step = written[position]
        places = [became[x] if isinstance(x, Symbol) else (x, None) for x in step.arguments]
        numbers = [n for _, n in places if n is not None]
        length = _row(written, position, count, became) if numbers in ([0], [0, 1]) else 0
        if length:
            whole = next(symbol for symbol, n in places if n is not None)
            joined = Symbol(steps)
            steps.append(Reduce(step.function, (whole,), joined))
            if numbers == [0]:  # the row began with something else
                other = places[0][0]
                joined = Symbol(steps)
                steps.append(Step(step.function, (other, steps[-1].result), joined))
            became[written[position + length - 1].result] = (joined, None)
            position += length
            continue
        if len(set(numbers)) > 1:
            return None
        arguments_now = tuple([symbol for symbol, _ in places])
        if numbers:
            key = (step.function, *[id(x) if isinstance(x, Symbol) else repr(x) for x in arguments_now])
            stack = made.get(key)
            if stack is None:
                stack = made[key] = Stack(steps, step.result.truth)
                members[stack] = 0
                steps.append(Step(step.function, arguments_now, stack))
            members[stack] = max(members[stack], numbers[0] + 1)  # the same may be computed once more
            became[step.result] = (stack, numbers[0])
        else:
            plain = Symbol(steps, step.result.truth)
            steps.append(Step(step.function, arguments_now, plain))
            became[step.result] = (plain, None)
        position += 1
    last, number = became[result] if isinstance(result, Symbol) else (result, 0)
    if number is not None or any(found < count for found in members.values()):
        return None
    return steps, first, last


def _row(written: list[Step], start: int, count: int, became: dict[Symbol, tuple[Symbol, int | None]]) -> int:
    """Return how many calls from `start` on join a whole stack, member by member; 0 if they do not."""
    step = written[start]
    if not isinstance(step.function, np.ufunc) or len(step.arguments) != 2:
        return 0
    left, right = step.arguments
    if not isinstance(right, Symbol):
        return 0
    whole, number = became[right]
    if isinstance(left, Symbol) and became[left][1] == 0 and became[left][0] is not whole:
        return 0
    length = count - (number or 0)
    so_far = step.result
    for n, later in enumerate(written[start + 1 : start + length], (number or 0) + 1):
        if later.function is not step.function or later.arguments[0] is not so_far:
            return 0
        if became.get(later.arguments[1]) != (whole, n):
            return 0
        so_far = later.result
    return length if start + length <= len(written) else 0
