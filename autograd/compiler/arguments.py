"""What a compiled function is called with: arrays with a batch axis, and those that examples share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from math import isinf, prod
from numbers import Number
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.backends.backend import Numbers
from autograd.scalar import as_float
from autograd.value import Value


class Argument(NamedTuple):
    """An argument: its name, and the shape of one example's share, or of the whole if it is `shared`."""

    name: str
    shape: tuple[int, ...]
    shared: bool = False


class Given(NamedTuple):
    """The arguments of a call of a function: arrays in the order of its own, the last of them given by name.

    `is_shared` tells of each whether it is shared over the batch; `batched` and `shared` are those that are
    not and those that are. `static` is what is part of the program.
    """

    function: Callable[..., Any]
    arrays: list[Numbers]
    is_shared: Sequence[bool]
    by_name: Sequence[str]
    static: Mapping[str, Any]
    batched: list[Numbers]
    shared: Sequence[Numbers]

    @classmethod
    def of(
        cls,
        function: Callable[..., Any],
        arrays: list[Numbers],
        is_shared: Sequence[bool],
        by_name: Sequence[str],
        static: Mapping[str, Any],
    ) -> Given:
        """Return arguments with those told apart that are shared over the batch."""
        batched = [array for array, shared in zip(arrays, is_shared, strict=True) if not shared]
        shared = [array for array, shared in zip(arrays, is_shared, strict=True) if shared]
        return cls(function, arrays, is_shared, by_name, static, batched, shared)

    @property
    def key(self) -> tuple[Any, ...]:
        """What a recording is known by: shapes, names and static arguments.

        Raises TypeError, naming it, for a static argument that is not hashable, or an array.
        """
        shapes = [array.shape[1:] for array in self.batched]
        if not self.shared and not self.static:
            return tuple(shapes)
        fixed = [_fixed(name, value) for name, value in self.static.items()]
        return *shapes, *[array.shape for array in self.shared], *self.is_shared, *self.by_name, *fixed

    def without_numbers(self) -> Given:
        """Return the same with arrays that take no memory, for what only asks for their shapes."""
        arrays = [np.broadcast_to(array.dtype.type(0), array.shape) for array in self.arrays]
        return self.holding(arrays)

    def holding(self, arrays: list[Numbers]) -> Given:
        """Return the same with other arrays of these shapes."""
        return Given.of(self.function, arrays, self.is_shared, self.by_name, self.static)

    def arguments(self) -> list[Argument]:
        """Return what the function calls its arguments, and their shapes."""
        names = argument_names(self.function, len(self.arrays) - len(self.by_name), self.by_name)
        every = zip(names, self.arrays, self.is_shared, strict=True)
        return [Argument(name, array.shape[not shared :], shared) for name, array, shared in every]

    def by_position(self) -> Callable[..., Any]:
        """Return the function as one that takes all the arrays by position."""
        if not self.by_name and not self.static:
            return self.function
        count = len(self.arrays) - len(self.by_name)

        def positional(*args: Any) -> Any:
            named = dict(zip(self.by_name, args[count:], strict=True))
            return self.function(*args[:count], **named, **self.static)

        return positional

    def examples(self) -> Iterator[list[Any]]:
        """Yield the arguments of each example as Values, labelled by their places: x[0], x[1], …"""
        arguments = self.arguments()
        for n in range(len(self.batched[0]) if self.batched else 1):
            example = []
            for (name, shape, shared), array in zip(arguments, self.arrays, strict=True):
                numbers = array if shared else array[n]
                labels = [f"{name}{list(at)}" if shape else name for at in np.ndindex(*shape)]
                values = [*map(Value, numbers.ravel().tolist(), labels)]
                example.append(nested(values, shape))
            yield example

    def check_batch(self) -> None:
        """Raise ValueError unless all batches have the same size, and one example at least."""
        sizes = {len(array) for array in self.batched}
        if len(sizes) > 1 or 0 in sizes:
            names = [argument.name for argument in self.arguments() if not argument.shared]
            told = ", ".join(f"{name} has {len(x)}" for name, x in zip(names, self.batched, strict=True))
            raise ValueError(f"every argument needs the same number of examples, and at least 1: {told}")


class Signature:
    """The names of a function's arguments, and which of them are shared over the batch.

    Raises TypeError for a text or a set in place of a list of names, ValueError for a name that comes twice,
    or that the function does not have.
    """

    def __init__(self, function: Callable[..., Any], shared: Sequence[str], dtype: np.dtype[Any]) -> None:
        if isinstance(shared, (str, Set, Mapping)):
            names = [shared] if isinstance(shared, str) else sorted(shared)
            raise TypeError(f"shared takes a list of names, got {shared!r}: write shared={names}")
        self.function = function
        self.shared = tuple(shared)
        self.dtype = dtype
        parameters = _parameters(function)
        known = [p.name for p in parameters]
        is_open = any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)
        for n, name in enumerate(self.shared):
            if name in self.shared[:n]:
                raise ValueError(f"shared names {name!r} twice: name each argument once")
            if known and not is_open and name not in known:
                listed = ", ".join(known)
                raise ValueError(f"shared names {name!r}, and the arguments of the function are {listed}")

    def given(self, args: Sequence[Any], keywords: dict[str, Any]) -> Given:
        """Return the arguments of a call. Raises ValueError or TypeError, naming it, for what is no array."""
        if not self.shared:
            arrays = [_array(arg, n, self.dtype, False) for n, arg in enumerate(args)]
            return Given(self.function, arrays, [False] * len(arrays), (), keywords, arrays, ())
        by_name = [name for name in self.shared if name in keywords]
        names = argument_names(self.function, len(args), by_name)
        is_shared = [name in self.shared for name in names]
        given = [*args, *[keywords.pop(name) for name in by_name]]
        arrays = [_array(arg, n, self.dtype, is_shared[n]) for n, arg in enumerate(given)]
        return Given.of(self.function, arrays, is_shared, by_name, keywords)


def argument_names(function: Callable[..., Any], count: int, by_name: Sequence[str]) -> list[str]:
    """Return the names of the first `count` arguments, and behind them those that are given `by_name`.

    Those without one are called x0, x1, …; what is taken already gets underscores.
    """
    known = [p for p in _parameters(function) if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    names = [p.name for p in known if p.kind is not p.KEYWORD_ONLY][:count]
    # A name that is positional only may come by name too, among the **keywords.
    taken = [*by_name, *[p.name for p in known if p.name not in names]]
    nameless = [f"x{n}" for n in range(len(names), count)]
    return [*told_apart([*names, *nameless], taken), *by_name]


def hides_numbers(given: Any) -> bool:
    """Tell whether numbers are behind a mask, which NumPy's conversions pass over."""
    return isinstance(given, np.ma.MaskedArray) and bool(np.ma.is_masked(given))


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def _array(arg: Any, n: int, dtype: np.dtype[Any], shared: bool) -> Numbers:
    if type(arg) is np.ndarray and arg.dtype == dtype and (arg.ndim or shared):
        return arg
    try:
        array = np.asarray(arg)
    except ValueError:
        raise ValueError(f"argument {n} is ragged: every example needs the same shape") from None
    if array.dtype.kind == "O" and all(map(_is_number, array.flat)):
        array = array.astype(float)  # whole numbers that no type of NumPy's has
    rows = arg if isinstance(arg, (list, tuple)) and array.ndim > 1 else [arg]
    if any(map(hides_numbers, rows)):
        raise TypeError(
            f"argument {n} is masked, and its hidden numbers would count: fill them with .filled(0.0), or "
            "leave these examples out"
        )
    if array.dtype.kind not in "biuf":
        told = _refused(arg, array)
        raise TypeError(f"argument {n} must hold real numbers in the range of {dtype}, got {told}")
    if not array.ndim and not shared:
        raise ValueError(
            f"argument {n} needs the batch as its first axis, got the single number {arg!r}: write [{arg!r}] "
            "for a batch of one, or compile with shared=[its name] if it is the same for every example"
        )
    found, place = converted(array, dtype)
    if place is not None:
        told = f"{array[place]}" + f" at {[*place]}" * bool(place)
        raise TypeError(f"argument {n} must hold real numbers in the range of {dtype}, got {told}")
    return found


def converted(array: Numbers, dtype: np.dtype[Any]) -> tuple[Numbers, tuple[int, ...] | None]:
    """Return numbers as a type of NumPy's, and the place of the first that is beyond its range."""
    with np.errstate(over="ignore"):
        found = array.astype(dtype)
    beyond = np.argwhere(np.isinf(found) & np.isfinite(array))
    return found, tuple(beyond[0].tolist()) if len(beyond) else None


def told_apart(names: Sequence[str], taken: Iterable[str]) -> list[str]:
    """Return names of which each is another and none is `taken`: where one is, with underscores behind it."""
    found = list(taken)
    given = len(found)
    for name in names:
        while name in found:
            name += "_"
        found.append(name)
    return found[given:]


def nested(scalars: list[Any], shape: tuple[int, ...]) -> Any:
    """Return scalars as nested lists of a shape, empty ones too; one scalar for the shape ()."""
    for axis in range(len(shape) - 1, 0, -1):
        size, count = shape[axis], prod(shape[:axis])
        scalars = [scalars[n * size : (n + 1) * size] for n in range(count)]
    return scalars if shape else scalars[0]


def _refused(arg: Any, array: Numbers) -> str:
    """Tell the first element of an argument that is no number, and its place in the array made from it."""
    if not array.size:
        return f"nothing of type {array.dtype}"
    # Where one element of a list is text, all are text in the array.
    given = array if isinstance(arg, np.ndarray) else np.asarray(arg, object)
    elements = zip(np.ndindex(given.shape), given.flat, strict=True)
    first = (0,) * array.ndim, array.flat[0]
    place, element = next(((place, x) for place, x in elements if not _is_number(x)), first)
    at = f" at {list(place)}" if place else ""
    return f"{type(element).__name__}: {str(element)[:40]!r}{at}"


def _is_number(x: Any) -> bool:
    """Tell whether something is a real number, and in the range of a float if it is a whole one."""
    try:
        return not isinf(as_float(x)) or not isinstance(x, int)
    except TypeError:
        return False


def _fixed(name: str, value: Any) -> tuple[Any, ...]:
    """Return a keyword argument as part of the program. Raises TypeError, naming it, for what can be none."""
    try:
        identity = _identity(value)
        hash(identity)
    except TypeError:
        raise TypeError(
            "a keyword argument is part of the program and must be hashable, and no array, got "
            f"{name}={repr(value)[:40]}: give what differs from example to example by position, and "
            f"compile with shared=[{name!r}] for numbers that may change"
        ) from None
    return name, *identity


def _identity(value: Any) -> tuple[Any, ...]:
    """Return what tells a keyword argument from those that are merely equal to it, as 2 and 2.0 are.

    Raises TypeError for an array that can be changed in place, be it hashable as those of PyTorch are.
    """
    if isinstance(value, (str, int)):
        return type(value), value
    if isinstance(value, float):
        return type(value), float.hex(value)
    if isinstance(value, complex):
        return type(value), float.hex(value.real), float.hex(value.imag)
    if isinstance(value, Number):
        return type(value), repr(value)
    if hasattr(value, "__array__") and not isinstance(value, np.generic):
        raise TypeError(f"an array may be changed in place, got {type(value).__name__}")
    if isinstance(value, (tuple, frozenset)):
        together = tuple if isinstance(value, tuple) else frozenset
        return type(value), together(map(_identity, value))
    if is_dataclass(value) and not isinstance(value, type):
        compared = [field.name for field in fields(value) if field.compare]
        return type(value), value, tuple([_identity(getattr(value, name)) for name in compared])
    return type(value), value
