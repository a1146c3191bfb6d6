"""The powers exp(x - top) of a logsumexp, and of the softmax that is its slope, computed once for both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd import stable
from autograd.compiler.arrays.program import NOTHING, Array, Map, Operand, Positions, Product, Statement, Sum
from autograd.curves import exp
from autograd.nary import nary_logsumexp, nary_max
from autograd.primitive import Primitive


def _no_slopes(out: Any, *powers: Any) -> Any:
    raise NotImplementedError("log_of_powers comes into programs that have their gradient")


LOG_OF_POWERS = Primitive("log_of_powers", stable.log_of_powers, all_partials=_no_slopes)


def with_powers_shared(statements: Sequence[Statement]) -> list[Statement]:
    """Return statements that do the same, with each logsumexp made from powers that are there already."""
    made: dict[Array, Statement | None] = {}
    for s in statements:
        made[s.out.array] = None if s.out.array in made else s  # None for what is made in several parts
    powers = [s for s in statements if isinstance(s, Map) and s.op is exp]
    replaced: dict[Statement, list[Statement]] = {}
    for statement in statements:
        if isinstance(statement, Map) and statement.op is nary_logsumexp:
            found = [parts for power in powers if (parts := _made_from(power, statement, made))]
            if found:
                replaced[statement] = found[0]
                powers = [power for power in powers if power not in found[0]]
    moved = [part for parts in replaced.values() for part in parts]
    return [s for one in statements if one not in moved for s in replaced.get(one, [one])]


def _made_from(power: Map, wanted: Map, made: Mapping[Array, Statement | None]) -> list[Statement]:
    """Return the statements that make a logsumexp from powers, and before them those that make the powers.

    Nothing where the powers are not those of its arguments.
    """
    shifted = made.get(power.operands[0].array)
    if not isinstance(shifted, Sum) or made[power.out.array] is None:
        return []
    sides = {product.coefficient: product.columns for product in shifted.products}
    alone = [side[0] for sign in (1.0, -1.0) if (side := sides.get(sign)) and len(side) == 1]
    if len(shifted.products) != 2 or len(alone) != 2:
        return []
    argument, top = alone
    largest = made.get(top.array)
    if not isinstance(largest, Map) or largest.op is not nary_max:
        return []
    rows = _rows(wanted)
    read = {operand.array for operand in (*wanted.operands, *largest.operands)}
    if made.get(argument.array, power) is None:  # of which a part may be there later
        return []
    if read != {argument.array} or not np.array_equal(rows, _rows(largest)):
        return []
    row_of = {place: n for n, place in enumerate(largest.out.at.tolist())}
    element = {place: n for n, place in enumerate(shifted.out.at.tolist())}
    order = [element[place] for place in power.operands[0].at.tolist()]
    known = {(NOTHING, n): NOTHING for n in range(len(rows))}
    for of, x, place in zip(top.at[order], argument.at[order], power.out.at, strict=True):
        known[x, row_of[of]] = place
    places = [[known.get((x, n)) for n, x in enumerate(column)] for column in rows.T]
    if any(None in column for column in places):
        return []
    log = Operand(Array("log", len(rows), wanted.out.array.batched), np.arange(len(rows)))
    powers = [power.out.reading(np.array(column)) for column in places]
    result = Sum(tuple([_alone(part) for part in (largest.out, log)]), wanted.out)
    return [largest, shifted, power, Map(LOG_OF_POWERS, tuple(powers), log), result]


def _rows(statement: Map) -> Positions:
    """Return where the arguments of an operation lie, a row for each of its results."""
    return np.stack([operand.at for operand in statement.operands], -1)


def _alone(part: Operand) -> Product:
    """Return a part of a sum that is no product, element by element."""
    at = part.at.reshape(1, -1, 1)
    return Product(False, 1.0, part.reading(at), None, np.arange(at.size).reshape(at.shape))
