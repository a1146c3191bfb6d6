"""A few hundred of the programs of `python -m benchmarks differential`."""

import random

import pytest

from benchmarks.differential import TOLERANCE, answers, random_program


def check(seed: int, programs: int, jax: bool) -> int:
    rng = random.Random(seed)
    compared = 0
    for _ in range(programs):
        program = random_program(rng)
        point = tuple(rng.uniform(-2, 2) for _ in range(2))
        for label, expected, found, size in answers(program, point, jax):
            assert abs(expected - found) <= TOLERANCE * size, f"{label} at {point}\n{program}"
            compared += 1
    return compared


@pytest.mark.parametrize("seed", range(10))
def test_reverse_forward_and_create_graph_agree(seed: int) -> None:
    assert check(seed, programs=25, jax=False) == 25 * 5


def test_jax_agrees() -> None:
    pytest.importorskip("jax")
    assert check(seed=101, programs=2, jax=True) == 2 * 8
