"""What a function keeps of its recording is of no use once it has returned."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import nn
from autograd import TraceError, Value, compile, grad, hessian, sin, vjp, where
from autograd.compiler.record.tracer import Tracer


class Count(nn.Module):
    """Keep what it has computed, half of which comes again at the next call."""

    def __init__(self) -> None:
        self.w = Value(2.0)
        self.h: Any = 0.0

    def __call__(self, x: Any) -> Any:
        self.h = self.w * x + 0.5 * self.h
        return self.h


USES: dict[str, Callable[[Count], Any]] = {
    "an operation": lambda count: sin(count.h),
    "a product with a Value": lambda count: Value(3.0) * count.h,
    "a comparison": lambda count: count.h > 1.0,
    "a choice": lambda count: where(count.h, 1.0, 2.0),
    "a gradient": lambda count: grad(lambda a: a * count.h)(2.0),
    "a second derivative": lambda count: hessian(lambda a: a * count.h)(2.0),
    "a gradient of it": lambda count: grad(lambda a: count.h)(2.0),
    "a gradient along it": lambda count: vjp(sin, count.h),
    "many products": lambda count: nn.Linear(1, 2)([count.h]),
    "its number": lambda count: float(count.h),
    "its data": lambda count: count.h.data,
    "a prediction": lambda count: nn.predict(count, [1.0]),
    "a prediction of it": lambda count: nn.predict(lambda x: [count.h], [[1.0]]),
    "a deep copy": copy.deepcopy,
    "a pickle": pickle.dumps,
}


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("use", USES)
def test_a_recorded_scalar_that_is_kept_is_refused(use: str, fails: bool) -> None:
    count = Count()
    step = compile(lambda x: [count(x)] if not fails else float(count(x)), count.parameters())
    if fails:
        with pytest.raises(TraceError, match=r"takes float\(\) of"):
            step([1.0])
    else:
        step([1.0])
    recorded = len(count.h.recording)
    with pytest.raises(TraceError, match=r"is used outside the function .* such as a model, has kept it"):
        USES[use](count)
    assert len(count.h.recording) == recorded


def test_what_is_compiled_later_goes_on_with_the_recording() -> None:
    count = Count()
    step = compile(lambda x: where(x > 0, count(x) ** 0.5, 0.0), count.parameters())
    assert step([8.0]) == 4.0
    value, gradient = step.value_and_grad([8.0])
    assert (value, gradient.tolist()) == (4.0, [1.0])
    assert step.grad([-1.0, 8.0]).tolist() == [0.5]  # by the exact program, for a root of -2 is among it
    assert type(count.h) is Tracer
    count.h = 0.0
    assert nn.predict(count, [1.0]) == [2.0]


@pytest.mark.parametrize("used", [lambda x, kept: x * kept, lambda x, kept: kept * x, lambda x, kept: kept])
def test_a_scalar_does_not_outlive_its_recording(used: Callable[[Any, Any], Any]) -> None:
    kept = []
    step = compile(lambda x, *, n: (kept.append(x), used(x, kept[0]))[1])
    step([1.0], n=1)
    with pytest.raises(TraceError, match="used outside the function it was recorded in"):
        step([1.0], n=2)
