"""Batch normalisation by hand, in training and in evaluation; what is kept, compiled and refused."""

from __future__ import annotations

import pickle
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from autograd import compile, hvp, jvp, no_grad, tree
from nn import (
    MLP,
    SGD,
    BatchNorm1d,
    Buffer,
    EarlyStopping,
    History,
    load,
    load_run,
    predict,
    save,
    save_run,
)

BATCH = [[1.0, 10.0], [2.0, 10.0], [6.0, 40.0]]


def data(outputs: Any) -> Any:
    return tree.map_leaves(lambda value: value.data, outputs)


def trained() -> BatchNorm1d:
    norm = BatchNorm1d(2, momentum=0.5)
    norm(BATCH)
    return norm


def test_in_training_each_feature_gets_mean_0_and_variance_1_over_the_batch() -> None:
    out = np.array(data(BatchNorm1d(2, eps=0.0)(BATCH)))
    assert out.mean(axis=0) == pytest.approx([0, 0], abs=1e-15)
    assert out.var(axis=0) == pytest.approx([1, 1])


def test_running_statistics_move_towards_those_of_the_batch() -> None:
    norm = trained()
    assert data(norm.running_mean) == [1.5, 10.0]
    assert data(norm.running_var) == [0.5 + 0.5 * 7, 0.5 + 0.5 * 300]  # the unbiased variance
    with no_grad():
        norm(BATCH)
    assert data(norm.running_mean) == [2.25, 15.0]


@pytest.mark.parametrize(
    "moved",
    [
        lambda f: jvp(f, (1.0,), (1.0,)),
        lambda f: hvp(f, 1.0, 1.0),
        lambda f: hvp(lambda x: jvp(f, (x,), (1.0,))[1], 1.0, 1.0),
    ],
)
def test_statistics_are_plain_numbers_in_forward_mode_of_any_order(moved: Any) -> None:
    norm = BatchNorm1d(1, momentum=0.5)
    moved(lambda x: norm([[x], [2 * x], [x * x * 3]])[0][0] ** 3)
    statistics = data([norm.running_mean, norm.running_var])
    assert statistics == [[1.0], [1.0]]  # of 1, 2 and 3: the mean 2, the variance 1
    assert {type(number) for numbers in statistics for number in numbers} == {float}


def test_a_rate_of_change_through_a_batch_norm_is_a_difference_quotient() -> None:
    norm = BatchNorm1d(1)

    def first(x: Any) -> Any:
        return norm([[x], [2 * x], [x * x * 3]])[0][0]

    quotient = (first(1.0 + 1e-6).data - first(1.0 - 1e-6).data) / 2e-6
    assert jvp(first, (1.0,), (1.0,))[1].data == pytest.approx(quotient, rel=1e-6)


def test_in_evaluation_an_example_does_not_depend_on_its_batch() -> None:
    norm = trained()
    norm.eval()
    expected = [(3.0 - 1.5) / np.sqrt(4 + 1e-5), (20.0 - 10.0) / np.sqrt(150.5 + 1e-5)]
    assert data(norm([3.0, 20.0])) == pytest.approx(expected)
    assert data(norm([[3.0, 20.0]])) == [data(norm([3.0, 20.0]))]
    assert data(norm.running_mean) == [1.5, 10.0]
    assert predict(trained(), [[3.0, 20.0]]) == [data(norm([3.0, 20.0]))]


def test_what_is_kept_and_what_is_learned(tmp_path: Path) -> None:
    norm, other = trained(), BatchNorm1d(2)
    assert [path for path, _ in norm.named_parameters()] == ["weight[0]", "weight[1]", "bias[0]", "bias[1]"]
    save(tmp_path / "n.safetensors", norm)
    load(tmp_path / "n.safetensors", other)
    for copied in (other, deepcopy(norm), pickle.loads(pickle.dumps(norm))):
        assert data([copied.running_mean, copied.running_var]) == [[1.5, 10.0], [4.0, 150.5]]
        assert isinstance(copied.running_var[0], Buffer)
        assert len(copied.parameters()) == 4


def test_pytorch_takes_what_is_kept(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    norm = trained()
    save(tmp_path / "n.safetensors", norm)
    theirs = torch.nn.BatchNorm1d(2).double()
    theirs.load_state_dict(load_file(tmp_path / "n.safetensors"), strict=True)
    norm.eval()
    theirs.eval()
    found = theirs(torch.tensor(BATCH, dtype=torch.float64)).tolist()
    np.testing.assert_allclose(data(norm(BATCH)), found, rtol=1e-12, atol=1e-15)


def test_in_evaluation_it_is_compiled() -> None:
    norm = trained()
    norm.eval()
    step = compile(norm, params=norm.parameters())
    np.testing.assert_allclose(step(np.array(BATCH)), data(norm(BATCH)), rtol=1e-14)


def test_in_training_it_is_not_compiled_and_a_refusal_changes_nothing() -> None:
    norm = trained()
    step = compile(norm, params=norm.parameters())
    with pytest.raises(
        ValueError, match=r"BatchNorm1d\(2\) in training .* got a single one: .* after eval\(\) one"
    ):
        step(np.array(BATCH))
    with pytest.raises(ValueError, match="in training cannot be compiled"):
        step(np.array([BATCH]))
    assert data(norm.running_mean) == [1.5, 10.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BatchNorm1d(0), "num_features must be 1 or more, got 0"),
        (lambda: BatchNorm1d(1, momentum=1.5), r"momentum must lie in \[0, 1\], got 1.5"),
        (lambda: BatchNorm1d(2)(BATCH[:1]), "takes 2 or more examples at once, got a batch of 1"),
        (lambda: BatchNorm1d(2)(BATCH[0]), "takes 2 or more examples at once, got a single one"),
        (lambda: BatchNorm1d(2)([]), "takes 2 or more examples at once, got a batch of 0"),
        (lambda: BatchNorm1d(1)([1.0]), "takes 2 or more examples at once, got a single one"),
        (
            lambda: BatchNorm1d(1)([BATCH] * 2),
            r"takes lists \[example\]\[feature\], got .* shape \(2, 3, 2\)",
        ),
        (lambda: BatchNorm1d(3)(BATCH), r"BatchNorm1d\(3\) takes 3 features, got 2"),
        (lambda: BatchNorm1d(1)([[1.0], []]), r"one shape, got \(1,\) at 0 and \(0,\) at 1"),
    ],
)
def test_what_does_not_fit_is_refused_with_both_numbers(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_examples_that_are_numbers_are_told_to_be_rows() -> None:
    one, rows = MLP(2, [1], seed=0), [[1.0, 2.0], [3.0, 1.0]]
    with pytest.raises(
        TypeError, match=r"BatchNorm1d\(1\) takes a row of features, even of one.*write \[Value"
    ):
        BatchNorm1d(1)([one(row) for row in rows])
    with pytest.raises(
        TypeError, match=r"BatchNorm1d\(2\) takes a row of 2 features, got 1\.0: give a list of 2"
    ):
        BatchNorm1d(2)([1.0, 2.0, 3.0])


def test_a_network_without_buffers_saves_as_before(tmp_path: Path) -> None:
    model, other = MLP(2, [2, 1], seed=0), MLP(2, [2, 1], seed=1)
    save(tmp_path / "m.safetensors", model)
    load(tmp_path / "m.safetensors", other)
    assert data(other.parameters()) == data(model.parameters())


def test_early_stopping_of_a_module_puts_back_the_running_statistics_of_its_best_epoch(
    tmp_path: Path,
) -> None:
    norm = BatchNorm1d(2)
    optimizer = SGD(norm.parameters(), 0.1)
    stopping = EarlyStopping(norm, patience=1)
    norm(BATCH)
    stopping.should_stop(1.0)
    norm.eval()
    best, kept = data(norm(BATCH[0])), data(norm.running_var)
    norm.train()
    norm([[100.0, 5.0], [200.0, 9.0]])
    stopping.should_stop(2.0)
    stopping.restore()
    norm.eval()
    assert (data(norm(BATCH[0])), data(norm.running_var)) == (best, kept)
    save_run(tmp_path / "run", norm, optimizer, Random(0), History(), stopping)
    other = BatchNorm1d(2)
    again = EarlyStopping(other, patience=1)
    load_run(tmp_path / "run", other, SGD(other.parameters(), 0.1), Random(0), again)
    assert (again.best, again.set_aside) == (stopping.best, stopping.set_aside)
