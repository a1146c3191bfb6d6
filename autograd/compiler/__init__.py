"""Write scalars once, replay at matrix speed: `compile` records a function and finds its matrices.

record (the function and its gradient, as scalars) → arrays (the matrices among them) → backends
(NumPy, JAX, C). In what a result may differ from that of the engine is the list of rewrites in
`record.sums_of_products`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.compiler.record.tracer import TraceError
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.compiler.compiled import Compiled

__all__ = ["TraceError", "compile"]


def compile(
    fn: Callable[..., Any],
    params: Iterable[Value] | Mapping[str, Value] = (),
    backend: str = "numpy",
    dtype: str = "float64",
    reduction: str = "mean",
    shard: bool = False,
    shared: Sequence[str] = (),
) -> Compiled:
    """Return `fn`, a function of one example's scalars, as a function of a whole batch.

    `fn` takes numbers or nested lists of them and is written as for Values. It is recorded at the first
    call for a shape: what it reads from outside is frozen then, except `params`, leaf Values that are
    read at every call; given by name, as in dict(model.named_parameters()), they are so called in
    `source`. So it may not ask for the number of an argument, of a parameter or of what is made from them
    (TraceError names the line); what is made under `no_grad` passes on no gradient. Derivatives along
    arguments that are not shared, and Hessians, are recorded at their own first call. The latest 100
    recordings are kept. `backend` is "numpy", "jax", "native" (C, which takes a compiler), or "auto":
    native where it can be, else numpy. `dtype` is "float64" or "float32". A scalar result is averaged
    over the batch, or summed with reduction="sum"; a list gives an array with one row for every example.
    With `shard`, JAX splits the batch over all its devices. `shared` names arguments that have no batch
    axis, as in_axes=None does in jax.vmap: numbers or lists that are the same for every example, given by
    position or by name, and may change from call to call.

    Raises ValueError for an unknown backend, dtype or reduction, for parameters that are not distinct
    leaves, and for a name in `shared` that comes twice or that the function does not have; TypeError for
    parameters that are not Values, or in a set, which has no order.
    """
    from autograd.compiler.compiled import Compiled  # needs NumPy, which the engine itself does not

    return Compiled(fn, params, backend, dtype, reduction, shard, shared)
