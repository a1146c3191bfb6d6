"""The estimators do what scikit-learn asks of estimators, alone and as parts of its machinery."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")
import joblib
from sklearn.datasets import load_diabetes, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from nn.sklearn import MLPClassifier, MLPRegressor

SMALL: dict[str, Any] = {"hidden_layer_sizes": (16,), "learning_rate_init": 0.02, "max_iter": 100}


@parametrize_with_checks([MLPClassifier(**SMALL), MLPRegressor(**SMALL)])
@pytest.mark.filterwarnings("ignore")
def test_every_check_of_scikit_learn_passes(estimator: object, check: Callable[[object], None]) -> None:
    check(estimator)


def test_in_a_pipeline_it_is_as_good_as_theirs_on_wine() -> None:
    X, y = load_wine(return_X_y=True)
    ours = make_pipeline(StandardScaler(), MLPClassifier((16,), learning_rate_init=0.01, random_state=0))
    theirs = make_pipeline(StandardScaler(), TheirClassifier((16,), learning_rate_init=0.01, random_state=0))
    right, expected = (cross_val_score(model, X, y, cv=3).mean() for model in (ours, theirs))
    assert right > 0.95
    assert right > expected - 0.03


@pytest.mark.filterwarnings("ignore:the loss had not levelled off")
def test_a_grid_search_chooses_among_networks() -> None:
    X, y = load_diabetes(return_X_y=True)
    search = GridSearchCV(
        MLPRegressor(solver="adam", learning_rate_init=0.05, max_iter=40, random_state=1),
        {"hidden_layer_sizes": [(4,), (8, 4)], "activation": ["tanh", "identity"]},
        cv=2,
    )
    search.fit(X[:200], (y[:200] - y.mean()) / y.std())
    assert search.best_params_["activation"] in ("tanh", "identity")
    assert search.best_score_ > 0.2


def test_several_targets_are_learned_together_and_survive_pickling(tmp_path: Any) -> None:
    X = np.linspace(-1, 1, 60).reshape(-1, 1)
    y = np.column_stack([2 * X[:, 0], -X[:, 0]])
    model = MLPRegressor((), learning_rate_init=0.05, random_state=0, tol=1e-7).fit(X, y)
    assert np.abs(model.predict(X) - y).max() < 0.05
    joblib.dump(model, tmp_path / "model")
    for back in (pickle.loads(pickle.dumps(model)), joblib.load(tmp_path / "model")):
        assert np.array_equal(back.predict(X), model.predict(X))
    assert model.n_iter_ == len(model.loss_curve_) <= 200


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:Got `batch_size`")
@pytest.mark.parametrize("alpha", [0.0, 20.0, 600.0])
@pytest.mark.parametrize("batch_size", ["auto", 1000])
def test_alpha_shrinks_weights_as_theirs_does_and_leaves_biases_alone(alpha: float, batch_size: Any) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 2))
    y = X @ [1.0, 2.0] + 50 + rng.normal(size=50)
    options: dict[str, Any] = {
        "hidden_layer_sizes": (),
        "alpha": alpha,
        "batch_size": batch_size,
        "learning_rate_init": 0.5,
        "max_iter": 1000,
        "tol": 0.0,
        "n_iter_no_change": 1000,
        "random_state": 0,
    }
    ours, theirs = (kind(**options).fit(X, y) for kind in (MLPRegressor, TheirRegressor))
    weights, bias = theirs.coefs_[0].ravel(), theirs.intercepts_[0]
    assert [w.data for w in ours.model_.parameters()] == pytest.approx([*weights, *bias], rel=1e-5)
    assert ours.loss_curve_[-1] == pytest.approx(theirs.loss_curve_[-1], rel=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_under_a_strong_alpha_are_theirs(classes: int) -> None:
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(60, 2)), (rng.random(60) * classes * 0.7).astype(int)
    options: dict[str, Any] = {
        "hidden_layer_sizes": (),
        "alpha": 10.0,
        "learning_rate_init": 0.1,
        "max_iter": 800,
        "tol": 0.0,
        "n_iter_no_change": 800,
        "random_state": 0,
    }
    ours, theirs = (kind(**options).fit(X, y) for kind in (MLPClassifier, TheirClassifier))
    assert np.abs(ours.predict_proba(X) - theirs.predict_proba(X)).max() < 1e-4
    assert (ours.predict(X) == theirs.predict(X)).all()


def test_it_stops_when_theirs_would_and_says_when_it_has_not() -> None:
    X = np.linspace(-1, 1, 20).reshape(-1, 1)
    options: dict[str, Any] = {"hidden_layer_sizes": (), "tol": 1e9, "n_iter_no_change": 5, "random_state": 0}
    assert (
        MLPRegressor(**options).fit(X, X[:, 0]).n_iter_
        == TheirRegressor(**options).fit(X, X[:, 0]).n_iter_
        == 7
    )
    with pytest.warns(
        ConvergenceWarning, match="not levelled off after 3 epochs: a larger max_iter may help"
    ):
        MLPRegressor((), tol=0.0, max_iter=3, random_state=0).fit(X, X[:, 0])


def test_what_cannot_be_learned_is_refused() -> None:
    X = np.zeros((4, 1))
    with pytest.raises(ValueError, match="unknown solver 'lbfgs'; accepted are 'adam', 'sgd'"):
        MLPClassifier(solver="lbfgs").fit(X, [0, 1, 0, 1])
    with pytest.raises(ValueError, match="unknown activation 'bump'"):
        MLPRegressor(activation="bump").fit(X, [0, 1, 0, 1])
    for option, number in (
        ("batch_size", None),
        ("hidden_layer_sizes", (5.7,)),
        ("alpha", -1.0),
        ("max_iter", 0),
        ("max_iter", 2.5),
    ):
        with pytest.raises(ValueError, match=rf"^{option} must be .*, got (None|5\.7|-1\.0|0|2\.5)$"):
            MLPRegressor(**{option: number}).fit(X, [0, 1, 0, 1])


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("options", "rows", "refused"),
    [
        ({"alpha": -1.0}, [[0.0], [1.0], [2.0]], "alpha must be 0 or more"),
        ({"activation": "bump"}, [[0.0], [1.0], [2.0]], "unknown activation"),
        ({"batch_size": 0}, [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], "batch_size must be"),
        ({"max_iter": 1, "tol": 0.0}, [[0.0], [1.0], [2.0]], "had not levelled off"),
    ],
)
def test_a_fit_that_fails_leaves_what_was_fitted_before(
    options: dict[str, Any], rows: list[list[float]], refused: str
) -> None:
    X = [[-1.0], [1.0], [2.0]]
    for model, first, second in (
        (MLPClassifier((2,), tol=9.0, random_state=0), ["a", "b", "b"], ["c", "d", "e"]),
        (MLPRegressor((2,), tol=9.0, random_state=0), [1.0, 2.0, 3.0], [[1.0, 2.0], [2.0, 3.0], [3.0, 4.0]]),
    ):
        expected = model.fit(X, first).predict(X)
        with pytest.raises((ValueError, ConvergenceWarning), match=refused):
            model.set_params(**options).fit(rows, second)
        np.testing.assert_array_equal(model.predict(X), expected)


def test_without_scikit_learn_one_line_says_what_is_needed() -> None:
    script = "import sys; sys.modules['sklearn.base'] = None; import nn.sklearn"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: nn.sklearn needs scikit-learn ≥ 1.6: pip install scikit-learn (")
