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
WORTH_A_THREAD = 400_000
"""From how many multiplications of vectors on threads share a run: to wake them takes some 30 µs."""


class NativeProgram:
    """An array program as machine code, for every size of batch."""

    def __init__(self, program: Program, dtype: np.dtype[Any]) -> None:
        self.dtype = np.dtype(dtype)
        self.text = c_text(program, self.dtype)
        self._library = library(self.text.source)
        self.lanes: int = self._library.lanes()
        self._declare()
        self._shared = _Block(self.text.shared, self.dtype)
        self._sums = _Block(self.text.sums, self.dtype)
        self._memory = [_Block(self.text.memory * self.lanes, self.dtype)]
        self.threads = 0

    def _declare(self) -> None:
        """Tell ctypes what the functions take."""
        pointer, long = ctypes.c_void_p, ctypes.c_long
        for name, types in (
            ("replay", [long, *[pointer] * 6]),
            ("before", [pointer] * 2),
            ("chunk", [long, long, *[pointer] * 6]),
            ("after", [long, *[pointer] * 4]),
            ("train", [long, long, long, pointer, pointer, long, ctypes.c_int, *[pointer] * 8]),
        ):
            function = getattr(self._library, name, None)
            if function is not None:
                function.argtypes, function.restype = types, long if name == "train" else None

    def run(self, arguments: Sequence[Numbers], vector: Numbers) -> Numbers:
        """Return the results for a batch: one row, or a row for every example if any of them is batched."""
        batch, text = len(arguments[0]) if arguments else 1, self.text
        results = np.empty((batch, text.results) if text.rows else text.results, self.dtype)
        given = [
            np.ascontiguousarray(array) for array in (*arguments, vector)
        ]  # whose memory must outlive the call
        *places, parameters = map(_address, given)
        pointers = (ctypes.c_void_p * len(places))(*places)
        chunks = self._make_room(batch)
        threads = 1 if chunks == 1 else min(self.threads or _cores(), chunks)
        if threads > 1 and (self.threads or chunks * BLOCKS_IN_CHUNK * text.work >= WORTH_A_THREAD):
            self._share(threads, chunks, batch, pointers, parameters, _address(results))
        else:
            self._library.replay(
                batch,
                pointers,
                parameters,
                self._shared.at,
                self._sums.at,
                self._memory[0].at,
                _address(results),
            )
        return results

    def _share(
        self, threads: int, chunks: int, batch: int, pointers: Any, parameters: int, results: int
    ) -> None:
        """Let threads take the chunks of a batch in turn; ctypes runs them without the interpreter's lock."""
        while len(self._memory) < threads:
            self._memory.append(_Block(self.text.memory * self.lanes, self.dtype))
        shared, each = self._shared.at, self.text.sums * self.dtype.itemsize
        self._library.before(parameters, shared)

        def share(thread: int) -> None:
            for number in range(thread, chunks, threads):
                sums = self._sums.at + (number - 1) * each if number else shared
                self._library.chunk(
                    number, batch, pointers, parameters, shared, sums, self._memory[thread].at, results
                )

        list(_pool(threads).map(share, range(threads)))
        self._library.after(chunks, parameters, shared, self._sums.at, results)

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
        given = [np.ascontiguousarray(argument) for argument in arguments]
        vector, results = vector.copy(), np.empty(self.text.results, self.dtype)
        memory = [np.array(own, self.dtype) for own in state]
        first, second = [*memory, *[np.empty(0, self.dtype)] * 2][:2]
        losses = np.empty(steps, self.dtype)
        factors = rule.factors(range(taken + 1, taken + steps + 1)).astype(self.dtype)
        done = self._library.train(
            steps,
            batch,
            rows,
            (ctypes.c_void_p * len(given))(*map(_address, given)),
            _address(vector),
            moved,
            rule.kind,
            *map(_address, [factors, first, second, losses]),
            *[self._shared.at, self._sums.at, self._memory[0].at, _address(results)],
        )
        return Descended(losses[:done], vector, memory, results[1:])

    def _make_room(self, batch: int) -> int:
        """Provide for the sums of all chunks of a batch but the first; return how many chunks there are."""
        chunks = -(-batch // (BLOCKS_IN_CHUNK * self.lanes))
        if self._sums.size < (chunks - 1) * self.text.sums:
            self._sums = _Block((chunks - 1) * self.text.sums, self.dtype)
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


class _Block:
    """Memory for numbers of a type, all zero, that begins `at` an address where a vector may lie."""

    def __init__(self, size: int, dtype: np.dtype[Any]) -> None:
        self.size = size
        self._bytes = np.zeros(size * dtype.itemsize + ALIGNMENT, np.uint8)
        self.at = _address(self._bytes) + -_address(self._bytes) % ALIGNMENT


def _address(array: Numbers) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
