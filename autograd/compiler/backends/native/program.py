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

ALIGNMENT = 64
WORTH_A_THREAD = 200_000
"""From how many vectors written on, in a run, threads share it: to wake them takes some 20 µs."""


class NativeProgram:
    """An array program as machine code, for every size of batch."""

    def __init__(self, program: Program, dtype: np.dtype[Any]) -> None:
        self.dtype = np.dtype(dtype)
        self.text = c_text(program, self.dtype)
        self._library = library(self.text.source)
        self.lanes = self._library.lanes()
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
        chunks = -(-batch // (BLOCKS_IN_CHUNK * self.lanes))
        text = self.text
        results = np.empty((batch, text.results) if text.rows else text.results, self.dtype)
        if self._sums.size < (chunks - 1) * text.sums:
            self._sums = _aligned((chunks - 1) * text.sums, self.dtype)
        arguments = [np.ascontiguousarray(argument) for argument in arguments]
        pointers = (ctypes.c_void_p * len(arguments))(*[_address(argument) for argument in arguments])
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


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "glassgrad")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _aligned(size: int, dtype: np.dtype[Any]) -> Numbers:
    """Return zeros that begin where a vector may lie."""
    raw = np.zeros(size * dtype.itemsize + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size * dtype.itemsize].view(dtype)


def _address(array: Numbers) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
