"""Random programs through eager reverse, forward, create_graph and JAX, and compiled; orders 1 to 3.

Every program is a DAG of 20 primitives over two inputs. Two answers agree if they differ by no more than
1e-10 of the program's conditioning: the size of the derivative itself, and how much it moves when the
inputs are off by one rounding.

JAX takes seconds to compile what then runs for microseconds. So it gets one function that runs any program,
which it reads as numbers: at each line it computes every primitive and keeps the one that the line names.
That is compiled once, and the programs go through it side by side.

Programs of the kinds in `correctness.kinds` go through the engine and, compiled, through NumPy, JAX and C:
their values and the derivative along each parameter, infinities and nan included. They agree if they differ
by no more than 1e-10 of the largest number that the engine meets on the way there and back. Where two do not
agree, the definitions judge, to as much, or to how far rounding inside the program carries the answer.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from itertools import chain
from math import factorial, isfinite, isnan, nan
from multiprocessing import get_context
from typing import Any, NamedTuple

from flint import arb, arb_series
from tqdm import tqdm

import autograd as ag
from autograd import tree
from autograd.context import Layer, history, layered
from autograd.graph import topological_order
from autograd.operators import Operators
from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.testing import SMOOTH, Line, RandomProgram, argument_counts, chosen_program, grows
from autograd.transforms import grad, jvp
from autograd.value import Recorder, Value, evaluate, record
from benchmarks.correctness import kinds
from benchmarks.correctness.accuracy import first_and_second
from benchmarks.correctness.definitions import CHOICES, DEFINITIONS, UndecidedError, decided
from benchmarks.correctness.kinds import KINDS, Task

TOLERANCE = 1e-10
LINES = 20
SIDE_BY_SIDE = 250
"""How many programs go through JAX at once."""

ModesTask = tuple[RandomProgram, tuple[float, float]]
"""A program and the point to differentiate it at, along its first input."""


class Comparison(NamedTuple):
    """What is compared with reverse mode, both answers, and the size by which differences are measured."""

    label: str
    expected: float
    found: float
    size: float

    @property
    def agrees(self) -> bool:
        """Whether the answers are the same within the tolerance."""
        if not isfinite(self.expected) or not isfinite(self.found):
            return self.expected == self.found or (isnan(self.expected) and isnan(self.found))
        return abs(self.expected - self.found) <= TOLERANCE * self.size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--programs", type=int, default=1_000, metavar="N", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of the programs (default: %(default)s)")
    parser.add_argument("--no-jax", action="store_true", help="leave JAX out")
    parser.add_argument(
        "--compiled", type=int, default=4_500, metavar="N", help="programs for NumPy (default: %(default)s)"
    )
    parser.add_argument(
        "--compiled-jax", type=int, default=180, metavar="N", help="programs for JAX (default: %(default)s)"
    )
    parser.add_argument(
        "--compiled-native", type=int, default=450, metavar="N", help="programs for C (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> None:
    """Print how many answers were compared and every mismatch."""
    if options.programs:
        _run_modes(options)
    campaigns = (
        ("numpy", options.compiled),
        ("jax", options.compiled_jax),
        ("native", options.compiled_native),
    )
    for backend, count in campaigns:
        if count and not (backend == "jax" and options.no_jax):
            _run_compiled(options.seed, count, backend)


def _run_modes(options: argparse.Namespace) -> None:
    tasks = [random_task(options.seed, number) for number in range(options.programs)]
    seeds = [options.seed] * options.programs
    with ProcessPoolExecutor() as pool:  # a program does not travel between processes, its number does
        own = pool.map(_random_by_mode, seeds, range(options.programs), chunksize=10)
        found = list(tqdm(own, total=len(tasks), unit="program"))
    if not options.no_jax:
        for here in tqdm(range(0, len(tasks), SIDE_BY_SIDE), unit="call of JAX"):
            part = slice(here, here + SIDE_BY_SIDE)
            found[part] = map(beside_jax, found[part], in_jax(tasks[part]))
    compared = Counter(comparison.label for comparison in chain.from_iterable(found))
    for label, count in sorted(compared.items()):
        print(f"{label:<40} {count} compared")
    differing = [
        (number, comparison)
        for number, comparisons in enumerate(found)
        for comparison in comparisons
        if not comparison.agrees
    ]
    wrong = [(number, answer) for number, answer in differing if not settled(tasks[number], answer)]
    print(f"{len(wrong)} mismatches in {options.programs} programs, beyond {TOLERANCE} × conditioning")
    for number, (label, expected, answer, _) in wrong:
        program, point = tasks[number]
        print(f"program {number} at {point}, {label}: {expected} and {answer}\n  {program}")
    print(
        f"{len(differing) - len(wrong)} other answers of JAX differ, where definitions side with the engine"
    )


def random_task(seed: int, number: int, lines: int = LINES) -> ModesTask:
    """Return the program of that number, every line of it from the table, and a point."""
    rng = random.Random(f"{seed} {number}")
    return chosen_program(rng.choice, operations=lines), (rng.uniform(-2, 2), rng.uniform(-2, 2))


def _random_by_mode(seed: int, number: int) -> list[Comparison]:
    task = random_task(seed, number)
    return conditioned(task, by_mode(task))


# ---- the engine's own modes -------------------------------------------------------------------------


def by_mode(task: ModesTask) -> list[Comparison]:
    """Compare reverse mode, orders 1 to 3, with forward mode, both nestings, and `create_graph`.

    Sizes are those of the derivatives; `conditioned` adds how they move.
    """
    program, (x, y) = task

    def along(t: Any) -> Any:
        return program(t, y)

    def forward(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda t: jvp(f, (t,), (1.0,))[1]

    reverse = [slope(x) for slope in _reverse(along)]
    sizes = [max(1.0, *map(abs, reverse[: order + 1])) for order in range(3)]
    return [
        Comparison("order 1, forward", reverse[0], forward(along)(x), sizes[0]),
        Comparison("order 2, forward over reverse", reverse[1], forward(grad(along))(x), sizes[1]),
        Comparison("order 2, reverse over forward", reverse[1], grad(forward(along))(x), sizes[1]),
        Comparison("order 2, create_graph", reverse[1], first_and_second(along, x)[1], sizes[1]),
        Comparison("order 3, forward three times", reverse[2], forward(forward(forward(along)))(x), sizes[2]),
    ]


def conditioned(task: ModesTask, compared: Sequence[Comparison]) -> list[Comparison]:
    """Return comparisons whose size tells too how far one rounding moves each derivative.

    That is one of the input, or of the arguments inside the program. Inputs up to five roundings away are
    tried, for one alone may not reach what cancels.
    """
    program, (x, y) = task
    slopes = _reverse(lambda t: program(t, y))
    known = {c.label[:7]: c.expected for c in compared}
    rounded = [slope(x) for slope in _reverse(lambda t: program.run(_rounded, t, y))]
    moved = [[abs(slope - expected)] for slope, expected in zip(rounded, known.values(), strict=True)]
    for steps in (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5):
        beside = x * (1 + steps * 2.0**-52) + steps * 2.0**-60
        for distances, slope, expected in zip(moved, slopes, known.values(), strict=True):
            distances.append(abs(slope(beside) - expected) / abs(steps))
    sizes = {order: max(distances) * 2.0**52 * 1e-3 for order, distances in zip(known, moved, strict=True)}
    return [c._replace(size=max(c.size, sizes[c.label[:7]])) for c in compared]


def _rounded(primitive: Primitive, args: list[Any]) -> Any:
    """Apply an operation to arguments of which each is another rounding away: equal ones are so no more."""
    return primitive(*[arg * (1 + n * 2.0**-52) for n, arg in enumerate(args)])


def _reverse(f: Callable[[Any], Any]) -> list[Callable[[Any], Any]]:
    """Return the first three derivatives, each by reverse mode."""
    return [grad(f), grad(grad(f)), grad(grad(grad(f)))]


# ---- JAX --------------------------------------------------------------------------------------------

VARIANTS = [(primitive, count) for primitive in SMOOTH for count in argument_counts(primitive)]
"""What a line can be: a primitive and how many arguments it is given."""


def beside_jax(own: Sequence[Comparison], slopes: Sequence[float]) -> list[Comparison]:
    """Return the comparisons of a program with those of its three derivatives in JAX added."""
    reverse = {comparison.label[:7]: comparison for comparison in own}
    return [
        *own,
        *(
            Comparison(f"{order}, JAX", known.expected, slope, known.size)
            for (order, known), slope in zip(reverse.items(), slopes, strict=True)
        ),
    ]


def in_jax(tasks: Sequence[ModesTask]) -> list[list[float]]:
    """Return the first three derivatives of each program along its first input."""
    import numpy as np

    padded = [*tasks, *[tasks[0]] * (SIDE_BY_SIDE - len(tasks))]
    variants, args, used = zip(*(_as_numbers(program) for program, _ in padded), strict=True)
    x, y = zip(*(point for _, point in padded), strict=True)
    slopes = _interpreter()(np.array(variants), np.array(args), np.array(used), np.array(x), np.array(y))
    return [[float(slope) for slope in row] for row in zip(*slopes, strict=True)][: len(tasks)]


def _as_numbers(program: RandomProgram) -> tuple[list[int], list[list[int]], list[bool]]:
    """Return each line's variant, its arguments, filled up to three, and whether another line uses it."""
    variants = [VARIANTS.index((line.primitive, len(line.args))) for line in program.lines]
    args = [[*line.args, 0, 0, 0][:3] for line in program.lines]
    met = set(chain.from_iterable(line.args for line in program.lines))
    return variants, args, [place in met for place in range(2, 2 + len(program.lines))]


@cache
def _interpreter() -> Callable[..., Any]:
    """Return the function that runs programs given as numbers and returns their first three derivatives."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    alone = [
        RandomProgram(count, (Line(primitive, tuple(range(count)), grows(primitive, count)),))
        for primitive, count in VARIANTS
    ]

    def value(x: Any, y: Any, variants: Any, args: Any, used: Any) -> Any:
        def one_line(values: Any, line: Any) -> tuple[Any, None]:
            place, variant, arg = line
            xs = values[arg]
            results = jnp.stack([program.run(apply_in_jax, *xs[: program.inputs]) for program in alone])
            return values.at[place].set(results[variant]), None

        values = jnp.zeros(2 + LINES).at[0].set(x).at[1].set(y)
        values, _ = jax.lax.scan(one_line, values, (jnp.arange(2, 2 + LINES), variants, args))
        return jnp.where(used, 0.0, values[2:]).sum()

    def slopes(variants: Any, args: Any, used: Any, x: Any, y: Any) -> tuple[Any, Any, Any]:
        def with_slope(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
            return lambda t: jax.jvp(f, (t,), (1.0,))

        ((_, first), (_, second)), (_, (_, third)) = with_slope(
            with_slope(with_slope(lambda t: value(t, y, variants, args, used)))
        )(x)
        return first, second, third

    return jax.jit(jax.vmap(slopes))


def apply_in_jax(primitive: Primitive, args: list[Any]) -> Any:
    """Return what JAX makes of a primitive: its own function of that name, or else the definition."""
    import jax
    import jax.numpy as jnp

    own: dict[str, Callable[..., Any]] = {
        "leaky_relu": lambda x, slope: jnp.where(x > 0, x, slope * x),
        "elu": lambda x, alpha: jnp.where(x > 0, x, alpha * jnp.expm1(jnp.minimum(x, 0.0))),
        "power_slope": lambda x, y: y * x ** (y - 1),
        "direction": lambda x, y: x / jnp.sqrt(x * x + y * y),
        "inversion": lambda x, y: x / (x * x + y * y),
        "sech_squared": lambda x: 1 / jnp.cosh(x) ** 2,
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


# ---- the judge --------------------------------------------------------------------------------------


def settled(task: ModesTask, comparison: Comparison) -> bool:
    """Tell whether a disagreement is JAX's alone: the definitions agree with the engine.

    Its nan where a norm is 0 is the usual one; conventions ask for the derivative 0 there.
    """
    return comparison.label.endswith("JAX") and defined(task, [comparison]) == [True]


def defined(task: ModesTask, compared: Sequence[Comparison]) -> list[bool]:
    """Tell of each comparison whether the definitions agree with what it expects; raises UndecidedError."""
    program, (x, y) = task
    orders = [int(comparison.label[6]) for comparison in compared]

    def agree() -> list[bool] | None:
        series = program.run(_by_definition, arb_series([x, 1]), arb_series([y]))
        true = [series[order] * factorial(order) for order in orders]
        if not all(map(_narrow, true, compared)):
            return None
        return [c._replace(found=float(each)).agrees for each, c in zip(true, compared, strict=True)]

    return decided(agree, "the program", (x, y), terms=max(orders) + 1)


def _by_definition(primitive: Primitive, args: Sequence[Any]) -> arb_series:
    definition = CHOICES.get(primitive.name) or DEFINITIONS[primitive.name]
    return definition(*[arg if isinstance(arg, arb_series) else arb_series([arg]) for arg in args])


def _narrow(true: arb, comparison: Comparison) -> bool:
    return bool(true.rad() < 1e-3 * TOLERANCE * comparison.size)


# ---- compiled programs ------------------------------------------------------------------------------


EXPLAINED = "explained"


class Judged(NamedTuple):
    """An answer of a compiled program that is not the engine's, and what the judge found."""

    number: int
    comparison: Comparison
    verdict: str


def _run_compiled(seed: int, count: int, backend: str) -> None:
    """Print every other answer than the engine's when it is met, and for each kind how many there were."""
    programs, answers, by_kind, explained = Counter[str](), Counter[str](), Counter[str](), 0
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:  # JAX has threads, which a fork loses
        found = pool.map(partial(one_compiled, seed, backend), range(count), chunksize=10)
        for number, (compared, judged) in enumerate(tqdm(found, total=count, unit=f"{backend} program")):
            kind = list(KINDS)[number % len(KINDS)]
            programs[kind] += 1
            answers[kind] += compared
            for _, (label, expected, answer, _), verdict in judged:
                if verdict == EXPLAINED:
                    explained += 1
                    continue
                by_kind[kind] += 1
                tqdm.write(f"program {number}, {label}: {expected} and {answer}; {verdict}")
    for kind, each in programs.items():
        print(f"{kind:<12} {backend}: {each} programs, {answers[kind]} answers, {by_kind[kind]} wrong")
    print(f"{by_kind.total()} mismatches in {count} compiled programs; {explained} explained")


def one_compiled(seed: int, backend: str, number: int) -> tuple[int, list[Judged]]:
    task = kinds.random_task(seed, number)
    try:
        compared = beside_compiled(task, backend)
    except Exception as error:
        return 1, [Judged(number, Comparison(f"{task.kind}, raised", 0.0, nan, 1.0), repr(error))]
    return len(compared), [Judged(number, c, verdict(task, c, backend)) for c in compared if not c.agrees]


class Recorded(NamedTuple):
    """A task as it was compiled: the function, called once, its parameters, and the batches as arrays."""

    step: Any
    parameters: list[Value]
    arrays: list[Any]


def recorded(task: Task, backend: str) -> Recorded:
    """Compile a task and call it once."""
    import numpy as np

    values = {name: Value(0.625, label=name) for name in task.parameters}
    parameters = list(values.values())
    given = ", ".join(task.names[: len(task.shapes)])
    function = eval(
        f"lambda {given}, **_keywords: _function(_parameters, {given}, **_keywords)",
        {"_function": task.function, "_parameters": parameters},
    )
    step = ag.compile(function, values, backend=backend, shared=[task.names[k] for k in task.shared])
    arrays = [
        np.array(batch[0] if k in task.shared else batch, float).reshape(
            shape if k in task.shared else (len(batch), *shape)
        )
        for k, (batch, shape) in enumerate(zip(task.batches, task.shapes, strict=True))
    ]
    step.value_and_grad(*arrays, **task.keywords[0])  # recorded here, so that a frozen parameter is told
    for parameter, x in zip(parameters, task.parameters.values(), strict=True):
        parameter.data = x
    return Recorded(step, parameters, arrays)


def beside_compiled(task: Task, backend: str, once: bool = False) -> list[Comparison]:
    """Compile a task and return what `compared` does."""
    return compared(task, recorded(task, backend), once)


def compared(task: Task, made: Recorded, once: bool = False) -> list[Comparison]:
    """Compare the values of a program, and its derivatives along each parameter, with those compiled.

    Labels end in the number of the keyword arguments and of the parameter: `value 0`, `slope 0 1`. With
    `once` the engine too does equal operations once.
    """
    step, parameters, arrays = made
    found: list[Comparison] = []
    for n, keywords in enumerate(task.keywords):
        mean = without_repetition(mean_of(task, parameters, n)) if once else mean_of(task, parameters, n)
        for parameter in parameters:
            parameter.zero_grad()
        mean.backward()
        slopes = [parameter.grad for parameter in parameters]
        value, gradient = step.value_and_grad(*arrays, **keywords)
        # Rounding is as large as what a program meets on its way to a number, not only the number itself.
        met = [x for node in topological_order(mean) for x in (node.data, node.grad)]
        size = max([1.0, *[abs(x) for x in met if isfinite(x)]])
        found += [
            Comparison(f"{task.kind}, value {n}", mean.data, value, size),
            *(
                Comparison(f"{task.kind}, slope {n} {k}", slope, other, size)
                for k, (slope, other) in enumerate(zip(slopes, gradient.tolist(), strict=True))
            ),
        ]
    return found


def mean_of(task: Task, parameters: list[Value], keywords: int) -> Value:
    """Return the mean of a program over its examples, by the engine."""
    examples = zip(*task.batches, strict=True)
    each = [Value(0.0) + task.function(parameters, *xs, **task.keywords[keywords]) for xs in examples]
    return ag.mean(each)  # type: ignore[no-any-return]


def without_repetition(root: Value) -> Value:
    """Return a value anew, with one node for all operations that are the same on the same arguments."""
    made: dict[Any, Any] = {}
    known: dict[Any, Value] = {}
    for node in topological_order(root):
        if node.op is None:
            made[node] = node
            continue
        args = [made.get(arg, arg) for arg in node.args]
        same = node.op, *(repr(arg) if isinstance(arg, float) else arg for arg in args)
        if same not in known:
            known[same] = node.op(*args)
        made[node] = known[same]
    return made[root]  # type: ignore[no-any-return]


def verdict(task: Task, comparison: Comparison, backend: str) -> str:
    """Return who is right where a compiled program and the engine differ: EXPLAINED if both are."""
    if {isfinite(comparison.expected), isfinite(comparison.found)} == {False}:
        # What is the same, in every example or twice in one, is computed once: so it is when the engine does.
        once = {c.label: c.expected for c in beside_compiled(task, backend, once=True)}
        if comparison._replace(expected=once[comparison.label]).agrees:
            return EXPLAINED
        # And what flows back to it is added up before: infinity · (2 - 1) is no nan. Then each example agrees
        # for itself.
        if isnan(comparison.expected):
            alone = [replace(task, batches=tuple([x] for x in xs)) for xs in zip(*task.batches, strict=True)]
            if all(_agrees_somehow(each, backend) for each in alone):
                return EXPLAINED
    try:
        truth = decided(lambda: _truth(task, comparison), "the program", [*task.parameters.values()], terms=2)
    except UndecidedError as error:  # by rounding, or a tie
        answers = (comparison.expected, comparison.found)
        return EXPLAINED if _rounding_decides(task, comparison, answers) else f"no truth to be had: {error!r}"
    except (ArithmeticError, ValueError, NotImplementedError) as error:  # a pole, an infinity
        return f"no truth to be had: {error!r}"
    within = max(TOLERANCE * comparison.size, ROUNDINGS * _carried(task, comparison))
    if abs(truth - comparison.found) <= within:
        rounded = abs(truth - comparison.expected) <= within
        if rounded or _rounding_decides(task, comparison, [comparison.expected]):
            return EXPLAINED
    return f"the truth is {truth}"


ROUNDINGS = 16
"""How many times as far as one rounding of every argument in a program an answer may be off."""


def _carried(task: Task, comparison: Comparison) -> float:
    """Return how far a rounding of every argument inside the program carries the engine's answer."""
    what, keywords, *along = comparison.label.split(", ")[1].split(" ")
    rng, farthest = random.Random(0), 0.0
    for _ in range(NUDGES):
        parameters = [Value(x) for x in task.parameters.values()]
        with layered(lambda: Layer(around=_cut_where_nothing_is_kept)):
            root = _rounded_inside(rng, mean_of(task, parameters, int(keywords)))
        root.backward()
        answer = root.data if what == "value" else parameters[int(*along)].grad
        distance = abs(answer - comparison.expected)
        farthest = max(farthest, distance) if isfinite(distance) else farthest
    return farthest


def _cut_where_nothing_is_kept(inner: Recorder) -> Recorder:
    """Have what is computed under `no_grad` in the graph too, cut off from what comes after."""
    if inner is not evaluate:
        return inner
    return lambda primitive, args: record(TABLE["detach"], (record(primitive, args),))


def _rounded_inside(rng: random.Random, root: Value) -> Value:
    """Return a value anew, with every argument another rounding away, and each choice as it was made."""
    made: dict[Value, Value] = {}
    for node in topological_order(root):
        if node.op is None:
            made[node] = node
            continue
        args = [made[arg] if isinstance(arg, Value) else arg for arg in node.args]
        args = [arg * (1 + rng.uniform(-1, 1) * 2.0**-52) for arg in args]
        chooses = node.op.step_like or node.op.kinks or node.op not in TABLE.values()
        if node.op.cut or not chooses:
            made[node] = node.op(*args)
            continue
        moves = [
            partial * (moved - arg.data)
            for partial, moved, arg in zip(node.partials, args, node.args, strict=True)
            if isinstance(arg, Value) and partial
        ]
        made[node] = ag.sum([Value(node.data), *moves])
    return made[root]


NUDGES = 16
NUDGE = 1e-12
"""How far rounding carries a number, of which size 1 is the least."""


def _rounding_decides(task: Task, comparison: Comparison, answers: Sequence[float]) -> bool:
    """Tell whether slopes lie between the engine's and the truth, set apart by rounding across a kink alone.

    Where an example lies at a kink by itself there is no truth, and one answer: the engine's.
    """
    what, keywords, *along = comparison.label.split(", ")[1].split(" ")
    if what != "slope":
        return False
    rng, low, high = random.Random(0), 0.0, 0.0
    within = TOLERANCE * comparison.size

    def slope(numbers: Sequence[float], xs: list[Any]) -> float:
        parameters = [Value(x) for x in numbers]
        root = Value(0.0) + task.function(parameters, *xs, **task.keywords[int(keywords)])
        root.backward()
        return parameters[int(*along)].grad

    numbers = [*task.parameters.values()]
    examples = list(zip(*task.batches, strict=True))
    for xs in examples:
        alone = replace(task, batches=tuple([x] for x in xs))
        ours = truth = slope(numbers, list(xs))
        with suppress(UndecidedError, ArithmeticError, ValueError, NotImplementedError):
            truth = decided(partial(_truth, alone, comparison), "the program", numbers, terms=2)
        if abs(truth - ours) > within:
            nudged = partial(_nudged, rng)
            beside = [
                slope([*map(nudged, numbers)], tree.map_leaves(nudged, list(xs))) for _ in range(NUDGES)
            ]
            if not min(beside) - within <= ours <= max(beside) + within:
                return False
        low, high = low + min(ours, truth) / len(examples), high + max(ours, truth) / len(examples)
    return all(low - within <= answer <= high + within for answer in answers)


def _nudged(rng: random.Random, x: float) -> float:
    return x + NUDGE * max(1.0, abs(x)) * rng.uniform(-1, 1) if isfinite(x) else x


def _agrees_somehow(task: Task, backend: str) -> bool:
    """Whether a program agrees with the engine, or with the engine that does equal operations once."""
    return any(all(c.agrees for c in beside_compiled(task, backend, once)) for once in (False, True))


def _truth(task: Task, comparison: Comparison) -> float | None:
    """Return the mean of the program, or its derivative along a parameter; None if it is not known enough."""
    what, keywords, *along = comparison.label.split(", ")[1].split(" ")
    parameters = [
        Precise(arb_series([x, 1] if along == [str(k)] else [x]))
        for k, x in enumerate(task.parameters.values())
    ]
    examples = list(zip(*task.batches, strict=True))
    mean = Precise(arb_series([0]))
    for xs in examples:
        mean = mean + task.function(parameters, *xs, **task.keywords[int(keywords)]) / len(examples)
    true = mean.series[int(what == "slope")]
    return float(true) if _narrow(true, comparison) else None


class Precise(Operators):
    """A number and its rate of change, as a series of balls, which the definitions alone compute."""

    __slots__ = ("series",)
    rank = 7

    def __init__(self, series: arb_series) -> None:
        self.series = series

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Precise:
        out = _by_definition(primitive, [_plain(arg) for arg in args])
        return cls(out if history.get() else arb_series([out[0]]))

    def __lt__(self, other: Any) -> bool:
        return _above(other, self)

    def __gt__(self, other: Any) -> bool:
        return _above(self, other)


def _plain(x: Any) -> Any:
    return x.series if isinstance(x, Precise) else x.data if isinstance(x, Value) else float(x)


def _above(x: Any, y: Any) -> bool:
    gap = (arb_series([0]) + _plain(x) - _plain(y))[0]
    if not gap > 0 and not gap <= 0:
        raise UndecidedError("a comparison")
    return bool(gap > 0)
