"""Functions of sequences, and of arguments with defaults, over the operations of the table.

What comes in no order of its own, as a dict, a set and a data frame, is no sequence: a TypeError.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd.curves import elu_of, leaky_relu_of
from autograd.inspection import as_one
from autograd.nary import (
    nary_dot,
    nary_logsumexp,
    nary_max,
    nary_min,
    nary_norm,
    nary_prod,
    nary_sum,
    nary_take,
    softmax_partials,
)
from autograd.ops import floor
from autograd.ordered import refuse_unordered
from autograd.primitive import Operand, as_number
from autograd.tree import is_several

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def sum(values: Iterable[Any]) -> Any:
    """Add all values as one node; the local derivative along each is 1.

    The sum of nothing is 0.0.
    """
    values = _in_order("sum", values)
    return nary_sum(*values) if values else 0.0


def dot(ws: Iterable[Any], xs: Iterable[Any], bias: Any = 0.0) -> Any:
    """Return bias + w₁x₁ + w₂x₂ + … as one node, summed from left to right.

    Raises ValueError, with both lengths, when `ws` and `xs` differ in length.
    """
    if type(ws) is not list or type(xs) is not list:  # each neuron asks
        refuse_unordered(ws, xs)
    ws, xs = tuple(ws), tuple(xs)
    if len(ws) != len(xs):
        raise ValueError(f"dot needs as many weights as inputs, got {len(ws)} and {len(xs)}")
    return nary_dot(*ws, *xs, bias)


def dots(rows: Sequence[Sequence[Any]], xs: Iterable[Any], biases: Sequence[Any]) -> list[Any]:
    """Return bias + w₁x₁ + w₂x₂ + … for each row of weights and its bias.

    It is `dot` for many rows: a compiled function that is being recorded writes them down at once.
    Raises ValueError, with both numbers, when a row differs in length from `xs`, or `biases` from `rows`.
    """
    refuse_unordered(rows, biases)
    xs = _in_order("dots", xs)
    if len(biases) != len(rows):
        raise ValueError(f"dots needs as many biases as rows, got {len(biases)} and {len(rows)}")
    for row in rows:
        if type(row) is not list:
            refuse_unordered(row)
        if len(row) != len(xs):
            raise ValueError(f"dots needs as many weights as inputs, got {len(row)} and {len(xs)}")
    at_once = xs[0].dots(rows, xs, biases) if xs and isinstance(xs[0], Operand) else NotImplemented
    if at_once is not NotImplemented:
        return list(at_once)
    return [nary_dot(*row, *xs, bias) for row, bias in zip(rows, biases, strict=True)]


def prod(values: Iterable[Any]) -> Any:
    """Multiply all values as one node; the product of nothing is 1.0."""
    values = _in_order("prod", values)
    return nary_prod(*values) if values else 1.0


def mean(values: Iterable[Any]) -> Any:
    """Return the arithmetic mean of n values; its derivative along each is 1/n.

    Domain: all values. Raises ValueError on no values.
    """
    values = _at_least_one("mean", (values,))
    return nary_sum(*values) / float(len(values))


def norm(values: Iterable[Any]) -> Any:
    """Return √(x₁² + x₂² + …) without overflow on the way; its derivative at the origin is 0.

    The norm of nothing is 0.0.
    """
    values = _in_order("norm", values)
    return nary_norm(*values) if values else 0.0


def logsumexp(values: Iterable[Any]) -> Any:
    """Return log(exp(x₁) + exp(x₂) + …), finite wherever the largest x is; its partials are the softmax.

    Raises ValueError on no values.
    """
    return nary_logsumexp(*_at_least_one("logsumexp", (values,)))


def softmax(values: Iterable[Any]) -> list[Any]:
    """Return sᵢ = exp(xᵢ) / Σ exp(xⱼ) for all values, shifted by the maximum so that nothing overflows.

    The derivative of sᵢ is sᵢ(1 − sᵢ) along xᵢ and −sᵢsⱼ along any other xⱼ. Domain: all values; several
    infinities share equally, and where all are -inf each sᵢ is 0. Raises ValueError on no values.
    """
    return as_one(softmax, softmax_partials, *map(as_number, _at_least_one("softmax", (values,))))


def log_softmax(values: Iterable[Any]) -> list[Any]:
    """Return the logarithm of the softmax for all values: xᵢ − logsumexp(x), finite where softmax is 0.

    The derivative of the i-th is 1 − sᵢ along xᵢ and −sⱼ along any other xⱼ, where s is the softmax.
    Domain: all values but inf, which gives nan, as does -inf where all are. Raises ValueError on no values.
    """
    values = [as_number(value) for value in _at_least_one("log_softmax", (values,))]
    total = nary_logsumexp(*values)
    return [value - total for value in values]


def take(values: Sequence[Any], index: Any) -> Any:
    """Return `values[index]` as one node, for an index that is data: a symbol, a class.

    To look `values[index]` up in a list fixes the index when a function is compiled; here it may be an
    argument of the compiled function, and another in every example. It carries no derivative. Of a list of
    rows, all of one length, the row is taken, as a list: an embedding is `take(table, symbol)`.

    Raises IndexError, with both numbers, for an index that is not a whole number from 0 to
    len(values) - 1, be it known at once or at a call of the compiled function; TypeError for text; ValueError
    for no values and for rows of unequal lengths.
    """
    values = _at_least_one("take", (values,))
    if isinstance(index, str):
        raise TypeError(f"take looks values up by their index, got the text {index!r}: give its number")
    if not isinstance(index < 0, Operand):  # a recorded index has no number yet
        check_index(index, len(values))
    if not isinstance(values[0], Sequence):
        return nary_take(index, *values)
    lengths = sorted({len(row) for row in values})
    if len(lengths) > 1:
        raise ValueError(f"take needs rows of one length, got some of {lengths[0]} and of {lengths[-1]}")
    return [nary_take(index, *column) for column in zip(*values, strict=True)]


def check_index(index: Any, count: int, where: str = "") -> None:
    """Raise IndexError unless an index is that of one of `count` values; `where` begins the message."""
    if not 0 <= index < count or floor(index) < index:
        raise IndexError(
            f"{where}an index into {count} values is a whole number from 0 to {count - 1}, got {index!r}"
        )


def leaky_relu(x: Any, slope: Any = 0.01) -> Any:
    """Return x above zero and slope · x below (Maas et al. 2013); the derivative at 0 is the slope."""
    return leaky_relu_of(x, slope)


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """Return x above zero and α(eˣ − 1) below (Clevert et al. 2016); the derivative at 0 is α."""
    return elu_of(x, alpha)


def selu(x: Any) -> Any:
    """Return the ELU of x scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017).

    Its derivative is that of `elu` at alpha = 1.6733, times 1.0507. Domain: all x; at 0 it is 1.7581.
    """
    return SELU_SCALE * elu_of(x, SELU_ALPHA)


def max(*values: Any) -> Any:
    """Return the largest of several values, or of one sequence of them.

    Ties share the derivative equally; nan among the values gives nan. Raises ValueError on no values.
    """
    return nary_max(*_at_least_one("max", values))


def min(*values: Any) -> Any:
    """Return the smallest of several values, or of one sequence of them.

    Ties share the derivative equally; nan among the values gives nan. Raises ValueError on no values.
    """
    return nary_min(*_at_least_one("min", values))


def _at_least_one(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) == 1 and is_several(values[0]):
        values = _in_order(name, values[0])
    if not values:
        raise ValueError(f"{name} needs at least one value, got none")
    return values


def _in_order(name: str, values: Iterable[Any]) -> tuple[Any, ...]:
    """Return values as a tuple.

    Raises TypeError, with the remedy, for one number, and for what has no order.
    """
    if type(values) is not list:
        refuse_unordered(values)
    try:
        return tuple(values)
    except TypeError as error:
        if is_several(values) or type(error) is not TypeError:  # a scalar that is being recorded says more
            raise
        raise TypeError(f"{name} takes values in a list, got {values!r}: write [{values!r}]") from None
