"""A few hundred of the programs of `python -m benchmarks differential`."""

import pytest

from benchmarks.differential import beside_jax, by_mode, in_jax, random_task, settled


@pytest.mark.parametrize("seed", range(10))
def test_reverse_forward_and_create_graph_agree(seed: int) -> None:
    for number in range(25):
        program, point = random_task(seed, number)
        compared = by_mode((program, point))
        assert len(compared) == 5
        assert all(comparison.agrees for comparison in compared), f"{compared} at {point}\n{program}"


def test_jax_agrees_unless_mpmath_sides_with_the_engine() -> None:
    pytest.importorskip("jax")
    tasks = [random_task(101, number) for number in range(100)]
    for task, slopes in zip(tasks, in_jax(tasks), strict=True):
        compared = beside_jax(by_mode(task), slopes)
        assert [comparison.label for comparison in compared[5:]] == [f"order {k}, JAX" for k in (1, 2, 3)]
        assert all(c.agrees or settled(task, c) for c in compared), f"{compared} at {task[1]}\n{task[0]}"


def test_mpmath_sides_with_the_one_that_is_right() -> None:
    task = random_task(0, 0)
    right = by_mode(task)[0]._replace(label="order 1, JAX")
    assert settled(task, right._replace(found=float("nan")))
    assert not settled(task, right._replace(expected=right.expected + 1e-6))
    assert not settled(task, right._replace(label="order 1, forward", found=float("nan")))
