"""Inside `detect_anomaly` a compiled call blames what made its result nan or infinite, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from autograd import (
    AnomalyError,
    Value,
    compile,
    detach,
    detect_anomaly,
    grad,
    jvp,
    log,
    no_grad,
    softmax,
    sqrt,
    where,
)

w = Value(2.0, label="w")


def log_or_0(x: Any) -> Any:
    """Return log(x), and 0 where that is nan."""
    return where(x > 0, log(x), 0.0)


def unrecorded(x: Any) -> Any:
    with no_grad():
        return log(x) * 1.0


def roots(x: Any) -> Any:
    """Have no gradient at x = -1 alone."""
    return where(x > 0, sqrt(x), 0.0) + sqrt(w * x + 2)


@pytest.mark.parametrize(
    ("function", "xs", "told"),
    [
        (lambda x: log_or_0(x) * w / (x - 3), [-1.0, 1.0, 3.0], r"example 2, .* / \(x - 3\) = inf"),
        (lambda x: [log_or_0(x), w / (x - 3)], [-1.0, 1.0, 3.0], r"example 2, w / \(x - 3\) = inf"),
        (lambda x: log_or_0(x) / (x + 1), [-2.0, -1.0], r"example 1, .* / \(x \+ 1\) = nan"),
        (lambda x: 1 / (w / x) + log(x + 1), [0.0, -1.0], r"example 1, log\(x \+ 1\) = -inf"),
        (lambda x: 1 / (w / x) + log(x), [0.0], r"example 0, log\(x\) = -inf"),
        (lambda x: w * detach(log(x)), [1.0, -1.0], r"example 1, log\(x\) = nan"),
        (lambda x: w * unrecorded(x), [1.0, -1.0], r"example 1, log\(x\) = nan"),
        (lambda x: w * softmax([log(x), w])[0], [1.0, -1.0], r"example 1, log\(x\) = nan"),
        (lambda x: w * grad(sqrt)(x), [1.0, 0.0], "example 1, the gradient of .* becomes inf in sqrt"),
        (lambda x: w * jvp(sqrt, [x], [1.0])[1], [1.0, 0.0], "example 1, the rate of change of sqrt"),
        (
            lambda x: where(x > 0, grad(sqrt)(x), 0.0) + log(x + 1),
            [0.0, -1.0],
            r"example 1, log\(x \+ 1\) = -inf",
        ),
    ],
)
def test_what_passes_to_a_result_alone_is_blamed_for_it(
    function: Callable[[Any], Any], xs: list[float], told: str
) -> None:
    step = compile(function, [w])
    with detect_anomaly(), pytest.raises(AnomalyError, match=f"in {told}"):
        step(xs)


@pytest.mark.parametrize("method", ["grad", "hessian", "argument_grads"])
def test_what_passes_to_a_gradient_alone_is_blamed_for_it(method: str) -> None:
    told = r"in example 2, the gradient of .* \+ 2 = 0\.0 becomes inf in sqrt"
    with detect_anomaly(), pytest.raises(AnomalyError, match=told):
        getattr(compile(roots, [w]), method)([-0.5, 0.0, -1.0])


def test_a_slope_along_what_is_not_differentiated_is_not_blamed() -> None:
    step = compile(lambda x, t: sqrt(2 - t) + t * sqrt(x), [], shared=["t"])
    told = r"in example 0, the gradient of 2 - t = 0\.0 becomes inf in sqrt"
    with detect_anomaly():
        assert step.argument_grads([1.0], 1.0)["t"] == 0.5
        with pytest.raises(AnomalyError, match=r"in example 1, the gradient of x = 0\.0 becomes inf in sqrt"):
            step.argument_grads([1.0, 0.0], 1.0)
    parameter = Value(2.0)
    step = compile(lambda x: sqrt(2 - parameter) + parameter * sqrt(x), [parameter])
    with detect_anomaly(), pytest.raises(AnomalyError, match=told.replace("t =", "2 =")):
        step.grad([0.0])
