"""Places get rows of their own."""

from __future__ import annotations

from itertools import pairwise
from math import cos, sin

import pytest

from autograd import Value
from nn import PositionalEncoding
from nn.sequences.positions import sine_positions
from nn.weights.tensors import tensors


def test_sines_and_cosines_are_those_of_the_paper() -> None:
    rows = sine_positions(50, 4)
    assert rows[0] == [0.0, 1.0, 0.0, 1.0]
    assert rows[7] == pytest.approx([sin(7), cos(7), sin(0.07), cos(0.07)], rel=1e-15)
    assert sine_positions(3, 3)[2] == pytest.approx([sin(2), cos(2), sin(2 / 10000 ** (2 / 3))], rel=1e-15)
    assert len({tuple(row) for row in rows}) == 50


def test_a_turn_takes_each_place_to_the_next() -> None:
    rows = sine_positions(20, 6)
    for rate in range(3):
        angle = 10000 ** (-2 * rate / 6)
        for here, there in pairwise(rows):
            s, c = here[2 * rate : 2 * rate + 2]
            turned = [s * cos(angle) + c * sin(angle), c * cos(angle) - s * sin(angle)]
            assert there[2 * rate : 2 * rate + 2] == pytest.approx(turned, abs=1e-14)


def test_rows_are_added_from_a_place_on() -> None:
    positions = PositionalEncoding(2, 5)
    assert positions.parameters() == []
    rows = sine_positions(5, 2)
    x = [[1.0, 2.0], [3.0, 4.0]]
    assert positions(x, 3) == [[1.0 + rows[3][0], 2.0 + rows[3][1]], [3.0 + rows[4][0], 4.0 + rows[4][1]]]
    assert positions([]) == []


def test_learned_rows_are_parameters() -> None:
    positions = PositionalEncoding(2, 3, learned=True, seed=0)
    assert {name: tensor.shape for name, tensor in tensors(positions).items()} == {"weight": (3, 2)}
    [row] = positions([[Value(0.0), Value(0.0)]], 1)
    assert [number.data for number in row] == [
        number.data for number in tensors(positions)["weight"].values[2:4]
    ]
    row[1].backward()
    assert [number.grad for number in positions.parameters()] == [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]


def test_places_and_rows_that_do_not_fit_are_refused_with_both_numbers() -> None:
    positions = PositionalEncoding(2, 3)
    for x, start, message in (
        ([[0.0, 0.0]] * 4, 0, "for 3 places, got 4 rows from place 0"),
        ([[0.0, 0.0]], 3, "for 3 places, got 1 rows from place 3"),
        ([[0.0, 0.0]], -1, "for 3 places, got 1 rows from place -1"),
        ([[0.0]], 0, r"PositionalEncoding\(2, 3\) takes 2 numbers, got 1$"),
    ):
        with pytest.raises(ValueError, match=message):
            positions(x, start)
    for name, sizes in (("d_model", (0, 1)), ("max_len", (1, 0))):
        with pytest.raises(ValueError, match=f"{name} must be 1 or more, got 0"):
            PositionalEncoding(*sizes)
