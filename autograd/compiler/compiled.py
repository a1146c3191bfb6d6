"""A compiled function: recorded at the first call for a shape, replayed from then on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from numbers import Number
from typing import Any

import numpy as np

from autograd import tree
from autograd.compiler.anomaly import blame
from autograd.compiler.backends import backend_named
from autograd.compiler.backends.backend import Numbers
from autograd.compiler.backends.native.export import exported
from autograd.compiler.backends.native.text import c_text
from autograd.compiler.backends.script import script
from autograd.compiler.backends.training import Descended, Rule
from autograd.compiler.plan import Planned
from autograd.compiler.record.tracer import TraceError
from autograd.compiler.report import Stats
from autograd.compiler.trace import Trace, argument_names
from autograd.context import layers
from autograd.value import Value, tracing

_write_data = vars(Value)["_float"].__set__

RECORDINGS_KEPT = 100
"""For how many shapes and keyword arguments a function stays recorded; then the least recently used goes."""


class Compiled:
    """A function of one example's scalars, compiled to run over a whole batch; made by `autograd.compile`.

    Every argument is an array, or nested lists, with the batch as its first axis. Calls write into memory of
    their own that is used again, so one thread at a time may make them.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        params: Iterable[Value] | Mapping[str, Value],
        backend: str,
        dtype: str,
        reduction: str,
        shard: bool,
    ) -> None:
        self.function = function
        self._name = backend
        self._backend = backend_named(backend, shard)
        self.dtype = np.dtype(_one_of("dtype", dtype, ("float64", "float32")))
        self.reduction = _one_of("reduction", reduction, ("mean", "sum"))
        self._named = _named(params)
        self._values = list(self._named.values())
        self._vector = np.zeros(len(self._values), self.dtype)
        self._vector_leads = False
        self._traces: dict[Any, Trace] = {}
        self._latest: Trace | None = None

    # ---- calling --------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **static: Any) -> Any:
        """Return the mean over the batch; if the function returns a list, an array with a row an example.

        Keyword arguments are the same for all examples; the function gets them as they are and is recorded
        anew for new ones: 2, 2.0 and True are three, 0.0 and -0.0 are two. The latest 100 recordings, by
        shapes and keywords, are kept. With reduction="sum" the mean is a sum.

        Raises ValueError for an empty batch, batches of unequal sizes, ragged lists, or a result that is nan
        because an argument is; TypeError for what is not real numbers; TraceError where the function asks for
        a value while it is recorded; AnomalyError inside `detect_anomaly` if a result is nan or infinite.
        """
        trace, arrays = self._prepared(False, args, static)
        results = trace.run(arrays, self._current())
        if layers.get():
            self._inspect(results, trace, arrays, static)
        _refuse_nan(results, trace.names, arrays)
        if trace.structure is not None:
            rows = np.broadcast_to(
                results, (len(arrays[0]), results.shape[-1])
            )  # if none is batched, there is one
            return rows.reshape(len(arrays[0]), *_shape(trace.structure)).copy()
        return float(results[0])

    def value_and_grad(self, *args: Any, **static: Any) -> tuple[float, Numbers]:
        """Return the mean over the batch, and its derivative along each parameter as one vector.

        Arguments and errors are those of a plain call. The function must return one scalar.
        """
        trace, arrays = self._prepared(True, args, static)
        results = trace.run(arrays, self._current())
        if layers.get():
            self._inspect(results, trace, arrays, static)
        if results[0] != results[0]:
            _refuse_nan(results, trace.names, arrays)
        return float(results[0]), results[1:]

    def grad(self, *args: Any, **static: Any) -> Numbers:
        """Return the derivative of the mean over the batch along each parameter, as one vector."""
        return self.value_and_grad(*args, **static)[1]

    def descend(
        self, rule: Rule, *args: Any, batch_size: int, taken: int, moved: int, state: Sequence[Numbers]
    ) -> Descended | None:
        """Take one step after another by itself, each with the next `batch_size` rows of the arguments.

        The parameters that calls compute with stay as they are: what becomes of the first `moved` of them is
        in the answer, with the losses of the steps before the first whose result is not finite. `taken` steps
        came before, which left `state`. None where the backend cannot: only "native" can, and not inside
        `detect_anomaly`. Errors are those of `value_and_grad`.
        """
        trace, arrays = self._prepared(True, args, {})
        vector = self._current()
        trainer = self._backend.trainer(trace.program(ragged=self._backend.takes_ragged), self.dtype)
        if trainer is None or layers.get():
            return None
        return trainer.train(arrays, vector, batch_size, rule, taken, moved, state)

    def exported_c(self, training: bool) -> str:
        """Return the program of the latest call as the text of a C file; see `autograd.export_c`."""
        latest = self._last()
        if training and latest.structure is not None:
            raise TypeError(
                f"a training step needs a function that returns one scalar, and {self!r} does not"
            )
        return exported(latest.with_gradient(training).program(ragged=True), self._current(), training)

    # ---- parameters -----------------------------------------------------------------------------------

    @property
    def vector(self) -> Numbers:
        """The parameters as one array, in their order, for an optimiser to change in place.

        After the first access calls compute with the vector, until `write_back` puts it into the Values.
        Before that, and after, the Values are read at every call.
        """
        self._current()
        self._vector_leads = True
        return self._vector

    @vector.setter
    def vector(self, vector: Any) -> None:
        self.vector[:] = vector

    def write_back(self) -> None:
        """Put the vector into the Values it stands for, which lead again."""
        self._fill_values()
        self._vector_leads = False

    def _fill_values(self) -> None:
        # One call that runs no Python code in between: Ctrl-C leaves all parameters old or all new.
        deque(map(_write_data, self._values, self._current().tolist()), maxlen=0)

    def _current(self) -> Numbers:
        if tracing.get() is not None:
            raise TraceError(f"{self!r} is called while a function is recorded, and would be frozen there")
        if not self._vector_leads:
            self._vector[:] = [value._float for value in self._values]
        return self._vector

    # ---- seeing ---------------------------------------------------------------------------------------

    @property
    def backend(self) -> str:
        """The name of the backend; for "auto", of the one that it has chosen."""
        return self._backend.chosen or self._name

    @property
    def source(self) -> str:
        """The program of the latest call as Python that needs NumPy alone.

        It runs as it stands, and defines `replay`, a function of the arguments and the vector of parameters.
        """
        return script(self._last().source())

    @property
    def c_source(self) -> str:
        """The program of the latest call as one C text, as backend="native" compiles it."""
        return c_text(self._last().program(ragged=True), self.dtype).source

    @property
    def stats(self) -> Stats:
        """How much was recorded, and what became of it, in the latest call."""
        return self._last().stats()

    @property
    def plan(self) -> tuple[Planned, ...]:
        """The arrays of the latest call, and what each is made from, for `viz.draw_program`."""
        return self._last().plan()

    def _last(self) -> Trace:
        if self._latest is None:
            raise ValueError(f"{self!r} has not been called yet, so its shapes are unknown: call it once")
        return self._latest

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return f"compile({name}, {len(self._values)} parameters, backend={self.backend!r})"

    def _inspect(
        self, results: Numbers, trace: Trace, arrays: Sequence[Numbers], static: dict[str, Any]
    ) -> None:
        """Raise AnomalyError, naming where it began, if something is not finite inside `detect_anomaly`."""
        inspected = any(layer.inspect is not None for layer in layers.get())
        if not inspected or np.isfinite(results).all():
            return
        self._fill_values()  # which the vector may be ahead of
        blame(
            lambda *example: self.function(*example, **static),
            self._values,
            trace.examples(arrays),
            float(results.flat[~np.isfinite(results.ravel())][0]),
        )

    def _prepared(
        self, gradient: bool, args: Sequence[Any], static: dict[str, Any]
    ) -> tuple[Trace, list[Numbers]]:
        arrays = [_array(arg, n, self.dtype) for n, arg in enumerate(args)]
        if not arrays:
            raise TypeError("a compiled function needs at least one argument with a batch axis, got none")
        key: Any = gradient, *[array.shape[1:] for array in arrays]
        if static:
            key = *key, *[(name, *_identity(value)) for name, value in static.items()]
        try:
            trace = self._traces.get(key)
        except TypeError:
            name, value = next((n, v) for n, v in static.items() if not _hashable(v))
            raise TypeError(
                f"a keyword argument is part of the program and must be hashable, got {name}={value!r}"
            ) from None
        if len({len(array) for array in arrays}) > 1 or not len(arrays[0]):
            _refuse_batch(argument_names(self.function, len(arrays)), arrays)
        if trace is None:
            shapes = [array.shape[1:] for array in arrays]
            trace = Trace(
                partial(self.function, **static) if static else self.function,
                self._named,
                shapes,
                gradient,
                self.reduction == "mean",
                self._backend,
                self.dtype,
            )
            while len(self._traces) >= RECORDINGS_KEPT:
                del self._traces[next(iter(self._traces))]
            self._traces[key] = trace
        elif trace is not self._latest:
            self._traces[key] = self._traces.pop(key)  # the latest used stands last
        self._latest = trace
        return trace, arrays


def _array(arg: Any, n: int, dtype: np.dtype[Any]) -> Numbers:
    if type(arg) is np.ndarray and arg.dtype == dtype and arg.ndim:
        return arg
    try:
        array = np.asarray(arg)
    except ValueError:
        raise ValueError(f"argument {n} is ragged: every example needs the same shape") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"argument {n} must hold real numbers in the range of {dtype}, got {_sample(array)}")
    if not array.ndim:
        raise ValueError(f"argument {n} needs the batch as its first axis, got the single number {arg!r}")
    return array.astype(dtype)


def _sample(array: Numbers) -> str:
    return (
        f"{array.dtype} such as {str(array.flat[0])[:40]!r}"
        if array.size
        else f"nothing of type {array.dtype}"
    )


def _refuse_batch(names: Sequence[str], arrays: Sequence[Numbers]) -> None:
    sizes = ", ".join(f"{name} has {len(array)}" for name, array in zip(names, arrays, strict=True))
    raise ValueError(f"every argument needs the same number of examples, and at least 1: {sizes}")


def _refuse_nan(results: Any, names: Sequence[str], arrays: Sequence[Numbers]) -> None:
    """Raise ValueError if a result is nan because an argument is."""
    if np.isnan(results).any():
        for name, array in zip(names, arrays, strict=True):
            if np.isnan(array).any():
                place = tuple(np.argwhere(np.isnan(array))[0].tolist())
                raise ValueError(f"the result is nan because {name}{list(place)} is nan")


def _named(params: Iterable[Value] | Mapping[str, Value]) -> dict[str, Value]:
    """Return the parameters by name: that which is given, or the label, or the place."""
    if isinstance(params, Mapping):
        named = dict(params)
    else:
        values = list(params)
        named = {getattr(value, "label", "") or f"p[{n}]": value for n, value in enumerate(values)}
        if len(named) < len(values):  # labels may be equal
            named = {f"p[{n}]": value for n, value in enumerate(values)}
    for name, value in named.items():
        if not isinstance(value, Value):
            raise TypeError(
                f"parameter {name} must be a Value, got {type(value).__name__}: {str(value)[:40]!r}"
            )
        if value.op is not None:
            raise ValueError(f"parameter {name} must be a leaf, got the result of {value.op.name}")
    if (distinct := len(set(named.values()))) < len(named):
        raise ValueError(f"expected no parameter twice, got {distinct} in {len(named)} places")
    return named


def _shape(structure: Any) -> tuple[int, ...]:
    """Return the shape of nested lists of scalars; one axis for what is not a box."""
    if not isinstance(structure, (list, tuple)):
        return () if not isinstance(structure, dict) else (len(tree.leaves(structure)),)
    inner = {_shape(branch) for branch in structure}
    return (len(structure), *inner.pop()) if len(inner) == 1 else (len(tree.leaves(structure)),)


def _identity(value: Any) -> tuple[type, Any]:
    """Return what tells a keyword argument from those that are merely equal to it, as 2 and 2.0 are."""
    if type(value) in (bool, int, str):
        return type(value), value
    if isinstance(value, Number):
        return type(value), repr(value)
    if isinstance(value, (tuple, frozenset)):
        together = tuple if isinstance(value, tuple) else frozenset
        return type(value), together(map(_identity, value))
    return type(value), value


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _one_of(name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}, got {value!r}")
    return value
