"""Models of PyTorch and scikit-learn give the same outputs here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn


def outputs_of(model: Any, batch: Any) -> Any:
    return np.array(nn.predict(model, batch.tolist()))


NAMES = "ReLU LeakyReLU ELU SELU SiLU GELU Tanh Hardtanh Sigmoid LogSigmoid Softplus Identity Dropout"


@pytest.mark.parametrize("name", NAMES.split())
def test_every_activation_of_pytorch_is_taken(name: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    head = {"Identity": torch.nn.Softmax(-1), "Dropout": torch.nn.LogSoftmax(-1)}.get(
        name, torch.nn.Identity()
    )
    theirs = torch.nn.Sequential(
        torch.nn.Linear(3, 5), getattr(torch.nn, name)(), torch.nn.Linear(5, 2, bias=False), head
    ).double()
    batch = 2 * np.random.default_rng(0).normal(size=(8, 3))
    expected = theirs.eval()(torch.tensor(batch)).detach().numpy()
    np.testing.assert_allclose(outputs_of(nn.from_torch(theirs), batch), expected, rtol=1e-12, atol=1e-12)


def test_arguments_of_activations_are_kept_or_refused() -> None:
    torch = pytest.importorskip("torch")
    batch = np.array([[-1.5, 2.0]])
    for part in (torch.nn.LeakyReLU(0.3), torch.nn.ELU(0.7), torch.nn.GELU("tanh")):
        expected = part(torch.tensor(batch)).numpy()
        found = outputs_of(nn.from_torch(torch.nn.Sequential(part)), batch)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    with pytest.raises(ValueError, match="Softplus is taken with beta=1, got 2"):
        nn.from_torch(torch.nn.Sequential(torch.nn.Softplus(2)))
    with pytest.raises(ValueError, match="part 1 is a Bilinear; accepted are Dropout, ELU"):
        nn.from_torch(torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Bilinear(1, 1, 1)))


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("classes", [0, 2, 3])
@pytest.mark.filterwarnings("ignore")
def test_networks_of_scikit_learn_are_taken(activation: str, classes: int) -> None:
    networks = pytest.importorskip("sklearn.neural_network")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3))
    kind = networks.MLPClassifier if classes else networks.MLPRegressor
    y = rng.integers(0, classes, 30) if classes else rng.normal(size=30)
    theirs = kind(hidden_layer_sizes=(4, 3), activation=activation, max_iter=5, random_state=0).fit(X, y)
    found = outputs_of(nn.from_sklearn(theirs), X)
    expected = theirs.predict_proba(X) if classes else theirs.predict(X).reshape(-1, 1)
    np.testing.assert_allclose(found, expected[:, 1:] if classes == 2 else expected, rtol=1e-12)


def test_an_estimator_that_was_not_fitted_is_refused() -> None:
    networks = pytest.importorskip("sklearn.neural_network")
    with pytest.raises(ValueError, match="that has been fitted, got MLPRegressor without weights"):
        nn.from_sklearn(networks.MLPRegressor())
