"""Datasets cut in two, and the two moons."""

from __future__ import annotations

from collections import Counter
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import DataError, Dataset, house, iris, moons, split


def classes(*counts: int) -> Dataset:
    targets = [label for label, count in enumerate(counts) for _ in range(count)]
    names = [f"class {label}" for label in range(len(counts))]
    return Dataset([[float(i)] for i in range(len(targets))], targets, ["x"], "y", names)


def test_rows_come_in_the_order_asked_for() -> None:
    data = house().rows([2, 0])
    assert data.features == [[80], [50]]
    assert data.targets == [128, 85]
    assert data.feature_names == ["area"]
    assert len(data) == 2


@given(st.lists(st.integers(2, 90), min_size=2, max_size=4), st.floats(0.01, 0.99), st.integers(0, 99))
def test_a_split_keeps_every_row_once_and_both_parts_have_every_class(
    counts: list[int], share: float, seed: int
) -> None:
    data = classes(*counts)
    train, held_out = split(data, share, seed=seed)
    assert sorted(train.features + held_out.features) == data.features
    for label, count in enumerate(counts):
        taken = held_out.targets.count(label)
        assert abs(taken - share * count) <= 1
        assert 1 <= taken < count
    for part in (train, held_out):
        assert part.features == sorted(part.features)
        assert all(
            data.targets[int(x)] == target for (x,), target in zip(part.features, part.targets, strict=True)
        )


def test_iris_is_split_120_to_30_with_10_of_each_species_held_out() -> None:
    train, held_out = split(iris())
    assert len(train) == 120
    assert Counter(held_out.targets) == {0: 10, 1: 10, 2: 10}


def test_a_split_depends_on_the_seed_alone() -> None:
    assert split(iris(), seed=1) == split(iris(), seed=1)
    assert split(iris(), seed=1) != split(iris(), seed=2)


def test_quantities_are_split_as_a_whole() -> None:
    train, held_out = split(house(), 0.3)
    assert (len(train), len(held_out)) == (5, 2)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
def test_a_share_that_leaves_one_side_empty_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=f"between 0 and 1, got {share}"):
        split(house(), share)


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError, match="the data has 1, not 2 or more"):
        split(house().rows([0]))
    with pytest.raises(DataError, match="class 'class 1' has 1, not 2 or more"):
        split(classes(5, 1))


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
    with pytest.raises(ValueError, match="at least 4 points, got 3"):
        moons(3)
    with pytest.raises(ValueError, match=r"0 or more, got -0\.1"):
        moons(noise=-0.1)
