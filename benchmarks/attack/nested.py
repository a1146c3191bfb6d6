"""Random expressions in which transformations nest, some under `no_grad`: every mode against JAX.

An expression is Python that both libraries run, each with functions of the same names: what breaks is told as
a text to try.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from random import Random
from typing import Any

import numpy as np

import autograd
from autograd import Value, compile, grad, jvp, no_grad
from autograd.dual import without_later
from autograd.primitive import Operand
from benchmarks.attack.campaign import Campaign, one_by_one

TOLERANCE = 1e-8
"""Of the largest of the numbers that are compared, and of 1."""

SIZES = (5, 12, 30)

PLAIN = (
    *("sin({})", "cos({})", "tanh({})", "sigmoid({})", "(-{})", "({} + {})", "({} - {})", "({} * {})"),
    *("({} / (1 + {}**2))", "where({} > 0.1, {}, {})", "maximum({}, {})", "maximum({}, float32(0.75))"),
    *("(float64(0.5) + {})", "(int64(2) - {})", "(array(-1.5) * {})", "({} / int8(-3))"),
)
UNRECORDED = "unrecorded(lambda: {})"
CONSTANT = ("detach({})", UNRECORDED)
TRANSFORMED = (
    *("grad(lambda {v}: {body})({})", "hessian(lambda {v}: {body})({})", "hvp(lambda {v}: {body}, {}, {})"),
    *("value_and_grad(lambda {v}: {body})({})[0]", "value_and_grad(lambda {v}: {body})({})[1]"),
    *("jvp(lambda {v}: {body}, ({},), ({},))[0]", "jvp(lambda {v}: {body}, ({},), ({},))[1]"),
    *("vjp(lambda {v}: {body}, {})[0]", "vjp(lambda {v}: {body}, {})[1]({})[0]"),
    *("jacobian(lambda {v}: [{}, {body}])({})[1]", "slope_of_half_square(lambda {v}: {body}, {})"),
    *("left(lambda {v}: {body}, {})", "left_moving(lambda {v}: {body}, {})", "kept(lambda {v}: {body}, {})"),
)
"""Forms of expressions: `{}` stands for another one, `{body}` for one that may use the name `{v}` too."""

NUMBERS = ("float32", "float64", "int8", "int64", "array")
SHARED = (
    *("sin", "cos", "tanh", "sigmoid", "where", "maximum", "detach"),
    *("grad", "hessian", "hvp", "value_and_grad", "jvp", "vjp", "jacobian"),
)


def expression(rng: Random, names: Sequence[str], size: int, depth: int = 0) -> str:
    """Return a random expression of at most about `size` parts; transformations nest up to four deep."""
    if size <= 0:
        return rng.choice((*names, names[-1]))
    form = rng.choice(rng.choices((PLAIN, CONSTANT, TRANSFORMED), (6, 1, 3 if depth < 4 else 0))[0])
    count = form.count("{}")
    if form == UNRECORDED:
        # Under no_grad an argument is no constant, nor is what is kept of a transformation.
        drawn = iter(lambda: expression(rng, names, max(size - 1, 1), depth), None)
        return form.format(next(each for each in drawn if not each.startswith((*KEEPING,))))
    share = (size - 1) // (count + ("{body}" in form))
    v = f"v{depth}"
    body = expression(rng, (*names, v), share, depth + 1) if "{body}" in form else ""
    return form.format(*[expression(rng, names, share, depth) for _ in range(count)], v=v, body=body)


def unrecorded(f: Callable[[], Any]) -> Any:
    """Return what f does under `no_grad`."""
    with no_grad():
        return f()


def by_pullback(vjp: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that computes the slope of f² / 2, f · f′, by pulling back what f gives."""

    def slope_of_half_square(f: Callable[[Any], Any], x: Any) -> Any:
        out, pull = vjp(f, x)
        return pull(out)[0]

    return slope_of_half_square


def keeping(inside: Callable[..., Any], raises: bool) -> Callable[..., Any]:
    """Return the function that gives what f gives inside a transformation, which an exception may end."""

    def kept(f: Callable[[Any], Any], x: Any) -> Any:
        if not isinstance(x, Operand):
            return f(x)  # what is kept of a plain number is an operand of its own
        found = []

        def keep(x: Any) -> Any:
            found.append(f(x))
            if raises:
                raise LookupError
            return found[0]

        with suppress(LookupError):
            inside(keep, x)
        return found[0]

    return kept


KEEPING = {
    "left": keeping(lambda f, x: grad(f)(x), raises=True),
    "left_moving": keeping(lambda f, x: jvp(f, (x,), (1.0,)), raises=True),
    "kept": keeping(lambda f, x: jvp(f, (x,), (x,)), raises=False),
}

OURS = {
    **{name: getattr(autograd, name) for name in SHARED},
    "slope_of_half_square": by_pullback(autograd.vjp),
    **{name: getattr(np, name) for name in NUMBERS},
    "unrecorded": unrecorded,
    **KEEPING,
}


@cache
def functions_of_jax() -> dict[str, Callable[..., Any]]:
    """Return JAX's functions of the same names, for float64."""
    import jax

    jax.config.update("jax_enable_x64", True)
    number = jax.numpy.float64

    def vjp(f: Callable[..., Any], x: Any) -> tuple[Any, Callable[[Any], Any]]:
        out, pull = jax.vjp(f, number(x))
        return out, lambda cotangent: pull(number(cotangent))

    def rate(f: Callable[..., Any], xs: tuple[Any], tangents: tuple[Any]) -> Any:
        return jax.jvp(f, (number(*xs),), (number(*tangents),))

    return {
        **{name: getattr(jax.numpy, name, None) for name in SHARED},
        **{name: getattr(jax, name) for name in ("grad", "hessian", "value_and_grad", "jacobian")},
        **dict.fromkeys(NUMBERS, number),
        "sigmoid": jax.nn.sigmoid,
        "detach": jax.lax.stop_gradient,
        "unrecorded": lambda f: jax.lax.stop_gradient(f()),
        **dict.fromkeys(KEEPING, lambda f, x: f(x)),
        "vjp": vjp,
        "slope_of_half_square": by_pullback(vjp),
        "jvp": rate,
        "hvp": lambda f, x, v: rate(jax.grad(f), (x,), (v,))[1],
    }


def by_jax(text: str, x: float, y: float) -> list[float]:
    """Return the value, the slopes along x and y, and those of the slope along x."""
    from jax import disable_jit

    functions = functions_of_jax()
    f = eval(f"lambda x, y: {text}", functions)
    gradient = functions["grad"](f, (0, 1))
    second = functions["grad"](functions["grad"](f), (0, 1))
    with disable_jit():  # to compile what runs once takes twice as long, and all of it is kept
        return [float(each) for each in (f(x, y), *gradient(x, y), *second(x, y))]


def by_mode(text: str, x: float, y: float) -> Iterator[tuple[str, slice, list[Any]]]:
    """Yield what each mode finds, with its name and which of the numbers of `by_jax` it finds."""
    f = eval(f"lambda x, y: {text}", dict(OURS))
    value, first, second, mixed = slice(1), slice(1, 3), slice(3, 5), slice(4, 5)
    directions = ((1.0, 0.0), (0.0, 1.0))
    yield "floats", value, [f(x, y)]
    leaves = Value(x), Value(y)
    yield "backward", first, _slopes(f(*leaves), leaves)
    yield "grad", first, [*grad(f, (0, 1))(x, y)]
    yield "jvp", first, [jvp(f, (x, y), along)[1] for along in directions]
    slope = grad(f)
    yield "grad of grad", second, [*grad(slope, (0, 1))(x, y)]
    yield "jvp of grad", second, [jvp(slope, (x, y), along)[1] for along in directions]
    yield "grad of jvp", mixed, [grad(lambda y: jvp(lambda x: f(x, y), (x,), (1.0,))[1])(y)]
    leaves = Value(x), Value(y)
    out = without_later(f(*leaves), 0)
    if isinstance(out, Operand):
        out.backward(create_graph=True)
    yield "create_graph", second, _slopes(leaves[0].grad, leaves)
    step = compile(f)
    yield "compiled", value, [step([x], [y])]
    yield "compiled gradient", first, [*np.concatenate([*step.argument_grads([x], [y]).values()])]


def _slopes(root: Any, leaves: Sequence[Value]) -> list[Any]:
    root = without_later(root, 0)  # what is kept of forward passes may be a number that depends on no Value
    for leaf in leaves:
        leaf.zero_grad()
    if isinstance(root, Operand):
        root.backward()
    return [leaf.grad for leaf in leaves]


def trial(seed: int, number: int) -> str | None:
    """Compare the modes of an expression at two numbers with JAX."""
    rng = Random(f"{seed} {number}")
    text = expression(rng, ("x", "y"), SIZES[number % len(SIZES)])
    x, y = rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5)
    true = by_jax(text, x, y)
    margin = TOLERANCE * max(1.0, *map(abs, true))
    wrong = [
        f"{mode}: {found} for {true[places]}"
        for mode, places, found in by_mode(text, x, y)
        if not np.allclose(found, true[places], 0, margin, equal_nan=True)
    ]
    return f"{'; '.join(wrong)}; {text} at x = {x}, y = {y}" if wrong else None


NESTED = Campaign(
    "transformations in transformations, under no_grad, along detached numbers and NumPy's: all modes, JAX",
    one_by_one(trial),
    goal=10_000,
    sample=3,
    unit="expression",
)
