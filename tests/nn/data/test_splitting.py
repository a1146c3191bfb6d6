"""Datasets cut in two, in three, and in folds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import DataError, Dataset, house, iris, k_fold, split, train_validation_test


def classes(*counts: int) -> Dataset:
    targets = [label for label, count in enumerate(counts) for _ in range(count)]
    names = [f"class {label}" for label in range(len(counts))]
    return Dataset([[float(i)] for i in range(len(targets))], targets, ["x"], "y", names)


@given(st.lists(st.integers(2, 90), min_size=2, max_size=4), st.floats(0.01, 0.99), st.integers(0, 99))
def test_a_split_keeps_every_row_once_and_both_parts_have_every_class(
    counts: list[int], share: float, seed: int
) -> None:
    data = classes(*counts)
    train, held_out = split(data, share, seed=seed)
    assert sorted([*train.features, *held_out.features]) == data.features
    for label, count in enumerate(counts):
        taken = held_out.targets.count(label)
        assert abs(taken - share * count) <= 1
        assert 1 <= taken < count
    for part in (train, held_out):
        assert part.features == sorted(part.features)
        assert all(
            data.targets[int(x)] == target for (x,), target in zip(part.features, part.targets, strict=True)
        )


@given(st.lists(st.integers(2, 20), min_size=2, max_size=4), st.floats(0.5, 1.0), st.integers(0, 99))
def test_rows_with_the_share_of_each_class_are_cut_as_their_classes_are(
    counts: list[int], share: float, seed: int
) -> None:
    data = classes(*counts)
    shares = [[share if k == t else 0.1 for k in range(len(counts))] for t in data.targets]
    for targets in (shares, list(map(tuple, shares)), np.array(shares)):
        rows = replace(data, targets=targets)
        cuts = [split, lambda data, seed: next(k_fold(data, 2, seed=seed))]
        for cut in cuts:
            for part, expected in zip(cut(rows, seed=seed), cut(data, seed=seed), strict=True):
                assert part.features == expected.features


@given(st.lists(st.integers(0, 3).filter(lambda count: count != 1), min_size=1, max_size=4).filter(any))
def test_a_class_without_rows_is_no_hindrance(counts: list[int]) -> None:
    train, held_out = split(classes(*counts))
    assert {*train.targets} == {*held_out.targets} == {label for label, count in enumerate(counts) if count}
    with pytest.raises(DataError, match="the data has 0, not 2 or more"):
        split(classes(*counts).rows([]))


@pytest.mark.parametrize("target", [-1, 2, 0.5, float("nan"), "a", None, [1.0], [0.0, 0.0, 1.0]])
def test_a_target_of_no_class_is_refused(target: Any) -> None:
    data = replace(classes(2, 2), targets=[0, 0, 1, target])
    for cut in (split, lambda data: next(k_fold(data, 2)), train_validation_test):
        with pytest.raises(DataError, match=r"^row 3: the target .* is none of 2 classes: give the index"):
            cut(data)


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


def test_three_parts_share_out_every_row_and_every_class() -> None:
    parts = train_validation_test(iris(), 0.2, 0.1, seed=4)
    assert [len(part) for part in parts] == [105, 30, 15]
    assert [Counter(part.targets) for part in parts] == [Counter({0: n, 1: n, 2: n}) for n in (35, 10, 5)]
    rows = [(*row, target) for part in parts for row, target in zip(part.features, part.targets, strict=True)]
    assert sorted(rows) == sorted((*row, t) for row, t in zip(iris().features, iris().targets, strict=True))
    assert train_validation_test(iris(), seed=4) == train_validation_test(iris(), seed=4)
    assert train_validation_test(iris(), seed=4) != train_validation_test(iris(), seed=5)


@given(st.lists(st.integers(1, 12), min_size=2, max_size=4), st.floats(0.05, 0.45), st.floats(0.05, 0.54))
def test_three_parts_need_three_rows_of_each_class(counts: list[int], validation: float, test: float) -> None:
    short = next(((label, count) for label, count in enumerate(counts) if count < 3), None)
    if short is not None:
        with pytest.raises(DataError, match="class 'class {}' has {}, not 3 or more".format(*short)):
            train_validation_test(classes(*counts), validation, test)
    else:
        for part in train_validation_test(classes(*counts), validation, test):
            assert {*part.targets} == {*range(len(counts))}


def test_three_parts_that_leave_nothing_to_learn_from_are_refused() -> None:
    with pytest.raises(ValueError, match=r"leave some rows to learn from, got 0\.5 and 0\.5"):
        train_validation_test(iris(), 0.5, 0.5)
    with pytest.raises(ValueError, match=r"between 0 and 1, got 0\.0"):
        train_validation_test(iris(), 0.2, 0.0)


@given(st.lists(st.integers(1, 30), min_size=2, max_size=4), st.integers(2, 5), st.integers(0, 99))
def test_every_row_is_held_out_in_one_fold_and_folds_are_alike(counts: list[int], k: int, seed: int) -> None:
    data = classes(*counts, k)
    folds = list(k_fold(data, k, seed=seed))
    assert len(folds) == k
    assert sorted(row for _, held_out in folds for row in held_out.features) == data.features
    for train, held_out in folds:
        assert sorted([*train.features, *held_out.features]) == data.features
        assert held_out.features == sorted(held_out.features)
        assert abs(len(held_out) - len(data) / k) < 1
        for label, count in enumerate(counts):
            assert abs(held_out.targets.count(label) - count / k) < 1


def test_folds_of_quantities_depend_on_the_seed_alone() -> None:
    assert [len(held_out) for _, held_out in k_fold(house(), 3)] == [3, 2, 2]
    assert list(k_fold(house(), 3, seed=1)) == list(k_fold(house(), 3, seed=1))
    assert list(k_fold(house(), 3, seed=1)) != list(k_fold(house(), 3, seed=2))


def test_folds_that_cannot_be_made_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="k must be 2 or more, got 1"):
        k_fold(iris(), 1)
    with pytest.raises(DataError, match="too few rows for 8 folds: 7"):
        k_fold(house(), 8)
