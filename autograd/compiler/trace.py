"""One recording of a function, for one shape of its arguments, and the programs made from it."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from math import prod
from typing import Any

import numpy as np

from autograd import tree
from autograd.compiler.arrays.group import group
from autograd.compiler.arrays.program import GRADIENT, Program
from autograd.compiler.backends.backend import Backend, Numbers, Run
from autograd.compiler.backends.source import Source, source
from autograd.compiler.plan import Planned, plan
from autograd.compiler.record.backward import adjoints
from autograd.compiler.record.distinct import Calls
from autograd.compiler.record.nan_guard import showing
from autograd.compiler.record.recording import CONSTANTS, PARAMETERS, SEED, Index, Recording
from autograd.compiler.record.sums_of_products import simplified
from autograd.compiler.record.tracer import Tracer, index_of, recorded_in
from autograd.compiler.report import Stats
from autograd.functions import check_index
from autograd.nary import nary_take
from autograd.ops import mul
from autograd.primitive import Operand
from autograd.value import Value

BATCHES_KEPT = 4
"""For how many sizes of batch memory is kept: a full batch, the last of an epoch, a held-out set."""


class Trace:
    """A function recorded for arguments of the given shapes, each without its batch axis.

    The result is the mean over the batch, or the sum unless `mean`; with `gradient`, its derivative along
    every parameter follows. If the function returns a list, there is one row of results for every example
    instead; `structure` is then what it returned, and None for a scalar.

    Raises ValueError if the function uses a Value that is not among the parameters, TypeError if it does not
    return one scalar where that is needed, or scalars at all.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        parameters: Mapping[str, Value],
        shapes: Sequence[tuple[int, ...]],
        gradient: bool,
        mean: bool,
        backend: Backend,
        dtype: np.dtype[Any],
    ) -> None:
        self.names = argument_names(function, len(shapes))
        self.shapes = shapes
        self.arguments = dict(zip(_told_apart(self.names), shapes, strict=True))
        self.parameters = list(parameters)
        self.backend = backend
        self.dtype = dtype
        self.recording, out = _record(function, list(parameters.values()), mean, self.arguments)
        self.structure = out if isinstance(out, (list, tuple, dict)) else None
        if gradient and self.structure is not None:
            raise TypeError(f"a gradient needs a function that returns one scalar, got {type(out).__name__}")
        self.gradient = gradient
        self.results = [self._index(leaf) for leaf in tree.leaves(out)]
        self.recorded = self.recording.written = len(self.recording.ops)
        self._programs: dict[tuple[bool, bool], Program] = {}
        self._bound: dict[tuple[bool, int], Run] = {}

    def program(self, exact: bool = False, ragged: bool = False) -> Program:
        """Return the array program; `exact` is the one for numbers that are not all finite.

        Unless `ragged`, rows of unequal length are made even where that spares gathers.
        """
        if (exact, ragged) not in self._programs:
            with _no_garbage_collected():
                outputs = self._outputs(exact)
                scalars = simplified(self.recording, outputs, exact=exact)
                gradient = scalars.outputs[1:] if self.gradient else []
                self._programs[exact, ragged] = group(
                    scalars, self.arguments, self.parameters, gradient, exact, not ragged
                )
        return self._programs[exact, ragged]

    def source(self) -> Source:
        """Return the array program as source."""
        return source(self.program())

    def with_gradient(self, gradient: bool) -> Trace:
        """Return the same recording with, or without, the gradient of its result."""
        if gradient == self.gradient:
            return self
        other = copy(self)
        other.gradient, other._programs, other._bound = gradient, {}, {}
        return other

    def plan(self) -> tuple[Planned, ...]:
        """Return the arrays of the program, and what each is made from."""
        return plan(self.program(), self.source())

    def stats(self) -> Stats:
        """Return how much was recorded, and what became of it."""
        return Stats.of(self.recorded, len(self.recording.ops), self.program())

    def run(self, arguments: Sequence[Numbers], vector: Numbers) -> Numbers:
        """Return the results for a batch: one row, or a row for every example.

        The fast program lets what was not selected pass on zero, where the rule says nothing; if an infinity
        lies behind it the result is nan. So if all is finite it is right; if not, the exact program decides.
        """
        results, finite = self._replay(False, arguments, vector)
        if not finite:
            self._check_indices(arguments, vector)
            results, _ = self._replay(True, arguments, vector)
        return results

    def examples(self, arguments: Sequence[Numbers]) -> Iterator[list[Any]]:
        """Return the arguments of each example as Values, labelled by their places: x[0], x[1], …"""
        for rows in zip(*arguments, strict=True):
            example = []
            for name, shape, row in zip(self.names, self.shapes, rows, strict=True):
                numbers = zip(row.ravel().tolist(), np.ndindex(*shape), strict=True)
                values = [Value(x, f"{name}{list(at)}" if shape else name) for x, at in numbers]
                example.append(_nested(values, shape))
            yield example

    def _replay(self, exact: bool, arguments: Sequence[Numbers], vector: Numbers) -> tuple[Numbers, bool]:
        batch = len(arguments[0])
        run = self._bound.pop((exact, batch), None)
        if run is None:
            program = self.program(exact, self.backend.takes_ragged)
            with np.errstate(all="ignore"):
                run = self.backend.bind(program, batch, self.dtype)
            while len(self._bound) >= BATCHES_KEPT:
                del self._bound[next(iter(self._bound))]
        self._bound[exact, batch] = run  # the latest used stands last
        return run(arguments, vector)

    def _check_indices(self, arguments: Sequence[Numbers], vector: Numbers) -> None:
        """Raise IndexError if something is taken by an index that nothing has, which gives nan."""
        recording = self.recording
        taken = [args for op, args in zip(recording.ops, recording.args, strict=True) if op is nary_take]
        counts = {args[0]: len(args) - 1 for args in sorted(taken, key=len, reverse=True)}
        if not counts:
            return
        scalars = simplified(recording, list(counts), exact=True)
        program = group(scalars, self.arguments, self.parameters, exact=True)
        indices, _ = self.backend.bind(program, len(arguments[0]), self.dtype)(arguments, vector)
        for n, row in enumerate(np.atleast_2d(indices).tolist()):
            for index, count in zip(row, counts.values(), strict=True):
                check_index(index, count, f"in example {n}, ")

    def _outputs(self, exact: bool) -> list[Index]:
        """Write down the mean or sum over the batch, and its gradient if that is asked for.

        A list of results stands for itself.
        """
        recording = self.recording
        results = self.results
        if not exact and results:
            results = [showing(recording, results), *results[1:]]
        if self.structure is not None:
            return results
        (root,) = self.results
        batched = recording.batched[root]
        weight = recording.seed if batched else recording.sum_over_batch(recording.seed)
        mean = recording.apply(mul, (weight, results[0]))
        if batched:
            mean = recording.sum_over_batch(mean)
        if not self.gradient:
            return [mean]
        indices = list(range(len(self.parameters)))
        found = adjoints(recording, root, indices, weight, exact)
        return [mean, *[found.get(index, recording.constant(0.0)) for index in indices]]

    def _index(self, leaf: Any) -> Index:
        if not isinstance(leaf, (Operand, float, int)):
            raise TypeError(
                f"a compiled function returns scalars or lists of them, got {type(leaf).__name__}"
            )
        return index_of(self.recording, leaf)


@contextmanager
def _no_garbage_collected() -> Iterator[None]:
    """Pause the garbage collector, whose passes over so many new tuples and lists would find none to free."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def argument_names(function: Callable[..., Any], count: int) -> list[str]:
    """Return the names of the first `count` arguments; those without one are called x0, x1, …"""
    try:
        kinds = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        kinds = {}.values()
    names = [p.name for p in kinds if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (names + [f"x{n}" for n in range(len(names), count)])[:count]


def _told_apart(names: Sequence[str]) -> list[str]:
    """Return names for the arrays of arguments: each another, and none that the compiler uses itself."""
    taken = [PARAMETERS, CONSTANTS, SEED, GRADIENT]
    given = len(taken)
    for name in names:
        while name in taken:
            name += "_"
        taken.append(name)
    return taken[given:]


def _record(
    function: Callable[..., Any],
    parameters: Sequence[Value],
    mean: bool,
    arguments: Mapping[str, tuple[int, ...]],
) -> tuple[Recording, Any]:
    def once() -> tuple[Recording, Any, list[Index]]:
        recording = Recording(parameters, mean, adjoints)
        args = [
            _nested([Tracer(recording, index) for index in recording.example(array, prod(shape))], shape)
            for array, shape in arguments.items()
        ]
        with recorded_in(recording), _no_garbage_collected():
            out = function(*args)
            indices = [index_of(recording, leaf) for leaf in tree.leaves(out) if isinstance(leaf, Operand)]
            return recording, out, indices

    recording, out, indices = once()
    if recording.unknown_leaves:
        # A Value made inside the function is a constant, and another each time; one that comes again is not.
        again = set(once()[0].unknown_leaves)
        used = Calls(recording, {}).needed(indices)
        for leaf in recording.unknown_leaves:
            if leaf in again and used[recording.index(leaf)]:
                name = leaf.label or repr(leaf)
                raise ValueError(
                    f"the function uses {name}, which is not among the {len(parameters)} parameters given: "
                    "add it to params, or use its .data if it shall stay as it is"
                )
    return recording, out


def _nested(scalars: list[Any], shape: tuple[int, ...]) -> Any:
    """Return scalars as nested lists of a shape, empty ones too; one scalar for the shape ()."""
    for axis in range(len(shape) - 1, 0, -1):
        size, count = shape[axis], prod(shape[:axis])
        scalars = [scalars[n * size : (n + 1) * size] for n in range(count)]
    return scalars if shape else scalars[0]
