"""The recordings of a compiled function: one for the shapes and the keyword arguments of a call."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

import numpy as np

from autograd.compiler.arguments import Argument, Given
from autograd.compiler.backends.backend import Backend
from autograd.compiler.derived import along_arguments, along_direction
from autograd.compiler.trace import Trace
from autograd.value import Value

RECORDINGS_KEPT = 100
"""For how many shapes and keyword arguments a function stays recorded; then the least recently used goes."""

DIRECTION = "direction"
"""What the last argument of a derived function is called: a number for each parameter."""


class Wanted(Enum):
    """What a recording is for: the result, its derivative along something, or a product with its Hessian."""

    RESULT = auto()
    ALONG_PARAMETERS = auto()
    ALONG_SHARED = auto()
    ALONG_BATCHED = auto()
    HESSIAN = auto()


OF_ONE_RECORDING = (Wanted.RESULT, Wanted.ALONG_PARAMETERS, Wanted.ALONG_SHARED)
"""What is got from one and the same recording of the function."""


class Recordings:
    """The latest recordings of a function, made as calls need them."""

    def __init__(
        self,
        parameters: Mapping[str, Value],
        mean: bool,
        backend: Backend,
        dtype: np.dtype[Any],
    ) -> None:
        self.kept: dict[Any, dict[Wanted, Trace]] = {}  # the latest used last
        self._parameters = parameters
        self._mean = mean
        self._backend = backend
        self._dtype = dtype

    def found(self, wanted: Wanted, given: Given) -> Trace:
        """Return the recording for a call, which is checked."""
        key = given.key
        made = self.kept.get(key, {})
        given.check_batch()
        if wanted not in made:
            made[wanted] = self._made(wanted, given, made)
        self.kept.pop(key, None)
        while len(self.kept) >= RECORDINGS_KEPT:
            del self.kept[next(iter(self.kept))]
        self.kept[key] = made
        return made[wanted]

    def _made(self, wanted: Wanted, given: Given, made: Mapping[Wanted, Trace]) -> Trace:
        """Record what is wanted for arguments of these shapes, unless what is made for them has it."""
        function, arguments = given.by_position(), given.arguments()
        parameters, along = len(self._parameters), None
        if wanted is Wanted.ALONG_SHARED:
            along = range(parameters, parameters + sum(array.size for array in given.shared))
        elif wanted is Wanted.ALONG_BATCHED:
            function = along_arguments(function, [n for n, a in enumerate(arguments) if not a.shared])
        elif wanted is not Wanted.RESULT:
            along = range(parameters)
        of_function = [made[other] for other in OF_ONE_RECORDING if other in made]
        if wanted in OF_ONE_RECORDING and of_function:  # or each would freeze what is outside at its own call
            return of_function[0].differentiated(along)
        if wanted is Wanted.HESSIAN:
            function = along_direction(function, list(self._parameters.values()))
            arguments.append(Argument(DIRECTION, (parameters,), shared=True))
        return Trace(function, self._parameters, arguments, along, self._mean, self._backend, self._dtype)
