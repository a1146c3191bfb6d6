"""Random programs through eager reverse, forward, create_graph and JAX, orders 1 to 3.

Every program is a DAG of 20 primitives over two inputs. Two answers agree if they differ by no more than
1e-10 of the program's conditioning: the size of the derivative itself, and how much it moves when the
inputs are off by one rounding.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from tqdm import tqdm

from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.testing import SMOOTH, Line, Program, grows
from autograd.transforms import grad, jvp
from autograd.value import Value

TOLERANCE = 1e-10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--programs", type=int, default=1_000, metavar="N", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of the programs (default: %(default)s)")
    parser.add_argument("--no-jax", action="store_true", help="leave JAX out, which takes most of the time")


def run(options: argparse.Namespace) -> None:
    """Print how many answers were compared and every mismatch."""
    rng = random.Random(options.seed)
    compared: Counter[str] = Counter()
    mismatches = []
    for number in tqdm(range(options.programs), unit="program"):
        program = random_program(rng)
        point = tuple(rng.uniform(-2, 2) for _ in range(2))
        for label, expected, found, size in answers(program, point, jax=not options.no_jax):
            compared[label] += 1
            if not abs(expected - found) <= TOLERANCE * size:
                mismatches.append(
                    f"program {number} at {point}, {label}: {expected} and {found}\n  {program}"
                )
    for label, count in sorted(compared.items()):
        print(f"{label:<40} {count} compared")
    print(f"{len(mismatches)} mismatches in {options.programs} programs, beyond {TOLERANCE} × conditioning")
    print(*mismatches, sep="\n")


def random_program(rng: random.Random, operations: int = 20) -> Program:
    """Return a random program over two inputs, every line of it from the table."""
    lines: list[Line] = []
    for _ in range(operations):
        primitive = rng.choice(SMOOTH)
        count = primitive.arity or rng.choice((1, 3) if primitive.name == "dot" else (1, 2, 3))
        args = tuple(rng.randrange(2 + len(lines)) for _ in range(count))
        lines.append(Line(primitive, args, grows(primitive, count)))
    return Program(2, tuple(lines))


def answers(program: Program, point: tuple[float, ...], jax: bool) -> list[tuple[str, float, float, float]]:
    """Return (what, one answer, the other, the size differences are measured by) for every comparison."""

    def along(t: Any) -> Any:
        return program(t, point[1])

    def forward(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda t: jvp(f, (t,), (1.0,))[1]

    x = point[0]
    reverse = [grad(along), grad(grad(along)), grad(grad(grad(along)))]
    slopes = [f(x) for f in reverse]
    nudged = [
        abs(f(x * (1 + 2.0**-52) + 2.0**-60) - slope) * 2.0**52
        for f, slope in zip(reverse, slopes, strict=True)
    ]
    # One rounding inside the program moves a derivative about as much as one rounding of its input.
    sizes = [max(1.0, *map(abs, slopes[: i + 1]), nudged[i] * 1e-3) for i in range(3)]
    found = [
        ("order 1, forward", slopes[0], forward(along)(x), sizes[0]),
        ("order 2, forward over reverse", slopes[1], forward(grad(along))(x), sizes[1]),
        ("order 2, reverse over forward", slopes[1], grad(forward(along))(x), sizes[1]),
        ("order 2, create_graph", slopes[1], _by_create_graph(along, x), sizes[1]),
        ("order 3, forward three times", slopes[2], forward(forward(forward(along)))(x), sizes[2]),
    ]
    if jax:
        for order, slope in enumerate(_by_jax(program, point), start=1):
            found.append((f"order {order}, JAX", slopes[order - 1], slope, sizes[order - 1]))
    return found


def _by_create_graph(f: Callable[[Any], Any], x: float) -> float:
    leaf = Value(x)
    out = f(leaf)
    if not isinstance(out, Value):  # a program that happens not to use its first input
        return 0.0
    out.backward(create_graph=True)
    first: Any = leaf.grad
    leaf.zero_grad()
    if isinstance(first, Value):
        first.backward()
    return leaf.grad


def _by_jax(program: Program, point: tuple[float, ...]) -> list[float]:
    import jax

    jax.config.update("jax_enable_x64", True)

    def along(t: Any) -> Any:
        return program.run(apply_in_jax, t, point[1])

    return [
        float(f(point[0]))
        for f in (jax.grad(along), jax.grad(jax.grad(along)), jax.grad(jax.grad(jax.grad(along))))
    ]


def apply_in_jax(primitive: Primitive, args: list[Any]) -> Any:
    """Return what JAX makes of a primitive: its own function of that name, or else the definition."""
    import jax
    import jax.numpy as jnp

    own: dict[str, Callable[..., Any]] = {
        "leaky_relu": lambda x, slope: jnp.where(x > 0, x, slope * x),
        "elu": lambda x, alpha: jnp.where(x > 0, x, alpha * jnp.expm1(jnp.minimum(x, 0.0))),
        "power_slope": lambda x, y: y * x ** (y - 1),
        "direction": lambda x, y: x / jnp.sqrt(x * x + y * y),
        "sech": lambda x: 1 / jnp.cosh(x),
        "gauss": lambda x: jnp.exp(-x * x),
        "normal_pdf": jax.scipy.stats.norm.pdf,
        "normal_cdf": jax.scipy.stats.norm.cdf,
        "atan2": jnp.arctan2,
        "xlogy": jax.scipy.special.xlogy,
        "erf": jax.scipy.special.erf,
        "erfc": jax.scipy.special.erfc,
        "silu": jax.nn.silu,
        "gelu": lambda x: jax.nn.gelu(x, approximate=False),
        "gelu_tanh": jax.nn.gelu,
        "logsigmoid": jax.nn.log_sigmoid,
        "softplus": jax.nn.softplus,
        "sigmoid": jax.nn.sigmoid,
        "relu": jax.nn.relu,
        "clamp": jnp.clip,
        "identity": lambda x: x,
        "add": jnp.add,
        "sub": jnp.subtract,
        "mul": jnp.multiply,
        "div": jnp.divide,
        "neg": jnp.negative,
        "norm": lambda *xs: jnp.sqrt(sum(x * x for x in xs)),
        "logsumexp": lambda *xs: jax.nn.logsumexp(jnp.stack(jnp.broadcast_arrays(*xs))),
        "sum": lambda *xs: sum(xs),
        "prod": lambda *xs: jnp.prod(jnp.stack(jnp.broadcast_arrays(*xs))),
        "max": lambda *xs: jnp.max(jnp.stack(jnp.broadcast_arrays(*xs))),
        "min": lambda *xs: jnp.min(jnp.stack(jnp.broadcast_arrays(*xs))),
        "dot": lambda *args: TABLE["dot"].impl(jnp, *args),
    }
    function = own.get(primitive.name) or getattr(jnp, primitive.name)
    return function(*[jnp.asarray(arg, dtype=float) for arg in args])
