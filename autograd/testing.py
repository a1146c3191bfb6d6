"""Hypothesis strategies: well-conditioned points and random programs, to property-test derivatives.

    @settings(deadline=None)  # a busy machine misses hypothesis's 200 ms
    @given(autograd.testing.points(2))
    def test_my_function(point):
        autograd.gradcheck(my_function, *point, order=2)

Needs the `hypothesis` package; nothing else in `autograd` imports this module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil, floor, inf, isfinite
from typing import Any

from hypothesis import strategies as st

from autograd.curves import softplus, tanh
from autograd.notation.formula import value_formula
from autograd.ops import TABLE
from autograd.primitive import Primitive

Interval = tuple[float, float]
LINE: Interval = (-inf, inf)

_STEPS = 64  # points lie on a grid of 1/64: zeros and ties, where kinks lie, do come up
_FEWEST = 4  # an interval is at least as wide as so many steps, which are finer in a narrow one


def points(
    count: int, domain: Interval | Sequence[Interval] = LINE, reach: float = 6.0
) -> st.SearchStrategy[tuple[float, ...]]:
    """Return a strategy for tuples of `count` numbers at which finite differences can be trusted.

    The numbers lie inside `domain`, one open interval for all or one for each, at least 1/64 from its ends,
    or an eighth of a narrow one, and at most `reach` from zero (or from the end nearest to zero). Zero and
    equal numbers do come up; numbers a hair beside them do not. Raises ValueError for another number of
    intervals, and unless low < high in each.
    """
    intervals: list[Any] = [domain] * count if isinstance(domain[0], float | int) else list(domain)
    if len(intervals) != count:
        raise ValueError(f"expected an interval for each of {count} numbers, got {len(intervals)}")
    return st.tuples(*(_grid(low, high, reach) for low, high in intervals))


def primitive_points(primitive: Primitive, most: int = 5) -> st.SearchStrategy[tuple[float, ...]]:
    """Return a strategy for arguments inside a primitive's domain; up to `most` of them if it is n-ary."""

    def of_count(count: int) -> st.SearchStrategy[tuple[float, ...]]:
        inside = points(count, [primitive.interval(i) for i in range(count)])
        if not primitive.by_index:
            return inside
        return st.tuples(st.integers(0, count - 2).map(float), inside).map(lambda p: (p[0], *p[1][1:]))

    return st.sampled_from(argument_counts(primitive, most)).flatmap(of_count)


def _grid(low: float, high: float, reach: float) -> st.SearchStrategy[float]:
    if not low < high:
        raise ValueError(f"expected an interval low < high, got {(low, high)}")
    middle = min(max(0.0, low), high)
    width, steps = min(high, middle + reach) - max(low, middle - reach), _STEPS
    while 0.0 < width * steps < _FEWEST:
        steps *= 2
    first = ceil(max(low * steps + 1 if isfinite(low) else -inf, (middle - reach) * steps))
    last = floor(min(high * steps - 1 if isfinite(high) else inf, (middle + reach) * steps))
    return st.integers(first, last).map(lambda step: step / steps)


@dataclass(frozen=True)
class Line:
    """One step of a program: a primitive applied to earlier values, with what keeps it tame."""

    primitive: Primitive
    args: tuple[int, ...]
    bounded: bool


@dataclass(frozen=True)
class RandomProgram:
    """A random function of `inputs` scalars: each line applies a primitive to inputs or earlier lines.

    Arguments are first carried smoothly into the primitive's domain, and results that could grow large back
    into (-3, 3), so that every program is well conditioned at points of moderate size. Lines share their
    arguments, so that the graph is a DAG and not a tree. The value is the sum of the lines used by no other.
    Unless `tame` they are not carried, and lie outside domains too.
    """

    inputs: int
    lines: tuple[Line, ...]
    tame: bool = True

    def __call__(self, *xs: Any) -> Any:
        """Run the program on floats, Values or whatever else flows through the table."""
        return self.run(_applied, *xs)

    def run(self, apply: Callable[[Primitive, list[Any]], Any], *xs: Any) -> Any:
        """Run the program with `apply(primitive, args)` in place of the engine: another engine, say.

        Raises ValueError, with both counts, for a wrong number of inputs.
        """
        if len(xs) != self.inputs:
            raise ValueError(f"the program takes {self.inputs} inputs, got {len(xs)}")
        values = list(xs)
        for line in self.lines:
            args = [values[arg] for arg in line.args]
            if self.tame:
                args = [_carried(apply, x, line.primitive.interval(i)) for i, x in enumerate(args)]
            value = apply(line.primitive, args)
            values.append(_squashed(apply, value) if line.bounded else value)
        used = {arg for line in self.lines for arg in line.args}
        total = values[-1]
        for index in range(self.inputs, len(values) - 1):
            if index not in used:
                total = apply(TABLE["add"], [total, values[index]])
        return total

    def __repr__(self) -> str:
        names = [f"x{i}" for i in range(self.inputs)]
        shown: list[str] = []
        for line in self.lines:
            formula = value_formula(line.primitive, [names[arg] for arg in line.args])
            names.append(f"t{len(shown)}")
            shown.append(f"{names[-1]} = {formula}" + (" squashed" if line.bounded else ""))
        return f"RandomProgram({self.inputs} inputs: {'; '.join(shown)})"


def _applied(primitive: Primitive, args: list[Any]) -> Any:
    return primitive(*args)


def _carried(apply: Callable[[Primitive, list[Any]], Any], x: Any, interval: Interval) -> Any:
    low, high = interval
    add, mul = TABLE["add"], TABLE["mul"]
    if isfinite(low) and isfinite(high):
        middle, half = (low + high) / 2, 0.4 * (high - low)
        return apply(add, [apply(mul, [apply(tanh, [x]), half]), middle])
    if isfinite(low):
        return apply(add, [apply(softplus, [x]), low + 0.25])
    if isfinite(high):
        return apply(TABLE["sub"], [high - 0.25, apply(softplus, [x])])
    return x


def _squashed(apply: Callable[[Primitive, list[Any]], Any], x: Any) -> Any:
    return apply(TABLE["mul"], [apply(tanh, [apply(TABLE["mul"], [x, 1 / 3])]), 3.0])


def grows(primitive: Primitive, count: int) -> bool:
    """Tell whether arguments of size 3, carried into the domain, can give a result beyond 3."""
    ends = [[_carried(_applied, x, primitive.interval(i)) for x in (-3.0, 3.0)] for i in range(count)]
    return any(abs(primitive(*corner)) > 3.0 for corner in product(*ends))


SMOOTH = tuple(primitive for primitive in TABLE.values() if primitive.in_programs and not primitive.step_like)
"""The primitives that programs are made of: all whose derivatives are not those of a step."""


@st.composite
def programs(
    draw: st.DrawFn, inputs: int = 2, operations: int = 20, primitives: Sequence[Primitive] = SMOOTH
) -> RandomProgram:
    """Return a strategy for random programs of `operations` lines over `inputs` scalars."""
    return chosen_program(lambda options: draw(st.sampled_from(options)), inputs, operations, primitives)


def chosen_program(
    choose: Callable[[Sequence[Any]], Any],
    inputs: int = 2,
    operations: int = 20,
    primitives: Sequence[Primitive] = SMOOTH,
    tame: bool = True,
) -> RandomProgram:
    """Return a program all of whose choices are made by `choose(options)`: `Random(0).choice`, say."""
    lines: list[Line] = []
    for _ in range(operations):
        primitive = choose(primitives)
        count = choose(argument_counts(primitive))
        args = tuple(choose(range(inputs + len(lines))) for _ in range(count))
        lines.append(Line(primitive, args, tame and grows(primitive, count)))
    return RandomProgram(inputs, tuple(lines), tame)


def argument_counts(primitive: Primitive, most: int = 3) -> tuple[int, ...]:
    """Return how many arguments a test may give a primitive: its arity, or up to `most` if it is n-ary."""
    if primitive.arity is not None:
        return (primitive.arity,)
    return tuple(range(1 + primitive.by_index, most + 1, primitive.counted_by))
