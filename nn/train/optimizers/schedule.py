"""Schedules: the learning rate of each epoch, counted from 0. A schedule is a function of the epoch alone.

So nothing has to be remembered, and a resumed training finds its rate. `fit(…, schedule=…)` asks for it;
any other function from epoch to rate is as good. Rates and lengths must be positive, or ValueError is raised.
Unlike a function made on the spot, those here can be pickled.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import cos, inf, pi
from typing import Any, TypeAlias

from nn.sizes import require_positive

Schedule: TypeAlias = Callable[[int], float]


_positive = partial(require_positive, "the numbers of a schedule")
_last = partial(require_positive, "the last rate", or_0=True)


def constant(lr: float) -> Schedule:
    """Keep the rate as it is."""
    return partial(_constant, _positive(lr))


def _constant(lr: float, epoch: int) -> float:
    return lr


def step(lr: float, step_size: int, gamma: float = 0.1) -> Schedule:
    """Multiply the rate by `gamma` every `step_size` epochs: lr · gamma^⌊epoch / step_size⌋."""
    _positive(step_size)
    return partial(_step, _positive(lr), step_size, _positive(gamma))


def _step(lr: float, step_size: int, gamma: float, epoch: int) -> float:
    try:
        return lr * gamma ** (epoch // step_size)
    except OverflowError:
        return inf


def exponential(lr: float, gamma: float) -> Schedule:
    """Multiply the rate by `gamma` every epoch: lr · gamma^epoch."""
    return step(lr, 1, gamma)


def cosine(lr: float, epochs: int, end: float = 0.0) -> Schedule:
    """Fall from `lr` to `end` within `epochs` along half a cosine, and stay there.

    end + ½(lr − end)(1 + cos(π · epoch / epochs)): Loshchilov and Hutter, SGDR (2017), 5, without restarts.
    """
    _positive(epochs)
    return partial(_cosine, _positive(lr), epochs, _last(end))


def _cosine(lr: float, epochs: int, end: float, epoch: int) -> float:
    return end + 0.5 * (lr - end) * (1 + cos(pi * min(epoch / epochs, 1)))


def linear(lr: float, epochs: int, end: float = 0.0) -> Schedule:
    """Go from `lr` to `end` within `epochs` in equal steps, and stay there."""
    _positive(epochs)
    return partial(_linear, _positive(lr), epochs, _last(end))


def _linear(lr: float, epochs: int, end: float, epoch: int) -> float:
    return lr + (end - lr) * min(epoch / epochs, 1)


def warmup(schedule: Schedule, epochs: int) -> Schedule:
    """Climb to the first rate of `schedule` in `epochs` equal steps, then follow it from its beginning.

    Goyal et al., Accurate, large minibatch SGD (2017), §2.2.
    """
    require_made(schedule)
    _positive(epochs)
    return partial(_warmup, schedule, epochs)


def _warmup(schedule: Schedule, epochs: int, epoch: int) -> float:
    return schedule(epoch - epochs) if epoch >= epochs else schedule(0) * (epoch + 1) / (epochs + 1)


MAKERS: tuple[Any, ...] = (constant, step, exponential, cosine, linear, warmup)


def require_made(schedule: Schedule) -> None:
    """Raise TypeError for a function that makes schedules in place of a schedule."""
    if schedule in MAKERS:
        name = f"nn.schedule.{schedule.__name__}"
        raise TypeError(f"a schedule is a function of the epoch, and {name} makes one: call it, {name}(…)")
