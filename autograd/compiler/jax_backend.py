"""Running an array program with JAX: its source, compiled by XLA for whatever devices there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.source import FUNCTIONS, Source

Numbers = NDArray[Any]


def load(source: Source, xp: Any, dtype: np.dtype[Any]) -> Callable[..., Any]:
    """Return the function that the source defines, over the arrays of a namespace such as `jax.numpy`."""
    names: dict[str, Any] = {name: getattr(xp, name) for name in FUNCTIONS}
    for name, numbers in source.tables.items():
        names[name] = numbers if numbers.dtype.kind == "i" else numbers.astype(dtype)
    for name, op in source.functions.items():
        names[name] = lambda *args, impl=op.impl: impl(xp, *args)
    exec(source.text, names)  # our own text: names of arguments and parameters in it are identifiers
    return names["replay"]  # type: ignore[no-any-return]


class JaxProgram:
    """A program under `jax.jit`, for every size of batch.

    With `shard` the batch is split over all devices, of all processes under `jax.distributed`, each of which
    then passes its own part; a batch that does not divide by their number runs on each as a whole.
    Raises ImportError, with the remedy, where JAX is not installed.
    """

    def __init__(self, source: Source, dtype: np.dtype[Any], shard: bool) -> None:
        try:
            import jax
        except ImportError:
            raise ImportError("backend='jax' needs JAX: pip install jax") from None
        self.jax = jax
        self.dtype = dtype
        self.shard = shard
        self.function = jax.jit(load(source, _Namespace(), dtype))

    def run(self, arguments: Sequence[Numbers], vector: Numbers) -> Numbers:
        """Return the results for a batch; raises TypeError if JAX computes in another precision."""
        with self.jax.enable_x64(self.dtype == np.float64):
            if self.shard:
                results = self._sharded(arguments, vector).addressable_data(0)
            else:
                results = self.function(*arguments, vector)
            found = np.asarray(results)
        if found.dtype != self.dtype:
            raise TypeError(f"JAX computed in {found.dtype}, expected {self.dtype}")
        return found.copy()

    def _sharded(self, arguments: Sequence[Numbers], vector: Numbers) -> Any:
        sharding = self.jax.sharding
        mesh = sharding.Mesh(np.array(self.jax.devices()), ("batch",))
        everywhere = sharding.NamedSharding(mesh, sharding.PartitionSpec())
        split = sharding.NamedSharding(mesh, sharding.PartitionSpec("batch"))
        examples = len(arguments[0]) * self.jax.process_count()
        over = split if examples % mesh.size == 0 else everywhere
        place = self.jax.make_array_from_process_local_data
        placed = [place(over, argument) for argument in arguments]
        return self.jax.device_put(self.function(*placed, place(everywhere, vector)), everywhere)


class _Namespace:
    """jax.numpy under the names that the table uses, with what it keeps elsewhere."""

    def __getattr__(self, name: str) -> Any:
        import jax.numpy
        import jax.scipy.special

        return getattr(jax.scipy.special if name in ("erf", "erfc") else jax.numpy, name)
