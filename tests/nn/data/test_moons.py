"""The two moons."""

from collections import Counter
from math import hypot, inf

import pytest

from nn import moons


def test_moons_without_noise_are_two_half_circles() -> None:
    data = moons(101, noise=0.0)
    assert Counter(data.targets) == {0: 51, 1: 50}
    for (x, y), moon in zip(data.features, data.targets, strict=True):
        centre_x, centre_y = (0.0, 0.0) if moon == 0 else (1.0, 0.5)
        assert hypot(x - centre_x, y - centre_y) == pytest.approx(1.0)
        assert y >= 0 if moon == 0 else y <= 0.5
    assert data.features[0] == [1.0, 0.0]
    assert data.features[50] == pytest.approx([-1.0, 0.0])
    assert data.features[51] == pytest.approx([0.0, 0.5])


def test_moons_scatter_by_the_noise_and_depend_on_the_seed_alone() -> None:
    clean, noisy = moons(1000, noise=0.0), moons(1000, noise=0.2)
    offsets = [
        a - b for p, q in zip(noisy.features, clean.features, strict=True) for a, b in zip(p, q, strict=True)
    ]
    assert sum(offset**2 for offset in offsets) / len(offsets) == pytest.approx(0.04, rel=0.1)
    assert moons(seed=3) == moons(seed=3)
    assert moons(seed=3) != moons(seed=4)


def test_moons_that_cannot_be_drawn_are_refused() -> None:
    with pytest.raises(ValueError, match="n must be 4 or more, got 3"):
        moons(3)
    with pytest.raises(ValueError, match=r"0 or more and finite, got -0\.1"):
        moons(noise=-0.1)
    with pytest.raises(ValueError, match="noise must be 0 or more and finite, got inf"):
        moons(noise=inf)  # the points were at infinity
