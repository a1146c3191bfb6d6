"""Programs that `test_jax.py` runs in processes of their own, for JAX counts its devices once, at the start.

python -m tests.autograd.compiler.sharing devices
python -m tests.autograd.compiler.sharing processes PORT RANK
"""

import os
import re
import sys

import numpy as np
import pytest

from autograd import Value, compile, dot, tanh
from tests.autograd.compiler.closeness import assert_close

PARAMS = [Value(x, label=f"w{n}") for n, x in enumerate((0.5, -1.25, 2.0, 0.75))]
EXAMPLES = np.random.default_rng(0).normal(size=(24, 3))


def loss(x):
    return tanh(dot(PARAMS[:3], x, PARAMS[3])) ** 2 + PARAMS[0] * PARAMS[0]


def rows(x):
    return [loss(x), x[0]]


def same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other)


def devices():
    """Hold 8 devices against one, with batches that divide by 8 and that do not."""
    os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"
    one, many = [compile(loss, PARAMS, backend="jax", shard=shard) for shard in (False, True)]
    for count, used in ((16, 8), (24, 8), (12, 6), (7, 7), (1, 1)):
        batch = EXAMPLES[:count]
        same(many.value_and_grad(batch), one.value_and_grad(batch))
        placed = arguments_of(many, batch)
        assert len(placed[0].sharding.device_set) == used, placed[0].sharding
        assert {shard.data.shape for shard in placed[0].addressable_shards} == {(count // used, 3)}
        assert len(placed[1].sharding.device_set) == used
        assert placed[1].is_fully_replicated
    assert_close(compile(rows, PARAMS, backend="jax", shard=True)(EXAMPLES), compile(rows, PARAMS)(EXAMPLES))


def arguments_of(step, batch):
    """Return the arrays that a step hands to JAX for a batch it has seen."""
    trace = step._last()
    program = trace._bound[trace.program()][len(batch)].__self__
    function, seen = program.function, []
    program.function = lambda *args: (seen.extend(args), function(*args))[1]
    step.value_and_grad(batch)
    program.function = function
    return seen


def processes(port, rank):
    """Share a step with another process, and be refused where the two do not fit together."""
    import jax

    rank = int(rank)
    jax.distributed.initialize(f"127.0.0.1:{port}", 2, rank)
    halves = np.split(EXAMPLES, 2)
    step = compile(loss, PARAMS, backend="jax", shard=True)
    same(step.value_and_grad(halves[rank]), compile(loss, PARAMS).value_and_grad(EXAMPLES))
    assert_close(
        compile(rows, PARAMS, backend="jax", shard=True)(halves[rank]), compile(rows, PARAMS)(halves[rank])
    )
    refused(lambda: step(EXAMPLES[: 5 + rank]), "the same number of examples, got [5, 6]")
    PARAMS[0].data = float(rank)
    refused(lambda: step(halves[rank]), "the same parameters, got different ones")


def refused(call, message):
    with pytest.raises(ValueError, match=re.escape(f"every process needs {message}")):
        call()


if __name__ == "__main__":
    os.environ["JAX_PLATFORMS"] = "cpu"  # also where there is one graphics processor, which two cannot share
    {"devices": devices, "processes": processes}[sys.argv[1]](*sys.argv[2:])
