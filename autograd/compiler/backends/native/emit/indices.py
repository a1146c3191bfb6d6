"""Positions in an array as C expressions of the loops' counters, and the bounds of loops over ragged rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.arrays.program import NOTHING, Positions


class Tables:
    """The constant tables of a C text, each under one name however often it is asked for."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, bytes], str] = {}
        self.lines: list[str] = []

    def add(self, prefix: str, kind: str, numbers: Sequence[str]) -> str:
        """Return the name of a table of these numbers."""
        text = ", ".join(numbers)
        key = kind, text.encode()
        if key not in self.names:
            self.names[key] = f"{prefix}{len(self.names) + 1}"
            self.lines.append(f"static const {kind} {self.names[key]}[{len(numbers)}] = {{{text}}};")
        return self.names[key]

    def indices(self, prefix: str, numbers: Positions) -> str:
        """Return the name of a table of positions, kept as small as they allow."""
        kind = "short" if numbers.max(initial=0) < 2**15 else "int"
        return self.add(prefix, kind, [str(n) for n in numbers.ravel().tolist()])


def index(at: Positions, counters: Sequence[str], tables: Tables) -> str:
    """Return the position at [i, j, …] as a C expression, for counters named so; "0" for an axis of size 1.

    Where `at` is NOTHING the expression may be anything: it is not evaluated there. What follows a rule along
    an axis takes a product, and only what is left a table.
    """
    known = at != NOTHING
    strides = [_stride(at, known, n) for n in range(at.ndim)]
    base = at.copy()
    for n, stride in enumerate(strides):
        if stride:
            base -= stride * np.arange(at.shape[n]).reshape((-1,) + (1,) * (at.ndim - n - 1))
    regular = tuple([n for n, stride in enumerate(strides) if stride is not None])
    least = np.iinfo(at.dtype).min
    rest = np.where(known, base, least).max(axis=regular, keepdims=True)
    if (np.where(known, base, rest) != rest).any():  # a rule along each axis, but another from part to part
        strides, rest, base = [None if size > 1 else 0 for size in at.shape], np.where(known, at, 0), at
    rest = np.where(rest == least, rest[rest != least].min(initial=0), rest)
    terms = [
        counter if stride == 1 else f"{stride} * {counter}"
        for stride, counter in zip(strides, counters, strict=True)
        if stride
    ]
    first = int(rest.flat[0])
    if (rest == first).all():
        terms += [str(first)] if first or not terms else []
    else:
        terms.append(_looked_up(rest, counters, tables))
    return " + ".join(terms).replace("+ -", "- ")


def _looked_up(rest: Positions, counters: Sequence[str], tables: Tables) -> str:
    """Return the expression that reads a table, of as few axes as matter."""
    place = ""
    for n, counter in enumerate(counters):
        if rest.shape[n] == 1:
            continue
        if (rest == rest.take([0], n)).all():
            rest = rest.take([0], n)
            continue
        place = f"({place}) * {rest.shape[n]} + {counter}" if place else counter
    least = int(rest.min())
    name = tables.indices("AT", rest - min(least, 0))
    return f"{name}[{place}]" if least >= 0 else f"{name}[{place}] - {-least}"


def _stride(at: Positions, known: NDArray[np.bool_], axis: int) -> int | None:
    """Return by how much positions grow along an axis, None if not evenly; 0 along one of size 1."""
    if at.shape[axis] == 1:
        return 0
    both = np.logical_and(*[np.delete(known, edge, axis) for edge in (-1, 0)])
    steps = np.diff(at, axis=axis)[both]
    return int(steps[0]) if len(steps) and (steps == steps[0]).all() else None


class Bounds(NamedTuple):
    """The first and the end of one run in every row."""

    low: Positions
    high: Positions

    @classmethod
    def of(cls, valid: NDArray[np.bool_]) -> Bounds | None:
        """Return the run that holds in each row along the last axis, or None where a row has gaps."""
        size = valid.shape[-1]
        any_ = valid.any(-1)
        low = np.where(any_, valid.argmax(-1), 0)
        high = np.where(any_, size - valid[..., ::-1].argmax(-1), 0)
        return cls(low, high) if (valid.sum(-1) == high - low).all() else None

    def text(self, counters: Sequence[str], tables: Tables) -> tuple[str, str]:
        """Return both as C expressions."""
        return index(self.low, counters, tables), index(self.high, counters, tables)
