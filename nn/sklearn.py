"""Networks as estimators of scikit-learn: for pipelines, cross-validation and grid search.

Imported by its own name, `import nn.sklearn`, since it needs scikit-learn, which nothing else here does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import NDArray

from autograd import compile, dot
from nn.data.dataset import Dataset
from nn.data.rows import Rows
from nn.model.layers import MLP
from nn.sizes import require_at_least, require_positive
from nn.train.history import History
from nn.train.losses.classes import binary_cross_entropy_with_logits, cross_entropy
from nn.train.losses.quantities import half_mse
from nn.train.optimizers.adaptive import Adam
from nn.train.optimizers.optimizer import SGD
from nn.train.training import fit
from nn.weights.tensors import weights

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(f"nn.sklearn needs scikit-learn ≥ 1.6: pip install scikit-learn ({error})") from None

MOMENTUM: dict[str, Any] = {"momentum": 0.9, "nesterov": True}
"""What scikit-learn's "sgd" has unless told otherwise."""

ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}
"""What scikit-learn calls otherwise; all other names are those of `nn.ACTIVATIONS`."""


class _Network(BaseEstimator):  # type: ignore[misc]
    """What both estimators do; parameters, defaults and fitted attributes are scikit-learn's."""

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        tol: float = 0.0001,
        n_iter_no_change: int = 10,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Leave all that an earlier fit has found as it is, should this one fail."""
        before = dict(vars(self))
        try:
            yield
        except BaseException:
            self.__dict__ = before
            raise

    def _train(self, rows: NDArray[np.float64], targets: list[Any], outputs: int, loss: Any) -> None:
        """Train a network until what it minimises has stopped falling, and keep it.

        That is the loss and, as in scikit-learn, ½ alpha Σ weight² over the size of a batch, without biases.
        """
        if self.solver not in ("adam", "sgd"):
            raise ValueError(f"unknown solver {self.solver!r}; accepted are 'adam', 'sgd'")
        require_positive("alpha", self.alpha, or_0=True)
        size: Any = 200 if self.batch_size == "auto" else self.batch_size
        widths = np.atleast_1d(self.hidden_layer_sizes).tolist()
        for width in widths:
            require_at_least(1, hidden_layer_sizes=width)
        require_at_least(1, batch_size=size, max_iter=self.max_iter)
        batch = min(int(size), len(rows))
        seed = int(check_random_state(self.random_state).randint(2**31))
        model = MLP(
            rows.shape[1],
            [*widths, outputs],
            activation=ACTIVATIONS.get(self.activation, self.activation),
            init="xavier_uniform",
            seed=seed,
        )
        shrunk = weights(model)

        def penalised(predicted: Any, wanted: Any) -> Any:
            found = loss(predicted, wanted)
            return found + self.alpha / (2 * batch) * dot(shrunk, shrunk) if self.alpha else found

        best, waited = inf, 0

        def stop_when_level(history: History) -> None:
            nonlocal best, waited
            latest = history.train_loss[-1]
            waited = waited + 1 if latest > best - self.tol else 0
            best = min(best, latest)
            history.stopped_early = waited > self.n_iter_no_change

        parameters, rate = model.parameters(), self.learning_rate_init
        history = fit(
            model,
            Dataset(Rows(rows), targets, [f"x{column}" for column in range(rows.shape[1])], "y"),
            penalised,
            Adam(parameters, rate) if self.solver == "adam" else SGD(parameters, rate, **MOMENTUM),
            epochs=self.max_iter,
            batch_size=batch,
            callbacks=[stop_when_level],
            seed=seed,
            progress=False,
            compiled=True,
        )
        self.model_ = model
        self.loss_curve_: list[float] = history.train_loss
        self.n_iter_ = len(self.loss_curve_)
        if not history.stopped_early and not history.interrupted:
            warn(
                f"the loss had not levelled off after {self.max_iter} epochs: a larger max_iter may help",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _outputs(self, X: Any) -> NDArray[np.float64]:
        """Return a row of outputs for each row. Raises NotFittedError before `fit`."""
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, reset=False)
        model = self.model_
        forward = compile(lambda x: list(_listed(model(x))), model.parameters())
        outputs: NDArray[np.float64] = forward(rows)
        return outputs


def _listed(outputs: Any) -> Sequence[Any]:
    return outputs if isinstance(outputs, list) else [outputs]


class MLPClassifier(ClassifierMixin, _Network):  # type: ignore[misc]
    """A network that says of what class a row is, trained by cross-entropy, compiled.

    Of two classes it has one output, the logit of the second.

    Parameters, their defaults, and the attributes `classes_`, `n_iter_`, `loss_curve_` are those of
    `sklearn.neural_network.MLPClassifier`; `model_` is the `nn.MLP` that was trained. Classes may be numbers
    or text. Raises ValueError for what scikit-learn refuses: nan, no rows, one class, targets that are no
    classes.
    """

    def fit(self, X: Any, y: Any) -> MLPClassifier:
        """Train on rows of shape (n, d) and their n classes; return the estimator."""
        with self._whole():
            X, y = validate_data(self, X, y, dtype=np.float64)
            check_classification_targets(y)
            self.classes_, indices = np.unique(y, return_inverse=True)
            if len(self.classes_) < 2:
                raise ValueError(f"expected rows of 2 classes or more, got one class: {self.classes_[0]!r}")
            if len(self.classes_) == 2:
                self._train(X, indices.tolist(), 1, binary_cross_entropy_with_logits)
            else:
                self._train(X, indices.tolist(), len(self.classes_), cross_entropy)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the class of each row, shape (n,)."""
        largest = self._logits(X).argmax(axis=1)
        classes: NDArray[Any] = self.classes_[largest]
        return classes

    def _logits(self, X: Any) -> NDArray[np.float64]:
        """Return a logit for each class; of two, the first has 0."""
        outputs = self._outputs(X)
        return np.insert(outputs, 0, 0.0, axis=1) if outputs.shape[1] == 1 else outputs

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class for each row, shape (n, number of classes)."""
        outputs = self._logits(X)
        odds = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
        return shares


class MLPRegressor(RegressorMixin, _Network):  # type: ignore[misc]
    """A network that predicts one number or several for each row, trained by the squared error, compiled.

    Minimised is half of it, over all numbers of a row together.

    Parameters, their defaults, and the attributes `n_iter_`, `loss_curve_` are those of
    `sklearn.neural_network.MLPRegressor`; `model_` is the `nn.MLP` that was trained. Raises ValueError for
    what scikit-learn refuses: nan, no rows.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any) -> MLPRegressor:
        """Train on rows of shape (n, d) and targets of shape (n,) or (n, k); return the estimator."""
        with self._whole():
            X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
            self._shape = y.shape[1:]
            numbers = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
            one = numbers.shape[1] == 1  # for which a network gives a number and no list

            def half_squared(predictions: Any, wanted: Any) -> Any:
                return half_mse(predictions, wanted) * numbers.shape[1]

            self._train(X, (numbers[:, 0] if one else numbers).tolist(), numbers.shape[1], half_squared)
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the numbers predicted for each row, shape (n,) or (n, k)."""
        outputs = self._outputs(X)
        return outputs.reshape(len(outputs), *self._shape)
