"""Commit: many assignments in one step, which nothing can interrupt half-way."""

from __future__ import annotations

from collections import deque
from itertools import chain, starmap
from operator import setitem
from typing import Any, TypeAlias

from autograd.value import Value

Part: TypeAlias = tuple[Any, ...]
"""A setter written in C, and its arguments column by column: `(DATA, parameters, numbers)`."""

DATA = vars(Value)["_float"].__set__
"""Sets the data of a Value to a float."""

GRAD = vars(Value)["_grad"].__set__
"""Sets the gradient of a Value to a float, or to NOTHING where there is none."""

UPDATE = dict.update
"""Updates the attributes of an object, `vars(object)`, with those in a dict."""

APPEND = list.append
FILL = setitem


def commit(*parts: Part) -> None:
    """Make all assignments of all parts, so that an exception, a signal or Ctrl-C finds all of them or none.

    CPython handles signals and changes threads only between bytecodes, and the C functions that are called
    here run none: everything has been computed before. Raises ValueError, before anything is assigned, for
    columns of different lengths.
    """
    for setter, *columns in parts:
        if len({len(column) for column in columns}) > 1:
            raise ValueError(f"{setter} needs columns of one length, got {[len(c) for c in columns]}")
    deque(chain.from_iterable(starmap(map, parts)), maxlen=0)
