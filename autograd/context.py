"""What operations on Values do in a context: record, or only compute, or be looked at on the way.

Each `with` block puts one layer around what is in force already. A context is a thread or a task.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any, TypeVar

from autograd.cpython import release
from autograd.inspection import Inspector, inspectors
from autograd.value import Recorder, Value, evaluate, keeping, record, recorder
from autograd.value import history as history

Decorated = TypeVar("Decorated", bound=Callable[..., object])
Result = TypeVar("Result")

LATER = (isgeneratorfunction, iscoroutinefunction, isasyncgenfunction)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What one `with` block asks of the operations and backward passes inside it.

    `records` says whether results keep their history, `around` what is done around every operation, and
    `inspect` who looks at their numbers.
    """

    records: bool | None = None
    around: Callable[[Recorder], Recorder] | None = None
    inspect: Inspector | None = None


layers: ContextVar[tuple[Layer, ...]] = ContextVar("layers", default=())
"""The layers of this context, the innermost last."""


class layered(ContextDecorator):
    """A `with` block with a layer around it, in the current thread or task only.

    Blocks may end in any order, as those of generators do: each takes away its own layer and no other. Where
    Ctrl-C comes on the way in or out, the layer goes first: but for what Python leaves open in any `with`.
    Raises RuntimeError if the same one is entered again before it has ended; as a decorator TypeError for
    the function of a generator or a coroutine, whose body runs when the call has ended.
    """

    def __init__(self, make_layer: Callable[[], Layer]) -> None:
        self.make_layer = make_layer
        self.layer = make_layer()

    def _recreate_cm(self) -> layered:
        return layered(self.make_layer)  # as a decorator, for each call another

    def __call__(self, function: Decorated) -> Decorated:
        if any(runs_later(function) for runs_later in LATER):
            raise TypeError(
                f"{getattr(function, '__name__', function)} makes a generator or a coroutine, which runs "
                "when the call has ended: write the `with` block inside it, around what it computes"
            )
        return super().__call__(function)

    def __enter__(self) -> None:
        if self.layer in layers.get():
            raise RuntimeError("this block has not ended: make another, as `with no_grad():` does each time")
        try:
            _enter((*layers.get(), self.layer))
        except BaseException:
            self._leave()
            raise

    def __exit__(self, *raised: object) -> None:
        try:
            self._leave()
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        _enter(tuple(other for other in layers.get() if other is not self.layer))


def in_own_context(call: Callable[..., Result], *args: Any) -> Result:
    """Make a call in a context of its own, which ends wherever Ctrl-C comes.

    Blocks that end in it, as those of generators do, have ended here too, and those that it leaves open when
    it returns are open here.
    """
    context = copy_context()
    returned = False
    try:
        result = context.run(call, *args)
        returned = True
        return result
    finally:
        here, left = layers.get(), context.get(layers, ())
        active = left if returned else tuple(layer for layer in here if layer in left)
        if active != here:
            _enter(active)


def look_away() -> None:
    """Take away the layers that look at numbers, from this context for good: be in a copy of another."""
    _enter(tuple(layer for layer in layers.get() if layer.inspect is None))


def _enter(active: tuple[Layer, ...]) -> None:
    asked = [layer.records for layer in active if layer.records is not None]
    keeps = not asked or asked[-1]
    release.prepare_thread(Value)
    layers.set(active)
    inspectors.set(tuple(layer.inspect for layer in active if layer.inspect is not None))
    keeping.set(_around(active, record))
    recorder.set(keeping.get() if keeps else _around(active, evaluate))
    history.set(keeps)


def _around(active: tuple[Layer, ...], inner: Recorder) -> Recorder:
    for layer in active:
        if layer.around is not None:
            inner = layer.around(inner)
    return inner


def no_grad() -> layered:
    """Compute without recording inside a `with` block: results are leaves.

    They are no parameters of a module that keeps them; `Value(result.data)` is one. Holds for the current
    thread or task only. `detect_anomaly` still looks at every result.
    """
    return layered(lambda: Layer(records=False))


def recording() -> layered:
    """Record inside a `with` block even where `no_grad` holds: a transformation needs its graph."""
    return layered(lambda: Layer(records=True))
