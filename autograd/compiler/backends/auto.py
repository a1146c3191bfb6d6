"""The backend that is fastest here: C where there is a compiler, and NumPy otherwise."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd.compiler.arrays.program import Program
from autograd.compiler.backends.backend import Backend, Run
from autograd.compiler.backends.native.program import NativeBackend
from autograd.compiler.backends.native.toolchain import CompilerError
from autograd.compiler.backends.numpy.program import NumpyBackend
from autograd.compiler.backends.training import Trainer


class AutoBackend(Backend):
    """Native, until its compiler fails: then NumPy goes on, after a warning that says why."""

    def __init__(self, shard: bool = False) -> None:
        super().__init__(shard)
        self._use(NumpyBackend() if NativeBackend.missing() else NativeBackend())

    def _use(self, backend: Backend) -> None:
        self.backend = backend
        self.takes_ragged = backend.takes_ragged
        self.chosen = "native" if isinstance(backend, NativeBackend) else "numpy"

    def trainer(self, program: Program, dtype: np.dtype[Any]) -> Trainer | None:
        try:
            return self.backend.trainer(program, dtype)
        except CompilerError:  # as soon as it is bound, there is a warning
            return None

    def bind(self, program: Program, batch: int, dtype: np.dtype[Any]) -> Run:
        try:
            return self.backend.bind(program, batch, dtype)
        except CompilerError as error:
            warnings.warn(f"{error}; NumPy goes on instead", stacklevel=2)
            self._use(NumpyBackend())
            return self.backend.bind(program, batch, dtype)
