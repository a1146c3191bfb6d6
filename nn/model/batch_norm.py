"""Batch normalisation: each feature brought to mean 0 and variance 1 over the examples of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Value, sqrt
from autograd.commit import DATA, commit
from autograd.value import tracing
from nn.model.module import Buffer, Module
from nn.model.normalization import centered_and_variance
from nn.model.prediction import plain
from nn.model.shape import numbers_of, require_levels, shape
from nn.sizes import require_at_least


class BatchNorm1d(Module):
    """Bring each of `num_features` features to mean 0 and variance 1 over a batch, then scale and shift it.

    In training a batch, a list of examples, goes in and comes out; mean and variance (the biased one, `eps`
    added) are those of the batch, and `running_mean` and `running_var` (the unbiased one) move towards them
    by the part `momentum`. In evaluation these take their place, so that an example does not depend on its
    batch, and one example may go in alone. `fit` gives a model one example at a time, so that a loop of one's
    own trains it: `norm([layer(x) for x in batch])`. `weight` and `bias` are at first 1 and 0. Ioffe and
    Szegedy, Batch normalization (2015). Raises ValueError for fewer than one feature and a momentum outside
    [0, 1].
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        require_at_least(1, num_features=num_features)
        if not 0 <= momentum <= 1:
            raise ValueError(f"momentum must lie in [0, 1], got {momentum!r}")
        self.eps, self.momentum = float(eps), float(momentum)
        self.weight = [Value(1.0) for _ in range(num_features)]
        self.bias = [Value(0.0) for _ in range(num_features)]
        self.running_mean = [Buffer(0.0) for _ in range(num_features)]
        self.running_var = [Buffer(1.0) for _ in range(num_features)]

    def __call__(self, x: Sequence[Any]) -> list[Any]:
        """Return the batch `[example][feature]`, or in evaluation the example, normalised.

        Raises ValueError, with both numbers, for any other number of features; in training also for a single
        example, and while a function is recorded, where the running statistics could not follow. Raises
        TypeError for examples that are numbers, even where there is one feature.
        """
        sizes = shape(x)
        if len(sizes) > 2:
            require_levels(self, x, "[example][feature]")
        if self.training:
            return self._trained(x, sizes)
        if len(sizes) == 2:
            return [self._evaluated(example) for example in x]
        return self._evaluated(x)

    def _trained(self, batch: Sequence[Any], sizes: tuple[int, ...]) -> list[Any]:
        single = sizes in ((), (len(self.weight),))
        if single or sizes[0] < 2:
            got = "a single one" if single else f"a batch of {sizes[0]}"
            raise ValueError(
                f"{self!r} in training takes 2 or more examples at once, got {got}: give it a list, as in "
                "norm([layer(x) for x in batch]); after eval() one may go in alone"
            )
        batch = [numbers_of(self, len(self.weight), example, "features") for example in batch]
        if tracing.get() is not None:
            raise ValueError(
                f"{self!r} in training cannot be compiled: its statistics would stand still; call eval()"
            )
        count = len(batch)
        columns, means, variances = [], [], []
        for column, w, b in zip(zip(*batch, strict=True), self.weight, self.bias, strict=True):
            centered, mean, variance = centered_and_variance(column)
            scale = 1 / sqrt(variance + self.eps)
            columns.append([b + w * (scale * number) for number in centered])
            means.append(mean)
            variances.append(variance * (count / (count - 1)))
        running = [*self.running_mean, *self.running_var]
        fresh = [float(plain(number)) for number in (*means, *variances)]
        moved = [old.data + self.momentum * (new - old.data) for old, new in zip(running, fresh, strict=True)]
        commit((DATA, running, moved))
        return [list(example) for example in zip(*columns, strict=True)]

    def _evaluated(self, example: Sequence[Any]) -> list[Any]:
        numbers = numbers_of(self, len(self.weight), example, "features")
        scales = [1 / sqrt(variance.data + self.eps) for variance in self.running_var]
        parts = zip(numbers, self.running_mean, scales, self.weight, self.bias, strict=True)
        return [b + w * (scale * (number - mean.data)) for number, mean, scale, w, b in parts]

    def __repr__(self) -> str:
        return f"BatchNorm1d({len(self.weight)})"
