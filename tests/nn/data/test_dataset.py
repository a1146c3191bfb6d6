"""Rows of numbers: chosen, read from arrays, taken in batches; classes as rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import inf, nan
from random import Random
from typing import Any

import numpy as np
import pytest

from nn import DataError, Dataset, batches, from_arrays, house, iris, k_fold, one_hot, split
from tests.autograd.test_ordered import NUMBERS, ORDERED, UNORDERED


def test_rows_come_in_the_order_asked_for() -> None:
    data = house().rows([2, 0])
    assert data.features == [[80], [50]]
    assert data.targets == [128, 85]
    assert data.feature_names == ["area"]
    assert len(data) == 2


def test_numpy_arrays_and_lists_become_plain_numbers() -> None:
    data = from_arrays(np.array([[1, 2], [3, 4]]), np.array([0.5, 1.5]))
    assert data == from_arrays([[1.0, 2.0], [3.0, 4.0]], (0.5, 1.5), feature_names=["x1", "x2"])
    assert {type(x) for x in [*data.features[0], *data.targets]} == {float}
    assert (data.target_name, data.class_names) == ("y", None)
    data = from_arrays([[1]], np.array([1]), feature_names=["size"], target_name="kind", class_names="ab")
    assert (data.features, data.targets, data.feature_names) == ([[1.0]], [1], ["size"])
    assert type(data.targets[0]) is int
    assert data.class_names == ["a", "b"]


def test_targets_may_be_text_or_several_numbers() -> None:
    data = from_arrays([[1], [2], [3]], ["b", "a", "b"])
    assert (data.targets, data.class_names) == ([1, 0, 1], ["a", "b"])
    assert from_arrays([[1], [2]], ["b", "a"], class_names=["b", "a", "c"]).targets == [0, 1]
    assert from_arrays([[1], [2]], np.array([[1, 2], [3, 4]])).targets == [[1.0, 2.0], [3.0, 4.0]]
    assert from_arrays([[1], [2]], [np.array(1), np.float32(2)]).targets == [1.0, 2.0]
    data = from_arrays([[1], [2]], np.array([b"b", b"a"]).astype(str))
    assert (data.targets, data.class_names) == ([1, 0], ["a", "b"])


@pytest.mark.parametrize(
    ("features", "targets", "options", "message"),
    [
        ([], [], {}, "at least 1 row, got 0"),
        ([[1], [2]], [1], {}, "a target for each row, got 1 for 2"),
        ([[1], [2, 3]], [1, 2], {}, "row 1 has 2 features, expected 1"),
        ([[1]], [1], {"feature_names": ["a", "b"]}, "row 0 has 1 features, expected 2"),
        ([[nan]], [1], {}, "row 0, column 'x1': nan is not a finite number"),
        ([[1]], [inf], {}, "row 0, column 'y': inf is not a finite number"),
        ([[1]], [2], {"class_names": ["a", "b"]}, "row 0: 2 is not the index of one of 2 classes"),
        ([[1], [2]], ["a", "c"], {"class_names": ["a", "b"]}, "row 1: 'c' is none of the classes 'a', 'b'"),
        ([[1], [2]], [1, "c"], {}, "row 1, column 'y': 'c' stands among numbers; give numbers or text"),
        ([[1], [2]], [[1, 2], [3]], {}, "expected targets of as many numbers each"),
        ([[1], [2]], [[1], 3], {}, "expected targets of as many numbers each"),
        ([[1]], [[]], {}, "row 0, column 'y': a target without numbers; give one at least"),
        ([[1]], [[1, inf]], {}, "row 0, column 'y': inf is not a finite number"),
        ([[1], [2]], [1.0, None], {}, "row 1, column 'y': None is not a number; give one, or leave the row"),
        ([[1], [2]], [[1, 2], [3, None]], {}, "row 1, column 'y': None is not a number"),
        ([[1]], [[[1, 2]]], {}, r"row 0, column 'y': \[1, 2\] is not a number"),
        ([[1]], [1j], {}, "row 0, column 'y': 1j is not a number"),
        ([[1], [2]], [["a"], ["b"]], {}, "row 0, column 'y': 'a' stands among numbers; give numbers or text"),
        ([[1], [2]], np.array([b"a", b"b"]), {}, r"row 0, column 'y': .*b'a'.* is bytes; .* \.astype\(str\)"),
        ([[1], [2]], [1, b"2"], {}, "row 1, column 'y': b'2' is bytes"),
        ([[1], [2]], [[b"a"], [b"b"]], {}, "row 0, column 'y': b'a' is bytes"),
        ([[1]], [bytearray(b"1")], {}, "row 0, column 'y': .* is bytes"),
        ([[1], [None]], [1, 2], {}, "row 1, column 'x1': None is not a number"),
        ([b"12"], [1], {}, "row 0 is b'12'; expected a row of numbers"),
        *(
            ([[1], make([cell])], [1, 2], {}, "row 1, column 'x1': .* is (text|bytes)")
            for make in (list, np.array)
            for cell in ("1.5", "١٢", "1_000", " 1", "a", b"1.5")
        ),
        *(
            ([[cell]], [1], {}, "row 0, column 'x1': .* is bytes")
            for cell in (bytearray(b"1"), memoryview(b"1"))
        ),
        *(
            (
                [[x]],
                [y],
                {},
                f"row 0, column {name}: the (int|Fraction) is beyond the largest number, 1.8e308",
            )
            for huge in (10**400, -(10**5000), Fraction(10**400))
            for x, y, name in ((huge, 1, "'x1'"), (1, huge, "'y'"))
        ),
        *(
            ([[1], [2]], make(rows), {"class_names": ["a", "b"]}, r"row 0: \[.*\] is .* if they are one-hot")
            for make in (list, np.array)
            for rows in ([[1], [0]], [[0, 1], [1, 0]], [[1, 0, 0], [0, 1, 0]])
        ),
        *(
            ([[1]], ["a"], {"class_names": names}, "class_names has 'a' 2 times: give each class a name of")
            for names in (["a", "b", "a"], np.array(["a", "a"]))
        ),
        ([[1]], [0], {"class_names": [3, "3"]}, "class_names has '3' 2 times"),
        *(
            ([[1, 2, 3]], [1], {"feature_names": names}, "feature_names has '1' 2 times: give each feature a")
            for names in (["1", "b", "1"], [1, "b", "1"], np.array([1, 2, 1]))
        ),
        *(
            ([[1]], [False], {"class_names": [yes, "no"]}, "row 0: False is none of the classes 'True', 'no'")
            for yes in (True, "True")
        ),
        ([[1]], [0.5], {"class_names": ["a", "b"]}, r"row 0: 0\.5 is not the index of one of 2 classes"),
    ],
)
def test_arrays_that_are_no_dataset_are_refused(
    features: Any, targets: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        from_arrays(features, targets, **options)


@pytest.mark.parametrize(
    "names",
    [[True, False], [False, True], np.array([True, False]), ["True", "False"], ["a", "False", "True"]],
)
@pytest.mark.parametrize("make", [list, np.array])
def test_yes_and_no_are_classes_by_name_where_classes_are_called_so(names: Any, make: Any) -> None:
    answers = [True, False, True, False]
    data = from_arrays([[1], [2], [3], [4]], make(answers), class_names=names)
    assert data.class_names is not None
    assert [str(data.class_names[target]) for target in data.targets] == [*map(str, answers)]
    assert from_arrays([[1], [2]], make([True, False]), class_names=["no", "yes"]).targets == [1, 0]


@pytest.mark.parametrize("make", [*ORDERED.values()], ids=ORDERED)
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0], [1, 1]])
def test_targets_and_features_are_those_of_their_place_in_a_dataset_made_directly(
    make: Callable[[], Any], order: list[int]
) -> None:
    data = Dataset([[x] for x in NUMBERS], make(), ["x"], "y")
    for rows in (data.rows(order), replace(data, targets=make()).rows(order)):
        assert rows.features == [[x] for x in rows.targets] == [[NUMBERS[i]] for i in order]
    features = Dataset(make(), [], ["x"], "y").rows(order).features
    assert [*features] == [NUMBERS[i] for i in order]


@pytest.mark.parametrize("make", UNORDERED.values(), ids=UNORDERED)
def test_a_dataset_made_directly_refuses_what_has_no_order(make: Callable[[], Any]) -> None:
    for features, targets, name in ((make(), NUMBERS, "features"), ([NUMBERS] * 3, make(), "targets")):
        with pytest.raises(TypeError, match=rf"^expected {name} in a list, got (the|a) \w+.*: (nn|give)"):
            Dataset(features, targets, ["x"], "y")


@pytest.mark.parametrize("given", [None, 3.0])
def test_a_dataset_made_directly_refuses_what_is_no_list(given: Any) -> None:
    with pytest.raises(TypeError, match=rf"^expected targets in a list, got {given}: give \[\] where"):
        Dataset([[1.0]], given, ["x"], "y")


@pytest.mark.parametrize("data", [house(), replace(house(), features=[*house().features])])
@pytest.mark.parametrize("make", [list, tuple, iter, np.array])
@pytest.mark.parametrize("mask", [[True] * 7, [True] + [False] * 6, [False], [0, True]])
def test_a_mask_is_refused_and_not_taken_for_the_numbers_of_rows(
    data: Dataset, make: Any, mask: list[Any]
) -> None:
    if make is np.array:
        mask = [*map(bool, mask)]
    with pytest.raises(
        TypeError, match=r"^rows are given .*: write rows\(\[i for i, keep in enumerate\(mask\)"
    ):
        data.rows(make(mask))


def test_targets_that_are_rows_are_shown_as_they_are() -> None:
    shown = replace(iris(), targets=one_hot(iris().targets, 3))._repr_html_()
    assert "<td>[1.0, 0.0, 0.0]</td>" in shown


@pytest.mark.parametrize("known", [house(), iris()])
def test_rows_without_targets_are_shown_chosen_and_split(known: Dataset) -> None:
    data = replace(known, targets=[])
    for part in (data, data.rows([2, 0]), *split(data, 0.3), *next(k_fold(data, 2)), *batches(data, 4)):
        assert part.targets == []
        assert all(row in known.features for row in part.features)
        assert f"<th>{known.target_name}</th>" not in part._repr_html_()
        assert part._repr_html_().count("<td>") == min(len(part), 5) * len(known.feature_names)
    assert data.rows([2, 0]).features == known.rows([2, 0]).features
    assert f"<th>{known.target_name}</th>" in known.rows([])._repr_html_()


@pytest.mark.parametrize(("batch_size", "sizes"), [(3, [3, 3, 1]), (1, [1] * 7), (7, [7]), (100, [7])])
def test_batches_take_every_row_once(batch_size: int, sizes: list[int]) -> None:
    data = house()
    taken = list(batches(data, batch_size, seed=0))
    assert [len(batch) for batch in taken] == sizes
    assert sorted(row for batch in taken for row in batch.features) == sorted(data.features)
    for batch in taken:
        for row, target in zip(batch.features, batch.targets, strict=True):
            assert data.targets[data.features.index(row)] == target


def test_batches_come_in_an_order_that_depends_on_the_seed_and_moves_on_with_a_generator() -> None:
    def order(seed: int | Random) -> list[list[float]]:
        return [row for batch in batches(iris(), 10, seed=seed) for row in batch.features]

    assert order(0) == order(0) != order(1)
    rng = Random(0)
    assert order(rng) == order(0) != order(rng)


def test_an_empty_batch_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="batch_size must be 1 or more, got 0"):
        batches(house(), 0)


def test_a_class_becomes_a_row_with_a_one_in_its_place() -> None:
    assert one_hot([0, 2, 2], 3) == [[1, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert one_hot([], 3) == []
    with pytest.raises(ValueError, match="label 3 is out of range for 3 classes"):
        one_hot([0, 3], 3)
    for label in (1.0, np.float64(0), "a", None):
        with pytest.raises(TypeError, match=rf"^a label is .* got {re.escape(repr(label))}: give nn"):
            one_hot([label], 3)  # type: ignore[list-item]


@pytest.mark.parametrize("targets", [["10", 2, "9"], ["a", 1, "b"], ["a", "b", True], ["a", None, "b"]])
def test_numbers_among_classes_that_are_text_are_refused(targets: list[Any]) -> None:
    # They were taken for indices of the classes that the texts had become.
    row = next(place for place, target in enumerate(targets) if not isinstance(target, str))
    with pytest.raises(DataError, match=rf"row {row}, column 'y': {targets[row]!r} stands among text"):
        from_arrays([[1], [2], [3]], targets)


def na() -> Any:
    return pytest.importorskip("pandas").NA


@pytest.mark.parametrize(
    "target", [None, [0], 2, -1, 0.5, nan, 0j, np.complex64(0), Decimal("sNaN"), b"1", na]
)
def test_what_is_no_index_of_a_class_is_refused(target: Any) -> None:
    target = target() if callable(target) else target
    with pytest.raises(DataError, match=r"^row 1: .* is not the index of one of 2 classes"):
        from_arrays([[1], [2]], [0, target], class_names=["a", "b"])


def test_a_class_that_is_missing_in_an_array_of_pandas_is_refused() -> None:
    with pytest.raises(DataError, match=r"^row 1: <NA> is not the index of one of 2 classes"):
        from_arrays(
            [[1], [2]], pytest.importorskip("pandas").array([0, None], dtype="Int64"), class_names="ab"
        )


def tensors(given: Any) -> Any:
    return pytest.importorskip("torch").tensor(given)


@pytest.mark.parametrize("make", [np.array, tensors])
def test_arrays_and_tensors_of_any_depth_are_taken_or_told_of(make: Callable[[Any], Any]) -> None:
    rows = [[1.0], [2.0]]
    for targets in ([0.5, 1.5], [[1.0, 2.0], [3.0, 4.0]]):
        assert from_arrays(make(rows), make(targets)) == from_arrays(rows, targets)
        assert from_arrays(rows, [*make(targets)]) == from_arrays(rows, targets)
    assert from_arrays(rows, make([1, 0]), class_names="ab").targets == [1, 0]
    with pytest.raises(DataError, match=r"^row 0 is .*1.*; expected a row of numbers: write"):
        from_arrays(make([1.0, 2.0]), [1, 2])
    with pytest.raises(DataError, match=r"^row 0, column 'x1': .* is not a number"):
        from_arrays(make([[[1.0, 2.0]], [[3.0, 4.0]]]), [1, 2])
    with pytest.raises(DataError, match=r"^row 0, column 'y': \[1.0, 2.0\] is not a number"):
        from_arrays(rows, make([[[1.0, 2.0]], [[3.0, 4.0]]]))
