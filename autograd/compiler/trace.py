"""One recording of a function, for one shape of its arguments, and the programs made from it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from autograd import tree
from autograd.compiler.arguments import Argument, nested, told_apart
from autograd.compiler.arrays.group import group
from autograd.compiler.arrays.program import OWN, Program
from autograd.compiler.backends.backend import Backend, Numbers, Run
from autograd.compiler.backends.source.program import Source, source
from autograd.compiler.plan import Planned, plan
from autograd.compiler.record.backward import adjoints
from autograd.compiler.record.distinct import Calls
from autograd.compiler.record.nan_guard import lost_beside_zero, showing
from autograd.compiler.record.recording import Index, Recording, is_scalar
from autograd.compiler.record.sums_of_products import simplified
from autograd.compiler.record.tracer import Tracer, index_of, recorded_in
from autograd.compiler.report import Stats
from autograd.dual import Dual, perturbations, without_later
from autograd.functions import check_index
from autograd.nary import nary_take
from autograd.ops import mul
from autograd.primitive import Operand
from autograd.value import Value

BATCHES_KEPT = 4
"""For how many sizes of batch a program keeps memory: a full batch, the last of an epoch, a held-out set."""


class Trace:
    """A function recorded for arguments of the given shapes, each without its batch axis.

    The vector that a run takes holds the parameters, then the numbers of the arguments that are shared over
    the batch. The result is the mean over the batch, or the sum unless `mean`; its derivative follows `along`
    those positions of the vector, if they are given. If the function returns a list, there is one row of
    results for every example instead; `structure` is then what it returned, and None for a scalar.

    Raises ValueError if the function uses a Value that is not among the parameters, TypeError if it does not
    return one scalar where that is needed, or scalars at all.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        parameters: Mapping[str, Value],
        given: Sequence[Argument],
        along: range | None,
        mean: bool,
        backend: Backend,
        dtype: np.dtype[Any],
    ) -> None:
        names = told_apart([argument.name for argument in given], OWN)
        distinct = dict(zip(names, given, strict=True))
        self.arguments = {name: argument.shape for name, argument in distinct.items() if not argument.shared}
        self.parameters = [*parameters, *_elements(given)]
        self.backend = backend
        self.dtype = dtype
        mean = mean or not self.arguments  # without a batch there is one example
        self.recording, out = _record(function, list(parameters.values()), mean, distinct)
        self.structure = out if isinstance(out, (list, tuple, dict)) else None
        self._set_along(along)
        self.results = [self._index(leaf) for leaf in tree.leaves(out)]
        self.recorded = self.recording.written = len(self.recording)
        self._with_gradient = self.recorded
        self._programs: dict[tuple[bool, bool], Program] = {}
        self._bound: dict[Program, dict[int, Run]] = {}

    def program(self, exact: bool = False, ragged: bool = False) -> Program:
        """Return the array program; `exact` is the one for numbers that are not all finite.

        Unless `ragged`, rows of unequal length are made even where that spares gathers.
        """
        if (exact, ragged) not in self._programs:
            with _no_garbage_collected():
                recording = self.recording.copied()
                outputs = self._outputs(recording, exact)
                scalars = simplified(recording, outputs, exact=exact)
                if not exact and (lost := lost_beside_zero(scalars)):
                    outputs = self._outputs(recording, exact, lost)
                    scalars = simplified(recording, outputs, exact=exact)
                if self.along is not None and not exact:
                    needed = Calls(recording, {}).needed(outputs)[self.recorded : len(recording)]
                    self._with_gradient = self.recorded + int(needed.sum())
                of_parameters = self.along is not None and self.along.start == 0
                gradient = scalars.outputs[1:] if of_parameters else []
                self._programs[exact, ragged] = group(
                    scalars, self.arguments, self.parameters, gradient, exact, not ragged
                )
        return self._programs[exact, ragged]

    def source(self) -> Source:
        """Return the array program as source."""
        return source(self.program())

    def differentiated(self, along: range | None) -> Trace:
        """Return the same recording with the derivative of its result along other positions, or none."""
        if along == self.along:
            return self
        other = copy(self)
        other._set_along(along)
        other._programs, other._bound, other._with_gradient = {}, {}, other.recorded
        return other

    def _set_along(self, along: range | None) -> None:
        if along is not None and self.structure is not None:
            got = type(self.structure).__name__
            raise TypeError(f"a gradient needs a function that returns one scalar, got {got}")
        self.along = along

    def check_takes_batch(self) -> None:
        """Raise ValueError if nothing is batched, so that no other program could be given examples."""
        if not self.arguments:
            raise ValueError(
                "what is exported takes a batch, and the latest call had none: compile a function with an "
                "argument that is not shared, and call it once"
            )

    def plan(self) -> tuple[Planned, ...]:
        """Return the arrays of the program, and what each is made from."""
        return plan(self.program(), self.source())

    def stats(self) -> Stats:
        """Return how much was recorded, and what became of it."""
        program = self.program()
        return Stats.of(self.recorded, self._with_gradient, program)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of what the function returns for an example."""
        return _shape(self.structure)

    def run(self, arguments: Sequence[Numbers], vector: Numbers) -> tuple[Numbers, bool]:
        """Return the results for a batch, one row or a row for every example, and whether all are finite.

        The fast program lets what was not selected pass on zero, where the rule says nothing; if an infinity
        lies behind it the result is nan. So if all is finite it is right; if not, the exact program decides.
        """
        batch = len(arguments[0]) if arguments else 1
        results, finite = self.fast(batch)(arguments, vector)
        if not finite:
            self._check_indices(arguments, vector)
            exact = self._bound_to(self.program(True, self.backend.takes_ragged), batch)
            results, finite = exact(arguments, vector)
        return results, finite

    def fast(self, batch: int) -> Run:
        """Return the fast program, ready to run for batches of a size."""
        return self._bound_to(self.program(False, self.backend.takes_ragged), batch)

    def _bound_to(self, program: Program, batch: int) -> Run:
        """Return a program ready to run for batches of a size; the latest sizes stay so."""
        bound = self._bound.setdefault(program, {})
        run = bound.pop(batch, None)
        if run is None:
            with np.errstate(all="ignore"):
                run = self.backend.bind(program, batch, self.dtype)
            while len(bound) >= BATCHES_KEPT:
                del bound[next(iter(bound))]
        bound[batch] = run  # the latest used stands last
        return run

    def _check_indices(self, arguments: Sequence[Numbers], vector: Numbers) -> None:
        """Raise IndexError if something is taken by an index that nothing has, which gives nan."""
        if self._indices is None:
            return
        counts, program = self._indices
        run = self._bound_to(program, len(arguments[0]) if arguments else 1)
        for n, row in enumerate(np.atleast_2d(run(arguments, vector)[0]).tolist()):
            for index, count in zip(row, counts, strict=True):
                check_index(index, count, f"in example {n}, ")

    @cached_property
    def _indices(self) -> tuple[list[int], Program] | None:
        """From how many values each index takes one, and the program for the indices; None without any."""
        recording = self.recording.copied()
        taken = [recording.args[n] for n in np.flatnonzero(recording.made_by([nary_take])).tolist()]
        # Of several choices by one index that among the fewest values decides: it comes last.
        counts = {args[0]: len(args) - 1 for args in sorted(taken, key=len, reverse=True)}
        if not counts:
            return None
        scalars = simplified(recording, list(counts), exact=True)
        return list(counts.values()), group(scalars, self.arguments, self.parameters, exact=True)

    def _outputs(self, recording: Recording, exact: bool, lost: Sequence[Index] = ()) -> list[Index]:
        """Write down the mean or sum over the batch, and its gradient if that is asked for.

        A list of results stands for itself. Where one of `lost` is infinite, the first of the fast results is
        nan.
        """
        outputs = [*self.results, *(self._gradient(recording, exact) if self.along is not None else [])]
        if not exact and outputs:
            outputs[0] = showing(recording, outputs, lost)
        if self.structure is not None:
            return outputs
        mean = recording.apply(mul, (_weight(recording, outputs[0]), outputs[0]))
        return [recording.sum_over_batch(mean) if recording.batched[mean] else mean, *outputs[1:]]

    def _gradient(self, recording: Recording, exact: bool) -> list[Index]:
        """Write down the derivative of the only result along positions of the vector."""
        assert self.along is not None
        (root,) = self.results
        indices = [recording.vector[place] for place in self.along]
        found = adjoints(recording, root, indices, _weight(recording, root), exact)
        zero = recording.constant(0.0)
        return [found.get(index, zero) for index in indices]

    def _index(self, leaf: Any) -> Index:
        if not is_scalar(leaf):
            raise TypeError(
                f"a compiled function returns scalars or lists of them, got {type(leaf).__name__}"
            )
        return index_of(self.recording, leaf)


def _weight(recording: Recording, index: Index) -> Index:
    """Return the weight of an example in the mean or sum of a scalar, or of all if they have it alike."""
    return recording.seed if recording.batched[index] else recording.sum_over_batch(recording.seed)


def _shape(structure: Any) -> tuple[int, ...]:
    """Return the shape of nested lists of scalars; one axis for what is not a box."""
    if not isinstance(structure, (list, tuple)):
        return () if not isinstance(structure, dict) else (len(tree.leaves(structure)),)
    inner = {_shape(branch) for branch in structure}
    return (len(structure), *inner.pop()) if len(inner) == 1 else (len(tree.leaves(structure)),)


@contextmanager
def _no_garbage_collected() -> Iterator[None]:
    """Pause the garbage collector, whose passes over so many new tuples and lists would find none to free.

    Afterwards they count as old, so that the next pass need not look at them either.
    """
    enabled = gc.isenabled()
    try:  # all of it, and little afterwards: Ctrl-C must not leave the collector switched off
        gc.disable()
        yield
        if enabled and not gc.get_freeze_count():  # what the program has frozen for itself stays frozen
            gc.freeze()
            gc.unfreeze()
    finally:
        if enabled:
            gc.enable()


def _record(
    function: Callable[..., Any],
    parameters: Sequence[Value],
    mean: bool,
    arguments: Mapping[str, Argument],
) -> tuple[Recording, Any]:
    def once() -> tuple[Recording, Any, list[Index]]:
        epsilon = next(perturbations)
        recording = Recording(parameters, mean, adjoints)
        args = []
        for array, (_, shape, shared) in arguments.items():
            count = prod(shape)
            indices = recording.shared(count) if shared else recording.example(array, count)
            args.append(nested([Tracer(recording, index) for index in indices], shape))

        def called() -> tuple[Recording, Any, list[Index]]:
            with _no_garbage_collected():
                out = tree.map_leaves(lambda leaf: without_later(leaf, epsilon), function(*args))
                leaves = [leaf for leaf in tree.leaves(out) if isinstance(leaf, Operand)]
                if any(isinstance(leaf, Dual) for leaf in leaves):
                    raise ValueError(
                        "the function uses a number that jvp or hvp moves around it: use its .data if it "
                        "shall stay as it is, or call the function itself, not compiled, for the derivative"
                    )
                return recording, out, [index_of(recording, leaf) for leaf in leaves]

        return recorded_in(recording, called)

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
                    "add it to params, or use its .data if it shall stay as it is; if it is in what vjp gave "
                    "outside, call vjp inside the function"
                )
    return recording, out


def _elements(given: Sequence[Argument]) -> list[str]:
    """Return names for the numbers of the arguments that are shared: t, or w[0][1]."""
    return [
        "".join([name, *[f"[{n}]" for n in place]])
        for name, shape, shared in given
        if shared
        for place in np.ndindex(*shape)
    ]
