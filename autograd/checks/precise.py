"""A recorded function computed again with hundreds of bits, where differences lose nothing to rounding.

The graph of a function holds its operations, and an entry's `impl(xp, …)` computes whatever `xp` computes:
with mpmath in the place of `autograd.scalar`, the very same function has as many digits as are asked for. A
central difference over a step of 2⁻¹²⁰ is then the derivative to thirty digits. What is in the table for
double precision's sake (a split argument, a Newton step, a threshold between two spellings) changes nothing
there: each such `impl` is, in real numbers, the function it is named after, but for constants in float64.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from functools import cached_property
from math import frexp, inf, isfinite, isnan, ulp
from typing import Any, NamedTuple

from autograd.checks.differences import Difference
from autograd.checks.rounding import dependents, rounding_error
from autograd.value import Value

MOST_BITS = 8_000  # the exponents of two doubles are at most 2,100 apart, and steps go 1,100 below them
LARGEST_EXPONENT = 5_000  # exp of what lies beyond would take its time, and has no double beside it

RENAMED = {
    "abs": "fabs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "round": "nint",
}


class Unavailable(Exception):
    """Says why a function cannot be computed with more digits."""


class Digits:
    """Stands where `autograd.scalar` stands in `impl(xp, …)`, and computes with `bits` bits of mpmath.

    Real numbers only: nan where the result would be complex, or is infinite by division by zero.
    """

    def __init__(self, bits: int) -> None:
        try:
            from mpmath import MPContext
        except ImportError:
            raise Unavailable("mpmath is not installed") from None
        self.context = MPContext()
        self.context.prec = bits
        self.context.mpf.__float__ = _refuse_float

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(self.context, RENAMED.get(name, name))
        return lambda *args: self.real(function, *map(self.number, args))

    def real(self, function: Callable[..., Any], *args: Any) -> Any:
        """Return a function's value, nan where it has no real one."""
        try:
            out = function(*args)
        except (ValueError, ZeroDivisionError):
            return self.context.nan
        return self.context.nan if isinstance(out, self.context.mpc) else self.number(out)

    def number(self, x: float) -> Any:
        """Return a float with all its digits; a number that has them as it is."""
        return x if type(x) is self.context.mpf else self.context.mpf(x)

    def cbrt(self, x: Any) -> Any:
        return self.sign(x) * self.context.cbrt(abs(x))

    def divide(self, x: Any, y: Any) -> Any:
        return self.real(operator.truediv, x, y)

    def exp2(self, x: Any) -> Any:
        return self.power(2.0, x)

    def floor_divide(self, x: Any, y: Any) -> Any:
        return self.floor(self.divide(x, y))

    def log2(self, x: Any) -> Any:
        return self.log(x, 2.0)

    def maximum(self, x: Any, y: Any) -> Any:
        return self.number(x if x >= y or x != x else y)

    def minimum(self, x: Any, y: Any) -> Any:
        return self.number(x if x <= y or x != x else y)

    def mod(self, x: Any, y: Any) -> Any:
        return x - y * self.floor_divide(x, y)

    reduce = staticmethod(functools.reduce)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        return self.number(x if condition else y)


def _refuse_float(x: Any) -> float:
    raise Unavailable("an operation is computed by functions of floats")


class Call(NamedTuple):
    """One operation of a recorded function.

    `args` are the indices of its arguments among the function's numbers, -1 for one that depends on no input
    and is among `constants`; its own result is number `out`.
    """

    out: int
    primitive: Any
    args: list[int]
    constants: list[float]


class PreciseFunction:
    """The function from `inputs` to `root` that a graph has recorded, and its derivatives.

    Raises Unavailable, with the reason, where more digits would not be the same function.
    """

    def __init__(self, root: Any, inputs: Sequence[Value]) -> None:
        nodes = dependents(root, inputs)
        self.graph = root, inputs
        self.inputs = [node.data for node in inputs]
        self.numbers = [*self.inputs, *[node.data for node in nodes]]
        indices: dict[Any, int] = {node: index for index, node in enumerate([*inputs, *nodes])}
        self.root = indices.get(root, len(self.numbers))
        if root not in indices:  # it depends on no input
            self.numbers.append(root.data if isinstance(root, Value) else root)
        self.calls = [
            Call(
                indices[node],
                node.op,
                [indices.get(arg, -1) for arg in node.args],
                [arg.data if isinstance(arg, Value) else arg for arg in node.args],
            )
            for node in nodes
        ]
        self.by_bits: dict[int, tuple[Digits, list[Any]]] = {}

    @cached_property
    def rounding(self) -> float:
        """How far the recorded value may be off by the roundings on the way to it."""
        return rounding_error(*self.graph)

    def same_program(self, other: PreciseFunction) -> bool:
        """Tell whether both recorded the same operations with the same constants, at whatever inputs."""
        return self.root == other.root and self._constants() == other._constants()

    def _constants(self) -> list[Any]:
        """Return the operations, and every number that does not depend on an input."""
        calls = [
            (
                call.primitive,
                call.args,
                [repr(x) for arg, x in zip(call.args, call.constants, strict=True) if arg < 0],
            )
            for call in self.calls
        ]
        return [*calls, [repr(x) for x in self.numbers[len(self.inputs) + len(self.calls) :]]]

    def derivative(self, index: int, tolerance: float) -> Difference:
        """Return the derivative along an input to within `tolerance`, which is not zero, or to 53 bits.

        Raises Unavailable where differences over steps of 2⁻¹⁰⁰ and 2⁻¹²⁰ of the input, or 2⁻¹⁰⁰⁰ times
        these, do not agree.
        """
        for shrink in (0, 1_000):
            found = self._difference(index, tolerance, shrink)
            if found.error <= tolerance / 8.0 or found.error <= ulp(found.value) < inf:
                return found
        raise Unavailable("differences over ever smaller steps do not settle")

    def _difference(self, index: int, tolerance: float, shrink: int) -> Difference:
        scale = abs(self.inputs[index]) or 1.0
        digits, here = self._at_inputs(self._bits(scale, tolerance, shrink))
        slopes = []
        for exponent in (-100 - shrink, -120 - shrink):
            step = digits.context.ldexp(digits.number(scale), exponent)
            after, before = (self._moved(digits, here, index, move) for move in (step, -step))
            slopes.append(((after - here[self.root]) / step, (here[self.root] - before) / step))
        (right_wide, left_wide), (right, left) = slopes
        gap_wide, gap = abs(right_wide - left_wide), abs(right - left)
        # Left and right of a smooth point, slopes differ by the step times the curvature.
        kink = bool(gap > tolerance and gap > gap_wide / 2)
        error = (
            max(abs(right - right_wide), abs(left - left_wide))
            if kink
            else abs((right + left) - (right_wide + left_wide)) / 2
        )
        value, error, step, left, right = map(_nearest_float, ((right + left) / 2, error, step, left, right))
        return Difference(value, error, step, left, right, kink)

    def _bits(self, scale: float, tolerance: float, shrink: int) -> int:
        """Return how many bits leave a difference an error of about 2⁻²⁰ of the tolerance."""
        if not (isfinite(self.rounding) and isfinite(tolerance)):
            return MOST_BITS
        sizes = frexp(self.rounding)[1] - frexp(scale)[1] - frexp(tolerance)[1]
        bits = 53 + 20 + 120 + shrink + sizes
        return min(max(-(-bits // 64) * 64, 192), MOST_BITS)  # few sizes, so that inputs share their numbers

    def _at_inputs(self, bits: int) -> tuple[Digits, list[Any]]:
        if bits not in self.by_bits:
            digits = Digits(bits)
            numbers = [digits.number(x) for x in self.numbers]
            for call in self.calls:
                numbers[call.out] = _computed(digits, numbers, call)
            self._refuse_another_number(numbers[self.root])
            self.by_bits[bits] = digits, numbers
        return self.by_bits[bits]

    def _refuse_another_number(self, precise: Any) -> None:
        expected, found = self.numbers[self.root], _nearest_float(precise)
        if isnan(expected):
            raise Unavailable("its value at the point is nan, which has no differences")
        allowed = 8.0 * self.rounding if isfinite(self.rounding) else 1e-9 * abs(found)
        if expected != found and not abs(expected - found) <= allowed + 8.0 * ulp(found):
            raise Unavailable(f"with more digits its value is {found:.6g}, not {expected:.6g}")

    def _moved(self, digits: Digits, here: list[Any], index: int, move: Any) -> Any:
        """Return the value at inputs of which one is moved; only what depends on that one is computed."""
        numbers = here.copy()
        numbers[index] = here[index] + move
        for call in self._later(index):
            numbers[call.out] = _computed(digits, numbers, call)
        return numbers[self.root]

    def _later(self, index: int) -> list[Call]:
        met = {index}
        found = []
        for call in self.calls:
            if not met.isdisjoint(call.args):
                met.add(call.out)
                found.append(call)
        return found


def _computed(digits: Digits, numbers: list[Any], call: Call) -> Any:
    args = [
        digits.number(constant) if index < 0 else numbers[index]
        for index, constant in zip(call.args, call.constants, strict=True)
    ]
    try:
        out = digits.real(call.primitive.impl, digits, *args)
    except Unavailable:
        raise
    except Exception as error:  # an entry of the user's own may do what it likes
        raise Unavailable(f"{call.primitive.name} cannot be computed with more digits: {error}") from None
    if digits.context.isfinite(out) and digits.context.mag(out) > LARGEST_EXPONENT:
        raise Unavailable(f"{call.primitive.name} grows far beyond float64 on the way")
    return out


def _nearest_float(x: Any) -> float:
    from mpmath.libmp import to_float

    return float(to_float(x._mpf_, rnd="n"))
