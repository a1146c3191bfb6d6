"""From an array program to something that runs, by the backend of a name: here they are told apart."""

from __future__ import annotations

from autograd.compiler.backends.auto import AutoBackend
from autograd.compiler.backends.backend import Backend
from autograd.compiler.backends.jax_program import JaxBackend
from autograd.compiler.backends.native.program import NativeBackend
from autograd.compiler.backends.numpy.program import NumpyBackend

BACKENDS: dict[str, type[Backend]] = {
    "numpy": NumpyBackend,
    "jax": JaxBackend,
    "native": NativeBackend,
    "auto": AutoBackend,
}
"""Every backend, by the name that `compile` is given."""


def backend_named(name: str, shard: bool) -> Backend:
    """Return the backend of a name, which shares each batch among devices if it shall `shard`.

    Raises ValueError for an unknown name or one that cannot share, ImportError where something is missing.
    """
    kind = BACKENDS.get(name)
    if kind is None:
        raise ValueError(f"backend must be one of {', '.join(map(repr, BACKENDS))}, got {name!r}")
    if shard and not kind.can_shard:
        able = " or ".join([f"backend={other!r}" for other, kind in BACKENDS.items() if kind.can_shard])
        raise ValueError(f"only {able} shares a batch among devices, got {name!r}")
    if missing := kind.missing():
        raise ImportError(f"backend={name!r} needs {missing}")
    return kind(shard)
