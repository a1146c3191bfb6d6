"""Two moons: the smallest set of points that no straight line can part."""

from __future__ import annotations

from math import cos, pi, sin

from nn.data.dataset import Dataset
from nn.seed import Seed, generator
from nn.sizes import require_at_least, require_positive


def moons(n: int = 100, noise: float = 0.1, *, seed: Seed = 0) -> Dataset:
    """Return `n` points on two interleaved half circles of radius 1, class 0 the upper and 1 the lower.

    `noise` is the standard deviation of the normal scatter added to both coordinates. The shape is that of
    scikit-learn's make_moons. Raises ValueError for fewer than 4 points and for a noise that is
    negative or infinite.
    """
    require_at_least(4, n=n)
    require_positive("noise", noise, or_0=True)
    rng = generator(seed)
    labels = [0] * (n - n // 2) + [1] * (n // 2)
    features = []
    for label in (0, 1):
        count = labels.count(label)
        for i in range(count):
            angle = pi * i / (count - 1)
            x, y = (cos(angle), sin(angle)) if label == 0 else (1 - cos(angle), 0.5 - sin(angle))
            features.append([x + rng.gauss(0, noise), y + rng.gauss(0, noise)])
    return Dataset(features, labels, ["x", "y"], "moon", ["upper", "lower"])
