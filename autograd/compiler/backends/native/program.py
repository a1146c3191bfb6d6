"""A program compiled to a library, run block by block over a batch of any size."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from autograd.compiler.arrays.program import Program
from autograd.compiler.backends.backend import Backend, Numbers, Run
from autograd.compiler.backends.native.text import BLOCKS_IN_CHUNK, c_text
from autograd.compiler.backends.native.toolchain import library, missing
from autograd.compiler.backends.numpy_program import NumpyBackend
from autograd.compiler.backends.training import Descended, Rule

ALIGNMENT = 64
WORTH_A_THREAD = 200_000
"""From how many vectors written on, in a run, threads share it: to wake them takes some 20 µs."""


class NativeProgram:
    """An array program as machine code, for every size of batch."""

    def __init__(self, program: Program, dtype: np.dtype[Any]) -> None:
        self.dtype = np.dtype(dtype)
        self.text = c_text(program, self.dtype)
        self._library = library(self.text.source)
        self.lanes: int = self._library.lanes()
        pointer = ctypes.c_void_p
        self._replay = self._library.replay
        self._replay.argtypes = [ctypes.c_long, *[pointer] * 6]
        self._replay.restype = None
        self._library.before.argtypes = [pointer] * 2
        self._library.chunk.argtypes = [ctypes.c_long, ctypes.c_long, *[pointer] * 6]
        self._library.after.argtypes = [ctypes.c_long, *[pointer] * 4]
        self._shared = _aligned(self.text.shared, self.dtype)
        self._memory = [_aligned(self.text.memory * self.lanes, self.dtype)]
        self._sums = _aligned(0, self.dtype)
        self.threads = 0

    def run(self, arguments: Sequence[Numbers], vector: Numbers) -> Numbers:
        """Return the results for a batch: one row, or a row for every example if any of them varies."""
        batch = len(arguments[0])
        chunks = self._make_room(batch)
        text = self.text
        results = np.empty((batch, text.results) if text.rows else text.results, self.dtype)
        arguments = [np.ascontiguousarray(argument) for argument in arguments]
        pointers = _pointers(arguments)
        vector = np.ascontiguousarray(vector)
        shared, sums = _address(self._shared), _address(self._sums)
        threads = min(self.threads or _cores(), chunks)
        if threads == 1 or (not self.threads and chunks * BLOCKS_IN_CHUNK * text.memory < WORTH_A_THREAD):
            self._replay(
                batch, pointers, _address(vector), shared, sums, _address(self._memory[0]), _address(results)
            )
            return results
        while len(self._memory) < threads:
            self._memory.append(_aligned(text.memory * self.lanes, self.dtype))
        self._library.before(_address(vector), shared)
        each = text.sums * self.dtype.itemsize

        def share(thread: int) -> None:
            memory = _address(self._memory[thread])
            for number in range(thread, chunks, threads):
                own = sums + (number - 1) * each if number else shared
                self._library.chunk(
                    number, batch, pointers, _address(vector), shared, own, memory, _address(results)
                )

        list(_pool(threads).map(share, range(threads)))
        self._library.after(chunks, _address(vector), shared, sums, _address(results))
        return results

    def train(
        self,
        arguments: Sequence[Numbers],
        vector: Numbers,
        batch: int,
        rule: Rule,
        taken: int,
        moved: int,
        state: Sequence[Numbers],
    ) -> Descended:
        """Take steps as `Trainer` says, in one call."""
        rows = len(arguments[0])
        steps = -(-rows // batch)
        self._make_room(min(batch, rows))
        arguments = [np.ascontiguousarray(argument) for argument in arguments]
        vector, results = vector.copy(), np.empty(self.text.results, self.dtype)
        memory = [np.array(own, self.dtype) for own in state]
        first, second = [*memory, *[np.empty(0, self.dtype)] * 2][:2]
        losses = np.empty(steps, self.dtype)
        factors = rule.factors(range(taken + 1, taken + steps + 1)).astype(self.dtype)
        function = self._library.train
        function.restype = ctypes.c_long
        pointer, long = ctypes.c_void_p, ctypes.c_long
        function.argtypes = [long, long, long, pointer, pointer, long, ctypes.c_int, *[pointer] * 8]
        done = function(
            steps,
            batch,
            rows,
            _pointers(arguments),
            _address(vector),
            moved,
            rule.kind,
            *map(
                _address, [factors, first, second, losses, self._shared, self._sums, self._memory[0], results]
            ),
        )
        return Descended(losses[:done], vector, memory, results[1:])

    def _make_room(self, batch: int) -> int:
        """Provide for the sums of all chunks of a batch but the first; return how many chunks there are."""
        chunks = -(-batch // (BLOCKS_IN_CHUNK * self.lanes))
        if self._sums.size < (chunks - 1) * self.text.sums:
            self._sums = _aligned((chunks - 1) * self.text.sums, self.dtype)
        return chunks


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
        return self._exact.bind(program, batch, dtype) if program.exact else self.trainer(program, dtype).run

    def trainer(self, program: Program, dtype: np.dtype[Any]) -> NativeProgram:
        if program not in self._made:
            self._made[program] = NativeProgram(program, dtype)
        return self._made[program]


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "glassgrad")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _pointers(arrays: Sequence[Numbers]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*map(_address, arrays))


def _aligned(size: int, dtype: np.dtype[Any]) -> Numbers:
    """Return zeros that begin where a vector may lie."""
    raw = np.zeros(size * dtype.itemsize + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size * dtype.itemsize].view(dtype)


def _address(array: Numbers) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
