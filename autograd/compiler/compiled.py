"""A compiled function: recorded at the first call for a shape, replayed from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from operator import attrgetter, is_
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.arguments import Given, Signature
from autograd.compiler.backends import backend_named
from autograd.compiler.backends.backend import Numbers, Run
from autograd.compiler.backends.native.emit.text import c_text
from autograd.compiler.backends.source.script import script
from autograd.compiler.backends.training import Descended, StepRule
from autograd.compiler.call import Call
from autograd.compiler.parameters import Parameters
from autograd.compiler.plan import Planned
from autograd.compiler.record.tracer import check_nothing_recorded
from autograd.compiler.recordings import Recordings, Wanted
from autograd.compiler.report import Stats
from autograd.compiler.trace import Trace
from autograd.context import in_own_context, layers
from autograd.value import Value


class Latest(NamedTuple):
    """The recording of the latest call, its number of examples, and the numbers that were shared.

    `given` are the arguments, without their numbers, where that is a recording of a derivative of the
    function and not of the function itself.
    """

    trace: Trace
    examples: int
    shared: Numbers
    given: Given | None


class Again(NamedTuple):
    """What the latest call wanted, the form of its arguments, and what computes others that are alike."""

    wanted: Wanted
    form: list[Any]
    run: Run


_form = attrgetter("__class__", "dtype", "shape")
"""What decides whether an array can be given to a program as it is, and to which."""


class Compiled:
    """A function of one example's scalars, compiled to run over a whole batch; made by `autograd.compile`.

    Every argument is an array, or nested lists, with the batch as its first axis, but for those that are
    shared over the batch, which have none. Calls write into memory of their own that is used again, so one
    thread at a time may make them.

    A copy, or what comes back from a pickle, has the function, the settings and the vector if that leads; it
    records anew. A deep copy of a method, as in a model that is copied, has the parameters of the copied
    model. Python copies no plain function: what uses Values from around it, be it a partial or an object that
    is called, goes on to use these, and is not pickled with them, for where it comes back it would find
    others.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        params: Iterable[Value] | Mapping[str, Value],
        backend: str,
        dtype: str,
        reduction: str,
        shard: bool,
        shared: Sequence[str],
    ) -> None:
        self.function = function
        self._backend = backend_named(backend, shard)
        self.dtype = np.dtype(_one_of("dtype", dtype, ("float64", "float32")))
        self.reduction = _one_of("reduction", reduction, ("mean", "sum"))
        self._signature = Signature(function, shared, self.dtype)
        self._parameters = Parameters(params, self.dtype)
        self._settings: dict[str, Any] = {
            "params": self._parameters.named,
            "backend": backend,
            "dtype": self.dtype.name,
            "reduction": reduction,
            "shard": shard,
            "shared": self._signature.shared,
        }
        mean = self.reduction == "mean"
        self._recordings = Recordings(self._parameters.named, mean, self._backend, self.dtype)
        self._latest: Latest | None = None
        self._again: Again | None = None

    # ---- copying --------------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled. Raises TypeError for a function that has parameters from around it."""
        if around := self._parameters.around(self.function):
            raise TypeError(
                f"{self!r} cannot be pickled: its function has {len(around)} of them from around it, where "
                "it would find others; compile a method of an object that holds them, such as a model's"
            )
        return self._state()

    def _state(self) -> dict[str, Any]:
        settings = {"function": self.function, **self._settings}
        vector = self._parameters.current().copy() if self.vector_leads else None
        return {"settings": settings, "vector": vector}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Compiled.__init__(self, **state["settings"])
        if state["vector"] is not None:
            self.vector = state["vector"]

    def __copy__(self) -> Compiled:
        other = object.__new__(type(self))
        other.__setstate__(self._state())
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> Compiled:
        other = memo[id(self)] = object.__new__(type(self))
        state = self._state()
        settings = state["settings"]
        function = deepcopy(self.function, memo)
        if function is not self.function:
            settings |= {"function": function, "params": self._parameters.copied(self.function, memo)}
        other.__setstate__(state)
        return other

    # ---- calling --------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Return the mean over the batch; if the function returns a list, an array with a row an example.

        Keyword arguments are the same for all examples. Those that `shared` names are numbers as others are;
        the function gets the rest as they are and is recorded anew for new ones: 2, 2.0 and True are three,
        0.0 and -0.0 are two, also in tuples and in those fields of dataclasses that these compare. What
        changes inside another object, which is hashed by identity, is not seen: arrays are refused. The
        latest 100 recordings, by shapes and keywords, are kept. With reduction="sum" the mean is a sum. Where
        no argument has a batch there is one example, and a list gives an array of its own shape.

        Raises ValueError for an empty batch, batches of unequal sizes, ragged lists, or a result that is nan
        because an argument is; TypeError for what is not real numbers; TraceError where the function asks for
        a value while it is recorded; AnomalyError inside `detect_anomaly` if a result is nan or infinite.
        """
        results = self._results(Wanted.RESULT, args, keywords)
        trace, examples, *_ = self._last_call()
        if trace.structure is None:
            return float(results[0])
        if not trace.arguments:  # nothing has a batch
            return results.reshape(trace.shape)
        rows = results if results.ndim > 1 else np.tile(results, (examples, 1))
        return rows.reshape(examples, *trace.shape)

    def record(self, *args: Any, **keywords: Any) -> None:
        """Record the function as a call with these arguments does, and compute nothing: for an export.

        Shapes alone matter, and keyword arguments. Errors are those of a call, but that nothing can be nan.
        """
        self._prepared(Wanted.RESULT, args, keywords)

    def value_and_grad(self, *args: Any, **keywords: Any) -> tuple[float, Numbers]:
        """Return the mean over the batch, and its derivative along each parameter as one vector.

        Arguments and errors are those of a plain call. The function must return one scalar.
        """
        results = self._results(Wanted.ALONG_PARAMETERS, args, keywords)
        return float(results[0]), results[1:]

    def grad(self, *args: Any, **keywords: Any) -> Numbers:
        """Return the derivative of the mean over the batch along each parameter, as one vector."""
        return self.value_and_grad(*args, **keywords)[1]

    def argument_grads(self, *args: Any, **keywords: Any) -> dict[str, Numbers]:
        """Return the derivative of the mean over the batch along every argument, by name, in its shape.

        That along an argument with a batch has a row for each example, and is small where the batch is large:
        with reduction="sum" a row is that of the example alone. Arguments without a name are x0, x1, …
        Arguments and errors are those of `value_and_grad`.
        """
        check_nothing_recorded(self)
        given = self._signature.given(args, dict(keywords))
        found: list[Numbers] = []
        for wanted, arrays in ((Wanted.ALONG_BATCHED, given.batched), (Wanted.ALONG_SHARED, given.shared)):
            if not arrays:
                continue
            results = self._results(wanted, args, keywords)
            if wanted is Wanted.ALONG_SHARED:
                flat = results[1:]
            else:
                share = len(arrays[0]) if self.reduction == "mean" else 1
                flat = np.array(np.broadcast_to(results / share, (len(arrays[0]), results.shape[-1])))
            found += _cut(flat, arrays, wanted is Wanted.ALONG_BATCHED)
        arguments = given.arguments()
        in_order = [a.name for a in arguments if not a.shared] + [a.name for a in arguments if a.shared]
        by_name = dict(zip(in_order, found, strict=True))
        return {argument.name: by_name[argument.name] for argument in arguments}

    def hessian(self, *args: Any, **keywords: Any) -> Numbers:
        """Return the second derivatives of the mean over the batch: a row and a column for each parameter.

        For n parameters the program of a product with a direction is replayed n times. Arguments and errors
        are those of `value_and_grad`.
        """
        count = len(self._parameters.values)
        rows = np.empty((count, count), self.dtype)
        for row, direction in zip(rows, np.eye(count, dtype=self.dtype), strict=True):
            row[:] = self._results(Wanted.HESSIAN, args, keywords, direction)[1:]
        return rows

    def descend(
        self, rule: StepRule, *args: Any, batch_size: int, taken: int, moved: int, state: Sequence[Numbers]
    ) -> Descended | None:
        """Take one step after another by itself, each with the next `batch_size` rows of the arguments.

        The parameters that calls compute with stay as they are: what becomes of the first `moved` of them is
        in the answer, with the losses of the steps before the first whose result is not finite. `taken` steps
        came before, which left `state`. None where the backend cannot: only "native" can, and not inside
        `detect_anomaly`. Errors are those of `value_and_grad`.
        """
        call = self._prepared(Wanted.ALONG_PARAMETERS, args, {})
        trainer = self._backend.trainer(call.trace.program(ragged=self._backend.takes_ragged), self.dtype)
        if trainer is None or layers.get() or not call.given.batched:
            return None
        found = trainer.train(call.given.batched, call.vector, batch_size, rule, taken, moved, state)
        return replace(found, vector=found.vector[: len(self._parameters.values)])

    # ---- parameters -----------------------------------------------------------------------------------

    @property
    def parameters(self) -> tuple[Value, ...]:
        """The parameters, in the order of the gradient and the vector."""
        return tuple(self._parameters.values)

    @property
    def vector(self) -> Numbers:
        """The parameters as one array, in their order, for an optimiser to change in place.

        After the first access calls compute with the vector, until `write_back` puts it into the Values.
        Before that, and after, the Values are read at every call. Raises ValueError, with both numbers, for
        an array of another length set in its place, TypeError for what is no number or beyond the range of
        float32 where that is the `dtype`; nothing leads then.
        """
        vector = self.current()
        self._parameters.leads = True
        return vector

    @vector.setter
    def vector(self, vector: Any) -> None:
        check_nothing_recorded(self)
        self._parameters.follow(vector)

    @property
    def vector_leads(self) -> bool:
        """Whether calls compute with the vector, and not with the numbers of the Values."""
        return self._parameters.leads

    def write_back(self) -> None:
        """Put the vector into the Values it stands for, which lead again."""
        check_nothing_recorded(self)
        if self.vector_leads:
            self._parameters.fill_values()
        self._parameters.leads = False

    def current(self) -> Numbers:
        """Return the numbers that the next call computes with: the vector if it leads, or the Values'."""
        check_nothing_recorded(self)
        return self._parameters.current()

    # ---- seeing ---------------------------------------------------------------------------------------

    @property
    def backend(self) -> str:
        """The name of the backend; for "auto", of the one that it has chosen."""
        return self._backend.chosen or self._settings["backend"]

    @property
    def source(self) -> str:
        """The program of the latest call as Python that needs NumPy alone.

        It runs as it stands, and defines `replay`, a function of the arguments that have a batch and of the
        vector of parameters, behind which stand the numbers of the arguments that are shared. That of a
        `hessian` takes a direction behind these; of the two programs that `argument_grads` may run, the last
        is shown. A result of it may be nan that a call, asking its exact program, would know.
        """
        return script(self._last().source())

    @property
    def c_source(self) -> str:
        """The program of the latest call as one C text, as backend="native" compiles it.

        A result of it may be nan that a call, asking its exact program, would know.
        """
        return c_text(self._last().program(ragged=True), self.dtype).source

    @property
    def stats(self) -> Stats:
        """How much was recorded, and what became of it, in the latest call."""
        return self._last().stats()

    @property
    def plan(self) -> tuple[Planned, ...]:
        """The arrays of the latest call, and what each is made from, for `viz.draw_program`."""
        return self._last().plan()

    def of_function(self) -> Trace:
        """Return the recording of the function itself for what it was called with last, whatever was wanted.

        Raises ValueError before the first call.
        """
        latest = self._last_call()
        return latest.trace if latest.given is None else self._recordings.found(Wanted.RESULT, latest.given)

    def last_vector(self) -> Numbers:
        """Return the parameters as they are now, and behind them what was shared in the latest call."""
        return np.concatenate([self.current(), self._last_call().shared])

    def _last(self) -> Trace:
        return self._last_call().trace

    def _last_call(self) -> Latest:
        if self._latest is None:
            raise ValueError(f"{self!r} has not been called yet, so its shapes are unknown: call it once")
        return self._latest

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return f"compile({name}, {len(self._parameters.values)} parameters, backend={self.backend!r})"

    # ---- a call -----------------------------------------------------------------------------------------

    def _results(
        self, wanted: Wanted, args: Sequence[Any], keywords: dict[str, Any], *direction: Numbers
    ) -> Numbers:
        """Return the results of a call. Raises as calls do where one of them is nan.

        That is in a context of its own, so that NumPy warns as before wherever Ctrl-C comes.
        """
        return in_own_context(self._computed, wanted, args, keywords, *direction)

    def _computed(
        self, wanted: Wanted, args: Sequence[Any], keywords: dict[str, Any], *direction: Numbers
    ) -> Numbers:
        again, plain = self._again, not keywords and not direction
        if again is not None and again.wanted is wanted and plain:
            try:
                alike = [*map(_form, args)] == again.form
            except AttributeError:  # of what is no array
                alike = False
            if alike:
                results, finite = again.run(args, self.current())
                if finite:
                    return results
        call = self._prepared(wanted, args, keywords, *direction)
        results = call.results()
        arrays = call.given.batched
        if plain and arrays and len(args) == len(arrays) and all(map(is_, args, arrays)):
            self._again = Again(wanted, [*map(_form, args)], call.trace.fast(len(arrays[0])))
        return results

    def _prepared(
        self, wanted: Wanted, args: Sequence[Any], keywords: dict[str, Any], *direction: Numbers
    ) -> Call:
        check_nothing_recorded(self)
        given = self._signature.given(args, dict(keywords))
        trace = self._recordings.found(wanted, given)
        vector = self.current()
        if given.shared or direction:
            vector = np.concatenate([vector, *map(np.ravel, given.shared), *direction])
        examples = len(given.batched[0]) if given.batched else 1
        first = len(self._parameters.values)
        shared = vector[first : len(vector) - sum(map(len, direction))]
        derived = wanted in (Wanted.ALONG_BATCHED, Wanted.HESSIAN)
        self._latest = Latest(trace, examples, shared, given.without_numbers() if derived else None)
        self._again = None
        return Call(self._parameters, wanted, trace, given, vector)


def _cut(flat: Numbers, arrays: Sequence[Numbers], batched: bool) -> list[Numbers]:
    """Cut rows of numbers, or a single one, into arrays of the given shapes."""
    sizes = [array[:1].size if batched else array.size for array in arrays]
    parts = np.split(flat, np.cumsum(sizes)[:-1], axis=-1)
    return [part.reshape(array.shape) for part, array in zip(parts, arrays, strict=True)]


def _one_of(name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}, got {value!r}")
    return value
