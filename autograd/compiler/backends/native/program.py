"""A program compiled to a library, run block by block over a batch of any size."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from autograd.compiler.arrays.program import Program
from autograd.compiler.backends.backend import Backend, Numbers, Run
from autograd.compiler.backends.native.emit.text import BLOCKS_IN_CHUNK, c_text
from autograd.compiler.backends.native.threads import Help, ask, cores
from autograd.compiler.backends.native.toolchain import library, missing
from autograd.compiler.backends.numpy.program import NumpyBackend
from autograd.compiler.backends.training import Descended, StepRule

ALIGNMENT = 64
WORTH_A_THREAD = 400_000
"""From how many multiplications of vectors on threads share a run: to wake them takes some 30 µs."""


class _Call(ctypes.Structure):
    """`Call` in driver.c."""

    _fields_ = (
        ("batch", ctypes.c_long),
        *[(name, ctypes.c_void_p) for name in ("arguments", "parameters", "shared", "results")],
        *[(name, ctypes.c_long) for name in ("chunks", "left", "added", "over")],
    )


class NativeProgram:
    """An array program as machine code, for every size of batch; only with `training` can it take steps."""

    def __init__(self, program: Program, dtype: np.dtype[Any], training: bool = False) -> None:
        self.dtype = np.dtype(dtype)
        self.text = c_text(program, self.dtype, training)
        self._library = library(self.text.source)
        self._declare()
        self._chunk = BLOCKS_IN_CHUNK * self._library.lanes()
        """How many examples a thread takes at a time."""
        chunks = max(2, -(-WORTH_A_THREAD // max(1, self.text.work * BLOCKS_IN_CHUNK)))
        self._worth_a_thread = self._chunk * (chunks - 1) + 1
        self.threads = 0
        """How many share a batch; 0 for as many as there are cores, where there is enough to do."""
        self._shared = self._memory(self.text.shared)
        self._pointers = (ctypes.c_void_p * len(program.arguments))()
        self._call = _Call(arguments=ctypes.addressof(self._pointers), over=1)
        self._call.shared = ctypes.cast(self._shared, ctypes.c_void_p)
        self._own = self._room()
        self._replay = partial(self._library.replay, ctypes.byref(self._call), *self._own)
        self._helps: list[Help] = []

    def _declare(self) -> None:
        """Tell ctypes what the functions take, unless it is pointers alone."""
        library, pointer, long = self._library, ctypes.c_void_p, ctypes.c_long
        library.replay.restype = long
        if self.text.training:
            library.train.restype = long
            library.train.argtypes = [pointer, long, long, pointer, long, ctypes.c_int, *[pointer] * 6]

    def run(self, arguments: Sequence[Numbers], vector: Numbers) -> tuple[Numbers, bool]:
        """Return the results for a batch as `Run` says."""
        text = self.text
        given = [np.ascontiguousarray(array) for array in arguments]  # whose memory must outlive the call
        batch = len(given[0]) if given else 1
        results = np.empty((batch, text.results) if text.rows else text.results, self.dtype)
        self._prepare(batch, given, vector, results)
        return results, bool(self._helped(self._replay, batch))

    def train(
        self,
        arguments: Sequence[Numbers],
        vector: Numbers,
        batch: int,
        rule: StepRule,
        taken: int,
        moved: int,
        state: Sequence[Numbers],
    ) -> Descended:
        """Take steps as `Trainer` says, in one call."""
        rows = len(arguments[0])
        steps = -(-rows // batch)
        given = [np.ascontiguousarray(argument) for argument in arguments]
        vector, results = vector.copy(), np.empty(self.text.results, self.dtype)
        memory = [np.array(own, np.float64) for own in state]
        first, second = [*memory, *[np.empty(0)] * 2][:2]
        losses = np.empty(steps, self.dtype)
        factors = rule.factors(range(taken + 1, taken + steps + 1))
        self._prepare(batch, given, vector, results)
        step = partial(
            self._library.train,
            ctypes.byref(self._call),
            *[steps, rows, _address(vector), moved, rule.kind],
            *map(_address, [factors, first, second, losses]),
            *self._own,
        )
        done = self._helped(step, min(batch, rows))
        return Descended(losses[:done], vector, memory, results[1:])

    def _prepare(self, batch: int, arguments: Sequence[Numbers], vector: Numbers, results: Numbers) -> None:
        """Tell what the next call works on."""
        self._pointers[:] = list(map(_address, arguments))
        call = self._call
        call.batch, call.parameters, call.results = batch, _address(vector), _address(results)

    def _helped(self, call: Callable[[], int], batch: int) -> int:
        """Return what a call says, in which other threads help if there is enough to do."""
        threads = self.threads or (cores() if batch >= self._worth_a_thread else 1)
        helps = min(threads, -(-batch // self._chunk)) - 1
        if not helps:
            return call()
        while len(self._helps) < helps:
            self._helps.append(partial(self._library.help, ctypes.byref(self._call), *self._room()))
        try:
            self._call.over = 0
            ask(self._helps[:helps])
            return call()
        finally:
            self._call.over = 1

    def _room(self) -> tuple[Any, Any]:
        """Return memory in which a thread makes chunks: for its sums, and for the scalars of the blocks."""
        return self._memory(self.text.sums), self._memory(self.text.memory * self._library.lanes())

    def _memory(self, count: int) -> Any:
        """Return a reference to memory for numbers, all zero, which begins where a vector may lie."""
        memory = (ctypes.c_char * (count * self.dtype.itemsize + ALIGNMENT))()
        return ctypes.byref(memory, -ctypes.addressof(memory) % ALIGNMENT)


class NativeBackend(Backend):
    """Programs as C, compiled once for all sizes of batch; where something is not finite NumPy decides."""

    takes_ragged = True

    def __init__(self, shard: bool = False) -> None:
        super().__init__(shard)
        self._made: WeakKeyDictionary[Program, NativeProgram] = WeakKeyDictionary()
        self._exact = NumpyBackend()

    @classmethod
    def missing(cls) -> str:
        return missing()

    def bind(self, program: Program, batch: int, dtype: np.dtype[Any]) -> Run:
        if program.exact:
            return self._exact.bind(program, batch, dtype)
        if program not in self._made:
            self._made[program] = NativeProgram(program, dtype)
        return self._made[program].run

    def trainer(self, program: Program, dtype: np.dtype[Any]) -> NativeProgram:
        made = self._made.get(program)
        if made is None or not made.text.training:  # what trains takes the C compiler a fifth longer
            made = self._made[program] = NativeProgram(program, dtype, training=True)
        return made


_Nothing = ctypes.c_char * 0


def _address(array: Any) -> int:
    """Return where the numbers of an array begin."""
    try:
        return ctypes.addressof(_Nothing.from_buffer(array))
    except TypeError:  # of what may not be written to, which takes longer
        address: int = array.__array_interface__["data"][0]
        return address
