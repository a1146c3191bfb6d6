"""The losses and their gradients beside those of optax, in float64."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, value_and_grad

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")

SCORES = [-900.0, -3.5, -0.25, 0.5, 2.0, 700.0]
TARGETS = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0]
SHARES = [0.0, 1.0, 0.25, 1.0, 0.0, 1.0]


def of_classes(logits: Any, shares: Any) -> Any:
    """Return the cross-entropy of two rows of three logits, whose classes are 2 and 0."""
    return optax.losses.softmax_cross_entropy_with_integer_labels(
        logits.reshape(2, 3), jax.numpy.array([2, 0])
    )


PAIRS = {
    "half mse": (nn.half_mse, lambda p, t: optax.losses.l2_loss(p, t), TARGETS),
    "huber": (nn.huber, lambda p, t: optax.losses.huber_loss(p, t, delta=1.0), TARGETS),
    "hinge": (
        lambda p, t: nn.hinge(p, [int(x) for x in t]),
        lambda p, t: optax.losses.hinge_loss(p, t),
        TARGETS,
    ),
    "binary cross-entropy": (
        nn.binary_cross_entropy_with_logits,
        lambda p, t: optax.losses.sigmoid_binary_cross_entropy(p, t),
        SHARES,
    ),
    "cross-entropy": (
        lambda p, t: nn.cross_entropy([p[:3], p[3:]], [2, 0]),
        of_classes,
        SHARES,
    ),
}


@pytest.mark.parametrize(("ours", "theirs", "targets"), PAIRS.values(), ids=PAIRS)
def test_values_and_gradients_are_those_of_optax(
    ours: Callable[..., Value], theirs: Callable[..., Any], targets: list[float]
) -> None:
    value, gradient = value_and_grad(lambda scores: ours(scores, targets))(SCORES)
    with jax.enable_x64(True):
        of_mean = jax.value_and_grad(lambda scores: theirs(scores, jax.numpy.array(targets)).mean())
        expected, slopes = of_mean(jax.numpy.array(SCORES))
        assert value == pytest.approx(float(expected), rel=1e-12)
        assert gradient == pytest.approx(np.asarray(slopes), rel=1e-12, abs=1e-300)
