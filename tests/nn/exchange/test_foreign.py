"""Models of PyTorch and scikit-learn give the same outputs here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from nn.weights.checkpoint import array
from nn.weights.tensors import tensors
from tests.nn.exchange.torch_networks import (
    ALIKE,
    OF_TORCH,
    Parameter,
    Sequential,
    networks,
    stand_ins,
    state_dict,
)


def outputs_of(model: Any, batch: Any) -> Any:
    return np.array(nn.predict(model, batch.tolist()))


STAND_INS = stand_ins()
REFUSED = "Softplus 2"


@pytest.mark.parametrize("name", sorted(STAND_INS.keys() - {REFUSED}))
def test_every_activation_of_pytorch_is_taken(name: str) -> None:
    modules, batch, expected = STAND_INS[name]
    found = outputs_of(nn.from_torch(modules), batch)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_the_stand_ins_are_what_pytorch_makes() -> None:
    torch = pytest.importorskip("torch")
    made = networks(torch)
    assert made.keys() == STAND_INS.keys()
    for name, theirs in made.items():
        _, batch, expected = STAND_INS[name]
        with torch.no_grad():
            found = theirs.eval()(torch.tensor(batch)).numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
        if name != REFUSED:
            np.testing.assert_allclose(
                outputs_of(nn.from_torch(theirs), batch), expected, rtol=1e-12, atol=1e-12
            )


def test_parameters_have_the_names_and_shapes_of_a_state_dict() -> None:
    for name in STAND_INS.keys() - {REFUSED}:
        ours = {key: array(tensor) for key, tensor in tensors(nn.from_torch(STAND_INS[name][0])).items()}
        theirs = state_dict(name)
        assert ours.keys() == theirs.keys()
        for key, weights in theirs.items():
            np.testing.assert_array_equal(ours[key], weights)


def test_arguments_of_activations_are_kept_or_refused() -> None:
    with pytest.raises(ValueError, match="Softplus is taken with beta=1, got 2"):
        nn.from_torch(STAND_INS[REFUSED][0])
    with pytest.raises(ValueError, match=r"part 1 is a .*\.Bilinear; accepted are Dropout, ELU"):
        nn.from_torch(Sequential([STAND_INS["Tanh"][0][1], type("Bilinear", (), {})()]))


@pytest.mark.parametrize(("shape", "size"), [((0, 2), "out_features"), ((2, 0), "in_features")])
def test_a_linear_of_no_size_is_refused_as_ours_is(shape: tuple[int, int], size: str) -> None:
    linear = type(STAND_INS["Tanh"][0][0])()
    linear.weight, linear.bias = Parameter(np.zeros(shape)), None
    with pytest.raises(ValueError, match=f"^{size} must be 1 or more, got 0$"):
        nn.from_torch(Sequential([linear]))


def test_what_would_be_lost_of_a_torch_network_is_refused() -> None:
    linear, tanh = STAND_INS["Tanh"][0][:2]

    def changed(part: Any, **attributes: Any) -> Any:
        kind = type(part)
        return type(kind.__name__, (kind,), {"__module__": kind.__module__, **attributes})()

    with pytest.raises(
        ValueError, match=r"expected a torch\.nn\.Sequential, got .*\.Doubled: write torch\.nn\.Seq"
    ):
        nn.from_torch(type("Doubled", (Sequential,), {})([linear]))
    with pytest.raises(ValueError, match=r"expected a torch\.nn\.Sequential, got Linear"):
        nn.from_torch(linear)
    for hooks in ("_forward_hooks", "_forward_pre_hooks"):  # as the older weight_norm leaves them
        with pytest.raises(ValueError, match="part 1, a Linear, has hooks, which would be lost: remove them"):
            nn.from_torch(Sequential([tanh, changed(linear, **{hooks: {0: print}})]))
        with pytest.raises(ValueError, match="the Sequential has hooks, which would be lost: remove them"):
            nn.from_torch(type("Sequential", (Sequential,), {**OF_TORCH, hooks: {0: print}})([linear]))
    for head in (STAND_INS["Identity"][0][3], STAND_INS["Dropout"][0][3]):
        with pytest.raises(ValueError, match=r"Softmax is taken over the features, with dim=-1 or 1, got 0"):
            nn.from_torch(Sequential([linear, changed(head, dim=0)]))


def test_a_class_from_elsewhere_may_compute_what_it_likes_and_is_refused() -> None:
    linear, tanh = STAND_INS["Tanh"][0][:2]
    theirs = type("Linear", (type(linear),), {"__module__": "torch.ao.nn.qat.modules.linear"})()
    with pytest.raises(
        ValueError, match=r"part 1 is a torch\.ao\.nn\.qat\.modules\.linear\.Linear; accepted"
    ):
        nn.from_torch(Sequential([tanh, theirs]))
    with pytest.raises(ValueError, match=r"expected a torch\.nn\.Sequential, got mine\.Sequential: write"):
        nn.from_torch(type("Sequential", (Sequential,), {"__module__": "mine"})([linear]))


def test_a_forward_set_on_a_module_is_refused() -> None:
    linear, tanh = STAND_INS["Tanh"][0][:2]
    changed, whole = type(linear)(), Sequential([linear, tanh])
    changed.forward = whole.forward = print
    with pytest.raises(ValueError, match="part 1, a Linear, has a forward of its own, which would be lost"):
        nn.from_torch(Sequential([tanh, changed]))
    with pytest.raises(ValueError, match="the Sequential has a forward of its own, which would be lost"):
        nn.from_torch(whole)


def test_modules_of_pytorch_that_were_changed_are_refused() -> None:
    torch = pytest.importorskip("torch")

    class Linear(torch.nn.Linear):  # type: ignore[misc]
        pass

    class Sequential(torch.nn.Sequential):  # type: ignore[misc]
        pass

    def hooked(module: Any, register: str) -> Any:
        getattr(module, register)(print)
        return module

    def replaced(module: Any) -> Any:
        module.forward = print
        return module

    outer = torch.nn.Sequential
    wrong = [outer(Linear(2, 1)), Sequential(torch.nn.Linear(2, 1))]
    for make in (lambda: outer(torch.nn.Linear(2, 1)), lambda: torch.nn.Linear(2, 1)):
        changed = [replaced(make())]
        changed += [hooked(make(), name) for name in ("register_forward_hook", "register_forward_pre_hook")]
        wrong += [module if isinstance(module, outer) else outer(module) for module in changed]
    for module in wrong:
        with pytest.raises(ValueError, match=r"hooks|forward of its own|Linear; accepted|got .*\.Sequential"):
            nn.from_torch(module)


def test_a_part_of_a_torch_network_that_comes_twice_is_one_part() -> None:
    tanh = STAND_INS["Tanh"][0][1]
    square = type("Linear", (), {**ALIKE, "weight": Parameter(np.eye(3)), "bias": None})()
    found = nn.from_torch(Sequential([square, tanh, square]))
    assert len(found.parameters()) == 9
    assert found.parts[0] is found.parts[2]


@pytest.mark.parametrize("shared", [("weight",), ("bias",), ("weight", "bias")])
def test_parameters_that_two_parts_of_a_torch_network_share_are_shared(shared: tuple[str, ...]) -> None:
    tanh = STAND_INS["Tanh"][0][1]
    first, last = (
        type("Linear", (), {**ALIKE, "weight": Parameter(k * np.eye(3)), "bias": Parameter(np.full(3, k))})
        for k in (1.0, 2.0)
    )
    for name in shared:
        setattr(last, name, getattr(first, name))
    found = nn.from_torch(Sequential([first(), tanh, last()]))
    assert len(found.parameters()) == 24 - sum({"weight": 9, "bias": 3}[name] for name in shared)
    for name in ("weight", "bias"):
        assert (getattr(found.parts[0], name) is getattr(found.parts[2], name)) is (name in shared)
        assert array(tensors(found)[f"2.{name}"]).tolist() == getattr(last, name).tolist()


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


def test_a_regressor_of_counts_is_taken() -> None:
    neural = pytest.importorskip("sklearn.neural_network")
    if "loss" not in neural.MLPRegressor().get_params():
        pytest.skip("this scikit-learn has no loss of counts")
    X = np.linspace(-1, 1, 30).reshape(-1, 1)
    theirs = neural.MLPRegressor(loss="poisson", hidden_layer_sizes=(4,), max_iter=2000, random_state=0).fit(
        X, np.exp(X[:, 0])
    )
    found = np.ravel(nn.predict(nn.from_sklearn(theirs), X.tolist()))
    np.testing.assert_allclose(found, theirs.predict(X), rtol=1e-6)
