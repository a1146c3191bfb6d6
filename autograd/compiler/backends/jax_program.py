"""Running an array program with JAX: its source, compiled by XLA for whatever devices there are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.util import find_spec
from math import isfinite
from typing import Any
from weakref import WeakKeyDictionary
from zlib import crc32

import numpy as np

from autograd.compiler.arrays.program import Array, Program
from autograd.compiler.backends.backend import Backend, Numbers, Run
from autograd.compiler.backends.computed_once import computed_once
from autograd.compiler.backends.source.program import BARRIER, FUNCTIONS, Source, source
from autograd.notation.listing import computed, listed
from autograd.primitive import Primitive

OPTIONS: dict[str, dict[str, str | bool]] = {
    "cpu": {"xla_disable_hlo_passes": "cse_barrier_expander"},
    "gpu": {"xla_gpu_enable_triton_gemm": False},
}
"""What XLA is told first, by platform; where that fails, it is told nothing.

On processors that pass takes barriers out before operations are put into loops. On graphics processors XLA
may put a product into a kernel of Triton's, and ends the whole process at a shape it cannot tile
(https://github.com/openxla/xla/issues/47381); without, cuBLAS refused one of 340 models.
"""


def load(source: Source, xp: Any, dtype: np.dtype[Any], once: Collection[Array] = ()) -> Callable[..., Any]:
    """Return the function that the source defines, over the arrays of a namespace such as `jax.numpy`.

    Arrays to be computed `once` pass a barrier, before which XLA has to have them in memory.
    """
    names: dict[str, Any] = {name: getattr(xp, name) for name in FUNCTIONS}
    for name, numbers in source.tables.items():
        names[name] = numbers.astype(dtype) if numbers.dtype.kind == "f" else numbers
    for name, op in source.functions.items():
        names[name] = _over_arrays(op, xp)
    text = source.text
    if once:
        names[BARRIER] = xp.optimization_barrier
        text = _with_barriers(text, {source.names[array] for array in once})
    exec(text, names)  # our own text: names of arguments and parameters in it are identifiers
    return names["replay"]  # type: ignore[no-any-return]


def _with_barriers(text: str, names: Collection[str]) -> str:
    lines = text.splitlines()
    last = {line.partition(" = ")[0].strip(): n for n, line in enumerate(lines)}
    for name in names:
        lines[last[name]] += f"\n    {name} = {BARRIER}({name})"
    return "\n".join(lines)


def _over_arrays(op: Primitive, xp: Any) -> Callable[..., Any]:
    """Return an operation on arrays; one on any number of them may be given them on axes of one."""

    def function(*args: Any, axis: int | tuple[int, ...] | None = None) -> Any:
        within = xp
        if axis is not None:
            axes = tuple(np.atleast_1d(axis).tolist())
            within, args = _OnRow(xp, len(axes)), (xp.moveaxis(args[0], axes, range(len(axes))),)
        written, symbols, result = listed(op.impl, [None] * len(args), row=axis is not None)
        return computed(written, dict(zip(symbols, args, strict=True)), result, within)

    return function


class _OnRow:
    """A namespace for an n-ary operation whose arguments all lie in one array, on its first axes."""

    joined: Mapping[str, str] = {"add": "sum", "mul": "prod", "maximum": "max", "minimum": "min"}

    def __init__(self, xp: Any, axes: int) -> None:
        self.xp = xp
        self.axes = axes

    def reduce(self, function: Callable[[Any, Any], Any], xs: Sequence[Any]) -> Any:
        """Join all arguments by one call where there is one; dozens, one by one, take XLA seconds to read."""
        (row,) = xs
        joined = self.joined.get(function.__name__)
        if joined:
            return getattr(self.xp, joined)(row, tuple(range(self.axes)))
        return functools.reduce(function, row.reshape(-1, *row.shape[self.axes :]))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.xp, name)


class JaxProgram:
    """A program under `jax.jit`, for every size of batch.

    With `shard` the examples lie on as many devices as divide them evenly. Under `jax.distributed` all
    processes make the same calls, each with its own, equally large part of the batch, and all get the mean
    over the whole; a function that returns rows gives each process those of its part.

    On CPUs JAX reads and writes subnormal numbers, below 2.3e-308 in float64, as zero.
    """

    def __init__(self, program: Program, dtype: np.dtype[Any], shard: bool) -> None:
        import jax

        self.jax = jax
        written = source(program)
        self.rows = written.rows
        self.dtype = dtype
        self.shard = shard
        # By default a GPU multiplies float32 matrices in TF32, whose numbers have 10 bits in place of 23.
        in_full = jax.default_matmul_precision("highest")
        platform = jax.default_backend()
        replay = load(
            written, _Namespace(program.exact), dtype, computed_once(program) if platform == "cpu" else ()
        )
        self.replay = in_full(replay)
        self._compile(OPTIONS.get(platform))

    def _compile(self, options: dict[str, str | bool] | None) -> None:
        self.options = options
        self.function = self.jax.jit(self.replay, compiler_options=options)

    def run(self, arguments: Sequence[Numbers], vector: Numbers) -> tuple[Numbers, bool]:
        """Return the results for a batch as `Run` says.

        Raises TypeError if JAX computes in another precision, ValueError if processes that share a batch have
        parts of different sizes or different parameters.
        """
        with self.jax.enable_x64(self.dtype == np.float64):  # for this call, and not for other users of JAX
            try:
                found = self._results(arguments, vector)
            except self.jax.errors.JaxRuntimeError:
                if self.options is None:
                    raise
                self._compile(None)
                found = self._results(arguments, vector)
        if found.dtype != self.dtype:
            raise TypeError(f"JAX computed in {found.dtype}, expected {self.dtype}")
        with np.errstate(all="ignore"):
            return found, isfinite(np.add.reduce(found, None))

    def _results(self, arguments: Sequence[Numbers], vector: Numbers) -> Numbers:
        shard = self.shard and arguments  # without a batch there is nothing to share out
        return np.array(self._sharded(arguments, vector) if shard else self.function(*arguments, vector))

    def _sharded(self, arguments: Sequence[Numbers], vector: Numbers) -> Any:
        if self.rows or self.jax.process_count() == 1:
            return self.function(*self._placed(arguments, vector, [self.jax.process_index()]))
        self._agree(len(arguments[0]), vector)
        placed = self._placed(arguments, vector, range(self.jax.process_count()))
        return self.jax.device_put(self.function(*placed), placed[-1].sharding)

    def _placed(self, arguments: Sequence[Numbers], vector: Numbers, processes: Sequence[int]) -> list[Any]:
        """Return the arguments split over devices of these processes, and the vector, whole on each."""
        jax = self.jax
        devices = [jax.local_devices(process_index=process) for process in processes]
        most = min(map(len, devices))
        each = next(count for count in range(most, 0, -1) if len(arguments[0]) % count == 0)
        mesh = jax.sharding.Mesh([device for own in devices for device in own[:each]], ("batch",))
        split = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("batch"))
        whole = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())
        place = jax.make_array_from_process_local_data
        return [*[place(split, argument) for argument in arguments], place(whole, vector)]

    def _agree(self, examples: int, vector: Numbers) -> None:
        """Raise ValueError, in every process, unless all have as many examples and the same parameters."""
        from jax.experimental.multihost_utils import process_allgather

        every = process_allgather(np.array([examples, crc32(vector.tobytes())], np.uint32))
        counts, checksums = every.T.tolist()
        if len(set(counts)) > 1:
            raise ValueError(f"every process needs the same number of examples, got {counts}")
        if len(set(checksums)) > 1:
            raise ValueError("every process needs the same parameters, got different ones")


class JaxBackend(Backend):
    """Programs as source under `jax.jit`, one for all sizes of batch."""

    can_shard = True

    def __init__(self, shard: bool = False) -> None:
        super().__init__(shard)
        self._made: WeakKeyDictionary[Program, JaxProgram] = WeakKeyDictionary()

    @classmethod
    def missing(cls) -> str:
        return "" if find_spec("jax") else "the extra jax: pip install 'glassgrad[jax]'"

    def bind(self, program: Program, batch: int, dtype: np.dtype[Any]) -> Run:
        if program not in self._made:
            self._made[program] = JaxProgram(program, dtype, self.shard)
        return self._made[program].run


class _Namespace:
    """jax.numpy under the names that the table uses, with what it keeps elsewhere.

    Where its own functions give a zero another sign than those of `autograd.scalar`, it gives theirs.
    """

    reduce = staticmethod(functools.reduce)

    def __init__(self, exact: bool = True) -> None:
        self._exact = exact

    def sum(self, x: Any, axis: tuple[int, ...]) -> Any:
        """Return the sum along axes; that of −0 alone is −0 in exact programs, where its sign decides."""
        total = self._numpy.sum(x, axis)
        if not self._exact:
            return total
        return self.where(self.all(self.signbit(x), axis), -self.abs(total), total)  # XLA begins with 0

    def sign(self, x: Any) -> Any:
        """Return -1, 0 or 1; nan stays."""
        return self.where(x == 0.0, 0.0, self._numpy.sign(x))  # XLA would leave + 0 out

    def mod(self, x: Any, y: Any) -> Any:
        """Return x % y, whose zero has the sign of y."""
        left = self._numpy.mod(x, y)
        return self.where(left == 0.0, self.copysign(0.0, y), left)

    def floor_divide(self, x: Any, y: Any) -> Any:
        """Return x // y, whose zero has the sign of x / y."""
        whole = self._numpy.floor_divide(x, y)
        return self.where(whole == 0.0, self.copysign(0.0, x / y), whole)

    @staticmethod
    def sliding_window_view(x: Any, window_shape: int | tuple[int, ...], axis: int | tuple[int, ...]) -> Any:
        """Return what NumPy's function of that name does, for axes side by side: each window on last axes."""
        import jax.numpy

        counts, axes = np.atleast_1d(window_shape).tolist(), np.atleast_1d(axis).tolist()
        at: list[Any] = [slice(None)] * x.ndim
        for n, (count, along) in enumerate(zip(counts, axes, strict=True)):
            places, inside = [1] * (2 * len(axes)), [1] * (2 * len(axes))
            places[n], inside[n + len(axes)] = -1, -1
            at[along] = np.arange(x.shape[along] - count + 1).reshape(places) + np.arange(count).reshape(
                inside
            )
        # All in one gather, which XLA fuses with what reads it. Its axes stand where the first was.
        last = axes[-1] + len(axes)
        return jax.numpy.moveaxis(x[tuple(at)], range(last - len(axes) + 1, last + 1), range(-len(axes), 0))

    @property
    def _numpy(self) -> Any:
        import jax.numpy

        return jax.numpy

    def __getattr__(self, name: str) -> Any:
        import jax.scipy.special

        if name == BARRIER:
            return jax.lax.optimization_barrier
        return getattr(jax.scipy.special if name in ("erf", "erfc") else self._numpy, name)
