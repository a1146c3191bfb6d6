"""The parameters of a compiled function: Values, or a vector that stands for them."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from autograd.commit import DATA, commit
from autograd.compiler.arguments import converted, hides_numbers
from autograd.compiler.backends.backend import Numbers
from autograd.ordered import refuse_unordered
from autograd.value import Value, made

COPIED_BY_NAME = (FunctionType, ModuleType, type)
"""What stays what it is in a copy, with all that it uses: what a function has from there has no copy."""


class Parameters:
    """Distinct leaf Values in an order, by name, and the vector that calls compute with.

    The vector is filled from the Values for every call, until `leads` says that it is authoritative itself.

    Raises TypeError for a set and for what is no Value, ValueError for what is no leaf, comes twice, or is an
    argument along which a function is being differentiated.
    """

    def __init__(self, params: Iterable[Value] | Mapping[str, Value], dtype: np.dtype[Any]) -> None:
        self.named = _named(params)
        self.values = list(self.named.values())
        self.leads = False
        self._vector = np.zeros(len(self.values), dtype)

    def current(self) -> Numbers:
        """Return the numbers that the next call computes with."""
        if not self.leads:
            numbers = [value._float for value in self.values]
            self._vector[:] = numbers if self._vector.dtype == np.float64 else self._in_range(numbers)
        return self._vector

    def _in_range(self, numbers: Any) -> Numbers:
        found, place = converted(np.asarray(numbers), self._vector.dtype)
        if place is not None:
            name, dtype = list(self.named)[place[0]], self._vector.dtype
            remedy = ", or compile with dtype='float64'" if dtype == np.float32 else ""
            raise TypeError(
                f"parameter {name} must be in the range of {dtype}, got {numbers[place[0]]!s}: make it "
                f"smaller{remedy}"
            )
        return found

    def follow(self, numbers: Any) -> None:
        """Fill the vector with other numbers, and let it lead. Raises ValueError or TypeError for others."""
        given = np.asarray(numbers)
        if given.shape != self._vector.shape:
            raise ValueError(
                f"a vector of {len(self.values)} numbers is expected, got the shape {given.shape}"
            )
        if hides_numbers(numbers):
            raise TypeError("the vector is masked, and its hidden numbers would count: use .filled(0.0)")
        if given.dtype.kind not in "fiu":
            raise TypeError(f"a vector of numbers is expected, got {numbers!r:.40}")
        self._vector[:] = given if given.dtype == self._vector.dtype else self._in_range(given)
        self.leads = True

    def fill_values(self) -> None:
        """Give the Values the numbers of the vector, which is ahead of them if it leads.

        A Value that the vector has merely rounded keeps its digits.
        """
        old, new = np.array([value._float for value in self.values], np.float64), self.current()
        rounded = old.astype(new.dtype)
        same = (rounded == new) & (np.signbit(rounded) == np.signbit(new))
        commit((DATA, self.values, np.where(same, old, new).tolist()))

    @contextmanager
    def in_values(self) -> Iterator[None]:
        """Lend the Values the numbers of the vector inside a `with` block, if that leads."""
        before = [value._float for value in self.values]
        try:
            if self.leads:
                self.fill_values()
            yield
        finally:
            commit((DATA, self.values, before))

    def around(self, function: Callable[..., Any]) -> set[Value]:
        """Return those that a function does not hold: it has them from globals, closures and classes."""
        missing, left = set(self.values), deque[Any]([function])
        seen: dict[int, Any] = {}
        while missing and left:
            found = left.popleft()
            if id(found) in seen or isinstance(found, COPIED_BY_NAME):
                continue
            seen[id(found)] = found
            if isinstance(found, Value):
                missing.discard(found)
            if isinstance(found, np.ndarray) and found.dtype.hasobject:  # does not tell its referents
                left += found.ravel().tolist()
            left += gc.get_referents(found)
        return missing

    def copied(self, function: Callable[..., Any], memo: dict[int, Any]) -> dict[str, Value]:
        """Return the parameters of a deep copy of a function, by name: copies of those that it holds."""
        around = self.around(function)
        return {
            name: value if value in around else deepcopy(value, memo) for name, value in self.named.items()
        }


def _named(params: Iterable[Value] | Mapping[str, Value]) -> dict[str, Value]:
    """Return the parameters by name: that which is given, as a text, or the label, or the place."""
    if isinstance(params, Mapping):
        named = {str(name): value for name, value in params.items()}
        if len(named) < len(params):
            raise ValueError(f"parameters need names that differ as texts, got {list(params)}")
    elif not isinstance(params, Iterable):
        raise TypeError(
            f"params takes a list of Values, or a dict of them by name, got {type(params).__name__}: of a "
            "model give model.parameters(), or dict(model.named_parameters())"
        )
    else:
        refuse_unordered(params)
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
        if value in (made.get() or ()):
            raise ValueError(
                f"parameter {name} must be no number along which a function is being differentiated, got "
                f"{value.data}: call the function itself, not compiled, for the derivative along it"
            )
    if (distinct := len(set(named.values()))) < len(named):
        raise ValueError(f"expected no parameter twice, got {distinct} in {len(named)} places")
    return named
