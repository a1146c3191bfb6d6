"""The programs written by hand: from the same weights they train to the same losses, step by step."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from autograd import Value
from benchmarks.references import classifier, cnn, gpt, gpt_numpy, gpt_scalar, lstm, moons
from benchmarks.references.arrays import Batches, joined
from benchmarks.references.gpt_model import GPT
from benchmarks.references.moves import adam
from nn import Adam

RIVALS = [
    *(("moons", library) for library in ("numpy", "jax", "torch", "micrograd")),
    *(("classifier", library) for library in ("numpy", "jax", "torch")),
    *(("gpt", library) for library in ("numpy", "jax")),
    *(("cnn", library) for library in ("numpy", "jax")),
    *(("lstm", library) for library in ("numpy", "jax")),
]


def small_gpt() -> tuple[GPT, Batches]:
    """Return a model and batches in which no two sizes are equal, so that a wrong axis cannot pass."""
    model = GPT(symbols=27, width=6, heads=2, context=5, seed=3)
    return model, [(x[:, :5], y[:, :5]) for x, y in gpt.batches(size=4, count=3)]


def small(program: str) -> tuple[Any, Any]:
    if program == "gpt":
        return small_gpt()
    if program == "moons":
        return moons.network(), moons.batches(points=10)
    if program == "cnn":
        return cnn.network(), cnn.batches(rows=5)
    if program == "lstm":
        return lstm.Classifier(width=4), lstm.batches(rows=5, steps=3, width=4)
    return classifier.network(), classifier.batches(rows=6)


def losses(program: str, library: str, steps: int = 8, **options: Any) -> list[float]:
    model, batches = small(program)
    step = import_module(f"benchmarks.references.{program}_{library}").start(model, batches, **options)
    return [step(k) for k in range(steps)]


@pytest.fixture(scope="module")
def eager() -> dict[str, list[float]]:
    return {program: losses(program, "scalar") for program in ("moons", "classifier", "gpt", "cnn", "lstm")}


@pytest.mark.parametrize(("program", "library"), RIVALS)
def test_every_rival_trains_to_the_losses_of_the_scalar_program(
    program: str, library: str, eager: dict[str, list[float]]
) -> None:
    pytest.importorskip(library)
    assert losses(program, library) == pytest.approx(eager[program], rel=1e-12)
    assert len(set(eager[program])) == 8, "a program that stands still would agree with anything"


@pytest.mark.parametrize(("program", "library"), [*RIVALS, ("moons", "scalar"), ("gpt", "scalar")])
def test_training_leaves_the_given_model_alone(program: str, library: str) -> None:
    pytest.importorskip("autograd" if library == "scalar" else library)
    model, batches = small(program)
    before = [parameter.data for parameter in model.parameters()]
    step = import_module(f"benchmarks.references.{program}_{library}").start(model, batches)
    step(0)
    assert [parameter.data for parameter in model.parameters()] == before


@pytest.mark.parametrize("library", ["numpy", "jax"])
def test_in_single_precision_the_losses_are_close_and_not_the_same(
    library: str, eager: dict[str, list[float]]
) -> None:
    pytest.importorskip(library)
    found = losses("gpt", library, dtype="float32")
    assert found == pytest.approx(eager["gpt"], rel=1e-4)
    assert found != pytest.approx(eager["gpt"], rel=1e-9)


def test_the_gradients_of_the_gpt_by_hand_are_those_of_the_scalar_program() -> None:
    """The losses cannot show it: Adam's first moves do not depend on the size of a gradient."""
    model, [(ids, targets), *_] = small_gpt()
    _, gradients = gpt_numpy.loss_and_gradients(gpt.matrices(model), ids, targets, heads=2)
    [(x, y)] = gpt_scalar.one_hot([(ids, targets)])
    for sequence, target in zip(x.tolist(), y.tolist(), strict=True):
        (gpt_scalar.loss(model)(sequence, target) / float(len(x))).backward()
    [block] = model.blocks
    for name, found in gradients.items():
        rows = {**vars(model), **vars(block)}[name]
        expected = np.array([[weight.grad for weight in row] for row in rows])
        assert np.abs(expected).max() > 1e-4
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-15, err_msg=name)


def test_what_the_gpt_says_of_a_position_depends_on_nothing_after_it() -> None:
    model, [(ids, _), *_] = small_gpt()
    other = ids[0].copy()
    other[3:] = (other[3:] + 1) % 27
    (first, _), (second, _) = gpt_scalar.one_hot([(ids[0], ids[0]), (other, other)])
    before, after = ([[score.data for score in row] for row in model(x.tolist())] for x in (first, second))
    assert before[:3] == after[:3]
    assert before[3] != after[3]


def test_the_full_gpt_has_the_size_the_targets_speak_of() -> None:
    model, [(ids, targets), *_] = gpt.network(), gpt.batches()
    assert len(model.parameters()) == (27 + 16 + 4 * 16 + 2 * 64 + 27) * 16
    assert len(model.blocks[0].heads) == 4
    assert ids.shape == targets.shape == (16, 16)


def test_each_target_of_the_gpt_is_the_symbol_that_comes_next() -> None:
    for ids, targets in gpt.batches(size=5):
        assert (ids[:, 1:] == targets[:, :-1]).all()
        for row in ids:
            assert "".join(gpt.SYMBOLS[i] for i in row) in ".".join(gpt.TEXT.split())


def test_joined_arrays_are_views_of_the_vector_and_copies_of_the_arrays() -> None:
    arrays = [np.arange(6.0).reshape(2, 3), np.array([7.0])]
    vector, views = joined(arrays)
    vector += 1.0
    assert [view.tolist() for view in views] == [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [8.0]]
    assert arrays[0][0, 0] == 0.0


def test_adam_on_a_vector_is_adam_on_values() -> None:
    values = [Value(0.5), Value(-2.0)]
    moved = np.array([0.5, -2.0])
    slow, fast = Adam(values, 0.1), adam(moved, 0.1)
    for k, gradient in enumerate([[0.3, -4.0], [0.0, 5.0], [-1.0, 1e-9], [0.0, 0.0]]):
        for value, number in zip(values, gradient, strict=True):
            value.grad = number
        slow.step()
        fast(np.array(gradient), k)
        assert moved == pytest.approx([value.data for value in values], rel=1e-13)
