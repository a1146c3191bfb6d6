"""An operation of one's own, which enters the table once every way through it has been tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from importlib.util import find_spec
from itertools import chain
from math import inf, isclose, isfinite, nan
from typing import Any

from autograd import ops, scalar
from autograd.checks.check import compare
from autograd.compiler import compile
from autograd.nary import nary_sum
from autograd.notation.describe import argument_names
from autograd.notation.formula import partial_formulas, value_formula
from autograd.notation.listing import Listing
from autograd.primitive import Primitive, Rule
from autograd.transforms import grad, jvp, value_and_grad
from autograd.value import Value

Point = tuple[float, ...]

FUNCTIONS = tuple(
    sorted(
        name
        for name, thing in vars(scalar).items()
        if callable(thing)
        and not name.startswith("_")
        and name not in ("Any", "Callable", "as_float", "copysign")
    )
)
"""What `xp` offers to an `impl`."""

MANY = 4
"""Of more arguments second derivatives, n² of them, are tried at one point."""

CORNERS = (0.0, -0.0, 1.0, -1.0, 1e308, -1e308, inf, -inf, nan)
"""Where nothing may raise: numbers are IEEE's there."""


def define(
    name: str,
    impl: Callable[..., Any],
    *partials: Rule | None,
    domain: Sequence[tuple[float, float]] = (),
    doc: str = "",
    activation: bool = False,
    **facts: Any,
) -> Primitive:
    """Return a new operation, known by `name` to gradients of any order, compiled programs and drawings.

        cube = define("cube", lambda xp, x: x * x * x, lambda out, x: 3.0 * x * x)

    `impl(xp, x, …)` computes it with + - *, comparisons and functions of `xp`, which stands for floats, for
    arrays and for code: abs, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, cbrt, cos, cosh,
    divide, erf, erfc, exp, exp2, expm1, floor, floor_divide, hypot, log, log10, log1p, log2, maximum,
    minimum, mod, power, reduce, round, sign, sin, sinh, sqrt, tan, tanh, where. So 1 / x is
    xp.divide(1.0, x), and a choice is xp.where(condition, x, y).

    What `impl` and partials read from outside may change: each call reads it anew, but a compiled function
    keeps what it was recorded with.

    For each argument follows its partial: `partial(out, x, …)` is the local derivative, written with + - *,
    comparisons and other operations, such as `autograd.exp(x)`, `autograd.ops.div(x, y)` and
    `autograd.ops.power(x, y)`; None where it is 0 everywhere; `autograd.primitive.when(condition)` where
    nothing may pass elsewhere. An `impl(xp, *xs)` of any number of arguments has one rule for all of them,
    `all_partials(out, *xs)`.

    `domain` has the open interval of each argument where the operation is smooth, ((0, inf),) say; `doc` is
    what `help` says. With `activation`, layers take it by its name: `nn.Layer(2, 3, activation="cube")`.
    `facts` are further fields of `autograd.primitive.Primitive`, such as `kinks` and `step_like`.

    It is tried at once: on floats, infinities and nan among them, as code, as formulas, against differences
    up to the second order, forward, and compiled if NumPy is there. Raises ValueError, and enters nothing,
    for a name that is taken, for another number of partials than of arguments, and for what fails in a
    trial; TypeError for a fact that there is not.
    """
    known = [field.name for field in fields(Primitive)][3:]
    for fact in facts:
        if fact not in known:
            raise TypeError(f"an operation has no {fact!r}: its facts are {', '.join(known)}")
    primitive = ops.checked(
        name, impl, *partials, domain=tuple(domain), doc=doc, activation=activation, **facts
    )
    _check_facts(primitive)
    points, *of_other_counts = [_points(primitive, count) for count in _counts(primitive)]
    for some in (points, *of_other_counts):
        _try_on_floats(primitive, some)
    _try_as_code(primitive, len(points[0]))
    _try_as_text(primitive)
    _try_against_differences(primitive, points, twice=points[: 1 if len(points[0]) > MANY else None])
    for some in of_other_counts:
        _try_against_differences(primitive, some)
    _try_forward(primitive, points)
    if find_spec("numpy"):
        _try_compiled(primitive, points)
    return ops.enter(primitive)


def _check_facts(primitive: Primitive) -> None:
    if primitive.activation and primitive.arity != 1:
        count = "any number of" if primitive.arity is None else primitive.arity
        raise ValueError(f"an activation takes one argument, but {primitive.name} takes {count}")
    if primitive.neutral is not None and primitive.arity is not None:
        raise ValueError(
            f"neutral is for any number of arguments, but {primitive.name} takes {primitive.arity}"
        )
    most = primitive.arity or len(primitive.domain)
    if len(primitive.domain) > most or not all(map(_is_interval, primitive.domain)):
        raise ValueError(
            f"the domain of {primitive.name} needs a pair low < high for each of its arguments, such as "
            f"((0, inf),), got {primitive.domain!r}"
        )


def _is_interval(pair: Any) -> bool:
    return isinstance(pair, (tuple, list)) and len(pair) == 2 and bool(pair[0] < pair[1])


def _counts(primitive: Primitive) -> list[int]:
    """Return with how many arguments to try it, first of all with as many as its formulas show."""
    shown = len(argument_names(primitive))
    if primitive.arity is not None:
        return [shown]
    return [shown, shown - primitive.counted_by, shown + primitive.counted_by]


def _points(primitive: Primitive, count: int) -> list[Point]:
    """Return three points inside the domain, each with another number for each argument."""
    inside = [_inside(*primitive.interval(index)) for index in range(count)]
    points = [tuple(numbers[(k + i) % 3] for i, numbers in enumerate(inside)) for k in range(3)]
    return [(0.0, *point[1:]) for point in points] if primitive.by_index else points


def _inside(low: float, high: float) -> Point:
    if isfinite(low) and isfinite(high):
        return tuple(low + part * (high - low) for part in (0.23, 0.48, 0.81))
    if isfinite(low):
        return low + 0.37, low + 1.21, low + 2.6
    return (high - 0.37, high - 1.21, high - 2.6) if isfinite(high) else (-1.3, 0.41, 1.7)


@contextmanager
def _explaining(what: str, remedy: str) -> Iterator[None]:
    """Turn what is raised inside into one line with the remedy."""
    try:
        yield
    except Exception as error:
        said = str(error).partition("\n")[0]
        raise ValueError(f"{what}: {type(error).__name__}: {said}; {remedy}") from error


WITH_XP = "use + - *, comparisons and functions of xp, xp.divide for /: see help(autograd.define)"
WITH_OPERATIONS = "use + - *, comparisons and operations, autograd.ops.div for /: see help(autograd.define)"
"""What mends an `impl`, and a partial."""

ANY_NUMBER = (
    "*xs stands for any number of arguments: name them, as in impl(xp, x, y), if their number is fixed"
)
"""What mends an operation that takes only some numbers of arguments."""


def _try_on_floats(primitive: Primitive, points: list[Point]) -> None:
    """Compute value and partials of floats, at points and corners."""
    name = primitive.name
    also = "" if primitive.arity is not None else f"; {ANY_NUMBER}"
    for point in [*points, *[(corner,) * len(points[0]) for corner in CORNERS]]:
        at = f"{name}{point if len(point) > 1 else f'({point[0]})'}"
        with _explaining(f"the impl of {at}", WITH_XP + also):
            out = primitive.impl(scalar, *point)
        if type(out) is not float:
            raise ValueError(
                f"the impl of {at} gives {out!r}, which is no float: write 1.0 for 1, and {WITH_XP}"
            )
        if primitive.neutral is not None:
            beside = primitive.impl(scalar, *point, primitive.neutral)
            if repr(beside) != repr(out):
                raise ValueError(
                    f"{at} is {out!r}, but {beside!r} with {primitive.neutral!r} as one argument more: "
                    "declare as neutral what makes no difference, as -0.0 in a sum, or nothing"
                )
        with _explaining(f"the partials of {at}", WITH_OPERATIONS + also):
            slopes = primitive.derivatives(out, point)
        if len(slopes) != len(point):
            raise ValueError(
                f"all_partials of {at} gives {len(slopes)} partials for {len(point)} arguments{also}"
            )
        for slope in slopes:
            if slope is not None and type(slope) is not float:
                raise ValueError(
                    f"a partial of {at} is {slope!r}, which is no float: write 1.0 for 1; {WITH_OPERATIONS}"
                )


def _try_as_code(primitive: Primitive, count: int) -> None:
    """Write the operation and its partials down as the code that others run."""
    listing = Listing()
    symbols = [listing.argument() for _ in range(count)]
    with _explaining(f"the impl of {primitive.name} computes only floats", WITH_XP):
        out = primitive.impl(listing, *symbols)
    with _explaining(f"the partials of {primitive.name} compute only floats", WITH_OPERATIONS):
        primitive.derivatives(out, symbols)


def _try_as_text(primitive: Primitive) -> None:
    """Write the formulas that drawings and `help` show."""
    names = argument_names(primitive)
    with _explaining(f"{primitive.name} as a formula", "mend its symbol, notation or expansion"):
        value_formula(primitive, names)
    with _explaining(f"the partials of {primitive.name} as formulas", WITH_OPERATIONS):
        partial_formulas(primitive, names)


def _try_against_differences(primitive: Primitive, points: list[Point], twice: Sequence[Point] = ()) -> None:
    """Record it, and hold its first derivatives against differences of its values, at some its second too."""
    for point in points:
        values = [*map(Value, point)]
        order = 2 if point in twice else 1
        with _explaining(f"the partials of {primitive.name} compute only floats", WITH_OPERATIONS):
            slopes = primitive.derivatives(primitive(*values), values)
        _same(primitive, "partials on Values", point, slopes, primitive.derivatives(primitive(*point), point))
        with _explaining(f"the derivatives of {primitive.name} at {point}", WITH_OPERATIONS):
            entries = () if primitive.step_like else compare(primitive, *point, order=order).entries
        for entry in entries:
            if entry.verdict == "wrong":
                raise ValueError(
                    f"{entry.place} of {primitive.name} at {point} is {entry.analytic:.10g} by its partial, "
                    f"but {entry.numeric.value:.10g} by differences of its values: correct one or the other"
                )


def _try_forward(primitive: Primitive, points: list[Point]) -> None:
    """Push a tangent through it and through its gradient."""
    for point in points:
        ones = (1.0,) * len(point)
        every = range(len(point))
        with _explaining(f"{primitive.name} in forward mode", WITH_OPERATIONS):
            (value, slopes), (slope, _) = jvp(value_and_grad(primitive, every), point, ones)
        _same(primitive, "forward mode", point, (value, slope), (primitive(*point), sum(slopes)))


def _try_compiled(primitive: Primitive, points: list[Point]) -> None:
    """Compile value and gradient for a batch of all points, and let the compiler differentiate the value."""
    slopes = grad(primitive, range(len(points[0])))
    # All arguments in one array: of any number of them, so a program may take all at once.
    batch = [*map(list, points)]
    with _explaining(f"{primitive.name} in a compiled program", WITH_XP):
        rows = compile(lambda xs: [primitive(*xs), *slopes(*xs)])(batch)
    with _explaining(f"the partials of {primitive.name} in a compiled gradient", WITH_OPERATIONS):
        values = [[*map(Value, point)] for point in points]
        total = compile(lambda: nary_sum(*[primitive(*xs) for xs in values]), chain.from_iterable(values))
        gradients = total.grad().reshape(rows.shape[0], -1)
    for point, row, gradient in zip(points, rows.tolist(), gradients.tolist(), strict=True):
        _same(primitive, "a compiled program", point, row, [primitive(*point), *slopes(*point)])
        _same(primitive, "a compiled gradient", point, gradient, slopes(*point))


def _same(
    primitive: Primitive, way: str, point: Point, found: Sequence[Any], expected: Sequence[Any]
) -> None:
    """Refuse what another way has given, unless it is the same as on floats."""
    for x, y in zip(map(_number, found), map(_number, expected), strict=True):
        if not (isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) or (x != x and y != y)):
            raise ValueError(
                f"{primitive.name} at {point} gives {x:.10g} in {way}, but {y:.10g} on floats: write rules "
                "that do not ask what computes them"
            )


def _number(x: Any) -> float:
    return 0.0 if x is None else x.data if isinstance(x, Value) else float(x)
